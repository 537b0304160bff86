"""The one thread that talks to the database while a crawl runs.

Jobs are functions of a connection. Those that wait together are committed
together: one ``fsync`` for many. A job's future resolves after the commit, so
whoever awaits it may take its work as acknowledged. A job that fails takes no
neighbour with it: the batch is rolled back and done once more, each job with a
savepoint of its own.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import delete, or_, select, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from newscrawl.clock import epoch, now_text, time_text
from newscrawl.errors import OperationError
from newscrawl.storage.dialect import raise_to
from newscrawl.storage.engine import describe_error, is_damage, is_outage
from newscrawl.storage.prepared import run_plain
from newscrawl.storage.tables import writers

__all__ = ["Writer"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds that a batch waits for the loop to stand still, which it does between two steps; and that it stands still.
LOOP_COMES = 0.3
LOOP_STANDS = 0.1
#: Seconds after which the entry of a writer that died is of no use to anyone.
STALE = 7 * 86_400.0


@dataclass(slots=True)
class _Job:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    urgent: bool
    #: Who is told what came of it; nobody where nobody waits.
    told: Future[Any] | _Told | None = None
    result: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """A coroutine of *loop* that awaits *waiter*."""

    loop: asyncio.AbstractEventLoop
    waiter: asyncio.Future[Any]


class _Pause:
    """The loop stands still while a batch's statements run.

    Each statement gives the interpreter's lock away and asks for it again, up to three times. Beside a loop that is at
    work each time costs a change of threads, and a wait of some milliseconds: with a page's extraction in the loop the
    statements of a record cost 3.5 ms of CPU, and 1.5 ms while it stands still. The commit, which waits for the disk,
    goes on beside it.
    """

    def __init__(self) -> None:
        self._stands = threading.Event()
        self._over = threading.Event()

    def ask(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until *loop* stands still, but not for long: what it is at may take longer than the statements."""
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(self._stand)
            self._stands.wait(LOOP_COMES)

    def _stand(self) -> None:
        if not self._over.is_set():
            self._stands.set()
            self._over.wait(LOOP_STANDS)

    def end(self) -> None:
        self._over.set()


def _tell(jobs: list[_Job]) -> None:
    """Let all who wait for *jobs* know what came of them: a loop is woken once, however many wait in it."""
    waiting: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        if isinstance(job.told, _Told):
            waiting.setdefault(job.told.loop, []).append(job)
        elif job.told is not None and job.error is not None:
            job.told.set_exception(job.error)
        elif job.told is not None:
            job.told.set_result(job.result)
    for loop, some in waiting.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_tell_waiters, some)


def _tell_waiters(jobs: list[_Job]) -> None:
    for job in jobs:
        assert isinstance(job.told, _Told)
        if job.told.waiter.done():
            continue  # cancelled
        if job.error is not None:
            job.told.waiter.set_exception(job.error)
        else:
            job.told.waiter.set_result(job.result)


class _JobFailed(Exception):  # noqa: N818 - it says what happened, and never leaves this module
    """A job of a batch without savepoints raised what is its own fault."""


class Writer:
    """Runs jobs in order, in one thread, grouping commits.

    Args:
        engine: where to.
        group: most jobs in one transaction.
        window: seconds that jobs which are not urgent wait for company.
        patience: seconds to try again while the database is locked, full or away.
    """

    def __init__(self, engine: Engine, *, group: int = 50, window: float = 0.2, patience: float = 30.0) -> None:
        self._engine = engine
        self._group = group
        self._window = window
        self._patience = patience
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._open = False
        self._gate = threading.Lock()  # no job may be queued behind the end
        self._kept: Connection | None = None  # used in the writer's thread alone
        self._id = secrets.token_hex(16)
        self._loop: asyncio.AbstractEventLoop | None = None  # of those who wait for jobs
        self._pause: _Pause | None = None  # of the batch under way; used in the writer's thread alone
        self._batch = 0  # number of the batch under way; kept in the database with what the batch wrote
        #: The fault that ended the writer; nothing is written after it.
        self.failed: OperationError | None = None
        #: Called in the writer's thread when :attr:`failed` is set.
        self.on_failure: Callable[[], None] | None = None
        #: Called in the writer's thread before work goes on after a fault of the database; may raise `OperationError`.
        self.after_fault: Callable[[], None] | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._work, name="newscrawl-writer", daemon=True)
        self._open = True
        self._thread.start()

    def submit(self, function: Callable[..., T], *arguments: Any, urgent: bool = True) -> Future[T]:
        """Queue ``function(connection, *arguments)``; the future resolves after its commit.

        It may be called again after a rollback: it must change nothing but the database.
        """
        future: Future[T] = Future()
        # Whoever waits may be cancelled, the job may not: its neighbours are committed with it.
        future.set_running_or_notify_cancel()
        self._put(_Job(function, arguments, urgent, future))
        return future

    def _put(self, job: _Job) -> None:
        with self._gate:
            if self._open:
                self._queue.put(job)
                return
        job.error = self.failed or OperationError("the database writer is closed")
        _tell([job])

    def flush(self) -> Future[None]:
        """Let the jobs that wait for company be committed now; the future resolves after their commit."""
        return self.submit(_nothing)

    async def run(self, function: Callable[..., T], *arguments: Any, urgent: bool = True) -> T:
        """Await :meth:`submit`."""
        self._loop = loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        self._put(_Job(function, arguments, urgent, _Told(loop, waiter)))
        return await waiter

    def close(self) -> None:
        """Commit what is queued and end the thread."""
        if self._thread is not None:
            with self._gate:
                self._open = False
                self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        ending = False
        while not ending:
            first = self._queue.get()
            if first is None:
                break
            batch = [first]
            ending = self._gather(batch, self._window)
            if not ending and self._let_loop_stand():
                ending = self._gather(batch, 0.0)
            try:
                self._commit(batch)
            finally:
                self._let_loop_go()
        self._leave()
        self._let_go()

    def _gather(self, batch: list[_Job], window: float) -> bool:
        """Add to *batch* what is queued, and what comes within *window* seconds; whether the end is."""
        until = time.monotonic() + window
        urgent = any(job.urgent for job in batch)
        while len(batch) < self._group:
            wait = 0.0 if urgent else max(0.0, until - time.monotonic())
            try:
                job = self._queue.get(timeout=wait) if wait else self._queue.get_nowait()
            except queue.Empty:
                return False
            if job is None:
                return True
            urgent = urgent or job.urgent
            batch.append(job)
        return False

    def _let_loop_stand(self) -> bool:
        """Have the loop stand still for the statements of a batch, where it may be at work beside them."""
        loop = self._loop
        if loop is None or not self._open or self._engine.dialect.name != "sqlite":
            return False
        self._pause = _Pause()
        self._pause.ask(loop)
        return True

    def _let_loop_go(self) -> None:
        if self._pause is not None:
            self._pause.end()
            self._pause = None

    def _commit(self, batch: list[_Job]) -> None:
        give_up = time.monotonic() + self._patience
        pause = 0.05
        faults = 0
        self._batch += 1
        while self.failed is None:
            try:
                if faults and self.after_fault is not None:
                    self.after_fault()
                self._transact(batch, again=faults > 0)
                break
            except OperationError as error:
                self.failed = error
                break
            except Exception as error:
                if is_damage(error):
                    self.failed = OperationError(f"the database cannot be used: {describe_error(error)}")
                    break
                self._let_loop_go()
                if not is_outage(error, unnamed=True):
                    # A commit that fails otherwise is a defect; nobody may take it for done.
                    for job in batch:
                        job.error = error
                    break
                faults += 1
                if time.monotonic() >= give_up:
                    self.failed = OperationError(f"the database cannot be written: {describe_error(error)}")
                    break
                if pause > 1:
                    logger.warning("Database cannot be written, trying again: %s", describe_error(error))
                time.sleep(pause)
                pause = min(pause * 2, 5.0)
        if self.failed is not None:
            for job in batch:
                job.error = self.failed
        _tell(batch)
        if self.failed is not None and self.on_failure is not None:
            self.on_failure()

    def _transact(self, batch: list[_Job], *, again: bool) -> None:
        """Do the jobs of *batch* in one transaction. *again*: a try before failed, perhaps after its commit.

        A job seldom fails, and a savepoint costs two statements and a copy of each page that is changed under it. So
        savepoints are for a batch in which one did fail.
        """
        try:
            self._do_all(batch, again=again, apart=False)
        except _JobFailed:
            self._do_all(batch, again=again, apart=True)

    def _do_all(self, batch: list[_Job], *, again: bool, apart: bool) -> None:
        """*apart*: each job with a savepoint. Else the transaction is rolled back, and `_JobFailed` raised, by one."""
        with self._transaction() as connection:
            # The entry comes first in another try: it waits for a commit that is still under way on the server.
            if again and not self._enter(connection):
                return  # the try before was committed, and its jobs have their results
            before = _changes(connection)
            for job in batch:
                if apart:
                    self._attempt_apart(connection, job)
                else:
                    self._attempt(connection, job)
            if not again and _changes(connection) != before:
                self._enter(connection)
            self._let_loop_go()  # the commit needs no interpreter

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A transaction, which is committed where nothing is raised.

        On SQLite its connection is kept until something goes wrong: to take one from the pool and to give it back,
        which rolls back once more, costs as much as ten statements. A server's may break while it is held, and is
        pinged first.
        """
        if self._engine.dialect.name != "sqlite":
            with self._engine.begin() as connection:
                yield connection
            return
        if self._kept is None:
            self._kept = self._engine.connect()
        try:
            with self._kept.begin():
                yield self._kept
        except _JobFailed:
            raise  # rolled back: nothing is wrong with the connection
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        if self._kept is not None:
            kept, self._kept = self._kept, None
            with suppress(SQLAlchemyError):
                kept.close()

    def _enter(self, connection: Connection) -> bool:
        """Note the number of this batch; whether it was not there yet."""
        row = {"id": self._id, "batch": self._batch, "at": now_text()}
        return raise_to(connection, writers, row, by="batch")

    def _leave(self) -> None:
        """Take the entry of this writer out again, and those of writers that died long ago."""
        if self.failed is not None or not self._batch:
            return
        try:
            with self._transaction() as connection:
                mine = writers.c.id == self._id
                if connection.execute(select(writers.c.id).where(mine)).first() is not None:
                    connection.execute(delete(writers).where(or_(mine, writers.c.at < time_text(epoch() - STALE))))
        except SQLAlchemyError as error:
            # Nothing depends on it: the entry is one row, and goes with those of other dead writers.
            logger.info("The writer's entry could not be removed: %s", describe_error(error))

    @staticmethod
    def _attempt(connection: Connection, job: _Job) -> None:
        job.result = job.error = None
        try:
            job.result = job.function(connection, *job.arguments)
        except Exception as error:
            if is_outage(error) or is_damage(error):
                raise
            raise _JobFailed from error

    @staticmethod
    def _attempt_apart(connection: Connection, job: _Job) -> None:
        job.result = job.error = None
        # By hand: SQLAlchemy's objects for a savepoint cost as much as two statements.
        run_plain(connection, "SAVEPOINT job")
        try:
            job.result = job.function(connection, *job.arguments)
        except Exception as error:
            if is_outage(error) or is_damage(error):
                raise
            job.error = error
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
        run_plain(connection, "RELEASE SAVEPOINT job")


def _nothing(_connection: Connection) -> None:
    pass


def _changes(connection: Connection) -> object:
    """What grows when *connection* writes within a transaction: rows changed, or the transaction's number."""
    if connection.dialect.name == "sqlite":
        return connection.connection.driver_connection.total_changes  # type: ignore[union-attr]
    return connection.execute(text("SELECT pg_current_xact_id_if_assigned()::text")).scalar()
