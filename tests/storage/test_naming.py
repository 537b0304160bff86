"""Who names an original, on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from newscrawl.items import OriginalPart
from newscrawl.ledger.work import finish_original, finish_record
from newscrawl.storage.naming import MOST_NAMING, Sharing
from newscrawl.storage.pages import iter_pages, iter_records
from newscrawl.storage.records import load_record, store_copy
from newscrawl.storage.tables import originals, posts, records
from tests.ledger.helpers import RUN, answer, enter, park, pid, post, record, scope


def test_who_names_an_original_is_asked_when_a_record_is_read(connection: Connection) -> None:
    """An address that many posts name: storing one record writes no other, and no record grows without bound."""
    of, url = scope(connection), "https://p.test/hub"
    names = [f"n{number}" for number in range(MOST_NAMING + 5)]
    enter(connection, [post(name) for name in names], of)
    for name in names:
        park(connection, name, url)
    finish_original(connection, RUN, answer(url))
    for name in names:
        made = record(name, name, outcome="original", reason=None)
        made.original = OriginalPart(url=url)
        outcome, copy = store_copy(connection, made, RUN, finish_record)
        assert outcome == "new"
        assert copy.original is not None
        assert made.original.posts == []  # the job may be called again: what it was given is left as it was
    assert copy.original.posts_total == len(names)
    least = sorted(pid(name) for name in names)[:MOST_NAMING]
    for one in iter_records(connection):
        assert one.original is not None
        assert (one.original.posts, one.original.posts_total) == (least, len(names))
    stored = connection.execute(select(records.c.original)).scalars().all()
    assert {len(one["posts"]) for one in stored} == {0}
    # That others name it too is no change of a record.
    again = record(names[0], names[0], outcome="original", reason=None)
    again.original = OriginalPart(url=url)
    assert store_copy(connection, again, "later", finish_record)[0] == "known"


@pytest.mark.parametrize(("asked", "places"), [(8, 2**24), (0, 2**24), (0, 1)], ids=["asked", "sieve", "coarse"])
def test_pages_know_who_names_a_variant_of_an_original(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, asked: int, places: int
) -> None:
    """The short ways of pages, which look up only what several posts may name, end where the long one does."""
    monkeypatch.setattr(Sharing, "PAGES", asked)
    monkeypatch.setattr(Sharing, "PLACES", places)  # of one place: every record is taken for one that may be meant
    of = scope(connection)
    names = {"a": "https://p.test/1", "b": "https://p.test/1?x=1", "c": "https://p.test/2", "d": "https://p.test/2"}
    enter(connection, [post(name) for name in (*names, "e")], of)
    for name, url in names.items():
        park(connection, name, url)
    for name in (*names, "e"):
        made = record(name, name, outcome="original", reason=None)
        made.original = OriginalPart(url=names.get(name, "https://p.test/3"))
        store_copy(connection, made, RUN, finish_record)
    known = {row.id: row.original_id for row in connection.execute(select(posts.c.id, posts.c.original_id))}
    connection.execute(update(originals).where(originals.c.id == known[pid("b")]).values(same_as=known[pid("a")]))
    read = {one.id: one.original for one in iter_records(connection)}
    for name in (*names, "e"):
        one = load_record(connection, pid(name))
        assert one is not None
        assert read[one.id] == one.original
    first = read[pid("a")]
    assert first is not None
    assert (first.posts, first.posts_total) == (sorted([pid("a"), pid("b")]), 2)
    (page,) = iter_pages(connection)
    assert set(page.shared) == {pid(name) for name in names}  # who is alone is not looked up any further
