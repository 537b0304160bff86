"""Statements that are run past SQLAlchemy: the same rows, types and errors as its own way."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from newscrawl.items import Record
from newscrawl.storage.prepared import Found, execute, execute_text, run_plain
from newscrawl.storage.records import store_record
from newscrawl.storage.tables import originals, records, run_hosts

RESULT: dict[str, Any] = {"text": "Größe", "nested": [1, None, {"a": "b"}]}
_ONE = select(originals).where(originals.c.id == bindparam("own"))
_ADD = insert(originals)
_SET = (
    update(originals)
    .where(originals.c.id == bindparam("own"))
    .values(rendered=bindparam("is_rendered"), reason="robots")
)
_HOSTS = text("SELECT host, next_at FROM run_hosts WHERE host = :host OR host = :host")


def _enter(connection: Connection) -> None:
    row = {"id": "a" * 32, "url": "https://a.test/", "host": "a.test", "state": "discovered", "extraction": RESULT}
    execute(connection, _ADD, {**row, "rights": None, "next_at": 0.0})


def test_rows_are_as_sqlalchemy_gives_them(connection: Connection) -> None:
    _enter(connection)
    ours, theirs = execute(connection, _ONE, {"own": "a" * 32}).one(), connection.execute(_ONE, {"own": "a" * 32}).one()
    assert tuple(ours) == tuple(theirs)
    assert ours._fields == theirs._fields
    assert (ours.extraction, ours.rights, ours.rendered) == (RESULT, None, False)
    assert execute(connection, _ONE, {"own": "b"}).first() is None
    assert execute(connection, _SET, {"own": "a" * 32, "is_rendered": True}).rowcount == 1
    after = execute(connection, _ONE, {"own": "a" * 32}).one()
    assert (after.rendered, after.reason) == (True, "robots")
    assert connection.execute(select(originals.c.rendered)).scalar_one() is True


def test_a_statement_of_text_may_name_a_parameter_twice(connection: Connection) -> None:
    connection.execute(insert(run_hosts).values(run_id="r", host="a.test", next_at=2.5))
    assert [tuple(row) for row in execute(connection, _HOSTS, {"host": "a.test"})] == [("a.test", 2.5)]


def test_lists_and_defaults_go_the_long_way(connection: Connection) -> None:
    _enter(connection)
    among = select(originals.c.id).where(originals.c.id.in_(bindparam("wanted", expanding=True)))
    assert execute(connection, among, {"wanted": ["a" * 32, "b"]}).scalars().all() == ["a" * 32]
    # `changed_at` is set by Python where a row is updated.
    store_record(connection, Record(id="r", url="https://a.test/", outcome="failed", run_id="run"), "run")
    connection.execute(text("UPDATE records SET changed_at = NULL"))
    changed = update(records).where(records.c.id == bindparam("own")).values(reason="robots")
    execute(connection, changed, {"own": "r"})
    assert connection.execute(select(records.c.changed_at)).scalar_one() is not None


def test_errors_are_those_of_sqlalchemy(connection: Connection) -> None:
    _enter(connection)
    run_plain(connection, "SAVEPOINT here")
    with pytest.raises(IntegrityError):
        _enter(connection)
    run_plain(connection, "ROLLBACK TO SAVEPOINT here")
    with pytest.raises(DBAPIError):
        execute_text(connection, "SELECT nothing FROM nowhere", {})
    run_plain(connection, "ROLLBACK TO SAVEPOINT here")
    with pytest.raises(DBAPIError):
        run_plain(connection, "NO STATEMENT")


def test_what_is_not_given_is_told(connection: Connection) -> None:
    with pytest.raises(StatementError, match="own"):
        execute(connection, _ONE, {})


def test_one_row_is_one_row() -> None:
    assert Found([("a",)], 1).scalar_one() == "a"
    for rows in ([], [("a",), ("b",)]):
        with pytest.raises(LookupError):
            Found(rows, len(rows)).one()
    assert Found([], 0).scalar() is None
    assert Found([("a",), ("b",)], 2).scalars().all() == ["a", "b"]
