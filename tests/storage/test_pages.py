"""Records read a page at a time, on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from newscrawl.storage import pages
from newscrawl.storage.pages import iter_records
from newscrawl.storage.records import store_record
from tests.ledger.helpers import RUN, record


def test_records_are_read_in_order_page_by_page(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    dates = [None, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z", None, "2025-01-01T00:00:00Z"]
    for number in range(23):
        store_record(connection, record(f"n{number}", f"t{number}", published_at=dates[number % 6]), RUN)
    expected = sorted(
        ((one.published_at or "9999", one.id) for one in iter_records(connection)),
    )
    for page in (1, 2, 5, 23, 24):
        read = [(one.published_at or "9999", one.id) for one in iter_records(connection, page=page)]
        assert read == expected
    # A page that ends early because its texts are long is followed by the rest.
    monkeypatch.setattr(pages, "PAGE_CHARACTERS", 1)
    monkeypatch.setattr(pages, "_FETCHED", 3)
    read = [(one.published_at or "9999", one.id) for one in iter_records(connection, page=10)]
    assert read == expected
    assert [len(one) for one in pages.iter_pages(connection, page=10)] == [3, 3, 3, 3, 3, 3, 3, 2]
    window = list(iter_records(connection, since="2026-03-01T00:00:00Z", until="2026-03-02T00:00:00Z", page=3))
    assert {one.published_at for one in window} == {"2026-03-01T00:00:00Z", None}
    assert len(window) == 4 + 8


def test_reading_all_sorts_nothing(connection: Connection) -> None:
    """The pages come out of an index: a sort for each page made 300,000 records take 841 s."""
    if connection.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which an empty table has not")
    seen: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *told: seen.append(told[2]))
    for number in range(5):
        store_record(connection, record(f"n{number}", f"t{number}"), RUN)
    del seen[:]
    list(iter_records(connection, page=2))
    statements = [one for one in seen if "FROM records" in one]
    assert len(statements) >= 4
    for statement in statements:
        marks = statement.count("?")
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (0,) * marks).all()
        assert not [row for row in plan if "TEMP B-TREE" in str(row)], statement
