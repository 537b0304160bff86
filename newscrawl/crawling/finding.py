"""Originals that no link leads to: looked for in the lists of their publishers, each asked once for many posts.

The posts wait in the ledger (`LOOK`) until the run has nothing else to do: by then the proven links of the run have
taught which publisher a name means, and all posts of a publisher are looked for at once. Every request goes the way of
the others (address policy, robots.txt, manners). What bounds them: requests and seconds for each publisher and run, and
a pause that grows where nothing is found.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from newscrawl.attribution.names import NO_PUBLISHER_HOSTS
from newscrawl.attribution.sites import name_keys
from newscrawl.clock import format_span
from newscrawl.crawling.posts import Posts
from newscrawl.crawling.publisher_lists import PublisherLists
from newscrawl.crawling.run import Run, plural
from newscrawl.crawling.site import Site
from newscrawl.items import Record
from newscrawl.ledger.claims import ClaimedPost
from newscrawl.ledger.lookups import load_lists, save_lists
from newscrawl.ledger.proofs import domains_called
from newscrawl.originals.publishers import domain_in_name, surest
from newscrawl.originals.ranking import Choice, Entry, Ranker, Sought, choose
from newscrawl.posts import PostCopy
from newscrawl.text import escape_controls
from newscrawl.urls import canonical_url, registrable_domain, same_site

__all__ = ["Finder"]

logger = logging.getLogger("newscrawl.crawling.finding")

#: Publishers that are asked at the same time; each at its own pace.
AT_ONCE = 8
#: Seconds after which no further publisher of a claim is begun with; a lease holds for 900.
MOST_SECONDS = 500.0
#: Requests for lists: of one publisher in one run where one post is looked for, one more for each further post, and at
#: most; in all a share of the run's posts, so that they stay a small part of what is asked, but some in a small run.
FOR_ONE_POST = 3
MOST_FOR_ONE = 15
SHARE_OF_POSTS = 0.135
LEAST_FOR_ALL = 20
#: A choice so likely is asked for before further lists are.
SURE = 0.8


@dataclass(slots=True)
class Wanted:
    """A post whose original is looked for."""

    id: str
    copy: PostCopy
    home: str
    sought: Sought
    settled: bool = False
    found: bool = False


class Finder:
    """Looks for the originals of posts that name their publisher alone, or link a page that is not it."""

    def __init__(self, run: Run, site: Site, posts: Posts) -> None:
        self.run = run
        self.site = site
        self.posts = posts
        # Requests for lists in this run, by publisher.
        self._asked: Counter[str] = Counter()

    async def find(self, claimed: Sequence[ClaimedPost]) -> AsyncIterator[Record]:
        """Let each of *claimed* wait for the page that was found; the records of those for which none was."""
        if not self.run.arguments.candidates:
            # Left by a run that follows whatever may be the source: this one takes what the posts state.
            for post in claimed:
                record = await self.posts.handle(post)
                if record is not None:
                    yield record
            await self.posts.settle()
            return
        by_domain: dict[str, tuple[str, list[Wanted]]] = {}
        for post in claimed:
            copy = PostCopy.from_json(post.given)
            copy.looked = True
            home = await self._home(copy)
            if not may_name(copy) or not await self._pays(copy, home):
                record = await self.posts.without_statement(post.id, copy)
                if record is not None:
                    yield record
                continue
            if home is None:
                named = copy.naming().get("publisher_name")
                why = f"no address of the publisher {named!r} is known"
                record = await self.posts.not_found(post.id, copy, why, ambiguous=False)
                if record is not None:
                    yield record
                continue
            wanted = Wanted(post.id, copy, home, _sought(copy))
            by_domain.setdefault(registrable_domain(home), (home, []))[1].append(wanted)
        room = asyncio.Semaphore(AT_ONCE)
        until = time.monotonic() + MOST_SECONDS

        async def look(domain: str) -> list[Record]:
            async with room:
                home, wanted = by_domain[domain]
                return await self._look(domain, home, wanted, until)

        # Where many posts are looked for, a request is worth most.
        ordered = sorted(by_domain, key=lambda domain: -len(by_domain[domain][1]))
        for looked in asyncio.as_completed([look(domain) for domain in ordered]):
            for record in await looked:
                yield record
        await self.posts.settle()

    async def _pays(self, copy: PostCopy, home: str | None) -> bool:
        """Whether to look through the lists at *home*: always where the post states its source."""
        if copy.states_source():
            return True
        proofs = await self.posts.memory.of(copy.site)
        return home is not None and proofs.may_look(registrable_domain(home))

    async def _home(self, copy: PostCopy) -> str | None:
        """The front page of a post's publisher: what it links, what its name says, or what that was proven to be."""
        named = copy.naming()
        for url in (named.get("publisher_url"), named.get("original_url")):
            if url and "://" in url and registrable_domain(url) not in NO_PUBLISHER_HOSTS:
                return None if same_site(url, copy.site) else _front(url)
        name = str(named.get("publisher_name") or "")
        if not name:
            return None
        domain = domain_in_name(name)
        if domain is not None:
            return f"https://{domain}/"
        counts, homes = await self.run.write(domains_called, name_keys(name))
        known = surest(name, counts)
        return homes[known] if known is not None else None

    async def _look(self, domain: str, home: str, wanted: list[Wanted], until: float) -> list[Record]:
        """Look through one publisher's lists, from the cheapest on, until each of *wanted* is found or none is left."""
        if self.run.closing or time.monotonic() > until:
            # Left as they are: their leases end with the run, or the next claim of this one takes them.
            for one in wanted:
                one.copy.looked = False
                self.posts.look_again(one.id, one.copy)
            return []
        lists, now = await self.run.write(load_lists, domain)
        records: list[Record] = []
        if lists.due > now:
            why = f"{domain} is not asked for {format_span(lists.due - now)}: nothing was found in its lists"
            for one in wanted:
                records += await self._not_found(one, Choice(None), why, looked=False)
            return records
        most = min(MOST_FOR_ONE, FOR_ONE_POST + len(wanted))

        def may_ask() -> bool:
            """Whether one more request is left; counted where it is, since others look at the same time."""
            left = self._asked[domain] < most and self._asked.total() < self._most_in_all()
            self._asked[domain] += left
            return left

        asking = PublisherLists(self.run, self.site, home, lists, now, may_ask=may_ask)
        records += await self._settle(wanted, asking, SURE)
        async for _ in asking.read([one.sought for one in wanted if not one.settled]):
            records += await self._settle(wanted, asking, SURE)
            asking.wanted = [one.sought for one in wanted if not one.settled]
        records += await self._settle(wanted, asking, None)
        found = sum(one.found for one in wanted)
        self._count("newscrawl/finding/requests", asking.requests)
        logger.info(
            "%s: %s of %s found in its lists (%s)",
            escape_controls(domain), found, plural(len(wanted), "post", "posts"),
            plural(asking.requests, "request", "requests"),
        )  # fmt: skip
        await self.run.write(
            lambda connection: save_lists(connection, domain, lists, wanted=asking.requests > 0, found=found > 0)
        )
        return records

    def _most_in_all(self) -> int:
        """Requests that may be made for lists in this run, as far as it has come."""
        return max(LEAST_FOR_ALL, round(SHARE_OF_POSTS * self.posts.handled))

    async def _settle(self, wanted: list[Wanted], asking: PublisherLists, least: float | None) -> list[Record]:
        """Choose for each post that is left; the records of those that end by it.

        Args:
            least: take only so likely a choice, since other lists may hold a better one; ``None``: there are none.
        """
        left = [one for one in wanted if not one.settled]
        if not left:
            return []
        ranker = await asyncio.to_thread(Ranker, list(asking.lists))
        records: list[Record] = []
        for one in left:
            tried = {each["url"] for each in one.copy.tried}
            ranked = await asyncio.to_thread(ranker.rank, one.sought)
            choice = choose([each for each in ranked if not _among(each.entry.url, tried)])
            if choice.entry is not None and (least is None or choice.score >= least):
                one.settled = one.found = True
                records += await self._found(one, choice, choice.entry, asking)
            elif least is None:
                one.settled = True
                records += await self._not_found(one, choice, asking.told(), looked=bool(asking.lists))
        return records

    async def _found(self, one: Wanted, choice: Choice, entry: Entry, asking: PublisherLists) -> list[Record]:
        attribution: dict[str, Any] = {
            **one.copy.naming(),
            "original_url": entry.url,
            "original_title": entry.title,
            "evidence": [f"{choice.score:.0%} alike by title, address and day"],
        }
        name = asking.lists.named_by(entry.url) or "section"
        self._count(f"newscrawl/finding/found/{name}", 1)
        record = await self.posts.found(one.id, one.copy, attribution, name)
        return [record] if record is not None else []

    async def _not_found(self, one: Wanted, choice: Choice, why: str, *, looked: bool) -> list[Record]:
        """The records of a post that ends without an original. *looked*: its publisher's lists were there to see."""
        if looked and not one.copy.states_source():
            await self.posts.memory.not_named(one.copy.site, one.home)
        self._count("newscrawl/finding/ambiguous" if choice.ambiguous else "newscrawl/finding/not_found", 1)
        if choice.ambiguous:
            why = f"two entries fit as well; {why}"
        record = await self.posts.not_found(one.id, one.copy, why, ambiguous=choice.ambiguous, home=one.home)
        return [record] if record is not None else []

    def _count(self, stat: str, count: int) -> None:
        self.site.crawler.stats.inc_value(stat, count)


def may_name(copy: PostCopy) -> bool:
    """Whether a post names a publisher in any way."""
    named = copy.naming()
    return any(named.get(key) for key in ("original_url", "publisher_url", "publisher_name"))


def _front(url: str) -> str:
    return "/".join(url.split("/", 3)[:3]) + "/"


def _sought(copy: PostCopy) -> Sought:
    named = copy.naming()
    titles = [title for title in (copy.title, named.get("original_title")) if title]
    return Sought(tuple(dict.fromkeys(titles)), copy.published_at, copy.text)


def _among(url: str, tried: set[Any]) -> bool:
    """Whether *url* was asked for already."""
    if url in tried:
        return True
    try:
        here = canonical_url(url)
        return any(one is not None and canonical_url(one) == here for one in tried)
    except ValueError:
        return True  # no address that could be asked for
