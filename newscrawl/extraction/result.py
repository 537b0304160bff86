"""What :func:`newscrawl.extraction.extract` hands back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from newscrawl.outcomes import Reason

__all__ = ["REASON_OF_KIND", "Extraction", "Kind"]


class Kind(StrEnum):
    """What a page is. Everything but ``article`` is never taken as an original."""

    ARTICLE = "article"
    CHALLENGE = "challenge"
    """A bot check, a captcha or a refusal that stands in the page's place."""
    CONSENT = "consent"
    """A consent wall that stands in the page's place (a banner over an article is none)."""
    LOGIN = "login"
    """A sign-in or registration form."""
    PAYWALL = "paywall"
    """A subscription offer with no article text worth keeping."""
    NOT_FOUND = "not_found"
    """An error page whatever its status ('soft 404'), or an article that was withdrawn."""
    LISTING = "listing"
    """A home, section, tag, author or search page."""
    GALLERY = "gallery"
    """Pictures with captions and no text."""
    VIDEO = "video"
    """A player with a description and no text."""
    SHELL = "shell"
    """A page whose text is put there by scripts."""
    EMPTY = "empty"
    """No text that could be an article, and no sign of why."""
    NOT_HTML = "not_html"
    """A PDF, an image, a feed, JSON, plain text."""
    BROKEN = "broken"
    """Could not be decoded, or exceeds the bounds on size and time."""


#: The closed list of reasons has fewer words than there are kinds of page.
REASON_OF_KIND: dict[Kind, Reason | None] = {
    Kind.ARTICLE: None,
    Kind.CHALLENGE: Reason.CHALLENGE,
    Kind.CONSENT: Reason.CONSENT,
    Kind.LOGIN: Reason.LOGIN,
    Kind.PAYWALL: Reason.PAYWALL,
    Kind.NOT_FOUND: Reason.NOT_ARTICLE,
    Kind.LISTING: Reason.NOT_ARTICLE,
    Kind.GALLERY: Reason.NOT_ARTICLE,
    Kind.VIDEO: Reason.NOT_ARTICLE,
    Kind.SHELL: Reason.NEEDS_BROWSER,
    Kind.EMPTY: Reason.NOT_ARTICLE,
    Kind.NOT_HTML: Reason.NOT_ARTICLE,
    Kind.BROKEN: Reason.BAD_ENCODING,
}


@dataclass(slots=True, kw_only=True)
class Extraction:
    """One page read. Absent is ``None`` or ``[]``, never ``""``.

    ``reason`` is ``None`` for a whole article. An article that is there only in
    part keeps ``kind == "article"`` and its text, with ``reason`` ``paywall`` or
    ``truncated``; any other kind has a reason and no text. Times are
    ISO 8601: with the page's own offset from UTC where it tells one
    (``2026-03-01T21:15:30-04:00``: the day that readers saw), else UTC with
    ``Z``; records have them in UTC. ``rights`` holds raw signals of the page, not a verdict.
    ``sources`` names, for each field that is set, where it came from.
    """

    kind: Kind
    reason: Reason | None = None
    title: str | None = None
    text: str | None = None
    authors: list[str] = field(default_factory=list)
    published_at: str | None = None
    published_precision: str | None = None
    modified_at: str | None = None
    summary: str | None = None
    language: str | None = None
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    image_url: str | None = None
    canonical_url: str | None = None
    publisher_name: str | None = None
    paywalled: bool | None = None
    rights: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    detail: str | None = None
    """In plain words why the page is what it is said to be; for ``show``."""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types, without what is absent."""
        values = ((name, getattr(self, name)) for name in _NAMES)
        # Lists and mappings hold plain values: a copy of each is as good as a deep one, in a tenth of the time.
        return {
            name: value.copy() if isinstance(value, list | dict) else value
            for name, value in values
            if value is not None and value not in ([], {})
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Extraction:
        """The inverse of :meth:`to_json`; names it does not know are left out (an older or newer version's)."""
        given = {name: part for name, part in value.items() if name in _NAMES}
        given["kind"] = Kind(given.get("kind", Kind.ARTICLE))
        if given.get("reason") is not None:
            given["reason"] = Reason(given["reason"])
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain JSON types, in their order; enumerations as their words."""
        return asdict(self)


_NAMES = tuple(one.name for one in fields(Extraction))
