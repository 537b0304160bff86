"""Any RSS, Atom or JSON feeds: what they list is followed to its sources as an aggregator's posts are."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

from newscrawl.aggregators.aggregator import Aggregator
from newscrawl.aggregators.arguments import ALL, Arguments
from newscrawl.aggregators.sources import digest, read_addresses
from newscrawl.clock import format_time, now_text, parse_time
from newscrawl.config import Config
from newscrawl.posts import Discovered, PostCopy
from newscrawl.surfaces.answers import Answer, SurfaceError, SurfaceRequest
from newscrawl.surfaces.fetcher import Fetcher
from newscrawl.surfaces.walk import Cut, walk
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from newscrawl.ledger.feeds import FeedState

__all__ = ["FeedsSpider"]

#: Feeds that are read at the same time; each host is asked at its own pace.
AT_ONCE = 8


class FeedsSpider(Aggregator):
    """Base of the spider ``feeds``: ``-a feeds=`` addresses or a file of them (one a line, or OPML).

    Each feed goes on from its own mark. An entry that appears late, with a date from before that mark, is taken all
    the same: the feed is known not to have shown it.
    """

    takes = frozenset({"feeds", "since", "until", "limit", "follow", "deliver", "wait"})
    needs = frozenset({"feeds"})
    one_site: ClassVar[bool] = False

    @classmethod
    def read_arguments(cls, given: dict[str, Any], config: Config) -> Arguments:
        arguments = super().read_arguments(given, config)
        addresses = read_addresses("feeds", arguments.sources[0], config.policy)
        return dataclasses.replace(arguments, site=f"feeds:{digest(addresses)}", sources=tuple(addresses))

    @property
    def ledger_site(self) -> str:
        return "feeds"

    async def discover(self) -> None:
        from newscrawl.ledger.feeds import load_feeds, take_over_backlog
        from newscrawl.ledger.upkeep import revive_originals

        run = self.run
        states = await run.write(load_feeds, self.arguments.sources)
        if self.arguments.since is None:
            self.widen(min(self._since(state) or "" for state in states.values()))
        await run.write(revive_originals, self.window)
        taken_over = await run.write(take_over_backlog, run.entry.scope.id, states)
        if taken_over:
            self.backlog_grew()
            self.logger.info("Took over %s posts that wait since these feeds were on another list", taken_over)
        self._room = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._read(state) for state in states.values()))

    def _since(self, state: FeedState) -> str | None:
        """From when on *state*'s feed is read; ``None``: from its beginning."""
        from newscrawl.crawling.run import FIRST_LOOK, OVERLAP

        if self.arguments.since is not None:
            return None if self.arguments.since == ALL else self.arguments.since
        if state.mark is not None:
            return format_time(parse_time(state.mark) - OVERLAP)
        return format_time(parse_time(now_text()) - FIRST_LOOK)

    async def _read(self, state: FeedState) -> None:
        from newscrawl.ledger.feeds import save_feed

        async with self._room:
            try:
                await _Reading(self, state).run()
            except SurfaceError as error:
                # One feed that does not serve must not keep the others from being read.
                state.failures += 1
                state.failed_since = state.failed_since or now_text()
                state.reason = error.reason[:40]
                again = f" (for {state.failures} runs, since {state.failed_since})" if state.failures > 1 else ""
                self.run.problem(f"{error}{again}")
                await self.run.write(save_feed, state)


class _Reading:
    """One reading of one feed."""

    def __init__(self, spider: FeedsSpider, state: FeedState) -> None:
        self.spider = spider
        self.state = state
        self.since = spider._since(state)
        self.fetcher = Fetcher(spider.download, delay=max(1.0, spider.run.config.delay), workers=spider.run.workers)
        if state.listed_since is not None and state.listed_since <= (self.since or ""):
            # What the feed held then was listed at least as far back: unchanged means nothing new.
            self.fetcher.validators[state.url] = [state.etag, state.last_modified]
        self.times: list[str] = []
        self.unseen = self.entries = 0

    async def run(self) -> None:
        """Read the feed to its end. Raises :class:`SurfaceError` where it does not serve."""
        from newscrawl.surfaces.feed import FeedPages

        request = SurfaceRequest(site="", since=self.since, until=self.spider.arguments.until)
        pages, cut = FeedPages(self.fetcher, self.state.url), Cut()
        async for answer in walk(pages, self.state.url, 1, request, cut):
            await self._enter(answer)
        if pages.unchanged:
            await self._succeeded(unchanged=True)
            return
        reasons = [*cut.reasons, *self.fetcher.cut.values()]
        whole = not reasons
        if self._has_gap():
            reasons.append(
                f"{escape_controls(self.state.url)[:200]}: no entry of the last reading is left in the feed, so "
                "entries in between may have been missed: crawl it more often"
            )
        for reason in reasons:
            self.spider.run.problem(reason)
        arguments = self.spider.arguments
        if whole and arguments.until is None and arguments.limit is None:
            await self._succeeded(unchanged=False)

    async def _enter(self, answer: Answer) -> None:
        from newscrawl.ledger.feeds import note_entries, seen_entries
        from newscrawl.surfaces.accept import accept

        spider, state = self.spider, self.state
        ids = {one.id: copy for copy in answer.posts if isinstance(one := accept(copy), Discovered)}
        seen = await spider.run.write(seen_entries, state.id, list(ids))
        self.entries += len(ids)
        self.unseen += len(ids.keys() - seen)
        self.times += [copy.published_at for copy in ids.values() if copy.published_at]
        late = {post_id for post_id in ids.keys() - seen if self._is_late(ids[post_id])}
        wanted = [
            copy
            for copy in answer.posts
            if _holds(self.since, spider.arguments.until, copy) or any(ids.get(one) is copy for one in late)
        ]
        if late:
            spider.widen(min(ids[one].published_at or "9999" for one in late))
        await spider.enter("feed", dataclasses.replace(answer, posts=wanted), cursor=None)
        until = spider.arguments.until
        shown = [one for one, copy in ids.items() if until is None or (copy.published_at or "") < until]
        await spider.run.write(note_entries, state.id, shown)

    def _is_late(self, copy: PostCopy) -> bool:
        """Whether the feed shows *copy* now that did not show it when it was read before.

        Such as it would have shown: published since the first reading began to list, or after the oldest entry.
        """
        state = self.state
        if self.spider.arguments.since is not None or copy.published_at is None or state.oldest is None:
            return False
        floor = min(state.oldest, state.oldest if state.listed_since is None else state.listed_since)
        return floor < copy.published_at < (self.since or "")

    def _has_gap(self) -> bool:
        mark = self.state.mark
        return bool(mark and self.entries and self.unseen == self.entries and self.times and min(self.times) > mark)

    async def _succeeded(self, *, unchanged: bool) -> None:
        from newscrawl.ledger.feeds import save_feed

        state = self.state
        now = now_text()
        if not unchanged:
            newest = max((time for time in self.times if time <= now), default=None)
            state.mark = max(filter(None, (state.mark, newest)), default=None)
            state.oldest = min(self.times, default=state.oldest)
            listed_since = self.since or ""
            if self.spider.arguments.since is None and state.listed_since is not None:
                # What is late since the readings before was taken as well.
                listed_since = min(listed_since, state.listed_since)
            state.listed_since = listed_since
            state.etag, state.last_modified = self.fetcher.validators.get(state.url) or [None, None]
        state.read_at, state.failures, state.failed_since, state.reason = now, 0, None, None
        await self.spider.run.write(save_feed, state)


def _holds(since: str | None, until: str | None, copy: PostCopy) -> bool:
    """Whether *copy* may have been published in ``[since, until)``."""
    return SurfaceRequest("", since, until).holds(copy.published_at, copy.published_precision)
