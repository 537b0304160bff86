"""Surface ``feed``: Atom or RSS, page by page, newest first; whole posts where the site sends them.

Atom goes before RSS: it says when a post was changed. A window that lies
further back is not paged through from today: WordPress has a feed of every day
(``/2025/06/21/feed/atom/``, or ``?m=20250621``); where a site has shut those,
and for windows of months, the page is searched by halving. The newest page is
asked for conditionally: 304 means nothing new.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from newscrawl.outcomes import Reason
from newscrawl.posts import PostCopy, possible_times
from newscrawl.surfaces.answers import Answer, SurfaceError, SurfaceRequest, Times, refused_status, window_days
from newscrawl.surfaces.feed_posts import feed_copies
from newscrawl.surfaces.fetcher import Fetcher, header
from newscrawl.surfaces.parsing.feed import Feed, page_number, page_url, parse_feed
from newscrawl.surfaces.parsing.links import feed_links
from newscrawl.surfaces.walk import Cut, Shown, first_page, walk
from newscrawl.text import escape_controls
from newscrawl.urls import same_site

__all__ = ["FEED_TYPES", "FeedPages", "FeedSurface", "read_feed"]

FEED_TYPES = (
    "application/atom+xml, application/rss+xml;q=0.9, application/feed+json;q=0.9, application/xml;q=0.8, */*;q=0.1"
)
#: Shapes of a feed's address, the richest first: by its path, then without pretty permalinks, which
#: also finds categories whose base was changed.
_SHAPES = (("atom", False), ("rss2", False), ("atom", True), ("rss2", True))
#: Where other platforms have their feed, for a front page that names none: Ghost, Drupal, Medium and Substack, Blogger,
#: Hugo and Jekyll.
OTHER_PLACES = ("/rss/", "/rss.xml", "/feed", "/feeds/posts/default", "/index.xml", "/atom.xml", "/feed.json")
#: Feeds that a front page names and that are tried.
MOST_NAMED = 3
#: Answers that say no more than that this shape of address is not served.
_TRY_ANOTHER = frozenset({"http_400", "http_404", "http_410", "html", Reason.ROBOTS})


async def read_feed(fetcher: Fetcher, url: str, *, conditional: bool = False) -> tuple[Feed | None, int]:
    """The feed at *url* and the answer's status; no feed where it is 304 or 404.

    Raises:
        SurfaceError: the answer has another status, or is no feed of posts.
    """
    response = await fetcher.get(url, accept=FEED_TYPES, conditional=conditional)
    if response.status in (304, 404):
        return None, response.status
    if response.status != 200:
        raise refused_status("feed", response.url, response.status)
    feed = await fetcher.parsed(parse_feed, response.body, response.url, header(response, "Content-Type"))
    if feed.kind != "posts":
        what = "a feed of comments" if feed.kind == "comments" else "no feed"
        raise SurfaceError("html", f"{escape_controls(url)[:200]}: {what} where a feed was due")
    if feed.truncated:
        fetcher.note_cut(url)
    return feed, 200


class FeedPages:
    """Any feed as a list of pages, by the next page that it names (RFC 5005, JSON Feed).

    Args:
        whole: the feed is all that there is, where it names no next page; else it is the newest part of a site.
        site: the site that its posts belong to; the feed's own home where it is ``None``.
    """

    fullest = 0

    def __init__(self, fetcher: Fetcher, url: str, *, whole: bool = True, site: str | None = None) -> None:
        self._fetcher = fetcher
        self._url = url
        self._whole = whole
        self._site = site
        self._first: Feed | None = None
        #: The feed has not changed since its validators were given.
        self.unchanged = False

    def address(self, url: str, number: int) -> str:
        """Later pages are reached by links alone."""
        return url

    def proof(self, entries: int, *, first: bool) -> int:
        """A feed is a list and nothing else: one entry before the window is enough."""
        return 1

    def wanted(self, copies: Sequence[PostCopy]) -> list[PostCopy]:
        """All: what is wanted of them depends on what the feed has shown before."""
        return list(copies)

    async def page(self, url: str, *, may_be_absent: bool) -> Shown | None:
        """One page of the feed."""
        feed = self._first if url == self._url else None
        self._first = None
        if feed is None:
            feed, status = await read_feed(self._fetcher, url, conditional=url == self._url)
            if feed is None:
                self.unchanged = status == 304
                if status == 404 and not may_be_absent:
                    raise refused_status("feed", url, status)
                return None
            self._first = feed if not self._whole and url == self._url else None
        home = self._site or "/".join((feed.home_url or url).split("/", 3)[:3])
        copies, skipped = feed_copies(feed, home)
        following = feed.next_url if feed.next_url != url else None
        return Shown(
            copies=copies,
            times=_times_of(copies),
            skipped=skipped,
            following=following,
            named=True,
            is_last=following is None and self._whole,
            says_empty=not feed.entries,
        )


def _times_of(copies: Sequence[PostCopy]) -> list[Times]:
    return [
        possible_times(copy.published_at, copy.published_precision) if copy.published_at else None for copy in copies
    ]


class FeedSurface:
    """Lists one site's posts by its feeds."""

    name: ClassVar[str] = "feed"
    tells: ClassVar[frozenset[str]] = frozenset({"categories", "query", "post_types"})
    look: ClassVar[int] = 2
    fullest = 0

    @classmethod
    def begins(cls, request: SurfaceRequest) -> Sequence[str]:
        """Atom, then RSS."""
        return [f"{request.site}/feed/atom/", f"{request.site}/feed/"]

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self._fetcher = fetcher
        self._request = request
        self._shape: tuple[str, bool] | None = None
        self._type = ""
        self._held: dict[str, Feed | None] = {}
        self.kept: Mapping[str, Any] = {}

    async def pages(self, cursor: object) -> AsyncIterator[Answer]:
        """List newest first. Raises :class:`SurfaceError` where the feed does not serve."""
        cut = Cut()
        for post_type in ("", *self._request.post_types):
            self._type = post_type
            for category in self._request.categories or ("",):
                async for answer in self._list(category, cut):
                    yield answer
        yield Answer(end=cut.end())

    async def _list(self, category: str, cut: Cut) -> AsyncIterator[Answer]:
        days = window_days(self._request) if not self._request.query else None
        if days is not None and await self._has_days(category, days):
            for day in days:
                url = self._address(category, day)
                if await self._feed(url, may_be_absent=True) is None:
                    # WordPress has a feed of days without posts, too: this site, or now, does otherwise.
                    break
                async for answer in walk(self, url, 1, self._request, cut, of_day=True):
                    yield answer
            else:
                return
        try:
            first, url = await self._settle_shape(category), self._address(category, None)
        except SurfaceError as error:
            # What robots.txt forbids is not asked for by another name.
            forbidden = error.reason == Reason.ROBOTS
            if forbidden or error.reason not in _TRY_ANOTHER or category or self._request.query or self._type:
                raise
            async for answer in self._other_platform(cut, error):
                yield answer
            return
        if first is None:
            return  # unchanged since a run that listed at least as much
        start = 1 if self._request.query else await first_page(self, url, self._request.until)
        async for answer in walk(self, url, start, self._request, cut):
            yield answer

    async def _other_platform(self, cut: Cut, problem: SurfaceError) -> AsyncIterator[Answer]:
        """The feed of a site that is not WordPress: the one that its front page names, else in the usual places.

        Raises *problem* where there is none.
        """
        site = self._request.site
        places = [*(await self._named_feeds()), *(f"{site}{path}" for path in OTHER_PLACES)]
        for url in dict.fromkeys(places):
            pages = FeedPages(self._fetcher, url, whole=False, site=site)
            try:
                if await pages.page(url, may_be_absent=False) is None:
                    return  # unchanged since a run that listed at least as much
            except SurfaceError as error:
                if error.reason not in _TRY_ANOTHER:
                    raise
                continue
            async for answer in walk(pages, url, 1, self._request, cut):
                answer.posts = self.wanted(answer.posts)
                yield answer
            return
        raise problem

    async def _named_feeds(self) -> list[str]:
        """Feeds of posts that the site's front page names."""
        url = f"{self._request.site}/"
        response = await self._fetcher.get(url, accept="text/html,*/*;q=0.1")
        if response.status != 200:
            return []
        named = await self._fetcher.parsed(feed_links, response.body, response.url)
        return [one for one in named if same_site(one, url)][:MOST_NAMED]

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
            dated = bool(days_of) or feed is None or not feed.entries
            if dated and all(abs((dt.date.fromisoformat(day) - days[0]).days) <= 1 for day in days_of):
                self._shape = shape
                return True
            self._held.pop(url, None)
            return False
        return False

    def _address(self, category: str, day: dt.date | None, shape: tuple[str, bool] | None = None) -> str:
        site, query = self._request.site, self._request.query
        kind, plain = shape or self._shape or _SHAPES[0]
        named = {"post_type": self._type} if self._type else {}
        if query or plain:
            # A search is sorted by relevance unless it is told otherwise.
            named |= {"s": query, "orderby": "date", "order": "desc"} if query else {}
            named |= {"category_name": category} if category else {}
            named |= {"m": f"{day:%Y%m%d}"} if day else {}
            return f"{site}/?{urlencode({**named, 'feed': kind})}"
        end = "feed/atom/" if kind == "atom" else "feed/"
        if category:
            named |= {"m": f"{day:%Y%m%d}"} if day else {}
            end = f"category/{category}/{end}"
        elif day:
            end = f"{day:%Y/%m/%d}/{end}"
        return f"{site}/{end}" + (f"?{urlencode(named)}" if named else "")

    async def _feed(self, url: str, *, conditional: bool = False, may_be_absent: bool = False) -> Feed | None:
        """The feed at *url*; ``None`` where it has not changed, or (*may_be_absent*) where there is none."""
        if url not in self._held:
            feed, status = await read_feed(self._fetcher, url, conditional=conditional and self._request.until is None)
            if status == 404 and not may_be_absent:
                raise refused_status(self.name, url, status)
            self._held[url] = feed
        return self._held[url]

    # --- as a list of pages: newscrawl.surfaces.walk.PagedList ------------------------------------------------

    def address(self, url: str, number: int) -> str:
        """WordPress's ``paged=N``."""
        return url if number == 1 else page_url(url, number)

    def proof(self, entries: int, *, first: bool) -> int:
        """A feed is a list and nothing else: one entry before the window is enough."""
        return 1

    async def page(self, url: str, *, may_be_absent: bool) -> Shown | None:
        """One page of a feed."""
        feed = await self._feed(url, may_be_absent=may_be_absent)
        self._held.clear()
        if feed is None:
            return None
        copies, skipped = feed_copies(feed, self._request.site)
        number = page_number(url)
        return Shown(
            copies=copies,
            times=_times_of(copies),
            skipped=skipped,
            following=feed.next_url or page_url(url, number + 1),
            named=feed.next_url is not None,
            says_empty=not feed.entries,
        )

    def wanted(self, copies: Sequence[PostCopy]) -> list[PostCopy]:
        """Posts of the window, and those that changed since, where the feed tells."""
        changed_since = self._request.changed_since
        return [
            copy
            for copy in copies
            if self._request.holds(copy.published_at, copy.published_precision)
            or (changed_since is not None and copy.modified_at is not None and copy.modified_at > changed_since)
        ]
