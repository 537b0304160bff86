"""What holds for every record: clean text, and the rules that tie its fields together. Pure."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from newscrawl.clock import format_time, parse_time
from newscrawl.items import Record
from newscrawl.outcomes import Outcome, Reason, is_reason
from newscrawl.text import clean_line, clean_text, word_count

__all__ = ["faults", "invalidate", "left_out_for", "normalize"]

#: Fields of several paragraphs; every other string is one line.
_PARAGRAPHS = frozenset({"text", "summary"})
#: Most entries of a list, most characters of an address.
MOST_NAMES = 100
MOST_URL = 8_000
#: Longest language tag (RFC 5646, section 4.4.1).
MOST_LANGUAGE = 35
#: Greatest whole number that every JSON reader keeps (RFC 8259, section 6).
MOST_NUMBER = 2**53 - 1

_ID = re.compile(r"[0-9a-f]{32}\Z")
_PRECISIONS = ("second", "minute", "day")
_TIMES = ("published_at", "modified_at", "crawled_at", "gone_at")


def normalize(record: Record) -> None:
    """Clean every string of *record* in place; what is empty becomes ``None``, a list is cut at `MOST_NAMES`."""
    _clean_part(record)
    record.word_count = word_count(record.text) if record.text else None
    if record.language and len(record.language) > MOST_LANGUAGE:
        record.language = None


@cache
def _fields_of(part: type) -> tuple[tuple[str, bool, bool, int, bool], ...]:
    """Of each field of *part*: its name, whether it is a time, a text of paragraphs, its most characters, required."""
    return tuple(
        (
            name,
            name.endswith("_at"),
            name in _PARAGRAPHS,
            MOST_URL if name.endswith("url") else 2_000,
            name in {"id", "site", "outcome"},
        )
        for name in (field.name for field in fields(part))
    )


def _clean_part(part: Any) -> None:
    kind: Any = type(part)
    for name, is_time, is_text, most, required in _fields_of(kind):
        value = getattr(part, name)
        if value is None:
            continue
        if isinstance(value, str):
            if is_time:
                # Of the record itself `faults` tells; a part's time that is none is absent.
                value = _utc(value) or (value if isinstance(part, Record) else "")
            cleaned = clean_text(value) if is_text else clean_line(value, limit=most)
            # Required strings stay strings: `faults` tells of an empty one.
            setattr(part, name, cleaned if cleaned or not required else "")
        elif isinstance(value, list):
            names = [_clean_entry(one) for one in value]
            unique = list(dict.fromkeys(name for name in names if name)) if _hashable(names) else names
            setattr(part, name, unique if name == "posts" else unique[:MOST_NAMES])
        elif isinstance(value, dict):
            setattr(part, name, _clean_mapping(value))
        elif isinstance(value, int):
            if abs(value) > MOST_NUMBER:
                setattr(part, name, None)
        elif is_dataclass(value) and not isinstance(value, type):
            _clean_part(value)


def _utc(value: str) -> str | None:
    """*value* in the one form of a record's times, or ``None`` where it is no time in UTC."""
    return format_time(parse_time(value)) if _is_time(value) else None


def _clean_entry(value: Any) -> Any:
    if isinstance(value, str):
        return clean_line(value)
    return _clean_mapping(value) if isinstance(value, dict) else value


def _hashable(values: list[Any]) -> bool:
    return all(value is None or isinstance(value, str) for value in values)


def _clean_mapping(value: dict[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for key, one in value.items():
        name = clean_line(key, limit=100)
        if name is None:
            continue
        if isinstance(one, dict):
            cleaned[name] = _clean_mapping(one)
        else:
            cleaned[name] = (clean_line(one) or "") if isinstance(one, str) else one
    return cleaned


def faults(record: Record) -> list[str]:
    """The rules that *record* breaks, in words; empty for a sound one."""
    found: list[str] = []
    if not _ID.match(record.id or ""):
        found.append("id is not 32 hex digits")
    if not (record.url or "").startswith(("http://", "https://")):
        found.append("url is no http(s) URL")
    if record.outcome not in Outcome._value2member_map_:
        found.append("outcome is not in the closed list")
    if record.outcome == Outcome.ORIGINAL and record.reason is not None:
        found.append("outcome original has a reason")
    if record.outcome != Outcome.ORIGINAL and (record.reason is None or not is_reason(record.reason)):
        found.append("reason is missing or not in the closed list")
    if (record.text is None) != (record.text_source is None):
        found.append("text and text_source do not go together")
    if record.outcome != Outcome.FAILED and not record.title and not record.text:
        found.append("neither title nor text")
    if record.text_source not in (None, "original", "post"):
        found.append("text_source is neither original nor post")
    if record.published_precision not in (None, *_PRECISIONS):
        found.append("published_precision is not in the closed list")
    for name in _TIMES:
        value = getattr(record, name)
        if value is not None and not _is_time(value):
            found.append(f"{name} is no UTC time")
    if (record.published_at is None) != (record.published_precision is None):
        found.append("published_at and published_precision do not go together")
    return found


def _is_time(value: str) -> bool:
    try:
        parse_time(value)
    except ValueError:
        return False
    return value.endswith("Z") and len(value) <= 32


def invalidate(record: Record) -> None:
    """Make *record* a `failed` one, reason `invalid`; what breaks the rules goes."""
    record.outcome, record.reason = Outcome.FAILED, Reason.INVALID
    record.text = record.text_source = record.word_count = None
    if record.post is not None and not (record.url or "").startswith(("http://", "https://")):
        record.url = record.post.url
    for name in _TIMES:
        value = getattr(record, name)
        if value is not None and not _is_time(value):
            setattr(record, name, None)
    if record.published_at is None or record.published_precision not in _PRECISIONS:
        record.published_at = record.published_precision = None


def left_out_for(record: Record, duplicates: str) -> str | None:
    """The record for which *record* stays out of feeds and exports, ``None`` where it does not.

    *duplicates* is ``NEWSCRAWL_DUPLICATES``: ``mark`` leaves nothing out, ``drop`` all but the first of equal texts,
    ``drop-near`` all but the first of each cluster.
    """
    if duplicates == "drop-near" and record.cluster_id not in (None, record.id):
        return record.cluster_id
    return record.duplicate_of if duplicates in ("drop", "drop-near") else None
