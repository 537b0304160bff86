"""Statements that SQLite and PostgreSQL write in different ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, DateTime, String, Table, any_, bindparam, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from newscrawl.clock import format_time, parse_time
from newscrawl.storage.prepared import execute

__all__ = [
    "Moment",
    "among",
    "among_bound",
    "bound_values",
    "day_of",
    "insert_new",
    "raise_to",
    "upsert",
]


class Moment(TypeDecorator[str]):
    """A time of the record: a string in UTC ending in ``Z`` to the code, ``timestamptz`` on PostgreSQL, else text.

    What is not to the second loses its fraction on the way: records are normalised to seconds before.
    """

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = DateTime(timezone=True) if dialect.name == "postgresql" else String(32)
        return dialect.type_descriptor(kind)

    def bind_processor(self, dialect: Dialect) -> Any:
        inner = super().bind_processor(dialect)
        return inner if dialect.name == "postgresql" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        # None, and not a function that gives back what it gets: an export reads some ten million times.
        inner = super().result_processor(dialect, coltype)
        return inner if dialect.name == "postgresql" else None

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else parse_time(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else format_time(value)

    def process_literal_param(self, value: str | None, dialect: Dialect) -> str:
        return "" if value is None else value


def day_of(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[str]:
    """The day in UTC (``2026-01-31``) of *column*, a :class:`Moment`."""
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD", type_=String())
    return func.substr(column, 1, 10, type_=String())


def _insert(dialect: str, table: Table) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def among(connection: Connection, column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """Whether *column* is one of *values*, as one parameter: both engines have a limit on how many there may be."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(sorted(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(literal(sorted(values), postgresql.ARRAY(String)))


def among_bound(dialect: str, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """:func:`among` of a parameter *name*, whose values `bound_values` makes: for statements that are built once."""
    if dialect == "sqlite":
        listed = func.json_each(bindparam(name, type_=String)).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam(name, type_=postgresql.ARRAY(String)))


def bound_values(dialect: str, values: Iterable[str]) -> str | list[str]:
    """*values* (ids, hosts) as the parameter of `among_bound`."""
    return orjson.dumps(sorted(values)).decode("utf-8") if dialect == "sqlite" else sorted(values)


def insert_new(connection: Connection, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Insert what is not there yet; what is there stays as it is."""
    if isinstance(rows, Mapping):
        execute(connection, _insert_new(connection.dialect.name, table), rows)
    elif rows:
        connection.execute(_insert_new(connection.dialect.name, table), rows)


def upsert(connection: Connection, table: Table, row: Mapping[str, Any], *, keep: Sequence[str] = ()) -> None:
    """Insert *row*, or set its columns (but those in *keep*) on the row with its primary key."""
    execute(connection, _upsert(connection.dialect.name, table, tuple(row), tuple(keep)), row)


def raise_to(connection: Connection, table: Table, row: Mapping[str, Any], *, by: str) -> bool:
    """Insert *row*, or set it where the number *by* of the row with its primary key is less; whether it was set."""
    raised = _raise_to(connection.dialect.name, table, tuple(row), by)
    return execute(connection, raised, row).first() is not None


# Statements are kept: to build one takes longer than to run it.


@lru_cache(maxsize=64)
def _insert_new(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


@lru_cache(maxsize=64)
def _raise_to(dialect: str, table: Table, columns: tuple[str, ...], by: str) -> Any:
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key.columns]
    changes = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(
        index_elements=keys, set_=changes, where=table.c[by] < statement.excluded[by]
    ).returning(table.c[by])


@lru_cache(maxsize=64)
def _upsert(dialect: str, table: Table, columns: tuple[str, ...], keep: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key.columns]
    changes = {name: statement.excluded[name] for name in columns if name not in keys and name not in keep}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)
