"""A Scrapy extension that notes what a crawl's own process has used: at the start of its engine, and at its end."""

from __future__ import annotations

import json
import resource
import threading
import time
from pathlib import Path
from typing import Any

__all__ = ["CpuMeter"]


class CpuMeter:
    """CPU seconds of this process and of its writer's thread, into the file that ``CPU_FILE`` names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Any) -> CpuMeter:
        from scrapy import signals

        meter = cls(Path(crawler.settings["CPU_FILE"]))
        crawler.signals.connect(meter.started, signals.engine_started)
        crawler.signals.connect(meter.closed, signals.spider_closed)
        return meter

    def started(self) -> None:
        """The start ends here: imports, models, the database opened."""
        self.found["start"] = time.process_time()

    def closed(self) -> None:
        """Before the threads end."""
        self.found["main"] = time.process_time()
        for thread in threading.enumerate():
            if thread.name == "newscrawl-writer" and thread.ident is not None:
                self.found["writer"] = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        self.found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.path.write_text(json.dumps(self.found))
