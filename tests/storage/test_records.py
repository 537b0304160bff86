"""Records, their versions and duplicates, on both engines."""

from __future__ import annotations

import itertools
import random
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import URL, Connection

from newscrawl.items import AttributionPart, OriginalPart, PostPart, Publisher, Record, as_dict, field_types
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import finish_record
from newscrawl.records import faults, invalidate, normalize
from newscrawl.storage.engine import open_engine
from newscrawl.storage.records import (
    load_record,
    store_record,
    stored_before,
    text_key,
)
from newscrawl.storage.tables import records, versions
from newscrawl.text import content_hash
from tests.ledger.helpers import RUN, enter, pid, post, record, scope


def full() -> Record:
    """A record with every field set."""
    made = record(
        "full",
        "One.\n\nTwo – „three“, 四. 😀",
        outcome="original_partial",
        reason="paywall",
        summary="A summary",
        authors=["Ann Example", "Bo Example"],
        tags=["a", "b"],
        modified_at="2026-03-02T00:00:00Z",
        section="News",
        language="pt-BR",
        image_url="https://p.test/i.jpg",
        word_count=4,
        publisher=Publisher(name="P", domain="p.test", url="https://p.test"),
        attribution=AttributionPart(original_url="https://p.test/1", phrase="appeared first on", resolved_by="link"),
        original=OriginalPart(
            url="https://p.test/1", http_status=200, fetched_at="2026-03-02T00:00:00Z", paywalled=True, word_count=2,
            similarity=0.75, posts=[pid("full")], posts_total=1,
        ),
        sources={"text": "json-ld"},
        archive=[{"file": "x.warc.gz", "offset": 3}],
        spider="dnyuz",
        run_id="r" * 32,
        crawled_at="2026-03-02T00:00:01Z",
        gone_at="2026-03-03T00:00:00Z",
    )  # fmt: skip
    assert made.post is not None
    made.post.displayed_views = 12
    made.rights.post = {"tdm": {"value": "none", "at": "2026-03-02T00:00:00Z"}}
    made.rights.effective = {"tdm": "none"}
    # A new field has a value by itself: it needs no line here.
    for one in field_types(Record):
        if one.name not in MARKS and getattr(made, one.name) in (None, []) and one.base in PLAIN_VALUES:
            setattr(made, one.name, PLAIN_VALUES[one.base])
    return made


#: What the database says of a record's duplicates.
MARKS = ("duplicate_of", "contained_in", "cluster_id")
PLAIN_VALUES: dict[type, object] = {str: "x", int: 7, float: 0.5, bool: True, list: ["x"]}


def test_every_field_comes_back_as_it_went_in(connection: Connection) -> None:
    made = full()
    assert all(value not in (None, [], {}) for name, value in as_dict(made).items() if name not in MARKS)
    assert store_record(connection, made, RUN) == "new"
    assert load_record(connection, made.id) == made
    assert (made.version, made.duplicate_of, made.cluster_id) == (1, None, made.id)
    assert load_record(connection, "f" * 32) is None


def test_the_same_again_is_known(connection: Connection) -> None:
    store_record(connection, full(), "one")
    again = full()
    again.run_id, again.crawled_at = "s" * 32, "2026-03-09T00:00:00Z"
    assert store_record(connection, again, "two") == "known"
    assert again.version == 1
    row = connection.execute(select(records.c.stored_run, records.c.crawled_at)).one()
    assert tuple(row) == ("one", "2026-03-09T00:00:00Z")
    assert connection.execute(select(versions)).all() == []


def test_looking_again_and_finding_the_same_is_no_change(connection: Connection) -> None:
    store_record(connection, full(), "one")
    again = full()
    assert again.original is not None
    again.original.fetched_at = "2026-03-09T00:00:00Z"
    again.rights.post["tdm"]["at"] = "2026-03-09T00:00:00Z"
    assert store_record(connection, again, "two") == "known"
    stored = load_record(connection, again.id)
    assert stored is not None
    assert stored.original is not None
    assert stored.original.fetched_at == "2026-03-09T00:00:00Z"
    again.rights.post["tdm"]["value"] = "reserved"
    assert store_record(connection, again, "three") == "changed"


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ({"text": "another text"}, 2),
        ({"title": "another title"}, 2),
        ({"outcome": "original", "reason": None}, 2),
        ({"text_source": "original"}, 2),
        ({"text": "ONE.\n\nTwo –  „three“,\n四. 😀"}, 1),  # the same text to the hash
        ({"reason": "truncated"}, 1),
        ({"authors": ["Someone Else"]}, 1),
        ({"url": "https://p.test/2"}, 1),
        ({"language": None}, 1),
        ({"gone_at": None}, 1),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_a_version_for_what_makes_one(connection: Connection, change: dict[str, Any], version: int) -> None:
    before = full()
    store_record(connection, before, "one")
    after = full()
    for name, value in change.items():
        setattr(after, name, value)
    after.content_hash = content_hash(after.title, after.text)
    assert store_record(connection, after, "two") == "changed"
    assert after.version == version
    assert load_record(connection, after.id) == after
    assert connection.execute(select(records.c.stored_run)).scalar() == "two"
    kept = connection.execute(select(versions)).all()
    assert len(kept) == version - 1
    for row in kept:
        assert (row.version, row.superseded_by) == (1, "two")
        kept_before = as_dict(before)
        kept_before["original"] |= {"posts": [], "posts_total": None}  # looked up when read, not stored
        assert row.record == kept_before
        assert set(change) <= set(row.changed)
        assert Record(**row.record).title == before.title


def test_versions_pile_up_whole(connection: Connection) -> None:
    texts = ["one", "two", "two", "three", "one"]
    grown = []
    for text in texts:
        made = record("a", text)
        store_record(connection, made, RUN)
        grown.append(made.version)
    assert grown == [1, 2, 2, 3, 4]
    kept = connection.execute(select(versions).order_by(versions.c.version)).all()
    assert [(row.version, row.record["text"]) for row in kept] == [(1, "one"), (2, "two"), (3, "three")]


# --- exact duplicates ---------------------------------------------------------------------------------------


def marks(connection: Connection) -> dict[str, tuple[str | None, str]]:
    rows = connection.execute(select(records.c.post, records.c.duplicate_of, records.c.cluster_id))
    names = {pid(name): name for name in "abcdefgh"}
    return {
        row.post["url"].rstrip("/")[-1]: (row.duplicate_of and names[row.duplicate_of], names[row.cluster_id])
        for row in rows
    }


def _copies() -> list[Record]:
    return [
        record("a", "Same  text", published_at="2026-03-03T00:00:00Z"),
        record("b", "same text", published_at="2026-03-01T00:00:00Z"),
        record("c", "SAME\n\ntext", published_at=None),
        record("d", "same text", published_at="2026-03-01T00:00:00Z"),
    ]


def test_the_least_is_the_first_in_every_order(connection: Connection) -> None:
    least = min("bd", key=pid)
    for order in itertools.permutations(_copies()):
        connection.execute(records.delete())
        for made in order:
            store_record(connection, replace(made), RUN)
        assert marks(connection) == {name: (None if name == least else least, least) for name in "abcd"}


def test_undated_copies_alone_go_by_id(connection: Connection) -> None:
    for name in "abc":
        store_record(connection, record(name, "t", published_at=None), RUN)
    least = min("abc", key=pid)
    assert marks(connection) == {name: (None if name == least else least, least) for name in "abc"}


def test_a_record_is_told_what_it_is_a_duplicate_of(connection: Connection) -> None:
    first, second = record("a", published_at="2026-01-01T00:00:00Z"), record("b")
    store_record(connection, first, RUN)
    store_record(connection, second, RUN)
    assert (second.duplicate_of, second.cluster_id) == (first.id, first.id)


def test_when_a_text_goes_another_is_the_first(connection: Connection) -> None:
    for made in _copies():
        store_record(connection, made, RUN)
    least, other = sorted("bd", key=pid)
    store_record(connection, record(least, "changed away", published_at="2026-03-01T00:00:00Z"), RUN)
    assert marks(connection) == {
        least: (None, least), other: (None, other), "a": (other, other), "c": (other, other),
    }  # fmt: skip
    store_record(connection, record(least, "same text", published_at="2026-03-01T00:00:00Z"), RUN)
    assert marks(connection) == {name: (None if name == least else least, least) for name in "abcd"}


def test_a_text_that_is_lost_leaves_no_mark(connection: Connection) -> None:
    for made in _copies():
        store_record(connection, made, RUN)
    gone = record("a", None, outcome="failed", reason="unreachable_post")
    store_record(connection, gone, RUN)
    assert (gone.duplicate_of, gone.cluster_id) == (None, gone.id)
    assert marks(connection)["a"] == (None, "a")


def test_records_without_text_are_no_duplicates(connection: Connection) -> None:
    for name in "ab":
        store_record(connection, record(name, None, outcome="failed", reason="unreachable_post"), RUN)
    assert marks(connection) == {"a": (None, "a"), "b": (None, "b")}
    assert text_key(None) is None
    assert text_key("") is None


def test_duplicates_after_any_history(connection: Connection) -> None:
    """Whatever was written before, in the end the least of each text's records is the first."""
    rng = random.Random(7)
    dates = ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", None]
    for _ in range(6):
        connection.execute(records.delete())
        connection.execute(versions.delete())
        now: dict[str, Record] = {}
        for _ in range(25):
            made = record(rng.choice("abcde"), rng.choice(["x", "y", None]), published_at=rng.choice(dates))
            store_record(connection, made, RUN)
            now[made.id] = made
        for made in now.values():
            same = [one for one in now.values() if made.text and one.text == made.text]
            least = min(same, key=lambda one: (one.published_at or "9999", one.id), default=made)
            row = connection.execute(select(records).where(records.c.id == made.id)).one()
            assert row.duplicate_of == (None if least.id == made.id else least.id)
            assert row.cluster_id == least.id


def test_copies_stored_by_two_workers_at_once(postgres_url: URL) -> None:
    one, two = open_engine(postgres_url), open_engine(postgres_url)
    first = record("a", published_at="2026-01-01T00:00:00Z")

    def store_second() -> None:
        with two.begin() as connection:
            store_record(connection, record("b"), RUN)

    other = threading.Thread(target=store_second)
    with one.begin() as connection:
        store_record(connection, first, RUN)
        other.start()
        time.sleep(0.3)
    other.join(10)
    with one.connect() as connection:
        assert marks(connection) == {"a": (None, "a"), "b": ("a", "a")}
    one.dispose()
    two.dispose()


# --- reading ------------------------------------------------------------------------------------------------


def test_what_was_there_before_is_delivered_by_the_posts_date(connection: Connection) -> None:
    """The window is about posts: their originals are mostly older."""
    news, sport = scope(connection), scope(connection, "sport")
    found = [post("in", "2026-03-01T01:00:00Z"), post("out", "2026-02-28T23:00:00Z"), post("undated", None, None)]
    enter(connection, [*found, post("failed"), post("now"), post("late", "2026-03-02T00:00:00Z")], news)
    enter(connection, [post("other")], sport)
    for name, published in [
        ("in", "2026-02-20T00:00:00Z"), ("out", "2026-03-01T12:00:00Z"), ("undated", "2026-01-01T00:00:00Z"),
        ("late", "2026-03-01T00:00:00Z"), ("other", "2026-03-01T00:00:00Z"),
    ]:  # fmt: skip
        finish_record(connection, record(name, name, published_at=published), "before")
    finish_record(connection, record("failed", None, outcome="failed", reason="unreachable_post"), "before")
    finish_record(connection, record("now", "now"), "this")
    window = Window(news.id, since="2026-03-01T00:00:00Z", until="2026-03-02T00:00:00Z")
    assert {one.id for one in stored_before(connection, "this", window, None)} == {pid("in"), pid("undated")}
    everything: list[str] = []
    while page := stored_before(connection, "this", Window(news.id), everything[-1] if everything else None, page=1):
        everything += [one.id for one in page]
    assert len(everything) == 4
    assert set(everything) == {pid(name) for name in ("in", "out", "undated", "late")}


# --- whatever the web sends ----------------------------------------------------------------------------------

NASTY = [
    "nul \0 here", "lone \ud800 surrogate", "\udfff", "escape \x1b[31m red", "bidi \u202e override \u2066",
    "nonchar \ufffe \U0010ffff \ufdd0", "line\u2028sep\u2029", "\x85 \x0b \x0c", "astral 😀 𝒳", "nbsp\u00a0\u3000wide",
    "e\u0301 combining", "zwj \u200d \u200c lrm \u200e", "'; DROP TABLE records; --", "%s %(x)s {x} :x ?",
    "\\u0000 \\x00",
    "=1+1", "﷽" * 50, "a" * 5000, "\ufeffbom", "İI ıß ﬁ",
]  # fmt: skip


def test_nasty_strings_come_back_as_they_were_cleaned(connection: Connection) -> None:
    for nasty in NASTY:
        _store_and_load(connection, nasty)


def _store_and_load(connection: Connection, nasty: str) -> None:
    made = full()
    made.title, made.text, made.summary = nasty, f"{nasty}\n\n{nasty} and more", nasty
    made.authors, made.tags, made.section, made.language = [nasty, nasty, ""], [nasty], nasty, nasty
    made.url = f"https://p.test/{nasty}"
    made.publisher = Publisher(name=nasty, domain=nasty, url=nasty)
    made.post = PostPart(site="https://a.test", url="https://a.test/x", title=nasty, categories=[nasty], author=nasty)
    made.attribution = AttributionPart(phrase=nasty, original_title=nasty, language=nasty)
    made.sources = {nasty: nasty, "text": nasty}
    made.rights.post = {"licence": {"value": nasty, "at": nasty}}
    made.rights.effective = {"licence": nasty}
    made.archive = [{"file": nasty}]
    normalize(made)
    if faults(made):
        invalidate(made)
    assert faults(made) == []
    made.content_hash = content_hash(made.title, made.text)
    store_record(connection, made, RUN)
    assert load_record(connection, made.id) == made
    assert store_record(connection, replace(made), RUN) == "known"


@pytest.mark.parametrize(
    "change",
    [
        {"language": "x" * 100},
        {"published_precision": "about the middle of May"},
        {"text_source": "somewhere else"},
        {"word_count": 2**40},
        {"published_at": "2026-03-01T00:00:00.000000000000000000000000Z"},
        {"crawled_at": "2026-W10-7T00:00:00.000000+00:00:00.000000Z"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_nothing_that_a_pipeline_lets_through_breaks_a_column(connection: Connection, change: dict[str, Any]) -> None:
    made = full()
    for name, value in change.items():
        setattr(made, name, value)
    normalize(made)
    if faults(made):
        invalidate(made)
    assert faults(made) == []
    store_record(connection, made, RUN)
    assert load_record(connection, made.id) == made


def test_numbers_beyond_what_json_holds(connection: Connection) -> None:
    made = full()
    assert made.post is not None
    made.post.displayed_views, made.post.displayed_shares = 10**30, -(10**30)
    normalize(made)
    store_record(connection, made, RUN)
    assert load_record(connection, made.id) == made


def test_a_gone_record_stays_readable(connection: Connection) -> None:
    store_record(connection, record("a"), RUN)
    connection.execute(update(records).values(gone_at="2026-03-05T00:00:00Z"))
    stored = load_record(connection, pid("a"))
    assert stored is not None
    assert stored.gone_at == "2026-03-05T00:00:00Z"
