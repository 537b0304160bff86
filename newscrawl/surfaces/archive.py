"""Surface ``archive``: the pages a reader leafs through, for a site whose other doors are shut.

Category pages, search results, or the front page, page by page; for a window
further back the pages of its days (``/2025/06/21/``), or where the site has
none, and for windows of months, the page is searched by halving. The posts'
pages are asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from urllib.parse import urlencode

from newscrawl.clock import now_text, parse_time
from newscrawl.originals import charset_of
from newscrawl.posts import PostCopy
from newscrawl.surfaces.addresses import number_in, post_url
from newscrawl.surfaces.fetcher import (
    MOST_PAGES,
    Fetcher,
    ListingPage,
    SurfaceError,
    SurfaceRequest,
    first_page,
    past,
    refused_status,
    window_days,
)
from newscrawl.surfaces.parsing.archive import Listing, ListingEntry, page_address, parse_listing
from newscrawl.text import escape_controls

__all__ = ["ArchiveSurface"]

_HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


class ArchiveSurface:
    """Lists one site's posts by its list pages."""

    name = "archive"

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self._fetcher = fetcher
        self._request = request
        self._kept: dict[str, Listing | None] = {}

    async def pages(self, cursor: object) -> AsyncIterator[ListingPage]:
        """List newest first. Raises :class:`SurfaceError` where the pages cannot be had or show no posts."""
        request = self._request
        if request.query:
            # A search is sorted by relevance unless it is told otherwise.
            named = {"category_name": ",".join(request.categories)} if request.categories else {}
            asked = {"s": request.query, "orderby": "date", "order": "desc", **named}
            async for page in self._list(f"{request.site}/?{urlencode(asked)}", may_be_empty=True):
                yield page
            return
        for slug in request.categories:
            url = await self._category(slug)
            async for page in self._list(url, await self._start(url)):
                yield page
        if request.categories:
            return
        days = window_days(request)
        served = False
        for day in days or ():
            url = f"{request.site}/{day:%Y/%m/%d}/"
            listing = await self._page(url, may_be_absent=True)
            if listing is None:
                continue  # a day without posts
            if not _of_day(listing, day):
                # Switched off, these lead to the front page.
                served = False
                break
            served = True
            async for page in self._list(url, may_be_empty=True):
                yield page
        if not served:
            async for page in self._list(f"{request.site}/", await self._start(f"{request.site}/")):
                yield page

    async def _category(self, slug: str) -> str:
        """The address of a category: by WordPress's usual base, else by its name alone."""
        url = f"{self._request.site}/category/{slug}/"
        if await self._page(url, may_be_absent=True) is not None:
            return url
        return f"{self._request.site}/?{urlencode({'category_name': slug})}"

    async def _start(self, url: str) -> int:
        """The page on which the window begins: a window that ended long ago is not leafed to from today."""
        until = self._request.until
        if until is None or until >= now_text():
            return 1

        shown = 1

        async def reaches(number: int) -> bool:
            nonlocal shown
            listing = await self._page(page_address(url, number), may_be_absent=number > 1)
            if listing is None:
                if number <= shown:
                    where = escape_controls(self._request.site)
                    raise SurfaceError("http_404", f"{where}: list pages that it links to answer 404")
                return True
            shown = max(shown, listing.pages or 1, number + 1 if listing.next_url else 1)
            times = self._oldest_possible(listing)
            return not times or min(times) < until

        return await first_page(reaches)

    async def _page(self, url: str, *, may_be_absent: bool = False) -> Listing | None:
        """The list page at *url*; ``None`` where there is none and *may_be_absent*."""
        if url not in self._kept:
            response = await self._fetcher.get(url, accept=_HTML)
            if response.status == 404 and may_be_absent:
                self._kept[url] = None
            elif response.status != 200:
                raise refused_status(self.name, response)
            else:
                self._kept[url] = parse_listing(response.body, response.url, encoding=charset_of(response))
        return self._kept[url]

    async def _list(self, url: str, start: int = 1, *, may_be_empty: bool = False) -> AsyncIterator[ListingPage]:
        """One list from page *start* on, until it ends or reaches past the window."""
        seen: set[str] = set()
        asked: set[str] = set()
        following: str | None = url if start == 1 else page_address(url, start)
        before: str | None = None
        for number in range(start, MOST_PAGES + 1):
            if following is None or following in asked:
                return
            asked.add(following)
            listing = await self._page(following, may_be_absent=number > 1 or may_be_empty)
            self._kept.clear()
            if listing is None:
                if before is not None:
                    # The end of the list, unless the site has begun to refuse: the page before would be gone as well.
                    await self._page(before)
                return
            before = following
            fresh = [entry for entry in listing.entries if entry.url not in seen]
            seen |= {entry.url for entry in fresh}
            if not fresh and number == 1 and not may_be_empty and not listing.empty:
                raise SurfaceError("html", f"{escape_controls(self._request.site)}: no posts on its pages")
            shown = [
                entry.published_at or f"{entry.day}T00:00:00Z" for entry in fresh if entry.published_at or entry.day
            ]
            yield ListingPage(
                posts=[self._copy(entry) for entry in fresh if self._may_hold(entry)], newest=max(shown, default=None)
            )
            if not fresh or self._past_window(listing):
                return
            following = listing.next_url
        raise SurfaceError("too_many_pages", f"{escape_controls(self._request.site)}: its list pages have no end")

    def _days(self, entry: ListingEntry) -> tuple[dt.date, dt.date] | None:
        """First and last day, in UTC, on which the post may have been published."""
        if entry.published_at is not None and entry.published_precision != "day":
            day = parse_time(entry.published_at).date()
            return day, day
        shown = entry.day or (entry.published_at or "")[:10]
        if not shown:
            return None
        day = dt.date.fromisoformat(shown)
        return day - dt.timedelta(days=1), day + dt.timedelta(days=1)

    def _may_hold(self, entry: ListingEntry) -> bool:
        if entry.published_at is not None and entry.published_precision != "day":
            return self._request.holds(entry.published_at)
        days = self._days(entry)
        if days is None:
            return True
        since, until = self._request.since, self._request.until
        return not (since and days[1].isoformat() < since[:10]) and not (until and days[0].isoformat() > until[:10])

    def _past_window(self, listing: Listing) -> bool:
        since = self._request.since
        # Heroes repeat on every page, and their dates say nothing of the page's.
        days = [self._days(entry) for entry in listing.entries if not entry.featured]
        return past([span[1].isoformat() if span else None for span in days], since[:10] if since else None)

    def _oldest_possible(self, listing: Listing) -> list[str]:
        spans = [self._days(entry) for entry in listing.entries if not entry.featured]
        return [span[0].isoformat() for span in spans if span is not None]

    def _copy(self, entry: ListingEntry) -> PostCopy:
        site = self._request.site
        exact = entry.published_precision != "day"
        return PostCopy(
            site=site,
            url=post_url(entry.url, site),
            surface=self.name,
            source="html",
            remote_id=number_in(entry.url),
            title=entry.title,
            published_at=entry.published_at if exact else None,
            published_precision=entry.published_precision if exact else None,
            incomplete=True,
            looked_at=now_text(),
        )


def _of_day(listing: Listing, day: dt.date) -> bool:
    """Whether a list shows posts of *day* (where it dates them at all)."""
    shown = [entry.day or (entry.published_at or "")[:10] for entry in listing.entries if not entry.featured]
    return all(abs((dt.date.fromisoformat(one) - day).days) <= 1 for one in shown if one)
