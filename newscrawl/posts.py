"""The aggregator's copy of an article, as the ledger keeps it between discovery and the record. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from newscrawl.attribution import Attribution

__all__ = ["PostCopy"]


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
    truncated: bool = False
    incomplete: bool = False  # the surface gave too little: the page is to be asked for
    word_count: int | None = None
    attribution: dict[str, Any] | None = None
    #: Pages that may be the source where the stated one is not, likeliest first, as attributions.
    candidates: list[dict[str, Any]] = field(default_factory=list)
    #: What was asked for and is not the original: ``url``, ``reason``, ``similarity``.
    tried: list[dict[str, Any]] = field(default_factory=list)
    #: What the post states, while a candidate stands in its place; empty where it states nothing.
    stated: dict[str, Any] | None = None
    rights: dict[str, str] = field(default_factory=dict)
    looked_at: str | None = None  # when the surface was asked
    source: str | None = None  # what `sources` calls the surface: wp-rest, feed, html

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types, without what is absent."""
        values = asdict(self).items()
        # Not `in (None, False, …)`: a counter of 0 is equal to False, and is no absence.
        kept = {name: value for name, value in values if not (value is None or value is False or value in ([], {}))}
        if self.stated is not None:
            kept["stated"] = self.stated  # empty: the post states nothing
        return kept

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> PostCopy:
        """The inverse of :meth:`to_json`; names it does not know are left out (an older or newer version's)."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: part for name, part in value.items() if name in known})

    def attributed(self, attribution: Attribution | None) -> None:
        """Keep what the record needs of *attribution*."""
        self.attribution = None if attribution is None else asdict(attribution)

    def next_candidate(self) -> bool:
        """Let the likeliest candidate left stand for the stated source; whether there was one."""
        if not self.candidates:
            return False
        if self.stated is None:
            self.stated = self.attribution or {}
        self.attribution = self.candidates.pop(0) | {"resolved_by": "candidate"}
        return True

    def back_to_stated(self) -> None:
        """Take back what the post itself states, after no candidate proved to be the source."""
        self.attribution, self.stated = self.stated or None, None
