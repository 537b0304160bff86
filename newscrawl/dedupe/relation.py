"""How two texts are related: alike, one within the other, or not at all. Pure, symmetric, no state.

Whether two texts are related depends on the two alone. So the clusters, which are what is connected by this relation,
do not depend on the order in which texts came.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from newscrawl.dedupe.shingles import Numbers, Shingles
from newscrawl.dedupe.signature import BINS, LEAST_TOKENS, Sketch

__all__ = ["LEAST_CONTAINED", "NEAR", "WITHIN", "Relation", "may_be_related", "relate"]

#: Texts are alike from this Jaccard similarity of their shingles on. Chosen by `benchmarks/dedupe.py`.
NEAR = 0.55
#: Texts of fewer shingles are alike from this similarity on: what is short and made from one template shares more than
#: NEAR with the next of it, whether they differ in figures or in names. Obituaries of one form reach .65.
FEW_SHINGLES = 120
NEAR_SHORT = 0.7
#: The share of a text's shingles that must stand in a longer one.
WITHIN = 0.8
#: Tokens that a text has at least which is said to stand within another.
LEAST_CONTAINED = 40
#: How much longer the other is.
LONGER = 1.15

# Sketches tell apart what cannot be related: three standard errors below NEAR; and of the passages of a text that
# stands within another, .64 are expected to be common (both marks of each) where WITHIN of its shingles are.
_LIKENESS = 0.33
_OVERLAP = 0.35

# Texts made from one template differ in their figures, and one text that was edited keeps them: of the tokens with
# a digit, more than this share of the fewer ones must be common, where each text has enough of them to judge.
LEAST_FIGURES = 3
SAME_FIGURES = 0.5

# A footer or a list of captions is short, and what each text has of its own is one piece of it, where an edit leaves
# many. An agency's body under different leads is longer than this many shingles, or makes up nearly all of both texts:
# shorter ones under long leads are lost to this rule.
SHORT_SHARED = 200
OWN_PIECE = 8
ONE_PIECE = 0.9
NEARLY_ALL = 0.8


@dataclass(frozen=True, slots=True)
class Relation:
    """Two texts, *one* and *other*: ``shared`` shingles, their Jaccard ``similarity``, and what follows.

    ``near``: alike. ``one_within`` and ``other_within``: that text stands within the other, longer one.
    ``why_not``: ``figures``, ``boilerplate`` or ``short`` where the similarity alone would have made them alike.
    """

    shared: int
    similarity: float
    near: bool
    one_within: bool
    other_within: bool
    why_not: str | None = None


def may_be_related(one: Sketch, other: Sketch, sizes: tuple[int, int]) -> bool:
    """Whether it is worth while to compare two texts, by their sketches and numbers of shingles."""
    likeness = one.likeness(other)
    if likeness >= _LIKENESS:
        return True
    shorter, longer = min(sizes), max(sizes)
    if longer < shorter * LONGER:
        return False
    # The least similarity of texts one of which stands within the other, less three standard errors.
    least = WITHIN * shorter / (longer + (1 - WITHIN) * shorter)
    return likeness >= least - 3 * math.sqrt(least * (1 - least) / BINS) and one.overlap(other) >= _OVERLAP


def relate(one: Shingles, other: Shingles) -> Relation:
    """The relation of two texts. Symmetric: exchanging them exchanges ``one_within`` and ``other_within``."""
    if min(one.tokens, other.tokens) < LEAST_TOKENS:
        return Relation(0, 0.0, False, False, False)
    common = np.intersect1d(one.unique, other.unique, assume_unique=True)
    shared = len(common)
    here, there = len(one.unique), len(other.unique)
    similarity = shared / (here + there - shared)
    why_not = None
    alike = similarity >= NEAR
    if alike:
        why_not = _template(one, other) or _boilerplate(one, other, common, similarity)
        if why_not is None and min(here, there) < FEW_SHINGLES and similarity < NEAR_SHORT:
            why_not = "short"
    return Relation(
        shared,
        similarity,
        alike and why_not is None,
        _within(shared, here, there, one.tokens),
        _within(shared, there, here, other.tokens),
        why_not,
    )


def _within(shared: int, own: int, longer: int, tokens: int) -> bool:
    return tokens >= LEAST_CONTAINED and longer >= own * LONGER and shared >= own * WITHIN


def _template(one: Shingles, other: Shingles) -> str | None:
    fewer = min(len(one.digits), len(other.digits))
    if fewer < LEAST_FIGURES:
        return None
    common = len(np.intersect1d(one.digits, other.digits, assume_unique=True))
    return "figures" if common <= fewer * SAME_FIGURES else None


def _boilerplate(one: Shingles, other: Shingles, common: Numbers, similarity: float) -> str | None:
    if similarity >= NEARLY_ALL or len(common) >= SHORT_SHARED:
        return None
    both = all(_own_is_one_piece(text.ordered, common) for text in (one, other))
    return "boilerplate" if both else None


def _own_is_one_piece(ordered: Numbers, common: Numbers) -> bool:
    """Whether nearly all shingles that the other text does not have follow each other."""
    at = np.searchsorted(common, ordered)
    at[at == len(common)] = 0
    (places,) = np.nonzero(common[at] == ordered)
    edges = np.concatenate(([-1], places, [len(ordered)]))
    longest = int(np.diff(edges).max()) - 1
    return longest >= max(OWN_PIECE, ONE_PIECE * (len(ordered) - len(places)))
