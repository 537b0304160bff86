"""Surface ``feed``: RSS or Atom, page by page, newest first; whole posts where the site sends them.

A window that lies further back is not paged through from today: WordPress has
a feed of every day (``/2025/06/21/feed/``, or ``?m=20250621`` without pretty
permalinks). The newest page is asked for conditionally: 304 means nothing new.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlencode

from newscrawl.aggregators.identity import number_in, post_url
from newscrawl.aggregators.listing import (
    MOST_PAGES,
    Fetcher,
    ListingPage,
    SurfaceError,
    SurfaceRequest,
    header,
    refused_status,
    window_days,
)
from newscrawl.aggregators.parsing.feeds import Feed, FeedEntry, page_url, parse_feed
from newscrawl.clock import now_text
from newscrawl.posts import PostCopy
from newscrawl.text import escape_controls

__all__ = ["FeedSurface", "feed_copy"]

_XML = "application/rss+xml, application/atom+xml;q=0.9, application/xml;q=0.8, */*;q=0.1"


class FeedSurface:
    """Lists one site's posts by its feeds."""

    name = "feed"

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self._fetcher = fetcher
        self._request = request
        self._plain = False

    async def pages(self, cursor: dict[str, Any] | None) -> AsyncIterator[ListingPage]:
        """List newest first. Raises :class:`SurfaceError` where the feed does not serve."""
        request = self._request
        for path in request.categories or ("",):
            days = window_days(request) if not request.query else None
            if days is None:
                async for page in self._one(self._address(path, None), conditional=not request.until):
                    yield page
                continue
            for day in days:
                async for page in self._one(self._address(path, day), conditional=False, may_be_absent=True):
                    yield page

    def _address(self, category: str, day: dt.date | None) -> str:
        site = self._request.site
        if self._request.query:
            return f"{site}/?{urlencode({'s': self._request.query, 'feed': 'rss2'})}"
        if self._plain:
            named = {"category_name": category} if category else {}
            dated = {"m": f"{day:%Y%m%d}"} if day else {}
            return f"{site}/?{urlencode({'feed': 'rss2', **named, **dated})}"
        if day is not None and not category:
            return f"{site}/{day:%Y/%m/%d}/feed/"
        if day is not None:
            return f"{site}/category/{category}/feed/?m={day:%Y%m%d}"
        return f"{site}/category/{category}/feed/" if category else f"{site}/feed/"

    async def _one(self, url: str, *, conditional: bool, may_be_absent: bool = False) -> AsyncIterator[ListingPage]:
        """One feed, page after page, until it ends or reaches past the window."""
        seen: set[str] = set()
        number = 1
        while number <= MOST_PAGES:
            response = await self._fetcher.get(
                page_url(url, number), accept=_XML, conditional=conditional and number == 1
            )
            if response.status == 304:
                return
            if response.status == 404 and (number > 1 or may_be_absent):
                return  # past the last page; or a day without posts
            if response.status != 200:
                raise refused_status(self.name, response)
            feed = parse_feed(response.body, response.url, header(response, "Content-Type"))
            if feed.kind != "posts":
                if number > 1 or may_be_absent:
                    return
                what = "a feed of comments" if feed.kind == "comments" else "no feed"
                raise SurfaceError("html", f"{escape_controls(self._request.site)}: {what} where its feed was due")
            copies = [
                copy for entry in feed.entries if (copy := feed_copy(entry, self._request.site, feed)) is not None
            ]
            fresh = [copy for copy in copies if copy.url not in seen]
            seen |= {copy.url for copy in fresh}
            yield ListingPage(posts=self._wanted(fresh), skipped=len(feed.entries) - len(copies))
            since = self._request.since
            if not fresh or (since and all(copy.published_at and copy.published_at < since for copy in copies)):
                return
            number += 1
        raise SurfaceError("too_many_pages", f"{escape_controls(self._request.site)}: the feed has no end")

    def _wanted(self, copies: Sequence[PostCopy]) -> list[PostCopy]:
        return [copy for copy in copies if self._request.holds(copy.published_at)]


def feed_copy(entry: FeedEntry, site: str, feed: Feed, surface: str = "feed") -> PostCopy | None:
    """The post that *entry* is, or ``None`` where it has no address. Without its whole text its page is to be asked."""
    if entry.url is None:
        return None
    return PostCopy(
        site=site,
        url=post_url(entry.url, site),
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
        summary=None,
        html=entry.content_html if entry.full_text else None,
        incomplete=not entry.full_text,
        looked_at=now_text(),
    )
