"""The words of a page's blocks as numbers, and their shingles: what makes two pieces of text comparable.

All blocks are split into words at once. A word is the number that it has among the words of the page, three words in
a row are one number of 63 bits, and what two texts share is found on arrays. Texts that are compared with the blocks
(the page's description, another copy) use the same numbers.

A shingle is three casefolded words in a row; all words where there are fewer; four characters where a script is written
without spaces.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from newscrawl.text import code_points

from . import lexical
from .lexical import UNSPACED

__all__ = [
    "CJK",
    "HEAD",
    "Copy",
    "Grams",
    "Pairs",
    "Ranked",
    "changes",
    "load",
    "marks_of",
    "ranked",
    "unspaced_characters",
    "words_of",
]

Numbers = NDArray[np.int64]

#: Characters of a block that its cue words are looked for in.
HEAD = 400
CJK = re.compile(f"[{''.join(f'{chr(low)}-{chr(high)}' for low, high in UNSPACED)}]")
_HIGH = re.compile("[\u0e00-\U0010ffff]")
_WORD = re.compile(r"\w+")
#: In the table of characters: one of no word, one that is casefolded to several, one that is not in the table.
_NONE, _SEVERAL, _BEYOND = 0, 1, 2
#: What a word is known by: the sum of its characters, each times a power of this number, in 64 bits.
_BASE = 0x9E3779B97F4A7C15
#: So many powers are kept; for a longer text they are made anew.
_POWERS = 1 << 17
#: Bits of the number of one word in a shingle. A page and its copies are too short for two million different words.
_BITS = 21
#: Bits of the place of a shingle among those of the page, behind the number of its block.
_RANK_BITS = 32


def words_of(text: str) -> list[str]:
    """The casefolded words of *text*."""
    return _WORD.findall(text.casefold())


#: From this length on the characters of a text are counted in an array.
_LONG = 1_000


def unspaced_characters(text: str) -> int:
    """The characters of *text* that are of scripts written without spaces."""
    if text.isascii():
        return 0
    if len(text) < _LONG:
        return len(CJK.findall(text)) if _HIGH.search(text) else 0
    codes = code_points(text)
    return int(np.count_nonzero(lexical.is_unspaced(codes[codes >= UNSPACED[0][0]])))


def is_unspaced(text: str) -> bool:
    """Whether more than a third of *text* is of a script that is written without spaces."""
    return unspaced_characters(text) * 3 > len(text)


class Pairs(NamedTuple):
    """Different shingles of blocks, in the order of blocks: ``block[k]`` holds ``gram[k]``; a block has ``size``.

    ``kinds``: the different shingles of all blocks, the least first; ``gram[k]`` is number ``rank[k]`` of them.
    """

    block: Numbers
    gram: Numbers
    size: Numbers
    kinds: Numbers
    rank: Numbers


@cache
def load() -> NDArray[np.uint32]:
    """Of each character of the basic plane: what it is casefolded to, :data:`_NONE` where that is of no word.

    Made once a process.
    """
    codes = np.arange(0x10000, dtype=np.uint32).reshape(-1, 0x100)
    out = np.concatenate([_fold(some) for some in codes])
    out[-1] = _BEYOND
    return out


def _fold(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """What the characters *codes* are casefolded to: :data:`_NONE`, or :data:`_SEVERAL`, as the case may be."""
    text = codes.tobytes().decode("utf-32-le", "surrogatepass")
    folded = text.casefold()
    several: list[int] = []
    # Characters become one or more: where there are as many as before, each has become one.
    if len(folded) > len(text):
        every = list(map(str.casefold, text))
        several = [at for at, one in enumerate(every) if len(one) > 1]
        folded = "".join(one if len(one) == 1 else " " for one in every)
    kept = np.zeros(len(codes), dtype=bool)
    for found in _WORD.finditer(folded):
        kept[found.start() : found.end()] = True
    found_codes = code_points(folded)
    out = np.where(kept, found_codes, np.uint32(_NONE))
    out[several] = _SEVERAL
    return out


def _plain(texts: Sequence[str]) -> tuple[NDArray[np.uint32], Numbers]:
    """The casefolded *texts* in one row, :data:`_NONE` for what is of no word and between texts; where each begins."""
    codes = code_points(" ".join(texts))
    plain = load().take(codes, mode="clip")
    sizes = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    begin = sizes.cumsum() - sizes
    beyond = np.flatnonzero(plain == _BEYOND)
    if len(beyond):
        plain[beyond] = _fold(codes[beyond])
    several = np.flatnonzero(plain == _SEVERAL)
    if len(several):
        folding = list(texts)
        for i in set((begin.searchsorted(several, side="right") - 1).tolist()):
            folding[i] = texts[i].casefold()
        return _plain(folding)
    return plain, begin


@cache
def _kept_powers() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    return _make_powers(_POWERS)


def _powers(number: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The first *number* powers of :data:`_BASE`, and what undoes a product with each."""
    powers, inverse = _kept_powers() if number <= _POWERS else _make_powers(number)
    return powers[:number], inverse


def _make_powers(number: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    both = np.empty((2, number), dtype=np.uint64)
    both[0], both[1] = _BASE, pow(_BASE, -1, 1 << 64)
    both[:, 0] = 1
    np.multiply.accumulate(both, axis=1, out=both)
    return both[0], both[1]


def _words(plain: NDArray[np.uint32], begin: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """What the words of the row *plain* are known by; where those of each text begin, and the end; their places.

    Two words of a page are taken for one once in some 10^13 pages.
    """
    of_word = plain != _NONE
    first = of_word.copy()
    first[1:] &= ~of_word[:-1]
    at = np.flatnonzero(first)
    start = np.empty(len(begin) + 1, dtype=np.int64)
    start[:-1] = at.searchsorted(begin)
    start[-1] = len(at)
    powers, inverse = _powers(len(plain))
    sums = np.add.reduceat(plain * powers, at) if len(at) else np.zeros(0, dtype=np.uint64)
    return (sums * inverse[at]).view(np.int64), start, at


def marks_of(words: Sequence[str]) -> Numbers:
    """What each of *words* is known by to :meth:`Grams.numbers`."""
    return _words(*_plain(words))[0]


class Grams:
    """The words and shingles of *texts*, the blocks of a page.

    ``words``: all words of the beginnings of the texts (:data:`HEAD` characters), text by text; ``start``: where those
    of each text begin, and the end; ``count``: the highest number of a word. *unspaced*: the characters of each text
    that are of scripts without spaces, where their number is known. *others*: texts that the blocks are compared with;
    ``others``: the words of each.
    """

    __slots__ = (
        "_begin",
        "_characters",
        "_kinds",
        "_long",
        "_of",
        "_pairs",
        "_plain",
        "_rests",
        "_rests_start",
        "_texts",
        "_unspaced",
        "_whole",
        "count",
        "others",
        "start",
        "words",
    )

    def __init__(self, texts: Sequence[str], unspaced: Numbers | None = None, others: Sequence[str] = ()) -> None:
        self._texts = texts
        number = len(texts)
        self._long = [i for i, text in enumerate(texts) if len(text) > HEAD]
        every = [text[:HEAD] for text in texts]
        every += [texts[i][HEAD:] for i in self._long]
        behind = len(every)
        self._plain, begin = _plain([*every, *others])
        self._begin = begin[:number]
        found, start, at = _words(self._plain, begin)
        # Of the long texts in which a word goes on behind the beginning: that word.
        whole: dict[int, int] = {}
        for rest, i in enumerate(self._long, number):
            end = int(begin[i + 1]) - 1
            if self._plain[end - 1] != _NONE and self._plain[begin[rest]] != _NONE:
                last = start[i + 1] - 1
                further = int(found[start[rest]]) * pow(_BASE, end - int(at[last]), 1 << 64)
                whole[i] = (int(found[last]) + further) % (1 << 64)
        joined = np.array([*whole.values()], dtype=np.uint64).view(np.int64)
        self._kinds, rank, *_ = ranked(np.concatenate([found, joined]))
        words = rank + 1
        self.count = len(self._kinds)
        self._whole = dict(zip(whole, words[len(found) :, None], strict=True))
        self.words, self.start = words[: start[number]], start[: number + 1]
        self._rests, self._rests_start = words[start[number] :], start[number:] - start[number]
        self.others = [words[start[at] : start[at + 1]] for at in range(behind, behind + len(others))]
        if unspaced is None:
            unspaced = np.fromiter(map(unspaced_characters, texts), np.int64, number)
        some = np.flatnonzero(unspaced).tolist()
        self._unspaced = [i for i in some if unspaced[i] * 3 > len(texts[i])]
        self._characters: defaultdict[str, int] = defaultdict(count(1).__next__)
        self._pairs: Pairs | None = None
        self._of: dict[int, frozenset[int]] = {}

    def numbers(self, marks: Numbers) -> Numbers:
        """The numbers of words by what they are known by (:func:`marks_of`): 0 where the page does not have one."""
        if not self.count:
            return np.zeros(len(marks), dtype=np.int64)
        at = np.minimum(self._kinds.searchsorted(marks), self.count - 1)
        return np.where(self._kinds[at] == marks, at + 1, 0)

    def may_hold(self, folded: Sequence[str]) -> list[int]:
        """The texts whose casefolded beginnings may hold any of *folded*: signs between letters are not told apart."""
        plain = str(self._plain.view(f"U{len(self._plain)}")[0]) if len(self._plain) else ""
        begin = self._begin.tolist()
        out: set[int] = set()
        for one in folded:
            sought = "".join(letter if _is_of_word(letter) else chr(_NONE) for letter in one).strip(chr(_NONE))
            if not sought:
                return list(range(len(begin)))
            at = plain.find(sought)
            while at >= 0:
                number = bisect_right(begin, at)
                out.add(number - 1)
                at = plain.find(sought, begin[number]) if number < len(begin) else -1
        return sorted(out)

    def pairs(self) -> Pairs:
        """The different shingles of each block."""
        if self._pairs is None:
            self._pairs = self._make_pairs()
        return self._pairs

    def _make_pairs(self) -> Pairs:
        number = len(self._texts)
        words, sizes = self._whole_texts()
        grams, blocks = _shingles(words, sizes)
        if self._unspaced:
            spaced = np.ones(number, dtype=bool)
            spaced[self._unspaced] = False
            kept = spaced[blocks]
            own = [self._of_characters(self._texts[i]) for i in self._unspaced]
            grams = np.concatenate([grams[kept], *own])
            blocks = np.concatenate([blocks[kept], np.repeat(self._unspaced, [len(one) for one in own])])
        kinds, rank, *_ = ranked(grams)
        # By block, and each of its shingles once.
        held = (blocks << _RANK_BITS) | rank
        held.sort()
        held = held[changes(held)]
        blocks, rank = held >> _RANK_BITS, held & ((1 << _RANK_BITS) - 1)
        return Pairs(blocks, kinds[rank], np.bincount(blocks, minlength=number), kinds, rank)

    def _whole_texts(self) -> tuple[Numbers, Numbers]:
        """The words of all texts, those behind their beginnings as well, in one row; how many each text has."""
        sizes = self.start[1:] - self.start[:-1]
        if not self._long:
            return self.words, sizes
        pieces, at = [], 0
        for number, i in enumerate(self._long):
            end = int(self.start[i + 1])
            rest = self._rests[self._rests_start[number] : self._rests_start[number + 1]]
            if i in self._whole:
                pieces += [self.words[at : end - 1], self._whole[i], rest[1:]]
                sizes[i] -= 1
            else:
                pieces += [self.words[at:end], rest]
            sizes[i] += len(rest)
            at = end
        return np.concatenate([*pieces, self.words[at:]]), sizes

    def of(self, block: int) -> frozenset[int]:
        """The shingles of *block*."""
        known = self._of.get(block)
        if known is None:
            pairs = self.pairs()
            start, end = pairs.block.searchsorted((block, block + 1))
            known = self._of[block] = frozenset(pairs.gram[start:end].tolist())
        return known

    def line(self, block: int) -> bytes:
        """The words of a short *block*: two of the same words are equal; no word is the empty one."""
        return self.words[self.start[block] : self.start[block + 1]].tobytes()

    def among(self, text: str, words: Numbers) -> NDArray[np.bool_]:
        """Which of :meth:`pairs` have a shingle of another *text* of these *words*."""
        pairs = self.pairs()
        grams = self._of_characters(text) if is_unspaced(text) else _shingles_of(words)
        at = np.minimum(pairs.kinds.searchsorted(grams), len(pairs.kinds) - 1)
        held = np.zeros(len(pairs.kinds), dtype=bool)
        held[at[pairs.kinds[at] == grams]] = True
        return held[pairs.rank]

    def read(self, text: str) -> Copy:
        """Another *text* in the words of the page."""
        lines = text.split("\n")
        marks, start, _ = _words(*_plain(lines))
        kinds, rank, *_ = ranked(marks)
        known = self.numbers(kinds)
        # Words that the page does not have are numbered behind those that it has.
        known = np.where(known > 0, known, self.count + 1 + np.arange(len(kinds)))
        words = known[rank]
        unspaced = unspaced_characters(text)
        grams = self._of_characters(text) if unspaced * 3 > len(text) else _shingles_of(words)
        return Copy(grams, words, start, unspaced)

    def _of_characters(self, text: str) -> Numbers:
        joined = "".join(words_of(text))
        known = self._characters
        # Below zero, where no shingle of words is.
        found = [-known[joined[i : i + 4]] for i in range(max(1, len(joined) - 3))]
        return np.array(found, dtype=np.int64)


class Copy(NamedTuple):
    """Another text: its shingles in their order; its words; where those of each of its lines begin, and the end.

    ``unspaced``: its characters of scripts without spaces.
    """

    gram: Numbers
    words: Numbers
    start: Numbers
    unspaced: int


class Ranked(NamedTuple):
    """Numbers by what they are: the different ones (``kinds``), the least first, and which of them each one is.

    ``order``: the places of the numbers, those of one kind side by side; ``begin``: where in it those of each begin.
    """

    kinds: Numbers
    rank: Numbers
    order: Numbers
    begin: Numbers


def ranked(numbers: Numbers) -> Ranked:
    """What ``np.unique`` says of *numbers*, in a fifth of the time."""
    order = numbers.argsort()
    ordered = numbers[order]
    fresh = changes(ordered)
    begin = np.flatnonzero(fresh)
    rank = np.empty(len(numbers), dtype=np.int64)
    rank[order] = fresh.cumsum() - 1
    return Ranked(ordered[begin], rank, order, begin)


def changes(ordered: Numbers) -> NDArray[np.bool_]:
    """Where another number stands than one place before; the first place is one."""
    out = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=out[1:])
    return out


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _shingles_of(words: Numbers) -> Numbers:
    """The shingles of one text. A text of fewer than three words has one: zeros stand for those that it lacks."""
    if len(words) < 3:
        row = np.zeros(3, dtype=np.int64)
        row[1 : 1 + len(words)] = words
        words = row
    return (words[:-2] << (2 * _BITS)) | (words[1:-1] << _BITS) | words[2:]


def _shingles(words: Numbers, sizes: Numbers) -> tuple[Numbers, Numbers]:
    """The shingles of texts of *sizes* words each, whose *words* stand in one row; the number of each one's text."""
    few = sizes < 3
    places = np.where(few, 3, sizes)
    ends = places.cumsum()
    row = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.int64)
    # Zeros stand for what a text lacks of three words, the first of them before those that it has.
    is_word = np.ones(len(row), dtype=bool)
    lacking = ends[few] - 3
    is_word[lacking] = False
    is_word[lacking + 1] = sizes[few] > 0
    is_word[lacking + 2] = sizes[few] > 1
    row[is_word] = words
    grams = _shingles_of(row)
    whole = np.ones(len(row), dtype=bool)  # where three words of one text begin
    whole[ends - 1] = whole[ends - 2] = False
    return grams[whole[: len(grams)]], np.arange(len(sizes)).repeat(places - 2)
