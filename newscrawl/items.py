"""The record and its parts: typed, closed, no extras.

One :class:`Record` for each post, for ever. Times are strings in UTC, ISO 8601,
ending in ``Z``; absent is ``None`` or ``[]``, never ``""``. ``docs/fields.md``
describes every field; a test compares.

The dataclasses are the only place where fields are written down. The columns of
the table ``records`` (:mod:`newscrawl.storage.tables`), the columns of CSV and
the schemas of :mod:`newscrawl.datasets.schema` are made from them. A new field
needs four files: a line here (and the next `SCHEMA_VERSION`), a migration, a
row in ``docs/fields.md``, and the place that fills it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

    from newscrawl.extraction.result import Extraction

__all__ = [
    "SCHEMA_VERSION",
    "AttributionPart",
    "FieldType",
    "OriginalPart",
    "OriginalResult",
    "PostPart",
    "Publisher",
    "Record",
    "Rights",
    "StoredRecord",
    "as_dict",
    "field_types",
    "from_dict",
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
    confidence: float | None = None
    resolved_by: str | None = None


@dataclass(slots=True, kw_only=True)
class OriginalPart:
    """What asking the publisher gave.

    ``posts``: ids of the records that name it, at most 100; ``posts_total``: how many there are. Both are looked up
    when a record is read or delivered, and are not stored.
    """

    url: str
    canonical_url: str | None = None
    http_status: int | None = None
    fetched_at: str | None = None
    rendered: bool = False
    paywalled: bool | None = None
    word_count: int | None = None
    similarity: float | None = None
    posts: list[str] = field(default_factory=list)
    posts_total: int | None = None


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
    """The joined result, one for each post. Field by field: ``docs/fields.md``.

    ``length`` in a field's metadata is the greatest number of characters that its database column takes.
    """

    id: str = field(metadata={"length": 32})
    url: str
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    text_source: str | None = field(default=None, metadata={"length": 10})
    authors: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    published_at: str | None = None
    published_precision: str | None = field(default=None, metadata={"length": 10})
    modified_at: str | None = None
    section: str | None = None
    language: str | None = field(default=None, metadata={"length": 40})
    image_url: str | None = None
    word_count: int | None = None
    publisher: Publisher | None = None
    post: PostPart | None = None
    attribution: AttributionPart | None = None
    original: OriginalPart | None = None
    outcome: str = field(default="", metadata={"length": 20})
    reason: str | None = field(default=None, metadata={"length": 40})
    content_hash: str | None = field(default=None, metadata={"length": 64})
    duplicate_of: str | None = field(default=None, metadata={"length": 32})
    contained_in: str | None = field(default=None, metadata={"length": 32})
    cluster_id: str | None = field(default=None, metadata={"length": 32})
    version: int = 1
    gone_at: str | None = None
    rights: Rights = field(default_factory=Rights)
    sources: dict[str, str] = field(default_factory=dict)
    archive: list[dict[str, Any]] = field(default_factory=list)
    spider: str | None = field(default=None, metadata={"length": 100})
    run_id: str | None = field(default=None, metadata={"length": 32})
    crawled_at: str | None = None
    schema_version: int = SCHEMA_VERSION


class StoredRecord(Record):
    """A record that the database holds already, on its way to feeds (``deliver=all``). Pipelines leave it alone."""

    __slots__ = ()

    @classmethod
    def of(cls, record: Record) -> StoredRecord:
        """*record* as one that is stored; parts are shared, not copied."""
        return cls(**{one.name: getattr(record, one.name) for one in fields(Record)})


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalResult:
    """The answer to one request for an original.

    ``extraction`` is the page as read, with times in UTC; ``None`` where no page came. ``reason`` (of the closed
    list) says why the answer is no whole article; ``None`` for a whole one.
    """

    id: str
    url: str
    reason: str | None
    http_status: int | None = None
    final_url: str | None = None
    fetched_at: str | None = None
    rendered: bool = False
    extraction: Extraction | None = None
    rights: dict[str, str] | None = None


#: What is handed on as it is: most of what is looked at.
_SCALARS = (str, int, float, NoneType)
_PLAIN = frozenset({str, int, float, bool, NoneType})


@cache
def _values_of(part: type) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The names of the fields of *part*, of which each part of a record has several, and what gets their values."""
    names = tuple(one.name for one in fields(part))
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda made: tuple(getattr(made, name) for name in names)


def as_dict(part: Any) -> Any:
    """*part* (a record, one of its parts, a list or a scalar) as plain JSON types, fields in declared order."""
    if isinstance(part, _SCALARS):
        return part
    if isinstance(part, dict):
        return {key: value if type(value) in _PLAIN else as_dict(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [as_dict(value) for value in part]
    if is_dataclass(part) and not isinstance(part, type):
        # Nine of ten values are plain: not each is worth a call.
        names, get = _values_of(type(part))
        return {
            name: value if type(value) in _PLAIN else as_dict(value)
            for name, value in zip(names, get(part), strict=True)
        }
    return part


class FieldType(NamedTuple):
    """How a field is declared: *base* is a plain type, ``list``, ``dict`` or the class of a part."""

    name: str
    base: type
    nullable: bool
    length: int | None
    arguments: tuple[Any, ...]
    """Of a list or dict: the types between its brackets."""


@cache
def field_types(part: type) -> tuple[FieldType, ...]:
    """The fields of *part* (a dataclass of this module) with their types, in declared order."""
    hints = get_type_hints(part)
    return tuple(_field_type(one.name, hints[one.name], one.metadata.get("length")) for one in fields(part))


def _field_type(name: str, hint: Any, length: int | None) -> FieldType:
    options = get_args(hint)
    nullable = NoneType in options
    if nullable:
        (hint,) = (one for one in options if one is not NoneType)
    return FieldType(name, get_origin(hint) or hint, nullable, length, get_args(hint))


def from_dict(values: dict[str, Any]) -> Record:
    """The inverse of :func:`as_dict` for a record; names that no field has are left out (of a later version)."""
    record: Record = _part_from_dict(Record, values)
    return record


def _part_from_dict(part: Any, values: dict[str, Any]) -> Any:
    made = {}
    for one in field_types(part):
        if one.name in values:
            value = values[one.name]
            made[one.name] = _part_from_dict(one.base, value) if is_dataclass(one.base) and value is not None else value
    return part(**made)
