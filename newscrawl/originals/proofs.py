"""What earlier posts of a site teach of the next one: which of its wordings lead to originals. Pure, no I/O.

A page whose text is the post's proves where a post comes from; a page with another text disproves it. Both are counted
for the site, the domain of the page and the wording that named it. A wording of a publisher that always failed, beside
one that was proven, is asked last: the second such post costs one request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from newscrawl.attribution.sites import name_fits_domain
from newscrawl.originals.ranking import alike
from newscrawl.urls import registrable_domain, same_site

__all__ = [
    "LISTS",
    "LOOKS",
    "MOST_COUNTED",
    "UNLIKELY",
    "Key",
    "Proofs",
    "is_unlikely",
    "key_of",
    "likely_publisher",
    "names_another",
    "worth_asking",
]

#: The least probability at which a candidate is asked for by itself: of claims said to be at least as likely one in
#: four is the source (benchmarks/train_attribution.py).
PAYS = 0.3
#: The least probability at which what may name a post's publisher has that one's lists looked through for it.
LOOKS = 0.4
LOOKS_BESIDE_VIA = 0.1
#: The same, where no text proved the publisher so named on this site though so many posts named it, and where none
#: proved any: lines that credit data or pictures name the same offices and archives over and over.
MOST_UNPROVEN = 2
MOST_UNPROVEN_OF_SITE = 6
#: Unlikely candidates that are asked for of one post, the likeliest of them: how likely they are matters little, since
#: the text proves it, and a site where such links prove nothing is asked for no more of them.
MOST_UNLIKELY = 2
#: A candidate whose title or address is so like the post's title is asked for before all others.
TITLE_LIKE = 0.7

#: No more is counted: what was proven so often needs no further proof, and its row no further write.
MOST_COUNTED = 20
#: What stands for a wording where the original was found in its publisher's lists.
LISTS = "lists"


#: What stands for the publisher where unlikely candidates are counted, all those of a site together.
ANYWHERE = "*"


#: What stands for the wording where a publisher's lists were looked through for posts that may name it.
NAMED = "named"


class Key(NamedTuple):
    """A publisher's domain, and the wording that names its page."""

    domain: str
    phrase: str


#: Candidates that are asked for though they are unlikely, on one site: links that nothing is said of, as a rule.
UNLIKELY = Key(ANYWHERE, "unlikely")


def is_unlikely(attribution: Mapping[str, Any]) -> bool:
    """Whether a candidate that stands in for a post's source is one of those."""
    likely = float(attribution.get("confidence") or 0.0) >= PAYS
    return attribution.get("resolved_by") == "candidate" and not likely


def key_of(attribution: Mapping[str, Any]) -> Key | None:
    """What *attribution* (as :class:`newscrawl.attribution.Attribution` in JSON) is remembered by."""
    url = attribution.get("original_url") or attribution.get("publisher_url")
    domain = registrable_domain(url) if url else ""
    return Key(domain, str(attribution.get("phrase") or "")) if domain else None


@dataclass(slots=True)
class Proofs:
    """What is known of one site: how often a key was proven, and how often it failed."""

    counts: dict[Key, tuple[int, int]] = field(default_factory=dict)
    #: Keys whose counts are to be written.
    changed: set[Key] = field(default_factory=set)

    def learn(self, key: Key, *, proven: bool) -> None:
        """A page that *key* named was the post's article, or another."""
        good, bad = self.counts.get(key, (0, 0))
        after = (min(good + proven, MOST_COUNTED), min(bad + (not proven), MOST_COUNTED))
        if after != (good, bad):
            self.counts[key] = after
            self.changed.add(key)

    def trusts(self, key: Key | None) -> bool:
        """Whether *key* was proven, and more often than it failed."""
        good, bad = self.counts.get(key, (0, 0)) if key is not None else (0, 0)
        return good > bad

    def doubts(self, key: Key | None) -> bool:
        """Whether *key* failed, and was never proven."""
        good, bad = self.counts.get(key, (0, 0)) if key is not None else (0, 0)
        return bad > 0 and good == 0

    def pays(self, key: Key) -> bool:
        """Whether asking for what *key* names proves it more often than not, as far as it was tried."""
        good, bad = self.counts.get(key, (0, 0))
        return good >= bad

    def may_look(self, domain: str) -> bool:
        """Whether the lists of *domain* are looked through for a post that may name it, and states no source."""
        good, bad = self.counts.get(Key(domain, NAMED), (0, 0))
        proven, failed = self.counts.get(Key(ANYWHERE, NAMED), (0, 0))
        if not good and bad >= MOST_UNPROVEN:
            return False
        return good > 0 or proven * MOST_UNPROVEN_OF_SITE > failed or failed < MOST_UNPROVEN_OF_SITE

    def learn_named(self, domain: str, *, proven: bool) -> None:
        """The original of a post that may name *domain* was found there, or was not."""
        self.learn(Key(domain, NAMED), proven=proven)
        self.learn(Key(ANYWHERE, NAMED), proven=proven)

    def take_changes(self) -> dict[Key, tuple[int, int]]:
        """What is to be written; it is taken to be written from then on."""
        changes = {key: self.counts[key] for key in self.changed}
        self.changed.clear()
        return changes


def worth_asking(
    candidates: Iterable[dict[str, Any]], title: str | None, proofs: Proofs, *, unlikely: bool
) -> list[dict[str, Any]]:
    """Those of *candidates* (as attributions) that pay, the likeliest first.

    First comes what is called like the post, then what was proven on its site; what always failed there comes last.

    Args:
        title: the post's.
        unlikely: take the likeliest two of the others, mostly links that nothing is said of, where no other is left.
    """
    taken: list[tuple[float, dict[str, Any]]] = []
    left: list[dict[str, Any]] = []
    for one in candidates:
        url = one.get("original_url")
        if not url:
            continue
        key = key_of(one)
        like = max(alike(title, one.get("original_title"), url), alike(title, one.get("sentence"), url))
        if like >= TITLE_LIKE:
            taken.append((2.0 + like, one))
        elif proofs.trusts(key):
            taken.append((2.0, one))
        elif float(one.get("confidence") or 0.0) >= PAYS:
            taken.append((0.0 if proofs.doubts(key) else float(one["confidence"]), one))
        else:
            left.append(one)
    taken.sort(key=lambda pair: -pair[0])
    return [one for _, one in taken] or (left[:MOST_UNLIKELY] if unlikely else [])


def likely_publisher(candidates: Iterable[dict[str, Any]], site: str) -> dict[str, Any] | None:
    """The likeliest of *candidates* (as attributions) by which a post of *site* may name its publisher, if any may.

    *Via* tells by which way a text came, and names no publisher where another line does.
    """
    naming = [one for one in candidates if one.get("pattern") != "link" and _is_of_another(one, site)]
    # Beside "via" a line of source need not be likely: the page that it speaks against is not taken for less.
    least = LOOKS_BESIDE_VIA if any(_is_via(one) for one in naming) else LOOKS
    named = [one for one in naming if float(one.get("confidence") or 0.0) >= (LOOKS if _is_via(one) else least)]
    return min(named, key=lambda one: (_is_via(one), -float(one["confidence"])), default=None)


def _is_of_another(attribution: Mapping[str, Any], site: str) -> bool:
    """Whether *attribution* names a publisher, and not *site* itself."""
    url = attribution.get("publisher_url") or attribution.get("original_url")
    if url:
        return "://" in url and not same_site(url, site)
    name = attribution.get("publisher_name")
    return bool(name) and not name_fits_domain(str(name), site)


def _is_via(attribution: Mapping[str, Any]) -> bool:
    return str(attribution.get("phrase") or "").partition(":")[0] == "via"


def names_another(attribution: Mapping[str, Any], likely: Mapping[str, Any] | None) -> bool:
    """Whether *attribution* only says *via*, and what *likely* names is another publisher: then a copy stands there."""
    url = attribution.get("original_url") or attribution.get("publisher_url")
    if likely is None or not url or not _is_via(attribution) or _is_via(likely):
        return False
    home = likely.get("publisher_url") or likely.get("original_url")
    if home:
        return not same_site(home, url)
    return bool(likely.get("publisher_name")) and not name_fits_domain(str(likely["publisher_name"]), url)
