"""Every exception that a download may raise has one reason of the closed list."""

from __future__ import annotations

import errno
import inspect
import socket

import pytest
from OpenSSL import SSL
from scrapy import exceptions as scrapy_exceptions
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    StopDownload,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet import error as tx
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed, ResponseNeverReceived

from newscrawl.net.failures import BodyTooLarge, HeadersTooLarge, RequestRefused, RobotsDenied, classify, is_defect
from newscrawl.net.policy import UrlRefused
from newscrawl.outcomes import is_reason


def caused(exc: BaseException, cause: BaseException) -> BaseException:
    exc.__cause__ = cause
    return exc


CASES = [
    (RequestRefused("port", "x"), "refused"),
    (UrlRefused("scheme", "x", "y"), "refused"),
    (UnsupportedURLSchemeError("x"), "refused"),
    (NotSupported("no handler"), "refused"),
    (PermissionError(errno.EACCES, "guard"), "refused"),
    (tx.ConnectError(osError=errno.EACCES), "refused"),
    (caused(DownloadFailedError("x"), UrlRefused("mixed-dns", "x", "y")), "refused"),
    (ValueError("invalid hostname: x"), "refused"),
    (RobotsDenied("robots", "x"), "robots"),
    (RobotsDenied("http_503", "x"), "http_503"),
    (RobotsDenied("timeout", "x"), "timeout"),
    (CannotResolveHostError("x"), "dns"),
    (tx.DNSLookupError("x"), "dns"),
    (socket.gaierror(socket.EAI_NONAME, "x"), "dns"),
    (caused(DownloadFailedError("x"), ResponseNeverReceived([Failure(SSL.Error([("x", "y", "z")]))])), "tls"),
    (ResponseFailed([Failure(SSL.Error())]), "tls"),
    (DownloadTimeoutError("x"), "timeout"),
    (tx.TimeoutError("x"), "timeout"),
    (tx.TCPTimedOutError("x"), "timeout"),
    (TimeoutError("x"), "timeout"),
    (DownloadCancelledError("x"), "too_large"),
    (BodyTooLarge("x"), "too_large"),
    (caused(DownloadFailedError("x"), ResponseFailed([Failure(HeadersTooLarge("x"))])), "too_large"),
    (caused(DownloadFailedError("x"), ResponseFailed([Failure(ValueError("Invalid response: x"))])), "connection"),
    (ResponseDataLossError(), "truncated"),
    (EOFError("x"), "truncated"),
    (DownloadConnectionRefusedError("x"), "connection"),
    (DownloadFailedError("x"), "connection"),
    (ResponseNeverReceived([Failure(tx.ConnectionLost())]), "connection"),
    (tx.ConnectionRefusedError(), "connection"),
    (tx.ConnectionDone(), "connection"),
    (tx.NoRouteError(osError=errno.EHOSTUNREACH), "connection"),
    (TunnelError("x"), "connection"),
    (StopDownload(), "connection"),
    (OSError(errno.ENETUNREACH, "x"), "connection"),
    (RuntimeError("something else"), "connection"),
    (IgnoreRequest("max redirections reached"), "http_302"),
    (HttpError(Response("http://x/", status=404)), "http_404"),
    (HttpError(Response("http://x/", status=999)), "connection"),
]


@pytest.mark.parametrize(("exc", "reason"), CASES, ids=[f"{type(exc).__name__}-{reason}" for exc, reason in CASES])
def test_reason(exc: BaseException, reason: str) -> None:
    assert classify(exc) == reason
    assert is_reason(classify(exc))


DEFECTS = [
    TypeError("unsupported operand"), RuntimeError("something else"), KeyError("x"), AttributeError("x"),
    AssertionError("x"), ValueError("could not convert"), NotImplementedError("x"), MemoryError(), RecursionError(),
]  # fmt: skip


@pytest.mark.parametrize("exc", DEFECTS, ids=[type(exc).__name__ for exc in DEFECTS])
def test_a_fault_in_code_is_no_failure_of_a_site(exc: BaseException) -> None:
    assert is_defect(exc)


@pytest.mark.parametrize("exc", [exc for exc, _ in CASES if type(exc) is not RuntimeError], ids=lambda exc: repr(exc))
def test_a_failure_of_a_download_is_no_defect(exc: BaseException) -> None:
    assert not is_defect(exc)


def test_every_download_exception_of_scrapy_is_judged() -> None:
    """A Scrapy with a new one must not pass unnoticed."""
    known = {type(exc).__name__ for exc, _ in CASES}
    downloads = {
        name
        for name, found in vars(scrapy_exceptions).items()
        if inspect.isclass(found) and name.endswith("Error") and found.__module__ == "scrapy.exceptions"
    } - {"UsageError"}
    assert downloads <= known


def test_a_circle_of_causes_ends() -> None:
    one, other = RuntimeError("a"), RuntimeError("b")
    one.__cause__, other.__cause__ = other, one
    assert classify(one) == "connection"
