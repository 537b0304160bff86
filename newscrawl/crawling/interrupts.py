"""SIGINT and SIGTERM end a crawl within seconds, however it was started.

Scrapy's own stop waits for what is in flight: a peer that hangs holds it until the download's timeout, and its second
signal waits as well. Here what is in flight is cut off after :data:`ABORT_AFTER`, and the process ends after
:data:`END_AFTER` whatever hangs. Nothing is lost either way: what is acknowledged is committed, and what is open is
taken up by the next run.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.crawler import CrawlerProcessBase

from newscrawl.net.signals import abort_downloads

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from newscrawl.crawling.run import Run

__all__ = ["ABORT_AFTER", "END_AFTER", "Interrupts"]

#: Seconds from the first signal until what is in flight is cut off, and until the process ends.
ABORT_AFTER = 3.0
END_AFTER = 9.0
#: The signals that are obeyed.
STOPPING = (signal.SIGINT, signal.SIGTERM)

Handler = Callable[[int, FrameType | None], Any]


class Interrupts:
    """The first signal stops a run in order, within seconds; the second ends the process at once.

    Whoever starts the process takes the signals with :meth:`install`. In a process that Scrapy runs (`runspider`, a
    script with a `CrawlerProcess`, scrapyd), :meth:`join` adds the limits to Scrapy's own stop.

    Args:
        before_end: called right before the process is ended.
    """

    def __init__(self, crawler: Crawler, run: Run, *, before_end: Callable[[], None] = lambda: None) -> None:
        self.crawler = crawler
        self.run = run
        self._before_end = before_end
        self._before: dict[int, Handler] = {}

    def install(self) -> None:
        """Take both signals: nobody else obeys them."""
        for number in STOPPING:
            signal.signal(number, self._first)

    def join(self) -> None:
        """Take both signals from Scrapy while the crawl runs, and pass the first one on to it.

        Where others take them (a process with an own use for SIGTERM, a crawl in a thread), they are left alone.
        """
        listen = self.crawler.signals.connect
        # Nobody else keeps this object.
        listen(self._take_from_scrapy, signal=signals.engine_started, weak=False)
        listen(self._give_back, signal=signals.engine_stopped, weak=False)

    def _take_from_scrapy(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        found = {number: signal.getsignal(number) for number in STOPPING}
        self._before = {number: one for number, one in found.items() if callable(one) and _stops_crawls(one)}
        for number in self._before:
            signal.signal(number, self._first)

    def _give_back(self) -> None:
        """The crawl is over: the process may go on to another one. After a signal it ends, and keeps its limits."""
        for number, before in self._before.items():
            if signal.getsignal(number) == self._first:
                signal.signal(number, before)

    def _first(self, number: int, frame: FrameType | None) -> None:
        from twisted.internet import reactor as installed

        reactor: Any = installed
        self.run.stopped_by = number
        self._take_second()
        # Last resort, in a thread of its own: the reactor may be what hangs.
        last = threading.Timer(END_AFTER, self._end)
        last.daemon = True
        last.start()
        reactor.callFromThread(self._stop)
        before = self._before.get(number)
        if before is not None:
            # A script may have more to do when its crawls are over.
            reactor.callFromThread(reactor.addSystemEventTrigger, "after", "shutdown", last.cancel)
            before(number, frame)
            self._take_second()

    def _take_second(self) -> None:
        for number in self._before or STOPPING:
            signal.signal(number, self._second)

    def _stop(self) -> None:
        from scrapy.utils.defer import deferred_from_coro
        from twisted.internet import reactor as installed

        reactor: Any = installed
        if self.crawler.spider is not None:
            self.crawler.spider.logger.info("Stopping: what is acknowledged is committed")
        self.run.stopping()
        reactor.callLater(ABORT_AFTER, lambda: self.crawler.signals.send_catch_log(abort_downloads))
        if not self._before:
            deferred_from_coro(self.crawler.stop_async())

    def _second(self, _number: int, _frame: FrameType | None) -> None:
        self._end()

    def _end(self) -> None:
        # What is acknowledged is committed; open work is reclaimed by the next run.
        self._before_end()
        os._exit(self.run.exit_status)


def _stops_crawls(handler: Handler) -> bool:
    """Whether *handler* stops the crawls of a Scrapy process: Scrapy's own, or that of another run beside this one."""
    return isinstance(getattr(handler, "__self__", None), CrawlerProcessBase | Interrupts)
