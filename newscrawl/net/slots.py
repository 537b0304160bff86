"""One downloader slot for each registrable domain, whatever leads a request there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.utils.httpobj import urlparse_cached

from newscrawl.urls import host_of, registrable_domain

if TYPE_CHECKING:
    from scrapy import Request

__all__ = ["SlotMiddleware", "host_of"]


class SlotMiddleware:
    """Downloader middleware: a redirect, a robots.txt, a listing take the slot of the domain they go to.

    A slot has one request at a time. When it may go out is not decided here but in :mod:`newscrawl.net.turns`.
    """

    def process_request(self, request: Request) -> None:
        host = urlparse_cached(request).hostname or ""
        request.meta["download_slot"] = registrable_domain(host, private=False) or host
