"""What is known of a feed. It belongs to the feed, and follows it from one list of feeds to another."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from newscrawl.clock import now_text
from newscrawl.storage.dialect import among, insert_new, upsert
from newscrawl.storage.tables import feed_entries, feeds, listed

__all__ = ["FeedState", "feed_id", "load_feeds", "note_entries", "save_feed", "seen_entries", "take_over_backlog"]

#: Entries of one feed that are remembered; the oldest are forgotten first.
MOST_ENTRIES = 20_000


def feed_id(url: str) -> str:
    """32 hex digits of SHA-256 of a feed's address."""
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(slots=True, kw_only=True)
class FeedState:
    """One feed, as later runs are to know it. Times are UTC strings."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    #: From when on the last whole reading listed; ``""`` from the beginning, ``None`` there was none.
    listed_since: str | None = None
    #: Newest ``published_at`` of the last whole reading, and the oldest that the feed then held.
    mark: str | None = None
    oldest: str | None = None
    read_at: str | None = None
    #: Runs in a row in which the feed could not be had, since when, and why.
    failures: int = 0
    failed_since: str | None = None
    reason: str | None = None

    @property
    def id(self) -> str:
        """The feed's key."""
        return feed_id(self.url)


_NAMES = tuple(FeedState.__slots__)


def load_feeds(connection: Connection, urls: Iterable[str]) -> dict[str, FeedState]:
    """The state of each of *urls*, by address; new where the feed is new."""
    keys = {feed_id(url): url for url in urls}
    rows = connection.execute(select(feeds).where(among(connection, feeds.c.id, keys))).all()
    states = {keys[row.id]: FeedState(**{name: getattr(row, name) for name in _NAMES}) for row in rows}
    return {url: states.get(url) or FeedState(url=url) for url in keys.values()}


def save_feed(connection: Connection, state: FeedState) -> None:
    """Keep what is known of a feed."""
    upsert(connection, feeds, {"id": state.id, **{name: getattr(state, name) for name in _NAMES}})


def seen_entries(connection: Connection, feed: str, ids: Collection[str]) -> set[str]:
    """Of the posts *ids* those that the feed with id *feed* has shown before."""
    rows = connection.execute(
        select(feed_entries.c.post_id).where(
            feed_entries.c.feed_id == feed, among(connection, feed_entries.c.post_id, ids)
        )
    )
    return set(rows.scalars())


def note_entries(connection: Connection, feed: str, ids: Sequence[str]) -> None:
    """The feed with id *feed* has shown these posts."""
    now = now_text()
    insert_new(connection, feed_entries, [{"feed_id": feed, "post_id": one, "seen_at": now} for one in ids])
    last = connection.execute(
        select(feed_entries.c.seen_at)
        .where(feed_entries.c.feed_id == feed)
        .order_by(feed_entries.c.seen_at.desc())
        .offset(MOST_ENTRIES)
        .limit(1)
    ).scalar()
    if last is not None and last < now:
        connection.execute(delete(feed_entries).where(feed_entries.c.feed_id == feed, feed_entries.c.seen_at <= last))


def take_over_backlog(connection: Connection, scope_id: str, states: Mapping[str, FeedState]) -> int:
    """Let the scope work on what waits of its feeds, whatever list they were read by; how many posts that are."""
    keys = [state.id for state in states.values()]
    known = select(listed.c.post_id).where(listed.c.scope_id == scope_id).scalar_subquery()
    waiting = (
        select(listed.c.post_id, listed.c.host, listed.c.lane, listed.c.rank, listed.c.next_at)
        .join(feed_entries, feed_entries.c.post_id == listed.c.post_id)
        .where(among(connection, feed_entries.c.feed_id, keys))
        .where(listed.c.host.is_not(None), listed.c.post_id.not_in(known))
    )
    rows = {row.post_id: {"scope_id": scope_id, **row._mapping} for row in connection.execute(waiting)}
    insert_new(connection, listed, list(rows.values()))
    return len(rows)
