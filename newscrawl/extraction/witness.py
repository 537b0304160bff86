# ruff: noqa: E501 - names and columns
"""A witness: another copy of the same article, held by the crawler. Measured before it is trusted.

The witness never supplies text. It says which blocks of the page are likely to
belong to the article, and only when it is *verified*: most of it stands in the
page, it covers most of what the page alone suggests, its parts come in the
page's order, and it is not cut short. An unverified one is put aside; all it
may do is show that the page lacks what the copy has.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import features
from .blocks import Blocks
from .features import Array, _shift, grams

__all__ = ["NAMES", "Measure", "matched", "measure", "verified", "witness_features"]

#: Longest witness that is read, in characters.
MAX_WITNESS = 300_000
_WORD = re.compile(r"\w+")


class Measure:
    """How a witness and a page fit. All shares are 0 to 1.

    ``found``: of the witness's shingles in the page. ``covered``: of the words
    that the page alone suggests, in the witness. ``junk``: of the matched words,
    those that the page alone thinks are no text. ``ordered``: of the steps from
    one matched block to the next, those that go forward in the witness.
    ``reach``: how far into the suggested text the witness reaches.
    """

    __slots__ = (
        "after",
        "at",
        "before",
        "covered",
        "cut",
        "found",
        "junk",
        "length",
        "line",
        "match",
        "ordered",
        "reach",
        "start",
        "strong",
        "words",
    )

    def __init__(self, count: int) -> None:
        self.match: Array = np.zeros(count, dtype=np.float32)
        self.line: Array = np.zeros(count, dtype=np.float32)
        self.strong: NDArray[np.bool_] = np.zeros(count, dtype=bool)
        self.at: Array = np.full(count, -1, dtype=np.float32)
        """Where in the witness the middle one of a block's matches stands, 0 to 1; -1 where it has none."""
        self.before: Array = np.zeros(count, dtype=np.float32)
        """Share of a block's matches that an earlier block has as well; ``after``: a later one."""
        self.after: Array = np.zeros(count, dtype=np.float32)
        self.found = self.covered = self.junk = self.ordered = self.reach = self.start = self.length = self.words = 0.0
        self.cut = False
        """Whether the witness ends in an ellipsis."""


def _shingles(text: str) -> list[Any]:
    """The shingles of :func:`newscrawl.extraction.features.grams`, in order."""
    folded = text.casefold()
    items = _WORD.findall(folded)
    if not text.isascii() and max(text) >= "\u0e00" and len(features.CJK.findall(text)) * 3 > len(text):
        joined = "".join(items)
        return [joined[i : i + 4] for i in range(max(1, len(joined) - 3))]
    return list(zip(items, items[1:], items[2:], strict=False)) if len(items) > 2 else [tuple(items)]


def measure(blocks: Blocks, words: Array, p: Array, witness: str) -> Measure:
    """Compare *witness* with *blocks*, whose probabilities without it are *p*."""
    count = len(blocks.text)
    out = Measure(count)
    witness = witness[:MAX_WITNESS].strip()
    if not witness or not count:
        return out
    own: dict[Any, int] = {}
    for number, gram in enumerate(_shingles(witness)):
        own.setdefault(gram, number)
    if len(own) < 3:
        return out
    size = max(own.values()) + 1
    kinds = own.keys()
    lines = {" ".join(_WORD.findall(line.casefold())) for line in witness.split("\n")}
    out.words = features.count_words(witness)
    out.cut = witness.endswith(("…", "...", "[…]", "[...]"))
    hits: dict[int, set[Any]] = {}
    first: dict[Any, int] = {}
    last: dict[Any, int] = {}
    for i, text in enumerate(blocks.text):
        if words[i] < 4:
            key = " ".join(_WORD.findall(text.casefold()))
            if key and key in lines:
                out.line[i] = out.match[i] = 1.0
            continue
        block = grams(text)
        shared = block & kinds
        if not shared:
            continue
        hits[i] = shared
        for gram in shared:
            first.setdefault(gram, i)
            last[gram] = i
        out.match[i] = len(shared) / len(block)
        places = sorted(own[gram] for gram in shared)
        out.at[i] = places[len(places) // 2] / size
        out.strong[i] = words[i] >= 8 and out.match[i] >= 0.5
    for i, shared in hits.items():
        out.before[i] = sum(first[gram] < i for gram in shared) / len(shared)
        out.after[i] = sum(last[gram] > i for gram in shared) / len(shared)
    out.found = len(first) / len(own)
    suggested = p > 0.5
    chosen = words * suggested
    total = float(chosen.sum())
    hit = (out.match >= 0.5) & (words >= 5)
    out.covered = float((chosen * hit).sum()) / total if total else 0.0
    matched = float((words * hit).sum())
    out.junk = float((words * (hit & (p < 0.2))).sum()) / matched if matched else 0.0
    where = out.at[np.flatnonzero(out.strong)].tolist()
    steps = [b >= a for a, b in pairwise(where)]
    out.ordered = sum(steps) / len(steps) if steps else 1.0
    out.length = out.words / total if total else 0.0
    at_strong = np.flatnonzero(out.strong & suggested)
    if total and len(at_strong):
        done = np.cumsum(chosen)
        out.reach = float(done[at_strong[-1]]) / total
        out.start = float(done[at_strong[0]] - chosen[at_strong[0]]) / total
    return out


def verified(found: Measure) -> bool:
    """Whether the witness may help to choose: coverage both ways, order, length.

    A copy that reaches only part of what the page suggests may be cut, or the page may go on with something
    else: it must then be of some length, and not end in an ellipsis.
    """
    if found.words < 60 or found.found < 0.45 or found.ordered < 0.6 or found.start > 0.4:
        return False
    if found.covered >= 0.4 and found.reach >= 0.75:
        return True
    long_enough = found.words >= 100 and int(found.strong.sum()) >= 5
    return not found.cut and long_enough and found.covered >= 0.25 and found.reach >= 0.33


def matched(found: Measure) -> NDArray[np.bool_]:
    """The blocks that stand in the witness."""
    return found.match >= 0.5


NAMES = tuple(
    "w_match w_line w_strong w_prev w_next w_window3 w_inside w_parent w_node w_grand w_sig w_found w_covered w_junk w_ordered w_reach"
    " w_length w_exact w_at w_before w_after w_jump w_back".split()
) + tuple(f"w_match@{shift}" for shift in (-3, -2, -1, 1, 2, 3))


def witness_features(blocks: Blocks, words: Array, found: Measure) -> Array:
    """The columns of :data:`NAMES`."""
    count = len(blocks.text)
    node = np.asarray(blocks.node, dtype=np.int64)
    parent = np.maximum(np.asarray(blocks.node_parent, dtype=np.int64), 0)
    nodes = len(parent)
    sig = np.asarray(blocks.node_sig, dtype=np.int64)[node]
    hit = words * (found.match >= 0.5)
    own, every = np.bincount(node, weights=hit, minlength=nodes), np.bincount(node, weights=words, minlength=nodes)
    children, children_words = own.copy(), every.copy()
    np.add.at(children, parent[1:], own[1:])
    np.add.at(children_words, parent[1:], every[1:])
    grand, grand_words = children.copy(), children_words.copy()
    np.add.at(grand, parent[1:], children[1:])
    np.add.at(grand_words, parent[1:], children_words[1:])
    up = parent[node]
    up2 = parent[up]
    size = int(sig.max()) + 1 if count else 1
    sig_share = (
        np.bincount(sig, weights=hit, minlength=size) / np.maximum(1, np.bincount(sig, weights=words, minlength=size))
    )[sig]
    position = np.arange(count)
    strong = np.flatnonzero(found.strong)
    inside = np.zeros(count)
    prev = following = np.full(count, 50.0)
    if len(strong):
        inside = ((position >= strong[0]) & (position <= strong[-1])).astype(float)
        after = np.searchsorted(strong, position)
        following = np.where(after < len(strong), strong[np.minimum(after, len(strong) - 1)] - position, 50)
        prev = np.where(after > 0, position - strong[np.maximum(after - 1, 0)], 50)
    sums = np.concatenate([[0.0], np.cumsum(found.match)])
    low, high = np.maximum(position - 3, 0), np.minimum(position + 4, count)
    exact = float((words * (found.match > 0.99)).sum()) / max(1.0, float(hit.sum()))
    columns: list[Any] = [
        found.match,
        found.line,
        found.strong,
        np.minimum(prev, 50),
        np.minimum(following, 50),
        (sums[high] - sums[low]) / 7,
        inside,
        children[up] / np.maximum(1, children_words[up]),
        own[node] / np.maximum(1, every[node]),
        grand[up2] / np.maximum(1, grand_words[up2]),
        sig_share,
    ]
    columns += [
        np.full(count, value)
        for value in (found.found, found.covered, found.junk, found.ordered, found.reach, min(found.length, 5.0), exact)
    ]
    # How far a block's place in the witness lies from that of the match before and after it.
    placed = np.flatnonzero(found.at >= 0)
    jump = back = np.zeros(count)
    if len(placed):
        at = np.searchsorted(placed, position)
        previous = np.where(at > 0, found.at[placed[np.maximum(at - 1, 0)]], 0.0)
        following_at = np.searchsorted(placed, position, side="right")
        later = np.where(following_at < len(placed), found.at[placed[np.minimum(following_at, len(placed) - 1)]], 1.0)
        jump = np.where(found.at >= 0, found.at - previous, 0.0)
        back = later - np.where(found.at >= 0, found.at, previous)
    columns += [found.at, found.before, found.after, jump, back]
    columns += [_shift(found.match, shift, 0) for shift in (-3, -2, -1, 1, 2, 3)]
    return np.column_stack(columns).astype(np.float32)
