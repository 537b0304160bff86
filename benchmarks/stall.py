"""A Scrapy extension that measures how long the event loop of a crawl stood still."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

__all__ = ["StallMeter"]

#: Seconds between two looks.
TICK = 0.02


class StallMeter:
    """The longest time for which the event loop stood still, in seconds, kept in the file that ``SIEGE_FILE`` names.

    Written at each new maximum: a run that is killed leaves what was seen.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.longest = 0.0
        self._last = 0.0

    @classmethod
    def from_crawler(cls, crawler: Any) -> StallMeter:
        from scrapy import signals

        meter = cls(Path(crawler.settings["SIEGE_FILE"]))
        crawler.signals.connect(meter.start, signals.engine_started)
        return meter

    def start(self) -> None:
        """Begin to look."""
        self._last = time.monotonic()
        self._tick()

    def _tick(self) -> None:
        from twisted.internet import reactor

        now = time.monotonic()
        if (stall := now - self._last - TICK) > self.longest:
            self.longest = stall
            self.path.write_text(f"{stall:.3f}")
        self._last = now
        reactor.callLater(TICK, self._tick)  # type: ignore[attr-defined]
