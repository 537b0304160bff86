"""One downloader slot for each registrable domain, whatever leads a request there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.utils.httpobj import urlparse_cached

from newscrawl.net.signals import robots_known
from newscrawl.urls import registrable_domain

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

__all__ = ["SlotMiddleware", "host_of"]


def host_of(url: str) -> str:
    """The unit of politeness: the registrable domain of *url*, or its host where it has none.

    Blogs on one platform (github.io, blogspot.com) share its servers, and so one unit.
    """
    return registrable_domain(url, private=False) or url.split("/")[2].lower()


class SlotMiddleware:
    """Downloader middleware: a redirect, a robots.txt, a listing take the slot of the domain they go to.

    The slot holds what `DOWNLOAD_DELAY` and `Crawl-delay` ask for on the wire;
    the claim on work (`newscrawl.ledger.pace`) sees to it that little waits there.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.robots_known, signal=robots_known)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        host = urlparse_cached(request).hostname or ""
        request.meta["download_slot"] = registrable_domain(host, private=False) or host

    def robots_known(self, host: str, crawl_delay: float | None, **_kwargs: object) -> None:
        """Give the host's slot the delay that its robots.txt asks for."""
        if not crawl_delay:
            return
        key = registrable_domain(host, private=False) or host
        downloader = self.crawler.engine.downloader
        delay = max(crawl_delay, self.crawler.settings.getfloat("DOWNLOAD_DELAY"))
        # For slots made later, and for the one that is there.
        downloader.per_slot_settings.setdefault(key, {})["delay"] = delay
        if key in downloader.slots:
            downloader.slots[key].delay = delay
