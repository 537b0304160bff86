# ruff: noqa: E501 - names and columns
"""The second look: what the first probabilities of a page's blocks say of each other. Numbers only.

Where the first stage puts the page's words is a better picture of its body than
content mass is: shares of containers, the run of neighbours, distance from
blocks that are certain, repeats of a text that stood before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Blocks
from .features import Array, _shift

__all__ = ["NAMES", "context"]

NAMES = tuple(
    "p logit p_below_max p_max expected share taken children_p grand_p node_p parent_p above_p great_p own children parent_share"
    " grand_share great_share family main_family join climb steps sig_share sig_p sig_mean before after from_first from_last to_next"
    " to_last words_to_next words_to_last repeat repeat_p window1 window3 window7".split()
) + tuple(f"p@{shift}" for shift in (-4, -3, -2, -1, 1, 2, 3, 4))


def subtree(parent: NDArray[np.int64], depth: NDArray[np.int64], *values: NDArray[Any]) -> list[NDArray[Any]]:
    """Sums of *values* (one number a node) over each node's subtree."""
    out = [value.astype(np.float64) for value in values]
    order = np.argsort(-depth, kind="stable")
    for level in np.split(order, np.flatnonzero(np.diff(depth[order])) + 1):
        if depth[level[0]] == 0:
            break
        for value in out:
            np.add.at(value, parent[level], value[level])
    return out


def context(blocks: Blocks, p: Array, words: Array) -> Array:
    """The columns of :data:`NAMES` for probabilities *p* of *blocks* of so many *words*."""
    count = len(p)
    node = np.asarray(blocks.node, dtype=np.int64)
    raw_parent = np.asarray(blocks.node_parent, dtype=np.int64)
    parent = np.maximum(raw_parent, 0)
    nodes = len(parent)
    depth = np.asarray(blocks.node_depth, dtype=np.int64)
    sig = np.asarray(blocks.node_sig, dtype=np.int64)[node]
    mass = p * words
    total = float(mass.sum()) or 1.0
    yes = p > 0.5

    own = np.bincount(node, weights=mass, minlength=nodes)
    every = np.bincount(node, weights=words, minlength=nodes)
    children, children_words = own.copy(), every.copy()
    np.add.at(children, parent[1:], own[1:])
    np.add.at(children_words, parent[1:], every[1:])
    grand, grand_words = np.zeros(nodes), np.zeros(nodes)
    np.add.at(grand, parent[1:], children[1:])
    np.add.at(grand_words, parent[1:], children_words[1:])
    sub, sub_words = subtree(parent, depth, own, every)

    up = parent[node]
    up2 = parent[up]
    up3 = parent[up2]
    family = children + 0.5 * grand
    main = int(np.argmax(family))
    join = np.full(nodes, -1, dtype=np.int64)
    at, steps = main, 0
    while at >= 0:
        join[at] = steps
        at, steps = int(raw_parent[at]), steps + 1
    climb = np.zeros(nodes, dtype=np.int64)
    for number in range(nodes):  # parents come before their children
        if join[number] < 0:
            join[number] = join[parent[number]]
            climb[number] = climb[parent[number]] + 1

    size = int(sig.max()) + 1
    sig_mass = np.bincount(sig, weights=mass, minlength=size)[sig]
    sig_words = np.bincount(sig, weights=words, minlength=size)[sig]
    sig_mean = (np.bincount(sig, weights=p, minlength=size) / np.maximum(1, np.bincount(sig, minlength=size)))[sig]

    before = np.cumsum(mass) - mass
    words_before = np.cumsum(words) - words
    position = np.arange(count)
    certain = np.flatnonzero(yes)
    if len(certain):
        after = np.searchsorted(certain, position)
        nearest = certain[np.minimum(after, len(certain) - 1)]
        last = certain[np.maximum(after - 1, 0)]
        has_next, has_last = after < len(certain), after > 0
        to_next = np.where(has_next, nearest - position, 99)
        to_last = np.where(has_last, position - last, 99)
        words_to_next = np.where(has_next, words_before[nearest] - words_before, 999)
        words_to_last = np.where(has_last, words_before - words_before[last], 999)
        first_at, last_at = int(certain[0]), int(certain[-1])
    else:
        to_next = to_last = np.full(count, 99)
        words_to_next = words_to_last = np.full(count, 999.0)
        first_at, last_at = 0, count - 1

    repeat, repeat_p = np.zeros(count), np.zeros(count)
    seen: dict[str, int] = {}
    for i, text in enumerate(blocks.text):
        if text in seen:
            repeat[i], repeat_p[i] = 1, p[seen[text]]
        else:
            seen[text] = i
    sums = np.concatenate([[0.0], np.cumsum(p)])

    def window(radius: int) -> NDArray[Any]:
        low, high = np.maximum(position - radius, 0), np.minimum(position + radius + 1, count)
        mean: NDArray[Any] = (sums[high] - sums[low]) / (2 * radius + 1)
        return mean

    columns: list[Any] = [
        p,
        np.log((p + 1e-4) / (1 - p + 1e-4)),
        p - p.max(),
        np.full(count, p.max()),
        np.full(count, np.log1p(total)),
        mass / total,
        np.full(count, yes.mean()),
        children[up] / np.maximum(1, children_words[up]),
        grand[up2] / np.maximum(1, grand_words[up2]),
        sub[node] / np.maximum(1, sub_words[node]),
        sub[up] / np.maximum(1, sub_words[up]),
        sub[up2] / np.maximum(1, sub_words[up2]),
        sub[up3] / np.maximum(1, sub_words[up3]),
        own[node] / total,
        children[up] / total,
        sub[up] / total,
        sub[up2] / total,
        sub[up3] / total,
        family[up] / total,
        np.full(count, family[main] / total),
        join[node],
        climb[node],
        join[node] + climb[node],
        sig_mass / total,
        sig_mass / np.maximum(1, sig_words),
        sig_mean,
        before / total,
        1 - (before + mass) / total,
        position - first_at,
        position - last_at,
        np.minimum(to_next, 50),
        np.minimum(to_last, 50),
        np.minimum(words_to_next, 500),
        np.minimum(words_to_last, 500),
        repeat,
        repeat_p,
        window(1),
        window(3),
        window(7),
    ]
    columns += [_shift(p, shift, 0) for shift in (-4, -3, -2, -1, 1, 2, 3, 4)]
    return np.column_stack(columns).astype(np.float32)
