"""Surface ``feed``: Atom or RSS, page by page, newest first; whole posts where the site sends them.

Atom goes before RSS: it says when a post was changed. A window that lies
further back is not paged through from today: WordPress has a feed of every day
(``/2025/06/21/feed/atom/``, or ``?m=20250621``); where a site has shut those,
and for windows of months, the page is searched by halving. The newest page is
asked for conditionally: 304 means nothing new.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlencode

from newscrawl.clock import now_text
from newscrawl.outcomes import Reason
from newscrawl.posts import PostCopy
from newscrawl.surfaces.addresses import number_in, post_url
from newscrawl.surfaces.fetcher import (
    MOST_PAGES,
    Fetcher,
    ListingPage,
    SurfaceError,
    SurfaceRequest,
    first_page,
    header,
    past,
    refused_status,
    window_days,
)
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.surfaces.parsing.feed import Feed, FeedEntry, page_url, parse_feed
from newscrawl.text import escape_controls
from newscrawl.urls import same_site

__all__ = ["FeedSurface", "feed_copy"]

_XML = "application/atom+xml, application/rss+xml;q=0.9, application/xml;q=0.8, */*;q=0.1"
#: Shapes of a feed's address, the richest first: by its path, then without pretty permalinks, which
#: also finds categories whose base was changed.
_SHAPES = (("atom", False), ("rss2", False), ("atom", True), ("rss2", True))
#: Answers that say no more than that this shape of address is not served.
_TRY_ANOTHER = frozenset({"http_400", "http_404", "http_410", "html", Reason.ROBOTS})
#: Excerpts are 55 words by default; what is longer is no summary.
_MOST_SUMMARY = 3_000


class FeedSurface:
    """Lists one site's posts by its feeds."""

    name = "feed"

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self._fetcher = fetcher
        self._request = request
        self._shape: tuple[str, bool] | None = None
        self._most = 0  # entries on the fullest page so far
        self._kept: dict[str, Feed | None] = {}

    async def pages(self, cursor: object) -> AsyncIterator[ListingPage]:
        """List newest first. Raises :class:`SurfaceError` where the feed does not serve."""
        for category in self._request.categories or ("",):
            days = window_days(self._request) if not self._request.query else None
            if days is None or not await self._has_days(category, days):
                async for page in self._leaf(category):
                    yield page
                continue
            for day in days:
                url = self._address(category, day)
                if await self._feed(url, may_end=True) is None:
                    # WordPress has a feed of days without posts, too: this site, or now, does otherwise.
                    async for page in self._leaf(category):
                        yield page
                    break
                async for page in self._one(url, 1, of_day=True):
                    yield page

    async def _leaf(self, category: str) -> AsyncIterator[ListingPage]:
        """The feed from today back; where the window ended long ago, from the page that it begins on."""
        first = await self._settle_shape(category)
        url = self._address(category, None)
        until, start = self._request.until, 1
        if first is not None and until is not None and not self._request.query:

            async def reaches(number: int) -> bool:
                feed = await self._feed(_page(url, number), may_end=number > 1)
                times = [entry.published_at for entry in feed.entries if entry.published_at] if feed else []
                return feed is None or not times or min(times) < until

            start = await first_page(reaches)
        async for page in self._one(url, start):
            yield page

    async def _settle_shape(self, category: str) -> Feed | None:
        """Find the shape of address that serves; the newest page, ``None`` where it has not changed."""
        if self._shape is not None:
            return await self._feed(self._address(category, None), conditional=True)
        known = self._fetcher.validators
        order = sorted(_SHAPES, key=lambda shape: self._address(category, None, shape) not in known)
        problem: SurfaceError | None = None
        for shape in order:
            if shape[1] and problem is not None and problem.reason == Reason.ROBOTS:
                break  # what robots.txt forbids is not asked for by another name
            try:
                found = await self._feed(self._address(category, None, shape), conditional=True)
            except SurfaceError as error:
                if error.reason not in _TRY_ANOTHER:
                    raise
                problem = problem or error
                continue
            self._shape = shape
            return found
        assert problem is not None
        raise problem

    async def _has_days(self, category: str, days: Sequence[dt.date]) -> bool:
        """Whether the site has feeds of days: some switch date archives off, and then answer with the newest posts."""
        for shape in (self._shape,) if self._shape else _SHAPES:
            url = self._address(category, days[0], shape)
            try:
                feed = await self._feed(url)
            except SurfaceError as error:
                if error.reason not in _TRY_ANOTHER:
                    raise
                continue
            days_of = {entry.published_at[:10] for entry in feed.entries if entry.published_at} if feed else set()
            if all(abs((dt.date.fromisoformat(day) - days[0]).days) <= 1 for day in days_of):
                self._shape = shape
                return True
            self._kept.pop(url, None)
            return False
        return False

    def _address(self, category: str, day: dt.date | None, shape: tuple[str, bool] | None = None) -> str:
        site, query = self._request.site, self._request.query
        kind, plain = shape or self._shape or _SHAPES[0]
        if query or plain:
            # A search is sorted by relevance unless it is told otherwise.
            asked = {"s": query, "orderby": "date", "order": "desc"} if query else {}
            named = {"category_name": category} if category else {}
            dated = {"m": f"{day:%Y%m%d}"} if day else {}
            return f"{site}/?{urlencode({**asked, **named, **dated, 'feed': kind})}"
        end = "feed/atom/" if kind == "atom" else "feed/"
        if category:
            return f"{site}/category/{category}/{end}" + (f"?m={day:%Y%m%d}" if day else "")
        return f"{site}/{day:%Y/%m/%d}/{end}" if day else f"{site}/{end}"

    async def _feed(self, url: str, *, conditional: bool = False, may_end: bool = False) -> Feed | None:
        """The feed at *url*; ``None`` where it has not changed, or (*may_end*) where there is none."""
        if url in self._kept:
            return self._kept[url]
        response = await self._fetcher.get(url, accept=_XML, conditional=conditional and self._request.until is None)
        feed: Feed | None = None
        if response.status == 304 or (response.status == 404 and may_end):
            pass
        elif response.status != 200:
            raise refused_status(self.name, response)
        else:
            feed = parse_feed(response.body, response.url, header(response, "Content-Type"))
            if feed.kind != "posts":
                if not may_end:
                    what = "a feed of comments" if feed.kind == "comments" else "no feed"
                    raise SurfaceError("html", f"{escape_controls(self._request.site)}: {what} where its feed was due")
                feed = None
        self._kept[url] = feed
        return feed

    async def _one(self, url: str, number: int, *, of_day: bool = False) -> AsyncIterator[ListingPage]:
        """One feed from page *number* on, until it ends or reaches past the window."""
        seen: set[str] = set()
        while number <= MOST_PAGES:
            feed = await self._feed(_page(url, number), may_end=number > 1)
            self._kept.clear()
            if feed is None:
                if number > 1 and not of_day:
                    await self._see_it_still_serves(_page(url, number - 1))
                return
            copies = [
                copy for entry in feed.entries if (copy := feed_copy(entry, self._request.site, feed)) is not None
            ]
            fresh = [copy for copy in copies if copy.url not in seen]
            # A page that overlaps does so with the one before.
            seen = {copy.url for copy in copies}
            yield ListingPage(posts=self._wanted(fresh), skipped=len(feed.entries) - len(copies))
            self._most = max(self._most, len(feed.entries))
            short = of_day and len(feed.entries) < self._most
            if not fresh or short or past([copy.published_at for copy in copies], self._request.since):
                return
            number += 1
        raise SurfaceError("too_many_pages", f"{escape_controls(self._request.site)}: the feed has no end")

    async def _see_it_still_serves(self, url: str) -> None:
        """A page that is not there is the end of the list, unless the one before it at *url* is gone as well."""
        response = await self._fetcher.get(url, accept=_XML)
        if response.status != 200:
            raise refused_status(self.name, response)

    def _wanted(self, copies: Sequence[PostCopy]) -> list[PostCopy]:
        changed_since = self._request.changed_since
        return [
            copy
            for copy in copies
            if self._request.holds(copy.published_at)
            or (changed_since is not None and copy.modified_at is not None and copy.modified_at > changed_since)
        ]


def _page(url: str, number: int) -> str:
    return url if number == 1 else page_url(url, number)


def feed_copy(entry: FeedEntry, site: str, feed: Feed, surface: str = "feed") -> PostCopy | None:
    """The post that *entry* is, or ``None`` where it has no address. Without its whole text its page is to be asked."""
    if entry.url is None:
        return None
    summary = entry.summary_html if entry.summary_html != entry.content_html else None
    # FeedWordPress and its like make the link lead to the source; the post's own address is its guid then.
    own = entry.guid if number_in(entry.guid) and entry.guid and same_site(entry.guid, site) else None
    away = own is not None and not same_site(entry.url, site)
    return PostCopy(
        site=site,
        url=post_url(own if away and own else entry.url, site),
        attribution={"original_url": entry.url, "phrase": "permalink"} if away else None,
        surface=surface,
        source="feed",
        site_name=feed.title,
        remote_id=number_in(entry.guid) or number_in(entry.url),
        title=entry.title,
        author=entry.author,
        published_at=entry.published_at,
        published_precision=entry.published_precision,
        modified_at=entry.modified_at,
        categories=entry.categories,
        image_url=entry.image_url,
        # As of the REST API's excerpts: made of the first words, it may hold the attribution of a short post.
        summary=post_text(summary, base_url=entry.url).text if summary and len(summary) <= _MOST_SUMMARY else None,
        html=entry.content_html if entry.full_text else None,
        incomplete=not entry.full_text,
        looked_at=now_text(),
    )
