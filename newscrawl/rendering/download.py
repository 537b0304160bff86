"""The download handler of the settings: plain until a page is to be rendered. Imports no browser library before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newscrawl.net.stopping import StoppableHandler
from newscrawl.rendering.job import JOB

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

__all__ = ["RenderingOnDemand"]


class RenderingOnDemand(StoppableHandler):
    """Plain requests by :class:`StoppableHandler`; the first one to render makes the crawl's one renderer.

    Scrapy makes a handler for each scheme; the renderer, and so the browser, is the crawler's.
    """

    async def download_request(self, request: Request) -> Response:
        if JOB not in request.meta:
            return await super().download_request(request)
        crawler: Any = self._crawler
        if getattr(crawler, "newscrawl_renderer", None) is None:
            from newscrawl.rendering.handler import RenderingHandler

            crawler.newscrawl_renderer = RenderingHandler(crawler)
        response: Response = await crawler.newscrawl_renderer.download_request(request)
        return response

    async def close(self) -> None:
        await super().close()
        renderer: Any = getattr(self._crawler, "newscrawl_renderer", None)
        if renderer is not None:
            await renderer.close()
