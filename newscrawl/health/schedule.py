"""Whether runs come when they usually do, and whether one holds its scope for too long. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from statistics import median

from newscrawl.clock import format_span, time_text
from newscrawl.health.findings import MONITORS, Finding, Level, Monitor

__all__ = ["RunTimes", "cut_off", "held_too_long", "missing_run", "usual_interval"]

#: Starts that tell how often a scope is crawled: the last so many, and how many are needed at least.
LAST_STARTS = 30
LEAST_STARTS = 5
#: Runs come by a clock where nine of ten intervals are no longer than this many usual ones.
REGULAR = 1.6
#: A run is missing after this many usual intervals, and not before this many seconds more than one.
OVERDUE = 1.75
LEAST_OVERDUE = 3600.0
#: Seconds that a run may hold its scope whatever it does, and how many times the longest usual run.
LONG_HOLD = 4 * 3600.0
LONG_RUNS = 4.0
#: A first run, or one with a window of its own, fetches what has gathered in years: it may take this long.
LONG_BACKFILL = 7 * 86_400.0
#: Runs in a row that are stopped before their end, at least, for it to be no one's wish.
STOPPED_IN_ROW = 3
#: A run that has done nothing for so long (seconds) does not move.
STANDS_STILL = 3600.0


@dataclass(frozen=True, slots=True)
class RunTimes:
    """When one run of a scope was at work, in seconds since the epoch; ``ended`` is ``None`` while it is."""

    number: int
    started: float
    ended: float | None
    process: str = ""
    #: It has a window or a scope of its own making: a backfill, which takes as long as it takes.
    backfill: bool = False
    #: When it last stored or asked for something, where that is known.
    moved: float | None = None
    #: Its process died without closing it; or it was told to stop before its end.
    died: bool = False
    stopped: bool = False
    id: str = ""


def usual_interval(starts: Sequence[float]) -> float | None:
    """Seconds between two runs, where they come by a clock; ``None`` where they come as someone starts them.

    Args:
        starts: seconds since the epoch, in order.
    """
    last = list(starts)[-LAST_STARTS:]
    if len(last) < LEAST_STARTS:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(last))
    usual = median(gaps)
    # One gap in ten may be a night that the machine was off.
    ninth = gaps[min(len(gaps) - 1, int(0.9 * (len(gaps) - 1)))]
    shortest = gaps[int(0.1 * (len(gaps) - 1))]
    regular = usual > 0 and ninth <= REGULAR * usual and shortest >= usual / (2 * REGULAR)
    return usual if regular else None


def missing_run(
    scope: str, name: str, runs: Sequence[RunTimes], now: float, *, every: float | None = None
) -> Finding | None:
    """A run of the scope that is due and did not come. One that is at work is not missing.

    Args:
        runs: of the scope, in the order of their starts.
        every: seconds between two runs as declared; what the starts tell where it is ``None``.
    """
    if not runs or any(run.ended is None for run in runs):
        return None
    usual = every or usual_interval([run.started for run in runs])
    if usual is None:
        return None
    last = runs[-1].started
    overdue = max(OVERDUE * usual, usual + LEAST_OVERDUE)
    if now - last <= overdue:
        return None
    return Finding(
        monitor=Monitor.MISSING_RUN,
        level=Level.FAILING,
        scope=scope,
        name=name,
        what=f"no run has begun for {format_span(now - last)}",
        usual=f"one every {format_span(usual)}",
        since=time_text(last + usual),
        cause="the timer, or this machine, did not start it",
        examples=(f"run {runs[-1].number} of {time_text(last)}",),
        advice=MONITORS[Monitor.MISSING_RUN],
        value=now - last,
        expected=usual,
    )


def cut_off(scope: str, name: str, runs: Sequence[RunTimes]) -> Finding | None:
    """The last run of the scope died, or the last ones were all stopped before their end; one at work says nothing yet.

    Such a run judges nothing and tells nobody, and a scope whose runs all end so looks as if it were crawled.

    Args:
        runs: of the scope, in the order of their starts; those without an end are at work.
    """
    over = [run for run in runs if run.ended is not None]
    row = list(takewhile(lambda run: run.died or run.stopped, reversed(over)))
    died = sum(run.died for run in row)
    if not row or (not row[0].died and len(row) < STOPPED_IN_ROW):
        return None
    last, first = row[0], row[-1]
    spans = [run.ended - run.started for run in over if run.ended is not None and not (run.died or run.stopped)]
    many = f"the last {len(row)} runs did not come to their end ({died} died, {len(row) - died} were stopped)"
    return Finding(
        monitor=Monitor.CUT_OFF,
        level=Level.FAILING,
        scope=scope,
        name=name,
        what=many if len(row) > 1 else f"run {last.number} died before its end",
        usual=f"runs end by themselves within {format_span(max(spans[-LAST_STARTS:]))}" if spans else "",
        since=time_text(first.started),
        cause="its process was killed: no memory, kill -9, or the machine went down"
        if died
        else "something stops it: a time limit of the unit or of cron, or somebody",
        examples=tuple(
            f"run {run.number} of {time_text(run.started)}" + (f" (process {run.process})" if run.process else "")
            for run in row[:3]
        ),
        advice=MONITORS[Monitor.CUT_OFF],
        value=float(len(row)),
        expected=0.0,
    )


def held_too_long(scope: str, name: str, runs: Sequence[RunTimes], now: float) -> Finding | None:
    """A run that holds its scope for hours while others end with status 75.

    Args:
        runs: of the scope, in the order of their starts; those without an end are at work.
    """
    holder = next((run for run in reversed(runs) if run.ended is None), None)
    if holder is None:
        return None
    held = now - holder.started
    spans = [run.ended - run.started for run in runs if run.ended is not None and not run.backfill]
    moves = holder.moved is not None and now - holder.moved < STANDS_STILL
    usual = max(spans[-LAST_STARTS:], default=0.0)
    most = LONG_BACKFILL if (holder.backfill or not spans) and moves else max(LONG_HOLD, LONG_RUNS * usual)
    if held <= most:
        return None
    still = "" if moves or holder.moved is None else f", and has done nothing for {format_span(now - holder.moved)}"
    return Finding(
        monitor=Monitor.HELD,
        level=Level.FAILING,
        scope=scope,
        name=name,
        what=f"run {holder.number} holds the scope for {format_span(held)}{still}",
        usual=f"runs end within {format_span(usual)}" if spans else "",
        since=time_text(holder.started),
        cause="it hangs, or does more than fits between two runs" if moves else "it hangs",
        examples=(f"process {holder.process}",) if holder.process else (),
        advice=MONITORS[Monitor.HELD],
        value=held,
        expected=usual or None,
    )
