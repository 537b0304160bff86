"""Shows how far a crawl is: on a panel or in lines of the log, from looks at its ledger now and then."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.extensions.logstats import LogStats
from scrapy.utils.log import get_scrapy_root_handler

from newscrawl.crawling.run import Run
from newscrawl.errors import OperationError
from newscrawl.progress.display import Display, Lines, Panel
from newscrawl.progress.queues import look
from newscrawl.progress.standing import Watch
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

__all__ = ["CrawlProgress", "show_on", "title_of"]

logger = logging.getLogger("newscrawl.progress")

#: Seconds between two looks at the ledger: until the time left is known, when there is little in it, and from then on;
#: and the share of all time that looks may take.
LOOK_SOON, LOOK_EVERY = 0.25, 1.0
LOOK_SHARE = 0.05

_displays: WeakKeyDictionary[Crawler, Display] = WeakKeyDictionary()


def show_on(crawler: Crawler, display: Display) -> None:
    """Let the progress of *crawler* be shown on *display*, not in plain lines of the log."""
    _displays[crawler] = display


class CrawlProgress(LogStats):
    """Tells how far a crawl is, in place of Scrapy's line on pages and items; spiders that are none of ours keep that.

    ``LOGSTATS_INTERVAL``: seconds between two plain lines, 0 for none. A command may have it shown on a panel.
    """

    def __init__(self, stats: Any, interval: float = 30.0) -> None:
        super().__init__(stats, interval)
        self._crawler: Crawler | None = None
        self._watch: Watch | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._display: Display | None = None
        self._stream: Any = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        interval = crawler.settings.getfloat("LOGSTATS_INTERVAL")
        if interval <= 0 and crawler not in _displays:
            raise NotConfigured
        made = cls(crawler.stats, interval or 30.0)
        made._crawler = crawler
        crawler.signals.connect(made.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(made.spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(made.response_received, signal=signals.response_received)
        crawler.signals.connect(made.request_reached, signal=signals.request_reached_downloader)
        return made

    def spider_opened(self, spider: Spider) -> None:
        assert self._crawler is not None
        run = getattr(spider, "run", None)
        if not isinstance(run, Run):
            super().spider_opened(spider)
            return
        self._watch = Watch(run, self._crawler.stats.get_stats(), spider.name)
        self._display = _displays.get(self._crawler) or Lines(
            lambda line: logger.info("%s", line), every=self.interval, first=0.0
        )
        if isinstance(self._display, Lines):
            # At once: what it does. How long it takes is told once that is known.
            logger.info("%s", title_of(run, spider.name))
        handler = get_scrapy_root_handler()
        if isinstance(self._display, Panel) and type(handler) is logging.StreamHandler:
            # What is logged goes above the panel.
            self._stream = handler.setStream(self._display.stream())
        self._ticking = asyncio.ensure_future(self._tick(run, self._watch, self._display))

    async def _tick(self, run: Run, watch: Watch, display: Display) -> None:
        due = 0.0
        every = LOOK_SOON
        try:
            while True:
                now = time.monotonic()
                if now >= due and run.writer.failed is None and not run.closing:
                    queues = await run.write(look, run.window, run.config.delay, run.only_these())
                    watch.note(queues, time.monotonic())
                    due = now + max(min(every, display.interval), queues.took / LOOK_SHARE)
                snapshot = watch.snapshot(time.monotonic())
                display.show(snapshot)
                if snapshot.left is not None:
                    every = LOOK_EVERY
                await asyncio.sleep(min(every, display.interval))
        except OperationError:
            logger.debug("No more progress is shown: the database cannot be asked")
        except Exception:
            # Whoever watches a crawl must not end it.
            logger.warning("No more progress is shown", exc_info=True)

    def response_received(self, response: Response, request: Request) -> None:
        if self._watch is not None:
            self._watch.answered(request, request.meta.get("download_latency"), response.status)

    def request_reached(self, request: Request) -> None:
        if self._watch is not None:
            self._watch.asked(request)

    def spider_closed(self, spider: Spider, reason: str) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
        if self._display is not None:
            self._display.close()
            handler = get_scrapy_root_handler()
            if self._stream is not None and isinstance(handler, logging.StreamHandler):
                handler.setStream(self._stream)
        super().spider_closed(spider, reason)


def title_of(run: Run, spider: str) -> str:
    """What a run is about, in one line for the head of the panel."""
    arguments, window = run.arguments, run.window
    parts = [f"scrapy crawl {spider}", ", ".join(arguments.sources[:2]) or arguments.site]
    if window.since:
        parts.append(f"since {window.since[:16].replace('T', ' ')}")
    if window.until:
        parts.append(f"until {window.until[:16].replace('T', ' ')}")
    if arguments.limit is not None:
        parts.append(f"at most {arguments.limit} posts")
    return escape_controls(" · ".join(part for part in parts if part))
