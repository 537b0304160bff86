"""A Scrapy extension that measures how long the event loop of a crawl stood still."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

__all__ = ["StallMeter"]

#: Seconds between two looks.
TICK = 0.02


class StallMeter:
    """The most that the event loop did at one go, in seconds of its thread's CPU time and by the clock.

    Both are kept in the file that ``SIEGE_FILE`` names, and written at each new maximum: a run that is killed leaves
    what was seen.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.busy = self.stall = 0.0
        self._last = (0.0, 0.0)

    @classmethod
    def from_crawler(cls, crawler: Any) -> StallMeter:
        from scrapy import signals

        meter = cls(Path(crawler.settings["SIEGE_FILE"]))
        crawler.signals.connect(meter.start, signals.engine_started)
        return meter

    def start(self) -> None:
        """Begin to look."""
        self._last = (time.thread_time(), time.monotonic())
        self._tick()

    def _tick(self) -> None:
        from twisted.internet import reactor

        now = (time.thread_time(), time.monotonic())
        busy, stall = now[0] - self._last[0], now[1] - self._last[1] - TICK
        if busy > self.busy or stall > self.stall:
            self.busy, self.stall = max(self.busy, busy), max(self.stall, stall)
            self.path.write_text(f"{self.busy:.3f} {self.stall:.3f}")
        self._last = now
        reactor.callLater(TICK, self._tick)  # type: ignore[attr-defined]
