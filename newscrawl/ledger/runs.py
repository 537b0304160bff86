"""Runs: one execution of one spider, from the claim on its scope to how it ended."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.engine import Connection, Engine

from newscrawl.clock import now_text
from newscrawl.errors import ScopeHeldError
from newscrawl.ledger.hosts import LONGEST_HOLD, database_now, free_leases
from newscrawl.ledger.locks import RunLocks, locks_for
from newscrawl.ledger.scopes import Scope, load_scope
from newscrawl.ledger.work import LONGEST_DELAY
from newscrawl.storage.tables import STATE_DISCOVERED, STATE_DONE, hosts, listed, originals, posts, runs

__all__ = ["OpenRun", "close_run", "open_run"]

#: Work is put off within a run for at most a minute, or a few times the delay between two requests.
LONGEST_PAUSE = 4 * 3600.0


@dataclass(slots=True)
class OpenRun:
    """A run's entry in the ledger, which this process holds."""

    id: str
    number: int
    scope: Scope
    scope_row: dict[str, Any]
    reclaimed: int  # work of dead runs that became claimable again
    locks: RunLocks


def open_run(engine: Engine, *, spider: str, scope: Scope, arguments: dict[str, Any], delay: float = 1.0) -> OpenRun:
    """Take the scope, reclaim what dead runs held, and enter the run.

    Args:
        delay: seconds that a host is left alone which a dead run may have asked just now.

    Raises:
        ScopeHeldError: a living run holds the same scope.
    """
    locks = locks_for(engine)
    run_id = uuid.uuid4().hex
    # Before anything is written: a run that hangs may hold the database's write lock.
    with engine.connect().execution_options(newscrawl_readonly=True) as connection:
        _refuse_held(connection, locks, scope)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("LOCK TABLE runs IN SHARE ROW EXCLUSIVE MODE"))
            # First: settling others writes today's time over what tells that the clock was set back.
            _forget_the_future(connection)
            _refuse_held(connection, locks, scope)
            reclaimed = _settle_others(connection, locks, delay)
            number = (connection.execute(select(func.max(runs.c.number))).scalar() or 0) + 1
            locks.hold(run_id, number)
            scope_row = load_scope(connection, scope)
            connection.execute(
                insert(runs).values(
                    id=run_id,
                    number=number,
                    spider=spider,
                    scope_id=scope.id,
                    arguments=arguments,
                    process=f"{os.getpid()}@{socket.gethostname()}",
                    started_at=now_text(),
                    state="running",
                )
            )
    except BaseException:
        locks.release()
        raise
    return OpenRun(run_id, number, scope, scope_row, reclaimed, locks)


def _refuse_held(connection: Connection, locks: RunLocks, scope: Scope) -> None:
    """Refuse when a living run holds *scope*."""
    for other in connection.execute(select(runs).where(runs.c.state == "running", runs.c.scope_id == scope.id)).all():
        if locks.alive(other.id, other.number):
            raise ScopeHeldError(
                f"run {other.id[:12]} (process {other.process}, since {other.started_at}) "
                f"is crawling {scope.describe()}: wait for it or stop it",
                scope.id,
            )


def _settle_others(connection: Connection, locks: RunLocks, delay: float) -> int:
    """Mark dead runs as lost and free their leases; how many posts and hosts those were."""
    reclaimed = 0
    for other in connection.execute(select(runs).where(runs.c.state == "running")).all():
        if locks.alive(other.id, other.number):
            continue
        reclaimed += release_leases(connection, other.id, delay)
        connection.execute(
            update(runs).where(runs.c.id == other.id).values(state="lost", ended_at=now_text(), message="died")
        )
    return reclaimed


def _forget_the_future(connection: Connection) -> None:
    """After the clock was set back: make due what is put off for longer than any run puts off."""
    told = connection.execute(select(func.max(runs.c.started_at), func.max(runs.c.ended_at))).one()
    if max((moment for moment in told if moment), default="") <= now_text():
        return  # looking through all work takes seconds where there is much
    now = database_now(connection)
    for table in (posts, originals):
        for state, longest in ((STATE_DISCOVERED, LONGEST_PAUSE), (STATE_DONE, LONGEST_DELAY)):
            connection.execute(
                update(table).where(table.c.state == state, table.c.next_at > now + longest).values(next_at=0)
            )
    connection.execute(update(listed).where(listed.c.next_at > now + LONGEST_PAUSE).values(next_at=0))
    connection.execute(update(hosts).where(hosts.c.next_at > now + LONGEST_PAUSE).values(next_at=now))
    connection.execute(update(hosts).where(hosts.c.held_until > now + LONGEST_HOLD).values(held_until=now))


def release_leases(connection: Connection, run_id: str, delay: float) -> int:
    """Make what *run_id* had claimed claimable again; how many posts and hosts that were."""
    released = connection.execute(
        update(posts).where(posts.c.lease_run == run_id).values(lease_run=None, lease_until=None)
    ).rowcount
    return released + free_leases(connection, [run_id], delay)


def close_run(
    connection: Connection,
    run_id: str,
    *,
    state: str,
    exit_status: int,
    message: str | None,
    counts: dict[str, int],
    delay: float = 1.0,
) -> None:
    """Enter how the run ended; whatever it still held becomes claimable."""
    release_leases(connection, run_id, delay)
    connection.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(state=state, ended_at=now_text(), exit_status=exit_status, message=message, counts=counts)
    )
