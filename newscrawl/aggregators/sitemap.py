"""Surface ``sitemap``: addresses of posts, from WordPress core, Yoast, Rank Math or Google News sitemaps.

It gives addresses and, sometimes, times; the posts' pages are asked for. Files
that were last changed before the window are not read, and reading stops at the
first file that holds nothing of it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

from newscrawl.aggregators.identity import number_in, post_url
from newscrawl.aggregators.listing import Fetcher, ListingPage, SurfaceError, SurfaceRequest, refused_status
from newscrawl.aggregators.parsing.sitemaps import (
    Sitemap,
    SitemapEntry,
    newest_first,
    parse_sitemap,
    post_sitemaps,
    prune,
    url_day,
)
from newscrawl.clock import now_text
from newscrawl.posts import PostCopy
from newscrawl.text import escape_controls
from newscrawl.urls import is_home_page, same_site

__all__ = ["SitemapSurface"]

logger = logging.getLogger("newscrawl.aggregators.sitemap")

#: Where sitemaps stand where robots.txt names none: core, Yoast and Rank Math, everybody else.
USUAL = ("/wp-sitemap.xml", "/sitemap_index.xml", "/sitemap.xml")
#: Files read at most, and how deep an index may lead.
MOST_FILES = 500
DEEPEST = 2
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

    async def pages(self, cursor: dict[str, Any] | None) -> AsyncIterator[ListingPage]:
        """List newest first. Raises :class:`SurfaceError` where no sitemap serves, or could tell what is asked."""
        request = self._request
        if request.categories or request.query:
            raise SurfaceError("unable", "sitemaps know neither categories nor search")
        tried = list(dict.fromkeys([*self._named, *(f"{request.site}{path}" for path in USUAL)]))
        problem: SurfaceError | None = None
        for url in tried:
            try:
                sitemap = await self._file(url)
            except SurfaceError as error:
                problem = problem or error
                continue
            async for page in self._read(url, sitemap, 1):
                yield page
            return
        raise problem or SurfaceError("not_found", f"{escape_controls(request.site)}: no sitemap")

    async def _file(self, url: str, *, conditional: bool = False) -> Sitemap:
        if self._files >= MOST_FILES:
            raise SurfaceError("too_many_pages", f"more than {MOST_FILES} sitemap files")
        self._files += 1
        response = await self._fetcher.get(url, accept=_XML, conditional=conditional)
        if response.status == 304:
            return Sitemap(kind="empty")
        if response.status != 200:
            raise refused_status(self.name, response)
        sitemap = parse_sitemap(response.body, response.url)
        if sitemap.kind == "not_a_sitemap":
            raise SurfaceError("html", f"{escape_controls(url)[:200]}: no sitemap where one was due")
        if sitemap.kind == "empty":
            logger.warning("The sitemap %s is empty", escape_controls(url)[:200])
        return sitemap

    async def _read(self, url: str, sitemap: Sitemap, depth: int) -> AsyncIterator[ListingPage]:
        request = self._request
        if sitemap.kind != "index":
            yield self._page(sitemap)
            return
        if depth > DEEPEST:
            logger.warning("Sitemap indexes lead deeper than %s: %s is left out", DEEPEST, escape_controls(url)[:200])
            return
        told = 0
        for child in post_sitemaps(sitemap.entries, request.since):
            if not same_site(child.loc, request.site):
                continue
            inner = await self._file(child.loc, conditional=not request.until)
            if inner.kind == "index":
                async for page in self._read(child.loc, inner, depth + 1):
                    yield page
                continue
            page = self._page(inner)
            yield page
            # Newest file first: once a file of dated posts holds none of the window, the older ones do not either.
            dated = any(entry.news_published_at or _dated(entry) for entry in inner.entries)
            if request.since and inner.entries and dated and not page.posts and told:
                return
            told += 1

    def _page(self, sitemap: Sitemap) -> ListingPage:
        request = self._request
        kept = newest_first(prune(sitemap.entries, request.since, request.until))
        return ListingPage(
            posts=[self._copy(entry) for entry in kept if self._is_post(entry.loc)], skipped=sitemap.skipped
        )

    def _is_post(self, url: str) -> bool:
        return same_site(url, self._request.site) and not is_home_page(url)

    def _copy(self, entry: SitemapEntry) -> PostCopy:
        site = self._request.site
        # `lastmod` is when it changed; when it was published the page says.
        return PostCopy(
            site=site,
            url=post_url(entry.loc, site),
            surface=self.name,
            source="sitemap",
            remote_id=number_in(entry.loc),
            title=entry.news_title,
            published_at=entry.news_published_at,
            published_precision=entry.news_precision,
            modified_at=entry.lastmod if entry.lastmod_precision != "day" else None,
            incomplete=True,
            looked_at=now_text(),
        )


def _dated(entry: SitemapEntry) -> bool:
    return url_day(entry.loc) is not None
