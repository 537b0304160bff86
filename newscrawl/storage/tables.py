"""The tables: records for readers, posts and originals as work, runs and scopes.

One set of definitions for both engines. Times are ISO 8601 strings in UTC
ending in ``Z``; on PostgreSQL those of the tables for readers are `timestamptz`
(:class:`newscrawl.storage.dialect.Moment`), those of the ledger text, which
sorts. Due times are seconds since the epoch.
``docs/database.md`` describes the tables that users may read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from newscrawl.clock import now_text
from newscrawl.items import Record, field_types
from newscrawl.storage.dialect import Moment

__all__ = [
    "JOIN",
    "LOOK",
    "READ",
    "STATE_DISCOVERED",
    "STATE_DONE",
    "STATE_READY",
    "STATE_WAITING",
    "UNDATED",
    "cluster_joins",
    "dedupe_state",
    "episodes",
    "feed_entries",
    "feeds",
    "forgotten",
    "hosts",
    "listed",
    "lookups",
    "metadata",
    "originals",
    "post_texts",
    "posts",
    "proofs",
    "publisher_names",
    "records",
    "requests",
    "robots",
    "run_figures",
    "run_hosts",
    "runs",
    "scopes",
    "text_keys",
    "text_pairs",
    "texts",
    "tried",
    "versions",
    "writers",
]

metadata = MetaData()

# A post is `discovered`, then `waiting` for its original, then `ready` to be
# joined, then `done`. An original is `discovered`, then `done`.
STATE_DISCOVERED = "discovered"
STATE_WAITING = "waiting"
STATE_READY = "ready"
STATE_DONE = "done"

#: What `listed.host` says of a post that needs no request: read it, join it with its original, or look for its
#: original in the lists of its publisher, which are read for many posts at once.
READ = ""
JOIN = "+"
LOOK = "?"
#: The rank of a post whose date is not known: it belongs to every window.
UNDATED = "9999"


def _jsonb() -> TypeEngine[Any]:
    # For readers: PostgreSQL's `json` has no containment and no index.
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _json() -> TypeEngine[object]:
    # None is SQL NULL, not the JSON value null: readers test `IS NULL`.
    return JSON(none_as_null=True)


def _number() -> TypeEngine[int]:
    # 64 bits. SQLite's INTEGER has as many, and as a primary key it is the row's own number.
    return BigInteger().with_variant(Integer(), "sqlite")


runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),  # grows by one a run; the key of the advisory lock
    Column("spider", String(100), nullable=False),
    Column("scope_id", String(32), nullable=False),
    Column("arguments", _json(), nullable=False),
    Column("process", String(200), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("state", String(20), nullable=False),  # running, finished, stopped, failed, lost
    Column("exit_status", Integer),
    Column("message", Text),
    Column("counts", _json()),
    Index("runs_state", "state"),
)

scopes = Table(
    "scopes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("spider", String(100), nullable=False),
    Column("site", String(500), nullable=False),
    Column("categories", Text, nullable=False),
    Column("query", String(500), nullable=False),
    Column("follow", Boolean, nullable=False),
    Column("high_water", Moment),  # newest published_at of the last complete listing
    Column("cursor", _json()),  # what an unfinished listing has covered
    Column("memory", _json()),  # what later runs build on: newscrawl.ledger.scopes.Memory
)

posts = Table(
    "posts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("site", String(500), nullable=False),
    Column("url", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("published_at", String(32)),
    Column("modified_at", String(32)),
    Column("surface", String(20), nullable=False),
    Column("given", _json()),  # what the surface gave; cleared once the original's text is in the record
    Column("remote_id", String(40)),  # the site's own number of the post
    Column("changed_at", String(32)),  # taken up again since then; cleared when the post is done
    Column("misses", Integer, nullable=False, server_default=text("0")),  # sweeps in a row that did not find it
    Column("original_id", String(32)),
    Column("host", String(255), nullable=False, server_default=""),  # '' needs no request
    Column("lease_run", String(32)),
    Column("lease_until", Float),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("rounds", Integer, nullable=False, server_default=text("0")),  # runs that asked for its page in vain
    Column("next_at", Float, nullable=False, server_default=text("0")),
    Column("discovered_at", String(32), nullable=False),
    Column("run_id", String(32), nullable=False),
    Index("posts_state", "state", "site", "published_at"),
    Index("posts_original", "original_id"),
    Index("posts_remote", "site", "remote_id"),
    Index("posts_lease", "lease_run"),
)

#: Which scope listed which post, and what is to be done for it: a run works only on what its scope listed.
listed = Table(
    "listed",
    metadata,
    Column("scope_id", String(32), primary_key=True),
    Column("post_id", String(32), primary_key=True),
    # The next step of the post: READ, JOIN, LOOK, or the host that is to be asked; NULL where the post is done.
    Column("host", String(255)),
    # 1: taken up again because it changed, whenever it was published.
    Column("lane", Integer, nullable=False, server_default=text("0")),
    # When the post was published; UNDATED where that is not known.
    Column("rank", String(32), nullable=False, server_default="9999"),
    Column("next_at", Float, nullable=False, server_default=text("0")),
    Index("listed_post", "post_id"),
    # Partial: what is done, which is nearly everything in an old collection, costs these nothing.
    Index(
        "listed_work",
        "scope_id",
        "host",
        "lane",
        "rank",
        "next_at",  # all that a claim reads: SQLite would rather walk the primary key than look it up
        sqlite_where=text("host IS NOT NULL"),
        postgresql_where=text("host IS NOT NULL"),
    ),
    Index(
        "listed_window",
        "scope_id",
        "lane",
        "rank",
        "host",
        sqlite_where=text("host IS NOT NULL"),
        postgresql_where=text("host IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

#: The hosts that a living run has work for, and when each may be asked: a claim reads the first of them alone.
run_hosts = Table(
    "run_hosts",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("next_at", Float, nullable=False, server_default=text("0")),
    Index("run_hosts_due", "run_id", "next_at", "host"),
    Index("run_hosts_host", "host"),
    sqlite_with_rowid=False,
)

#: What is known of a feed: `newscrawl.ledger.feeds.FeedState`.
feeds = Table(
    "feeds",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("listed_since", String(32)),
    Column("mark", String(32)),
    Column("oldest", String(32)),
    Column("read_at", String(32)),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("failed_since", String(32)),
    Column("reason", String(40)),
)

#: Which posts a feed has shown, those that no run wanted too.
feed_entries = Table(
    "feed_entries",
    metadata,
    Column("feed_id", String(32), primary_key=True),
    Column("post_id", String(32), primary_key=True),
    Column("seen_at", String(32), nullable=False),
    Index("feed_entries_post", "post_id"),
    sqlite_with_rowid=False,
)

originals = Table(
    "originals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("host", String(255), nullable=False),
    Column("state", String(12), nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("next_at", Float, nullable=False, server_default=text("0")),
    Column("rounds", Integer, nullable=False, server_default=text("0")),  # runs that asked for it in vain
    Column("reason", String(40)),
    Column("http_status", Integer),
    Column("final_url", Text),
    Column("fetched_at", String(32)),
    Column("rendered", Boolean, nullable=False, server_default=text("false")),  # false(): SQLite autogenerates 0
    Column("extraction", _json()),
    Column("rights", _json()),
    # The id of the address that the page itself is known under, where its link was another: AMP, print, mobile.
    Column("same_as", String(32)),
    Index("originals_same_as", "same_as"),
    Index("originals_host", "host", "state"),
    # Which failures are due for another try: next_at is 0 for all others that are done.
    Index("originals_again", "state", "next_at"),
)

#: The book of manners: what every run on this database keeps to, for each registrable domain.
hosts = Table(
    "hosts",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("next_at", Float, nullable=False, server_default=text("0")),  # no request starts before
    Column("delays", _json()),  # what robots.txt of each name asks for: {name: [seconds, holds until]}
    Column("failures", Integer, nullable=False, server_default=text("0")),  # in a row, no success between
    Column("gave_up", Integer, nullable=False, server_default=text("0")),  # times in a row that it was left alone
    Column("held_until", Float, nullable=False, server_default=text("0")),  # left alone until then
    Column("reason", String(40)),  # why it is left alone
    Column("lease_run", String(32)),
    Column("lease_until", Float, nullable=False, server_default=text("0")),
    Index("hosts_lease", "lease_run"),
)

#: robots.txt of each origin as last answered, kept for 24 hours.
robots = Table(
    "robots",
    metadata,
    Column("origin", String(300), primary_key=True),
    Column("fetched_at", Float, nullable=False),
    Column("status", Integer),
    Column("reason", String(40)),
    Column("body", Text, nullable=False),
)


def _record_columns() -> list[Column[Any]]:
    """A column for each field of the record, in its order: text, numbers, and JSON for lists and objects."""
    plain: dict[type, Any] = {int: Integer, float: Float, bool: Boolean}
    columns: list[Column[Any]] = []
    for one in field_types(Record):
        if one.base is str and one.name.endswith("_at"):
            kind: Any = Moment
        elif one.base is str:
            kind = String(one.length) if one.length else Text
        else:
            kind = plain.get(one.base) or _jsonb()
        columns.append(Column(one.name, kind, primary_key=one.name == "id", nullable=one.nullable))
    return columns


#: The record, a column a field; lists and objects as JSON.
records = Table(
    "records",
    metadata,
    *_record_columns(),
    # Not fields of the record: keys for look-ups.
    Column("text_hash", String(64)),
    Column("stored_run", String(32)),  # the run that last made or changed it
    Column("changed_at", Moment, onupdate=now_text),  # when a reader last saw something change
    Index("records_text_hash", "text_hash"),
    Index("records_published", "published_at", "id"),
    Index("records_cluster", "cluster_id"),
    Index("records_outcome", "outcome", "reason"),
    Index("records_stored_run", "stored_run"),
    Index("records_changed", "changed_at"),
)

#: What a record was before it changed: the whole older record, and what changed.
versions = Table(
    "versions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("superseded_at", Moment, nullable=False),
    Column("superseded_by", String(32), nullable=False),  # run
    Column("changed", _jsonb(), nullable=False),
    Column("record", _jsonb(), nullable=False),
)

#: The text of a post whose record has its original's text, packed: :mod:`newscrawl.storage.copies`.
post_texts = Table(
    "post_texts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)

#: What was taken down and stays down: by record id, by address of an article or post, or by a publisher's domain.
forgotten = Table(
    "forgotten",
    metadata,
    Column("kind", String(10), primary_key=True),  # id, url, publisher
    Column("key", String(500), primary_key=True),  # of an address its record id
    Column("given", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

#: The last batch that each writer committed: a commit whose answer was lost is told from one that did not happen.
writers = Table(
    "writers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("batch", BigInteger, nullable=False),
    Column("at", String(32), nullable=False),
)

#: What was asked of the web for a post or an original, and what came back.
requests = Table(
    "requests",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("work_id", String(32), nullable=False),
    Column("kind", String(10), nullable=False),  # post, original
    Column("run_id", String(32), nullable=False),
    Column("at", Moment, nullable=False),
    Column("url", Text, nullable=False),
    Column("status", Integer),
    Column("reason", String(40)),
    Column("size", Integer),
    Index("requests_work", "work_id"),
)

# --- finding originals: newscrawl.ledger.proofs, newscrawl.ledger.lookups ------------------------------------------

#: By aggregator, publisher and wording: how often what it names proved to be the post's article, and how often not.
proofs = Table(
    "proofs",
    metadata,
    Column("site", String(255), primary_key=True),
    Column("domain", String(255), primary_key=True),
    Column("phrase", String(60), primary_key=True),
    Column("proven", Integer, nullable=False, server_default=text("0")),
    Column("failed", Integer, nullable=False, server_default=text("0")),
    Column("seen_at", String(32), nullable=False),
)

#: By which names posts call the publisher at a domain, where their text proved it; a row for each form of a name.
publisher_names = Table(
    "publisher_names",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("domain", String(255), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("home", String(500), nullable=False),
    Column("count", Integer, nullable=False, server_default=text("1")),
    Column("seen_at", String(32), nullable=False),
)

#: The lists of a publisher as last read, and until when it is not asked again.
lookups = Table(
    "lookups",
    metadata,
    Column("domain", String(255), primary_key=True),
    Column("lists", _json(), nullable=False),  # {list: [read at, posts found by it]}
    Column("entries", LargeBinary),  # gzip of JSON: newscrawl.originals.lists
    Column("failures", Integer, nullable=False, server_default=text("0")),  # times in a row that nothing was found
    Column("due", Float, nullable=False, server_default=text("0")),
)

#: What was asked for to find a post's original, and why it was not it.
tried = Table(
    "tried",
    metadata,
    Column("post_id", String(32), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("run_id", String(32), nullable=False),
    Column("at", String(32), nullable=False),
    Column("how", String(20), nullable=False),  # link, candidate, lists, or the list that named it
    Column("url", Text),
    Column("reason", String(40)),
    Column("similarity", Float),
    Column("why", Text),
)

# --- duplicates: newscrawl.storage.duplicates -------------------------------------------------------------------

#: Each text that records hold, once: what it is found by, who holds it first, what it is connected with.
texts = Table(
    "texts",
    metadata,
    Column("ref", _number(), primary_key=True, autoincrement=False),  # the first 64 bits of the hash, signed
    Column("text_hash", String(64), nullable=False),
    Column("shingles", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),  # passages by which it is not found: there are too many
    Column("minima", LargeBinary),  # 48 numbers of 32 bits; null for a short text
    Column("passages", LargeBinary),  # numbers of 64 bits
    Column("first_at", String(32), nullable=False),  # of the record that holds it first; 9999: undated
    Column("first_id", String(32), nullable=False),
    Column("component", _number(), nullable=False),  # the least ref of the texts that it is connected with
    Column("lead_at", String(32)),  # of the component's first record; on the component's own row alone
    Column("lead_id", String(32)),
    Index("texts_component", "component"),
)

#: What texts are found by.
text_keys = Table(
    "text_keys",
    metadata,
    Column("key", _number(), primary_key=True, autoincrement=False),
    Column("ref", _number(), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

#: How two texts are related, from the side of each.
text_pairs = Table(
    "text_pairs",
    metadata,
    Column("one", _number(), primary_key=True, autoincrement=False),
    Column("other", _number(), primary_key=True, autoincrement=False),
    Column("shared", Integer, nullable=False),  # shingles
    Column("similarity", Float, nullable=False),  # Jaccard, of shingles
    Column("near", Boolean, nullable=False),
    Column("within", Boolean, nullable=False),  # `one` stands within `other`
    Column("why_not", String(20)),  # why they are not near though they are similar
)

#: Clusters that became one.
cluster_joins = Table(
    "cluster_joins",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("run_id", String(32)),
    Column("record_id", String(32), nullable=False),  # the record that joined them
    Column("from_cluster", String(32), nullable=False),
    Column("into_cluster", String(32), nullable=False),
    Index("cluster_joins_from", "from_cluster"),
)

#: How far a rebuild of the above has come.
dedupe_state = Table(
    "dedupe_state",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", _json()),
)

# --- health: newscrawl.health -----------------------------------------------------------------------------------

#: What one run found, in figures: `newscrawl.health.figures.Figures`. The history by which later runs are judged.
run_figures = Table(
    "run_figures",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("scope_id", String(32), nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("figures", _json(), nullable=False),
    Index("run_figures_scope", "scope_id", "started_at"),
)

#: What was wrong, from when to when: a monitor of a scope fails in one episode until it recovers.
episodes = Table(
    "episodes",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("scope_id", String(32), nullable=False),  # '' is the machine
    Column("monitor", String(40), nullable=False),
    Column("level", String(10), nullable=False),
    Column("began_at", String(32), nullable=False),
    Column("seen_at", String(32), nullable=False),  # when it was last judged to be so
    Column("ended_at", String(32)),
    Column("how", String(10)),  # recovered, accepted
    Column("finding", _json(), nullable=False),  # newscrawl.health.findings.Finding
    Column("told", _json(), nullable=False),  # which action has told of it: {action: [of its begin, of its end]}
    Index("episodes_open", "ended_at", "scope_id"),
)
