"""A page as a table holds what it holds as rows: values, order, what is withheld, what is counted."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.engine import Connection

from newscrawl.datasets import arrow
from newscrawl.datasets.batches import Page, read_rows, read_table
from newscrawl.items import OriginalPart
from newscrawl.net.rights import POLICIES
from newscrawl.storage.records import Written, iter_pages, iter_plain, store_record
from newscrawl.storage.tables import records
from tests.datasets.world import RUN, fill, made, nasty


def both(written: list[Written], rights: str) -> tuple[Page, Page, Counter[str], Counter[str]]:
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    return read_rows(written, {}, rights, counts[0]), read_table(written, {}, rights, counts[1]), *counts


def assert_equal(written: list[Written], rights: str) -> list[dict[str, Any]]:
    rows, table, dropped, also_dropped = both(written, rights)
    found: list[dict[str, Any]] = arrow.plain_rows(table.batch.table)  # type: ignore[attr-defined]
    assert found == rows.batch.rows  # type: ignore[attr-defined]
    assert table.batch.table.schema == arrow.arrow_schema()  # type: ignore[attr-defined]
    table.batch.table.validate(full=True)  # type: ignore[attr-defined]
    assert table.batch.facts == rows.batch.facts
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
        assert arrow.written_table(written) is not None  # the short way was taken


def _written(connection: Connection, **values: Any) -> list[Written]:
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
    table = arrow.written_table(written)
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
    ((before,),) = iter_pages(connection)
    assert before.digest() == before.digest()
    seen = {before.digest(), before._replace(posts=["x"]).digest(), before._replace(posts_total=9).digest()}
    for column, value in {
        "section": "x",
        "sources": {"a": "b"},
        "version": 7,
        "crawled_at": "2026-01-01T00:00:00Z",
    }.items():
        connection.execute(update(records).values({column: value}))
        ((after,),) = iter_pages(connection)
        seen.add(after.digest())
    assert len(seen) == 7
