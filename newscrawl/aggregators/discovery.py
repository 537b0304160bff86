"""Spiders that discover posts by listings: what an answer becomes in the ledger."""

from __future__ import annotations

import dataclasses
from typing import Any

from scrapy import Request
from scrapy.http import Response
from sqlalchemy.engine import Connection

from newscrawl.aggregators.base import LedgerSpider
from newscrawl.clock import now_text
from newscrawl.ledger.pages import known_numbers
from newscrawl.ledger.work import Discovered, list_posts
from newscrawl.net.slots import host_of
from newscrawl.posts import PostCopy
from newscrawl.surfaces.fetcher import ListingPage
from newscrawl.urls import record_id

__all__ = ["ListingSpider", "latest"]


class ListingSpider(LedgerSpider):
    """Enters listing answers in the ledger. Subclasses ask for them in :meth:`discover`."""

    async def download(self, request: Request) -> Response:
        """Send *request* through the downloader middlewares, no callback involved."""
        return await self.crawler.engine.download_async(request)

    async def enter(
        self, surface: str, page: ListingPage, *, cursor: dict[str, Any] | None, force: bool = False
    ) -> int:
        """One listing answer is one transaction; how many posts of it are to be read."""
        found = [_discovered(copy) for copy in page.posts]
        session = self.session
        listing = await session.write(
            lambda connection: list_posts(
                connection,
                run_id=session.run.id,
                scope_id=session.run.scope.id,
                site=self.ledger_site,
                surface=surface,
                found=_by_known_names(connection, self.ledger_site, found),
                follow=self.arguments.follow,
                cursor=cursor,
                force=force,
            )
        )
        session.counts["known"] += listing.known
        self.unread += listing.new + listing.changed
        if page.skipped:
            self.crawler.stats.inc_value("newscrawl/discovery/skipped_posts", page.skipped)
        self.crawler.stats.inc_value("newscrawl/discovery/listings")
        self.crawler.stats.inc_value("newscrawl/discovery/posts", len(found))
        self._wake.set()
        return listing.new + listing.changed


def _by_known_names(connection: Connection, site: str, found: list[Discovered]) -> list[Discovered]:
    """*found* by the addresses under which they are known: one post may be listed as ``?p=ID``, or by a new slug.

    Numbers begin anew when a site is set up anew: the time of publication has to agree.
    """
    numbers = [post.remote_id for post in found if post.remote_id is not None]
    known = known_numbers(connection, site, numbers) if numbers else {}
    named = []
    for post in found:
        post_id, url, published_at = known.get(post.remote_id or "", (post.id, post.url, None))
        if post_id != post.id and None not in (published_at, post.published_at) and published_at == post.published_at:
            post = dataclasses.replace(post, id=post_id, url=url, given={**post.given, "url": url})
        named.append(post)
    return named


def latest(so_far: str, page: ListingPage, name: str) -> str:
    """The latest time of *page*'s posts that has come: a clock that runs ahead must not hide what comes tomorrow."""
    now = now_text()
    return max([so_far, *(value for copy in page.posts if (value := getattr(copy, name) or "") <= now)])


def _discovered(copy: PostCopy) -> Discovered:
    return Discovered(
        id=record_id(copy.url),
        url=copy.url,
        published_at=copy.published_at,
        modified_at=copy.modified_at,
        given=copy.to_json(),
        remote_id=copy.remote_id,
        host=host_of(copy.url) if copy.incomplete else "",
    )
