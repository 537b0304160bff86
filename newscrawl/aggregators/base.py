"""The base of all spiders: discovery and the claim loop.

Discovery runs beside the loop and writes what it finds to the ledger. The loop,
in :meth:`LedgerSpider.start`, claims what may go now: posts to read and join,
originals to ask for, one a host. What it hands out is bounded by what is in
flight, so memory does not grow with the backlog. It ends when discovery is over
and nothing in the run's window is left to claim.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from newscrawl.aggregators.core import PATIENCE
from newscrawl.aggregators.original_way import OriginalWay
from newscrawl.aggregators.page_way import PageWay
from newscrawl.clock import epoch
from newscrawl.errors import OperationError
from newscrawl.items import StoredRecord
from newscrawl.ledger.hosts import held_hosts
from newscrawl.ledger.pages import claim_pages
from newscrawl.ledger.work import claim_originals, claim_posts, next_due
from newscrawl.outcomes import Reason
from newscrawl.storage.records import load_record, stored_before
from newscrawl.surfaces.fetcher import SurfaceError

__all__ = ["LedgerSpider", "StoredRecord"]

#: Records on their way through the pipelines at most; each waits for its commit.
MOST_ITEMS = 200
#: Posts claimed at once.
POSTS_AT_ONCE = 50
#: Turns of the loop that may find due work and claim none of it: leases of others run out meanwhile.
MOST_SPINS = 200


class LedgerSpider(PageWay, OriginalWay):
    """Claims work from the ledger and turns it into records. Subclasses discover.

    A subclass sets `name`, `site` and `takes` (its arguments) and implements
    :meth:`discover`.
    """

    # --- discovery -----------------------------------------------------------------------------------

    async def discover(self) -> None:
        """Find posts and enter them in the ledger with :func:`newscrawl.ledger.work.list_posts`.

        Raises :class:`SurfaceError` where the site does not serve.
        """
        raise NotImplementedError

    async def _discover(self) -> None:
        try:
            await self.discover()
        except SurfaceError as error:
            self.session.problem(str(error))
        except OperationError as error:
            self._not_written(error)
        except asyncio.CancelledError:
            raise
        except Exception:
            self.session.defects += 1
            self.logger.exception("Discovery failed")
        finally:
            self._wake.set()

    # --- the loop --------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        try:
            held = await self.session.write(held_hosts)
        except OperationError as error:
            self._not_written(error)
            return
        for host, reason in held.items():
            self.pace.give_up(host, reason or Reason.CONNECTION)
        self._discovery = asyncio.create_task(self._discover())
        idle_since: float | None = None
        spins = 0
        try:
            while self.session.writer.failed is None:
                self._wake.clear()
                discovering = not self._discovery.done()
                moved = False
                async for output in self._step():
                    moved = True
                    idle_since = None
                    yield output
                if moved:
                    continue
                if self._in_flight or self._items or discovering:
                    await self._sleep(self.pace.next_free())
                    continue
                wait = await self._nothing_to_claim()
                if wait is None:
                    now = time.monotonic()
                    idle_since = now if idle_since is None else idle_since
                    left = self.arguments.wait - (now - idle_since)
                    if left <= 0:
                        break
                    wait = min(left, 5.0)
                spins = spins + 1 if wait <= 0 else 0
                if spins > MOST_SPINS:
                    # Work that is due and cannot be claimed is a defect; waiting for it would never end.
                    self.session.defects += 1
                    self.logger.error("Work is due that no claim takes: %s", self.window)
                    break
                await self._sleep(wait)
            if self.session.writer.failed is None and self.arguments.deliver == "all":
                async for record in self._deliver_stored():
                    yield record
        except OperationError as error:
            self._not_written(error)
        finally:
            self._discovery.cancel()
            with suppress(asyncio.CancelledError):
                await self._discovery

    async def _nothing_to_claim(self) -> float | None:
        """Seconds until work falls due that this run should wait for; ``None`` when it is at its end."""
        if self._limit_reached():
            return None
        due = await self.session.write(next_due, self.window, self.ledger_site, self.arguments.follow)
        if due is None:
            return None
        wait = max(due - epoch(), self.pace.next_free() or 0.0)
        if wait <= self._patience():
            return wait
        # A run puts nothing off for so long: the clock was set back under it, or a run before left it so.
        self.session.problem("work of this run is put off for longer than it waits: run the same command again")
        return None

    def _patience(self) -> float:
        """The longest that anything is put off within a run, in seconds."""
        settings = self.settings
        retries = max(1.0, self.session.config.delay) * 2.0 ** settings.getint("RETRY_TIMES")
        return max(PATIENCE, retries, settings.getfloat("NEWSCRAWL_MAX_CRAWL_DELAY")) + 1.0

    def _limit_reached(self) -> bool:
        limit = self.arguments.limit
        return limit is not None and len(self._taken) >= limit

    async def _step(self) -> AsyncIterator[Any]:
        """Claim what may go now: records to pipelines, requests for originals."""
        write, run = self.session.write, self.session.run.id
        room = min(POSTS_AT_ONCE, MOST_ITEMS - self._items)
        limit = self.arguments.limit
        only: frozenset[str] | None = None
        if limit is not None:
            if self._limit_reached():
                only = frozenset(self._taken)
            else:
                room = min(room, limit - len(self._taken))
        if room > 0:
            for post in await write(claim_posts, run, self.window, self.ledger_site, room, only):
                if limit is not None:
                    self._taken.add(post.id)
                if post.original is None:
                    self.unread = max(0, self.unread - 1)
                record = await self._handle_post(post)
                if record is not None:
                    self._items += 1
                    yield record
            await self._settle_parked()
        while self._again and self._items < MOST_ITEMS:
            record = await write(load_record, self._again.pop())
            if record is not None:
                self._items += 1
                yield StoredRecord.of(record)
        free = self.session.config.concurrency - self._in_flight
        if free > 0 and (only is not None or room > 0):
            most = min(free, room) if only is None else free
            for page in await write(claim_pages, run, self.window, self.ledger_site, most, self.pace.busy(), only):
                free -= 1
                self.unread = max(0, self.unread - 1)
                if limit is not None:
                    self._taken.add(page.id)
                yield self._page_request(page)
        if free > 0 and self.arguments.follow:
            taken = frozenset(self._taken) if limit is not None else None
            busy = self.pace.busy()
            claims = await write(claim_originals, run, self.window, free, busy, taken, self._last_host)
            for claim in claims:
                self._last_host = claim.host
                request = await self._handle_original(claim)
                if request is not None:
                    yield request

    # --- records ---------------------------------------------------------------------------------------------

    async def _deliver_stored(self) -> AsyncIterator[StoredRecord]:
        """Records of the window that were there before this run, and are no failures."""
        after: str | None = None
        while True:
            page = await self.session.write(stored_before, self.session.run.id, self.window, after)
            for record in page:
                while self._items >= MOST_ITEMS:
                    self._wake.clear()
                    await self._sleep(1.0)
                self._items += 1
                yield StoredRecord.of(record)
            if not page:
                return
            after = page[-1].id
