"""The one download handler for http and https: Scrapy's, with caps on what comes before the body."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scrapy import Request

from newscrawl.net.callers import near_callers_only
from newscrawl.net.failures import HeadersTooLarge
from newscrawl.net.signals import HEAD_BYTES
from newscrawl.net.turns import turns_of

with near_callers_only():
    from scrapy.core.downloader.handlers.http11 import (
        HTTP11DownloadHandler,
        _LenientHTTP11ClientFactory,
        _LenientHTTP11ClientProtocol,
        _LenientHTTPClientParser,
    )

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

__all__ = ["BoundedHTTP11Handler"]

logger = logging.getLogger("newscrawl.net.handler")


class _BoundedParser(_LenientHTTPClientParser):
    """Counts what comes before the body: status line, headers, also of interim (1xx) answers, which have no end."""

    max_bytes = 64 * 1024
    max_lines = 256
    _read_bytes = 0
    _read_lines = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self._read_bytes += len(line) + 1
        self._read_lines += 1
        if self._read_bytes > self.max_bytes or self._read_lines > self.max_lines:
            raise HeadersTooLarge(f"more than {self.max_bytes} bytes or {self.max_lines} lines of headers")
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        raise HeadersTooLarge(f"a header line of more than {self.MAX_LENGTH} bytes")


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    parser_class: type[_BoundedParser] = _BoundedParser

    def request(self, request: Any) -> Any:
        answer = super().request(request)
        # Scrapy replaces the parser's class in the same way, see there.
        if self._parser is not None:
            self._parser.__class__ = self.parser_class
        return answer

    def _giveUp(self, reason: Failure) -> None:  # noqa: N802
        super()._giveUp(reason)  # type: ignore[no-untyped-call]
        transport: Any = self.transport
        if isinstance(reason.value, HeadersTooLarge) and transport is not None:
            # A closing peer may go on sending; an aborted one cannot.
            transport.abortConnection()


class _BoundedFactory(_LenientHTTP11ClientFactory):
    parser_class: type[_BoundedParser] = _BoundedParser

    def buildProtocol(self, addr: Any) -> _BoundedProtocol:  # noqa: N802
        protocol = _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
        protocol.parser_class = self.parser_class
        return protocol


class BoundedHTTP11Handler(HTTP11DownloadHandler):
    """``HTTP11DownloadHandler`` with ``NEWSCRAWL_HEADER_BYTES`` and ``NEWSCRAWL_HEADER_COUNT`` enforced.

    Handlers for rendering inherit from this class beside scrapy-playwright's,
    so that plain requests keep the caps. Exceeding a cap fails the request
    with a cause of :class:`HeadersTooLarge` and drops the connection.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        parser = type(
            "_CappedParser",
            (_BoundedParser,),
            {
                "max_bytes": settings.getint("NEWSCRAWL_HEADER_BYTES", _BoundedParser.max_bytes),
                "MAX_LENGTH": settings.getint("NEWSCRAWL_HEADER_BYTES", _BoundedParser.max_bytes),
                "max_lines": settings.getint("NEWSCRAWL_HEADER_COUNT", _BoundedParser.max_lines),
            },
        )
        factory: Any = type("_CappedFactory", (_BoundedFactory,), {"parser_class": parser})
        self._pool._factory = factory
        self._stamp_requests()

    def _stamp_requests(self) -> None:
        """Tell the book of manners when each request goes out: a new connection takes its time before that.

        The pool is asked by scheme, host, port and, with newer versions of Scrapy, what the connection is bound to;
        for a proxy by something else, where nobody knows when the request leaves it.
        """
        pool: Any = self._pool
        connect = pool.getConnection

        def stamped(key: Any, endpoint: Any) -> Any:
            return connect(key, endpoint).addCallback(self._sent, key)

        pool.getConnection = stamped

    def _sent(self, connection: Any, key: Any) -> Any:
        turns = turns_of(self._crawler)
        if turns is not None and key[0] in (b"http", b"https"):
            host = key[1].decode("latin-1")
            turns.sent(host)
            # The request is written once the connection is given out, and it leaves in the loop's next step, after
            # what else is to be done there: on a busy machine that is a while. The step after that it is gone.
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, turns.sent, host)
        return connection

    async def download_request(self, request: Request) -> Response:
        """Download *request* as Scrapy does. With ``HEAD_BYTES`` in its meta, its size is cut there, not refused."""
        if HEAD_BYTES not in request.meta:
            return await super().download_request(request)
        return await super().download_request(request.replace(meta={**request.meta, "download_maxsize": 0}))
