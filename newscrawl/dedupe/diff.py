"""What changed between two texts, in words. Pure, bounded.

Paragraphs that both texts have are found first, and only what lies between them is compared word by word: so a long
text with one change costs little, and hostile ones cost no more than :data:`MOST_WORDS` allows.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["MOST_CHANGES", "Change", "Difference", "compare"]

#: Changes that are listed at most.
MOST_CHANGES = 200
#: Words on either side of a stretch that are compared one by one; longer stretches are told as replaced whole.
MOST_WORDS = 400
#: Paragraphs of each text that are compared.
MOST_PARAGRAPHS = 500
#: Unchanged words shown before a change.
CONTEXT = 4

_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Change:
    """Words that went, words that came in their place, and the unchanged ones before them."""

    before: str
    gone: str
    new: str


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes, and how many words went and came; ``left_out`` changes beyond :data:`MOST_CHANGES`."""

    changes: tuple[Change, ...]
    words_gone: int
    words_new: int
    left_out: int


def compare(old: str | None, new: str | None) -> Difference:
    """What changed from *old* to *new*; white space is not looked at."""
    found = list(_changes(_paragraphs(old), _paragraphs(new)))
    return Difference(
        tuple(found[:MOST_CHANGES]),
        sum(len(one.gone.split()) for one in found),
        sum(len(one.new.split()) for one in found),
        max(0, len(found) - MOST_CHANGES),
    )


def _paragraphs(text: str | None) -> list[str]:
    parts = (" ".join(part.split()) for part in _PARAGRAPH.split(text or ""))
    found = [part for part in parts if part]
    rest = found[MOST_PARAGRAPHS:]
    return [*found[:MOST_PARAGRAPHS], " ".join(rest)] if rest else found


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, from_, to in matcher.get_opcodes():
        if tag != "equal":
            before = old[start - 1].split()[-CONTEXT:] if start else []
            yield from _between(" ".join(old[start:end]).split(), " ".join(new[from_:to]).split(), before)


def _between(old: list[str], new: list[str], before: list[str]) -> Iterator[Change]:
    if not old or not new or max(len(old), len(new)) > MOST_WORDS:
        yield Change(" ".join(before), " ".join(old), " ".join(new))
        return
    changed = 0
    for tag, start, end, from_, to in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            context = old[max(changed, start - CONTEXT) : start] if start else before
            changed = end
            yield Change(" ".join(context), " ".join(old[start:end]), " ".join(new[from_:to]))
