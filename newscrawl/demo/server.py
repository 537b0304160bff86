# ruff: noqa: E501 - long lines of text and markup read better whole
"""The world on loopback: one port, many host names.

In a program::

    with serve(build_world(posts=64)) as server:
        server.url()         # http://dnyuz.test:PORT
        server.overrides     # for NEWSCRAWL_HOST_OVERRIDES
        server.requests      # what was asked so far

or by itself: ``python -m newscrawl.demo.server --posts 64 --seed 1 --port 8950``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from newscrawl.demo import pages
from newscrawl.demo.publishers import PUBLISHERS, Publisher
from newscrawl.demo.wordpress import Answer, content_html, rest, texturize
from newscrawl.demo.world import ARTICLE_ID, BLOCK, SITE_HOST, TRACKER_HOST, World, build_world

__all__ = ["DemoServer", "Request", "serve"]

#: How long a slow publisher takes, in seconds.
SLOW = 2.0
_HTML = "text/html; charset=utf-8"
_NUMBER = re.compile(r"(?<!\d)(\d{6,9})(?!\d)")
_HOSTS: dict[str, Publisher] = {publisher.host: publisher for publisher in PUBLISHERS.values()}
_HOSTS.update({publisher.domain: publisher for publisher in PUBLISHERS.values()})


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was answered: *at* is seconds since the epoch, *path* holds the query."""

    at: float
    host: str
    method: str
    path: str
    status: int


def _html(body: str, status: int = 200, **headers: str) -> Answer:
    return Answer(status, body.encode("utf-8"), {"Content-Type": _HTML, **headers})


def _not_found(what: str = "Page not found", status: int = 404) -> Answer:
    return _html(f"<!DOCTYPE html><html><head><title>{what}</title></head><body><h1>{what}</h1></body></html>", status)


def _redirect(to: str, status: int = 301) -> Answer:
    return Answer(status, b"", {"Location": to})


class DemoServer:
    """Answers for every host of the world. Runs in a thread of its own between :meth:`start` and :meth:`stop`.

    ``requests`` is the log of what was asked, in the order of the answers. ``world`` may be changed while it runs
    (:meth:`World.publish`, ``change``, ``delete``).
    """

    def __init__(self, world: World, *, port: int = 0, address: str = "127.0.0.1", slow: float = SLOW) -> None:
        self.world = world
        self.slow = slow
        self.requests: list[Request] = []
        self._socket = socket.create_server((address, port), backlog=256)
        self.port: int = self._socket.getsockname()[1]
        self.address = f"{address}:{self.port}"
        world.port = self.port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None

    # For those who crawl it

    def url(self, path: str = "", host: str = SITE_HOST) -> str:
        """An address of the world: of the aggregator's site without arguments."""
        return f"{self.world.base(host)}{path}"

    @property
    def overrides(self) -> str:
        """The value of ``NEWSCRAWL_HOST_OVERRIDES`` that leads all names of the world here."""
        return json.dumps({f"*.test:{self.port}": self.address})

    def count(self, host: str | None = None, *, path: str = "") -> int:
        """Requests so far to *host* (default: any) whose path begins with *path*."""
        return sum(1 for entry in self.requests if host in (None, entry.host) and entry.path.startswith(path))

    # Running

    def start(self) -> None:
        """Serve in a thread; returns when connections are accepted. Raises what the start-up raised."""
        ready: threading.Event = threading.Event()
        failures: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._serve(ready))
            except BaseException as error:
                failures.append(error)
            finally:
                ready.set()

        self._thread = threading.Thread(target=run, name="newscrawl-demo", daemon=True)
        self._thread.start()
        ready.wait()
        if failures:
            raise failures[0]

    def stop(self) -> None:
        """Stop serving, cutting connections that are still open."""
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        if self._thread is not None:
            self._thread.join(10)
        self._socket.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runner = web.ServerRunner(web.Server(self._handle, access_log=None, keepalive_timeout=30), shutdown_timeout=0.2)
        await runner.setup()
        await web.SockSite(runner, self._socket, backlog=256).start()
        ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.host.partition(":")[0].lower()
        path = request.rel_url.raw_path
        target = (
            request.path_qs if not request.rel_url.raw_query_string else f"{path}?{request.rel_url.raw_query_string}"
        )
        query = dict(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True))
        answer = await self.answer(request.method, host, path, query)
        self.requests.append(Request(time.time(), host, request.method, target, answer.status))
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    # Answers

    async def answer(self, method: str, host: str, path: str, query: dict[str, str]) -> Answer:
        """What *host* says to a request."""
        if method not in ("GET", "HEAD"):
            return Answer(405, b"", {"Allow": "GET, HEAD"})
        if host == SITE_HOST:
            return self._aggregator(path, query)
        if host == TRACKER_HOST:
            target = query.get("url", "")
            known = target.startswith("http") and ".test" in target
            return _redirect(target, 302) if path == "/click" and known else _not_found()
        publisher = _HOSTS.get(host)
        if publisher is None:
            return _not_found("Unknown host", 421)
        return await self._publisher(publisher, host, path, query)

    def _aggregator(self, path: str, query: dict[str, str]) -> Answer:
        world = self.world
        if path == "/robots.txt":
            text = f"User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n\nSitemap: {world.base()}/wp-sitemap.xml\n"
            return Answer(200, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        if path == "/wp-json" or path.startswith("/wp-json/"):
            return rest(world, path.removeprefix("/wp-json"), query)
        if path in ("/", "/index.php"):
            if "rest_route" in query:
                return rest(world, query.pop("rest_route"), query)
            if query.get("p", "").isdigit():
                number = world.number_of_id(int(query["p"]))
                return _redirect(f"{world.base()}{world.post(number).path}") if number is not None else _not_found()
            return self._front()
        number = world.number_of_path(path if path.endswith("/") else f"{path}/")
        if number is None:
            return _not_found()
        if not path.endswith("/"):
            return _redirect(f"{world.base()}{path}/")
        return self._post_page(number)

    def _front(self) -> Answer:
        world = self.world
        items = "".join(
            f'<h3 class="jeg_post_title"><a href="{world.base()}{post.path}">{texturize(post.title)}</a></h3>'
            for _, post in zip(range(10), world.posts(), strict=False)
        )
        link = f'<link rel="https://api.w.org/" href="{world.base()}/wp-json/" />'
        return _html(f"<!DOCTYPE html><html><head><title>DNYUZ</title>{link}</head><body>{items}</body></html>")

    def _post_page(self, number: int) -> Answer:
        world, post = self.world, self.world.post(number)
        url = f"{world.base()}{post.path}"
        return _html(
            f'<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8"><title>{texturize(post.title)} - DNYUZ</title>'
            f'<link rel="canonical" href="{url}"></head><body class="single single-post postid-{post.id} jeg_single_tpl_1 jnews">'
            f'<div class="entry-header"><h1 class="jeg_post_title">{texturize(post.title)}</h1></div><div class="entry-content no-share">'
            f'<div class="content-inner">{content_html(world, post)}</div></div></body></html>'
        )

    async def _publisher(self, publisher: Publisher, host: str, path: str, query: dict[str, str]) -> Answer:
        world = self.world
        if path == "/robots.txt":
            return Answer(200, publisher.robots.encode(), {"Content-Type": "text/plain"})
        if path == "/":
            return _html(
                f"<!DOCTYPE html><html><head><title>{escape(publisher.name)}</title></head><body><h1>{escape(publisher.name)}</h1></body></html>"
            )
        found = _NUMBER.search(query.get("id", "")) or _NUMBER.search(path)
        number = int(found[1]) - ARTICLE_ID if found else -1
        if not 0 <= number < world.total or world.publisher(number) is not publisher:
            return _not_found()
        case = world.case(number)
        canonical = world.original_url(number)
        canonical_path = world.original_path(number)
        if canonical is None or canonical_path is None:
            return _not_found()
        asked = f"{path}?id={query['id']}" if "id" in query else path
        if case.link == "chain" and host == publisher.domain and path.startswith("/r/"):
            return _redirect(f"{world.base(publisher.host)}/archive/r/{found[1] if found else ''}", 301)
        if case.link == "chain" and path.startswith("/archive/r/"):
            return _redirect(canonical_path, 302)
        is_amp = publisher.layout == "amp" and asked == world.original_path(number, amp=True)
        if not is_amp and asked != canonical_path:
            return _not_found()
        if host != publisher.host:
            return _redirect(canonical)
        if case.original.isdigit():
            return _not_found("This page is gone" if case.original == "410" else "Error", int(case.original))
        if case.original == "slow":
            await asyncio.sleep(self.slow)
        page = pages.Page(
            world.article(number, other=case.original == "other"),
            publisher,
            canonical,
            world.base(publisher.host),
            amp_url=None if is_amp else f"{world.base(publisher.host)}{world.original_path(number, amp=True)}",
            free_paragraphs=2 if case.original == "cut" else None,
        )
        return _html(pages.render(page))


@contextmanager
def serve(world: World, **options: Any) -> Iterator[DemoServer]:
    """Serve *world* on a free port (or ``port=``) of 127.0.0.1 while the block runs."""
    server = DemoServer(world, **options)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def main(arguments: list[str] | None = None) -> int:
    """Serve a world until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m newscrawl.demo.server", description="Serve the demo's world on loopback."
    )
    parser.add_argument("--posts", type=int, default=BLOCK)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    given = parser.parse_args(arguments)
    with serve(build_world(seed=given.seed, posts=given.posts), port=given.port) as server:
        sys.stdout.write(f"{server.url()}/\nNEWSCRAWL_HOST_OVERRIDES='{server.overrides}'\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
