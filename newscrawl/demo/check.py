"""Compare what a crawl delivered with what the world intends. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from newscrawl.demo.world import Expected
from newscrawl.text import clean_line, shingles

__all__ = ["MIN_TEXT_F1", "Comparison", "compare", "latest", "text_f1"]

#: A record's text counts as the intended one from here on (F1 of 4-token shingles).
MIN_TEXT_F1 = 0.9


@dataclass(slots=True)
class Comparison:
    """``matching`` of ``total`` posts ended as intended; ``differences`` says in a line each what did not."""

    total: int = 0
    matching: int = 0
    differences: list[str] = field(default_factory=list)
    text_f1: list[float] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.matching == self.total and not self.differences


def text_f1(found: str | None, wanted: str | None) -> float:
    """F1 (0 to 1) of the 4-token shingles of two texts; two empty ones agree."""
    one, other = shingles(found), shingles(wanted)
    if not one or not other:
        return float(one == other)
    return 2 * len(one & other) / (len(one) + len(other))


def latest(records: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Of each ``id`` the record with the highest ``version``: in a feed one may come again."""
    found: dict[str, Mapping[str, Any]] = {}
    for record in records:
        known = found.get(record["id"])
        if known is None or record["version"] >= known["version"]:
            found[record["id"]] = record
    return found


def _part(record: Mapping[str, Any], part: str, name: str) -> Any:
    return (record.get(part) or {}).get(name)


def _wrong(record: Mapping[str, Any], wanted: Expected) -> Iterable[str]:
    published = record.get("published_at") or ""
    pairs = {
        "outcome": (record.get("outcome"), wanted.outcome),
        "reason": (record.get("reason"), wanted.reason),
        "text_source": (record.get("text_source"), wanted.text_source),
        "url": (record.get("url"), wanted.record_url),
        "title": (record.get("title"), clean_line(wanted.title)),
        "publisher.name": (_part(record, "publisher", "name"), wanted.publisher_name),
        "publisher.domain": (_part(record, "publisher", "domain"), wanted.publisher_domain),
        "attribution.original_url": (_part(record, "attribution", "original_url"), wanted.original_url),
        "published_at": (published, wanted.published_at),
        "published_precision": (record.get("published_precision"), wanted.published_precision),
    }
    if wanted.publisher_name is None:
        # A post that names only its aggregator may keep what it said, as long as nothing foreign is made of it.
        pairs.pop("attribution.original_url")
    for name, (found, due) in pairs.items():
        if found != due:
            yield f"{name} is {found!r}, not {due!r}"


def compare(
    expected: Iterable[Expected], records: Iterable[Mapping[str, Any]], *, surface: str | None = None
) -> Comparison:
    """Compare the delivered *records* with the *expected* answers, post by post.

    With *surface*, all posts have to have come by it.
    Texts that are the same have to have one ``content_hash`` and the others different ones. Posts are told apart by the
    path of their address.
    """
    result = Comparison()
    found: dict[str, list[Mapping[str, Any]]] = {}
    for record in latest(records).values():
        found.setdefault(urlsplit(_part(record, "post", "url") or "").path, []).append(record)
    hashes: dict[str, set[int]] = {}
    groups: dict[int, set[str]] = {}
    for wanted in expected:
        result.total += 1
        path = urlsplit(wanted.url).path
        have = found.pop(path, [])
        if len(have) != 1:
            result.differences.append(f"{path} ({wanted.case}): {len(have)} records instead of one")
            continue
        record = have[0]
        wrong = list(_wrong(record, wanted))
        if surface not in (None, _part(record, "post", "surface")):
            wrong.append(f"post.surface is {_part(record, 'post', 'surface')!r}, not {surface!r}")
        score = text_f1(record.get("text"), wanted.text)
        result.text_f1.append(score)
        if score < MIN_TEXT_F1:
            wrong.append(f"text has F1 {score:.3f} with the intended one")
        hashes.setdefault(record.get("content_hash") or "", set()).add(wanted.group)
        groups.setdefault(wanted.group, set()).add(record.get("content_hash") or "")
        if wrong:
            result.differences.append(f"{path} ({wanted.case}): {'; '.join(wrong)}")
        else:
            result.matching += 1
    result.differences.extend(f"{path}: a record of no post" for path in found)
    result.differences.extend(
        f"one content_hash, several texts: {digest}" for digest, of in hashes.items() if len(of) > 1
    )
    result.differences.extend(
        f"one text, several content hashes: group {group}" for group, of in groups.items() if len(of) > 1
    )
    return result
