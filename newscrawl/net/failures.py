"""What a failed download means: every exception to one reason of the closed list.

Scrapy wraps some of Twisted's exceptions in its own since 2.15 and lets others
through; both arrive here, with causes and, for a failed response, the list of
failures behind it.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator
from zlib import error as zlib_error

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError
from service_identity import VerificationError
from twisted.internet import error as tx
from twisted.web.http import PotentialDataLoss

from newscrawl.net.policy import UrlRefused
from newscrawl.outcomes import Reason, http_reason

__all__ = [
    "BodyTooLarge",
    "CrawlStopping",
    "HeadersTooLarge",
    "HostHeld",
    "RequestRefused",
    "RobotsDenied",
    "classify",
    "is_defect",
]


class RequestRefused(IgnoreRequest):
    """The address policy forbids this request. ``reason``: the word of :class:`UrlRefused`.

    Raised by :class:`newscrawl.net.middleware.AddressPolicyMiddleware`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class RobotsDenied(IgnoreRequest):
    """robots.txt forbids this request. ``reason``: ``robots`` by a rule, else why robots.txt was unreachable.

    ``until``: where robots.txt was unreachable, the time (seconds since the epoch, UTC) up to which that is
    remembered. Another try before then asks nothing.

    Raised by :class:`newscrawl.net.robots.RobotsMiddleware`.
    """

    def __init__(self, reason: str, message: str, *, until: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.until = until


class HostHeld(IgnoreRequest):
    """The host is left alone for longer than a run waits: nothing was asked of it.

    Raised by :class:`newscrawl.crawling.manners.Manners`. ``wait``: seconds until it may be asked. ``reason``: why it
    is left alone, a word of the closed list.
    """

    def __init__(self, host: str, wait: float, reason: str | None) -> None:
        super().__init__(f"{host} is left alone for {wait:.0f} s ({reason or 'connection'})")
        self.host = host
        self.wait = wait
        self.reason = reason or Reason.CONNECTION.value


class BodyTooLarge(IgnoreRequest):
    """The body, decompressed, is past ``DOWNLOAD_MAXSIZE``. Raised by the compression middleware."""


class CrawlStopping(DownloadCancelledError):  # noqa: N818
    """This crawl is being stopped and cut the request off; it says nothing of the site.

    Raised by :class:`newscrawl.net.stopping.StoppableHandler`, and passed on by the robots middleware.
    """


class HeadersTooLarge(ValueError):  # noqa: N818
    """Status line and headers are past the cap. Raised inside the HTTP parser, arrives as a cause."""


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """*exc*, then what caused it, then the failures a failed response lists; each once, at most 50."""
    waiting: list[BaseException] = [exc]
    seen: set[int] = set()
    while waiting and len(seen) < 50:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        for reason in getattr(one, "reasons", None) or ():
            value = getattr(reason, "value", reason)
            if isinstance(value, BaseException):
                waiting.append(value)
        for cause in (one.__cause__, one.__context__):
            if cause is not None:
                waiting.append(cause)


_TLS = (SSL.Error, ssl.SSLError, VerificationError, tx.CertificateError)
_TIMEOUT = (DownloadTimeoutError, tx.TimeoutError, tx.TCPTimedOutError, TimeoutError, asyncio.TimeoutError)
_REFUSED_ERRNO = frozenset({errno.EACCES, errno.EPERM})

#: Looked for in this order anywhere in the chain: the first kind found names the reason.
_KINDS: tuple[tuple[tuple[type[BaseException], ...], Reason], ...] = (
    ((RequestRefused, UrlRefused, UnsupportedURLSchemeError, NotSupported), Reason.REFUSED),
    ((BodyTooLarge, HeadersTooLarge), Reason.TOO_LARGE),
    ((CannotResolveHostError, tx.DNSLookupError, socket.gaierror), Reason.DNS),
    (_TLS, Reason.TLS),
    (_TIMEOUT, Reason.TIMEOUT),
    ((CrawlStopping,), Reason.CONNECTION),
    # Scrapy cancels a download when it grows past DOWNLOAD_MAXSIZE.
    ((DownloadCancelledError,), Reason.TOO_LARGE),
    ((ResponseDataLossError, PotentialDataLoss, EOFError, zlib_error), Reason.TRUNCATED),
)


#: What downloading raises, by its type or by the package that its type stands in.
_FAILURES = (OSError, EOFError, UnicodeError, zlib_error, asyncio.CancelledError)
_FAILING = tuple(
    "scrapy.exceptions scrapy.core.downloader twisted.internet twisted.web OpenSSL newscrawl.net newscrawl.rendering "
    "playwright".split()
)


def is_defect(exc: BaseException) -> bool:
    """Whether *exc*, which reached an errback, is no failure of a download but a fault in code: ours or a user's.

    A ``TypeError`` of a middleware says nothing of the site. Whoever gets one logs it with its traceback, counts it as
    a defect, and gives the work back unfinished; :func:`classify` would call it ``connection``.
    """
    if isinstance(exc, _FAILURES) or any(isinstance(exc, kinds) for kinds, _ in _KINDS):
        return False
    module = type(exc).__module__
    if any(module == one or module.startswith(f"{one}.") for one in _FAILING):
        return False
    return not (isinstance(exc, HttpError) or _is_invalid_address(exc))


def _is_invalid_address(exc: BaseException) -> bool:
    """Whether *exc* is Twisted's word for a URL or host name that it cannot send."""
    return type(exc) is ValueError and "nvalid" in str(exc)


def classify(exc: BaseException) -> str:
    """The reason word (:class:`newscrawl.outcomes.Reason` or ``http_NNN``) for *exc*, whatever a download raised.

    Redirects without end are ``http_302``: what came back was a redirect, and
    another try gets the same. Anything unknown is ``connection``: ask :func:`is_defect` first.
    """
    chain = list(_chain(exc))
    for one in chain:
        # The connect guard, or an egress rule of the system's, answers EACCES.
        code = getattr(one, "osError", None) or getattr(one, "errno", None)
        if code in _REFUSED_ERRNO and isinstance(one, tx.ConnectError | OSError):
            return Reason.REFUSED.value
    if isinstance(exc, RobotsDenied | HostHeld):
        return exc.reason
    if isinstance(exc, HttpError):
        return http_reason(exc.response.status) if 100 <= exc.response.status <= 599 else Reason.CONNECTION.value
    for kinds, reason in _KINDS:
        if any(isinstance(one, kinds) for one in chain):
            return reason.value
    if any(type(one).__name__ == "_DecompressionMaxSizeExceeded" for one in chain):
        return Reason.TOO_LARGE.value
    if isinstance(exc, IgnoreRequest) and "max redirections" in str(exc):
        return http_reason(302)
    if _is_invalid_address(exc):
        return Reason.REFUSED.value
    return Reason.CONNECTION.value
