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

from .blocks import Blocks
from .features import Array, _shift, grams

__all__ = ["NAMES", "Measure", "measure", "verified", "witness_features"]

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

    __slots__ = ("covered", "found", "junk", "length", "line", "match", "ordered", "reach", "start", "strong", "words")

    def __init__(self, count: int) -> None:
        self.match: Array = np.zeros(count, dtype=np.float32)
        self.line: Array = np.zeros(count, dtype=np.float32)
        self.strong: NDArray[np.bool_] = np.zeros(count, dtype=bool)
        self.found = self.covered = self.junk = self.ordered = self.reach = self.start = self.length = self.words = 0.0


def measure(blocks: Blocks, words: Array, p: Array, witness: str) -> Measure:
    """Compare *witness* with *blocks*, whose probabilities without it are *p*."""
    count = len(blocks.text)
    out = Measure(count)
    witness = witness[:MAX_WITNESS]
    own = grams(witness)
    if len(own) < 3 or not count:
        return out
    lines = {" ".join(_WORD.findall(line.casefold())) for line in witness.split("\n")}
    folded = " ".join(_WORD.findall(witness.casefold()))
    out.words = float(len(folded.split()))
    in_page: set[Any] = set()
    where: list[tuple[int, int]] = []
    for i, text in enumerate(blocks.text):
        if len(text) < 2:
            continue
        if words[i] < 5:
            key = " ".join(_WORD.findall(text.casefold()))
            if key and key in lines:
                out.line[i] = out.match[i] = 1.0
            continue
        block = grams(text)
        shared = block & own
        in_page |= shared
        out.match[i] = len(shared) / len(block)
        if words[i] >= 8 and out.match[i] >= 0.5:
            out.strong[i] = True
            piece = next(iter(shared)) if isinstance(next(iter(shared)), str) else None
            at = folded.find(piece) if piece else folded.find(" ".join(_WORD.findall(text.casefold())[:3]))
            if at >= 0:
                where.append((i, at))
    out.found = len(in_page) / len(own)
    suggested = p > 0.5
    chosen = words * suggested
    total = float(chosen.sum())
    hit = (out.match >= 0.5) & (words >= 5)
    out.covered = float((chosen * hit).sum()) / total if total else 0.0
    matched = float((words * hit).sum())
    out.junk = float((words * (hit & (p < 0.2))).sum()) / matched if matched else 0.0
    steps = [b[1] >= a[1] for a, b in pairwise(where)]
    out.ordered = sum(steps) / len(steps) if steps else 1.0
    out.length = out.words / total if total else 0.0
    at_strong = np.flatnonzero(out.strong & suggested)
    if total and len(at_strong):
        done = np.cumsum(chosen)
        out.reach = float(done[at_strong[-1]]) / total
        out.start = float(done[at_strong[0]] - chosen[at_strong[0]]) / total
    return out


def verified(found: Measure) -> bool:
    """Whether the witness may help to choose: coverage both ways, order, length."""
    return (
        found.words >= 60
        and found.found >= 0.45
        and found.covered >= 0.4
        and found.ordered >= 0.7
        and found.reach >= 0.75
        and found.start <= 0.3
    )


NAMES = tuple(
    "w_match w_line w_strong w_prev w_next w_window3 w_inside w_parent w_node w_grand w_sig w_found w_covered w_junk w_ordered w_reach"
    " w_length w_exact".split()
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
    columns += [_shift(found.match, shift, 0) for shift in (-3, -2, -1, 1, 2, 3)]
    return np.column_stack(columns).astype(np.float32)
