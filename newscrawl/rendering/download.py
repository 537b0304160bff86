"""The download handler of the settings: plain until a page is to be rendered. Imports no browser library before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from newscrawl.net.stopping import StoppableHandler
from newscrawl.rendering.finding import find_rendering
from newscrawl.rendering.job import JOB
from newscrawl.rendering.limits import check_limits
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

__all__ = ["RenderingOnDemand"]


class RenderingOnDemand(StoppableHandler):
    """Plain requests by :class:`StoppableHandler`; the first one to render makes the crawl's one renderer.

    Scrapy makes a handler for each scheme; the renderer, and so the browser, is the crawler's.
    """

    async def download(self, request: Request) -> Response:
        if JOB not in request.meta:
            return await super().download(request)
        crawler: Any = self._crawler
        if getattr(crawler, "newscrawl_renderer", None) is None:
            from newscrawl.rendering.handler import RenderingHandler

            crawler.newscrawl_renderer = RenderingHandler(crawler)
        response: Response = await crawler.newscrawl_renderer.download(request)
        return response

    @staticmethod
    def check_settings(settings: Any) -> Iterator[str]:
        """What is wrong with the settings of rendering, a line each; :mod:`newscrawl.net.defaults` asks."""
        yield from check_limits(settings)
        if str(settings.get("NEWSCRAWL_RENDER") or "").strip() == "always":
            rendering = find_rendering(settings)
            if not rendering.browser:
                yield f"NEWSCRAWL_RENDER=always: {escape_controls(rendering.why)}"

    async def close(self) -> None:
        await super().close()
        renderer: Any = getattr(self._crawler, "newscrawl_renderer", None)
        if renderer is not None:
            await renderer.close()
