"""Which entry of a publisher's lists is the article that a post copies. Pure, no I/O.

Where a post names its publisher and no address, or one that is dead, the publisher's own lists (news sitemap, sitemaps
by ``lastmod``, feeds, WordPress search, section pages) hold the article. :func:`rank` orders their entries by title,
slug and day, in any script; :func:`choose` says which one to ask for, or that two are equally likely. An entry chosen
is asked for, and is the original only when its text is the post's (:mod:`newscrawl.join`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from anyascii import anyascii

from newscrawl.clock import parse_time
from newscrawl.text import tokens

__all__ = ["Choice", "Entry", "Ranked", "Sought", "choose", "rank"]

#: Entries of one publisher that are ranked at most, the newest lists first.
MOST_ENTRIES = 20_000
#: Least score that is worth a request, and how far the second must stay behind.
WORTH = 0.55
AHEAD = 0.12
#: Days between post and original that cost nothing, and beyond which an entry is another article of that title.
NEAR_DAYS, FAR_DAYS = 2.0, 20.0
_FEW_WORDS = 3
_SEGMENT = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of the original: titles as the post gives them, and when the post was published (UTC text)."""

    titles: tuple[str, ...]
    published_at: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a publisher's list. *published_at*: UTC text, where the list tells it."""

    url: str
    title: str | None = None
    published_at: str | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry and how likely it is the one, 0 to 1, with what that rests on."""

    entry: Entry
    score: float
    title: float
    slug: float
    days: float | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The entry to ask for, or none; *ambiguous* where two are equally likely, so that neither is taken."""

    entry: Entry | None
    ambiguous: bool = False
    score: float = 0.0


def rank(sought: Sought, entries: Iterable[Entry]) -> list[Ranked]:
    """*entries* by how likely each is the article sought, the likeliest first; each address once."""
    titles = [frozenset(tokens(title)) for title in sought.titles if title]
    plain = [_romanised(title) for title in sought.titles if title]
    moment = _moment(sought.published_at)
    best: dict[str, Ranked] = {}
    for number, entry in enumerate(entries):
        if number >= MOST_ENTRIES:
            break
        one = _score(entry, titles, plain, moment)
        if one.score > 0 and (entry.url not in best or best[entry.url].score < one.score):
            best[entry.url] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.entry.url))


def choose(ranked: Sequence[Ranked]) -> Choice:
    """The likeliest entry, where it is likely enough and no other is nearly as likely."""
    if not ranked or ranked[0].score < WORTH:
        return Choice(None)
    first = ranked[0]
    if len(ranked) > 1 and first.score - ranked[1].score < AHEAD and ranked[1].score >= WORTH:
        return Choice(None, ambiguous=True, score=first.score)
    return Choice(first.entry, score=first.score)


def _score(entry: Entry, titles: list[frozenset[str]], plain: list[frozenset[str]], moment: datetime | None) -> Ranked:
    told = frozenset(tokens(entry.title)) if entry.title else frozenset()
    title = max((_alike(one, told) for one in titles), default=0.0)
    slug_words = _slug(entry.url)
    slug = max((_alike(one, slug_words) for one in plain), default=0.0)
    days = _days(moment, entry.published_at)
    likeness = max(title, 0.95 * slug)
    if title and slug:
        likeness = max(likeness, 0.6 * title + 0.4 * slug)
    if days is None:
        nearness = 0.9  # not told
    elif days > FAR_DAYS:
        nearness = 0.0  # the same title in another year is another article
    else:
        nearness = 1.0 if days <= NEAR_DAYS else 1.0 - 0.4 * (days - NEAR_DAYS) / (FAR_DAYS - NEAR_DAYS)
    return Ranked(entry, round(likeness * nearness, 4), round(title, 4), round(slug, 4), days)


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Words in common, of those of both; few words in common are no evidence."""
    shared = len(one & other)
    if shared < min(_FEW_WORDS, len(one)) or not shared:
        return 0.0
    # A headline that was shortened or lengthened keeps most of the shorter one.
    within, over = shared / min(len(one), len(other)), shared / len(one | other)
    return 0.5 * within + 0.5 * over


def _romanised(title: str) -> frozenset[str]:
    """Words of *title* as slugs write them: in Latin letters, without marks."""
    return frozenset(_SEGMENT.findall(anyascii(title[:500]).lower()))


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
