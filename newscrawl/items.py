"""The record and its parts: typed, closed, no extras.

One :class:`Record` for each post, for ever. Times are strings in UTC, ISO 8601,
ending in ``Z``; absent is ``None`` or ``[]``, never ``""``. ``docs/fields.md``
describes every field; a test compares.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

__all__ = [
    "SCHEMA_VERSION",
    "AttributionPart",
    "OriginalPart",
    "PostPart",
    "Publisher",
    "Record",
    "Rights",
    "as_dict",
]

#: Version of the record's shape; grows when a field is added or changes meaning.
SCHEMA_VERSION = 1


@dataclass(slots=True, kw_only=True)
class Publisher:
    """Whose article it is. ``domain`` is the registrable domain."""

    name: str | None = None
    domain: str | None = None
    url: str | None = None


@dataclass(slots=True, kw_only=True)
class PostPart:
    """The aggregator's copy: what its page or surface said of the post itself."""

    site: str
    url: str
    title: str | None = None
    author: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    image_url: str | None = None
    displayed_shares: int | None = None
    displayed_views: int | None = None
    word_count: int | None = None
    surface: str | None = None


@dataclass(slots=True, kw_only=True)
class AttributionPart:
    """The sentence or block that names the source, as understood."""

    original_url: str | None = None
    original_title: str | None = None
    publisher_name: str | None = None
    publisher_url: str | None = None
    phrase: str | None = None
    language: str | None = None
    resolved_by: str | None = None


@dataclass(slots=True, kw_only=True)
class OriginalPart:
    """What asking the publisher gave. ``posts``: ids of all records that name it."""

    url: str
    canonical_url: str | None = None
    http_status: int | None = None
    fetched_at: str | None = None
    rendered: bool = False
    paywalled: bool | None = None
    word_count: int | None = None
    similarity: float | None = None
    posts: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Rights:
    """Signals of one party (post's page or publisher).

    Each signal maps to ``{"value": ..., "at": time}``; a signal that is absent
    was not looked up, the value ``none`` means that nothing was said.
    """

    post: dict[str, dict[str, str]] = field(default_factory=dict)
    original: dict[str, dict[str, str]] = field(default_factory=dict)
    effective: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Record:
    """The joined result, one for each post. Field by field: ``docs/fields.md``."""

    id: str
    url: str
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    text_source: str | None = None
    authors: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    published_at: str | None = None
    published_precision: str | None = None
    modified_at: str | None = None
    section: str | None = None
    language: str | None = None
    image_url: str | None = None
    word_count: int | None = None
    publisher: Publisher | None = None
    post: PostPart | None = None
    attribution: AttributionPart | None = None
    original: OriginalPart | None = None
    outcome: str = ""
    reason: str | None = None
    content_hash: str | None = None
    duplicate_of: str | None = None
    cluster_id: str | None = None
    version: int = 1
    gone_at: str | None = None
    rights: Rights = field(default_factory=Rights)
    sources: dict[str, str] = field(default_factory=dict)
    archive: list[dict[str, Any]] = field(default_factory=list)
    spider: str | None = None
    run_id: str | None = None
    crawled_at: str | None = None
    schema_version: int = SCHEMA_VERSION


def as_dict(part: Any) -> Any:
    """*part* (a record, one of its parts, a list or a scalar) as plain JSON types, fields in declared order."""
    if is_dataclass(part) and not isinstance(part, type):
        return {f.name: as_dict(getattr(part, f.name)) for f in fields(part)}
    if isinstance(part, dict):
        return {key: as_dict(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [as_dict(value) for value in part]
    return part
