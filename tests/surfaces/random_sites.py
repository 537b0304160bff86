"""Made-up sites of 1 to 5,000 posts that edit, schedule, cache, cap and chatter, on every surface. Seeded."""

from __future__ import annotations

import datetime as dt
import json
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.surfaces.sites import (
    CHALLENGE,
    HTML,
    JSON,
    NOW,
    SITE,
    Listed,
    Page,
    card,
    index,
    item,
    list_page,
    listed,
    rest_post,
    rss,
    sitemap,
)

SURFACES = ("rest", "feed", "sitemap", "archive")


@dataclass(frozen=True)
class Post:
    """One post of a made-up site."""

    number: int
    published: dt.datetime
    modified: dt.datetime
    dated: bool

    @property
    def name(self) -> str:
        """Its path without slashes around it."""
        return f"{self.published:%Y/%m/%d}/post-{self.number}" if self.dated else f"post-{self.number}"


class RandomSite:
    """A site drawn with *seed*: what it has, and how it serves it."""

    def __init__(self, seed: int) -> None:
        draw = self.draw = random.Random(seed)
        count = int(10 ** draw.uniform(0, 3.7))
        dated = draw.random() < 0.5
        age, posts = dt.timedelta(), []
        for number in range(count, 0, -1):
            age += dt.timedelta(minutes=draw.expovariate(1 / draw.choice((20, 120, 600))))
            published = (NOW - age).replace(microsecond=0)
            modified = published
            if draw.random() < 0.05:  # edited, at any time since
                modified = published + (NOW - published) * draw.random()
            elif draw.random() < 0.05:  # scheduled: saved for the last time before it was published
                modified = published - dt.timedelta(days=draw.uniform(0, 13))
            posts.append(Post(number, published, modified.replace(microsecond=0), dated))
        self.posts = posts  # newest first
        self.size = draw.choice((5, 10, 20))
        self.files = draw.choice((10, 100, 1000))
        self.yoast = draw.random() < 0.4
        self.ignores_page = draw.random() < 0.1
        self.challenge_from = draw.choice((None, None, None, None, 2, 5))
        self.cap = draw.choice((100, 100, 50, 10))
        self.noise = draw.choice(("", "", "<!-- cached -->"))
        self.navigation = draw.choice(("next", "numbers", "none"))
        self.dead_file = draw.random() < 0.05

    def window(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """``[since, until)``: the default one, one far back, or everything."""
        kind = self.draw.random()
        if kind < 0.5:
            return NOW - dt.timedelta(days=2), None
        if kind < 0.6:
            return None, None
        oldest = self.posts[-1].published
        since = oldest + (NOW - oldest) * self.draw.random()
        return since.replace(microsecond=0), (since + dt.timedelta(days=self.draw.choice((1, 3, 30)))).replace(
            microsecond=0
        )

    def __call__(self, path: str, query: dict[str, str], url: str) -> Page:
        """What it answers."""
        if path.startswith("/wp-json/wp/v2/posts"):
            return self._rest(query)
        if path in ("/feed/", "/feed/atom/") or path.endswith("/feed/"):
            return self._feed(query) if path == "/feed/" else None
        if path.endswith(".xml"):
            return self._sitemap(path)
        number = 1 if path == "/" else int(path.split("/")[2]) if path.startswith("/page/") else 0
        return self._list(number) if number and urlsplit(url).query == "" else None

    def _rest(self, query: dict[str, str]) -> Page:
        size = int(query["per_page"])
        if size > self.cap:
            return 400, JSON, json.dumps({"code": "rest_invalid_param", "data": {"status": 400}})
        text = "%Y-%m-%dT%H:%M:%S"
        after, before = query.get("after", "")[:19], query.get("before", "9999")[:19]
        left = [one for one in self.posts if after < one.published.strftime(text) < before]
        begin = (int(query.get("page", 1)) - 1) * size
        if begin and begin >= len(left):
            return 400, JSON, json.dumps({"code": "rest_post_invalid_page_number", "data": {"status": 400}})
        shown: list[dict[str, Any]] = [
            rest_post(one.number, one.published, link=f"{SITE}/{one.name}/") for one in left[begin : begin + size]
        ]
        return 200, {**JSON, "X-WP-Total": str(len(left))}, json.dumps(shown) + self.noise

    def _feed(self, query: dict[str, str]) -> Page:
        number = 1 if self.ignores_page else int(query.get("paged", 1))
        if self.challenge_from and number >= self.challenge_from:
            return CHALLENGE
        shown = self.posts[(number - 1) * self.size : number * self.size]
        return rss(*(item(one.name, one.published, body="<p>Short.</p>") for one in shown)) if shown else None

    def _sitemap(self, path: str) -> Page:
        oldest_first = self.posts[::-1]
        parts = [oldest_first[at : at + self.files] for at in range(0, len(oldest_first), self.files)]
        top, form = (
            ("/sitemap_index.xml", "/post-sitemap{}.xml")
            if self.yoast
            else ("/wp-sitemap.xml", "/wp-sitemap-posts-post-{}.xml")
        )
        made = '<?xml-stylesheet href="/main-sitemap.xsl"?>' if self.yoast else ""

        def changed(post: Post) -> dt.datetime:
            return max(post.published, post.modified) if self.yoast else post.modified

        if path == top:
            return index(
                *((SITE + form.format(n), max(map(changed, part))) for n, part in enumerate(parts, 1)), made=made
            )
        for n, part in enumerate(parts, 1):
            if path == form.format(n):
                if self.dead_file and n == len(parts) // 2 + 1:
                    return 500, HTML, "x"
                return sitemap(*((f"{SITE}/{one.name}/", changed(one)) for one in part), made=made)
        return None

    def _list(self, number: int) -> Page:
        if self.challenge_from and number >= self.challenge_from:
            return CHALLENGE
        shown = self.posts[(number - 1) * self.size : number * self.size]
        if not shown:
            return None
        last = -(-len(self.posts) // self.size)
        more = ""
        if self.navigation == "next" and number < last:
            more = (
                f"<div class='nav-links'><a class='next page-numbers' href='{SITE}/page/{number + 1}/'>Next</a></div>"
            )
        elif self.navigation == "numbers":
            links = "".join(
                f"<a class='page-numbers' href='{SITE}/page/{n}/'>{n}</a>"
                for n in {number - 1, number + 1, last}
                if 0 < n <= last
            )
            more = f"<div class='nav-links'>{links}<span class='page-numbers current'>{number}</span></div>"
        return list_page(*(card(one.name, one.published) for one in shown), more=more)


def lost(seed: int, surface: str) -> tuple[set[str], Listed, int]:
    """Posts of a random window that *surface* did not find, what it gave, and how many the window holds."""
    site = RandomSite(seed)
    since, until = site.window()
    wanted = {
        f"post-{one.number}"
        for one in site.posts
        if (since is None or one.published >= since) and (until is None or one.published < until)
    }
    got = listed(surface, site, since=since, until=until)
    return wanted - got.names, got, len(wanted)
