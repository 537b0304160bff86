"""What differs between the versions of a record, and between a post and its original, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newscrawl.dedupe.diff import Change, Difference, compare
from newscrawl.text import counted, escape_controls

__all__ = ["differences", "render_differences", "render_post"]

#: Changes that are shown of one version, and words of each side of one.
MOST_SHOWN = 12
MOST_WORDS = 30


def differences(record: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """From each older version, the newest first, to the one that followed: title and text, as plain JSON types.

    Args:
        record: the record as it is, as a dict.
        versions: its older versions, the newest first, each with `version` and `record`.
    """
    found = []
    newer = record
    for version in versions:
        older = version["record"]
        entry: dict[str, Any] = {"from": version["version"]}
        for name in ("title", "text"):
            told = compare(older.get(name), newer.get(name))
            entry[name] = {
                "words_gone": told.words_gone,
                "words_new": told.words_new,
                "left_out": told.left_out,
                "changes": [{"before": one.before, "gone": one.gone, "new": one.new} for one in told.changes],
            }
        found.append(entry)
        newer = older
    return found


def render_differences(entry: Mapping[str, Any]) -> list[str]:
    """One entry of :func:`differences` for a person at a terminal."""
    lines = []
    for name in ("title", "text"):
        told = entry[name]
        if not told["changes"]:
            continue
        lines.append(f"  {name}: {counted(told['words_gone'], 'word')} gone, {counted(told['words_new'], 'word')} new")
        lines += [f"    {_change(one)}" for one in told["changes"][:MOST_SHOWN]]
        more = len(told["changes"]) + told["left_out"] - MOST_SHOWN
        if more > 0:
            lines.append(f"    and {counted(more, 'more change')}")
    return lines


def _change(one: Mapping[str, str]) -> str:
    parts = [f"… {one['before']}" if one["before"] else ""]
    parts += [f"[-{_short(one['gone'])}-]" if one["gone"] else "", f"{{+{_short(one['new'])}+}}" if one["new"] else ""]
    return escape_controls(" ".join(part for part in parts if part))


def _short(words: str) -> str:
    parts = words.split()
    if len(parts) <= MOST_WORDS:
        return words
    half = MOST_WORDS // 2
    return f"{' '.join(parts[:half])} … ({len(parts) - 2 * half} words) … {' '.join(parts[-half:])}"


def render_post(record: Mapping[str, Any]) -> list[str]:
    """The post against its original: titles, and words. The text that was not taken is not kept."""
    post, original = record.get("post") or {}, record.get("original") or {}
    if record.get("text_source") is None or not post or not original:
        return []
    lines = []
    theirs: Difference = compare(post.get("title"), record.get("title"))
    if theirs.changes:
        lines.append(f"  title: {' '.join(_change(_plain(one)) for one in theirs.changes)}")
    if post.get("word_count") is not None and original.get("word_count") is not None:
        lines.append(f"  text: {post['word_count']} words in the post, {original['word_count']} in the original")
    return ["\nfrom post to original", *lines] if lines else []


def _plain(one: Change) -> dict[str, str]:
    return {"before": one.before, "gone": one.gone, "new": one.new}
