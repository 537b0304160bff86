"""The little in which SQLite and PostgreSQL differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, String, Table, any_, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

__all__ = ["among", "insert_new", "raise_to", "upsert"]


def _insert(dialect: str, table: Table) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def among(connection: Connection, column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """Whether *column* is one of *values*, as one parameter: both engines have a limit on how many there may be."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(sorted(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(literal(sorted(values), postgresql.ARRAY(String)))


def insert_new(connection: Connection, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Insert what is not there yet; what is there stays as it is."""
    if rows:
        connection.execute(_insert(connection.dialect.name, table).on_conflict_do_nothing(), rows)


def upsert(connection: Connection, table: Table, row: Mapping[str, Any], *, keep: Sequence[str] = ()) -> None:
    """Insert *row*, or set its columns (but those in *keep*) on the row with its primary key."""
    connection.execute(_upsert(connection.dialect.name, table, tuple(row), tuple(keep)), row)


def raise_to(connection: Connection, table: Table, row: Mapping[str, Any], *, by: str) -> bool:
    """Insert *row*, or set it where the number *by* of the row with its primary key is less; whether it was set."""
    statement = _insert(connection.dialect.name, table)
    keys = [column.name for column in table.primary_key.columns]
    changes = {name: statement.excluded[name] for name in row if name not in keys}
    raised = statement.on_conflict_do_update(
        index_elements=keys, set_=changes, where=table.c[by] < statement.excluded[by]
    ).returning(table.c[by])
    return connection.execute(raised, row).first() is not None


@lru_cache(maxsize=64)
def _upsert(dialect: str, table: Table, columns: tuple[str, ...], keep: tuple[str, ...]) -> Any:
    # Kept: for the widest table it takes longer to build than to run.
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key.columns]
    changes = {name: statement.excluded[name] for name in columns if name not in keys and name not in keep}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)
