"""Any RSS or Atom feeds: what they list is followed to its sources as an aggregator's posts are."""

from __future__ import annotations

import dataclasses
from typing import Any

from newscrawl.aggregators.aggregator import Aggregator, latest
from newscrawl.aggregators.arguments import Arguments
from newscrawl.aggregators.sources import digest, read_addresses
from newscrawl.config import Config
from newscrawl.ledger.scopes import Memory, save_listing_end, save_memory
from newscrawl.ledger.upkeep import revive_originals
from newscrawl.surfaces.feed import feed_copy
from newscrawl.surfaces.fetcher import Fetcher, ListingPage, SurfaceError, header, refused_status
from newscrawl.surfaces.parsing.feed import parse_feed
from newscrawl.text import escape_controls

__all__ = ["FeedsSpider"]

_XML = "application/rss+xml, application/atom+xml;q=0.9, application/xml;q=0.8, */*;q=0.1"
#: Pages of one feed that are followed (RFC 5005).
MOST_PAGES = 100


class FeedsSpider(Aggregator):
    """Base of the spider ``feeds``: ``-a feeds=`` addresses or a file of them (one a line, or OPML)."""

    takes = frozenset({"feeds", "since", "until", "limit", "follow", "deliver", "wait"})
    needs = frozenset({"feeds"})

    @classmethod
    def read_arguments(cls, given: dict[str, Any], config: Config) -> Arguments:
        arguments = super().read_arguments(given, config)
        addresses = read_addresses("feeds", arguments.sources[0], config.policy)
        return dataclasses.replace(arguments, site=f"feeds:{digest(addresses)}", sources=tuple(addresses))

    async def discover(self) -> None:
        run = self.run
        memory = Memory.of(run.entry.scope_row)
        await run.write(revive_originals, self.window)
        fetcher = Fetcher(self.download, delay=max(1.0, run.config.delay))
        fetcher.validators = {url: list(found) for url, found in memory.validators.items()}
        newest, whole = "", True
        for address in self.arguments.sources:
            try:
                newest = await self._read_feed(fetcher, address, newest)
            except SurfaceError as error:
                # One feed that does not serve must not keep the others from being read.
                run.problem(str(error))
                whole = False
        for message in fetcher.cut.values():
            run.problem(message)
            whole = False
        if not whole or self.arguments.until is not None or self.arguments.limit is not None:
            return
        scope_id, kept = run.entry.scope.id, dataclasses.replace(memory, validators=fetcher.validators)

        def remember(connection: Any) -> None:
            save_memory(connection, scope_id, kept)
            save_listing_end(connection, scope_id, newest)

        await run.write(remember)

    async def _read_feed(self, fetcher: Fetcher, address: str, newest: str) -> str:
        url: str | None = address
        for number in range(MOST_PAGES):
            if url is None:
                break
            response = await fetcher.get(url, accept=_XML, conditional=number == 0)
            if response.status == 304:
                break
            if response.status != 200:
                raise refused_status("feed", response)
            feed = parse_feed(response.body, response.url, header(response, "Content-Type"))
            if feed.kind != "posts":
                what = "a feed of comments" if feed.kind == "comments" else "no feed"
                raise SurfaceError("html", f"{escape_controls(address)[:200]}: {what} where a feed was due")
            site = "/".join((feed.home_url or response.url).split("/", 3)[:3])
            copies = [copy for entry in feed.entries if (copy := feed_copy(entry, site, feed)) is not None]
            wanted = [copy for copy in copies if self.holds(copy.published_at)]
            page = ListingPage(posts=wanted, skipped=len(feed.entries) - len(copies))
            await self.enter("feed", page, cursor=None)
            newest = latest(newest, page, "published_at")
            url = feed.next_url if wanted else None
        return newest
