"""Statements that are built once and run for each record, past the greater part of what SQLAlchemy does for each run.

On SQLite a statement of the ledger takes 20 to 60 microseconds, and SQLAlchemy adds 80 to 120 to it: it looks up the
compiled form, makes a context, asks listeners and wraps the cursor. A record has some forty of them. :func:`execute`
keeps the compiled form with the functions that turn values into the driver's and back, and gives it to the driver.

On PostgreSQL, where a statement costs a way to the server and back, and for what cannot be kept (lists that are
expanded, many rows at once, defaults made in Python) it is ``connection.execute``.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

__all__ = ["Found", "execute", "execute_text", "run_plain"]

_Change = Callable[[Any], Any]


class Found:
    """What a statement gave: the part of SQLAlchemy's ``Result`` that the ledger uses."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        #: Rows that were changed.
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """All rows."""
        return self._rows

    def first(self) -> Any:
        """The first row, or ``None``."""
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        """The only row. Raises ``LookupError`` where there are more or none."""
        if len(self._rows) != 1:
            raise LookupError(f"{len(self._rows)} rows where one was expected")
        return self._rows[0]

    def scalar(self) -> Any:
        """The first value of the first row, or ``None``."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """The first value of the only row."""
        return self.one()[0]

    def scalars(self) -> Found:
        """The first values of all rows."""
        return Found([row[0] for row in self._rows], self.rowcount)


class _Prepared:
    """A statement compiled for SQLite, with parameters of these *names*."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect, statement: Any, names: Collection[str]) -> None:
        self.sql = str(compiled)
        #: The driver's values: those that the statement holds, and a place for each parameter.
        self.held: list[Any] = []
        #: Parameters by place, and those with a change that makes what is given the driver's.
        self.plain: list[tuple[int, str]] = []
        self.bound: list[tuple[int, str, _Change]] = []
        for at, place in enumerate(compiled.positiontup or ()):
            bind = compiled.binds[place]
            change = bind.type.dialect_impl(dialect).bind_processor(dialect)
            name = next((one for one in (bind.key, place) if one in names), None)
            held = bind.effective_value if name is None else None
            self.held.append(held if change is None or name is not None else change(held))
            if name is not None and change is None:
                self.plain.append((at, name))
            elif name is not None and change is not None:
                self.bound.append((at, name, change))
        columns = list(getattr(statement, "exported_columns", ()) or ())
        self.row: Any = tuple
        if columns:
            self.row = _row_of(tuple(str(column.key) for column in columns))
        changes = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        #: Places of columns whose values are changed on their way out.
        self.changes = [(place, change) for place, change in enumerate(changes) if change is not None]

    def run(self, driver: sqlite3.Connection, given: Mapping[str, Any]) -> Found:
        """Run it; *given*: parameters by name."""
        values = self.held.copy()
        for at, name in self.plain:
            values[at] = given[name]
        for at, name, change in self.bound:
            values[at] = change(given[name])
        cursor = driver.execute(self.sql, values)
        rows: list[Any] = cursor.fetchall()
        if rows and self.changes:
            for at, row in enumerate(rows):
                read = list(row)
                for place, change in self.changes:
                    read[place] = change(read[place])
                rows[at] = read
        make = self.row
        return Found([make(row) for row in rows], cursor.rowcount)


@lru_cache(maxsize=256)
def _prepare(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> _Prepared | None:
    """*statement* for parameters of these *names*; ``None`` where it has to be made anew for each run."""
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    if compiled.post_compile_params or compiled.literal_execute_params:
        return None
    if getattr(compiled, "insert_prefetch", ()) or getattr(compiled, "update_prefetch", ()):
        return None
    if any(bind.required and not {bind.key, place} & set(names) for place, bind in compiled.binds.items()):
        return None  # SQLAlchemy says which one is not given
    return _Prepared(compiled, dialect, statement, names)


def execute(connection: Connection, statement: Executable, given: Mapping[str, Any]) -> Any:
    """``connection.execute(statement, given)`` for a *statement* that is kept: a module's own, or a cached one's.

    The result is a :class:`Found`, or SQLAlchemy's. Errors are those of ``connection.execute``.
    """
    driver = _driver(connection)
    if driver is None:
        return connection.execute(statement, given)
    prepared = _prepare(statement, connection.dialect, tuple(given))
    if prepared is None:
        return connection.execute(statement, given)
    try:
        return prepared.run(driver, given)
    except sqlite3.Error:
        # A statement that failed has changed nothing. Run the long way it fails as all others do, with the same words.
        return connection.execute(statement, given)


def execute_text(connection: Connection, sql: str, given: Mapping[str, Any]) -> Any:
    """``connection.exec_driver_sql(sql, given)``: the driver's own SQL, of which there are few."""
    driver = _driver(connection)
    if driver is None:
        return connection.exec_driver_sql(sql, dict(given))
    try:
        cursor = driver.execute(sql, given)
        rows = cursor.fetchall()
    except sqlite3.Error:
        return connection.exec_driver_sql(sql, dict(given))
    if rows:
        make = _row_of(tuple(column[0] for column in cursor.description))
        rows = [make(row) for row in rows]
    return Found(rows, cursor.rowcount)


@lru_cache(maxsize=256)
def _row_of(names: tuple[str, ...]) -> Any:
    row: Any = namedtuple("Row", list(names), rename=True)  # type: ignore[misc]
    return row._make


def run_plain(connection: Connection, sql: str) -> None:
    """``connection.exec_driver_sql(sql)`` for a statement without parameters or rows."""
    driver = _driver(connection)
    if driver is None:
        connection.exec_driver_sql(sql)
        return
    try:
        driver.execute(sql)
    except sqlite3.Error:
        connection.exec_driver_sql(sql)


def _driver(connection: Connection) -> sqlite3.Connection | None:
    """The driver's connection where it is SQLite's and a transaction is open on it, which SQLAlchemy begins."""
    if connection.dialect.name != "sqlite" or not connection.in_transaction():
        return None
    # The pool's name for what the driver made, which is SQLite's own: one step in place of three.
    driver = connection.connection.dbapi_connection
    return driver if isinstance(driver, sqlite3.Connection) else None
