"""Made-up sites of 1 to 5,000 posts that edit, schedule, cache, cap and chatter, on every surface. Seeded.

A site keeps to what its platform documents. What goes wrong of it is of two kinds: what passes (a challenge, a dead
file, a cache that is hours old; :meth:`RandomSite.heal`) and what stays (a feed that ignores its page, a list without
links to the next one).
"""

from __future__ import annotations

import datetime as dt
import gzip
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from newscrawl.clock import format_time
from tests.site import HTML, Page
from tests.surfaces.sites import CHALLENGE, NOW, SITE, Listed, index, item, list_page, listed, rss, sitemap
from tests.surfaces.wordpress import Limits, post_json, posts_answer

__all__ = ["SURFACES", "Outcome", "Post", "RandomSite", "try_site"]

SURFACES = ("rest", "feed", "sitemap", "archive")
#: The overlap of two runs: how far before its mark a default run begins.
OVERLAP = dt.timedelta(days=1)
SHORT = "<p>The council met and weighed what the harbour wall would cost.</p>"
PHP = "<br />\n<b>Notice</b>: Undefined index: x in <b>/srv/wp.php</b> on line <b>7</b><br />\n"
YOAST = '<?xml-stylesheet type="text/xsl" href="//agg.test/main-sitemap.xsl"?>'
BUSY: Page = (503, HTML, "<!DOCTYPE html><html><body><h1>Service Unavailable</h1></body></html>")


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a made-up site; times are UTC, the path is in the site's own zone."""

    number: int
    published: dt.datetime
    modified: dt.datetime
    path: str

    @property
    def name(self) -> str:
        return f"post-{self.number}"


class RandomSite:
    """A site of up to *most* posts drawn with *seed*: what it has, and how it serves it."""

    def __init__(self, seed: int, most: int = 5_000) -> None:
        draw = self.draw = random.Random(seed)
        self.zone = dt.timezone(dt.timedelta(hours=draw.choice((0, 0, -8, -3.5, 5.5, 13))))
        self.posts = self._posts(int(most ** draw.uniform(0, 1)) or 1)  # newest first
        self.size = draw.choice((5, 10, 12, 20))
        # --- what passes
        self.challenge_from = draw.choice((None, None, None, None, 2, 5))
        # Not a 404: behind a page of a list that is WordPress's own way to say that it has ended.
        self.refusal = draw.choice((CHALLENGE, BUSY))
        self.dead_file = draw.random() < 0.1
        self.cache_age = dt.timedelta(hours=draw.choice((0, 0, 0, 1, 6, 20)))
        # --- what stays
        self.noise_before = draw.choice(("", "", "", "\ufeff", "\n\n", PHP))
        self.noise_after = draw.choice(("", "", "<!-- Cached page generated in 0.2 s -->"))
        self.has_days = draw.choice(("yes", "yes", "no", "newest"))
        self.sticky = draw.random() < 0.2
        self._draw_rest(draw)
        self._draw_feed(draw)
        self._draw_sitemap(draw)
        self._draw_lists(draw)

    def _posts(self, count: int) -> list[Post]:
        draw = self.draw
        dated, gap = draw.random() < 0.5, draw.choice((20, 120, 600))
        age, posts = dt.timedelta(), []
        for number in range(count, 0, -1):
            pile = draw.random() < 0.02  # imported at once: several posts of one second
            age += dt.timedelta() if pile and posts else dt.timedelta(minutes=draw.expovariate(1 / gap))
            published = (NOW - age).replace(microsecond=0)
            modified = published
            if draw.random() < 0.05:  # edited, at any time since
                modified = published + (NOW - published) * draw.random()
            elif draw.random() < 0.05:  # scheduled: saved for the last time before it was published
                modified = published - dt.timedelta(days=draw.uniform(0, 13))
            local = published.astimezone(self.zone)
            path = f"{local:%Y/%m/%d}/post-{number}" if dated else f"post-{number}"
            posts.append(Post(number, published, modified.replace(microsecond=0), path))
        return posts

    def _draw_rest(self, draw: random.Random) -> None:
        self.cap = draw.choice((100, 100, 50, 10))
        self.silent_cap = draw.random() < 0.5
        self.totals = draw.choice(("yes", "yes", "no", "zero"))
        self.fails_from = draw.choice((None, None, None, 2, 4))
        self.ignores = draw.choice(("", "", "", "after", "before"))
        self.served = 0

    def _draw_feed(self, draw: random.Random) -> None:
        self.ignores_page = draw.random() < 0.15
        self.has_atom = draw.random() < 0.5
        self.date_form = draw.choice(("rfc", "rfc", "local", "day", "zoneless"))

    def _draw_sitemap(self, draw: random.Random) -> None:
        self.files = draw.choice((10, 100, 1_000))
        self.maker = draw.choice(("core", "yoast", "core-without-lastmod", "months", "shuffled"))
        self.packed = draw.random() < 0.2
        self.pages_among = draw.random() < 0.3

    def _draw_lists(self, draw: random.Random) -> None:
        self.navigation = draw.choice(("next", "numbers", "none", "load-more", "words"))
        self.stamps = draw.choice(("time", "time", "day", "none"))
        self.hero = draw.random() < 0.2
        self.sidebar = draw.random() < 0.3

    # --- the run ----------------------------------------------------------------------------------------------

    def window(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """``[since, until)``: the default one, one far back, or everything."""
        kind = self.draw.random()
        if kind < 0.5:
            return NOW - dt.timedelta(days=2), None
        if kind < 0.6:
            return None, None
        oldest = self.posts[-1].published
        since = oldest + (NOW - oldest) * self.draw.random()
        until = since + dt.timedelta(days=self.draw.choice((1, 3, 30)))
        return since.replace(microsecond=0), until.replace(microsecond=0)

    def heal(self) -> None:
        """What passes has passed."""
        self.challenge_from = self.fails_from = None
        self.dead_file = False
        self.cache_age = dt.timedelta()

    @property
    def shown(self) -> list[Post]:
        """Posts that its caches know of."""
        edge = NOW - self.cache_age
        return [one for one in self.posts if one.published <= edge] if self.cache_age else self.posts

    def held(self, since: dt.datetime | None, until: dt.datetime | None) -> set[str]:
        """Names of its posts of a window."""
        return {
            one.name
            for one in self.posts
            if (since is None or one.published >= since) and (until is None or one.published < until)
        }

    # --- what it answers --------------------------------------------------------------------------------------

    def __call__(self, path: str, query: dict[str, str], url: str) -> Page:
        if path.startswith("/wp-json/wp/v2/posts"):
            return self._rest(query)
        if path.endswith((".xml", ".xml.gz")):
            return self._sitemap(path)
        parts = path.strip("/").split("/")
        feed = parts[-1] in ("feed", "atom")
        if feed and (parts[-1] == "atom" or "feed" in query) and not self.has_atom:
            return None
        if "feed" in query:
            return None
        day = next((tuple(map(int, parts[:3])) for _ in (0,) if parts[0].isdigit() and len(parts) >= 3), None)
        if day is not None:
            return self._of_day(dt.date(*day), feed, query) if len(parts) < 4 or feed else None
        if feed:
            return self._feed(self._all(), query) if parts[0] == "feed" else None
        number = 1 if path == "/" else int(parts[1]) if parts[0] == "page" and self.navigation != "load-more" else 0
        return self._list(number) if number and urlsplit(url).query == "" else None

    def _all(self) -> list[Post]:
        if self.sticky and len(self.shown) > self.size:
            old = self.shown[len(self.shown) // 2]
            return [old, *(one for one in self.shown if one is not old)]
        return self.shown

    def _of_day(self, day: dt.date, feed: bool, query: dict[str, str]) -> Page:
        if self.has_days == "no":
            return None
        if self.has_days == "newest":  # date archives are switched off: the newest posts, or the front page
            return self._feed(self.shown, query) if feed else self._list(1)
        of_day = [one for one in self.shown if one.published.astimezone(self.zone).date() == day]
        if feed:
            return self._feed(of_day, query, empty=True)
        return self._cards(of_day, 1, f"/{day:%Y/%m/%d}") if of_day else None

    def _rest(self, query: dict[str, str]) -> Page:
        self.served += 1
        if self.fails_from and self.served >= self.fails_from:
            return self.refusal
        limits = Limits(
            cap=100 if self.silent_cap else self.cap,
            silent_cap=self.cap,
            totals={"yes": int, "no": None, "zero": lambda _total: 0}[self.totals],
            ignores=frozenset({self.ignores}),
        )
        page = posts_answer(self.shown, query, limits, self._wall, self._rest_post)
        assert page is not None
        status, headers, body = page
        if status != 200:
            return page
        assert isinstance(body, str)
        return status, headers, self.noise_before + body + self.noise_after

    def _wall(self, moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def _rest_post(self, one: Post) -> dict[str, Any]:
        content = {"rendered": SHORT, "protected": False}
        return post_json(one, self._wall, f"{SITE}/{one.path}/", slug=one.name, content=content)

    def _feed(self, posts: list[Post], query: dict[str, str], *, empty: bool = False) -> Page:
        number = 1 if self.ignores_page else int(query.get("paged", 1))
        if self.challenge_from and number >= self.challenge_from:
            return self.refusal
        shown = posts[(number - 1) * self.size : number * self.size]
        if not shown and not (empty and number == 1):
            return None
        page = rss(*(item(one.path, self._date(one), body=SHORT) for one in shown))
        assert page is not None
        assert isinstance(page[2], str)
        return page[0], page[1], self.noise_before + page[2] + self.noise_after

    def _date(self, one: Post) -> dt.datetime | str:
        local = one.published.astimezone(self.zone)
        if self.date_form == "day":
            return f"{local:%Y-%m-%d}"
        if self.date_form == "zoneless":
            return f"{local:%Y-%m-%d %H:%M:%S}"
        return local if self.date_form == "local" else one.published

    def _sitemap(self, path: str) -> Page:
        top, form = {
            "core": ("/wp-sitemap.xml", "/wp-sitemap-posts-post-{}.xml"),
            "core-without-lastmod": ("/wp-sitemap.xml", "/wp-sitemap-posts-post-{}.xml"),
            "yoast": ("/sitemap_index.xml", "/post-sitemap{}.xml"),
            "months": ("/sitemap.xml", "/sitemap-pt-post-{}.xml"),
            "shuffled": ("/sitemap.xml", "/sitemap-{}.xml"),
        }[self.maker]
        if self.packed:
            form += ".gz"
        made = YOAST if self.maker == "yoast" else ""
        parts = self._parts()
        if path == top:
            files: list[tuple[str, Any]] = [
                (SITE + form.format(key), self._lastmod(*part)) for key, part in parts.items()
            ]
            if self.pages_among:
                files.insert(len(files) // 2, (f"{SITE}/page-sitemap.xml", NOW))
            return index(*files, made=made)
        for number, (key, part) in enumerate(parts.items()):
            if path == form.format(key):
                if self.dead_file and number == len(parts) // 2:
                    return self.refusal
                page = sitemap(*((f"{SITE}/{one.path}/", self._lastmod(one)) for one in part), made=made)
                assert page is not None
                assert isinstance(page[2], str)
                if self.packed:
                    return 200, {"Content-Type": "application/gzip"}, gzip.compress(page[2].encode())
                return page[0], page[1], self.noise_before + page[2] + self.noise_after
        return sitemap((f"{SITE}/about/", NOW)) if path == "/page-sitemap.xml" else None

    def _parts(self) -> dict[str, list[Post]]:
        oldest_first = self.shown[::-1] or self.posts[-1:]
        if self.maker == "months":
            months: dict[str, list[Post]] = {}
            for one in oldest_first:
                months.setdefault(f"{one.published.astimezone(self.zone):%Y-%m}", []).append(one)
            return months
        if self.maker == "shuffled":
            oldest_first = sorted(oldest_first, key=lambda one: one.number * 7_919 % 10_007)
        size = self.files
        starts = range(0, len(oldest_first), size)
        return {str(n): oldest_first[at : at + size] for n, at in enumerate(starts, 1)}

    def _lastmod(self, *posts: Post) -> dt.datetime | None:
        if self.maker == "core-without-lastmod":
            return None
        both = self.maker == "yoast"
        return max(max(one.published, one.modified) if both else one.modified for one in posts)

    def _list(self, number: int) -> Page:
        if self.challenge_from and number >= self.challenge_from:
            return self.refusal
        return self._cards(self._all(), number, "")

    def _cards(self, posts: list[Post], number: int, base: str) -> Page:
        shown = posts[(number - 1) * self.size : number * self.size]
        if not shown:
            return None
        last = -(-len(posts) // self.size)
        cards = [self._card(one) for one in shown]
        if self.hero and not base and len(self.shown) > 3:
            heroes = "".join(self._card(one) for one in self.shown[-3:])
            cards.insert(0, f"<div class='jeg_heroblock'>{heroes}</div>")
        more = self._more(number, last, base)
        if self.sidebar:
            popular = "".join(self._card(one) for one in self.shown[-5:])
            more += f"</main><aside class='sidebar widget-area'>{popular}</aside><main>"
        return list_page(*cards, more=more, classes="home blog" if not base else "archive date")

    def _card(self, one: Post) -> str:
        local = one.published.astimezone(self.zone)
        stamp = {
            "time": f"<time class='entry-date' datetime='{local.isoformat()}'>{local:%B %d, %Y}</time>",
            "day": f"<span class='posted-on'>{local:%B} {local.day}, {local.year}</span>",
            "none": "",
        }[self.stamps]
        title = f"<h2 class='entry-title'><a href='{SITE}/{one.path}/'>{one.name}</a></h2>"
        return f"<article class='post type-post hentry'>{title}{stamp}</article>"

    def _more(self, number: int, last: int, base: str) -> str:
        if self.navigation == "load-more":
            return "<button class='load-more'>Load more</button>" if number < last else ""
        if self.navigation == "none" or last == 1:
            return ""
        following = f"{SITE}{base}/page/{number + 1}/"
        if self.navigation == "numbers":
            links = "".join(
                f"<a class='page-numbers' href='{SITE}{base}/page/{n}/'>{n}</a>"
                for n in sorted({number - 1, number + 1, last})
                if 0 < n <= last
            )
            return f"<div class='nav-links'>{links}<span class='page-numbers current'>{number}</span></div>"
        if number == last:
            return ""
        if self.navigation == "words":
            return f"<div class='nav-previous'><a href='{following}'>Older stories</a></div>"
        return f"<div class='nav-links'><a class='next page-numbers' href='{following}'>Next</a></div>"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What two runs found of a site.

    ``silent``: posts that the first did not find and did not say so, and that the second did not find either, or
    that no second run looks for. ``stays``: posts that a second run, after what passes has passed, neither found nor
    said to be missing.
    """

    surface: str
    wanted: int
    first: Listed
    second: Listed | None
    missing: frozenset[str]
    silent: frozenset[str]
    stays: frozenset[str]


def try_site(seed: int, surface: str, most: int = 5_000) -> Outcome:
    """List a random window of site *seed* by *surface*; then, where something was wrong, again as the next run does."""
    site = RandomSite(seed, most)
    since, until = site.window()
    wanted = site.held(since, until)
    first = listed(surface, site, since=since, until=until)
    missing = frozenset(wanted - first.names)
    if not missing:
        return Outcome(surface, len(wanted), first, None, missing, frozenset(), frozenset())
    cached = site.cache_age
    site.heal()
    # A run that says nothing has moved its mark: the next one begins a day before it.
    later = since if first.loud else _next_since(first, since)
    silent: frozenset[str] = frozenset()
    if not first.loud:
        # What no cache showed yet is for the next run; of a window with an end there is none.
        known = {one.name for one in site.posts if one.published <= NOW - cached}
        silent = missing & known if until is not None else frozenset()
    second = listed(surface, site, since=later, until=until)
    left = missing - second.names
    if not first.loud:
        silent |= left
    return Outcome(surface, len(wanted), first, second, missing, silent, left if not second.loud else frozenset())


def _next_since(first: Listed, since: dt.datetime | None) -> dt.datetime | None:
    newest = max((one.published_at for one in first.posts.values() if one.published_at), default=None)
    newest = max(filter(None, (newest, first.newest)), default=None)
    if newest is None:
        return since
    mark = dt.datetime.fromisoformat(min(newest, format_time(NOW)).replace("Z", "+00:00"))
    return mark - OVERLAP
