"""The address policy on every request: before anything else is asked of its host, robots.txt included."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

import ada_url
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import redirect
from scrapy.utils.spider import DefaultSpider

from newscrawl.net.defaults import require_safe
from newscrawl.net.endpoints import endpoint_of, proxy_endpoints
from newscrawl.net.failures import RequestRefused
from newscrawl.net.policy import Policy, UrlRefused, check_url
from newscrawl.net.resolver import GuardedResolver
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from typing import Self

    from scrapy.http import Response

__all__ = ["DOWNGRADED", "AddressPolicyMiddleware", "MetaRefreshMiddleware", "ProxyTargetMiddleware"]

logger = logging.getLogger("newscrawl.net.middleware")

#: ``request.meta`` and ``response.meta`` key, True once a redirect led from https to http.
DOWNGRADED = "newscrawl_tls_downgraded"


def _dialled(url: str) -> tuple[str, int]:
    """Host (ASCII, no brackets, no root dot) and port that a request for *url* (allowed by the policy) dials."""
    parsed = ada_url.URL(url)
    port = parsed.port or ("443" if parsed.protocol == "https:" else "80")
    return parsed.hostname.strip("[]").rstrip("."), int(port)


class AddressPolicyMiddleware:
    """Outermost downloader middleware: refuses what the address policy forbids.

    A redirect or meta refresh comes back through here as a request of its own.
    Raises :class:`RequestRefused`, which reaches the errback; a refusal by the
    resolver at connect is turned into the same.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.policy = Policy.from_settings(crawler.settings)
        self._proxies = proxy_endpoints(crawler.settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        require_safe(crawler.settings)
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        try:
            check_url(request.url, policy=self.policy)
            if self._proxies and _dialled(request.url) in self._proxies:
                # The resolver lets a proxy be dialled wherever it stands: for what it serves, not for its own pages.
                raise UrlRefused("proxy", "the operator's own proxy", request.url)
        except UrlRefused as refused:
            raise self._refuse(refused) from None
        before = request.meta.get("redirect_urls")
        if before and before[-1].startswith("https:") and request.url.startswith("http:"):
            request.meta[DOWNGRADED] = True
            self._count("newscrawl/net/tls_downgrades")
            logger.info(
                "redirected from https to http: %s to %s", escape_controls(before[-1]), escape_controls(request.url)
            )

    def process_exception(self, request: Request, exception: Exception) -> None:
        if isinstance(exception, UrlRefused):
            raise self._refuse(exception) from exception

    def _refuse(self, refused: UrlRefused) -> RequestRefused:
        self._count("newscrawl/net/refused_requests")
        self._count(f"newscrawl/net/refused_requests/{refused.reason}")
        if type(self.crawler.spider) is DefaultSpider:
            # `scrapy shell` and `fetch`: their user sees an empty answer, and nothing else of the refusal.
            logger.warning("%s", f"{refused}{refused.way_out}")
        return RequestRefused(refused.reason, str(refused))

    def _count(self, stat: str) -> None:
        self.crawler.stats.inc_value(stat)


class ProxyTargetMiddleware:
    """Innermost downloader middleware: behind a proxy, looks the target up and checks it first.

    The guarded resolver sees only the proxy then. The proxy looks the name up
    once more, so a rebinding name server can still tell the two apart: whoever
    runs a proxy sets the same ranges there. A request that names a proxy which
    the operator did not configure is refused.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> Awaitable[None] | None:
        # Not a coroutine function: hardly any request has a proxy, and each would cost a coroutine.
        return self._check_target(request) if request.meta.get("proxy") else None

    async def _check_target(self, request: Request) -> None:
        from twisted.internet import reactor

        if endpoint_of(str(request.meta["proxy"])) not in proxy_endpoints(self.crawler.settings):
            raise UrlRefused("proxy", "a proxy that is not configured", str(request.meta["proxy"]))
        resolver: Any = getattr(reactor, "nameResolver", None)
        target = endpoint_of(request.url)
        if not isinstance(resolver, GuardedResolver) or target is None:
            raise UrlRefused("proxy", "nothing to check the target with", request.url)
        await resolver.check(*target)


class MetaRefreshMiddleware(redirect.MetaRefreshMiddleware):
    """Scrapy's, which looks at the first 4,096 characters, and decodes and keeps the text of the whole page for it.

    A page that does not name a refresh in as many bytes as that may be is passed on as it is: 64 pages in flight
    then cost half of their memory.
    """

    #: Bytes of 4,096 characters, at most.
    LOOKED_AT = 4 * 4096

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        # UTF-16 writes the word with a NUL at each letter.
        if b"refresh" not in response.body[: self.LOOKED_AT].replace(b"\0", b"").lower():
            return response
        return super().process_response(request, response)
