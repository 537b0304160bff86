"""A real crawl in a process of its own, for tests of what every request passes through.

``crawl(urls)`` runs a one-spider crawl with ``NET_SETTINGS`` and returns what
became of each URL. Names are looked up in a table, so nothing leaves loopback.
``python -m tests.net.harness`` is that process: a job as JSON on standard
input, the results as JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.warm import run_module

ROOT = Path(__file__).resolve().parents[2]


def crawl(
    urls: Sequence[str],
    *,
    settings: Mapping[str, Any] | None = None,
    dns: Mapping[str, list[list[str]]] | None = None,
    overrides: Mapping[str, str] | None = None,
    timeout: float = 60,
    env: Mapping[str, str] | None = None,
) -> Crawled:
    """Crawl *urls*; *dns*: for each name the answers of one lookup after another, the last one for ever."""
    job = {"urls": list(urls), "settings": dict(settings or {}), "dns": dict(dns or {})}
    if overrides is not None:
        job["settings"]["NEWSCRAWL_HOST_OVERRIDES"] = json.dumps(overrides)
    clean = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    done = run_module("tests.net.harness", given=json.dumps(job), env={**clean, **(env or {})}, timeout=timeout)
    if not done.stdout.strip():
        raise AssertionError(f"the crawl said nothing (status {done.returncode}):\n{done.stderr[-4000:]}")
    return Crawled(json.loads(done.stdout.strip().splitlines()[-1]), done.stderr)


class Crawled:
    """What became of each URL: ``{"url", "status", "final", "reason", "error", "flags", "body", "meta", ...}``."""

    def __init__(self, document: Mapping[str, Any], log: str) -> None:
        self.by_url: dict[str, dict[str, Any]] = {result["asked"]: result for result in document["results"]}
        self.stats: dict[str, Any] = document["stats"]
        self.robots: list[dict[str, Any]] = document["robots"]
        self.log = log

    def reason(self, url: str) -> str | None:
        """The reason why *url* failed, ``None`` when it was answered."""
        reason: str | None = self.by_url[url]["reason"]
        return reason


class Server:
    """A TCP server on loopback whose *script* answers each connection; counts connections and keeps request heads.

    It is beside `tests.site.serve_site` for what no HTTP server sends: broken heads, cut and endless bodies, other
    addresses and families, TLS, and for the time at which each request came.

    *script* gets the connected socket and the head of each request (bytes up
    to the empty line) and returns whether to read another one.
    """

    def __init__(self, script: Callable[[Any, bytes], bool | None] | None, *, host: str = "127.0.0.1", tls: Any = None):
        import socket

        self._script = script
        self._tls = tls
        if host == "*" and not socket.has_dualstack_ipv6():
            host = "0.0.0.0"
        if host == "*":  # every loopback address of both families
            self._socket = socket.create_server(("::", 0), family=socket.AF_INET6, backlog=128, dualstack_ipv6=True)
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.create_server((host, 0), family=family, backlog=128)
        self._socket.settimeout(0.2)
        self.host, self.port = self._socket.getsockname()[:2]
        self.connections = 0
        self.heads: list[bytes] = []
        self.times: list[float] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                peer, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: Any) -> None:
        peer.settimeout(60)
        try:
            if self._tls is not None:
                peer = self._tls.wrap_socket(peer, server_side=True)
            with peer:
                while not self._stopping:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        data = peer.recv(65536)
                        if not data:
                            return
                        head += data
                        if head[:2] == b"\x16\x03":  # TLS, spoken to a plain server
                            peer.sendall(answer("plain", "400 Bad Request"))
                            return
                    self.heads.append(head)
                    self.times.append(time.monotonic())
                    if self._script is None or not self._script(peer, head):
                        return
        except OSError:
            pass

    def paths(self) -> list[str]:
        """The path of each request, in order."""
        return [head.split(b" ", 2)[1].decode("latin-1") for head in self.heads]

    def close(self) -> None:
        self._stopping = True
        self._socket.close()
        self._thread.join(2)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def path_of(head: bytes) -> str:
    return head.split(b" ", 2)[1].decode("latin-1")


def answer(
    body: bytes | str = b"",
    status: str = "200 OK",
    headers: Sequence[tuple[str, str]] = (),
    content_type: str = "text/html; charset=utf-8",
    *,
    length: int | None = -1,
) -> bytes:
    """One HTTP/1.1 answer; *length* -1: the true one, None: no Content-Length and the connection closes."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}"]
    if length is None:
        lines.append("Connection: close")
    else:
        lines.append(f"Content-Length: {len(data) if length == -1 else length}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


PAGE = "<!doctype html><html><head><title>Page</title></head><body><p>All is well.</p></body></html>"


def pages(routes: Mapping[str, bytes | Callable[[Any, bytes], bool | None]]) -> Callable[[Any, bytes], bool]:
    """A script that answers by path: bytes as they are, or a script; everything else is 404."""

    def script(peer: Any, head: bytes) -> bool:
        found = routes.get(path_of(head), answer("no", "404 Not Found"))
        if callable(found):
            return bool(found(peer, head))
        peer.sendall(found)
        return b"Connection: close" not in found[:2000]

    return script


def _main() -> None:
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    from newscrawl.net import defaults
    from newscrawl.net.bodies import check_body
    from newscrawl.net.defaults import NET_SETTINGS
    from newscrawl.net.failures import classify
    from newscrawl.net.signals import robots_known

    job = json.load(sys.stdin)
    results: list[dict[str, Any]] = []
    robots: list[dict[str, Any]] = []

    class Probe(Spider):
        name = "probe"

        async def start(self) -> Any:
            for url in job["urls"]:
                try:
                    yield Request(
                        url,
                        callback=self.parse,
                        errback=self.failed,
                        dont_filter=True,
                        cb_kwargs={"asked": url},
                        meta={"asked": url, **job["settings"].get("TEST_META", {})},
                    )
                except ValueError as error:
                    results.append({"asked": url, "reason": classify(error), "error": f"Request: {error}"})

        def parse(self, response: Any, asked: str) -> None:
            wrong = check_body(response)
            results.append(
                {
                    "asked": asked,
                    "final": response.url,
                    "status": response.status,
                    "reason": wrong.value if wrong else None,
                    "error": None,
                    "flags": response.flags,
                    "size": len(response.body),
                    "body": response.body[:300].decode("utf-8", "replace"),
                    "downgraded": response.meta.get("newscrawl_tls_downgraded", False),
                    "redirects": response.meta.get("redirect_urls", []),
                    "latency": response.meta.get("download_latency"),
                }
            )

        def failed(self, failure: Any) -> None:
            error = failure.value
            results.append(
                {
                    "asked": failure.request.meta["asked"],
                    "reason": classify(error),
                    "error": f"{type(error).__name__}: {error}",
                    "word": getattr(error, "reason", None),
                }
            )

    settings = {
        **NET_SETTINGS,
        "TWISTED_DNS_RESOLVER": "tests.net.resolvers.TableResolver",
        "TEST_DNS": json.dumps(job["dns"]),
        "NEWSCRAWL_ROBOTS_RETRY_DELAY": 0.1,
        "DOWNLOAD_TIMEOUT": 5,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "LOG_LEVEL": "INFO",
        "USER_AGENT": "newscrawl-test",
        "HTTPPROXY_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        **job["settings"],
    }
    if job["settings"].get("TEST_UNSAFE"):
        # The product has no switch for it: a crawl with a defence off is refused.
        defaults.check_settings = lambda settings: []
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Probe)
    crawler.signals.connect(lambda **known: robots.append(_plain(known)), robots_known, weak=False)
    if "TEST_ROBOTS_STORE" in settings:
        crawler.newscrawl_robots_store = _store(settings["TEST_ROBOTS_STORE"])  # type: ignore[attr-defined]
    task = process.crawl(crawler)
    process.start()
    if task.done() and not task.cancelled() and task.exception():
        raise task.exception()  # type: ignore[misc]
    stats = {key: value for key, value in crawler.stats.get_stats().items() if isinstance(value, int | float | str)}
    print(json.dumps({"results": results, "stats": stats, "robots": robots}))


def _store(answers: Sequence[Mapping[str, Any]]) -> Any:
    import asyncio

    from newscrawl.net.robots import MemoryRobotsStore, StoredRobots

    store = MemoryRobotsStore()
    for known in answers:
        body = known["body"].encode()
        stored = StoredRobots(known["origin"], known["status"], body, time.time() - known["age"], known.get("reason"))
        asyncio.new_event_loop().run_until_complete(store.put(stored))
    return store


def _plain(known: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in known.items() if key not in {"signal", "sender"}}


if __name__ == "__main__":
    _main()
