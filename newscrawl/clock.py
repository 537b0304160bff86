"""Times as the record writes them. Wall-clock time is read here alone."""

from __future__ import annotations

import datetime as dt
import time

__all__ = ["epoch", "format_span", "format_time", "now_text", "parse_time", "steady_epoch", "time_text"]

#: Looks at both clocks, of which the one counts that took the least time.
_LOOKS = 20


def _ahead() -> float:
    """What the wall clock is ahead of the monotonic one.

    Runs on one SQLite database compare their times. A process that waits for the processor between its looks at the
    two clocks would take the time that it waits for a difference of the clocks, for as long as it runs.
    """
    looks = []
    for _ in range(_LOOKS):
        before, wall, after = time.monotonic(), time.time(), time.monotonic()
        looks.append((after - before, wall - (before + after) / 2))
    return min(looks)[1]


#: As it was when this process began.
_AHEAD = _ahead()


def epoch() -> float:
    """Seconds since 1970-01-01T00:00:00Z: for due times that must outlive the process."""
    return time.time()


def steady_epoch() -> float:
    """Seconds since the epoch by the clock as it stood when the process began, plus the time that passed since.

    What a process waits for is reckoned by it: a clock that is set meanwhile makes nothing due at once, or in days.
    """
    return _AHEAD + time.monotonic()


def now_text() -> str:
    """Now, to the second: ``2026-01-31T09:05:00Z``."""
    return time_text(epoch())


def time_text(seconds: float) -> str:
    """*seconds* since the epoch as a time of the record."""
    return format_time(dt.datetime.fromtimestamp(seconds, dt.UTC))


def format_time(moment: dt.datetime) -> str:
    """An aware *moment* in UTC, ISO 8601, to the second, ending in ``Z``. Raises ``ValueError`` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    # Not `strftime`: its years before 1000 have three digits.
    return moment.astimezone(dt.UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def parse_time(value: str) -> dt.datetime:
    """The aware moment of a record's time string. Raises ``ValueError`` where it is none."""
    moment = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def format_span(seconds: float) -> str:
    """A span for a person, in its two greatest units: ``45 s``, ``57 min``, ``1 h 05 min``, ``3 d 4 h``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s" if minutes < 10 and rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02} min"
    return f"{hours // 24} d {hours % 24} h"
