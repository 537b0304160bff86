"""The lists of one publisher, read for the posts that are looked for there: the cheapest first, within bounds."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urljoin

from newscrawl.clock import format_time, parse_time
from newscrawl.crawling.run import Run, plural
from newscrawl.crawling.site import Site
from newscrawl.ledger.lookups import HOLDS
from newscrawl.net.robots import RobotsMiddleware
from newscrawl.originals import charset_of
from newscrawl.originals.lists import Lists, Read
from newscrawl.originals.ranking import Entry, Sought
from newscrawl.surfaces.answers import SurfaceError
from newscrawl.surfaces.fetcher import LEFT_ALONE, Fetcher, header
from newscrawl.surfaces.parsing.archive import Listing, parse_listing
from newscrawl.surfaces.parsing.feed import parse_feed
from newscrawl.surfaces.parsing.links import feed_links
from newscrawl.surfaces.parsing.rest import parse_posts
from newscrawl.surfaces.parsing.sitemap import Sitemap, SitemapEntry, parse_sitemap, period, post_sitemaps, url_day
from newscrawl.surfaces.sitemap import USUAL
from newscrawl.text import escape_controls
from newscrawl.urls import registrable_domain, same_site

if TYPE_CHECKING:
    from scrapy.http import Response

__all__ = ["PublisherLists"]

logger = logging.getLogger("newscrawl.crawling.publisher_lists")

#: Seconds that one look may take.
MOST_SECONDS = 180.0
#: Files of one sitemap index, pages of the API, feeds, and searches that are asked for at most.
MOST_FILES = 4
MOST_PAGES = 3
MOST_FEEDS = 2
MOST_SEARCHES = 3
#: A list that was read so many seconds ago may miss what was published since.
STALE = 3600.0
#: How far back a news sitemap (Google's rule), and a feed or front page as a rule, reach.
NEWS_DAYS = timedelta(days=3)
FEED_DAYS = timedelta(days=21)
#: An original is as a rule published before its copy, and by a clock of its own.
BEFORE, AFTER = timedelta(days=4), timedelta(days=2)
#: Reasons after which a publisher is asked nothing more.
_OVER = frozenset({LEFT_ALONE, "dns", "tls", "timeout", "connection", "refused"})
_XML = "application/xml, text/xml;q=0.9, */*;q=0.1"
_FEED = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.1"


class PublisherLists:
    """One look at the lists of one publisher.

    Args:
        home: its front page.
        lists: what is known of its lists; what is read is added.
        now: seconds since 1970.
        may_ask: called before each request; whether it may be made.
    """

    def __init__(
        self, run: Run, site: Site, home: str, lists: Lists, now: float, *, may_ask: Callable[[], bool]
    ) -> None:
        self.run = run
        self.site = site
        self.home = home
        self.lists = lists
        self.now = now
        self.may_ask = may_ask
        self.requests = 0
        self.wanted: list[Sought] = []
        self._until = time.monotonic() + MOST_SECONDS
        # The domain that the site sends all who come to, where it is another one.
        self._leads_to: str | None = None
        self._fetcher = Fetcher(site.download, delay=max(1.0, run.config.delay), workers=run.workers)
        self._told: list[str] = []
        self._over: str | None = None
        self._feeds: list[str] | None = None
        self._wordpress: bool | None = None
        self._searches = 0

    def told(self) -> str:
        """What was asked for and what came of it, in words."""
        return "; ".join(self._told) or "its lists, as read before, do not hold it"

    async def read(self, wanted: Sequence[Sought]) -> AsyncIterator[str]:
        """Read list after list while any of :attr:`wanted` is left; the name of each that was read."""
        self.wanted = list(wanted)
        for name, ask in await self._plan():
            if not self.wanted or self._over is not None or self.run.closing:
                return
            if self._holds(name):
                continue
            before = len(self.lists)
            try:
                await ask()
            except SurfaceError as error:
                self._told.append(f"{name}: {error}"[:160])
                if error.reason in _OVER:
                    self._over = error.reason
            else:
                known = self.lists.read.get(name)
                self.lists.read[name] = Read(self.now, known.found if known is not None else 0)
                self._told.append(f"{name}: {plural(len(self.lists) - before, 'entry', 'entries')}")
            yield name

    def _holds(self, name: str) -> bool:
        """Whether the list *name* was read so lately that asking again would tell nothing new of what is wanted."""
        known = self.lists.read.get(name)
        if known is None or known.at <= self.now - HOLDS or name == "search":
            return False
        if known.at > self.now - STALE:
            return True
        read = format_time(parse_time("1970-01-01T00:00:00Z") + timedelta(seconds=known.at))
        return all(one.published_at is not None and one.published_at < read for one in self.wanted)

    async def _plan(self) -> list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
        """The lists in the order in which they are asked for, without those that cannot reach back far enough."""
        middleware = self.site.crawler.get_downloader_middleware(RobotsMiddleware)
        named: tuple[str, ...] = ()
        if middleware is not None:
            try:
                named = await middleware.sitemaps_for(self.home)
            except Exception as error:
                logger.debug("robots.txt of %s tells no sitemaps: %s", self.home, escape_controls(error))
        self._sitemaps = [url for url in named if same_site(url, self.home)]
        news = [url for url in self._sitemaps if _is_news(url)]
        ways: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "news_sitemap": lambda: self._news(news),
            "sitemap": self._sitemap,
            "section": self._section,
            "feed": self._feed,
            "rest": self._rest,
            "search": self._search,
        }
        newest = max((one.published_at or "9999" for one in self.wanted), default="9999")
        if not news or newest < self._ago(NEWS_DAYS):
            del ways["news_sitemap"]
        if newest < self._ago(FEED_DAYS):
            del ways["feed"], ways["section"]
        if not self._sitemaps:
            # Guessing at addresses of sitemaps costs up to three requests: after what is told.
            ways["sitemap"] = ways.pop("sitemap")
            ways["search"] = ways.pop("search")
        served = [name for name, one in self.lists.read.items() if one.found and name in ways]
        return [*((name, ways[name]) for name in served), *((name, ways[name]) for name in ways if name not in served)]

    def _ago(self, span: timedelta) -> str:
        return format_time(parse_time("1970-01-01T00:00:00Z") + timedelta(seconds=self.now) - span)

    async def _get(self, url: str, accept: str) -> Response:
        if self._leads_to is not None:
            raise SurfaceError(LEFT_ALONE, f"it leads to {self._leads_to}")
        if time.monotonic() > self._until:
            raise SurfaceError(LEFT_ALONE, f"its lists took more than {MOST_SECONDS:.0f} s")
        if not self.may_ask():
            raise SurfaceError(LEFT_ALONE, f"no more requests for lists are made ({self.requests} were)")
        self.requests += 1
        response = await self._fetcher.get(url, accept=accept, tries=1)
        if registrable_domain(response.url) != registrable_domain(url):
            # A site that sends all who come elsewhere has no lists, and what it leads to is another's page.
            self._leads_to = registrable_domain(response.url)
            raise SurfaceError(LEFT_ALONE, f"it leads to {self._leads_to}")
        if response.status != 200:
            raise SurfaceError(f"http_{response.status}", f"HTTP status {response.status}")
        return response

    # --- the lists -----------------------------------------------------------------------------------------------

    async def _news(self, urls: Sequence[str]) -> None:
        for url in urls[:MOST_FEEDS]:
            sitemap = await self._sitemap_file(url)
            files = [one.loc for one in sitemap.entries[:MOST_FEEDS]] if sitemap.kind == "index" else []
            self._take_sitemap("news_sitemap", sitemap)
            for file in files:
                self._take_sitemap("news_sitemap", await self._sitemap_file(file))

    async def _sitemap(self) -> None:
        roots = [url for url in self._sitemaps if not _is_news(url)]
        named = bool(roots)
        files = 0
        for url in roots[:MOST_FEEDS] if named else [urljoin(self.home, path) for path in USUAL]:
            try:
                sitemap = await self._sitemap_file(url)
            except SurfaceError as error:
                if named or error.reason in _OVER:
                    raise
                continue
            self._take_sitemap("sitemap", sitemap)
            if sitemap.kind == "index":
                for child in self._near(sitemap)[: MOST_FILES - files]:
                    files += 1
                    self._take_sitemap("sitemap", await self._sitemap_file(child.loc))
            if not named:
                return

    def _near(self, index: Sitemap) -> list[SitemapEntry]:
        """Files of an index in which what is wanted may stand, those for most posts first."""
        since, until = self._window()
        own = [one for one in index.entries if same_site(one.loc, self.home)]
        chosen = post_sitemaps(own, since, until, latest_of_two=index.latest_of_two)
        days = [one.published_at[:10] for one in self.wanted if one.published_at]

        def touched(child: SitemapEntry) -> int:
            told = period(child.loc)
            if told is None:
                return 0
            first, last = _shifted(told[0], -AFTER), _shifted(told[1], BEFORE)
            return sum(first <= day <= last for day in days)

        return sorted(chosen, key=lambda child: -touched(child))

    async def _sitemap_file(self, url: str) -> Sitemap:
        response = await self._get(url, _XML)
        sitemap: Sitemap = await self._fetcher.parsed(parse_sitemap, response.body, response.url)
        if sitemap.kind == "not_a_sitemap":
            raise SurfaceError("html", "no sitemap where one was due")
        return sitemap

    def _take_sitemap(self, name: str, sitemap: Sitemap) -> None:
        if sitemap.kind == "index":
            return
        self._take(name, (_of_sitemap(one) for one in sitemap.entries))

    async def _section(self) -> None:
        response = await self._get(self.home, "text/html,*/*;q=0.1")
        listing: Listing = await self._fetcher.parsed(
            parse_listing, response.body, response.url, encoding=charset_of(response)
        )
        self._feeds = await self._fetcher.parsed(feed_links, response.body, response.url)
        self._wordpress = listing.wordpress or "api.w.org" in header(response, "Link")
        self._take("section", _of_listing(listing))

    async def _feed(self) -> None:
        urls = self._feeds if self._feeds else [urljoin(self.home, "/feed/")]
        for url in [one for one in urls if same_site(one, self.home)][:MOST_FEEDS]:
            response = await self._get(url, _FEED)
            feed = await self._fetcher.parsed(parse_feed, response.body, response.url, header(response, "Content-Type"))
            if feed.kind != "posts":
                raise SurfaceError("html", "no feed where one was due")
            self._wordpress = self._wordpress or feed.wordpress
            self._take(
                "feed",
                (Entry(one.url, one.title, one.published_at, None) for one in feed.entries if one.url is not None),
            )

    async def _rest(self) -> None:
        """WordPress's API, by date: one answer tells of a hundred posts."""
        if self._wordpress is False:
            raise SurfaceError("disabled", "not a WordPress site")
        since, until = self._window()
        for page in range(1, MOST_PAGES + 1):
            asked = {
                "per_page": "100", "page": str(page), "orderby": "date", "_fields": "id,link,slug,date_gmt,title",
                **({"after": since[:19]} if since else {}), **({"before": until[:19]} if until else {}),
            }  # fmt: skip
            url = urljoin(self.home, f"/wp-json/wp/v2/posts?{urlencode(asked)}")
            response = await self._get(url, "application/json")
            answer = await self._fetcher.parsed(
                parse_posts, response.body, header(response, "Content-Type"), response.status
            )
            if answer.kind != "posts":
                raise SurfaceError(answer.kind, f"its API answers with {answer.kind}")
            self._take("rest", (Entry(one.url, one.title, one.published_at, None) for one in answer.posts))
            if len(answer.posts) + len(answer.skipped) < 100:
                return

    async def _search(self) -> None:
        """The site's own search, where robots.txt allows it: for a few posts alone, since it is asked for each."""
        if self._wordpress is False:
            raise SurfaceError("disabled", "no search is known")
        for one in self.wanted[:MOST_SEARCHES]:
            if not one.titles or self._searches >= MOST_SEARCHES:
                return
            self._searches += 1
            response = await self._get(urljoin(self.home, f"/?s={quote(one.titles[0][:120])}"), "text/html,*/*;q=0.1")
            listing: Listing = await self._fetcher.parsed(
                parse_listing, response.body, response.url, encoding=charset_of(response)
            )
            self._take("search", _of_listing(listing))

    def _take(self, name: str, entries: Iterable[Entry]) -> None:
        self.lists.add(name, (one for one in entries if same_site(one.url, self.home)))

    def _window(self) -> tuple[str | None, str | None]:
        """From when until when the originals of what is wanted were published."""
        days = [one.published_at for one in self.wanted]
        dated = [day for day in days if day is not None]
        if not dated or len(dated) < len(days):
            return None, None
        return format_time(parse_time(min(dated)) - BEFORE), format_time(parse_time(max(dated)) + AFTER)


def _is_news(url: str) -> bool:
    return "news" in url.rpartition("/")[2].lower()


def _shifted(day: str, span: timedelta) -> str:
    return format_time(parse_time(f"{day}T00:00:00Z") + span)[:10]


def _of_sitemap(one: SitemapEntry) -> Entry:
    day = url_day(one.loc)
    published = one.news_published_at or (f"{day}T12:00:00Z" if day else None)
    return Entry(one.loc, one.news_title, published, one.lastmod)


def _of_listing(listing: Listing) -> Iterable[Entry]:
    return (
        Entry(one.url, one.title, one.published_at or (f"{one.day}T12:00:00Z" if one.day else None))
        for one in listing.entries
    )
