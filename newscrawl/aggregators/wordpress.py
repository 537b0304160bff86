"""Any WordPress aggregator, written once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from scrapy import Request
from scrapy.http import Response

from newscrawl.aggregators.base import LedgerSpider
from newscrawl.aggregators.listing import Fetcher, ListingPage, Surface, SurfaceRequest
from newscrawl.aggregators.rest import RestSurface
from newscrawl.clock import epoch, format_time, now_text, parse_time
from newscrawl.ledger.scopes import save_cursor, save_high_water
from newscrawl.ledger.window import Window
from newscrawl.ledger.work import Discovered, list_posts
from newscrawl.posts import PostCopy
from newscrawl.session import Session
from newscrawl.urls import record_id

__all__ = ["WordPressSpider"]

#: How far back a scope's first run looks, and the overlap of later ones with what is known.
FIRST_LOOK = dt.timedelta(days=2)
OVERLAP = dt.timedelta(days=1)


class WordPressSpider(LedgerSpider):
    """Base of spiders for WordPress aggregators.

    To add a site: copy ``spiders/dnyuz.py``, set ``name`` and ``site``. Posts
    are discovered by the richest surface that serves; the attribution is found
    in whatever language it is written. ``docs/add-an-aggregator.md`` goes
    through it step by step.
    """

    def window_of(self, session: Session) -> Window:
        arguments = session.arguments
        since = arguments.since
        if since is None:
            mark = session.run.scope_row["high_water"]
            moment = parse_time(mark) - OVERLAP if mark else dt.datetime.fromtimestamp(epoch(), dt.UTC) - FIRST_LOOK
            since = format_time(moment)
        return Window(session.run.scope.id, None if since == "all" else since, arguments.until)

    async def discover(self) -> None:
        fetcher = Fetcher(self._download, delay=max(1.0, self.session.config.delay))
        surface = RestSurface(fetcher, self._surface_request())
        await self._walk(surface)

    def _surface_request(self) -> SurfaceRequest:
        arguments = self.arguments
        return SurfaceRequest(
            site=arguments.site,
            since=self.window.since,
            until=self.window.until,
            categories=arguments.categories,
            query=arguments.query,
        )

    async def _download(self, request: Request) -> Response:
        return await self.crawler.engine.download_async(request)

    async def _walk(self, surface: Surface) -> None:
        """Enter what *surface* lists, page by page; at the end move the scope's high-water mark."""
        newest = ""
        claimable = 0
        async for page in surface.pages(self.session.run.scope_row["cursor"]):
            claimable += await self._enter(surface.name, page)
            # A clock that runs ahead at the site must not hide what comes tomorrow.
            now = now_text()
            newest = max([newest, *(one.published_at or "" for one in page.posts if (one.published_at or "") <= now)])
            if self.arguments.limit is not None and claimable >= self.arguments.limit:
                return
        scope_id = self.session.run.scope.id

        def complete(connection: Any) -> None:
            save_cursor(connection, scope_id, None)
            if newest and self.arguments.until is None and self.arguments.limit is None:
                save_high_water(connection, scope_id, newest)

        await self.session.write(complete)

    async def _enter(self, surface: str, page: ListingPage) -> int:
        found = [_discovered(copy) for copy in page.posts]
        session = self.session
        listing = await session.write(
            lambda connection: list_posts(
                connection,
                run_id=session.run.id,
                scope_id=session.run.scope.id,
                site=self.arguments.site,
                surface=surface,
                found=found,
                follow=self.arguments.follow,
                cursor=page.cursor,
            )
        )
        session.counts["known"] += listing.known
        if page.skipped:
            self.crawler.stats.inc_value("newscrawl/discovery/skipped_posts", page.skipped)
        self.crawler.stats.inc_value("newscrawl/discovery/listings")
        self.crawler.stats.inc_value("newscrawl/discovery/posts", len(found))
        self._wake.set()
        return listing.new + listing.changed


def _discovered(copy: PostCopy) -> Discovered:
    return Discovered(
        id=record_id(copy.url),
        url=copy.url,
        published_at=copy.published_at,
        modified_at=copy.modified_at,
        given=copy.to_json(),
    )
