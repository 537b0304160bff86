"""Servers on loopback: a publisher whose pages are scripts, and a private server that nobody may reach."""

from __future__ import annotations

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
from typing import Any
from urllib.parse import urlsplit

from newscrawl.rendering.room import descendants
from tests.site import HTML, Answer, Page, serve_site

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


class Site:
    """Answers *pages* (path to HTML, or to a function of the query): a site of `tests.site` whose pages may change."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, str | Callable[[dict[str, str]], Answer]] = {}
        self.host = "www.harbour.test"
        self._serving = serve_site(self, tls=context)

    def __call__(self, path: str, query: dict[str, str], _url: str) -> Page:
        page = self.pages.get(path)
        if page is None or callable(page):
            return page(query) if page is not None else None
        script = path.endswith((".js", ".mjs"))
        return 200, {"Content-Type": "text/javascript" if script else HTML["Content-Type"]}, page

    def url(self, path: str, host: str | None = None) -> str:
        return self.served.url(path, host or self.host)

    @property
    def port(self) -> int:
        return self.served.port

    @property
    def overrides(self) -> str:
        """NEWSCRAWL_HOST_OVERRIDES with which its names are found."""
        return self.served.overrides

    @property
    def asked(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(urlsplit(one.path).path for one in self.served.log)

    @property
    def agents(self) -> set[str]:
        """The user agents that asked."""
        return {one.headers.get("User-Agent", "") for one in self.served.log}

    def __enter__(self) -> Site:
        self.served = self._serving.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._serving.__exit__(*exc)


class Canary:
    """A server of the inside, TCP on 127.0.0.1 and ::1, and UDP. ``hits``: what reached it, by the kind in its path.

    It stays apart from `tests.site` since it also counts what is no HTTP: bare connections and datagrams.
    """

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
