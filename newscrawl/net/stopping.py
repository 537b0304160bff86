"""A stop that ends what is in flight: Scrapy's own waits for a hung peer until the timeout."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from newscrawl.net.failures import CrawlStopping, classify
from newscrawl.net.handler import BoundedHTTP11Handler
from newscrawl.net.signals import abort_downloads
from newscrawl.net.turns import turns_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

__all__ = ["StoppableHandler"]


class StoppableHandler(BoundedHTTP11Handler):
    """The bounded handler, each request in its turn (:mod:`newscrawl.net.turns`).

    On :data:`~newscrawl.net.signals.abort_downloads` its open requests fail at once.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._open: set[asyncio.Task[Response]] = set()
        self._aborted = False
        crawler.signals.connect(self.abort, signal=abort_downloads)

    def abort(self) -> None:
        """Fail what is in flight and whatever comes after it."""
        self._aborted = True
        for task in tuple(self._open):
            task.cancel()

    async def download_request(self, request: Request) -> Response:
        if self._aborted:
            raise CrawlStopping("the crawl is stopping")
        task = asyncio.ensure_future(self._in_turn(request))
        self._open.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if task.cancelled() or self._aborted:
                raise CrawlStopping("the crawl is stopping") from None
            raise
        finally:
            self._open.discard(task)

    async def _in_turn(self, request: Request) -> Response:
        turns = turns_of(self._crawler)
        if turns is None:
            return await self.download(request)
        async with turns.turn(request.url) as turn:
            try:
                response = await self.download(request)
            except CrawlStopping:
                raise
            except Exception as error:
                if not getattr(error, "says_nothing_of_the_host", False):
                    turn.failed(classify(error))
                raise
            asked = response.headers.get("Retry-After")
            turn.answered(response.status, asked.decode("latin-1") if asked else None)
            return response

    async def download(self, request: Request) -> Response:
        """Send *request* now."""
        return await super().download_request(request)
