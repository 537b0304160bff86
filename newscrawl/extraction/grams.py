"""The words of a page's blocks as numbers, and their shingles: what makes two pieces of text comparable.

All blocks are split into words at once. A word is the number that it has in the vocabulary of the page, three words in
a row are one number of 63 bits, and what two texts share is found on arrays. Texts that are compared with the blocks
(the page's description, another copy) use the same vocabulary.

A shingle is three casefolded words in a row; all words where there are fewer; four characters where a script is written
without spaces.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import count, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CJK", "HEAD", "Grams", "Pairs", "unspaced_characters", "words_of"]

Numbers = NDArray[np.int64]

#: Characters of a block that its cue words are looked for in.
HEAD = 400
CJK = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f]")
#: The first character of the first of these scripts.
_FIRST_UNSPACED = 0x0E00
_HIGH = re.compile("[\u0e00-\U0010ffff]")
_WORD = re.compile(r"\w+")
# Stands between two texts, as a word of its own. No tree holds a lone surrogate, and other texts lose theirs.
_BORDER = "\ud800"
_TOKEN = re.compile(rf"[\w{_BORDER}]+")
_BETWEEN = f" {_BORDER} "
#: Bits of the number of one word in a shingle. A page and its copies are too short for two million different words.
_BITS = 21


def words_of(text: str) -> list[str]:
    """The casefolded words of *text*."""
    return _WORD.findall(text.casefold())


def unspaced_characters(text: str) -> int:
    """The characters of *text* that are of scripts written without spaces."""
    return len(CJK.findall(text)) if not text.isascii() and _HIGH.search(text) else 0


def is_unspaced(text: str) -> bool:
    """Whether more than a third of *text* is of a script that is written without spaces."""
    return unspaced_characters(text) * 3 > len(text)


class Pairs(NamedTuple):
    """Different shingles of blocks, in the order of blocks: ``block[k]`` holds ``gram[k]``; a block has ``size``."""

    block: Numbers
    gram: Numbers
    size: Numbers


class Grams:
    """The words and shingles of *texts*, the blocks of a page.

    ``words``: all words of the beginnings of the texts (:data:`HEAD` characters), text by text; ``start``: where those
    of each text begin, and the end; ``folded``: the casefolded beginnings. *highest*: the highest character of each
    text, where it is known.
    """

    __slots__ = (
        "_full",
        "_full_start",
        "_long",
        "_of",
        "_pairs",
        "_texts",
        "_unspaced",
        "_vocabulary",
        "folded",
        "start",
        "words",
    )

    def __init__(self, texts: Sequence[str], highest: NDArray[np.uint32] | None = None) -> None:
        self._texts = texts
        self._vocabulary: defaultdict[str, int] = defaultdict(count(1).__next__)
        self._vocabulary[_BORDER]  # is number 1
        self._long = [i for i, text in enumerate(texts) if len(text) > HEAD]
        every = [text[:HEAD] for text in texts]
        every += [texts[i] for i in self._long]
        folded = _BETWEEN.join(every).casefold()
        words, start = self._split(folded, len(every))
        number = len(texts)
        self.folded = folded.split(_BETWEEN) if every else []
        self.words, self.start = words[: start[number]], start[: number + 1]
        self._full, self._full_start = words[start[number] :], start[number:] - start[number]
        if highest is None:
            self._unspaced = [i for i, text in enumerate(texts) if is_unspaced(text)]
        else:
            self._unspaced = [i for i in np.flatnonzero(highest >= _FIRST_UNSPACED).tolist() if is_unspaced(texts[i])]
        self._pairs: Pairs | None = None
        self._of: dict[int, frozenset[int]] = {}

    def _split(self, folded: str, number: int) -> tuple[Numbers, Numbers]:
        """The words of *number* casefolded texts in one row; where those of each begin, and the end."""
        tokens = _TOKEN.findall(folded)
        found = np.fromiter(map(self._vocabulary.__getitem__, tokens), np.int64, len(tokens))
        borders = np.flatnonzero(found == 1)
        start = np.zeros(number + 1, dtype=np.int64)
        start[1:-1] = borders - np.arange(len(borders))
        start[-1] = len(found) - len(borders)
        return found[found != 1], start

    def number_of(self, words: set[str] | frozenset[str]) -> dict[str, int]:
        """The numbers of those of *words* that the page has."""
        known = self._vocabulary
        return {word: known[word] for word in words & known.keys()}

    def pairs(self) -> Pairs:
        """The different shingles of each block."""
        if self._pairs is None:
            self._pairs = self._make_pairs()
        return self._pairs

    def _make_pairs(self) -> Pairs:
        number = len(self._texts)
        apart = np.zeros(number, dtype=bool)
        apart[self._long] = True
        apart[self._unspaced] = True
        words = np.concatenate([self.words, self._full])
        sizes = np.concatenate([np.diff(self.start), np.diff(self._full_start)])
        owners = np.concatenate([np.arange(number), np.asarray(self._long, dtype=np.int64)])
        counted = np.concatenate([~apart, np.ones(len(self._long), dtype=bool)])
        for at, i in enumerate(self._long):
            counted[number + at] = i not in self._unspaced
        grams, places = _shingles(words, sizes)
        blocks = owners[places]
        kept = counted[places]
        grams, blocks = grams[kept], blocks[kept]
        for i in self._unspaced:
            own = self._of_characters(self._texts[i])
            grams = np.concatenate([grams, own])
            blocks = np.concatenate([blocks, np.full(len(own), i)])
        # By block, and each of its shingles once.
        _, rank = np.unique(grams, return_inverse=True)
        _, first = np.unique(blocks * (len(grams) + 1) + rank, return_index=True)
        blocks, grams = blocks[first], grams[first]
        return Pairs(blocks, grams, np.bincount(blocks, minlength=number))

    def of(self, block: int) -> frozenset[int]:
        """The shingles of *block*."""
        known = self._of.get(block)
        if known is None:
            pairs = self.pairs()
            start, end = np.searchsorted(pairs.block, (block, block + 1))
            known = self._of[block] = frozenset(pairs.gram[start:end].tolist())
        return known

    def in_order(self, text: str) -> Numbers:
        """The shingles of another *text*, in its order."""
        return self.in_lines(text)[0]

    def in_lines(self, text: str) -> tuple[Numbers, set[bytes]]:
        """The shingles of another *text*, in its order, and its lines as :meth:`line` gives those of blocks."""
        lines = text.replace(_BORDER, " ").split("\n")
        words, start = self._split(_BETWEEN.join(lines).casefold(), len(lines))
        grams = self._of_characters(text) if is_unspaced(text) else _shingles(words, np.array([len(words)]))[0]
        return grams, {words[begin:end].tobytes() for begin, end in pairwise(start.tolist())}

    def line(self, block: int) -> bytes:
        """The words of a short *block*: two of the same words are equal; no word is the empty one."""
        return self.words[self.start[block] : self.start[block + 1]].tobytes()

    def _of_characters(self, text: str) -> Numbers:
        joined = "".join(words_of(text))
        known = self._vocabulary
        # Below zero, where no shingle of words is. The key of four characters is that of no word.
        found = [-known[f" {joined[i : i + 4]}"] for i in range(max(1, len(joined) - 3))]
        return np.array(found, dtype=np.int64)


def _shingles(words: Numbers, sizes: Numbers) -> tuple[Numbers, Numbers]:
    """The shingles of texts of *sizes* words each, whose *words* stand in one row, and the number of each one's text.

    A text of fewer than three words has one.
    """
    owner = np.repeat(np.arange(len(sizes)), sizes)
    whole = (
        np.flatnonzero(owner[2:] == owner[:-2]) if len(owner) > 2 else np.zeros(0, dtype=np.int64)
    )  # where three words of one text begin
    grams = (words[whole] << (2 * _BITS)) | (words[whole + 1] << _BITS) | words[whole + 2]
    few = np.flatnonzero(sizes < 3)
    begin = (np.cumsum(sizes) - sizes)[few]
    padded = np.concatenate([words, np.zeros(2, dtype=np.int64)])
    first = np.where(sizes[few] > 0, padded[begin], 0)
    second = np.where(sizes[few] > 1, padded[begin + 1], 0)
    return np.concatenate([grams, (first << _BITS) | second]), np.concatenate([owner[whole], few])
