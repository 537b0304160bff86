"""What this run has learnt of sites and publishers, and what runs before it had: read once a site, written in bulk."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from newscrawl.attribution.sites import name_keys
from newscrawl.crawling.run import Run
from newscrawl.items import Record
from newscrawl.join import SAME_TEXT
from newscrawl.ledger.lookups import note_served
from newscrawl.ledger.proofs import load_proofs, save_name, save_proofs
from newscrawl.originals.lists import LIST_NAMES
from newscrawl.originals.proofs import LISTS, MOST_COUNTED, UNLIKELY, Key, Proofs, is_unlikely, key_of
from newscrawl.outcomes import Outcome
from newscrawl.urls import registrable_domain

__all__ = ["Memory"]

#: Outcomes and reasons that disprove what named a page; others (a timeout, robots.txt) say nothing of it.
_DISPROOFS = frozenset({"different_article", "not_article", "http_404", "http_410"})
#: Unlikely candidates that are asked for before it is known whether that pays on their site.
MOST_UNLIKELY = 6
#: Names of publishers that are remembered to be known: no more writes for them.
MOST_NAMES = 20_000


class Memory:
    """Counts of what was proven, by site; names of publishers."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._sites: dict[str, Proofs] = {}
        self._unlikely_under_way = 0
        self._loading: dict[str, asyncio.Lock] = {}
        # Names and domains of this run, with how often: the database needs no more than MOST_COUNTED.
        self._names: dict[tuple[str, str], int] = {}
        self._new_names: dict[tuple[str, str], str] = {}
        # Originals proven since the last time that something was written, by domain and the list that named them.
        self._served: dict[str, Counter[str]] = {}

    async def of(self, site: str) -> Proofs:
        """What is known of *site* (URL, or host)."""
        name = registrable_domain(site) or site
        known = self._sites.get(name)
        if known is None:
            async with self._loading.setdefault(name, asyncio.Lock()):
                if name not in self._sites:
                    self._sites[name] = await self._run.write(load_proofs, name)
                known = self._sites[name]
        return known

    def may_try_unlikely(self, proofs: Proofs) -> bool:
        """Whether an unlikely candidate may be asked for now: few are, until such are proven on the site."""
        return proofs.pays(UNLIKELY) and (self._unlikely_under_way < MOST_UNLIKELY or proofs.trusts(UNLIKELY))

    def asked_unlikely(self, attribution: Mapping[str, Any] | None) -> None:
        """A page is asked for; count it where it is an unlikely one."""
        self._unlikely_under_way += is_unlikely(attribution or {})

    async def learn(
        self, site: str, attribution: Mapping[str, Any] | None, record: Record, *, named: bool = False
    ) -> None:
        """Take from *record* what it proves of the wording that named its original.

        *named*: the post states no source; a list of the publisher that it may name held the page.
        """
        key = key_of(attribution) if attribution is not None else None
        if attribution is None or key is None:
            return
        alike = record.original.similarity if record.original is not None else None
        proven = record.outcome in (Outcome.ORIGINAL, Outcome.ORIGINAL_PARTIAL) and (alike or 0.0) >= SAME_TEXT
        if is_unlikely(attribution):
            self._unlikely_under_way -= 1
        if not proven and record.reason not in _DISPROOFS:
            return
        proofs = await self.of(site)
        if is_unlikely(attribution):
            proofs.learn(UNLIKELY, proven=proven)
        if named:
            proofs.learn_named(key.domain, proven=proven)
        if attribution.get("resolved_by") in (None, "link", "candidate"):
            proofs.learn(key, proven=proven)
        else:
            proofs.learn(Key(key.domain, LISTS), proven=proven)
            if proven and attribution["resolved_by"] in LIST_NAMES:
                self._served.setdefault(key.domain, Counter())[attribution["resolved_by"]] += 1
        name, url = attribution.get("publisher_name"), attribution.get("original_url")
        if proven and name and url:
            self._learn_name(str(name), str(url))

    async def not_named(self, site: str, home: str) -> None:
        """The lists of the publisher at *home* do not hold the original of a post of *site* that may name it."""
        (await self.of(site)).learn_named(registrable_domain(home), proven=False)

    def _learn_name(self, name: str, url: str) -> None:
        known = (name, registrable_domain(url))
        count = self._names.get(known, 0)
        if count < MOST_COUNTED and (count or len(self._names) < MOST_NAMES):
            self._names[known] = count + 1
            self._new_names[known] = "/".join(url.split("/", 3)[:3]) + "/"

    def settle(self) -> None:
        """Have written what was learnt since the last time, in one transaction."""
        changes = [(site, proofs.take_changes()) for site, proofs in self._sites.items() if proofs.changed]
        names, self._new_names = self._new_names, {}
        served, self._served = self._served, {}
        if not changes and not names and not served:
            return

        def write(connection: Any) -> None:
            for site, counts in changes:
                save_proofs(connection, site, counts)
            for (name, domain), home in names.items():
                save_name(connection, name, name_keys(name), domain, home)
            for domain, lists in served.items():
                note_served(connection, domain, lists)

        self._run.writer.submit(write, urgent=False)
