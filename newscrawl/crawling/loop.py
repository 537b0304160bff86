"""The loop of a crawl: claims what may be done now, and hands it out.

Discovery runs beside it and enters what it finds. The loop claims posts that
need no request and hosts that are due, each host with a handful of works. It
asks a host for one work after the other and gives the host back. It ends when
discovery is over and nothing in the run's window is left to claim.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection

from newscrawl.clock import format_span, steady_epoch
from newscrawl.crawling.finding import Finder
from newscrawl.crawling.loading import load_beside_the_first_answers
from newscrawl.crawling.originals import Originals
from newscrawl.crawling.pages import Pages
from newscrawl.crawling.posts import Posts
from newscrawl.crawling.run import Run, plural
from newscrawl.crawling.site import Site
from newscrawl.errors import OperationError
from newscrawl.items import Record, StoredRecord
from newscrawl.ledger.claims import (
    ClaimedHost,
    ClaimedPost,
    HeldHost,
    Work,
    claim_hosts,
    claim_posts,
    enter_hosts,
    leased_by_others,
    next_due,
    settle_held,
)
from newscrawl.ledger.work import drop_record, unread
from newscrawl.storage.records import load_record, stored_before
from newscrawl.storage.tables import LOOK

__all__ = ["Loop"]

logger = logging.getLogger("newscrawl.crawling.loop")

#: Records on their way through the pipelines at most; each waits for its commit.
MOST_ITEMS = 200
#: Posts claimed at once.
POSTS_AT_ONCE = 50
#: Posts whose originals are looked for in lists at once: many of one publisher cost what one of them costs.
LOOKED_FOR_AT_ONCE = 400
#: Works claimed with a host.
WORKS_AT_ONCE = 5
#: Hosts that are held at once, for each request that may be on the wire: most of them wait for their delay.
HOSTS_FOR_EACH_REQUEST = 12
#: Seconds between two claims while something is under way: what comes in between is claimed together.
CLAIM_EVERY = 0.02
#: Seconds before a host is due that it may be claimed: the claim is made while its delay runs out.
AHEAD = 0.25
#: Seconds between two looks for hosts that are left alone, whose posts go on without them.
SETTLE_EVERY = 1.0
#: Seconds of reading posts after which hosts that fell due meanwhile are asked.
READ_FOR = 0.02
#: Turns of the loop that may find due work and claim none of it: leases of others run out meanwhile.
MOST_SPINS = 200
#: Posts that discovery lists ahead of those that are read.
MOST_AHEAD = 2_000


@dataclass(slots=True)
class _Held:
    """A host that this run holds: works still to be asked for, and with how many it was claimed."""

    works: deque[Work]
    handful: int


class Loop:
    """One crawl of one run.

    Args:
        run: the run.
        site: the spider's hooks.
        discover: enters posts in the ledger; its faults are told by the run.
    """

    def __init__(self, run: Run, site: Site, discover: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.run = run
        self.site = site
        self._discover = discover
        self.posts = Posts(run, site)
        self.finder = Finder(run, site, self.posts)
        self.pages = Pages(run, site, self.posts, self._made, self._work_ended, self._renamed)
        self.originals = Originals(run, site, self._work_ended)
        # The hosts that this run holds; those of them that are being asked.
        self._hosts: dict[str, _Held] = {}
        self._asked: set[str] = set()
        # When hosts that were given back may be claimed again: monotonic seconds, the first in front.
        self._due_again: list[float] = []
        self._items: set[str] = set()
        self._claimed_at = self._settled_at = float("-inf")
        self._discovery: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[None] | None = None

    # --- the loop ------------------------------------------------------------------------------------------------

    async def outputs(self) -> AsyncIterator[Any]:
        """Requests for Scrapy's engine and records for its pipelines, until the run is at its end."""
        run = self.run
        try:
            await self._enter_hosts()
            self._discovery = asyncio.create_task(self._discover())
            self._discovery.add_done_callback(lambda _: run.wake.set())
            self._loading = asyncio.create_task(load_beside_the_first_answers())
            async for output in self._work():
                yield output
            if run.writer.failed is None and run.arguments.deliver == "all" and not run.manners.line_is_down:
                async for record in self._stored():
                    yield record
        except OperationError as error:
            run.not_written(error)
        except Exception:
            run.defects += 1
            logger.exception("The crawl loop failed")
        finally:
            self.posts.close()
            for task in (self._discovery, self._loading):
                if task is not None:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    async def _work(self) -> AsyncIterator[Any]:
        run = self.run
        idle_since: float | None = None
        spins = 0
        while run.writer.failed is None and not self.site.is_closing():
            run.wake.clear()
            assert self._discovery is not None
            discovering = not self._discovery.done()
            moved = False
            if run.manners.line_is_down:
                self._let_go_of_hosts()
                if not self._under_way():
                    run.problem(
                        "nothing answers any more, which looks like this machine's own network: try again later"
                    )
                    return
            elif self._may_claim():
                await self._enter_hosts()
                async for output in self._claim():
                    moved = True
                    yield output
            if not run.manners.line_is_down:
                for request in self._due_requests():
                    moved = True
                    yield request
            if moved:
                idle_since, spins = None, 0
                # Only what was claimed may leave more to claim; a request wakes the loop when it ends.
                continue
            if self._under_way() or discovering:
                await self._sleep(self._next_request())
                continue
            looked_for = await self._claim_to_look()
            if looked_for:
                async for record in self.finder.find(looked_for):
                    yield self._on_its_way(record)
                idle_since, spins = None, 0
                continue
            wait = await self._nothing_to_claim()
            if wait is None:
                now = time.monotonic()
                idle_since = now if idle_since is None else idle_since
                left = run.arguments.wait - (now - idle_since)
                if left <= 0:
                    return
                wait = min(left, 5.0)
            spins = spins + 1 if wait <= 0 else 0
            if spins > MOST_SPINS:
                # Work that is due and cannot be claimed is a defect; waiting for it would never end.
                run.defects += 1
                logger.error("Work is due that no claim takes: %s", run.window)
                return
            await self._sleep(wait)

    def _under_way(self) -> bool:
        return bool(self._asked or self._items or self._hosts)

    async def _sleep(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.run.wake.wait(), timeout=None if seconds is None else max(0.005, seconds))

    async def _nothing_to_claim(self) -> float | None:
        """Seconds until work falls due that this run should wait for; ``None`` when it is at its end."""
        run = self.run
        # What this run gives back is due as soon as that is written.
        await run.manners.settle()
        due = await run.write(next_due, run.entry.id, run.window, run.only_these())
        if due is None:
            return None
        if due <= run.policy.longest_wait + self.run.config.delay + 1.0:
            return due
        held = await run.write(self._settle_held)
        if held:
            for one in held:
                self._tell_held(one)
            return 0.0
        if await run.write(leased_by_others, run.entry.id):
            return 1.0
        # What was put off for so long is for a later run; why was told when it was put off. A run with a limit leaves
        # work behind on purpose.
        if not run.problems and run.arguments.limit is None:
            run.problem("work of this run is put off for longer than it waits: run the same command again")
        return None

    # --- claims ----------------------------------------------------------------------------------------------------

    async def _claim_to_look(self) -> list[ClaimedPost]:
        """Posts whose originals are to be looked for in the lists of their publishers, when nothing else is left."""
        run = self.run
        only = run.taken if run.arguments.limit is not None else None
        return await run.write(
            lambda connection: claim_posts(connection, run.id, run.window, LOOKED_FOR_AT_ONCE, only, (LOOK,))
        )

    def _may_claim(self) -> bool:
        """Whether it is time for a claim: not for each thing that ends, while others are under way."""
        now = time.monotonic()
        if (self._asked or self._items) and now - self._claimed_at < CLAIM_EVERY:
            return False
        self._claimed_at = now
        return True

    def _room(self) -> int:
        room = min(POSTS_AT_ONCE, MOST_ITEMS - len(self._items))
        limit = self.run.arguments.limit
        if limit is not None and len(self.run.taken) < limit:
            room = min(room, limit - len(self.run.taken))
        return room

    async def _enter_hosts(self) -> None:
        """Enter the hosts that there is work for, at the beginning and whenever discovery gave the run more to do."""
        run = self.run
        if run.backlog_grew:
            run.backlog_grew = False
            step = partial(enter_hosts, run_id=run.entry.id, window=run.window, follow=run.arguments.follow)
            await run.write(step)

    def _settle_held(self, connection: Connection) -> list[HeldHost]:
        run = self.run
        return settle_held(connection, run.entry.id, run.window, run.policy.longest_wait, follow=run.arguments.follow)

    def _claim_step(self, connection: Connection) -> tuple[list[HeldHost], list[ClaimedPost], list[ClaimedHost]]:
        """What may be done now, in one transaction."""
        run, arguments = self.run, self.run.arguments
        # It looks at all hosts that are not due, of which there may be many.
        held = []
        if time.monotonic() - self._settled_at >= SETTLE_EVERY:
            held = self._settle_held(connection)
            self._settled_at = time.monotonic()
        most = self._room()
        posts = claim_posts(connection, run.entry.id, run.window, most, run.only_these()) if most > 0 else []
        free = run.config.concurrency * HOSTS_FOR_EACH_REQUEST - len(self._hosts)
        claimed: list[ClaimedHost] = []
        if free > 0:
            taken = None
            room = 0
            if arguments.limit is not None:
                taken = run.taken | {post.id for post in posts}
                room = max(0, arguments.limit - len(taken))
            claimed = claim_hosts(
                connection,
                run.entry.id,
                run.window,
                most=min(free, run.config.concurrency),
                works=WORKS_AT_ONCE,
                delay=run.config.delay,
                follow=arguments.follow,
                only=taken,
                room=room,
                ahead=AHEAD,
            )
        return held, posts, claimed

    async def _claim(self) -> AsyncIterator[Any]:
        """Claim what may go now; records to pipelines at once, hosts are asked by :meth:`_due_requests`."""
        run = self.run
        held, posts, hosts = await run.write(self._claim_step)
        # First of all: the leases are this run's, whatever comes next.
        for host in hosts:
            run.manners.adopt(host.lease)
            self._hosts[host.lease.host] = _Held(deque(host.works), len(host.works))
            if run.arguments.limit is not None:
                run.taken |= {work.post_id for work in host.works}
        for one in held:
            self._tell_held(one)
        began = time.monotonic()
        for post in posts:
            if self.site.is_closing():
                return  # the lease is freed when the run is closed
            if run.arguments.limit is not None:
                run.taken.add(post.id)
            record = await self.posts.handle(post)
            if record is not None:
                yield self._on_its_way(record)
            if time.monotonic() - began > READ_FOR:
                # Reading so many posts may take a second, in which no host is to wait.
                for request in self._due_requests():
                    yield request
                await asyncio.sleep(0)
                began = time.monotonic()
        await self.posts.settle()
        while run.changed_records and len(self._items) < MOST_ITEMS:
            stored = await run.write(load_record, run.changed_records.pop())
            if stored is not None:
                yield self._on_its_way(StoredRecord.of(stored))

    def _tell_held(self, host: HeldHost) -> None:
        wait = format_span(host.until - steady_epoch())
        if host.ready:
            logger.info(
                "%s is left alone for %s (%s): %s without the original, which a later run asks for",
                host.host, wait, host.reason, plural(host.ready, "post goes on", "posts go on"),
            )  # fmt: skip
        if host.pages:
            self.run.problem(
                f"{host.host} is left alone for {wait} ({host.reason}); remembered, "
                f"`scrapy retry --host {host.host}` forgets it: {plural(host.pages, 'page waits', 'pages wait')}"
            )

    # --- requests --------------------------------------------------------------------------------------------------

    def _due_requests(self) -> list[Any]:
        """The next request for each host that is due, and no more of hosts that are given up."""
        requests = []
        manners = self.run.manners
        for host, held in list(self._hosts.items()):
            if host in self._asked:
                continue
            if not held.works or manners.given_up(host):
                del self._hosts[host]
                heapq.heappush(self._due_again, time.monotonic() + max(0.0, manners.due_in(host) - AHEAD))
                manners.release(host)
                self.run.wake.set()
                continue
            if manners.due_in(host) > 0:
                continue
            work = held.works.popleft()
            self._asked.add(host)
            request = (self.pages if work.kind == "post" else self.originals).request(work)
            # A full handful: it has more. Who has most to be asked for is last to be done, and is to wait for us least.
            request.priority = held.handful
            requests.append(request)
        return requests

    def _let_go_of_hosts(self) -> None:
        """Give back all hosts that are not being asked: nothing more is asked in this run."""
        for host in [one for one in self._hosts if one not in self._asked]:
            del self._hosts[host]
            self.run.manners.release(host)

    def _next_request(self) -> float | None:
        """Seconds until the next host of this run may be asked; ``None`` where all wait for something else."""
        now = time.monotonic()
        while self._due_again and self._due_again[0] < now:
            heapq.heappop(self._due_again)
        waits = [self.run.manners.due_in(host) for host in self._hosts if host not in self._asked]
        # A host that was given back has more works perhaps: it is claimed anew when its delay is over.
        waits += [self._due_again[0] - now] if self._due_again else []
        soonest = min(waits, default=None)
        # Claims are held back for a moment: look again after it.
        hold = CLAIM_EVERY if self.run.wake.is_set() else 1.0
        return hold if soonest is None else min(max(0.0, soonest), hold)

    def _work_ended(self, work: Work) -> None:
        self._asked.discard(work.host)
        self.run.wake.set()

    def _renamed(self, old_id: str, new_id: str | None) -> None:
        """A post that was taken on is another one, or none of this run's: the limit counts what is there."""
        if old_id in self.run.taken:
            self.run.taken.discard(old_id)
            if new_id is not None:
                self.run.taken.add(new_id)

    # --- records ---------------------------------------------------------------------------------------------------

    def _on_its_way(self, record: Record) -> Record:
        self._items.add(record.id)
        return record

    def _made(self, record: Record) -> None:
        """A record that a page's callback yields is on its way."""
        self._items.add(record.id)

    def item_ended(self, item: Any) -> None:
        """A record left the pipelines, stored or on purpose."""
        if isinstance(item, Record):
            self._items.discard(item.id)
            self.run.wake.set()

    async def settle(self) -> None:
        """Wait until the records on their way are stored, but not for ever: the numbers of the last line add up."""
        until = time.monotonic() + 1.0
        while self._items and self.run.writer.failed is None and time.monotonic() < until:
            await asyncio.sleep(0.02)

    def item_dropped(self, item: Any, by_store: bool) -> None:
        """A pipeline dropped a record. Where it was not the store's, nobody else acknowledges its work."""
        if isinstance(item, Record) and not isinstance(item, StoredRecord) and not by_store:
            self.run.counts["dropped"] += 1
            self.run.writer.submit(drop_record, item.id, self.run.entry.id, urgent=False)
        self.item_ended(item)

    def item_failed(self, item: Any) -> None:
        """A pipeline raised: a defect, unless the database is to blame."""
        if isinstance(item, Record):
            if self.run.writer.failed is None:
                self.run.defects += 1
            self.item_ended(item)

    async def _stored(self) -> AsyncIterator[StoredRecord]:
        """Records of the window that were there before this run, and are no failures."""
        after: str | None = None
        while True:
            page = await self.run.write(stored_before, self.run.entry.id, self.run.window, after)
            for record in page:
                while len(self._items) >= MOST_ITEMS:
                    self.run.wake.clear()
                    await self._sleep(1.0)
                self._items.add(record.id)
                yield StoredRecord.of(record)
            if not page:
                return
            after = page[-1].id

    # --- discovery's side --------------------------------------------------------------------------------------------

    async def listing_may_go_on(self) -> bool:
        """Wait until discovery is not far ahead of what is read; whether it is to go on listing.

        A run with a limit lists no more than it may take, and no further once it has taken that.
        """
        run, limit = self.run, self.run.arguments.limit
        while run.writer.failed is None and not run.closing:
            most = MOST_AHEAD
            if limit is not None:
                if len(run.taken) >= limit:
                    return False
                most = min(MOST_AHEAD, limit - len(run.taken))
            if await run.write(unread, run.window, most) < most:
                return True
            await asyncio.sleep(0.05)
        return False
