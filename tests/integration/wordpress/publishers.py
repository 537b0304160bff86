"""The publishers: one loopback server that answers for every ``*.test`` host of the world.

Real originals are sent as they were saved, on their own path; everything else is 404.
The hosts of planted faults misbehave as :class:`Publishers` was told. It stays apart from `tests.site.serve_site`:
faults are below HTTP (resets, cut bodies, endless answers), and pages are sent with the bytes that were saved.
"""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["Page", "Publishers", "Seen"]

#: Larger than DOWNLOAD_MAXSIZE of the plan.
LARGE = 6_000_000
#: Longer than every retry of a request that DOWNLOAD_TIMEOUT ends.
SLOW_SECONDS = 150.0


@dataclass(frozen=True, slots=True)
class Page:
    """A saved original: its address and the gzip file that holds its HTML (UTF-8)."""

    url: str
    file: Path


@dataclass(slots=True)
class Seen:
    """One request as the server saw it. ``status`` 0: the connection was broken on purpose."""

    host: str
    target: str
    status: int
    agent: str
    at: float = field(default_factory=time.monotonic)


class Publishers:
    """A context manager. ``port`` is known at once; pages and faults may be added while it runs.

    ``elsewhere`` is the article that the fault of that name redirects to.
    """

    def __init__(self) -> None:
        self.elsewhere = ""
        self._pages: dict[tuple[str, str], list[tuple[list[tuple[str, str]], Path]]] = {}
        self._faults: dict[str, str] = {}
        self._moved: dict[tuple[str, str], tuple[int, str]] = {}
        self._seen: list[Seen] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.publishers = self
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def add_page(self, page: Page) -> None:
        """Serve *page* at its address."""
        parts = urlsplit(page.url)
        key = (parts.netloc.lower(), unquote(parts.path))
        entry = (sorted(parse_qsl(parts.query, keep_blank_values=True)), page.file)
        known = self._pages.setdefault(key, [])
        if entry not in known:
            known.append(entry)

    def add_fault(self, host: str, behaviour: str) -> None:
        """Let *host* (with port) misbehave."""
        self._faults[host] = behaviour

    def add_redirect(self, url: str, target: str, status: int = 301) -> None:
        """Send whoever asks for *url* to *target*."""
        parts = urlsplit(url)
        self._moved[(parts.netloc.lower(), parts.path)] = (status, target)

    def requests(self) -> list[Seen]:
        """Every request so far."""
        with self._lock:
            return list(self._seen)

    def trespasses(self) -> list[Seen]:
        """Requests that should never have come: to the server by a bare address, or against robots.txt."""
        return [
            seen
            for seen in self.requests()
            if not seen.host.partition(":")[0].endswith(".test")
            or (self._faults.get(seen.host) == "robots" and seen.target != "/robots.txt")
        ]

    def forget_requests(self) -> None:
        """Begin a new count."""
        with self._lock:
            self._seen.clear()

    # What the handler asks.

    def note(self, seen: Seen) -> None:
        """Count one answer."""
        with self._lock:
            self._seen.append(seen)

    def behaviour(self, host: str) -> str | None:
        """The fault of *host*, if it has one."""
        return self._faults.get(host)

    def moved(self, host: str, target: str) -> tuple[int, str] | None:
        """Status and Location where *target* has moved."""
        return self._moved.get((host, urlsplit(target).path))

    def find(self, host: str, target: str) -> Path | None:
        """The page at *target*; parameters that are missing (trackers cut by the crawler) may be, others may not."""
        parts = urlsplit(target)
        asked = sorted(parse_qsl(parts.query, keep_blank_values=True))
        candidates = self._pages.get((host, unquote(parts.path)), [])
        exact = [file for known, file in candidates if known == asked]
        fewer = [file for known, file in candidates if set(asked) <= set(known)]
        for files in (exact, fewer):
            if len(files) == 1:
                return files[0]
        return None

    def wait(self) -> None:
        """Hold an answer back until the client must have given up or the server ends."""
        self._ending.wait(SLOW_SECONDS)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    publishers: Publishers

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "publishers"
    sys_version = ""
    timeout = 120
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are counted, not printed."""

    def do_GET(self) -> None:
        host = (self.headers.get("Host") or "").lower()
        publishers = self.server.publishers
        behaviour = publishers.behaviour(host)
        if urlsplit(self.path).path == "/robots.txt":
            rule = "Disallow: /" if behaviour == "robots" else "Allow: /"
            self._answer(200, f"User-agent: *\n{rule}\n".encode(), "text/plain")
        elif behaviour is not None:
            kind, _, argument = behaviour.partition("-")
            answer: Callable[[str], None] = getattr(self, f"_fault_{kind}")
            answer(argument)
        elif (moved := publishers.moved(host, self.path)) is not None:
            self._answer(moved[0], b"", headers={"Location": moved[1]})
        else:
            file = publishers.find(host, self.path)
            if file is None:
                self._answer(404, b"<!doctype html><title>Not found</title><p>No such page.")
            else:
                self._send_page(file)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(
        self, status: int, body: bytes, kind: str = "text/html; charset=utf-8", headers: dict[str, str] | None = None
    ) -> None:
        self._note(status)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _note(self, status: int) -> None:
        host = (self.headers.get("Host") or "").lower()
        self.server.publishers.note(Seen(host, self.path, status, self.headers.get("User-Agent") or ""))

    def _send_page(self, file: Path) -> None:
        packed = file.read_bytes()
        if "gzip" in (self.headers.get("Accept-Encoding") or ""):
            self._answer(200, packed, headers={"Content-Encoding": "gzip"})
        else:
            self._answer(200, gzip.decompress(packed))

    # The faults, by the first word of their behaviour.

    def _fault_robots(self, _: str) -> None:
        self._answer(200, _article("This page should not have been asked for"))

    def _fault_status(self, status: str) -> None:
        self._answer(int(status), f"<!doctype html><title>{status}</title><h1>{status}</h1>".encode())

    def _fault_slow(self, _: str) -> None:
        self._note(0)
        self.server.publishers.wait()
        self.close_connection = True

    def _fault_reset(self, _: str) -> None:
        self._note(0)
        # SO_LINGER with no time to linger: close() sends RST.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _fault_truncated(self, _: str) -> None:
        self._note(0)
        body = _article("Half of it")
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body) * 20))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _fault_loop(self, _: str) -> None:
        there = "/round" if urlsplit(self.path).path != "/round" else "/about"
        self._answer(302, b"", headers={"Location": there})

    def _fault_private(self, _: str) -> None:
        # This very server by its address: loopback is as private as any network, and a crawler that goes there is seen.
        self._answer(302, b"", headers={"Location": f"http://127.0.0.1:{self.server.publishers.port}/internal"})

    def _fault_elsewhere(self, _: str) -> None:
        self._answer(301, b"", headers={"Location": self.server.publishers.elsewhere})

    def _fault_pdf(self, _: str) -> None:
        self._answer(
            200, b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n", "application/pdf"
        )

    def _fault_empty(self, _: str) -> None:
        self._answer(200, b"")

    def _fault_shell(self, _: str) -> None:
        self._answer(
            200,
            b'<!doctype html><html lang="en"><head><title>Appfront Daily</title><link rel="stylesheet" href="/static/'
            b'app.css"><script type="module" src="/static/app.js"></script></head><body><noscript>You need to enable '
            b'JavaScript to run this app.</noscript><div id="root"></div></body></html>',
        )

    def _fault_login(self, _: str) -> None:
        form = (
            '<h1>Log in to continue</h1><form action="/login" method="post">'
            '<label>E-mail <input type="email" name="email"></label>'
            '<label>Password <input type="password" name="password"></label><button>Log in</button></form>'
            '<p><a href="/forgotten">Forgotten your password?</a> <a href="/join">Become a member</a></p>'
        )
        page = f"<title>Log in | Members' Chronicle</title></head><body><main>{form}</main></body></html>"
        self._answer(200, f'<!doctype html><html lang="en"><head>{page}'.encode())

    def _fault_large(self, _: str) -> None:
        """No Content-Length: only counting what arrives finds it out."""
        self._note(200)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        head, end, tail = _article("The longest read").partition(b"</article>")
        self.wfile.write(head)
        paragraph = b"<p>Tick, said the clock, and tock, and so it went on for the whole of the afternoon.</p>\n" * 200
        sent = len(head)
        while sent < LARGE:
            self.wfile.write(paragraph)
            sent += len(paragraph)
        self.wfile.write(end + tail)


def _article(title: str) -> bytes:
    text = "".join(
        f"<p>Paragraph {number} of a page that stands here for its size alone, long enough to look like reading.</p>"
        for number in range(12)
    )
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}'
        "</article></body></html>"
    ).encode()
