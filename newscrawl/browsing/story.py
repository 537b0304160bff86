"""One story: the post beside its original, what differs between them marked. Reads a SQLite row; pure otherwise."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newscrawl.text import clean_text

__all__ = ["STORY_SQL", "Pair", "Span", "Story", "mark", "story_of"]

#: What :func:`story_of` reads of the record ``:id``.
STORY_SQL = """
SELECT records.*, originals.extraction AS original_extraction
FROM records LEFT JOIN posts ON posts.id = records.id LEFT JOIN originals ON originals.id = posts.original_id
WHERE records.id = :id
"""
#: Characters of a text that are compared and shown; words of a paragraph that are compared one by one.
MOST_CHARS = 60_000
MOST_WORDS = 400
MOST_PARAGRAPHS = 400
#: Steps of comparing words, about, that one story may cost; after them paragraphs are marked whole.
MOST_STEPS = 5_000_000

_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Span:
    """Words in a row that the other side has as well, or has not (``differs``)."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing that the post and the original both tell; ``None`` where a side tells nothing."""

    name: str
    post: list[Span] | None
    original: list[Span] | None


@dataclass(frozen=True, slots=True)
class Story:
    """What the page shows. ``note``: why a text is missing on one side; empty where none is."""

    id: str
    title: str
    outcome: str
    reason: str | None
    post_url: str | None
    original_url: str | None
    similarity: float | None
    pairs: list[Pair]
    texts: Pair
    note: str
    cluster: str | None


def story_of(row: Mapping[str, Any]) -> Story:
    """The story of a row of :data:`STORY_SQL`."""
    post, original = _json(row["post"]), _json(row["original"])
    extraction = _json(row["original_extraction"])
    whole = row["text_source"] == "original"
    post_text = None if whole else row["text"]
    original_text = row["text"] if whole else extraction.get("text")
    pairs = [
        _pair(name, post.get(theirs), _shown(source.get(ours)))
        for name, theirs, source, ours in (
            ("title", "title", extraction or (dict(row) if whole else {}), "title"),
            ("author", "author", extraction or (dict(row) if whole else {}), "authors"),
            ("published", "published_at", extraction, "published_at"),
            ("changed", "modified_at", extraction, "modified_at"),
            ("section", "categories", extraction, "section"),
            ("tags", "tags", extraction, "tags"),
            ("words", "word_count", original, "word_count"),
        )
    ]
    return Story(
        id=row["id"],
        title=row["title"] or "(no title)",
        outcome=row["outcome"],
        reason=row["reason"],
        post_url=_web(post.get("url")),
        original_url=_web(original.get("url")),
        similarity=original.get("similarity"),
        pairs=[one for one in pairs if one.post or one.original],
        texts=_texts(post_text, original_text),
        note=_note(whole, post_text, original_text),
        cluster=row["cluster_id"],
    )


def _note(whole: bool, post_text: str | None, original_text: str | None) -> str:
    if whole:
        return "The record holds the original's text; the post's is not kept beside it."
    if original_text is None:
        return "There is no text of the original." if post_text is not None else "There is no text."
    return ""


def _json(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else {}


def _shown(value: Any) -> str | None:
    """A value of either side as one line; lists by commas."""
    if value is None or value in ([], ""):
        return None
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or None
    return str(value)


def _web(url: Any) -> str | None:
    """*url* where it may be a link."""
    return url if isinstance(url, str) and url.startswith(("http://", "https://")) else None


def _pair(name: str, post: Any, original: str | None) -> Pair:
    theirs = _shown(post)
    if theirs is None or original is None:
        return Pair(name, _plain(theirs), _plain(original))
    one, other = mark(theirs, original)
    return Pair(name, one, other)


def _plain(value: str | None) -> list[Span] | None:
    return None if value is None else [Span(value, False)]


def _texts(post: str | None, original: str | None) -> Pair:
    if post is None or original is None:
        return Pair("text", _plain(post and post[:MOST_CHARS]), _plain(original and original[:MOST_CHARS]))
    one, other = mark(post, original)
    return Pair("text", one, other)


def mark(one: str, other: str) -> tuple[list[Span], list[Span]]:
    """Both texts as spans, with what the other one lacks marked. Bounded; paragraphs stay apart by a blank line."""
    left = _split(one)
    right = _split(other)
    a: list[Span] = []
    b: list[Span] = []
    steps = MOST_STEPS
    for tag, begin, end, from_, to in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            _add(a, left[begin:end], False, "\n\n")
            _add(b, right[from_:to], False, "\n\n")
            continue
        olds, news = left[begin:end], right[from_:to]
        if len(olds) == len(news):
            for old, new in zip(olds, news, strict=True):
                steps -= _mark_words(a, b, old.split(), new.split(), steps)
        else:
            steps -= _mark_words(a, b, "\n\n ".join(olds).split(" "), "\n\n ".join(news).split(" "), steps)
    return a, b


def _split(text: str) -> list[str]:
    cleaned = clean_text(text[:MOST_CHARS]) or ""
    parts = [" ".join(part.split()) for part in _PARAGRAPH.split(cleaned)]
    return parts if len(parts) <= MOST_PARAGRAPHS else [*parts[:MOST_PARAGRAPHS], " ".join(parts[MOST_PARAGRAPHS:])]


def _steps(old: Sequence[str], new: Sequence[str]) -> int:
    """What comparing two lists of words costs at most: each word that both have is met once for each block."""
    counts, others = Counter(old), Counter(new)
    return sum(number * others[word] for word, number in counts.items()) * min(len(old), len(new))


def _mark_words(a: list[Span], b: list[Span], old: Sequence[str], new: Sequence[str], most: int) -> int:
    """Mark the words of one paragraph of either side; the steps that it took, at most *most*."""
    steps = 0 if max(len(old), len(new)) > MOST_WORDS else _steps(old, new)
    if max(len(old), len(new)) > MOST_WORDS or steps > most:
        _add(a, [" ".join(old)], True, "\n\n")
        _add(b, [" ".join(new)], True, "\n\n")
        return 0
    first: Callable[[list[Span]], str] = lambda spans: "\n\n" if spans else ""  # noqa: E731 - a new paragraph begins
    begins = [first(a), first(b)]
    for tag, begin, end, from_, to in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        differs = tag != "equal"
        for side, (spans, words) in enumerate(((a, old[begin:end]), (b, new[from_:to]))):
            if words:
                spans.append(Span((begins[side] or (" " if spans else "")) + " ".join(words), differs))
                begins[side] = ""
    return steps


def _add(spans: list[Span], paragraphs: Sequence[str], differs: bool, gap: str) -> None:
    for paragraph in paragraphs:
        if paragraph:
            spans.append(Span((gap if spans else "") + paragraph, differs))
