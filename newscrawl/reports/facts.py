"""What the database says of the collection and its runs: the queries that `status` and the report share.

Only reads. Due times are seconds since the epoch, UTC; other times are strings as the tables hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, func, select
from sqlalchemy.engine import Connection

from newscrawl.ledger.locks import RunLocks, locks_for
from newscrawl.ledger.upkeep import MOST_ROUNDS
from newscrawl.storage.tables import STATE_DISCOVERED, STATE_DONE, hosts, originals, posts, records, runs, scopes

__all__ = [
    "Backlog",
    "Collection",
    "HeldHost",
    "Retries",
    "Retry",
    "RunFact",
    "WaitingHost",
    "collection",
    "count_by",
    "held_hosts",
    "number_of",
    "recent_runs",
    "retries",
    "waiting_originals",
]


@dataclass(frozen=True, slots=True)
class Collection:
    """Posts by state of their work, records by outcome and by reason, the most frequent first."""

    states: dict[str, int]
    outcomes: dict[str, int]
    reasons: dict[str, int]
    duplicates: int
    #: Whether the posts that are done are exactly those with a record. If not, something was lost.
    balanced: bool

    @property
    def discovered(self) -> int:
        """Posts that were ever listed."""
        return sum(self.states.values())

    @property
    def backlog(self) -> int:
        """Posts that wait for their first outcome, or for another one."""
        return self.discovered - self.states.get(STATE_DONE, 0)

    @property
    def records(self) -> int:
        """Records of any outcome."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class WaitingHost:
    """A host with originals that wait. ``due``: when the first of them may be asked."""

    host: str
    originals: int
    due: float


@dataclass(frozen=True, slots=True)
class Backlog:
    """Originals that wait, and the hosts with the longest queues."""

    originals: int
    hosts: list[WaitingHost]


@dataclass(frozen=True, slots=True)
class Retry:
    """An original that failed for a passing reason. ``rounds``: runs that asked for it in vain."""

    url: str
    host: str
    reason: str | None
    rounds: int
    due: float


@dataclass(frozen=True, slots=True)
class Retries:
    """Originals that later runs ask for again, those that were asked for in vain too often, and the next ones due."""

    waiting: int
    given_up: int
    next_due: float | None
    next: list[Retry]


@dataclass(frozen=True, slots=True)
class HeldHost:
    """A host that is left alone until then."""

    host: str
    until: float
    reason: str | None


@dataclass(frozen=True, slots=True)
class RunFact:
    """One run and its scope. ``state`` is ``lost`` also where the process died and no later run noticed yet."""

    number: int
    id: str
    spider: str
    site: str | None
    categories: str | None
    query: str | None
    follow: bool | None
    high_water: str | None
    state: str
    started_at: str
    ended_at: str | None
    exit_status: int | None
    message: str | None
    counts: Mapping[str, object]


def number_of(connection: Connection, table: FromClause, *conditions: ColumnElement[bool]) -> int:
    """How many rows of *table* meet every one of the *conditions*."""
    return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar() or 0)


def count_by(connection: Connection, column: ColumnElement[str]) -> dict[str, int]:
    """How many rows have each value of *column*, the most frequent first; rows without a value are left out."""
    rows = connection.execute(
        select(column, func.count()).where(column.is_not(None)).group_by(column).order_by(func.count().desc(), column)
    )
    return {str(value): int(number) for value, number in rows}


def collection(connection: Connection) -> Collection:
    """The collection, counted."""
    unrecorded = connection.execute(
        select(func.count())
        .select_from(posts.outerjoin(records, records.c.id == posts.c.id))
        .where(posts.c.state == STATE_DONE, records.c.id.is_(None))
    ).scalar()
    return Collection(
        states=count_by(connection, posts.c.state),
        outcomes=count_by(connection, records.c.outcome),
        reasons=count_by(connection, records.c.reason),
        duplicates=number_of(connection, records, records.c.duplicate_of.is_not(None)),
        balanced=not unrecorded,
    )


def waiting_originals(connection: Connection, most: int) -> Backlog:
    """Originals that wait to be asked for, and the *most* hosts with the longest queues."""
    waits = originals.c.state == STATE_DISCOVERED
    rows = connection.execute(
        select(originals.c.host, func.count().label("number"), func.min(originals.c.next_at).label("due"))
        .where(waits)
        .group_by(originals.c.host)
        .order_by(func.count().desc(), originals.c.host)
        .limit(most)
    )
    return Backlog(
        originals=number_of(connection, originals, waits),
        hosts=[WaitingHost(row.host, int(row.number), float(row.due or 0)) for row in rows],
    )


def retries(connection: Connection, most: int) -> Retries:
    """Originals that failed for a passing reason; the *most* that are due first by name."""
    again = (originals.c.state == STATE_DONE) & (originals.c.rounds > 0) & (originals.c.rounds < MOST_ROUNDS)
    rows = connection.execute(
        select(originals.c.url, originals.c.host, originals.c.reason, originals.c.rounds, originals.c.next_at)
        .where(again)
        .order_by(originals.c.next_at, originals.c.id)
        .limit(most)
    )
    due = connection.execute(select(func.min(originals.c.next_at)).where(again)).scalar()
    return Retries(
        waiting=number_of(connection, originals, again),
        given_up=number_of(connection, originals, originals.c.rounds >= MOST_ROUNDS),
        next_due=None if due is None else float(due),
        next=[Retry(row.url, row.host, row.reason, int(row.rounds), float(row.next_at or 0)) for row in rows],
    )


def held_hosts(connection: Connection, most: int, *, after: float = 0.0) -> list[HeldHost]:
    """The *most* hosts that are left alone for longest, those that are so no longer at *after* left out."""
    rows = connection.execute(
        select(hosts.c.host, hosts.c.held_until, hosts.c.reason)
        .where(hosts.c.held_until > after)
        .order_by(hosts.c.held_until.desc(), hosts.c.host)
        .limit(most)
    )
    return [HeldHost(row.host, float(row.held_until), row.reason) for row in rows]


def recent_runs(connection: Connection, most: int) -> list[RunFact]:
    """The last *most* runs, the newest first."""
    rows = connection.execute(
        select(runs, scopes.c.site, scopes.c.categories, scopes.c.query, scopes.c.follow, scopes.c.high_water)
        .outerjoin(scopes, scopes.c.id == runs.c.scope_id)
        .order_by(runs.c.number.desc())
        .limit(most)
    ).all()
    locks = locks_for(connection.engine)
    return [
        RunFact(
            number=row.number,
            id=row.id,
            spider=row.spider,
            site=row.site,
            categories=row.categories,
            query=row.query,
            follow=row.follow,
            high_water=row.high_water,
            state="lost" if row.state == "running" and _died(locks, row.id, row.number) else row.state,
            started_at=row.started_at,
            ended_at=row.ended_at,
            exit_status=row.exit_status,
            message=row.message,
            counts=row.counts or {},
        )
        for row in rows
    ]


def _died(locks: RunLocks, run_id: str, number: int) -> bool:
    """Whether no process holds the run's lock. Where this user may not look, the run counts as living."""
    try:
        return not locks.alive(run_id, number)
    except OSError:
        return False
