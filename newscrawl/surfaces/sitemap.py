"""Surface ``sitemap``: addresses of posts, from WordPress core, Yoast, Rank Math or Google News sitemaps.

It gives addresses and, sometimes, times; the posts' pages are asked for. Files
that were last changed before the window, or hold later posts alone, are not
read, and reading stops at the first file that lies before it.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

from newscrawl.clock import now_text
from newscrawl.posts import PostCopy
from newscrawl.surfaces.addresses import may_be_post, number_in, post_url
from newscrawl.surfaces.fetcher import Fetcher, ListingPage, SurfaceError, SurfaceRequest, refused_status
from newscrawl.surfaces.parsing.sitemap import (
    Sitemap,
    SitemapEntry,
    newest_first,
    parse_sitemap,
    post_sitemaps,
    prune,
    url_day,
)
from newscrawl.text import escape_controls
from newscrawl.urls import is_home_page, same_site

__all__ = ["SitemapSurface"]

logger = logging.getLogger("newscrawl.surfaces.sitemap")

#: Where sitemaps stand where robots.txt names none: core, Yoast and Rank Math, everybody else.
USUAL = ("/wp-sitemap.xml", "/sitemap_index.xml", "/sitemap.xml")
#: Files read at most, and how deep an index may lead.
MOST_FILES = 500
DEEPEST = 2
#: From so many files on, those before a window that ended long ago are skipped by halving.
FEW_FILES = 3
#: Addresses entered in the ledger at once.
AT_ONCE = 1_000
_DAY = dt.timedelta(days=1)
_NEWS = re.compile(r"/(?:google-)?(?:news-sitemap|sitemap-news)\d{0,4}\.xml(?:\.gz)?\Z", re.IGNORECASE)
_XML = "application/xml, text/xml;q=0.9, */*;q=0.1"


class SitemapSurface:
    """Lists one site's posts by its sitemaps."""

    name = "sitemap"

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest, named: tuple[str, ...] = ()) -> None:
        self._fetcher = fetcher
        self._request = request
        #: What robots.txt names.
        self._named = tuple(url for url in named if same_site(url, request.site))
        self._files = 0
        self._kept: dict[str, Sitemap] = {}

    async def pages(self, cursor: object) -> AsyncIterator[ListingPage]:
        """List newest first. Raises :class:`SurfaceError` where no sitemap serves, or could tell what is asked."""
        request = self._request
        if request.categories or request.query:
            raise SurfaceError("unable", "sitemaps know neither categories nor search")
        # Google's news sitemap holds two days: it comes last, and alone it is not enough for more.
        named = sorted(dict.fromkeys(self._named), key=is_news_sitemap)
        problem: SurfaceError | None = None
        served = False
        for url in dict.fromkeys([*named, *(f"{request.site}{path}" for path in USUAL)]):
            if served and (url not in named or is_news_sitemap(url)):
                break
            try:
                sitemap = await self._file(url)
            except SurfaceError as error:
                problem = problem or error
                continue
            assert sitemap is not None
            async for page in self._read(url, sitemap, 1):
                yield page
            served = served or not is_news_sitemap(url)
        if not served:
            raise problem or SurfaceError("not_found", f"{escape_controls(request.site)}: no sitemap of all posts")

    async def _file(self, url: str, *, conditional: bool = False) -> Sitemap | None:
        """A sitemap file; ``None`` where it has not changed."""
        if self._files >= MOST_FILES:
            raise SurfaceError("too_many_pages", f"more than {MOST_FILES} sitemap files")
        self._files += 1
        response = await self._fetcher.get(url, accept=_XML, conditional=conditional)
        if response.status == 304:
            return None
        if response.status != 200:
            raise refused_status(self.name, response)
        sitemap = parse_sitemap(response.body, response.url)
        if sitemap.kind == "not_a_sitemap":
            raise SurfaceError("html", f"{escape_controls(url)[:200]}: no sitemap where one was due")
        if sitemap.truncated:
            self._fetcher.note_cut(url)
        if sitemap.kind == "empty":
            logger.warning("The sitemap %s is empty", escape_controls(url)[:200])
        return sitemap

    async def _read(self, url: str, sitemap: Sitemap, depth: int) -> AsyncIterator[ListingPage]:
        request = self._request
        if sitemap.kind != "index":
            for page in self._listing(sitemap):
                yield page
            return
        if depth > DEEPEST:
            logger.warning("Sitemap indexes lead deeper than %s: %s is left out", DEEPEST, escape_controls(url)[:200])
            return
        children = [
            child for child in post_sitemaps(sitemap.entries, request.since) if same_site(child.loc, request.site)
        ]
        for child in await self._from_the_window_on(children):
            inner = self._kept.pop(child.loc, None) or await self._file(child.loc, conditional=not request.until)
            if inner is None:
                # Unchanged. Where the index does not say which files changed, the older ones did not either.
                if child.lastmod is None and not is_news_sitemap(child.loc):
                    return
                continue
            if inner.kind == "index":
                async for page in self._read(child.loc, inner, depth + 1):
                    yield page
                continue
            for page in self._listing(inner):
                yield page
            # Newest file first: once a file of dated posts lies before the window, the older ones do as well.
            latest = _latest_day(inner)
            if request.since and latest and (dt.date.fromisoformat(latest) + _DAY).isoformat() < request.since[:10]:
                return

    async def _from_the_window_on(self, children: list[SitemapEntry]) -> list[SitemapEntry]:
        """*children*, newest first, without those that hold later posts alone: found by halving."""
        until = self._request.until
        news = [child for child in children if is_news_sitemap(child.loc)]
        files = children[len(news) :]
        if until is None or until >= now_text() or len(files) < FEW_FILES:
            return children
        low, high = 0, len(files) - 1
        while low < high:
            middle = (low + high) // 2
            inner = await self._file(files[middle].loc)
            assert inner is not None
            self._kept[files[middle].loc] = inner
            days = _days(inner)
            if not days:
                return files  # undated addresses: each file may hold what is asked
            if (dt.date.fromisoformat(min(days)) - _DAY).isoformat() > until[:10]:
                low = middle + 1
            else:
                high = middle
        return files[low:]

    def _listing(self, sitemap: Sitemap) -> Iterator[ListingPage]:
        """What a file shows of the window: in pieces, each of which is a transaction."""
        request = self._request
        posts = [entry for entry in sitemap.entries if may_be_post(entry.loc, request.site)]
        kept = newest_first(prune(posts, request.since, request.until))
        copies = [self._copy(entry) for entry in kept]
        if request.changed_since is not None:
            in_window = {entry.loc for entry in kept}
            copies += [
                self._copy(entry, day)
                for entry in posts
                if entry.loc not in in_window
                and (entry.lastmod or "") > request.changed_since
                and (day := url_day(entry.loc)) is not None
            ]
        shown = [entry.lastmod or f"{day}T00:00:00Z" for entry in kept if (day := url_day(entry.loc)) or entry.lastmod]
        newest, skipped = max(shown, default=None), sitemap.skipped
        for start in range(0, max(1, len(copies)), AT_ONCE):
            yield ListingPage(posts=copies[start : start + AT_ONCE], skipped=skipped, newest=newest)
            skipped = 0

    def _copy(self, entry: SitemapEntry, day: str | None = None) -> PostCopy:
        """*day*: of a post outside the window, which is of interest only where it is known and has changed."""
        site = self._request.site
        # `lastmod` is when it changed; when it was published the page says.
        return PostCopy(
            site=site,
            url=post_url(entry.loc, site),
            surface=self.name,
            source="sitemap",
            remote_id=number_in(entry.loc),
            title=entry.news_title,
            published_at=f"{day}T00:00:00Z" if day else entry.news_published_at,
            published_precision="day" if day else entry.news_precision,
            modified_at=entry.lastmod if entry.lastmod_precision != "day" else None,
            incomplete=True,
            looked_at=now_text(),
        )


def is_news_sitemap(url: str) -> bool:
    """Whether *url* is, by its name, a Google News sitemap: the posts of two days, at most a thousand."""
    return _NEWS.search(urlsplit(url).path) is not None


def _latest_day(sitemap: Sitemap) -> str | None:
    """The day before or on which all posts of a file were published, as far as it tells; else ``None``."""
    days = _days(sitemap)
    if days:
        return max(days)
    changed = [entry.lastmod[:10] for entry in sitemap.entries if entry.lastmod]
    return max(changed) if changed and len(changed) == len(sitemap.entries) else None


def _days(sitemap: Sitemap) -> list[str]:
    """The days that a file's addresses name; none where one of its posts has none."""
    days = [(entry.news_published_at or "")[:10] or url_day(entry.loc) for entry in sitemap.entries]
    posts = [entry for entry in sitemap.entries if not is_home_page(entry.loc)]
    known = [day for day in days if day]
    return known if len(known) >= len(posts) else []
