"""Whether a run is alive, told by a lock that the system lets go when it dies.

SQLite: a file beside the database, held by ``flock``. PostgreSQL: an advisory
lock of a connection that the run keeps open, which works across machines.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from newscrawl.errors import OperationError
from newscrawl.text import escape_controls

__all__ = ["RunLocks", "locks_for"]

#: First key of the advisory locks: the bytes "news".
_CLASS = 0x6E657773


class RunLocks(Protocol):
    """Holds this process's run and tells whether another one lives."""

    def hold(self, run_id: str, number: int) -> None:
        """Take the lock of the run that this process is."""

    def alive(self, run_id: str, number: int) -> bool:
        """Whether some process holds the lock of that run."""

    def renew(self) -> None:
        """Hold the own run's lock again where the connection that held it broke. Raises :class:`OperationError`."""

    def release(self) -> None:
        """Let go of the own run's lock."""


def locks_for(engine: Engine) -> RunLocks:
    """The locks that fit the database."""
    if engine.dialect.name == "sqlite":
        # One database reached by two paths (a link) is one: SQLite sees through links, so must we.
        return _FileLocks(Path(f"{os.path.realpath(str(engine.url.database))}-runs"))
    return _AdvisoryLocks(engine)


class _FileLocks:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: tuple[int, Path] | None = None

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.lock"

    def hold(self, run_id: str, number: int) -> None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path = self._path(run_id)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            where = escape_controls(self._folder)
            raise OperationError(f"cannot lock in {where}: {error.strerror or error}") from None
        self._held = (descriptor, path)

    def alive(self, run_id: str, number: int) -> bool:
        path = self._path(run_id)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # Shared: two that ask at once must not take each other for the run.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)

    def renew(self) -> None:
        """A file's lock breaks with its process alone."""

    def release(self) -> None:
        if self._held is not None:
            descriptor, path = self._held
            path.unlink(missing_ok=True)
            os.close(descriptor)
            self._held = None


class _AdvisoryLocks:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._held: tuple[str, int] | None = None

    def hold(self, run_id: str, number: int) -> None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = connection.execute(
            text("SELECT pg_try_advisory_lock(:kind, :number)"), {"kind": _CLASS, "number": number}
        ).scalar()
        if not taken:
            connection.close()
            raise OperationError(f"run {number} is locked by another process")
        self._connection = connection
        self._held = (run_id, number)

    def renew(self) -> None:
        if self._connection is None or self._held is None:
            return
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            with suppress(SQLAlchemyError):
                self._connection.invalidate()
                self._connection.close()
            self._connection = None
            self.hold(*self._held)
        # Between the break and now another run may have taken this one for dead, and its work.
        assert self._connection is not None
        state = self._connection.execute(text("SELECT state FROM runs WHERE id = :id"), {"id": self._held[0]}).scalar()
        if state != "running":
            raise OperationError("the connection to the database broke, and another run took this one for dead")

    def alive(self, run_id: str, number: int) -> bool:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            key = {"kind": _CLASS, "number": number}
            taken = connection.execute(text("SELECT pg_try_advisory_lock_shared(:kind, :number)"), key).scalar()
            if taken:
                connection.execute(text("SELECT pg_advisory_unlock_shared(:kind, :number)"), key)
            return not taken

    def release(self) -> None:
        if self._connection is not None:
            # Back in the pool the connection would hold the lock on.
            with suppress(SQLAlchemyError):
                self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            self._connection.close()
            self._connection = None
