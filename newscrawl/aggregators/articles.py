"""Originals alone: articles named by their own addresses, without an aggregator's post."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from newscrawl.aggregators.arguments import Arguments
from newscrawl.aggregators.base import LedgerSpider
from newscrawl.aggregators.sources import digest, read_addresses
from newscrawl.clock import now_text
from newscrawl.config import Config
from newscrawl.errors import UserError
from newscrawl.join import join_article
from newscrawl.ledger.upkeep import revive_originals
from newscrawl.ledger.window import Window
from newscrawl.net.slots import host_of
from newscrawl.posts import PostCopy
from newscrawl.session import Session
from newscrawl.storage.dialect import insert_new
from newscrawl.storage.tables import STATE_DISCOVERED, STATE_DONE, STATE_READY, STATE_WAITING, listed, originals, posts
from newscrawl.urls import canonical_url, record_id

if TYPE_CHECKING:
    from newscrawl.items import OriginalResult, Record

__all__ = ["ArticlesSpider"]

#: What the ledger files articles under.
SITE = "articles"
#: Addresses entered in one transaction.
BATCH = 200


class ArticlesSpider(LedgerSpider):
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
        return SITE

    def window_of(self, session: Session) -> Window:
        return Window(session.run.scope.id)

    async def discover(self) -> None:
        session, sources = self.session, self.arguments.sources
        await session.write(revive_originals, self.window)
        again = self.arguments.refresh == "originals"
        for start in range(0, len(sources), BATCH):
            known = await session.write(
                _enter, session.run.id, session.run.scope.id, sources[start : start + BATCH], again
            )
            session.counts["known"] += known
            self._wake.set()

    def join_post(self, copy: PostCopy, original: OriginalResult) -> Record:
        return join_article(copy, original)


def _enter(connection: Connection, run_id: str, scope_id: str, urls: Sequence[str], again: bool) -> int:
    """Enter addresses as posts that wait for their original; how many have a record already and are left alone."""
    now, known = now_text(), 0
    for url in urls:
        post_id, original_id = record_id(url), record_id(canonical_url(url))
        there = connection.execute(select(posts.c.state).where(posts.c.id == post_id)).scalar()
        insert_new(
            connection,
            originals,
            {"id": original_id, "url": url, "host": host_of(url), "state": STATE_DISCOVERED, "next_at": 0},
        )
        given = PostCopy(site="", url=url, surface=SITE).to_json()
        if there is None:
            done = connection.execute(select(originals.c.state).where(originals.c.id == original_id)).scalar()
            row = {
                "id": post_id,
                "site": SITE,
                "url": url,
                "state": STATE_READY if done == STATE_DONE else STATE_WAITING,
                "surface": SITE,
                "given": given,
                "original_id": original_id,
                "discovered_at": now,
                "run_id": run_id,
            }
            insert_new(connection, posts, row)
        elif there == STATE_DONE and again:
            connection.execute(
                update(originals)
                .where(originals.c.id == original_id)
                .values(state=STATE_DISCOVERED, tries=0, next_at=0)
            )
            connection.execute(
                update(posts)
                .where(posts.c.id == post_id, posts.c.site == SITE)
                .values(state=STATE_WAITING, given=given, changed_at=now)
            )
        elif there == STATE_DONE:
            known += 1
        insert_new(connection, listed, {"scope_id": scope_id, "post_id": post_id})
    return known
