"""What changed between two texts, in words. Pure, bounded.

Paragraphs that both texts have are found first, sentences in what lies between them, and only what is left is compared
word by word: so a long text with one change costs little, and hostile ones cost no more than :data:`MOST_WORDS`
allows. Where a script writes no spaces, a word is one character, as in :func:`newscrawl.text.tokens`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import regex

__all__ = ["MOST_CHANGES", "Change", "Difference", "compare"]

#: Changes that are listed at most.
MOST_CHANGES = 200
#: Words on either side of a stretch that are compared one by one; longer stretches are told as replaced whole.
MOST_WORDS = 400
#: Paragraphs of each text that are compared, and sentences of a stretch.
MOST_PARTS = 500
#: Unchanged words shown before a change.
CONTEXT = 4

_PARAGRAPH = regex.compile(r"\n[^\S\n]*+\n\s*+")
_SENTENCE = regex.compile(r"(?<=[.!?…][\"'”’»)]?)\s|(?<=[。！？])")
_SCRIPTS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(rf"\s*(?:[{_SCRIPTS}]\p{{M}}*+|[^\s{_SCRIPTS}]++)")

Words = Sequence[str]


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
    found = list(_by_paragraph(old or "", new or ""))
    return Difference(
        tuple(Change(*map(_joined, one)) for one in found[:MOST_CHANGES]),
        sum(len(gone) for _, gone, _ in found),
        sum(len(came) for _, _, came in found),
        max(0, len(found) - MOST_CHANGES),
    )


#: The words before a change, those that went, those that came.
_Found = tuple[Words, Words, Words]


def _by_paragraph(old: str, new: str) -> Iterator[_Found]:
    return _between(_parts(_PARAGRAPH.split(old)), _parts(_PARAGRAPH.split(new)), [], _by_sentence)


def _by_sentence(old: str, new: str, before: Words) -> Iterator[_Found]:
    return _between(_parts(_SENTENCE.split(old)), _parts(_SENTENCE.split(new)), before, _by_word)


def _parts(parts: list[str]) -> list[str]:
    found = [" ".join(part.split()) for part in parts if part and not part.isspace()]
    rest = found[MOST_PARTS:]
    return [*found[:MOST_PARTS], " ".join(rest)] if rest else found


def _between(
    old: Words, new: Words, before: Words, finer: Callable[[str, str, Words], Iterator[_Found]]
) -> Iterator[_Found]:
    """What lies between the parts that both have, compared by *finer*."""
    for start, end, from_, to in _unlike(old, new):
        context = _words(old[start - 1])[-CONTEXT:] if start else before
        yield from finer(" ".join(old[start:end]), " ".join(new[from_:to]), context)


def _by_word(old_text: str, new_text: str, before: Words) -> Iterator[_Found]:
    old, new = _words(old_text), _words(new_text)
    if not old or not new or max(len(old), len(new)) > MOST_WORDS:
        yield before, old, new
        return
    changed = 0
    # A word is the same whether a space stands before it or not.
    for start, end, from_, to in _unlike([one.strip() for one in old], [one.strip() for one in new]):
        context = old[max(changed, start - CONTEXT) : start] if start else before
        changed = end
        yield context, old[start:end], new[from_:to]


def _unlike(old: Words, new: Words) -> Iterator[tuple[int, int, int, int]]:
    for tag, start, end, from_, to in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield start, end, from_, to


def _words(text: str) -> list[str]:
    """The words of *text*, each with the white space before it."""
    found: list[str] = _WORD.findall(text)
    return found


def _joined(words: Words) -> str:
    return "".join(words).strip()
