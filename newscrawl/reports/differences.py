"""What differs between the versions of a record, and between a post and its original, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from newscrawl.dedupe.diff import compare
from newscrawl.storage.copies import load_copy
from newscrawl.storage.tables import originals, posts
from newscrawl.text import counted, escape_controls

__all__ = ["MOST_SHOWN", "differences", "post_difference", "render_differences", "render_post", "shortened"]

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
        found.append({"from": version["version"], **_of_both(older, newer)})
        newer = older
    return found


def post_difference(
    connection: Connection, record: Mapping[str, Any], versions: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any] | None:
    """From the post to its original, as :func:`differences`; ``None`` where the record is not made of both.

    ``text`` is ``None`` where one of the texts is not kept: that of a post that was stored before posts' texts were,
    or that of an original that has none.
    """
    post, original, source = record.get("post"), record.get("original"), record.get("text_source")
    if not post or not original or source is None:
        return None
    row = connection.execute(
        select(posts.c.given["text"].as_string().label("given"), originals.c.extraction["text"].as_string())
        .outerjoin(originals, originals.c.id == posts.c.original_id)
        .where(posts.c.id == record["id"])
    ).first()
    given, read = (None, None) if row is None else row
    if source == "original":
        beside = [record["text"], *(version["record"].get("text") for version in versions)]
        ours, theirs = load_copy(connection, record["id"], beside) or given, record["text"]
    else:
        ours, theirs = record["text"], read
    found = _of_both({"title": post.get("title"), "text": ours}, {"title": record.get("title"), "text": theirs})
    if ours is None or theirs is None:
        found["text"] = None
    return {**found, "words": {"post": post.get("word_count"), "original": original.get("word_count")}}


def _of_both(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """Title and text, compared."""
    entry: dict[str, Any] = {}
    for name in ("title", "text"):
        told = compare(older.get(name), newer.get(name))
        entry[name] = {
            "words_gone": told.words_gone,
            "words_new": told.words_new,
            "left_out": told.left_out,
            "changes": [{"before": one.before, "gone": one.gone, "new": one.new} for one in told.changes],
        }
    return entry


def render_differences(entry: Mapping[str, Any]) -> list[str]:
    """One entry of :func:`differences` for a person at a terminal."""
    lines = []
    for name in ("title", "text"):
        told = entry[name]
        if told is None or not told["changes"]:
            continue
        lines.append(f"  {name}: {counted(told['words_gone'], 'word')} gone, {counted(told['words_new'], 'word')} new")
        lines += [f"    {_change(one)}" for one in told["changes"][:MOST_SHOWN]]
        more = len(told["changes"]) + told["left_out"] - MOST_SHOWN
        if more > 0:
            lines.append(f"    and {counted(more, 'more change')}")
    return lines


def _change(one: Mapping[str, str]) -> str:
    parts = [f"… {one['before']}" if one["before"] else ""]
    parts += [
        f"[-{shortened(one['gone'])}-]" if one["gone"] else "",
        f"{{+{shortened(one['new'])}+}}" if one["new"] else "",
    ]
    return escape_controls(" ".join(part for part in parts if part))


def shortened(words: str) -> str:
    """*words*, or their first and last :data:`MOST_WORDS`."""
    parts = words.split()
    if len(parts) <= MOST_WORDS:
        return words
    half = MOST_WORDS // 2
    return f"{' '.join(parts[:half])} … ({len(parts) - 2 * half} words) … {' '.join(parts[-half:])}"


def render_post(entry: Mapping[str, Any] | None) -> list[str]:
    """What :func:`post_difference` gave, for a person at a terminal; nothing where both are the same."""
    if entry is None:
        return []
    words, text = entry["words"], entry["text"]
    lines = render_differences(entry)
    if text is None and None not in words.values():
        lines.append(f"  text: {words['post']} words in the post, {words['original']} in the original")
    return ["\nfrom post to original", *lines] if lines else []
