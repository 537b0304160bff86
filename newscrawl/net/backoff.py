"""When a host is asked again: Retry-After, and a breaker that gives a dead host up once, not once a URL. Pure.

Times are seconds on whatever clock the caller keeps, monotonic or since the
epoch; nothing here reads one.
"""

from __future__ import annotations

import email.utils
import math
from dataclasses import dataclass, replace

__all__ = ["MAX_RETRY_AFTER", "Breaker", "HostState", "parse_retry_after"]

#: The longest that a Retry-After is believed by callers who cap it, in seconds: a day.
MAX_RETRY_AFTER = 86_400.0


def parse_retry_after(value: str, now: float) -> float | None:
    """Seconds to wait for a ``Retry-After`` of *value*, or ``None`` when it says nothing.

    *now*: seconds since the epoch, for values that are dates (RFC 9110,
    section 10.2.3). Past dates are 0. The caller caps it.
    """
    text = value.strip()[:64]
    if not text.isascii():
        return None
    if text.isdigit():
        return float(text)
    try:
        # Some servers send fractions, which the grammar has not.
        seconds = float(text)
    except ValueError:
        pass
    else:
        return seconds if math.isfinite(seconds) and seconds >= 0 else None
    try:
        when = email.utils.parsedate_to_datetime(text)
        return max(0.0, when.timestamp() - now)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class HostState:
    """What is known of a host's health.

    ``failures``: passing failures one after another. ``opened``: how often the
    breaker opened since the last success. ``closed_until``: nothing is asked
    before this time. ``probing``: one request is out to see whether it is back.
    """

    failures: int = 0
    opened: int = 0
    closed_until: float = 0.0
    probing: bool = False


@dataclass(frozen=True, slots=True)
class Breaker:
    """How host states change. Every method returns a new state.

    After *threshold* passing failures in a row the host is left alone for
    *first* seconds, doubling up to *longest*. Then one request goes out as a
    probe: its failure opens the breaker at once and for longer, its success
    closes it. An answer with a permanent failure (404, 403) is a success here:
    the host is alive.
    """

    threshold: int = 3
    first: float = 60.0
    longest: float = 6 * 3600.0
    factor: float = 2.0

    def may_ask(self, state: HostState, now: float) -> bool:
        """Whether a request may go out at *now*: not while open, and one at a time while probing."""
        return now >= state.closed_until and not state.probing

    def asked(self, state: HostState) -> HostState:
        """A request goes out; after an open breaker it is the probe."""
        return replace(state, probing=True) if state.opened else state

    def succeeded(self, state: HostState) -> HostState:
        """The host answered."""
        return state if state == HostState() else HostState()

    def failed(self, state: HostState, now: float, *, retry_after: float | None = None) -> HostState:
        """A passing failure at *now*. *retry_after* (seconds, already capped) leaves the host alone for at least that.

        A ``Retry-After`` counts as a failure but is obeyed at once, whatever the threshold.
        """
        failures = state.failures + 1
        wait = max(0.0, retry_after or 0.0)
        opened = state.opened
        if failures >= self.threshold or state.probing:
            wait = max(wait, min(self.longest, self.first * self.factor ** min(opened, 60)))
            opened += 1
        return HostState(
            failures=failures,
            opened=opened,
            closed_until=max(state.closed_until, now + wait) if wait else state.closed_until,
            probing=False,
        )
