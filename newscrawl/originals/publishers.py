"""A directory of publishers: from a name, in any script, to the domain that it was proven to be. Pure, no I/O.

The directory itself is the table ``publisher_names`` (:mod:`newscrawl.ledger.proofs`): a row for each form of a name
(:func:`newscrawl.attribution.sites.name_keys`) and domain that a proven link led to, with how often.
"""

from __future__ import annotations

import re
from collections import Counter

from newscrawl.attribution.sites import name_fits_domain
from newscrawl.urls import registrable_domain

__all__ = ["domain_in_name", "surest"]

_DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?((?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,18})/?", re.IGNORECASE)


def surest(name: str, counts: Counter[str]) -> str | None:
    """The domain of *name*, of those that *counts* says it was proven to be; ``None`` where unsure.

    Sure is one that was seen more than twice as often as any other; of several, one that says the name itself.
    """
    if not counts:
        return None
    (first, count), *rest = counts.most_common(2)
    if not rest or count > 2 * rest[0][1]:
        return first
    saying = [domain for domain in counts if name_fits_domain(name, domain)]
    return saying[0] if len(saying) == 1 else None


def domain_in_name(name: str) -> str | None:
    """The domain that *name* is: ``gizmodo.example`` calls itself by its address."""
    found = _DOMAIN.fullmatch(name.strip()[:300])
    return (registrable_domain(found[1].lower()) or None) if found else None
