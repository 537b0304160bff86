"""Engines for SQLite and PostgreSQL, opened the way that makes a commit mean committed."""

from __future__ import annotations

import os
import pwd
import sqlite3
import stat
import time
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from newscrawl.errors import OperationError
from newscrawl.text import escape_controls

__all__ = ["barred_files", "describe_error", "is_damage", "is_outage", "open_engine"]

#: How long a statement waits for another process's write to end, in seconds.
BUSY_TIMEOUT = 10.0


def _dumps(value: Any) -> str:
    # orjson refuses lone surrogates and NaN becomes null: nothing that a JSON reader chokes on gets in.
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode("utf-8")


def open_engine(url: URL, *, create: bool = True) -> Engine:
    """An engine for *url*. For SQLite the folder and file are made, readable by their owner only.

    Raises:
        OperationError: one line, when the folder or file cannot be made or opened.
    """
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, create=create)
    return create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,  # a failed statement is logged, and its parameters are texts and bodies
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"connect_timeout": 10, "application_name": "newscrawl"},
    )


def _open_sqlite(url: URL, *, create: bool) -> Engine:
    path = Path(str(url.database))
    if create:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            where = escape_controls(path)
            raise OperationError(f"cannot write the database {where}: {error.strerror or error}") from None
    elif not path.is_file():
        where = escape_controls(path)
        raise OperationError(f"there is no database at {where}: run a crawl, or name another with NEWSCRAWL_DATABASE")
    engine = create_engine(
        url,
        hide_parameters=True,  # a failed statement is logged, and its parameters are texts and bodies
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: Any, arguments: Any, named: Any) -> Any:
        try:
            return dialect.connect(*arguments, **named)
        except sqlite3.OperationalError as error:
            raise _named(error, path) or error from None

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, record: Any) -> None:
        record.info["file"] = _identity(path)
        # The driver's own transaction handling would begin late and commit
        # before DDL: SQLAlchemy's `begin` event below does it instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            _turn_to_wal(cursor)
        except sqlite3.OperationalError as error:
            raise _named(error, path) or error from None
        # FULL: with WAL, anything less may lose the last commits on power loss.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @event.listens_for(engine, "handle_error")
    def _tell_the_cause(context: ExceptionContext) -> None:
        if named := _named(context.original_exception, path):
            context.chained_exception = OperationalError(context.statement, None, named)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.info.get("file") != _identity(path):
            # Commits would go to a file that nobody finds any more.
            gone = sqlite3.OperationalError("the file was moved, removed or replaced while in use")
            raise OperationalError("BEGIN", None, gone)
        # IMMEDIATE: a transaction that reads first and writes later would
        # otherwise fail with "database is locked" without waiting.
        immediate = connection.get_execution_options().get("newscrawl_readonly") is not True
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        try:
            # Given to the driver: each batch of the writer has one, and SQLAlchemy's way takes as long as five of them.
            driver.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")
        except sqlite3.Error as error:
            kind = OperationalError if isinstance(error, sqlite3.OperationalError) else DBAPIError
            raise kind("BEGIN", None, _named(error, path) or error) from None

    return engine


def barred_files(path: Path) -> list[str]:
    """What of the SQLite database at *path* this user may not read and write: itself, its folder, what lies beside it.

    Each in words: ``/srv/newscrawl.db-shm (mode 400, of root)``. A ``-shm`` or ``-wal`` file that another user left
    stops a database that is itself well.
    """
    barred = []
    beside = [path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-runs")]
    for one in (path.parent, path, *beside):
        try:
            found = one.stat()
        except OSError:
            continue
        folder = stat.S_ISDIR(found.st_mode)
        if not os.access(one, os.R_OK | os.W_OK | (os.X_OK if folder else 0)):
            barred.append(f"{escape_controls(one)} (mode {stat.S_IMODE(found.st_mode):o}, of {_owner(found.st_uid)})")
    return barred


def _named(error: BaseException, path: Path) -> sqlite3.OperationalError | None:
    """*error* with the files that are its cause, where SQLite says only that it cannot open or write the database."""
    if not isinstance(error, sqlite3.OperationalError) or not ("readonly" in str(error) or "unable to" in str(error)):
        return None
    barred = barred_files(path)
    if not barred:
        return None
    named = sqlite3.OperationalError(f"{error}: this user may not use {', '.join(barred)}")
    named.sqlite_errorcode = error.sqlite_errorcode
    return named


def _owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _turn_to_wal(cursor: sqlite3.Cursor) -> None:
    """Write-ahead logging, which the file remembers. Turning a new file to it does not wait for another who does."""
    until = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one that takes its place."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_damage(error: BaseException) -> bool:
    """Whether *error* says that a SQLite file is damaged or no database: waiting does not help."""
    return isinstance(error, DBAPIError) and type(error.orig) is sqlite3.DatabaseError


#: What SQLite calls a database that is locked, full, read-only or out of reach: https://sqlite.org/rescode.html
_SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    }
)  # fmt: skip
#: Classes of PostgreSQL's states: connection, resources, object in use, transaction rolled back, operator, system.
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_OUTAGES = ("08", "53", "55", "40", "57", "58", "25006")


def is_outage(error: BaseException, *, unnamed: bool = False) -> bool:
    """Whether *error* says that the database cannot be used now, and waiting may help; else our own SQL is at fault.

    The drivers raise ``OperationalError`` for both.

    Args:
        unnamed: the answer where neither the engine nor the server gave a code: true for what comes of connecting and
            committing, false for what comes of a statement (the driver refused it).
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return isinstance(error, DBAPIError) and error.connection_invalidated
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_OUTAGES
    state = getattr(error.orig, "sqlstate", None)
    return unnamed if state is None else str(state).startswith(_POSTGRES_OUTAGES)


def describe_error(error: BaseException) -> str:
    """A database fault in one line, without the statement, its parameters or a password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(cause).strip().splitlines()
    return escape_controls(lines[0] if lines else type(cause).__name__)[:300]
