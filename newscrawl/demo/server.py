# ruff: noqa: E501 - long lines of text and markup read better whole
"""The world on loopback: one port, many host names.

In a program::

    with serve(build_world(posts=128)) as server:
        server.url()         # http://dnyuz.test:PORT
        server.overrides     # for NEWSCRAWL_HOST_OVERRIDES
        server.requests      # what was asked so far
        server.fail("harborledger.test", "503", times=2)
        server.shut("rest", "403", after=3)
        server.publish(10)

or by itself: ``python -m newscrawl.demo.server --posts 128 --seed 1 --port 8950``.
"""

from __future__ import annotations

import argparse
import asyncio
import email.utils
import json
import logging
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from aiohttp import web

from newscrawl.demo import faults, feeds, obstacles, pages, scripted, themes
from newscrawl.demo.listings import Listing, select
from newscrawl.demo.publishers import PUBLISHERS, Publisher
from newscrawl.demo.wordpress import Answer, rest
from newscrawl.demo.world import (
    ARTICLE_ID,
    BLOCK,
    CATEGORIES,
    LENGTHS,
    SITE_HOST,
    SITE_NAME,
    TRACKER_HOST,
    World,
    build_world,
)

__all__ = ["SURFACES", "DemoServer", "Request", "serve"]

#: How long a slow publisher takes, in seconds.
SLOW = 2.0
#: What may be shut: the four surfaces, and the posts' own pages.
SURFACES = ("rest", "feed", "sitemap", "archive", "post")
#: Words that a paywall gives away.
FREE_WORDS = 100
_HTML = "text/html; charset=utf-8"
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_NUMBER = re.compile(r"(?<!\d)(\d{6,9})(?!\d)")
_DATE = re.compile(r"/(\d{4})(?:/(\d{1,2}))?(?:/(\d{1,2}))?/?\Z")
_PAGE = re.compile(r"/page/(\d{1,7})/?\Z")
_API = re.compile(r"/api/stories/(\d{6,9})(?:(\.json|\.js|\.txt|/head\.json)|/parts/(\d{1,3})\.json)\Z")
_HOSTS: dict[str, Publisher] = {publisher.host: publisher for publisher in PUBLISHERS.values()}
_HOSTS.update({publisher.domain: publisher for publisher in PUBLISHERS.values()})

# What strangers send (TLS to a port that speaks HTTP, half a request) is part of the show.
logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)


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


def _page(what: str, status: int = 200, **headers: str) -> Answer:
    """A page of one heading: errors, mostly."""
    html = f"<!DOCTYPE html><html><head><title>{what}</title></head><body><h1>{what}</h1></body></html>"
    return _html(html, status, **{name.replace("_", "-"): value for name, value in headers.items()})


def _redirect(to: str, status: int = 301) -> Answer:
    return Answer(status, b"", {"Location": to})


def _json(data: object) -> Answer:
    return Answer(200, json.dumps(data).encode(), {"Content-Type": "application/json"})


@dataclass(slots=True)
class _Shut:
    how: str
    after: int


class DemoServer:
    """Answers for every host of the world. Runs in a thread of its own between :meth:`start` and :meth:`stop`.

    ``requests`` is the log of what was asked, in the order of the answers. All methods may be called while it runs.

    :param slow: seconds that a slow publisher takes
    :param theme: the aggregator's, one of :data:`newscrawl.demo.themes.THEMES`
    :param full_feeds: feeds carry the whole text, else excerpts
    :param sitemap: ``core``, ``yoast`` or ``gzip``; see :func:`newscrawl.demo.feeds.sitemap`
    :param sitemap_size: addresses in one file of the sitemap, by default as many as the style has
    :param lastmod: sitemaps say when posts changed
    :param gone: the status of a deleted post's address
    :param conditional: feeds and sitemaps have validators and answer 304
    """

    def __init__(
        self,
        world: World,
        *,
        port: int = 0,
        address: str = "127.0.0.1",
        slow: float = SLOW,
        theme: str = "jnews",
        full_feeds: bool = True,
        sitemap: str = "core",
        sitemap_size: int | None = None,
        lastmod: bool = True,
        conditional: bool = True,
        gone: int = 404,
    ) -> None:
        self.world = world
        self.slow = slow
        self.theme = theme
        self.full_feeds = full_feeds
        self.sitemap = sitemap
        self.sitemap_size = sitemap_size
        self.lastmod = lastmod
        self.conditional = conditional
        self.gone = gone
        self.faults: list[faults.Fault] = []
        self._shut: dict[str, _Shut] = {}
        self._disallowed: list[str] = []
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

    # What may happen to it

    def publish(self, count: int = 1) -> list[int]:
        """Let *count* new posts appear; returns their numbers."""
        return self.world.publish(count)

    def change(self, *numbers: int) -> None:
        """Let posts and their originals gain a paragraph."""
        for number in numbers:
            self.world.change(number)

    def delete(self, *numbers: int) -> None:
        """Let posts disappear from all surfaces; their address answers ``gone``."""
        for number in numbers:
            self.world.delete(number)

    def fail(
        self,
        host: str,
        kind: str,
        *,
        times: int | None = None,
        seconds: float | None = None,
        prefix: str = "",
        robots: bool = False,
        retry_after: str | int | None = None,
        rate: int = 20,
    ) -> faults.Fault:
        """Let *host* (``*``: every one) fail, from now on or for *times* requests or *seconds*.

        *kind*: one of :data:`newscrawl.demo.faults.KINDS`, or a status (``"503"``), with *retry_after* as its header.
        *prefix*: only paths that begin so; *robots*: robots.txt, too; *rate*: bytes a second of ``drip``.
        Raises ``ValueError`` for an unknown kind.
        """
        if kind not in faults.KINDS and not re.fullmatch(r"[1-5]\d\d", kind):
            raise ValueError(f"unknown fault: {kind}")
        until = None if seconds is None else time.monotonic() + seconds
        after = None if retry_after is None else str(retry_after)
        fault = faults.Fault(host, kind, times, until, prefix, robots, after, rate)
        self.faults.append(fault)
        return fault

    def heal(self, host: str | None = None) -> None:
        """End the faults of *host*, by default all."""
        self.faults = [fault for fault in self.faults if host not in (None, fault.host)]

    def shut(self, surface: str, how: str = "404", *, after: int = 0) -> None:
        """Shut a surface of the aggregator (:data:`SURFACES`), once it was asked *after* times more.

        *how*: a status (``401`` and ``404`` in REST's own words, ``403`` as a firewall's page), or ``html``: 200 and a page.
        """
        if surface not in SURFACES:
            raise ValueError(f"unknown surface: {surface}")
        self._shut[surface] = _Shut(how, after)

    def open(self, surface: str | None = None) -> None:
        """Open a surface again, by default all."""
        for name in SURFACES if surface is None else (surface,):
            self._shut.pop(name, None)

    def disallow(self, *prefixes: str) -> None:
        """Let the aggregator's robots.txt forbid these prefixes; without any, nothing but what it always forbids."""
        self._disallowed = list(prefixes)

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
        path, raw_query = request.rel_url.raw_path, request.rel_url.raw_query_string
        target = f"{path}?{raw_query}" if raw_query else path
        query = dict(parse_qsl(raw_query, keep_blank_values=True))
        fault = next((fault for fault in self.faults if fault.holds(host, path)), None)
        delivery, rate = "", 20
        if fault is not None:
            fault.hits += 1
            if fault.kind.isdigit():
                headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
                answer = _page(f"Error {fault.kind}", int(fault.kind), **headers)
            else:
                answer = await self.answer(request.method, host, path, query, request.headers)
                delivery, rate = fault.kind, fault.rate
        else:
            answer = await self.answer(request.method, host, path, query, request.headers)
        delivery = delivery or answer.delivery
        self.requests.append(Request(time.time(), host, request.method, target, 0 if delivery else answer.status))
        if delivery:
            await faults.deliver(request, answer, delivery, rate=rate)
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    # Answers

    async def answer(
        self, method: str, host: str, path: str, query: dict[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """What *host* says to a request."""
        if method not in ("GET", "HEAD"):
            return Answer(405, b"", {"Allow": "GET, HEAD"})
        if host == SITE_HOST:
            return self._conditional(self._aggregator(path, query), headers or {})
        if host == TRACKER_HOST:
            target = query.get("url", "")
            known = target.startswith("http") and ".test" in target
            return _redirect(target, 302) if path == "/click" and known else _page("Page not found", 404)
        publisher = _HOSTS.get(host)
        if publisher is None:
            return _page("Unknown host", 421)
        answer = await self._publisher(publisher, host, path, query)
        if answer.status == 200 and path != "/robots.txt":
            answer.headers.update(publisher.headers)
        return answer

    def _conditional(self, answer: Answer, headers: Mapping[str, str]) -> Answer:
        """304 where the client has it; ``If-None-Match`` goes before ``If-Modified-Since`` (RFC 9110, 13.2.2)."""
        tag, modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
        if tag is None or modified is None:
            return answer
        if not self.conditional:
            del answer.headers["ETag"], answer.headers["Last-Modified"]
            return answer
        known, since = headers.get("If-None-Match"), headers.get("If-Modified-Since")
        if known is not None:
            same = tag in [part.strip().removeprefix("W/") for part in known.split(",")]
        else:
            parsed = email.utils.parsedate_to_datetime(since) if since else None
            same = parsed is not None and parsed >= email.utils.parsedate_to_datetime(modified)
        return Answer(304, b"", {"ETag": tag, "Last-Modified": modified}) if same else answer

    # The aggregator

    @staticmethod
    def surface(path: str, query: Mapping[str, str]) -> str | None:
        """Which of :data:`SURFACES` an address of the aggregator belongs to; ``None`` for the front page and robots.txt."""
        if path == "/wp-json" or path.startswith("/wp-json/") or "rest_route" in query:
            return "rest"
        if "feed" in query or re.search(r"/feed(?:/(?:rss2?|atom))?/?\Z", path):
            return "feed"
        if re.search(r"sitemap[^/]*\.xml(?:\.gz)?\Z", path):
            return "sitemap"
        if (
            path.startswith(("/category/", "/page/", "/author/"))
            or "s" in query
            or _DATE.fullmatch(_PAGE.sub("", path))
        ):
            return "archive"
        if re.match(r"/\d{4}/\d\d/\d\d/[^/]+", path) or "p" in query:
            return "post"
        return None

    def _refusal(self, surface: str | None) -> Answer | None:
        shut = self._shut.get(surface or "")
        if shut is None or surface is None:
            return None
        if shut.after > 0:
            shut.after -= 1
            return None
        if shut.how == "html":
            return _page(SITE_NAME)
        status = int(shut.how)
        if surface == "rest" and status in (401, 404):
            code = "rest_not_logged_in" if status == 401 else "rest_no_route"
            data = {"code": code, "message": "Sorry, you are not allowed to do that.", "data": {"status": status}}
            return Answer(status, json.dumps(data).encode(), {"Content-Type": "application/json; charset=UTF-8"})
        more = {"Retry-After": "2"} if status in (429, 503) else {}
        return _page("403 Forbidden - request blocked" if status == 403 else f"Error {status}", status, **more)

    def _robots(self) -> Answer:
        site = self.world.base()
        rules = "".join(f"Disallow: {prefix}\n" for prefix in ["/wp-admin/", *self._disallowed])
        names = {
            "core": ["wp-sitemap.xml"],
            "yoast": ["sitemap_index.xml", "news-sitemap.xml"],
            "gzip": ["sitemap_index.xml.gz"],
        }
        maps = "".join(f"Sitemap: {site}/{name}\n" for name in names[self.sitemap])
        return Answer(200, f"User-agent: *\n{rules}Allow: /wp-admin/admin-ajax.php\n\n{maps}".encode(), dict(_TEXT))

    def _aggregator(self, path: str, query: dict[str, str]) -> Answer:
        world = self.world
        if path == "/robots.txt":
            return self._robots()
        surface = self.surface(path, query)
        refusal = self._refusal(surface)
        if refusal is not None:
            return refusal
        if surface == "rest":
            return rest(
                world, query.pop("rest_route") if "rest_route" in query else path.removeprefix("/wp-json"), query
            )
        if surface == "sitemap":
            return self._sitemap(path)
        if surface == "feed":
            return self._feed(path, query)
        if query.get("p", "").isdigit() and path == "/":
            number = world.number_of_id(int(query["p"]))
            return (
                _redirect(f"{world.base()}{world.path(number)}") if number is not None else _page("Page not found", 404)
            )
        if surface == "archive" or path in ("/", "/index.php"):
            return self._archive(path, query)
        number = world.number_of_path(path if path.endswith("/") else f"{path}/", deleted=True)
        if number is None:
            return _page("Page not found", 404)
        if number in world.deleted:
            return _page("This post is gone", self.gone)
        if not path.endswith("/"):
            return _redirect(f"{world.base()}{path}/")
        return _html(themes.post_page(world, world.post(number), self.theme))

    def _sitemap(self, path: str) -> Answer:
        name = path.rsplit("/", 1)[-1]
        main = {"core": "wp-sitemap.xml", "yoast": "sitemap_index.xml", "gzip": "sitemap_index.xml.gz"}[self.sitemap]
        # As WordPress (since 5.5) and Yoast do for the names that tools guess.
        if name in ("sitemap.xml", "wp-sitemap.xml", "sitemap_index.xml") and name != main:
            if self.sitemap == "core" and name == "sitemap_index.xml":
                return _page("Page not found", 404)
            return _redirect(f"{self.world.base()}/{main}")
        found = feeds.sitemap(self.world, path, style=self.sitemap, size=self.sitemap_size, lastmod=self.lastmod)
        return found or _page("Page not found", 404)

    def _feed(self, path: str, query: Mapping[str, str]) -> Answer:
        world = self.world
        page = int(query["paged"]) if query.get("paged", "1").isdigit() and "paged" in query else 1
        atom = query.get("feed") == "atom" or path.rstrip("/").endswith("/atom")
        base = re.sub(r"/feed(?:/(?:rss2?|atom))?/?\Z", "/", path)
        if base.startswith("/comments/"):
            return feeds.comment_feed(world, world.total - 1)
        listing, title = None, SITE_NAME
        category = re.fullmatch(r"/category/([\w-]+)/", base)
        named = category[1] if category else query.get("category_name")
        date = _DATE.fullmatch(base) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", query.get("m", ""))
        if named or date or "s" in query or base == "/":
            day = [int(part) for part in date.groups() if part] if date else []
            listing = select(world, category=named, date=day, search=query.get("s"))
            if listing is None and date:
                listing = Listing([])  # WordPress answers with an empty feed
            title = f"{named.title()} Archives - {SITE_NAME}" if named else SITE_NAME
        else:
            number = world.number_of_path(base)
            return _page("Page not found", 404) if number is None else feeds.comment_feed(world, number)
        if listing is None:
            return _page("Page not found", 404)
        answer = feeds.feed(
            world, listing, page, full=self.full_feeds, atom=atom, title=title, self_url=f"{world.base()}{path}"
        )
        return answer or _page("Page not found", 404)

    def _archive(self, path: str, query: Mapping[str, str]) -> Answer:
        world = self.world
        found = _PAGE.search(path)
        page = int(found[1]) if found else int(query["paged"]) if query.get("paged", "").isdigit() else 1
        base = _PAGE.sub("", path).rstrip("/") + "/"
        title, category, search = SITE_NAME, None, query.get("s")
        named = re.fullmatch(r"/category/([\w-]+)/", base)
        date = _DATE.fullmatch(base)
        if named:
            category = next((known for known in CATEGORIES if known.slug == named[1]), None)
            listing = select(world, category=named[1])
            title = category.name if category else ""
        elif date:
            listing = select(world, date=[int(part) for part in date.groups() if part])
            title = base.strip("/")
        elif base == "/":
            listing = select(world, search=search, category=query.get("category_name"))
            title = f"Search Results for {search}" if search else SITE_NAME
        else:
            return _page("Page not found", 404)
        numbers = listing.page(page) if listing else None
        if listing is None or numbers is None:
            return _page("Page not found", 404)
        if page > 1 and not path.endswith("/"):
            return _redirect(f"{world.base()}{path}/")
        wanted = urlencode({"s": search}) if search else ""
        shown = themes.ListPage(
            tuple(map(world.post, numbers)), title, f"{world.base()}{base}", page, listing.pages, wanted, category
        )
        return _html(themes.list_page(world, shown, self.theme))

    # Publishers

    def _page_of(self, number: int, publisher: Publisher, *, amp: bool = False) -> pages.Page:
        world, case = self.world, self.world.case(number)
        home, path = world.base(publisher.host), world.original_path(number)
        canonical = f"{world.base(publisher.canonical_host or publisher.host)}{path}"
        return pages.Page(
            world.article(number, other=case.original == "other"),
            publisher,
            canonical,
            home,
            amp_url=None if amp else f"{home}{world.original_path(number, amp=True)}",
            free_words={"cut": FREE_WORDS, "bare": 0}.get(case.original),
        )

    def _number(self, publisher: Publisher, digits: str | None) -> int | None:
        number = int(digits) - ARTICLE_ID if digits else -1
        return number if 0 <= number < self.world.total and self.world.publisher(number) is publisher else None

    def _api(self, publisher: Publisher, path: str, query: Mapping[str, str]) -> Answer:
        """What the scripts of script-rendered pages ask for."""
        if path == "/static/glass.js":
            return Answer(200, scripted.LIBRARY.encode(), {"Content-Type": "text/javascript"})
        if path == "/static/render.mjs":
            return Answer(200, scripted.MODULE.encode(), {"Content-Type": "text/javascript"})
        found = _API.fullmatch(path)
        number = self._number(publisher, found[1]) if found else None
        if found is None or number is None or self.world.case(number).original != "script":
            return _page("Page not found", 404)
        page = self._page_of(number, publisher)
        story = scripted.story(page, int(found[1]))
        if found[3] is not None:
            return _json(scripted.story_part(page, int(found[3])))
        if found[2] == ".txt":
            return Answer(200, "".join(f"{text}\n" for text in page.paragraphs).encode(), dict(_TEXT))
        if found[2] == ".js":
            name = re.sub(r"\W", "", query.get("callback", "callback"))
            return Answer(200, f"{name}({json.dumps(story)});".encode(), {"Content-Type": "text/javascript"})
        if found[2] == "/head.json":
            del story["paragraphs"]
        return _json(story)

    async def _publisher(self, publisher: Publisher, host: str, path: str, query: Mapping[str, str]) -> Answer:
        world = self.world
        if path == "/robots.txt":
            return Answer(200, publisher.robots.encode(), {"Content-Type": "text/plain"})
        if path == "/":
            name = escape(publisher.name)
            return _html(f"<!DOCTYPE html><html><head><title>{name}</title></head><body><h1>{name}</h1></body></html>")
        if path.startswith(("/api/", "/static/")):
            return self._api(publisher, path, query)
        if path == "/consent" or path == "/login":
            number = self._number(publisher, query.get("story"))
            if number is None:
                return _page("Page not found", 404)
            wall = obstacles.consent if path == "/consent" else obstacles.login
            return _html(wall(self._page_of(number, publisher)))
        digits = _NUMBER.search(query.get("id", "")) or _NUMBER.search(unquote(path))
        number = self._number(publisher, digits[1] if digits else None)
        if number is None or digits is None:
            return _page("Page not found", 404)
        case, canonical_path = world.case(number), world.original_path(number)
        asked = f"{path}?id={query['id']}" if "id" in query else path
        if case.link == "chain" and host == publisher.domain and path.startswith("/r/"):
            return _redirect(f"{world.base(publisher.host)}/archive/r/{digits[1]}", 301)
        if case.link == "chain" and path.startswith("/archive/r/"):
            return _redirect(str(canonical_path), 302)
        is_amp = publisher.layout == "amp" and asked == world.original_path(number, amp=True)
        if not is_amp and asked != canonical_path:
            return _page("Page not found", 404)
        if host != publisher.host:
            return _redirect(str(world.original_url(number)))
        return await self._original(number, publisher, amp=is_amp)

    async def _original(self, number: int, publisher: Publisher, *, amp: bool) -> Answer:
        """The article's own address: the article, or what its case puts there."""
        world, case, turn = self.world, self.world.case(number), self.world.turn(number)
        if case.original.isdigit():
            return _page("This page is gone" if case.original == "410" else "Error", int(case.original))
        page = self._page_of(number, publisher, amp=amp)
        if case.original == "slow":
            await asyncio.sleep(self.slow)
        elif case.original == "script":
            kind = scripted.KINDS[turn % len(scripted.KINDS)]
            block = number // BLOCK * BLOCK
            others = [
                other
                for other in range(block, min(world.total, block + BLOCK))
                if world.case(other).original == "script"
            ]
            following = [ARTICLE_ID + other for other in others if other != number][:2]
            return _html(scripted.shell(page, ARTICLE_ID + number, kind, tuple(following)))
        elif case.original == "challenge":
            status, html, headers = obstacles.challenge(page, turn)
            return _html(html, status, **headers)
        elif case.original in ("consent", "login"):
            # One in two is sent elsewhere for it.
            if turn % 2:
                return _redirect(f"/{case.original}?story={ARTICLE_ID + number}", 302)
            return _html(obstacles.consent(page) if case.original == "consent" else obstacles.login(page))
        elif case.original == "listing":
            return _html(obstacles.listing(page))
        body, kind = pages.encoded(pages.render(page), publisher)
        delivery = {"huge": "huge", "short": "truncate", "reset": "reset"}.get(case.original, "")
        return Answer(200, body, {"Content-Type": kind}, delivery)


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
    parser.add_argument("--words", type=int, metavar="N", help="words of an article (default: 150 to 820)")
    given = parser.parse_args(arguments)
    world = build_world(seed=given.seed, posts=given.posts, lengths=(given.words,) if given.words else LENGTHS)
    with serve(world, port=given.port) as server:
        sys.stdout.write(f"{server.url()}/\nNEWSCRAWL_HOST_OVERRIDES='{server.overrides}'\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
