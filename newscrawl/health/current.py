"""What is wrong now: what `scrapy status`, `scrapy doctor`, the report, the metrics and the alarms tell alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from newscrawl.clock import epoch, format_span, parse_time, time_text
from newscrawl.health.findings import MONITORS, Finding, Level, Monitor
from newscrawl.health.machine import CLOCK_SLACK, disk_findings, places
from newscrawl.health.schedule import RunTimes, cut_off, held_too_long, missing_run
from newscrawl.ledger.locks import RunLocks, locks_for
from newscrawl.ledger.scopes import Scope
from newscrawl.storage.tables import episodes, requests, runs, scopes

if TYPE_CHECKING:
    from newscrawl.config import Config

__all__ = ["LIVE", "current", "live_findings", "scope_names"]

#: What hangs on the time of day, and is looked at anew each time.
LIVE = frozenset({Monitor.MISSING_RUN, Monitor.CUT_OFF, Monitor.HELD, Monitor.DISK, Monitor.CLOCK})

#: Runs of each scope that tell when it is crawled.
RUNS_READ = 40


def current(connection: Connection, config: Config | None = None, *, now: float | None = None) -> list[Finding]:
    """All that is wrong with the collection and this machine, failing things first, then by scope.

    What a scope's last judged run found to be wrong stands until a run finds it well; what hangs on the time of day
    (a run that did not come, a scope that is held, the disk, the clock) is looked at anew.

    Args:
        config: where the disk is looked at; ``None``: not at all.
        now: seconds since the epoch; the clock's where it is ``None``.
    """
    moment = epoch() if now is None else now
    found = [*open_findings(connection), *live_findings(connection, config, now=moment)]
    unique: dict[tuple[str, str, str], Finding] = {}
    for one in found:
        unique.setdefault((one.scope, one.monitor.value, one.name if one.scope == "" else ""), one)
    return sorted(unique.values(), key=lambda one: (one.level is not Level.FAILING, one.name, one.monitor.value))


def open_findings(connection: Connection) -> list[Finding]:
    """What was found to be wrong and not found well since, the oldest first."""
    rows = connection.execute(
        select(episodes.c.finding).where(episodes.c.ended_at.is_(None)).order_by(episodes.c.number)
    ).scalars()
    # What servers said of the clock stands until they say otherwise.
    return [one for one in map(Finding.of, rows) if one.monitor not in LIVE or one.monitor is Monitor.CLOCK]


def live_findings(
    connection: Connection, config: Config | None, *, now: float, ending: str | None = None
) -> list[Finding]:
    """What is wrong at this moment, whatever runs have found: schedule, disk, clock.

    Args:
        ending: id of the run that asks, and is at its end.
    """
    found = list(_schedule(connection, now, ending))
    if config is not None:
        found += disk_findings(places(config))
    ahead = _clock(connection, now)
    return [*found, ahead] if ahead is not None else found


def scope_names(connection: Connection) -> dict[str, str]:
    """Scopes in words, by their id."""
    return {
        row.id: Scope(
            row.spider, row.site, tuple(one for one in row.categories.split(",") if one), row.query, bool(row.follow)
        ).describe()
        for row in connection.execute(select(scopes))
    }


def _schedule(connection: Connection, now: float, ending: str | None) -> Iterator[Finding]:
    names = scope_names(connection)
    for scope, times in run_times(connection).items():
        name = names.get(scope, scope)
        over = [replace(run, ended=now) if run.id == ending else run for run in times]
        for found in (
            missing_run(scope, name, times, now),
            cut_off(scope, name, over),
            held_too_long(scope, name, times, now),
        ):
            if found is not None:
                yield found


def run_times(connection: Connection, scope: str | None = None) -> dict[str, list[RunTimes]]:
    """The last runs of each scope (or of one), in the order of their starts; those of dead processes have ended."""
    newest = func.row_number().over(partition_by=runs.c.scope_id, order_by=runs.c.number.desc())
    columns = (
        runs.c.id,
        runs.c.number,
        runs.c.scope_id,
        runs.c.process,
        runs.c.started_at,
        runs.c.ended_at,
        runs.c.state,
        runs.c.arguments,
    )
    chosen = select(*columns, newest.label("back"))
    ranked = (chosen.where(runs.c.scope_id == scope) if scope else chosen).subquery()
    found: dict[str, list[RunTimes]] = defaultdict(list)
    locks = locks_for(connection.engine)
    for row in connection.execute(select(ranked).where(ranked.c.back <= RUNS_READ).order_by(ranked.c.number)):
        started = parse_time(row.started_at).timestamp()
        ended = parse_time(row.ended_at).timestamp() if row.ended_at else None
        moved = None
        died = row.state == "lost"
        if ended is None and row.state == "running":
            if not _alive(locks, row.id, row.number):
                ended, died = started, True  # nobody knows when
            else:
                # From the end: the run that is at work wrote the last ones.
                asked = select(requests.c.at).where(requests.c.run_id == row.id).order_by(requests.c.number.desc())
                last = connection.execute(asked.limit(1)).scalar()
                moved = parse_time(last).timestamp() if last else started
        found[row.scope_id].append(
            RunTimes(
                row.number,
                started,
                ended if ended is not None or row.state == "running" else started,
                row.process,
                backfill=bool({"since", "until", "limit", "refresh"} & set(row.arguments or {})),
                moved=moved,
                died=died,
                stopped=row.state == "stopped",
                id=row.id,
            )
        )
    return dict(found)


def _alive(locks: RunLocks, run_id: str, number: int) -> bool:
    try:
        return locks.alive(run_id, number)
    except OSError:
        return True  # not ours to look at


def _clock(connection: Connection, now: float) -> Finding | None:
    # An earlier run of the future tells of a clock that has been set right since.
    newest = connection.execute(select(runs.c.started_at).order_by(runs.c.number.desc()).limit(1)).scalar()
    if not newest:
        return None
    ahead = parse_time(newest).timestamp() - now
    if ahead <= CLOCK_SLACK:
        return None
    return Finding(
        monitor=Monitor.CLOCK,
        level=Level.FAILING,
        scope="",
        name="clock",
        what=f"a run began at {newest}, which by this clock comes in {format_span(ahead)}",
        since=time_text(now),
        cause="this machine's clock is not right, or was not when that run began",
        advice=MONITORS[Monitor.CLOCK],
        value=-ahead,
        expected=0.0,
    )
