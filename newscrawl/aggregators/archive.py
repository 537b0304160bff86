"""Surface ``archive``: the pages a reader leafs through, for a site whose other doors are shut.

Category pages, search results, or the front page, page by page; for a window
further back the pages of its days (``/2025/06/21/``). The posts' pages are asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

from newscrawl.aggregators.identity import number_in, post_url
from newscrawl.aggregators.listing import (
    MOST_PAGES,
    Fetcher,
    ListingPage,
    SurfaceError,
    SurfaceRequest,
    refused_status,
    window_days,
)
from newscrawl.aggregators.parsing.listings import Listing, ListingEntry, parse_listing
from newscrawl.clock import now_text, parse_time
from newscrawl.originals import charset_of
from newscrawl.posts import PostCopy
from newscrawl.text import escape_controls

__all__ = ["ArchiveSurface"]

_HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


class ArchiveSurface:
    """Lists one site's posts by its list pages."""

    name = "archive"

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self._fetcher = fetcher
        self._request = request

    async def pages(self, cursor: dict[str, Any] | None) -> AsyncIterator[ListingPage]:
        """List newest first. Raises :class:`SurfaceError` where the pages cannot be had or show no posts."""
        request = self._request
        if request.query:
            async for page in self._list(f"{request.site}/?{urlencode({'s': request.query})}", may_be_empty=True):
                yield page
            return
        days = window_days(request)
        if request.categories:
            for slug in request.categories:
                async for page in self._list(f"{request.site}/category/{slug}/"):
                    yield page
        elif days is not None:
            for day in days:
                async for page in self._list(f"{request.site}/{day:%Y/%m/%d}/", may_be_empty=True):
                    yield page
        else:
            async for page in self._list(f"{request.site}/"):
                yield page

    async def _list(self, url: str, *, may_be_empty: bool = False) -> AsyncIterator[ListingPage]:
        """One list, page after page, until it ends or reaches past the window."""
        seen: set[str] = set()
        asked: set[str] = set()
        following: str | None = url
        for number in range(1, MOST_PAGES + 1):
            if following is None or following in asked:
                return
            asked.add(following)
            response = await self._fetcher.get(following, accept=_HTML)
            if response.status == 404 and (number > 1 or may_be_empty):
                return
            if response.status != 200:
                raise refused_status(self.name, response)
            listing = parse_listing(response.body, response.url, encoding=charset_of(response))
            fresh = [entry for entry in listing.entries if entry.url not in seen]
            seen |= {entry.url for entry in fresh}
            if not fresh and number == 1 and not may_be_empty and not listing.empty:
                raise SurfaceError("html", f"{escape_controls(self._request.site)}: no posts on its pages")
            yield ListingPage(posts=[self._copy(entry) for entry in fresh if self._may_hold(entry)])
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
        if since is None:
            return False
        # Heroes repeat on every page, and their dates say nothing of the page's.
        days = [self._days(entry) for entry in listing.entries if not entry.featured]
        known = [span for span in days if span is not None]
        return bool(known) and len(known) == len(days) and max(span[1] for span in known).isoformat() < since[:10]

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
