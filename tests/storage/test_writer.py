"""The writer: acknowledged means committed, a neighbour's fault stays its own, and what fails is never called done."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from newscrawl.clock import now_text
from newscrawl.errors import OperationError
from newscrawl.storage import engine as engine_module
from newscrawl.storage.engine import open_engine
from newscrawl.storage.tables import hosts, writers
from newscrawl.storage.writer import LOOP_COMES, LOOP_STANDS, Writer
from tests.postgres import Cluster

Opener = Callable[..., Writer]


@pytest.fixture
def opened(engine: Engine) -> Iterator[Opener]:
    yield from _opener(engine)


def _opener(engine: Engine) -> Iterator[Opener]:
    made: list[Writer] = []

    def make(**options: Any) -> Writer:
        writer = Writer(engine, **{"window": 0.01, "patience": 5.0, **options})
        writer.start()
        made.append(writer)
        return writer

    yield make
    for writer in made:
        writer.close()


def add(connection: Connection, host: str) -> str:
    connection.execute(insert(hosts).values(host=host))
    return host


def stored(engine: Engine) -> list[str]:
    """What another connection sees: the committed hosts."""
    with engine.connect() as connection:
        return sorted(connection.execute(select(hosts.c.host)).scalars())


def hold(writer: Writer) -> threading.Event:
    """Keep the writer's thread busy until the event is set, so that jobs gather behind it."""
    release, begun = threading.Event(), threading.Event()

    def wait(_connection: Connection) -> None:
        begun.set()
        release.wait(10)

    writer.submit(wait)
    assert begun.wait(5)
    return release


def result(future: Future[Any]) -> Any:
    return future.result(timeout=15)


# --- acknowledgement ---------------------------------------------------------------------------------


def test_a_resolved_future_is_committed(engine: Engine, opened: Opener) -> None:
    writer = opened()
    assert result(writer.submit(add, "a.test")) == "a.test"
    assert stored(engine) == ["a.test"]


def test_nothing_resolves_before_the_commit(engine: Engine, opened: Opener) -> None:
    seen: list[bool] = []
    futures: list[Future[str]] = []

    @event.listens_for(engine, "commit")
    def _commit(_connection: Connection) -> None:
        seen.extend(future.done() for future in futures)

    writer = opened()
    release = hold(writer)
    futures += [writer.submit(add, f"{number}.test") for number in range(3)]
    release.set()
    for future in futures:
        result(future)
    # Commits seen: of the job that held the writer, and of the three.
    assert len(seen) >= 3
    assert not any(seen)


def test_jobs_that_wait_together_are_committed_together(engine: Engine, opened: Opener) -> None:
    commits: list[int] = []
    event.listen(engine, "commit", lambda _connection: commits.append(1))
    writer = opened(group=50)
    release = hold(writer)
    futures = [writer.submit(add, f"{number:03}.test") for number in range(120)]
    release.set()
    assert [result(future) for future in futures] == [f"{number:03}.test" for number in range(120)]
    assert len(commits) == 1 + 3  # the holder's own, then 50 + 50 + 20
    assert len(stored(engine)) == 120


def test_jobs_that_are_not_urgent_wait_for_company(engine: Engine, opened: Opener) -> None:
    commits: list[float] = []
    event.listen(engine, "commit", lambda _connection: commits.append(time.monotonic()))
    writer = opened(window=0.4)
    began = time.monotonic()
    first = writer.submit(add, "a.test", urgent=False)
    time.sleep(0.1)
    second = writer.submit(add, "b.test", urgent=False)
    assert not first.done()
    result(first), result(second)
    assert len(commits) == 1
    assert 0.35 < commits[0] - began < 3


def test_an_urgent_job_takes_those_that_wait_along(engine: Engine, opened: Opener) -> None:
    writer = opened(window=30.0)
    patient = writer.submit(add, "a.test", urgent=False)
    writer.submit(add, "b.test").result(timeout=5)
    assert patient.result(timeout=5) == "a.test"


def test_jobs_that_wait_are_committed_together_when_someone_asks(engine: Engine, opened: Opener) -> None:
    commits: list[int] = []
    event.listen(engine, "commit", lambda _connection: commits.append(1))
    writer = opened(window=30.0)
    patient = [writer.submit(add, f"{letter}.test", urgent=False) for letter in "abc"]
    writer.flush().result(timeout=5)
    assert all(one.done() for one in patient)
    assert (stored(engine), len(commits)) == (["a.test", "b.test", "c.test"], 1)


def test_jobs_run_in_order(engine: Engine, opened: Opener) -> None:
    writer = opened(group=7)
    order: list[int] = []

    def note(_connection: Connection, number: int) -> None:
        order.append(number)

    futures = [writer.submit(note, number, urgent=number % 3 == 0) for number in range(200)]
    for future in futures:
        result(future)
    assert order == list(range(200))


# --- neighbours --------------------------------------------------------------------------------------


def test_a_failing_job_takes_no_neighbour_with_it(engine: Engine, opened: Opener) -> None:
    writer = opened()
    result(writer.submit(add, "there.test"))

    def half(connection: Connection) -> None:
        add(connection, "half.test")
        raise KeyError("a defect")

    release = hold(writer)
    futures: list[Future[Any]] = [
        writer.submit(add, "before.test"),
        writer.submit(half),
        writer.submit(add, "there.test"),  # breaks the primary key
        writer.submit(add, "after.test"),
    ]
    release.set()
    assert result(futures[0]) == "before.test"
    with pytest.raises(KeyError):
        result(futures[1])
    with pytest.raises(IntegrityError):
        result(futures[2])
    assert result(futures[3]) == "after.test"
    assert stored(engine) == ["after.test", "before.test", "there.test"]
    assert writer.failed is None


def test_a_batch_is_done_once_more_only_where_a_job_of_it_failed(engine: Engine, opened: Opener) -> None:
    writer = opened()
    tries: list[str] = []

    def noted(connection: Connection, host: str) -> str:
        tries.append(host)
        add(connection, host)
        if host == "bad.test":
            raise KeyError(host)
        return host

    release = hold(writer)
    well = [writer.submit(noted, "one.test"), writer.submit(noted, "two.test")]
    release.set()
    assert [result(future) for future in well] == ["one.test", "two.test"]
    assert tries == ["one.test", "two.test"]
    tries.clear()
    release = hold(writer)
    futures = [writer.submit(noted, host) for host in ("three.test", "bad.test", "four.test")]
    release.set()
    assert [result(futures[0]), result(futures[2])] == ["three.test", "four.test"]
    with pytest.raises(KeyError):
        result(futures[1])
    # Once without savepoints up to the one that failed, and once more with them.
    assert tries == ["three.test", "bad.test", "three.test", "bad.test", "four.test"]
    assert stored(engine) == ["four.test", "one.test", "three.test", "two.test"]


def test_a_commit_that_fails_acknowledges_nothing(engine: Engine, opened: Opener) -> None:
    writer = opened()
    fail = [True]

    @event.listens_for(engine, "commit")
    def _commit(_connection: Connection) -> None:
        if fail:
            raise RuntimeError("torn")

    futures = [writer.submit(add, "a.test"), writer.submit(add, "b.test")]
    for future in futures:
        with pytest.raises(RuntimeError, match="torn"):
            result(future)
    fail.clear()
    assert stored(engine) == []
    assert result(writer.submit(add, "c.test")) == "c.test"
    assert stored(engine) == ["c.test"]


def test_a_commit_that_fails_for_a_while_is_tried_again(engine: Engine, opened: Opener) -> None:
    writer = opened()
    failures = [OperationalError("COMMIT", {}, Exception("disk I/O error")) for _ in range(3)]

    @event.listens_for(engine, "commit")
    def _commit(_connection: Connection) -> None:
        if failures:
            raise failures.pop()

    assert result(writer.submit(add, "a.test")) == "a.test"
    assert failures == []
    assert stored(engine) == ["a.test"]


# --- whoever waits may go away -----------------------------------------------------------------------


def test_a_waiter_that_is_cancelled_does_not_stop_the_writer(engine: Engine, opened: Opener) -> None:
    writer = opened()

    async def main() -> None:
        release = hold(writer)
        leaving = asyncio.create_task(writer.run(add, "left.test"))
        staying = asyncio.create_task(writer.run(add, "stayed.test"))
        await asyncio.sleep(0.05)
        leaving.cancel()
        await asyncio.sleep(0.05)
        release.set()
        assert await asyncio.wait_for(staying, 5) == "stayed.test"
        assert await asyncio.wait_for(writer.run(add, "later.test"), 5) == "later.test"

    asyncio.run(main())
    assert {"stayed.test", "later.test"} <= set(stored(engine))


def test_the_loop_stands_still_while_statements_run_but_not_for_long(sqlite_engine: Engine) -> None:
    """Each statement gives the interpreter's lock away: beside a loop at work it costs two changes of threads."""
    steps: list[float] = []

    def during(_connection: Connection, seconds: float) -> int:
        before = len(steps)
        time.sleep(seconds)
        return len(steps) - before

    async def step() -> None:
        while True:
            steps.append(time.monotonic())
            await asyncio.sleep(0)

    async def main(writer: Writer) -> tuple[int, int]:
        stepping = asyncio.create_task(step())
        await writer.run(during, 0.0)
        found = await writer.run(during, LOOP_STANDS / 2), await writer.run(during, LOOP_STANDS * 4)
        stepping.cancel()
        return found

    for writer in _opened_once(sqlite_engine):
        short, long = asyncio.run(main(writer))
        assert short == 0
        assert long > 0


def test_a_loop_that_does_not_come_holds_no_job_up(sqlite_engine: Engine) -> None:
    async def main(writer: Writer) -> str:
        await writer.run(lambda _: None)
        asked = writer.submit(add, "a.example")
        # Blocks the loop, which the writer asks to stand still.
        return asked.result(timeout=LOOP_COMES + 5.0)

    for writer in _opened_once(sqlite_engine):
        assert asyncio.run(main(writer)) == "a.example"
        # Nor does one that has ended.
        assert writer.submit(add, "b.example").result(timeout=5.0) == "b.example"
    assert stored(sqlite_engine) == ["a.example", "b.example"]


def _opened_once(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine)
    writer.start()
    try:
        yield writer
    finally:
        writer.close()


def test_every_future_resolves_when_the_writer_is_closed_meanwhile(engine: Engine) -> None:
    writer = Writer(engine, window=0.001)
    writer.start()
    futures: list[Future[Any]] = []
    stop = threading.Event()

    def submit() -> None:
        number = 0
        while not stop.is_set() and number < 400:
            futures.append(writer.submit(lambda _connection: None))
            number += 1

    threads = [threading.Thread(target=submit) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    writer.close()
    time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    ended = [future.exception(timeout=2) for future in futures]
    assert {type(one) for one in ended} <= {type(None), OperationError}


def test_a_job_queued_behind_the_end_is_not_left_hanging(engine: Engine) -> None:
    writer = Writer(engine)
    writer.start()
    release = hold(writer)
    closing = threading.Thread(target=writer.close)
    closing.start()
    time.sleep(0.05)
    late = writer.submit(add, "late.test")
    release.set()
    closing.join(5)
    try:
        late.result(timeout=2)
        assert stored(engine) == ["late.test"]
    except OperationError:
        assert stored(engine) == []


def test_a_closed_writer_says_so(engine: Engine) -> None:
    writer = Writer(engine)
    with pytest.raises(OperationError, match="closed"):
        result(writer.submit(add, "a.test"))
    writer.start()
    last = writer.submit(add, "b.test", urgent=False)
    writer.close()
    assert result(last) == "b.test"
    writer.close()
    with pytest.raises(OperationError, match="closed"):
        result(writer.submit(add, "c.test"))
    assert stored(engine) == ["b.test"]


# --- SQLite: another process holds the database --------------------------------------------------------


@pytest.fixture
def sqlite_engine(sqlite_only_url: URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT", 0.1)
    opened = open_engine(sqlite_only_url)
    yield opened
    opened.dispose()


def test_a_database_that_is_locked_for_a_while(sqlite_engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    other = sqlite3.connect(str(sqlite_engine.url.database), isolation_level=None)
    writer = Writer(sqlite_engine, patience=20.0)
    writer.start()
    try:
        other.execute("BEGIN IMMEDIATE")
        futures = [writer.submit(add, f"{number}.test") for number in range(3)]
        time.sleep(0.6)
        assert not any(future.done() for future in futures)
        other.execute("ROLLBACK")
        assert [result(future) for future in futures] == ["0.test", "1.test", "2.test"]
        assert writer.failed is None
        assert stored(sqlite_engine) == ["0.test", "1.test", "2.test"]
    finally:
        other.close()
        writer.close()


def test_a_database_that_stays_locked_ends_the_writer(sqlite_engine: Engine) -> None:
    other = sqlite3.connect(str(sqlite_engine.url.database), isolation_level=None)
    writer = Writer(sqlite_engine, patience=0.3)
    told: list[OperationError | None] = []
    writer.on_failure = lambda: told.append(writer.failed)
    writer.start()
    try:
        other.execute("BEGIN IMMEDIATE")
        first = writer.submit(add, "a.test")
        with pytest.raises(OperationError, match="cannot be written: database is locked"):
            result(first)
        other.execute("ROLLBACK")
        # What comes after must not be written either: it may build on what was lost.
        with pytest.raises(OperationError, match="database is locked"):
            result(writer.submit(add, "b.test"))
        assert told[0] is writer.failed
        assert stored(sqlite_engine) == []
    finally:
        other.close()
        writer.close()


def test_a_full_disk_is_never_acknowledged(sqlite_engine: Engine) -> None:
    writer = Writer(sqlite_engine, patience=0.2)
    writer.start()
    try:
        result(writer.submit(add, "a.test"))

        def shrink(connection: Connection) -> None:
            pages = connection.execute(text("PRAGMA page_count")).scalar()
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))

        def big(connection: Connection, number: int) -> None:
            add(connection, f"{number}.test")
            connection.execute(text("CREATE TABLE IF NOT EXISTS big (x)"))
            connection.execute(text("INSERT INTO big VALUES (zeroblob(5000000))"))

        release = hold(writer)
        futures: list[Future[Any]] = [writer.submit(shrink), *(writer.submit(big, number) for number in range(3))]
        release.set()
        for future in futures:
            with pytest.raises(OperationError, match="database or disk is full"):
                result(future)
    finally:
        writer.close()
    assert stored(sqlite_engine) == ["a.test"]


# --- PostgreSQL: the server goes away -------------------------------------------------------------------


def _terminate_others(cluster: Cluster, url: URL) -> None:
    cluster.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'")


def test_a_backend_that_is_terminated_is_replaced_and_the_batch_replayed(cluster: Cluster, postgres_url: URL) -> None:
    engine = open_engine(postgres_url)
    writer = Writer(engine, patience=20.0)
    writer.start()
    calls: list[str] = []

    def cut(connection: Connection) -> None:
        calls.append("cut")
        if len(calls) == 1:
            _terminate_others(cluster, postgres_url)
        add(connection, "cut.test")

    try:
        release = hold(writer)
        futures: list[Future[Any]] = [
            writer.submit(add, "before.test"),
            writer.submit(cut),
            writer.submit(add, "after.test"),
        ]
        release.set()
        for future in futures:
            result(future)
        assert calls == ["cut", "cut"]
        assert stored(engine) == ["after.test", "before.test", "cut.test"]
    finally:
        writer.close()
        engine.dispose()


def test_connections_that_died_while_idle_are_replaced(cluster: Cluster, postgres_url: URL) -> None:
    engine = open_engine(postgres_url)
    writer = Writer(engine, patience=20.0)
    writer.start()
    try:
        for number in range(3):
            assert result(writer.submit(add, f"{number}.test")) == f"{number}.test"
            _terminate_others(cluster, postgres_url)
        with engine.connect() as connection:
            assert connection.execute(select(func.count()).select_from(hosts)).scalar() == 3
    finally:
        writer.close()
        engine.dispose()


def test_a_value_that_postgresql_refuses_costs_its_own_job_alone(postgres_url: URL) -> None:
    engine = open_engine(postgres_url)
    writer = Writer(engine)
    writer.start()
    try:
        release = hold(writer)
        futures = [writer.submit(add, host) for host in ("a.test", "nul\0.test", "x" * 300, "b.test")]
        release.set()
        ended = [future.exception(timeout=10) for future in futures]
        assert [one is None for one in ended] == [True, False, False, True]
        assert stored(engine) == ["a.test", "b.test"]
    finally:
        writer.close()
        engine.dispose()


# --- a commit whose answer was lost ---------------------------------------------------------------------------


def count_up(connection: Connection, host: str) -> int:
    """Add one to a host's number: doing it twice shows."""
    connection.execute(update(hosts).where(hosts.c.host == host).values(next_at=hosts.c.next_at + 1))
    return int(connection.execute(select(hosts.c.next_at).where(hosts.c.host == host)).scalar() or 0)


def test_a_commit_whose_answer_is_lost_is_not_done_twice(engine: Engine, opened: Opener) -> None:
    writer = opened()
    result(writer.submit(add, "a.test"))
    commit = engine.dialect.do_commit
    lost: list[int] = []

    def commit_and_lose(connection: Any) -> None:
        commit(connection)
        if len(lost) < 2:
            lost.append(1)
            raise engine.dialect.loaded_dbapi.OperationalError("server closed the connection unexpectedly")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine.dialect, "do_commit", commit_and_lose)
        assert result(writer.submit(count_up, "a.test")) == 1
        # What comes after it is done as ever.
        assert result(writer.submit(count_up, "a.test")) == 2
        assert result(writer.submit(count_up, "a.test")) == 3
    assert len(lost) == 2
    with engine.connect() as connection:
        assert connection.execute(select(hosts.c.next_at)).scalar() == 3


def test_a_commit_that_did_not_happen_is_done_again(engine: Engine, opened: Opener) -> None:
    writer = opened()
    result(writer.submit(add, "a.test"))
    rollback, failed = engine.dialect.do_rollback, [1]

    def fail(connection: Any) -> None:
        if failed:
            failed.pop()
            rollback(connection)
            raise engine.dialect.loaded_dbapi.OperationalError("the line is dead")
        commit(connection)

    commit = engine.dialect.do_commit
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine.dialect, "do_commit", fail)
        assert result(writer.submit(count_up, "a.test")) == 1
    with engine.connect() as connection:
        assert connection.execute(select(hosts.c.next_at)).scalar() == 1


def test_a_writer_leaves_no_entry_and_takes_stale_ones_along(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(writers).values(id="dead", batch=1, at="2020-01-01T00:00:00Z"))
        connection.execute(insert(writers).values(id="alive", batch=1, at=now_text()))
    writer = Writer(engine)
    writer.start()
    result(writer.submit(add, "a.test"))
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(writers)).scalar() == 3
    writer.close()
    with engine.connect() as connection:
        assert connection.execute(select(writers.c.id)).scalars().all() == ["alive"]


def test_reading_alone_writes_nothing(engine: Engine, opened: Opener) -> None:
    """The loop asks often what is due: that must cost no write to the disk."""
    writer = opened()
    result(writer.submit(lambda connection: connection.execute(select(hosts)).all()))
    with engine.connect() as connection:
        assert connection.execute(select(writers)).all() == []


# --- our own faults ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["SELECT no_such_column FROM hosts", "SELEC 1", "SELECT * FROM no_such_table"])
def test_our_own_sql_is_a_defect_and_no_outage(engine: Engine, opened: Opener, statement: str) -> None:
    writer = opened(patience=60.0)
    began = time.monotonic()
    neighbour = writer.submit(add, "a.test")
    with pytest.raises(DBAPIError):
        result(writer.submit(lambda connection: connection.execute(text(statement))))
    assert result(neighbour) == "a.test"
    assert writer.failed is None
    assert time.monotonic() - began < 10


@pytest.mark.slow
def test_too_many_parameters_are_a_defect_and_no_outage(engine: Engine, opened: Opener) -> None:
    writer = opened(patience=60.0)
    names = [str(number) for number in range(70_000 if engine.dialect.name == "postgresql" else 300_000)]
    with pytest.raises(DBAPIError):
        writer.submit(lambda connection: connection.execute(select(hosts).where(hosts.c.host.in_(names)))).result(60)
    assert writer.failed is None
    assert result(writer.submit(add, "b.test")) == "b.test"


def test_a_failed_statement_shows_no_parameters(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(text("SELECT :secret FROM nowhere"), {"secret": "hunter2"})
    assert "hunter2" not in str(raised.value)
