"""Surface ``archive``: the pages a reader leafs through, for a site whose other doors are shut.

Category pages, search results, or the front page, page by page; for a window
further back the pages of its days (``/2025/06/21/``), or where the site has
none, and for windows of months, the page is searched by halving. The posts'
pages are asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from newscrawl.clock import now_text
from newscrawl.originals import charset_of
from newscrawl.posts import PostCopy, possible_times
from newscrawl.surfaces.addresses import number_in, post_url
from newscrawl.surfaces.answers import Answer, SurfaceError, SurfaceRequest, Times, refused_status, window_days
from newscrawl.surfaces.fetcher import Fetcher
from newscrawl.surfaces.parsing.archive import Listing, ListingEntry, page_address, parse_listing
from newscrawl.surfaces.walk import Cut, Shown, first_page, walk
from newscrawl.text import escape_controls

__all__ = ["ArchiveSurface"]

_HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
#: Posts before the window at the end of a page that prove the list to have passed it: popular and featured posts
#: stand beside lists, and themes mark them up as the list's own.
PROOF = 3
#: Posts of a day from which on it is odd that several days have as many.
ALIKE = 3


class ArchiveSurface:
    """Lists one site's posts by its list pages."""

    name: ClassVar[str] = "archive"
    tells: ClassVar[frozenset[str]] = frozenset({"categories", "query"})
    look: ClassVar[int] = 1
    fullest = 0

    @classmethod
    def begins(cls, request: SurfaceRequest) -> Sequence[str]:
        """The front page."""
        return [f"{request.site}/"]

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self._fetcher = fetcher
        self._request = request
        self._held: dict[str, Listing | None] = {}
        self._has_pages = False  # a page N was found where WordPress has it
        self.kept: Mapping[str, Any] = {}

    async def pages(self, cursor: object) -> AsyncIterator[Answer]:
        """List newest first. Raises :class:`SurfaceError` where the pages cannot be had or show no posts."""
        cut = Cut()
        async for answer in self._lists(cut):
            yield answer
        yield Answer(end=cut.end())

    async def _lists(self, cut: Cut) -> AsyncIterator[Answer]:
        request = self._request
        if request.query:
            # A search is sorted by relevance unless it is told otherwise.
            named = {"category_name": ",".join(request.categories)} if request.categories else {}
            asked = {"s": request.query, "orderby": "date", "order": "desc", **named}
            url = f"{request.site}/?{urlencode(asked)}"
            async for answer in walk(self, url, 1, request, cut, of_day=True):
                yield answer
            return
        for slug in request.categories:
            url = await self._category(slug)
            async for answer in walk(self, url, await first_page(self, url, request.until), request, cut):
                yield answer
        if request.categories:
            return
        served = False
        before: set[str] = set()
        sizes: list[int] = []
        paged = False
        for day in window_days(request) or ():
            url = f"{request.site}/{day:%Y/%m/%d}/"
            listing = await self._listing(url, may_be_absent=True)
            if listing is None:
                continue  # a day without posts
            shown = {entry.url for entry in listing.entries if not entry.featured}
            same, before = bool(shown) and shown == before, shown
            if same or not _of_day(listing, day):
                # Switched off, these lead to the front page: by its dates, or since two days show the same posts.
                served = False
                break
            served = True
            sizes.append(len(shown))
            pages = 0
            async for answer in walk(self, url, 1, request, cut, of_day=True):
                pages += bool(answer.posts)
                yield answer
            paged = paged or pages > 1
        if served and not paged and await self._are_single_pages(sizes):
            served = False
        if not served:
            url = f"{request.site}/"
            async for answer in walk(self, url, await first_page(self, url, request.until), request, cut):
                yield answer

    async def _are_single_pages(self, sizes: Sequence[int]) -> bool:
        """Whether lists of days with *sizes* posts, of which none had a second page, may show a page and not the day.

        Several days have as many posts as one another, or one has as many as the front page shows.
        """
        if not sizes or max(sizes) < ALIKE:
            return False
        if len(sizes) > 1 and len(set(sizes)) == 1:
            return True
        front = await self._listing(f"{self._request.site}/", may_be_absent=True)
        return front is not None and 0 < sum(not entry.featured for entry in front.entries) <= max(sizes)

    async def _category(self, slug: str) -> str:
        """The address of a category: by WordPress's usual base, else by its name alone."""
        url = f"{self._request.site}/category/{slug}/"
        if await self._listing(url, may_be_absent=True) is not None:
            return url
        return f"{self._request.site}/?{urlencode({'category_name': slug})}"

    async def _listing(self, url: str, *, may_be_absent: bool) -> Listing | None:
        """The list page at *url*; ``None`` where there is none and *may_be_absent*."""
        if url not in self._held:
            response = await self._fetcher.get(url, accept=_HTML)
            if response.status == 404 and may_be_absent:
                self._held[url] = None
            elif response.status != 200:
                raise refused_status(self.name, response.url, response.status)
            else:
                self._held[url] = await self._fetcher.parsed(
                    parse_listing, response.body, response.url, encoding=charset_of(response)
                )
        return self._held[url]

    # --- as a list of pages: newscrawl.surfaces.walk.PagedList ------------------------------------------------

    def address(self, url: str, number: int) -> str:
        """``/page/N/``, or ``paged=N``."""
        return page_address(url, number) if number > 1 else url

    def proof(self, entries: int, *, first: bool) -> int:
        """On the first page half of the posts: what stands beside the list is there again on the second."""
        return max(PROOF, (entries + 1) // 2) if first else PROOF

    async def page(self, url: str, *, may_be_absent: bool) -> Shown | None:
        """One page of a list."""
        listing = await self._listing(url, may_be_absent=may_be_absent)
        self._held.clear()
        if listing is None:
            return None
        if not listing.entries and not listing.empty and not may_be_absent:
            raise SurfaceError("html", f"{escape_controls(self._request.site)}: no posts on its pages")
        shown = [one.published_at or f"{one.day}T00:00:00Z" for one in listing.entries if one.published_at or one.day]
        self._has_pages = self._has_pages or (listing.page > 1 and bool(listing.entries))
        copies = {copy.url: (copy, entry) for entry in listing.entries if (copy := self._copy(entry))}
        return Shown(
            copies=[copy for copy, _ in copies.values()],
            times=[_times(entry) for _, entry in copies.values()],
            aside=frozenset(copy.url for copy, entry in copies.values() if entry.featured),
            following=listing.next_url or page_address(url, listing.page + 1),
            named=listing.next_url is not None,
            pages=listing.pages,
            absent_is_end=self._has_pages or (listing.wordpress and not listing.loads_more),
            is_last=listing.next_url is None and listing.pages is not None and listing.pages <= listing.page,
            says_empty=listing.empty,
            offers_more=listing.loads_more,
            newest=max(shown, default=None),
        )

    def wanted(self, copies: Sequence[PostCopy]) -> list[PostCopy]:
        """Those that the window may hold, by the times or days that the list shows."""
        return [copy for copy in copies if self._request.holds(copy.published_at, copy.published_precision)]

    def _copy(self, entry: ListingEntry) -> PostCopy:
        site = self._request.site
        at, precision = entry.published_at, entry.published_precision
        if (at is None or precision == "day") and entry.day is not None:
            at, precision = f"{entry.day}T00:00:00Z", "day"
        return PostCopy(
            site=site,
            url=post_url(entry.url, site),
            surface=self.name,
            source="html",
            remote_id=number_in(entry.url),
            title=entry.title,
            published_at=at,
            published_precision=precision,
            incomplete=True,
            looked_at=now_text(),
        )


def _times(entry: ListingEntry) -> Times:
    if entry.published_at is not None and entry.published_precision != "day":
        return possible_times(entry.published_at, entry.published_precision)
    day = entry.day or (entry.published_at or "")[:10]
    return possible_times(f"{day}T00:00:00Z", "day") if day else None


def _of_day(listing: Listing, day: dt.date) -> bool:
    """Whether a list shows posts of *day* (where it dates them at all)."""
    shown = [entry.day or (entry.published_at or "")[:10] for entry in listing.entries if not entry.featured]
    return all(abs((dt.date.fromisoformat(one) - day).days) <= 1 for one in shown if one)
