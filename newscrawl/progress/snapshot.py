"""How far a piece of work is, and the time that it takes yet. Pure but for the clock that callers hand in."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from newscrawl.clock import format_span

__all__ = ["ABOUT", "AT_LEAST", "PERHAPS", "Pace", "Snapshot", "left_in_words", "share"]

#: How sure a time is: worked out from the work; little of that is known yet; it rests on a list of unknown length.
ABOUT, AT_LEAST, PERHAPS = "about", "at least", "perhaps"

#: Seconds over which the pace is measured, and the share of the time so far where that is longer.
RECENT = 8.0
RECENT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at a piece of work.

    ``total`` is ``None`` while it is not known, ``left`` (seconds) too. ``at_least``: there may be more than ``total``.
    ``how``: the word before the time left, which says how sure it is. ``facts``: further lines of the panel, each a
    name and what there is to say.
    """

    doing: str
    done: int
    total: int | None
    unit: str
    left: float | None = None
    at_least: bool = False
    how: str = ABOUT
    facts: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """The snapshot in one line: ``crawling: 412 of 1,200 posts, 34 %, about 9 min left``."""
        nothing_yet = self.total is None and not self.done
        parts = [self.doing if nothing_yet else f"{self.doing}: {self.counted()}"]
        if self.total:
            parts.append(f"{share(self.done, self.total)} %")
        parts.append(left_in_words(self.left, self.how))
        return ", ".join(part for part in parts if part)

    def counted(self) -> str:
        """How much is done: ``412 of 1,200 posts``."""
        if self.total is None:
            return f"{self.done:,} {self.unit}"
        most = f"at least {self.total:,}" if self.at_least else f"{self.total:,}"
        return f"{self.done:,} of {most} {self.unit}"


def share(done: int, total: int) -> int:
    """Whole per cent of *total* that is done; 100 only where all is."""
    if done >= total:
        return 100
    return min(99, 100 * done // max(1, total))


def left_in_words(seconds: float | None, how: str = ABOUT) -> str:
    """The time left for a person; empty where it is not known."""
    return "" if seconds is None else f"{how} {format_span(max(1.0, seconds))} left"


class Pace:
    """How fast something goes: pieces a second over the last while, so that a slow start does not count for ever."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, done: int) -> None:
        """*done* pieces at the time *now* (seconds of a clock that never goes back)."""
        if self._began is None or (self._seen and done == self._seen[-1][1] == 0):
            # Nothing has come out yet: the pace is that of the work itself, not of getting ready for it.
            self._seen.clear()
            self._began = now
        self._seen.append((now, done))
        span = max(RECENT, RECENT_SHARE * (now - self._began))
        while len(self._seen) > 2 and now - self._seen[1][0] >= span:
            self._seen.popleft()

    def rate(self) -> float | None:
        """Pieces a second; ``None`` while too little is known."""
        if len(self._seen) < 2:
            return None
        (then, before), (now, done) = self._seen[0], self._seen[-1]
        return (done - before) / (now - then) if done > before and now > then else None

    def span(self) -> float:
        """Seconds over which the pace is known."""
        return self._seen[-1][0] - self._seen[0][0] if self._seen else 0.0

    def left(self, remaining: float) -> float | None:
        """Seconds until *remaining* more pieces are done at this pace; ``None`` while it is not known."""
        if remaining <= 0:
            return 0.0
        rate = self.rate()
        return None if rate is None else remaining / rate
