"""What the crawl needs to know of a site: hooks that an aggregator implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from logging import LoggerAdapter
    from typing import Any

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from newscrawl.items import OriginalResult, Record
    from newscrawl.posts import PostCopy
    from newscrawl.surfaces.parsing.post_page import PostPage

__all__ = ["Site"]


class Site(Protocol):
    """An aggregator as the parts of the crawl see it."""

    name: str
    crawler: Crawler

    @property
    def logger(self) -> LoggerAdapter[Any]:
        """Where messages of the crawl go."""

    def is_closing(self) -> bool:
        """Whether the spider is being closed: nothing more is handed out."""

    async def discover(self) -> None:
        """Find posts and enter them. Raises :class:`newscrawl.surfaces.fetcher.SurfaceError`."""

    async def read_page(self, response: Response) -> PostPage:
        """What the page of a post says. Raises :class:`newscrawl.workers.WorkerKilledError`."""

    async def download(self, request: Request) -> Response:
        """Send *request* through the downloader middlewares, no callback involved."""

    def join_post(self, copy: PostCopy, original: OriginalResult) -> Record:
        """The record of a post whose original was asked for."""
