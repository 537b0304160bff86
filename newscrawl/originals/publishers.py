"""A directory of publishers: from a name, in any script, to the domain that it was proven to be. Pure, no I/O."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from newscrawl.attribution.sites import name_keys
from newscrawl.urls import registrable_domain

__all__ = ["Directory"]

#: Domains kept of one name.
MOST_DOMAINS = 50


@dataclass(slots=True)
class Directory:
    """Names and the domains that proven links led to, with how often."""

    _domains: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def learn(self, name: str, url_or_domain: str) -> None:
        """A proven link: *name* is the publisher at this address."""
        domain = registrable_domain(url_or_domain)
        if not domain:
            return
        for key in name_keys(name):
            counts = self._domains[key]
            if domain in counts or len(counts) < MOST_DOMAINS:
                counts[domain] += 1

    def find(self, name: str) -> str | None:
        """The domain of *name*: seen most, and more than twice as often as any other; ``None`` where unsure."""
        seen: Counter[str] = Counter()
        for key in name_keys(name):
            seen.update(self._domains.get(key, Counter()))
        if not seen:
            return None
        (first, count), *rest = seen.most_common(2)
        return first if not rest or count > 2 * rest[0][1] else None
