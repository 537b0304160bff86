"""One living run for each scope; what a dead one held comes back. Real processes, real kills."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.engine import URL, Engine

from newscrawl.clock import epoch
from newscrawl.errors import ExitStatus, OperationError, ScopeHeldError
from newscrawl.ledger.claims import enter_hosts
from newscrawl.ledger.locks import locks_for
from newscrawl.ledger.runs import OpenRun, close_run, open_run
from newscrawl.ledger.scopes import Scope
from newscrawl.ledger.window import Window
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.tables import listed, originals, posts, runs
from tests.conftest import sqlite_url
from tests.ledger.helpers import SITE, claim, claim_works, due, enter, park, post, scope
from tests.warm import start_code

NEWS = Scope("dnyuz", SITE)
SPORT = Scope("dnyuz", SITE, ("sport",))

# Opens a run, tells how that went, and does what it is told.
_CHILD = """
import sys
from sqlalchemy.engine import make_url
from newscrawl.errors import NewscrawlError
from newscrawl.ledger.runs import close_run, open_run
from newscrawl.ledger.scopes import Scope
from newscrawl.storage.engine import open_engine
from tests.ledger.helpers import SITE, claim, enter, post, scope
engine = open_engine(make_url(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
try:
    run = open_run(engine, spider="dnyuz", scope=Scope("dnyuz", SITE), arguments={})
except NewscrawlError as error:
    print(type(error).__name__, error, flush=True)
    sys.exit(int(error.exit_status))
with engine.begin() as connection:
    news = scope(connection)
    enter(connection, [post("a"), post("b")], news, run_id=run.id)
    claim(connection, news, run=run.id)
print("holds", run.id, flush=True)
sys.stdin.readline()
with engine.begin() as connection:
    close_run(connection, run.id, state="finished", exit_status=0, message=None, counts={})
run.locks.release()
"""


class Child:
    def __init__(self, url: URL) -> None:
        self.process = start_code(
            _CHILD, url.render_as_string(hide_password=False),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None,
        )  # fmt: skip
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return str(self.process.stdout.readline().strip())

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        status: int = self.process.returncode
        return status


@pytest.fixture
def children(url: URL) -> Iterator[list[Child]]:
    started: list[Child] = []
    yield started
    for child in started:
        child.end()


def begin(engine: Engine, of: Scope = NEWS, **arguments: Any) -> OpenRun:
    return open_run(engine, spider="dnyuz", scope=of, arguments=arguments)


def end(engine: Engine, run: OpenRun, **values: Any) -> None:
    ended = {"state": "finished", "exit_status": 0, "message": None, "counts": {}, **values}
    with engine.begin() as connection:
        close_run(connection, run.id, **ended)
    run.locks.release()


def rows(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return {row.id: row for row in connection.execute(select(runs))}


def test_a_run_is_entered_from_its_start_to_its_end(engine: Engine) -> None:
    run = begin(engine, since="2026-01-01")
    row = rows(engine)[run.id]
    assert (row.state, row.spider, row.scope_id, row.arguments) == (
        "running", "dnyuz", NEWS.id, {"since": "2026-01-01"},
    )  # fmt: skip
    assert row.process.startswith(f"{os.getpid()}@")
    end(engine, run, counts={"new": 3}, message="some words")
    row = rows(engine)[run.id]
    assert (row.state, row.exit_status, row.counts, row.message) == ("finished", 0, {"new": 3}, "some words")
    assert row.ended_at.endswith("Z")
    second = begin(engine)
    assert (second.number, second.reclaimed) == (run.number + 1, 0)
    end(engine, second)


def test_two_scopes_run_side_by_side(url: URL) -> None:
    one, two = open_engine(url), open_engine(url)
    first, second = begin(one, NEWS), begin(two, SPORT)
    assert {row.state for row in rows(one).values()} == {"running"}
    end(one, first)
    end(two, second)
    one.dispose()
    two.dispose()


def test_a_run_that_ends_gives_back_what_it_held(engine: Engine) -> None:
    run = begin(engine)
    with engine.begin() as connection:
        news = scope(connection)
        enter(connection, [post("a"), post("b")], news)
        park(connection, "b", "https://p.test/1")
        assert len(claim(connection, news, run=run.id)) == 1
        assert len(claim_works(connection, news, run=run.id)) == 1
        # Not given back in order: what it asked last is not known, so the host waits for its delay.
    with engine.begin() as connection:
        close_run(connection, run.id, state="finished", exit_status=0, message=None, counts={}, delay=0.0)
    run.locks.release()
    after = begin(engine)
    with engine.begin() as connection:
        enter_hosts(connection, after.id, Window(news.id), follow=True)
        assert len(claim(connection, news, run=after.id)) == 1
        assert len(claim_works(connection, news, run=after.id)) == 1
    end(engine, after)


def test_a_living_run_of_the_same_scope_is_named(url: URL, engine: Engine, children: list[Child]) -> None:
    child = Child(url)
    children.append(child)
    child.go()
    held = child.line().split()
    assert held[0] == "holds"
    with pytest.raises(ScopeHeldError) as raised:
        begin(engine)
    message = str(raised.value)
    assert held[1][:12] in message
    assert f"process {child.process.pid}@" in message
    assert SITE in message
    assert raised.value.exit_status == ExitStatus.SCOPE_HELD == 75
    # Nothing of the living run was touched.
    row = rows(engine)[held[1]]
    assert row.state == "running"
    assert len(rows(engine)) == 1
    with engine.connect() as connection:
        assert set(connection.execute(select(posts.c.lease_run)).scalars()) == {held[1]}
    # Another scope does not mind, and does not take the living run for a dead one.
    other = begin(engine, SPORT)
    assert other.reclaimed == 0
    end(engine, other)
    child.go()
    assert child.process.wait(10) == 0
    end(engine, begin(engine))


def test_a_run_that_was_killed_is_lost_and_its_work_comes_back(url: URL, engine: Engine, children: list[Child]) -> None:
    child = Child(url)
    children.append(child)
    child.go()
    held = child.line().split()[1]
    os.kill(child.process.pid, signal.SIGKILL)
    child.end()
    run = _begin_when_the_dead_is_known(engine)
    assert run.reclaimed == 2
    row = rows(engine)[held]
    assert (row.state, row.message) == ("lost", "died")
    assert row.ended_at is not None
    with engine.begin() as connection:
        assert len(claim(connection, NEWS, run=run.id)) == 2
    end(engine, run)


def _begin_when_the_dead_is_known(engine: Engine) -> OpenRun:
    # A server notices that its client is gone when it reads from it: within moments, not at once.
    until = time.monotonic() + 10
    while True:
        try:
            return begin(engine)
        except ScopeHeldError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_of_two_that_start_at_once_exactly_one_wins(url: URL, engine: Engine, children: list[Child]) -> None:
    children += [Child(url) for _ in range(3)]
    for child in children:
        child.go()
    told = [child.line() for child in children]
    assert sorted(line.split()[0] for line in told) == ["ScopeHeldError", "ScopeHeldError", "holds"]
    winner = next(line.split()[1] for line in told if line.startswith("holds"))
    assert all(winner[:12] in line for line in told)
    assert [row.id for row in rows(engine).values()] == [winner]
    losers = [child for child, line in zip(children, told, strict=True) if not line.startswith("holds")]
    assert [child.process.wait(10) for child in losers] == [75, 75]


def test_a_lock_is_let_go_by_release_alone(url: URL) -> None:
    """Not only by the end of the process or of the engine: a program may hold several runs one after the other."""
    one, two = open_engine(url), open_engine(url)
    run = begin(one)
    assert begin_is_refused(two)
    run.locks.release()
    taken = begin(two)
    assert rows(two)[run.id].state == "lost"
    end(two, taken)
    one.dispose()
    two.dispose()


def begin_is_refused(engine: Engine) -> bool:
    try:
        end(engine, begin(engine))
    except ScopeHeldError:
        return True
    return False


def test_a_run_that_hangs_in_a_write_is_named_all_the_same(sqlite_only_url: URL) -> None:
    """Halted (SIGSTOP) in the middle of a transaction it holds SQLite's only write lock."""
    one, two = open_engine(sqlite_only_url), open_engine(sqlite_only_url)
    ensure_schema(one)
    run = begin(one)
    with one.begin() as writing:
        writing.execute(update(runs).values(message="in the middle"))
        with pytest.raises(ScopeHeldError):
            begin(two)
    end(one, run)
    one.dispose()
    two.dispose()


def test_asking_twice_at_once_whether_a_dead_run_lives(engine: Engine, url: URL) -> None:
    """Whoever asks must not look like the run itself to another who asks."""
    run = begin(engine)
    run.locks.release()
    asked = ask_while_held(engine, url, run)
    assert asked is False
    end(engine, begin(engine))


def ask_while_held(engine: Engine, url: URL, run: OpenRun) -> bool:
    """Whether *run* counts as alive while another process is just asking the same."""
    if url.get_backend_name() == "sqlite":
        path = Path(f"{url.database}-runs") / f"{run.id}.lock"
        path.touch()
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return locks_for(engine).alive(run.id, run.number)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock_shared(:k, :n)"), {"k": 0x6E657773, "n": run.number})
        return locks_for(engine).alive(run.id, run.number)


def test_the_clock_set_back_after_a_run_died(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the dead run put off for seconds is due at once, not in two days."""
    run = begin(engine)
    with engine.begin() as connection:
        news = scope(connection)
        enter(connection, [post("a")], news)
        park(connection, "a", "https://p.test/1")
        connection.execute(update(originals).values(next_at=epoch() + 2))
        connection.execute(update(listed).values(next_at=epoch() + 2))
    run.locks.release()
    now = epoch()
    monkeypatch.setattr("newscrawl.clock.time.time", lambda: now - 2 * 86_400)
    again = begin(engine)
    with engine.begin() as connection:
        enter_hosts(connection, again.id, Window(news.id), follow=True)
        # A server has a clock of its own, which was not set back.
        assert due(connection, news, again.id) == pytest.approx(0, abs=2.1)
    end(engine, again)


def test_one_database_by_two_paths_is_one(sqlite_only_url: URL, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(str(sqlite_only_url.database))
    one, two = open_engine(sqlite_only_url), open_engine(sqlite_url(link))
    run = begin(one)
    assert begin_is_refused(two)
    assert rows(one)[run.id].state == "running"
    end(one, run)
    one.dispose()
    two.dispose()


def test_nothing_is_left_beside_the_database(sqlite_only_url: URL) -> None:
    engine = open_engine(sqlite_only_url)
    end(engine, begin(engine))
    engine.dispose()
    path = Path(str(sqlite_only_url.database))
    assert [one.name for one in Path(f"{path}-runs").iterdir()] == []


def test_a_folder_that_cannot_be_locked_is_one_line(sqlite_only_url: URL) -> None:
    Path(f"{sqlite_only_url.database}-runs").write_text("a file where a folder is due")
    engine = open_engine(sqlite_only_url)
    with pytest.raises(OperationError, match=r"cannot lock in .*-runs: "):
        begin(engine)
    assert rows(engine) == {}
    engine.dispose()


def _cut_off_holders(engine: Engine) -> None:
    """Break every connection that holds an advisory lock, as a restart of the server would."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )
        )


def test_a_lock_whose_connection_broke_is_held_again(postgres_url: URL) -> None:
    engine, other = open_engine(postgres_url), open_engine(postgres_url)
    try:
        ensure_schema(engine)
        run = begin(engine)
        _cut_off_holders(other)
        wait_for = time.monotonic() + 10
        while locks_for(other).alive(run.id, run.number) and time.monotonic() < wait_for:
            time.sleep(0.05)
        assert not locks_for(other).alive(run.id, run.number)
        run.locks.renew()
        assert locks_for(other).alive(run.id, run.number)
        assert begin_is_refused(other)
        run.locks.release()
    finally:
        engine.dispose()
        other.dispose()


def test_a_run_that_was_taken_for_dead_goes_no_further(postgres_url: URL) -> None:
    engine, other = open_engine(postgres_url), open_engine(postgres_url)
    try:
        ensure_schema(engine)
        run = begin(engine)
        _cut_off_holders(other)
        _begin_when_the_dead_is_known(other).locks.release()
        with pytest.raises(OperationError, match="took this one for dead"):
            run.locks.renew()
        run.locks.release()
    finally:
        engine.dispose()
        other.dispose()
