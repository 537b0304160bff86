"""The 4-token shingles of a text as 64-bit numbers, the same on every platform and in every version. Pure, no I/O.

Tokens are those of :func:`newscrawl.text.tokens`: words, and single characters where a script writes no spaces. They
are found here by table, many characters at a time, since a search by pattern takes four times as long as all the
rest. What is a letter is frozen at Unicode 3.2, which Python keeps for good (``unicodedata.ucd_3_2_0``): a number that
is stored must not change with a new release of Python. Characters that came later count as letters, those of blocks
of symbols as spaces.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_CHARACTERS", "SHINGLE", "Shingles", "distinct", "mix", "shingle"]

Numbers = NDArray[np.uint64]

#: Tokens in a shingle, as in :func:`newscrawl.text.similarity`.
SHINGLE = 4
#: Characters of a text that are looked at; what stands behind them is not compared.
MOST_CHARACTERS = 65_536

_APART, _WORD, _SOLO, _MARK, _DIGIT, _MANY = range(6)
# Whether a token starts at a character of the second kind behind one of the first: row the first, column the second.
_STARTS = np.array(
    [
        [False, True, True, True],  # behind a space everything starts one
        [False, False, True, False],
        [False, True, True, False],
        [False, False, True, False],
    ]
).ravel()
# Scripts written without spaces, as in `newscrawl.text`: Thai, Lao, Myanmar, Hangul, Khmer, kana, Han.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3005),
    (0x3007, 0x3007), (0x3021, 0x3029), (0x3040, 0x30FF), (0x3131, 0x318E), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0xFFA0, 0xFFDC),
)  # fmt: skip
# Of what Unicode 3.2 does not know: punctuation, symbols, surrogates, private use, variation selectors.
_SYMBOLS = ((0x2000, 0x2BFF), (0x2E00, 0x2E7F), (0xD800, 0xF8FF), (0xFE00, 0xFE1F), (0xFFF0, 0xFFFF))
_ASTRAL_SYMBOLS = (0x1F000, 0x1FAFF)
_ASTRAL_HAN = (0x20000, 0x3FFFF)
_JOINERS = (0x200C, 0x200D)

# Odd, so that they have an inverse modulo 2**64. From the digits of the golden ratio and of pi.
_BASE = 0x9E3779B97F4A7C15
_STEP = 0x243F6A8885A308D3
_MODULUS = 1 << 64


@dataclass(frozen=True, slots=True)
class Shingles:
    """What is compared of a text.

    ``ordered``: a number for each shingle, in the text's order. ``unique``: the same, sorted, each once.
    ``digits``: sorted numbers of the tokens that hold a digit, each once. ``tokens``: how many tokens there are.
    ``cut``: whether the text is longer than is looked at.
    """

    ordered: Numbers
    unique: Numbers
    digits: Numbers
    tokens: int
    cut: bool


def mix(values: Numbers) -> Numbers:
    """Spread *values* over all 64 bits (the finaliser of SplitMix64)."""
    out = values ^ (values >> np.uint64(30))
    out *= np.uint64(0xBF58476D1CE4E5B9)
    out ^= out >> np.uint64(27)
    out *= np.uint64(0x94D049BB133111EB)
    out ^= out >> np.uint64(31)
    return out


def distinct(values: Numbers) -> Numbers:
    """*values* sorted, each once. Eight times as fast as ``np.unique``, which hashes first."""
    ordered = np.sort(values)
    if len(ordered) < 2:
        return ordered
    keep = np.empty(len(ordered), np.bool_)
    keep[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return ordered[keep]


def shingle(text: str | None) -> Shingles:
    """The shingles of *text*; a text of fewer than four tokens is one shingle, an empty one none."""
    text = text or ""
    cut = len(text) > MOST_CHARACTERS
    if cut:
        # Texts that differ in white space alone are cut at the same place.
        text = " ".join(text.casefold().split())[:MOST_CHARACTERS]
    points = _points(text)
    # `clip` takes a character beyond the basic plane for its last one, which is no character.
    kinds = _tables()[0].take(points, mode="clip")
    if len(points) and (points.max() > 0xFFFF or kinds.max() == _MANY):
        # A character that is not of the basic plane, or whose case folding is several (a sharp s): rare.
        points = _points(text.casefold()[:MOST_CHARACTERS])
        kinds = _tables()[0].take(points, mode="clip")
    tokens, with_digit = _tokens(points, kinds)
    if not len(tokens):
        return Shingles(tokens, tokens, tokens, 0, cut)
    ordered = mix(_windows(tokens))
    return Shingles(ordered, distinct(ordered), distinct(tokens[with_digit]), len(tokens), cut)


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)


def _tokens(points: NDArray[np.uint32], kinds: NDArray[np.uint8]) -> tuple[Numbers, NDArray[np.int64]]:
    """A number for each token, and which tokens hold a digit."""
    _, values_of, powers, inverses = _tables()
    values = values_of.take(points, mode="clip")
    if len(points) and points.max() > 0xFFFF:
        _mend_astral(points, kinds, values)
    (digits,) = np.nonzero(kinds == _DIGIT)
    kinds[digits] = _WORD
    # Spaces count 0, so a token may be summed up to the start of the next. Each character is weighted by its place.
    starts = kinds == _SOLO
    starts[:1] |= kinds[:1] != _APART
    before, kind = kinds[:-1], kinds[1:]
    starts[1:] |= _STARTS.take(before * np.uint8(4) + kind)
    (at,) = np.nonzero(starts)
    if not len(at):
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    values *= powers[: len(points)]
    # Sums modulo 2**64 up to each place; `np.add.reduceat` takes three times as long.
    upto = np.cumsum(values)
    sums = np.empty(len(at), np.uint64)
    sums[:-1] = upto[at[1:] - 1]
    sums[-1] = upto[-1]
    sums[1:] -= sums[:-1].copy()
    return mix(sums * inverses[at]), np.searchsorted(at, digits, "right") - 1


def _windows(tokens: Numbers) -> Numbers:
    step = np.uint64(_STEP)
    size = min(SHINGLE, len(tokens))
    count = len(tokens) - size + 1
    out = tokens[:count].copy()
    for offset in range(1, size):
        out *= step
        out += tokens[offset : offset + count]
    return out


def _mend_astral(points: NDArray[np.uint32], kinds: NDArray[np.uint8], values: Numbers) -> None:
    far = points > 0xFFFF
    high = points[far]
    kind = np.full(len(high), _WORD, np.uint8)
    kind[(high >= _ASTRAL_HAN[0]) & (high <= _ASTRAL_HAN[1])] = _SOLO
    kind[(high >= _ASTRAL_SYMBOLS[0]) & (high <= _ASTRAL_SYMBOLS[1]) | (high >= 0xE0000)] = _APART
    kinds[far] = kind
    values[far] = np.where(kind == _APART, np.uint64(0), mix(high.astype(np.uint64)))


@cache
def _tables() -> tuple[NDArray[np.uint8], Numbers, Numbers, Numbers]:
    """Kind and value of each character of the basic plane; powers of the base and their inverses. 2 MB, made once."""
    characters = list(map(chr, range(0x10000)))
    # As characters side by side, three at most: nothing here is done character by character in Python.
    folds = np.array(list(map(str.casefold, characters)), "U3").view(np.uint32).reshape(-1, 3)
    many = folds[:, 1] > 0
    kinds = _kinds(characters, many)
    # Case folding of one character to one. Unicode promises that it never changes for a character that exists.
    folded = folds[:, 0].astype(np.uint64)
    folded[many] = np.arange(0x10000, dtype=np.uint64)[many]
    values = np.where(kinds == _APART, np.uint64(0), mix(folded))
    return kinds, values, _powers(_BASE), _powers(pow(_BASE, -1, _MODULUS))


def _powers(base: int) -> Numbers:
    out = np.full(MOST_CHARACTERS, base, np.uint64)
    out[0] = 1
    return np.multiply.accumulate(out)


def _kinds(characters: list[str], many: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The kind of each of *characters*, by the categories of Unicode 3.2, which never change."""
    # Two letters each, told apart as numbers.
    names = "".join(map(unicodedata.ucd_3_2_0.category, characters))
    category = np.frombuffer(names.encode("ascii"), np.uint16)

    def of(*wanted: str) -> NDArray[np.bool_]:
        found = np.zeros(len(characters), np.bool_)
        for one in wanted:
            found |= category == np.frombuffer(one.encode("ascii"), np.uint16)
        return found

    unknown = of("Cn")
    letters = of("Lu", "Ll", "Lt", "Lm", "Lo", "Nl") | (unknown & ~_among(_SYMBOLS))
    kinds = np.full(len(characters), _APART, np.uint8)
    kinds[letters] = np.where(_among(_UNSPACED), _SOLO, _WORD)[letters]
    kinds[of("Nd")] = _DIGIT
    kinds[of("Pc")] = _WORD
    kinds[list(_JOINERS)] = _WORD
    kinds[of("Mn", "Mc", "Me")] = _MARK
    kinds[many] = _MANY
    return kinds


def _among(ranges: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    """Which characters of the basic plane lie in *ranges*."""
    found = np.zeros(0x10000, np.bool_)
    for first, last in ranges:
        found[first : last + 1] = True
    return found
