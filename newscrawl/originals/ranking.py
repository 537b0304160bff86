"""Which entry of a publisher's lists is the article that a post copies. Pure, no I/O.

Where a post names its publisher and no address, or one that is dead, the publisher's own lists (news sitemap, sitemaps
by ``lastmod``, feeds, WordPress's API, section pages) hold the article. :class:`Ranker` orders their entries by title,
slug and day, in any script, and by the post's text: a headline that was changed after the copy was made still names
what the text tells of. :func:`choose` says which one to ask for, or that two are equally likely. An entry chosen is
asked for, and is the original only when its text is the post's (:mod:`newscrawl.join`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from anyascii import anyascii

from newscrawl.clock import parse_time
from newscrawl.text import tokens

__all__ = ["MOST_ENTRIES", "Choice", "Entry", "Ranked", "Ranker", "Sought", "alike", "choose", "rank"]

#: Entries of one publisher that are ranked at most, the newest lists first.
MOST_ENTRIES = 20_000
#: Least score that is worth a request, and how far the second must stay behind.
WORTH = 0.55
AHEAD = 0.12
#: Days between post and original that cost nothing, and beyond which an entry is another article of that title.
NEAR_DAYS, FAR_DAYS = 2.0, 20.0
_FEW_WORDS = 3
#: Entries that share most with a post, which are looked at closely.
CLOSELY = 60
#: Words of a post's text that are compared with titles, and the least share of a title's weight that they must hold.
TEXT_WORDS = 900
IN_TEXT = 0.7
MOST_ROMANISED = 8_000
#: A title of fewer words than this, rare ones counted alone, says nothing of a text.
LEAST_RARE = 3
_SEGMENT = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of the original: titles as the post gives them, when the post was published (UTC), its text."""

    titles: tuple[str, ...]
    published_at: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a publisher's list. Times are UTC, where the list tells them.

    *changed_at*: when it was last changed, which is no earlier than its publication (``lastmod``).
    """

    url: str
    title: str | None = None
    published_at: str | None = None
    changed_at: str | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry and how likely it is the one, 0 to 1, with what that rests on."""

    entry: Entry
    score: float
    title: float
    slug: float
    days: float | None
    text: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The entry to ask for, or none; *ambiguous* where two are equally likely, so that neither is taken."""

    entry: Entry | None
    ambiguous: bool = False
    score: float = 0.0


@dataclass(slots=True)
class _Words:
    """Words of an entry: of its title, and of its address in Latin letters."""

    title: frozenset[str]
    slug: frozenset[str]


class Ranker:
    """Entries of one publisher, ready to be ranked for many posts."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        unique: dict[str, Entry] = {}
        for entry in entries:
            if len(unique) >= MOST_ENTRIES:
                break
            unique.setdefault(entry.url, entry)
        self.entries = list(unique.values())
        self._words = [_Words(frozenset(tokens(one.title)), _slug(one.url)) for one in self.entries]
        # Which entries hold a word. Words of title and slug are kept apart: in Latin script they are mostly the same.
        self._by_title: dict[str, list[int]] = {}
        self._by_slug: dict[str, list[int]] = {}
        for number, words in enumerate(self._words):
            for word in words.title:
                self._by_title.setdefault(word, []).append(number)
            for word in words.slug:
                self._by_slug.setdefault(word, []).append(number)

    def rank(self, sought: Sought) -> list[Ranked]:
        """The entries that may be the article *sought*, the likeliest first."""
        titles = [frozenset(tokens(title)) for title in sought.titles if title]
        plain = [_romanised(title) for title in sought.titles if title]
        opening = tokens(sought.text)[:TEXT_WORDS]
        text, text_plain = frozenset(opening), _romanised(" ".join(opening), MOST_ROMANISED) if opening else frozenset()
        moment = _moment(sought.published_at)
        found = []
        for number in self._close(titles, plain, text, text_plain):
            one = self._score(number, titles, plain, moment, text, text_plain)
            if one.score > 0:
                found.append(one)
        return sorted(found, key=lambda one: (-one.score, one.entry.url))

    def _close(
        self,
        titles: list[frozenset[str]],
        plain: list[frozenset[str]],
        text: frozenset[str],
        text_plain: frozenset[str],
    ) -> set[int]:
        """Entries that share the most, rare words counting more: by title and slug, and by the text."""
        chosen: set[int] = set()
        for words, latin in ((frozenset().union(*titles), frozenset().union(*plain)), (text, text_plain)):
            weights: Counter[int] = Counter()
            for index, some in ((self._by_title, words), (self._by_slug, latin)):
                for word in some:
                    for number in index.get(word, ()):
                        weights[number] += self._weight(index, word)  # type: ignore[assignment]
            chosen |= {number for number, _ in weights.most_common(CLOSELY)}
        return chosen

    def _weight(self, index: dict[str, list[int]], word: str) -> float:
        return math.log((len(self.entries) + 1) / (len(index.get(word, ())) + 0.5)) + 0.05

    def _score(
        self,
        number: int,
        titles: list[frozenset[str]],
        plain: list[frozenset[str]],
        moment: datetime | None,
        text: frozenset[str],
        text_plain: frozenset[str],
    ) -> Ranked:
        entry, words = self.entries[number], self._words[number]
        title = max((_alike(one, words.title) for one in titles), default=0.0)
        slug = max((_alike(one, words.slug) for one in plain), default=0.0)
        likeness = max(title, 0.95 * slug)
        if title and slug:
            likeness = max(likeness, 0.6 * title + 0.4 * slug)
        told = max(
            self._told(self._by_title, words.title, text),
            # A slug may be an older headline: where there is a title it tells less.
            self._told(self._by_slug, words.slug, text_plain) * (0.9 if words.title else 1.0),
        )
        if told >= IN_TEXT:
            likeness = max(likeness, 0.9 * told)
        days = _days(moment, entry.published_at)
        if days is None:
            days = _days_before(moment, entry.changed_at)
        score = round(likeness * _nearness(days), 4)
        return Ranked(entry, score, round(title, 4), round(slug, 4), days, round(told, 4))

    def _told(self, index: dict[str, list[int]], words: frozenset[str], text: frozenset[str]) -> float:
        """The share of the weight of a title's *words* that stands in the *text*."""
        if not text or not words:
            return 0.0
        common = max(3.0, 0.05 * len(self.entries))
        rare = [word for word in words if len(index.get(word, ())) <= common]
        if len(rare) < LEAST_RARE:
            return 0.0
        whole = sum(self._weight(index, word) for word in words)
        return sum(self._weight(index, word) for word in words if word in text) / whole


def rank(sought: Sought, entries: Iterable[Entry]) -> list[Ranked]:
    """*entries* by how likely each is the article sought, the likeliest first; each address once."""
    return Ranker(entries).rank(sought)


def choose(ranked: Sequence[Ranked]) -> Choice:
    """The likeliest entry, where it is likely enough and no other is nearly as likely."""
    if not ranked or ranked[0].score < WORTH:
        return Choice(None)
    first = ranked[0]
    if len(ranked) > 1 and first.score - ranked[1].score < AHEAD and ranked[1].score >= WORTH:
        return Choice(None, ambiguous=True, score=first.score)
    return Choice(first.entry, score=first.score)


def _nearness(days: float | None) -> float:
    """What the days between post and entry leave of a likeness."""
    if days is None:
        return 0.9  # not told
    if days > FAR_DAYS:
        return 0.0  # the same title in another year is another article
    return 1.0 if days <= NEAR_DAYS else 1.0 - 0.4 * (days - NEAR_DAYS) / (FAR_DAYS - NEAR_DAYS)


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Words in common, of those of both; few words in common are no evidence."""
    shared = len(one & other)
    if shared < min(_FEW_WORDS, len(one)) or not shared:
        return 0.0
    # A headline that was shortened or lengthened keeps most of the shorter one.
    within, over = shared / min(len(one), len(other)), shared / len(one | other)
    return 0.5 * within + 0.5 * over


def alike(title: str | None, other: str | None, url: str) -> float:
    """How like *title* another title, or the words of an address, are: 0 to 1, in any script."""
    if not title:
        return 0.0
    by_title = _alike(frozenset(tokens(title)), frozenset(tokens(other))) if other else 0.0
    return max(by_title, 0.95 * _alike(_romanised(title), _slug(url)))


def _romanised(title: str, most: int = 500) -> frozenset[str]:
    """Words of *title* as slugs write them: in Latin letters, without marks; of *most* characters."""
    return frozenset(_SEGMENT.findall(anyascii(title[:most]).lower()))


def _slug(url: str) -> frozenset[str]:
    """Words of the last telling part of a path."""
    path = unquote(url.partition("?")[0].partition("#")[0].partition("://")[2].partition("/")[2][:1000])
    parts = [part.rpartition(".")[0] or part for part in path.split("/") if part]
    words = _SEGMENT.findall(anyascii(max(parts, key=len, default="")).lower())
    return frozenset(word for word in words if not _NUMBER.fullmatch(word) or len(word) < 5)


def _moment(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        return parse_time(value)
    except ValueError:
        return None


def _days(moment: datetime | None, told: str | None) -> float | None:
    other = _moment(told)
    if moment is None or other is None:
        return None
    return abs((moment - other).total_seconds()) / 86_400


def _days_before(moment: datetime | None, changed_at: str | None) -> float | None:
    """Days from the last change of an entry to the post, where it is older than the post: it was published before."""
    other = _moment(changed_at)
    if moment is None or other is None or other >= moment:
        return None
    return (moment - other).total_seconds() / 86_400
