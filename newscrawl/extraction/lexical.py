"""What the characters of each block say: counted for a whole page at once.

All texts of a page are looked up in one table of character classes, so that
the cost of a page grows with its characters and hardly with its blocks.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from newscrawl.text import code_points

__all__ = ["UNSPACED", "Lexical", "count", "is_unspaced", "load"]

Array = NDArray[np.float32]

_OTHER, _SPACE, _LOWER, _UPPER, _DIGIT, _CJK, _COMMA, _STOP, _WIDE_STOP, _PAUSE, _OPEN, _CLOSE, _LINE = range(13)
_CLASSES = 13

#: Scripts that are written without spaces between words: Thai and Lao, Burmese, Khmer, Chinese, Japanese, Korean.
UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x9FFF),
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
)
_CHARACTERS = {
    _COMMA: ",，、،;",
    _STOP: ".!?…؟۔",
    _WIDE_STOP: "。！？।",
    _PAUSE: ":",
    _OPEN: "“„«「『‹",
    _CLOSE: "\"”»’'」』)]›",
    _SPACE: " \u00a0\u3000\t",
    _LINE: "\n",
}


#: The class of characters of a category of Unicode.
_OF_CATEGORY = defaultdict(
    lambda: _OTHER,
    {
        **dict.fromkeys(("Ll", "Lm", "Lo", "Mc", "Me", "Mn"), _LOWER),
        **dict.fromkeys(("Lu", "Lt"), _UPPER),
        "Nd": _DIGIT,
    },
)
_BORDERS = np.array([border for low, high in UNSPACED for border in (low, high + 1)], dtype=np.uint32)


def is_unspaced(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which of the characters *codes* are of :data:`UNSPACED`."""
    return np.asarray(_BORDERS.searchsorted(codes, side="right") & 1, dtype=bool)


@cache
def load() -> NDArray[np.uint8]:
    """The class of each character of the basic plane; the last one stands for all others. Made once a process."""
    categories = map(unicodedata.category, map(chr, range(0x10000)))
    out = np.fromiter(map(_OF_CATEGORY.__getitem__, categories), dtype=np.uint8, count=0x10000)
    for low, high in UNSPACED:
        out[low : high + 1] = _CJK
    for kind, characters in _CHARACTERS.items():
        out[[ord(character) for character in characters]] = kind
    return out


class Lexical(NamedTuple):
    """Arrays with a number for each block. Shares are of the block's characters, but for ``capital``: of its words."""

    chars: Array
    words: Array
    """By white space; a character of a script without spaces is half a word."""
    ends: NDArray[np.bool_]
    """Whether the block ends as a sentence does, closing quotation marks aside."""
    stops: Array
    """Ends of sentences within the block."""
    commas: Array
    quotes: Array
    digits: Array
    upper: Array
    """Capital letters after capital letters."""
    capital: Array
    """Words that begin with a capital letter."""
    unspaced: Array
    breaks: Array
    """Line breaks."""
    colon: NDArray[np.bool_]
    question: NDArray[np.bool_]
    punctuation: Array
    unspaced_characters: NDArray[np.int64]
    """Characters of :data:`UNSPACED`, signs among them as well."""


def count(texts: list[str]) -> Lexical:
    """Count the characters of *texts*, none of which is empty."""
    number = len(texts)
    joined = "".join(texts)
    codes = code_points(joined)
    kinds = load().take(codes, mode="clip")
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=number)
    stop_at = np.cumsum(sizes)
    start_at = stop_at - sizes
    owner = np.repeat(np.arange(number), sizes)
    # Most characters are letters and spaces, which are not counted.
    some = np.flatnonzero(kinds > _UPPER)
    counts = np.bincount(kinds[some] * np.int64(number) + owner[some], minlength=number * _CLASSES).reshape(
        _CLASSES, number
    )

    before = np.empty_like(kinds)
    before[1:] = kinds[:-1]
    before[start_at] = _SPACE
    after = np.empty_like(kinds)
    after[:-1] = kinds[1:]
    after[stop_at - 1] = _SPACE
    blank = (before == _SPACE) | (before == _LINE)
    is_word_start = blank & (kinds != _SPACE) & (kinds != _LINE)
    ended = (kinds == _WIDE_STOP) | (
        (kinds == _STOP) & ((after == _SPACE) | (after == _LINE) | (after == _CLOSE) | (after == _CJK))
    )
    is_upper = kinds == _UPPER

    def per_block(marks: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.add.reduceat(marks, start_at, dtype=np.float64)

    last = stop_at - 1
    for _ in range(3):
        last = np.where((kinds[last] == _CLOSE) & (last > start_at), last - 1, last)
    final = kinds[last]
    words = per_block(is_word_start) + counts[_CJK] / 2
    share = 1.0 / sizes

    def of(values: NDArray[np.float64] | NDArray[np.int64]) -> Array:
        return values.astype(np.float32)

    end_code = codes[stop_at - 1]
    high = np.flatnonzero(codes >= UNSPACED[0][0])
    return Lexical(
        chars=of(sizes),
        words=of(words),
        ends=(final == _STOP) | (final == _WIDE_STOP) | (final == _PAUSE) | (codes[last] == ord(";")),
        stops=of(np.where(sizes > 12, per_block(ended), 0)),
        commas=of(counts[_COMMA]),
        quotes=of((counts[_OPEN] + counts[_CLOSE]) * share * 20),
        digits=of(counts[_DIGIT] * share),
        upper=of(per_block(is_upper & (before == _UPPER)) * share),
        capital=of(per_block(is_upper & (before != _UPPER) & (before != _LOWER)) / np.maximum(words, 1)),
        unspaced=of(counts[_CJK] * share),
        breaks=of(counts[_LINE]),
        colon=end_code == ord(":"),
        question=(end_code == ord("?")) | (end_code == ord("？")),
        punctuation=of((counts[_COMMA] + counts[_STOP] + counts[_WIDE_STOP] + counts[_PAUSE]) * share),
        unspaced_characters=np.bincount(owner[high[is_unspaced(codes[high])]], minlength=number),
    )
