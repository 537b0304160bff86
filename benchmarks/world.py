"""Two aggregators that share publishers, on loopback, with a log of every request: for kills and for manners.

``alpha.test`` is a WordPress site with a sitemap, so that the page of each post is asked for. ``beta.test`` has feeds,
one with whole posts and others with excerpts. Both name originals at the same publishers, ``paper0.test`` and so on.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

__all__ = ["Answer", "Asked", "Gap", "World", "serve_world"]

ALPHA, BETA = "alpha.test", "beta.test"
_WORDS = "council harbour bridge winter vote mayor school river budget street market museum ferry storm library".split()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived: seconds of the monotonic clock, host without its port, path with its query."""

    at: float
    host: str
    path: str

    @property
    def domain(self) -> str:
        """The registrable domain: all names here have two labels at their end."""
        return ".".join(self.host.split(".")[-2:])


@dataclass(frozen=True, slots=True)
class Gap:
    """Two requests to one domain that followed each other."""

    first: Asked
    second: Asked

    @property
    def seconds(self) -> float:
        return self.second.at - self.first.at

    def __str__(self) -> str:
        return f"{self.seconds:.3f} s from {self.first.host}{self.first.path} to {self.second.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: a status, a body, its type, and further headers."""

    body: str = ""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class World:
    """What the servers have. ``instead`` may answer a request in another way."""

    posts: int = 120
    in_feeds: int = 30
    feeds: int = 3
    papers: int = 12
    crawl_delays: dict[str, float] = field(default_factory=dict)
    port: int = 0
    log: list[Asked] = field(default_factory=list)
    instead: Callable[[Asked], Answer | None] = lambda _asked: None

    # --- how it is crawled ---------------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        return {
            "NEWSCRAWL_HOST_OVERRIDES": json.dumps({f"*.test:{self.port}": f"127.0.0.1:{self.port}"}),
            "NEWSCRAWL_PORTS": f"80,{self.port}",
        }

    def alpha_words(self, *given: str) -> list[str]:
        arguments = [f"site=http://{ALPHA}:{self.port}", "surface=sitemap", *given]
        return ["crawl", "wordpress", *(part for one in arguments for part in ("-a", one))]

    def beta_words(self, *given: str) -> list[str]:
        feeds = ",".join(f"http://{BETA}:{self.port}/feed-{number}.xml" for number in range(self.feeds))
        return ["crawl", "feeds", *(part for one in (f"feeds={feeds}", *given) for part in ("-a", one))]

    def gaps(self, since: int = 0) -> dict[str, list[Gap]]:
        """What was asked one after the other, by registrable domain."""
        requests: dict[str, list[Asked]] = defaultdict(list)
        for asked in self.log[since:]:
            requests[asked.domain].append(asked)
        return {
            domain: [Gap(a, b) for a, b in pairwise(sorted(several, key=lambda one: one.at))]
            for domain, several in requests.items()
        }

    # --- what is served ------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Answer:
        other = self.instead(asked)
        if other is not None:
            return other
        if asked.path == "/robots.txt":
            delay = self.crawl_delays.get(asked.host)
            lines = ["User-agent: *", "Allow: /", *([f"Crawl-delay: {delay:g}"] if delay else [])]
            return Answer("\n".join(lines) + "\n", content_type="text/plain")
        if asked.host == ALPHA:
            return self._alpha(asked.path)
        if asked.host == BETA:
            return self._beta(asked.path)
        found = re.fullmatch(r"/2026/([ab])-(\d+)", asked.path)
        if found is None:
            return Answer("no", 404)
        return Answer(self._article(found[1], int(found[2]), attribution=""))

    def _alpha(self, path: str) -> Answer:
        if path == "/wp-sitemap.xml":
            return self._xml(
                "sitemapindex", [f"<sitemap><loc>{self._at(ALPHA)}/wp-sitemap-posts-post-1.xml</loc></sitemap>"]
            )
        if path == "/wp-sitemap-posts-post-1.xml":
            return self._xml(
                "urlset", [f"<url><loc>{self._at(ALPHA)}/a-{number}/</loc></url>" for number in range(self.posts)]
            )
        found = re.fullmatch(r"/a-(\d+)/", path)
        return Answer("no", 404) if found is None else Answer(self._post("a", int(found[1])))

    def _beta(self, path: str) -> Answer:
        if (found := re.fullmatch(r"/feed-(\d+)\.xml", path)) is not None:
            return Answer(self._feed(int(found[1])), content_type="application/rss+xml")
        found = re.fullmatch(r"/b-(\d+)/", path)
        return Answer("no", 404) if found is None else Answer(self._post("b", int(found[1])))

    def _feed(self, feed: int) -> str:
        items = []
        for number in range(feed * self.in_feeds, (feed + 1) * self.in_feeds):
            whole = f"{self._body('b', number)}{self._attribution('b', number)}"
            # The first feed is whole; of the others the pages are asked.
            told = f"<content:encoded><![CDATA[{whole}]]></content:encoded>" if feed == 0 else ""
            items.append(
                f"<item><title>{self._title('b', number)}</title><link>{self._at(BETA)}/b-{number}/</link>"
                f"<pubDate>{self._when(number):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
                f"<description>{self._title('b', number)} and what came of it [...]</description>{told}</item>"
            )
        return (
            "<?xml version='1.0'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
            f"<channel><title>Beta</title><link>{self._at(BETA)}/</link>{''.join(items)}</channel></rss>"
        )

    def _xml(self, root: str, entries: list[str]) -> Answer:
        body = f"<?xml version='1.0'?><{root} xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{''.join(entries)}</{root}>"
        return Answer(body, content_type="application/xml")

    def _at(self, host: str) -> str:
        return f"http://{host}:{self.port}"

    @staticmethod
    def _when(number: int) -> dt.datetime:
        return dt.datetime(2026, 3, 1, 6, tzinfo=dt.UTC) + dt.timedelta(minutes=7 * number)

    @staticmethod
    def _title(kind: str, number: int) -> str:
        rng = random.Random(f"title/{kind}/{number}")
        return f"The {rng.choice(_WORDS)} of {rng.choice(_WORDS)} {kind}{number} and the {rng.choice(_WORDS)}"

    @staticmethod
    def _body(kind: str, number: int) -> str:
        rng = random.Random(f"body/{kind}/{number}")
        said = (" ".join(rng.choices(_WORDS, k=14)).capitalize() for _ in range(24))
        lines = [f"{sentence}, said the mayor." for sentence in said]
        return "".join(f"<p>{' '.join(lines[place : place + 4])}</p>" for place in range(0, len(lines), 4))

    def _attribution(self, kind: str, number: int) -> str:
        paper = self._at(f"paper{number % self.papers}.test")
        return (
            f"<p>The post <a href='{paper}/2026/{kind}-{number}'>{self._title(kind, number)}</a> appeared first on "
            f"<a href='{paper}/'>Paper {number % self.papers}</a>.</p>"
        )

    def _article(self, kind: str, number: int, attribution: str) -> str:
        title = self._title(kind, number)
        when = self._when(number).isoformat()
        return (
            f"<!doctype html><html lang='en'><head><title>{title}</title>"
            f"<meta property='article:published_time' content='{when}'></head>"
            f"<body><article class='post'><h1>{title}</h1>"
            f"<div class='entry-content'>{self._body(kind, number)}{attribution}</div></article></body></html>"
        )

    def _post(self, kind: str, number: int) -> str:
        return self._article(kind, number, self._attribution(kind, number))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: World

    def do_GET(self) -> None:
        asked = Asked(time.monotonic(), self.headers.get("Host", "").partition(":")[0].lower(), self.path)
        self.world.log.append(asked)
        answer = self.world.answer(asked)
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is killed breaks its connections."""


@contextmanager
def serve_world(world: World) -> Iterator[World]:
    """Serve *world* on a port of loopback; the port is set."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"world": world}))
    world.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
