"""A page as a table holds what it holds as rows: values, order, what is withheld, what is counted."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.engine import Connection

from newscrawl.datasets import arrow
from newscrawl.datasets.batches import Facts, Page, read_rows, read_table
from newscrawl.items import OriginalPart
from newscrawl.net.rights import POLICIES
from newscrawl.storage.pages import Written, iter_pages, iter_plain
from newscrawl.storage.records import store_record
from newscrawl.storage.tables import records
from tests.datasets.world import RUN, fill, made, nasty


def both(written: Written, rights: str) -> tuple[Page, Page, Counter[str], Counter[str]]:
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    return read_rows(written, {}, rights, counts[0]), read_table(written, {}, rights, counts[1]), *counts


def assert_equal(written: Written, rights: str) -> list[dict[str, Any]]:
    rows, table, dropped, also_dropped = both(written, rights)
    found: list[dict[str, Any]] = arrow.plain_rows(table.batch.table)  # type: ignore[attr-defined]
    assert found == rows.batch.rows  # type: ignore[attr-defined]
    assert table.batch.table.schema == arrow.arrow_schema()  # type: ignore[attr-defined]
    table.batch.table.validate(full=True)  # type: ignore[attr-defined]
    for one in fields(Facts):
        assert list(getattr(table.batch.facts, one.name)) == list(getattr(rows.batch.facts, one.name))
    assert (table.owners, table.withheld, table.left_out) == (rows.owners, rows.withheld, rows.left_out)
    assert dropped == also_dropped
    return found


@pytest.mark.parametrize("rights", POLICIES)
def test_a_table_holds_what_rows_hold(connection: Connection, rights: str) -> None:
    for number in range(60):
        store_record(connection, nasty(number, random.Random(number)), RUN)
    fill(connection, range(60, 70), rich=False)
    (written, undated) = list(iter_pages(connection))
    found = assert_equal(written, rights) + assert_equal(undated, rights)
    if rights != "open":
        assert len(found) == 70
    if rights == "all":
        assert [one["id"] for one in found] == [one["id"] for one in iter_plain(connection)]
        assert arrow.columns_table(written.columns()) is not None  # the short way was taken


def _written(connection: Connection, **values: Any) -> Written:
    one = made(1, random.Random(1))
    store_record(connection, one, RUN)
    store_record(connection, made(2, random.Random(2)), RUN)
    connection.execute(update(records).where(records.c.id == one.id).values(**values))
    (written,) = iter_pages(connection)
    return written


@pytest.mark.parametrize(
    ("values", "dropped"),
    [
        ({"post": {"site": "https://a.test", "url": "https://a.test/1/", "mood": "good"}}, {"mood": 1}),
        ({"post": {"site": "https://a.test", "url": "https://a.test/1/"}}, {}),
        ({"original": {"url": "https://p.test/1", "rendered": None}}, {}),
        ({"sources": {"text": "", "title": "html", "later": "x"}}, {"later": 1}),
        ({"sources": {"text": "", "title": None}}, {}),
        ({"rights": {"post": {"tdm": {"value": "open", "at": ""}}}}, {}),
        ({"archive": [{"file": "a", "offset": 1, "more": 2}]}, {"more": 1}),
        ({"publisher": {}}, {}),
    ],
)
def test_what_another_version_stored_is_completed(
    connection: Connection, values: dict[str, Any], dropped: dict[str, int]
) -> None:
    written = _written(connection, **values)
    assert_equal(written, "no-optout")
    assert both(written, "all")[2] == dropped


def test_a_time_that_only_python_reads(connection: Connection) -> None:
    post = {"site": "https://a.test", "url": "https://a.test/1/", "published_at": "20260203T040506Z"}
    written = _written(connection, post=post)
    table = arrow.columns_table(written.columns())
    (found,) = [
        one["post"]
        for one in read_rows(written, {}, "all", Counter()).batch.rows
        if one["post"]["site"] == "https://a.test"
    ]  # type: ignore[attr-defined]
    assert found["published_at"] == "20260203T040506Z"
    rows = arrow.plain_rows(table if table is not None else read_table(written, {}, "all", Counter()).batch.table)  # type: ignore[attr-defined]
    assert "2026-02-03T04:05:06Z" in {one["post"]["published_at"] for one in rows}


def test_a_digest_tells_any_change(connection: Connection) -> None:
    one = made(1, random.Random(1))
    one.original = OriginalPart(url="https://p.test/1")
    store_record(connection, one, RUN)
    (before,) = iter_pages(connection)
    assert before.digests() == before.digests()
    named = [Written(before.rows, {one.id: naming}) for naming in ((["x"], 1), ([one.id, "x"], 2), ([one.id, "x"], 9))]
    seen = {tuple(page.digests()) for page in (before, *named)}
    for column, value in {
        "section": "x",
        "sources": {"a": "b"},
        "version": 7,
        "crawled_at": "2026-01-01T00:00:00Z",
    }.items():
        connection.execute(update(records).values({column: value}))
        (after,) = iter_pages(connection)
        seen.add(tuple(after.digests()))
    assert len(seen) == 8


def test_records_that_share_what_they_hold_are_not_mixed_up(connection: Connection) -> None:
    """What many records have in common is read once; each keeps its own, and an absent part stays absent."""
    for number in range(40):
        one = made(number, random.Random(number))
        one.publisher = None if number % 7 == 0 else one.publisher
        one.tags, one.authors = ["a", "b"][: number % 3], []
        one.rights.effective = {} if number % 5 == 0 else one.rights.effective
        store_record(connection, one, RUN)
    (written,) = iter_pages(connection)
    assert len(assert_equal(written, "no-optout")) == 40
    assert arrow.columns_table(written.columns()) is not None


@pytest.mark.parametrize(
    ("values", "dropped"),
    [
        ({"rights": {"effective": {"mood": "good"}}}, {"mood": 1}),
        (
            {"rights": {"post": {"tdm": {"value": "open", "mood": "good"}}, "original": {}, "effective": {}}},
            {"mood": 1},
        ),
        ({"publisher": {"name": "P", "owner": "O"}}, {"owner": 1}),
    ],
)
def test_a_name_that_the_schema_lacks_is_counted_at_any_depth(
    connection: Connection, values: dict[str, Any], dropped: dict[str, int]
) -> None:
    written = _written(connection, **values)
    assert arrow.columns_table(written.columns()) is None
    assert both(written, "all")[3] == dropped


def test_a_name_that_many_records_share_is_counted_for_each(connection: Connection) -> None:
    for number in range(9):
        store_record(connection, made(number, random.Random(number)), RUN)
    connection.execute(update(records).values(publisher={"name": "P", "owner": "O"}))
    (written,) = iter_pages(connection)
    assert both(written, "all")[2] == {"owner": 9}
