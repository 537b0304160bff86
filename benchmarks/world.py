"""Two aggregators that share publishers, for kills, manners and ends of runs: a site of `tests.site`, served.

``alpha.test`` is a WordPress site with a sitemap, so that the page of each post is asked for. ``beta.test`` has feeds,
one with whole posts and others with excerpts. Both name originals at the same publishers, ``paper0.test`` and so on.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import re
import threading
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from tests.site import HTML, ROBOTS, XML, Asked, Page, Served, serve_site

__all__ = ["ALPHA", "BETA", "FEED", "Gap", "World", "serve_world"]

ALPHA, BETA = "alpha.test", "beta.test"
_POSTS = "/wp-sitemap-posts-post-1.xml"
FEED = {"Content-Type": "application/rss+xml"}
_WORDS = "council harbour bridge winter vote mayor school river budget street market museum ferry storm library".split()


@dataclass(frozen=True, slots=True)
class Gap:
    """Two requests to one domain that followed each other. ``noted_late``: seconds by which the first may have been.

    Where the kernel does not note when a request arrives (`tests.site.Asked.exact`), a server of a busy machine notes
    it when it gets the processor.
    """

    first: Asked
    second: Asked
    noted_late: float = 0.0

    @property
    def seconds(self) -> float:
        """Seconds from one to the other as they were noted."""
        return self.second.at - self.first.at

    @property
    def at_most(self) -> float:
        """Seconds that may have lain between their arrivals."""
        return self.seconds + self.noted_late

    def __str__(self) -> str:
        late = f" (noted up to {self.noted_late:.3f} s late)" if self.noted_late else ""
        return f"{self.seconds:.3f} s{late} from {self.first.host}{self.first.path} to {self.second.path}"


class Stalls:
    """When this process, whose threads serve a world, did not get the processor: seen by a thread that wakes often."""

    #: Seconds from one look to the next, and those beyond it that are a stall.
    EVERY = 0.005
    LEAST = 0.01

    def __init__(self) -> None:
        #: Begin and end of each stall, in seconds of the monotonic clock.
        self.found: list[tuple[float, float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        before = time.monotonic()
        while not self._over.wait(self.EVERY):
            now = time.monotonic()
            if now - before > self.EVERY + self.LEAST:
                self.found.append((before, now))
            before = now

    def before(self, at: float) -> float:
        """Seconds before *at* at which a stall began that ended no earlier than one look before."""
        place = bisect_right(self.found, (at, math.inf)) - 1
        if place < 0 or self.found[place][1] < at - self.EVERY - self.LEAST:
            return 0.0
        return at - self.found[place][0]

    def close(self) -> None:
        self._over.set()
        self._thread.join()


@dataclass
class World:
    """What the servers have. ``instead`` may answer a request, by its host and path, in another way."""

    posts: int = 120
    in_feeds: int = 30
    feeds: int = 3
    papers: int = 12
    crawl_delays: dict[str, float] = field(default_factory=dict)
    instead: Callable[[str, str], Page] = lambda _host, _path: None
    served: Served = field(default_factory=lambda: Served(0))
    stalls: Stalls | None = None

    # --- how it is crawled ---------------------------------------------------------------------------------------

    @property
    def log(self) -> list[Asked]:
        """Each request so far."""
        return self.served.log

    def settings(self) -> dict[str, Any]:
        return {"NEWSCRAWL_HOST_OVERRIDES": self.served.overrides, "NEWSCRAWL_PORTS": f"80,{self.served.port}"}

    def alpha_words(self, *given: str) -> list[str]:
        arguments = [f"site={self.served.url(host=ALPHA)}", "surface=sitemap", *given]
        return ["crawl", "wordpress", *(part for one in arguments for part in ("-a", one))]

    def beta_words(self, *given: str) -> list[str]:
        feeds = ",".join(self.served.url(f"/feed-{number}.xml", BETA) for number in range(self.feeds))
        return ["crawl", "feeds", *(part for one in (f"feeds={feeds}", *given) for part in ("-a", one))]

    def gaps(self, since: int = 0) -> dict[str, list[Gap]]:
        """What was asked one after the other, by registrable domain: all names here have two labels at their end."""
        requests: dict[str, list[Asked]] = defaultdict(list)
        for asked in self.log[since:]:
            requests[".".join(asked.host.split(".")[-2:])].append(asked)
        before = self.stalls.before if self.stalls is not None else lambda _at: 0.0

        def late(asked: Asked) -> float:
            return 0.0 if asked.exact else before(asked.at)

        return {
            domain: [Gap(a, b, late(a)) for a, b in pairwise(sorted(several, key=lambda one: one.at))]
            for domain, several in requests.items()
        }

    # --- what is served ------------------------------------------------------------------------------------------

    def __call__(self, path: str, _query: dict[str, str], url: str) -> Page:
        host = urlsplit(url).hostname or ""
        other = self.instead(host, path)
        if other is not None:
            return other
        if path == "/robots.txt":
            delay = self.crawl_delays.get(host)
            return (*ROBOTS[:2], f"User-agent: *\nAllow: /\nCrawl-delay: {delay:g}\n") if delay else ROBOTS
        if host == ALPHA and path == "/wp-sitemap.xml":
            return _xml("sitemapindex", [f"<sitemap><loc>{self.at(ALPHA)}/wp-sitemap-posts-post-1.xml</loc></sitemap>"])
        if host == ALPHA and path == _POSTS:
            posts = range(self.posts)
            return _xml("urlset", [f"<url><loc>{self.at(ALPHA)}/a-{number}/</loc></url>" for number in posts])
        if host == BETA and (found := re.fullmatch(r"/feed-(\d+)\.xml", path)) and int(found[1]) < self.feeds:
            return 200, FEED, self._feed(int(found[1]))
        own = {ALPHA: r"/(a)-(\d+)/", BETA: r"/(b)-(\d+)/"}.get(host)
        if found := re.fullmatch(own or r"/2026/([ab])-(\d+)", path):
            kind, number = found[1], int(found[2])
            return 200, HTML, self._article(kind, number, self._attribution(kind, number) if own else "")
        return None

    def _feed(self, feed: int) -> str:
        items = []
        for number in range(feed * self.in_feeds, (feed + 1) * self.in_feeds):
            whole = f"{self._body('b', number)}{self._attribution('b', number)}"
            # The first feed is whole; of the others the pages are asked.
            told = f"<content:encoded><![CDATA[{whole}]]></content:encoded>" if feed == 0 else ""
            items.append(
                f"<item><title>{self._title('b', number)}</title><link>{self.at(BETA)}/b-{number}/</link>"
                f"<pubDate>{self._when(number):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
                f"<description>{self._title('b', number)} and what came of it [...]</description>{told}</item>"
            )
        return (
            "<?xml version='1.0'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
            f"<channel><title>Beta</title><link>{self.at(BETA)}/</link>{''.join(items)}</channel></rss>"
        )

    def at(self, host: str) -> str:
        """The address of *host*, without a path."""
        return self.served.url(host=host)

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
        paper = self.at(f"paper{number % self.papers}.test")
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


def _xml(root: str, entries: list[str]) -> Page:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return 200, XML, f"<?xml version='1.0'?><{root} xmlns='{space}'>{''.join(entries)}</{root}>"


@contextmanager
def serve_world(world: World) -> Iterator[World]:
    """Serve *world* on a port of loopback; its ``served`` and ``stalls`` are set."""
    world.stalls = Stalls()
    try:
        with serve_site(world) as world.served:
            yield world
    finally:
        world.stalls.close()
