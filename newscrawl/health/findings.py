"""What is wrong, as a value: which monitor says so of which scope, since when, how it was, what to look at. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from newscrawl.text import escape_controls

__all__ = ["MONITORS", "Finding", "Level", "Monitor"]

#: Examples that a finding names at most.
MOST_EXAMPLES = 3


class Level(StrEnum):
    """``failing``: exit status 3, alarms. ``note``: shown by `status`, `doctor` and the report, and no more."""

    FAILING = "failing"
    NOTE = "note"


class Monitor(StrEnum):
    """What is watched. Users script against these words; ``docs/health.md`` has an entry for each."""

    LISTING = "listing"
    UNREACHABLE = "unreachable"
    SURFACE = "surface"
    SILENCE = "silence"
    POSTS = "posts"
    ATTRIBUTION = "attribution"
    WORDING = "wording"
    ORIGINALS = "originals"
    PUBLISHERS = "publishers"
    ERRORS = "errors"
    FIELDS = "fields"
    LENGTH = "length"
    DATES = "dates"
    MISSING_RUN = "missing_run"
    CUT_OFF = "cut_off"
    HELD = "held"
    DISK = "disk"
    CLOCK = "clock"


#: What to do about each, in one sentence; the runbook says more.
MONITORS: Mapping[Monitor, str] = {
    Monitor.LISTING: "open the site's lists in a browser; `scrapy doctor --live SPIDER` says which of them serve",
    Monitor.UNREACHABLE: "open the site in a browser, from this machine's network too (curl -I)",
    Monitor.SURFACE: "`scrapy doctor --live SPIDER` says why it does not serve; a change for good: `doctor --accept`",
    Monitor.SILENCE: "compare with the site's front page: is something newer there?",
    Monitor.POSTS: "compare with the site's front page: are posts there that `scrapy show URL` does not know?",
    Monitor.ATTRIBUTION: "look at the end of these posts, and what `scrapy parse URL` makes of them",
    Monitor.WORDING: "see that `scrapy show URL` names the right source; a change for good: `doctor --accept`",
    Monitor.ORIGINALS: "`scrapy show URL` says what was asked and answered; `scrapy retry --reason REASON` asks again",
    Monitor.PUBLISHERS: "open one of their articles in a browser; `scrapy retry --host HOST` asks again",
    Monitor.ERRORS: "see that this machine's network is well; later runs ask again by themselves",
    Monitor.FIELDS: "compare what `scrapy extract URL` prints with the page",
    Monitor.LENGTH: "compare what `scrapy extract URL` prints with the page",
    Monitor.DATES: "compare the date on the post's page with `scrapy show URL`",
    Monitor.MISSING_RUN: "systemctl list-timers, or the crontab, and the log of the last run",
    Monitor.CUT_OFF: "the end of its log; `journalctl -k` (memory), and the unit's MemoryMax and RuntimeMaxSec",
    Monitor.HELD: "see in its log whether it moves; else stop it (kill PID): what it acknowledged is kept",
    Monitor.DISK: "make room: a crawl ends where the disk does",
    Monitor.CLOCK: "set the clock (timedatectl): due times and the time of records hang on it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong. Times are UTC strings of the record's form.

    Args:
        monitor: what was watched.
        level: how bad it is.
        scope: id of the scope; ``""`` for the machine.
        name: the scope in words (its site), or the part of the machine.
        what: what is the case now, in one clause with its numbers.
        usual: how it was before, in one clause; ``""`` where there is nothing to compare with.
        since: when it began, as far as is known.
        cause: likely causes in words, the likeliest first; ``""`` where none is known.
        examples: at most three addresses of posts (else other things) to look at.
        advice: what to do.
        value, expected: the number judged and the one it was held against, for machines; ``None`` where there is none.
    """

    monitor: Monitor
    level: Level
    scope: str
    name: str
    what: str
    usual: str = ""
    since: str = ""
    cause: str = ""
    examples: tuple[str, ...] = ()
    advice: str = ""
    value: float | None = None
    expected: float | None = None

    @property
    def message(self) -> str:
        """One line for a person: what, since when, how it was, why, what to look at. Safe for a terminal."""
        parts = [f"{self.monitor.value}: {self.name}: {self.what}"]
        if self.since:
            parts.append(f"since {self.since}")
        if self.usual:
            parts.append(f"usual: {self.usual}")
        if self.cause:
            parts.append(self.cause)
        if self.examples:
            parts.append(f"look at {' '.join(self.examples[:MOST_EXAMPLES])}")
        return escape_controls("; ".join(parts))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types, the message and the advice with it."""
        return {**asdict(self), "examples": list(self.examples), "message": self.message}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Finding:
        """The inverse of :meth:`to_json`; names that it does not know are left out."""
        kept = {name: values[name] for name in cls.__slots__ if name in values}
        kept |= {
            "monitor": Monitor(kept["monitor"]),
            "level": Level(kept["level"]),
            "examples": tuple(kept.get("examples", ())),
        }
        return cls(**kept)
