"""Servers on loopback: a publisher whose pages are scripts, and a private server that nobody may reach."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from newscrawl.rendering.room import descendants

SENTENCES = (
    "The harbour council voted on Tuesday to repair the northern breakwater before the autumn storms arrive.",
    "Engineers told the meeting that the stones had shifted by almost two metres since the survey of last spring.",
    "Fishing crews welcomed the decision, although several asked why the work had been put off for so long.",
    "The repairs will cost about four million crowns, most of which comes from a fund for coastal towns.",
    "Work is to begin in the second week of June and should be finished within ninety days, officials said.",
    "Until then larger vessels must use the eastern channel, which is deeper but adds an hour to each crossing.",
)


def article_script(delay: int = 0, title: str = "Council votes to repair the northern breakwater") -> str:
    """A script that shows an article after *delay* milliseconds."""
    return (
        f"setTimeout(function () {{ var box = document.createElement('article'), h = document.createElement('h1');"
        f"h.textContent = {json.dumps(title)}; box.append(h); {json.dumps(SENTENCES)}.forEach(function (text) {{"
        "var p = document.createElement('p'); p.textContent = text; box.append(p); });"
        f"document.getElementById('root').append(box); }}, {delay});"
    )


def shell(script: str, *, head: str = "", body: str = "") -> str:
    """A page that holds nothing until *script* has run."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Harbour News</title>{head}</head><body>'
        "<noscript>You need to enable JavaScript to run this app.</noscript>"
        f'<div id="root"></div>{body}<script>{script}</script></body></html>'
    )


Answer = tuple[int, dict[str, str], bytes]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that is killed leaves in the middle of an answer."""


class Site:
    """Answers *pages* (path to HTML, or to a function of the query) on a free port; ``asked`` counts paths."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.scheme = "https" if context else "http"
        self.pages: dict[str, str | Callable[[dict[str, str]], Answer]] = {"/robots.txt": "User-agent: *\nAllow: /\n"}
        self.asked: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.host = "www.harbour.test"
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.port: int = self._server.server_address[1]
        if context is not None:
            # The handshake in the connection's own thread: one that fails must not end the server.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def url(self, path: str, host: str | None = None) -> str:
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"

    @property
    def overrides(self) -> str:
        return json.dumps({f"*.test:{self.port}": f"127.0.0.1:{self.port}"})

    def answer(self, target: str) -> Answer:
        parsed = urlsplit(target)
        self.asked[parsed.path] += 1
        page = self.pages.get(parsed.path)
        if page is None:
            return 404, {"Content-Type": "text/plain"}, b"nothing here"
        if callable(page):
            return page({name: values[0] for name, values in parse_qs(parsed.query).items()})
        kind = "text/javascript" if parsed.path.endswith((".js", ".mjs")) else "text/html; charset=utf-8"
        kind = "text/plain" if parsed.path == "/robots.txt" else kind
        return 200, {"Content-Type": kind}, page.encode()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.agents.add(self.headers.get("User-Agent", ""))
                status, headers, body = site.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Canary:
    """A server of the inside, TCP on 127.0.0.1 and ::1, and UDP. ``hits``: what reached it, by the kind in its path."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self._sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port: int = self._sockets[0].getsockname()[1]
        with suppress(OSError):  # no IPv6 here
            self._sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._open = True

    def _accept(self, listener: socket.socket) -> None:
        while self._open:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(1.0)
            try:
                first = connection.recv(2048).split(b"\r\n")[0].decode("latin-1")
            except OSError:
                first = ""
            self.hits[first.split("/k/")[1].split(" ")[0] if "/k/" in first else "tcp"] += 1
            with suppress(OSError):
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nAccess-Control-Allow-Origin: *\r\n"
                    b"Content-Type: text/html\r\nConnection: close\r\n\r\nok"
                )

    def _datagrams(self) -> None:
        while self._open:
            try:
                self._udp.recvfrom(2048)
            except OSError:
                return
            self.hits["udp"] += 1

    def __enter__(self) -> Canary:
        for listener in self._sockets:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        threading.Thread(target=self._datagrams, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._open = False
        for one in (*self._sockets, self._udp):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextmanager
def nobody_left(place: Path) -> Iterator[None]:
    """Fails where the block leaves in *place* (a temporary folder) a browser's folder, or processes that live there."""
    yield
    until = time.monotonic() + 5
    while True:
        left, folders = processes(place), list(place.glob("newscrawl-browser-*"))
        if not left and not folders:
            return
        if time.monotonic() > until:
            raise AssertionError(f"left behind: {left} {folders}")
        time.sleep(0.1)


def processes(place: Path) -> dict[int, str]:
    """Command lines of living processes that were started from or for *place*, and of what they started."""
    own = [pid for pid in _pids() if f"{place}/newscrawl-browser-" in line_of(pid)]
    return {pid: line_of(pid) for one in own for pid in (one, *descendants(one))}


def line_of(pid: int) -> str:
    """The command line of a process, ``""`` where there is none (any more)."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def short_folder() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder with a short name: Chromium keeps sockets in it."""
    return tempfile.TemporaryDirectory(prefix="nc-", ignore_cleanup_errors=True)
