"""The aggregator's copy of an article, as the ledger keeps it between discovery and the record. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from newscrawl.clock import format_time, parse_time

if TYPE_CHECKING:
    from newscrawl.attribution import Attribution

__all__ = ["Discovered", "PostCopy", "may_be_in", "possible_times"]

#: Clocks run from UTC-12 to UTC+14: a day whose zone is not known may begin and end so much off UTC's.
EARLIEST_ZONE = dt.timedelta(hours=14)
LATEST_ZONE = dt.timedelta(hours=12)


@lru_cache(maxsize=4096)
def possible_times(published_at: str, precision: str | None) -> tuple[str, str]:
    """The first and the last moment (UTC strings) at which a post so dated may have been published.

    Args:
        published_at: UTC string; where *precision* is ``day``, the start of a day in a zone that is not known.
        precision: ``second``, ``minute``, ``day`` or ``None`` (exact).
    """
    if precision != "day":
        return published_at, published_at
    start = parse_time(published_at)
    return format_time(start - EARLIEST_ZONE), format_time(start + dt.timedelta(days=1) + LATEST_ZONE)


def may_be_in(published_at: str | None, precision: str | None, since: str | None, until: str | None) -> bool:
    """Whether a post may have been published in ``[since, until)`` (UTC strings, ``None`` is open).

    An undated post may; one of which only the day is known may where any hour of that day, in any zone, does.
    """
    if published_at is None:
        return True
    first, last = possible_times(published_at, precision)
    return (since is None or last >= since) and (until is None or first < until)


@dataclass(frozen=True, slots=True)
class Discovered:
    """A post as a surface showed it, cleaned. ``given``: what the surface told of it, as plain JSON types.

    ``published_at`` (UTC) is ``None`` where the post is undated, or where only its day is known and that day lies on
    the edge of the run's window: the ledger hands out undated posts in every window.
    """

    id: str
    url: str
    published_at: str | None
    modified_at: str | None
    given: dict[str, Any]
    host: str = ""
    remote_id: str | None = None


@dataclass(slots=True, kw_only=True)
class PostCopy:
    """What is known of a post. ``html`` is its body as given; once read it is ``None`` and ``text`` is there."""

    site: str
    url: str
    surface: str
    site_name: str | None = None
    remote_id: str | None = None  # the site's own number of the post
    title: str | None = None
    author: str | None = None
    published_at: str | None = None
    published_precision: str | None = None
    modified_at: str | None = None
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    image_url: str | None = None
    displayed_shares: int | None = None
    displayed_views: int | None = None
    summary: str | None = None
    html: str | None = None
    text: str | None = None
    language: str | None = None  # of its text, where it was recognised; empty where that is not sure
    truncated: bool = False
    incomplete: bool = False  # the surface gave too little: the page is to be asked for
    word_count: int | None = None
    attribution: dict[str, Any] | None = None
    #: What may name its publisher, where nothing is likely enough to be stated: that one's lists may prove it.
    likely: dict[str, Any] | None = None
    #: Pages that may be the source where the stated one is not, likeliest first, as attributions.
    candidates: list[dict[str, Any]] = field(default_factory=list)
    #: What was asked for and is not the original: ``how``, ``url``, ``reason``, ``similarity``, ``why`` in words.
    tried: list[dict[str, Any]] = field(default_factory=list)
    #: Its publisher's lists have been looked through for it.
    looked: bool = False
    #: What it states always failed on its site before, where something beside it was proven.
    misleading: bool = False
    #: What the post states, while a candidate stands in its place; empty where it states nothing.
    stated: dict[str, Any] | None = None
    rights: dict[str, str] = field(default_factory=dict)
    looked_at: str | None = None  # when the surface was asked
    source: str | None = None  # what `sources` calls the surface: wp-rest, feed, html

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types, without what is absent."""
        values = [(name, getattr(self, name)) for name in _NAMES]
        # Not `in (None, False, …)`: a counter of 0 is equal to False, and is no absence. What may change is copied.
        kept = {
            name: _copied(value) for name, value in values if not (value is None or value is False or value in ([], {}))
        }
        if self.stated is not None:
            kept["stated"] = self.stated  # empty: the post states nothing
        return kept

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> PostCopy:
        """The inverse of :meth:`to_json`; names it does not know are left out (an older or newer version's)."""
        return cls(**{name: part for name, part in value.items() if name in _KNOWN})

    def states_source(self) -> bool:
        """Whether the post itself states its source."""
        return bool(self.stated if self.stated is not None else self.attribution)

    def naming(self) -> dict[str, Any]:
        """What tells its publisher: what the post states, or else what may name it; empty where nothing does."""
        stated = self.stated if self.stated is not None else self.attribution
        return stated or self.likely or {}

    def attributed(self, attribution: Attribution | None) -> None:
        """Keep what the record needs of *attribution*."""
        self.attribution = None if attribution is None else attribution.to_json()

    def next_candidate(self) -> bool:
        """Let the likeliest candidate left stand for the stated source; whether there was one."""
        if not self.candidates:
            return False
        candidate = self.candidates.pop(0)
        self.stand_in(candidate, str(candidate.get("resolved_by") or "candidate"))
        return True

    def stand_in(self, attribution: dict[str, Any], resolved_by: str) -> None:
        """Let a page that the post does not state as its source stand in for the one that it states."""
        if self.stated is None:
            self.stated = self.attribution or {}
        self.attribution = attribution | {"resolved_by": resolved_by}

    def back_to_stated(self) -> None:
        """Take back what the post itself states, after nothing else proved to be the source."""
        self.attribution, self.stated = self.stated or None, None


_NAMES = tuple(one.name for one in fields(PostCopy))
_KNOWN = frozenset(_NAMES)


def _copied(value: Any) -> Any:
    """A copy of *value*, plain JSON types: a deep one takes five times as long, since it remembers what it has seen."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
