"""What a text is found by: MinHash bands for texts that are alike, passages for a text within a longer one. Pure.

A fingerprint is made from the text alone, with numbers that are written here, so it may be stored: the test vectors in
``tests/dedupe`` freeze it. A change of any constant below is a new :data:`SCHEME`, and asks for a rebuild.

*Bands*: 48 minima of the shingles' numbers (MinHash), 3 to a band. Two texts of similarity *s* (Jaccard) share at
least one of 16 bands with probability ``1 - (1 - s**3)**16``: .98 at .6, .99999 at .8, .0002 at .02.

*Passages*: shingles whose number falls below a fixed bound (one in 32) mark places in the text; what lies from one
mark to the next is a passage, named by both marks. A text that stands within a longer one shares its passages with
it, however long the other is, which no MinHash band can tell. Common turns of phrase are no passage.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedupe.shingles import MOST_CHARACTERS, Numbers, Shingles, distinct, mix, shingle

__all__ = ["BINS", "LEAST_TOKENS", "MOST_PASSAGES", "SCHEME", "Fingerprint", "Sketch", "fingerprint", "sketch_of"]

#: The number of this way to make fingerprints.
SCHEME = 1
BANDS = 16
ROWS = 3
BINS = BANDS * ROWS
#: A text with fewer tokens (a caption, a teaser) has no fingerprint: only equal texts of this length are related.
LEAST_TOKENS = 24
#: One shingle in so many is a mark between passages.
EVERY = 32
#: Passages kept of one text; of a longer one those with the least numbers are kept.
MOST_PASSAGES = 128

_EDGES = np.append(np.arange(BINS, dtype=np.uint64) * np.uint64(2**64 // BINS), np.uint64(0xFFFFFFFFFFFFFFFF))
# For each bin, all bins in an order of its own.
_ORDERS = mix(np.arange(BINS**2, dtype=np.uint64) + np.uint64(7)).reshape(BINS, -1).argsort(axis=1, kind="stable")
_BAND_SALTS = mix(np.arange(2001, 2001 + BANDS, dtype=np.uint64))
_PASSAGE_SALT = np.uint64(0xA5A35625E1D7C0DE)
_BOUND = np.uint64((1 << 64) // EVERY)


@dataclass(frozen=True, slots=True)
class Sketch:
    """The part of a fingerprint that is stored: ``minima`` (48 numbers of 32 bits) and ``passages`` (sorted keys)."""

    minima: NDArray[np.uint32]
    passages: NDArray[np.int64]

    def keys(self) -> list[int]:
        """What the text is found by: signed 64-bit numbers, those of the bands first."""
        return [*_band_keys(self.minima).tolist(), *self.passages.tolist()]

    def likeness(self, other: Sketch) -> float:
        """An estimate of the Jaccard similarity; its standard error is at most .073."""
        return float(np.count_nonzero(self.minima == other.minima)) / len(self.minima)

    def overlap(self, other: Sketch) -> float:
        """The share of the passages of the text with fewer of them that the other has; 0 where one has none."""
        fewer = min(len(self.passages), len(other.passages))
        if not fewer:
            return 0.0
        # There are a dozen or two: sets are ten times as fast as arrays.
        return len({*self.passages.tolist()} & {*other.passages.tolist()}) / fewer

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Minima and passages as they are stored, little-endian."""
        return self.minima.astype("<u4").tobytes(), self.passages.astype("<i8").tobytes()

    @classmethod
    def from_bytes(cls, minima: bytes, passages: bytes) -> Sketch:
        """The reverse of :meth:`to_bytes`."""
        return cls(np.frombuffer(minima, "<u4"), np.frombuffer(passages, "<i8"))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is compared of a text, and what it is found by; ``sketch`` is ``None`` for a short text.

    ``passages_left_out``: passages beyond :data:`MOST_PASSAGES`, by which the text is not found.
    """

    shingles: Shingles
    sketch: Sketch | None
    passages_left_out: int


def sketch_of(shingles: Shingles) -> tuple[Sketch, int]:
    """The sketch of *shingles* (at least one), and how many passages it leaves out."""
    passages = _passages(shingles.ordered)
    left_out = max(0, len(passages) - MOST_PASSAGES)
    return Sketch(_minima(shingles.unique), passages[:MOST_PASSAGES]), left_out


def fingerprint(text: str | None) -> Fingerprint:
    """The fingerprint of *text*. The last ones made are kept: the pipeline makes one, the store uses it."""
    text = text or ""
    return _kept(text) if len(text) <= MOST_CHARACTERS else _make(text)


def _make(text: str) -> Fingerprint:
    shingles = shingle(text)
    sketch, left_out = (None, 0) if shingles.tokens < LEAST_TOKENS else sketch_of(shingles)
    return Fingerprint(shingles, sketch, left_out)


# At most 64 texts of at most MOST_CHARACTERS each: a few megabytes, whatever comes.
_kept = lru_cache(maxsize=64)(_make)


def _minima(unique: Numbers) -> NDArray[np.uint32]:
    """One permutation hashing: the range of the numbers is cut in 48 bins, and the least of each bin is taken.

    A bin that is empty takes the least of another one, by a fixed order of its own (optimal densification, Shrivastava
    2017), so that two texts agree in a bin with the probability of their Jaccard similarity all the same.
    """
    edges = np.searchsorted(unique, _EDGES)
    filled = edges[:-1] < edges[1:]
    source = np.arange(BINS)
    if not filled.all():
        (empty,) = np.nonzero(~filled)
        orders = _ORDERS[empty]
        source[empty] = orders[np.arange(len(empty)), filled[orders].argmax(axis=1)]
    return unique[edges[:-1][source]].astype(np.uint32)


def _band_keys(minima: NDArray[np.uint32]) -> NDArray[np.int64]:
    rows = minima.astype(np.uint64).reshape(BANDS, ROWS)
    keys = _BAND_SALTS.copy()
    for row in range(ROWS):
        keys = mix(keys ^ rows[:, row])
    return keys.view(np.int64)


def _passages(ordered: Numbers) -> NDArray[np.int64]:
    marks = ordered[ordered < _BOUND]
    if len(marks) < 2:
        return np.empty(0, np.int64)
    keys = mix(marks[:-1] * np.uint64(0x9E3779B97F4A7C15) + marks[1:] ^ _PASSAGE_SALT)
    return distinct(keys).view(np.int64)
