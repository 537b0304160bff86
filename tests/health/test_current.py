"""What the database says of what is wrong now."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from newscrawl.clock import epoch, time_text
from newscrawl.health.current import current
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.health.machine import DateSeen, clock_by_servers, disk_findings, is_nearly_full
from newscrawl.ledger.scopes import Scope, load_scope
from newscrawl.storage.tables import episodes, runs

SCOPE = Scope("dnyuz", "https://dnyuz.test")


def add_run(connection: Connection, number: int, started: float, *, state: str = "finished") -> None:
    connection.execute(
        insert(runs).values(
            id=f"{number:032x}", number=number, spider="dnyuz", scope_id=SCOPE.id, arguments={}, process="1@here",
            started_at=time_text(started), ended_at=None if state == "running" else time_text(started + 60),
            state=state, exit_status=0,
        )
    )  # fmt: skip


def test_nothing_is_wrong_with_an_empty_database(connection: Connection) -> None:
    assert current(connection) == []


def test_a_run_that_did_not_come_is_told_of(connection: Connection) -> None:
    load_scope(connection, SCOPE)
    now = epoch()
    for number in range(10):
        add_run(connection, number, now - (12 - number) * 3600)
    (found,) = current(connection, now=now)
    assert (found.monitor, found.name) == (Monitor.MISSING_RUN, "https://dnyuz.test")
    assert current(connection, now=now - 2 * 3600) == []


def test_a_run_in_the_future_means_that_the_clock_is_wrong(connection: Connection) -> None:
    load_scope(connection, SCOPE)
    add_run(connection, 1, epoch() + 7200)
    assert [one.monitor for one in current(connection)] == [Monitor.CLOCK]


def test_a_clock_that_was_set_right_is_right(connection: Connection) -> None:
    load_scope(connection, SCOPE)
    add_run(connection, 1, epoch() + 7200)
    add_run(connection, 2, epoch() - 60)
    assert current(connection) == []


def test_what_a_run_found_stands_until_it_ends(connection: Connection) -> None:
    load_scope(connection, SCOPE)
    note, failing = (
        Finding(monitor=monitor, level=level, scope=SCOPE.id, name="https://dnyuz.test", what="x")
        for monitor, level in ((Monitor.PUBLISHERS, Level.NOTE), (Monitor.LISTING, Level.FAILING))
    )
    for one, ended in ((note, None), (failing, None), (failing, "2026-01-02T00:00:00Z")):
        connection.execute(
            insert(episodes).values(
                scope_id=SCOPE.id, monitor=one.monitor, level=one.level, began_at="2026-01-01T00:00:00Z",
                seen_at="2026-01-01T00:00:00Z", ended_at=ended, finding=one.to_json(), told={},
            )
        )  # fmt: skip
    assert current(connection) == [failing, note]


def test_a_small_disk_with_room_is_well_and_a_full_one_is_not(tmp_path: Path) -> None:
    mib = 2**20
    assert not is_nearly_full(60 * mib, 64 * mib, None)
    assert is_nearly_full(2 * mib, 64 * mib, None)
    assert not is_nearly_full(600 * mib, 10**6 * mib, 10**6)
    assert is_nearly_full(400 * mib, 10**6 * mib, None)
    assert is_nearly_full(10**6 * mib, 10**7 * mib, 50)
    assert list(disk_findings({"database": Path("/proc/self"), "feeds": Path("/nowhere/at/all")})) is not None


def test_the_clock_is_wrong_where_servers_agree_that_it_is() -> None:
    now = 1_700_000_000.0
    off = [DateSeen(f"h{n}.test", now - n - 7200, now) for n in range(4)]
    found = clock_by_servers(off)
    assert found is not None
    assert "2 h 00 min ahead of" in found.what
    assert clock_by_servers([*off[:1], *(DateSeen(f"g{n}.test", now, now) for n in range(3))]) is None
    assert clock_by_servers([DateSeen("one.test", now - 600, now)]) is None
    assert clock_by_servers([DateSeen("one.test", now - 7200, now)]) is not None
    assert clock_by_servers([]) is None
