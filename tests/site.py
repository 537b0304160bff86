"""A made-up site as a function, and how it is asked: in this process, or over loopback by a crawl.

What a site answers is made in three places, each for what the other two cannot do. `newscrawl.demo` is the shipped
world: an aggregator with publishers whose every post has a known end, true to WordPress. Functions of this kind are
what goes wrong in the wild: a dozen lines a case, asked by a surface without a server, drawn at random by the thousand
(`tests.surfaces`), or served to a crawl (`benchmarks.world`, `benchmarks.originals_world`, `tests.rendering.sites`).
`tests.integration.wordpress` is WordPress itself. What breaks on the wire, below HTTP, is served by
`tests.net.harness.Server`.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from scrapy import Request
from scrapy.http import HtmlResponse, Response

__all__ = ["HTML", "JSON", "MISSING", "ROBOTS", "XML", "Answer", "Asked", "Page", "Served", "Site", "asking"]
__all__ += ["serve_site"]

HTML = {"Content-Type": "text/html; charset=UTF-8"}
XML = {"Content-Type": "text/xml; charset=UTF-8"}
JSON = {"Content-Type": "application/json; charset=UTF-8"}
#: What a site answers: status, headers, body; ``None`` is a 404.
Answer = tuple[int, Mapping[str, str], str | bytes]
Page = Answer | None
#: By path, query and whole address. One that is served breaks the connection by raising :class:`ConnectionError`.
Site = Callable[[str, dict[str, str], str], Page]
MISSING: Answer = (404, HTML, "<!DOCTYPE html><html><body class='error404'><h1>Not found</h1></body></html>")
ROBOTS: Answer = (200, {"Content-Type": "text/plain"}, "User-agent: *\nAllow: /\n")


def _answer(site: Site, url: str) -> tuple[int, Mapping[str, str], bytes]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    status, headers, body = site(parts.path, query, url) or MISSING
    return status, headers, body.encode() if isinstance(body, str) else body


def asking(site: Site) -> Callable[[Request], Awaitable[Response]]:
    """What a `Fetcher` downloads with: *site* asked in this process."""

    async def download(request: Request) -> Response:
        status, headers, body = _answer(site, request.url)
        kind = HtmlResponse if "html" in headers.get("Content-Type", "") else Response
        return kind(request.url, status=status, headers=dict(headers), body=body)

    return download


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived: seconds of the monotonic clock, host without its port, path with its query, headers.

    ``exact``: *at* is the kernel's, and not that of the thread that read the request when it got the processor.
    """

    at: float
    host: str
    path: str
    headers: Mapping[str, str]
    exact: bool = False


#: SO_TIMESTAMPNS of Linux (asm-generic/socket.h), which Python does not name: the kernel notes when data arrived.
_STAMPED = 35


def _arrival(connection: socket.socket) -> float | None:
    """When the data that waits to be read arrived, in seconds of the monotonic clock, where the kernel notes it."""
    if isinstance(connection, ssl.SSLSocket):
        return None
    try:
        # A segment's time is told when the whole of it is read.
        _, told, _, _ = connection.recvmsg(1 << 16, 128, socket.MSG_PEEK)
    except OSError:  # a system without, or a crawl that was killed
        return None
    for level, kind, data in told:
        if (level, kind) == (socket.SOL_SOCKET, _STAMPED) and len(data) == 16:
            seconds, rest = struct.unpack("qq", data)
            # The wall clock's: what passed since is what it passed on the monotonic one.
            return time.monotonic() - (time.time() - seconds - rest / 1e9)
    return None


class Served:
    """A site under way on a port of loopback, under every name of ``*.test``; it has a robots.txt of its own or all is
    allowed."""

    def __init__(self, port: int, scheme: str = "http") -> None:
        self.port = port
        self.scheme = scheme
        #: Each request, in order.
        self.log: list[Asked] = []

    @property
    def asked(self) -> list[str]:
        """Address without the port of each request, in order: ``agg.test/feed/``."""
        return [f"{one.host}{one.path}" for one in self.log]

    def url(self, path: str = "", host: str = "agg.test") -> str:
        """The address of *path* on *host*."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def overrides(self) -> str:
        """NEWSCRAWL_HOST_OVERRIDES with which a crawl finds it."""
        return json.dumps({f"*.test:{self.port}": f"127.0.0.1:{self.port}"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A crawl or browser that is killed leaves in the middle of an answer, and a site may break off."""


@contextmanager
def serve_site(site: Site, *, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve *site* on a free port of loopback while the block runs.

    An answer with an ``ETag`` that the request names already is a 304, as real servers make it.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.arrival = _arrival(self.connection)
            super().handle_one_request()

        def parse_request(self) -> bool:
            self.at = time.monotonic() if self.arrival is None else self.arrival
            return super().parse_request()

        def do_GET(self) -> None:
            host = self.headers.get("Host") or ""
            name, exact = host.partition(":")[0].lower(), self.arrival is not None
            served.log.append(Asked(self.at, name, self.path, dict(self.headers), exact))
            status, headers, body = _answer(with_robots, f"{served.scheme}://{host}{self.path}")
            if "ETag" in headers and self.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):  # a crawl that was killed
                self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()
            self.close_connection = True  # the request's body was not read

        def log_message(self, *_parts: object) -> None:
            pass

    def with_robots(path: str, query: dict[str, str], url: str) -> Page:
        return site(path, query, url) or (ROBOTS if path == "/robots.txt" else None)

    server = _Server(("127.0.0.1", 0), Handler)
    with contextlib.suppress(OSError):  # a system without
        server.socket.setsockopt(socket.SOL_SOCKET, _STAMPED, 1)
    if tls is not None:
        # The handshake in the connection's own thread: one that fails must not end the server.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    served = Served(server.server_address[1], "https" if tls else "http")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
