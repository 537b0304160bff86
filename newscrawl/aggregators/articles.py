"""Originals alone: articles named by their own addresses, without an aggregator's post."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from newscrawl.aggregators.aggregator import Aggregator
from newscrawl.aggregators.arguments import Arguments
from newscrawl.aggregators.sources import digest, read_addresses
from newscrawl.config import Config
from newscrawl.errors import UserError

if TYPE_CHECKING:
    from newscrawl.items import OriginalResult, Record
    from newscrawl.posts import PostCopy

__all__ = ["ArticlesSpider"]

#: Addresses entered in one transaction.
BATCH = 200


class ArticlesSpider(Aggregator):
    """Base of the spider ``articles``: ``-a url=`` one address, ``-a urls=`` a file of them."""

    takes = frozenset({"url", "urls", "limit", "deliver", "refresh", "wait"})

    @classmethod
    def read_arguments(cls, given: dict[str, Any], config: Config) -> Arguments:
        arguments = super().read_arguments(given, config)
        if len(arguments.sources) != 1:
            raise UserError("spider articles: give either url=… or urls=FILE")
        if arguments.refresh == "posts":
            raise UserError("spider articles: there are no posts to refresh, only originals (refresh=originals)")
        name = "url" if "url" in arguments.given else "urls"
        addresses = read_addresses(name, arguments.sources[0], config.policy, split=False)
        return dataclasses.replace(arguments, site=f"articles:{digest(addresses)}", sources=tuple(addresses))

    @property
    def ledger_site(self) -> str:
        return "articles"

    async def discover(self) -> None:
        from newscrawl.ledger.articles import enter_articles
        from newscrawl.ledger.upkeep import revive_originals

        run, sources = self.run, self.arguments.sources
        await run.write(revive_originals, self.window)
        again = self.arguments.refresh == "originals"
        for start in range(0, len(sources), BATCH):
            known = await run.write(enter_articles, run.id, run.entry.scope.id, sources[start : start + BATCH], again)
            run.counts["known"] += known
            run.wake.set()

    def join_post(self, copy: PostCopy, original: OriginalResult) -> Record:
        from newscrawl.join import join_article

        return join_article(copy, original)
