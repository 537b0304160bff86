"""The book of manners: when each host may be asked, and which hosts are left alone.

A host is a registrable domain. Its row is the truth for every run on the
database and for every kind of request: listings, post pages, originals,
robots.txt, redirects and renders. A run that wants to ask a host leases it,
paces its own requests while it holds the lease, and gives the host back with
the time of the next request.

All times are seconds since 1970 by the clock of the database (`database_now`):
workers on several machines share it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Double, and_, bindparam, cast, delete, func, or_, select, update
from sqlalchemy.engine import Connection

from newscrawl.clock import steady_epoch
from newscrawl.storage.dialect import insert_new
from newscrawl.storage.prepared import execute
from newscrawl.storage.tables import STATE_DISCOVERED, hosts, listed, originals, posts, run_hosts

__all__ = [
    "CLOCK",
    "GIVE_UP_AFTER",
    "LEASE",
    "LONGEST_HOLD",
    "GivenBack",
    "Lease",
    "Refusal",
    "ask_delay",
    "database_now",
    "forget_host",
    "free_leases",
    "give_back",
    "hold_host",
    "lease_host",
    "pause_of",
]

#: Seconds after which a lease may be taken from a run that lives but hangs.
LEASE = 900.0
#: Failed requests in a row, with no success between, after which a host is left alone.
GIVE_UP_AFTER = 3
#: Longest that a `Retry-After` is honoured, in seconds: a week. More is a mistake, or a way to be forgotten.
LONGEST_HOLD = 7 * 86_400.0
#: How long a host that failed is left alone, in seconds: the first time, and at most.
FIRST_PAUSE = 600.0
LONGEST_PAUSE = 86_400.0
#: Seconds that a `Crawl-delay` holds without being read again: as long as a robots.txt does (RFC 9309, section 2.4).
DELAY_HOLDS = 24 * 3600.0
#: The longest pause beyond its delay that a host is paced by, in seconds; longer ones are holds.
LONGEST_WAIT = 60.0
#: Names of one domain whose delays are remembered.
MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class Lease:
    """A host leased to this run. ``wait``: seconds until its first request may start."""

    host: str
    wait: float
    delay: float
    failures: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A host that cannot be leased now.

    ``wait``: seconds until it may be. ``held``: it is left alone, for ``reason``; otherwise another run holds it.
    """

    host: str
    wait: float
    held: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What a run tells of a host that it gives back.

    ``wait``: seconds until the next request may start. ``failures``: failed requests in a row.
    ``answered``: the host answered under this lease. ``hold``: seconds to leave it alone, for ``reason``.
    """

    host: str
    wait: float
    failures: int = 0
    answered: bool = False
    hold: float = 0.0
    reason: str | None = None


_ROW = select(hosts).where(hosts.c.host == bindparam("one"))
_LOCKED_ROW = _ROW.with_for_update()
_LEASE = (
    update(hosts)
    .where(hosts.c.host == bindparam("one"))
    .values(lease_run=bindparam("run"), lease_until=bindparam("due"))
)
_GIVE_BACK = (
    update(hosts)
    .where(hosts.c.host == bindparam("one"))
    .values(
        next_at=bindparam("due"),
        failures=bindparam("failed"),
        gave_up=bindparam("times"),
        held_until=bindparam("held"),
        reason=bindparam("why"),
        lease_run=bindparam("run"),
        lease_until=bindparam("leased"),
    )
)
_TELL = update(run_hosts).where(run_hosts.c.host == bindparam("one")).values(next_at=bindparam("due"))


#: The clock that PostgreSQL's runs share, in seconds since 1970: not that of the transaction's begin.
CLOCK = cast(func.extract("epoch", func.clock_timestamp()), Double)


def database_now(connection: Connection) -> float:
    """Seconds since 1970 by the clock that all runs on this database share.

    SQLite's runs are on one machine: each reckons from the clock as it stood when the run began.
    """
    if connection.dialect.name == "postgresql":
        return float(connection.execute(select(CLOCK)).scalar_one())
    return steady_epoch()


def _row(connection: Connection, host: str) -> Any:
    """The host's row, locked; made when it is new."""
    query = _LOCKED_ROW if connection.dialect.name == "postgresql" else _ROW
    row = execute(connection, query, {"one": host}).first()
    if row is None:
        insert_new(connection, hosts, {"host": host})
        row = execute(connection, query, {"one": host}).one()
    return row


def _tell_runs(connection: Connection, host: str, due: float) -> None:
    """Let all runs that have work for *host* look at it again at *due*."""
    execute(connection, _TELL, {"one": host, "due": due})


def lease_host(
    connection: Connection, run_id: str, host: str, delay: float, *, patience: float, now: float | None = None
) -> Lease | Refusal:
    """Lease *host* to *run_id*, if it may be asked within *patience* seconds.

    Args:
        delay: seconds between two requests that the run keeps, where the host asks for no more.
    """
    now = database_now(connection) if now is None else now
    row = _mend_row(connection, _row(connection, host), delay, now)
    if row.held_until > now:
        _tell_runs(connection, host, row.held_until)
        return Refusal(host, row.held_until - now, held=True, reason=row.reason)
    if row.lease_run is not None and row.lease_run != run_id and row.lease_until > now:
        return Refusal(host, row.lease_until - now)
    asked = max(delay, asked_delay(row.delays, now))
    wait = max(0.0, row.next_at - now)
    if wait > patience:
        _tell_runs(connection, host, row.next_at)
        return Refusal(host, wait)
    until = now + wait + LEASE
    execute(connection, _LEASE, {"one": host, "run": run_id, "due": until})
    _tell_runs(connection, host, until)
    return Lease(host, wait, asked, row.failures)


def _mend_row(connection: Connection, row: Any, delay: float, now: float) -> Any:
    """The host's row, with times mended that nothing sets so far ahead but a clock that was set back since.

    They are written down, so that they come nearer: a time that is only read as less stays as far away for ever.
    """
    next_at = min(row.next_at, now + max(delay, asked_delay(row.delays, now)) + LONGEST_WAIT)
    held_until = min(row.held_until, now + LONGEST_HOLD)
    if (next_at, held_until) == (row.next_at, row.held_until):
        return row
    connection.execute(update(hosts).where(hosts.c.host == row.host).values(next_at=next_at, held_until=held_until))
    return _row(connection, row.host)


def asked_delay(delays: dict[str, list[float]] | None, now: float) -> float:
    """The greatest delay that any name of the domain asks for."""
    return max((seconds for seconds, until in (delays or {}).values() if until > now), default=0.0)


def give_back(connection: Connection, run_id: str, told: GivenBack) -> float:
    """End the lease of *run_id* on a host; until when the host is left alone (0 where it is not).

    A host that failed `GIVE_UP_AFTER` times in a row is left alone for `pause_of`.
    """
    now = database_now(connection)
    row = _row(connection, told.host)
    gave_up = 0 if told.answered else row.gave_up
    hold, reason = told.hold, told.reason
    if hold <= 0 and told.failures >= GIVE_UP_AFTER:
        hold = pause_of(gave_up)
        gave_up += 1
    held_until = max(row.held_until, now + min(hold, LONGEST_HOLD)) if hold > 0 else row.held_until
    next_at = max(row.next_at, now + told.wait)
    leased = row.lease_run is not None and row.lease_run != run_id
    values = {
        "one": told.host,
        "due": next_at,
        # A host that is left alone begins anew after that.
        "failed": 0 if hold > 0 else told.failures,
        "times": gave_up,
        "held": held_until,
        "why": reason if hold > 0 else row.reason,
        "run": row.lease_run if leased else None,
        "leased": row.lease_until if leased else 0.0,
    }
    execute(connection, _GIVE_BACK, values)
    due = max(next_at, held_until)
    if leased and row.lease_until > now:
        due = max(due, row.lease_until)
    _tell_runs(connection, told.host, due)
    return held_until if held_until > now else 0.0


def pause_of(gave_up: int) -> float:
    """Seconds that a host is left alone that was left alone *gave_up* times before without an answer since."""
    return float(min(FIRST_PAUSE * 3.0 ** min(gave_up, 20), LONGEST_PAUSE))


def hold_host(connection: Connection, host: str, seconds: float, reason: str) -> float:
    """Ask nothing of *host* for *seconds* from now, whoever holds it; until when."""
    now = database_now(connection)
    row = _row(connection, host)
    until = max(row.held_until, now + min(seconds, LONGEST_HOLD))
    connection.execute(update(hosts).where(hosts.c.host == host).values(held_until=until, reason=reason))
    _tell_runs(connection, host, until)
    return float(until)


def ask_delay(connection: Connection, host: str, name: str, seconds: float) -> float:
    """robots.txt of *name* asks for *seconds* between two requests; the delay that its domain *host* now has.

    Names of one domain share its servers: the greatest delay that any of them asks for holds for all.
    """
    now = database_now(connection)
    row = _row(connection, host)
    delays = {one: kept for one, kept in (row.delays or {}).items() if kept[1] > now and one != name}
    if seconds > 0:
        delays[name] = [seconds, now + DELAY_HOLDS]
    # A domain with many names: the greatest are the ones that count.
    kept = dict(sorted(delays.items(), key=lambda one: one[1][0], reverse=True)[:MOST_NAMES])
    if kept != (row.delays or {}):
        connection.execute(update(hosts).where(hosts.c.host == host).values(delays=kept or None))
    return asked_delay(kept, now)


def free_leases(connection: Connection, run_ids: Iterable[str], delay: float) -> int:
    """End the leases of runs that are over or died; how many hosts.

    When such a run asked last is not known, but not later than now: the host is due after *delay* seconds, or what
    it asks for.
    """
    now = database_now(connection)
    freed = 0
    for run_id in run_ids:
        rows = connection.execute(select(hosts).where(hosts.c.lease_run == run_id)).all()
        for row in rows:
            due = now + max(delay, asked_delay(row.delays, now))
            connection.execute(
                update(hosts)
                .where(hosts.c.host == row.host)
                .values(lease_run=None, lease_until=0.0, next_at=max(row.next_at, due))
            )
            _tell_runs(connection, row.host, max(due, row.held_until))
        freed += len(rows)
        connection.execute(delete(run_hosts).where(run_hosts.c.run_id == run_id))
    return freed


def forget_host(connection: Connection, host: str) -> bool:
    """Forget why *host* is left alone (``scrapy retry --host``); whether there was anything to forget.

    What was put off because of it is due at once.
    """
    now = database_now(connection)
    forgotten = connection.execute(
        update(hosts)
        .where(hosts.c.host == host, or_(hosts.c.held_until > now, hosts.c.failures > 0))
        .values(held_until=0.0, failures=0, gave_up=0, reason=None)
    ).rowcount
    for table in (listed, posts, originals):
        put_off = and_(table.c.host == host, table.c.next_at > now)
        if table is originals:
            # Others are done, and due again for a reason of their own.
            put_off = and_(put_off, originals.c.state == STATE_DISCOVERED)
        connection.execute(update(table).where(put_off).values(next_at=0.0))
    _tell_runs(connection, host, now)
    return forgotten > 0
