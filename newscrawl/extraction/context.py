# ruff: noqa: E501 - names and columns
"""The second look: what the first probabilities of a page's blocks say of each other. Numbers only.

Where the first stage puts the page's words is a better picture of its body than
content mass is: shares of containers, the run of neighbours, distance from
blocks that are certain, repeats of a text that stood before.
"""

from __future__ import annotations

import numpy as np

from .blocks import Blocks
from .features import Array, Columns, Tree, _shift

__all__ = ["NAMES", "context"]

NAMES = tuple(
    "p logit p_below_max p_max expected share taken children_p grand_p node_p parent_p above_p great_p own children parent_share"
    " grand_share great_share family main_family join climb steps sig_share sig_p sig_mean before after from_first from_last to_next"
    " to_last words_to_next words_to_last repeat repeat_p window1 window3 window7".split()
) + tuple(f"p@{shift}" for shift in (-4, -3, -2, -1, 1, 2, 3, 4))


def context(blocks: Blocks, tree: Tree, p: Array, words: Array) -> Array:
    """The columns of :data:`NAMES` for probabilities *p* of *blocks* of so many *words*."""
    columns = _shares(tree, p, words) | _places(p, words) | _repeats(blocks, p)
    columns |= _windows(p)
    out = np.empty((len(p), len(NAMES)), dtype=np.float32)
    for number, name in enumerate(NAMES):
        out[:, number] = columns[name]
    return out


def _shares(tree: Tree, p: Array, words: Array) -> Columns:
    """Where the page's likely words stand: in the block's containers, and in blocks of its signature."""
    count = len(p)
    mass = (p * words).astype(np.float64)
    total = float(mass.sum()) or 1.0
    own, every = tree.own(mass), tree.own(words)
    children = own + tree.children(own)
    held = every + tree.children(every)
    grand, grand_held = children + tree.children(children), held + tree.children(held)
    sub, sub_held = tree.subtree(np.column_stack([own, every])).T
    family = children + 0.5 * tree.children(children)
    main = int(np.argmax(family))
    join, climb = tree.from_path(main)
    n, up, up2, up3 = tree.n, tree.p, tree.g, tree.gg
    sig_number = tree.by_signature(np.ones(count))
    sig_mass = tree.by_signature(mass)
    return {
        "p": p,
        "logit": np.log((p + 1e-4) / (1 - p + 1e-4)),
        "p_below_max": p - p.max(),
        "p_max": np.full(count, p.max()),
        "expected": np.full(count, np.log1p(total)),
        "share": mass / total,
        "taken": np.full(count, (p > 0.5).mean()),
        "children_p": children[up] / np.maximum(1, held[up]),
        "grand_p": grand[up2] / np.maximum(1, grand_held[up2]),
        "node_p": sub[n] / np.maximum(1, sub_held[n]),
        "parent_p": sub[up] / np.maximum(1, sub_held[up]),
        "above_p": sub[up2] / np.maximum(1, sub_held[up2]),
        "great_p": sub[up3] / np.maximum(1, sub_held[up3]),
        "own": own[n] / total,
        "children": children[up] / total,
        "parent_share": sub[up] / total,
        "grand_share": sub[up2] / total,
        "great_share": sub[up3] / total,
        "family": family[up] / total,
        "main_family": np.full(count, family[main] / total),
        "join": join[n],
        "climb": climb[n],
        "steps": join[n] + climb[n],
        "sig_share": sig_mass / total,
        "sig_p": sig_mass / np.maximum(1, tree.by_signature(words)),
        "sig_mean": tree.by_signature(p) / sig_number,
    }


def _places(p: Array, words: Array) -> Columns:
    """Where a block stands in the run of the likely ones."""
    count = len(p)
    mass = p * words
    total = float(mass.sum()) or 1.0
    before = np.cumsum(mass) - mass
    words_before = np.cumsum(words) - words
    position = np.arange(count)
    certain = np.flatnonzero(p > 0.5)
    out: Columns = {"before": before / total, "after": 1 - (before + mass) / total}
    if not len(certain):
        far = {"to_next": 50, "to_last": 50, "words_to_next": 500, "words_to_last": 500}
        out |= {"from_first": position, "from_last": position - (count - 1)}
        return out | {name: np.full(count, value) for name, value in far.items()}
    after = np.searchsorted(certain, position)
    following = certain[np.minimum(after, len(certain) - 1)]
    last = certain[np.maximum(after - 1, 0)]
    has_next, has_last = after < len(certain), after > 0
    return out | {
        "from_first": position - certain[0],
        "from_last": position - certain[-1],
        "to_next": np.minimum(np.where(has_next, following - position, 50), 50),
        "to_last": np.minimum(np.where(has_last, position - last, 50), 50),
        "words_to_next": np.minimum(np.where(has_next, words_before[following] - words_before, 500), 500),
        "words_to_last": np.minimum(np.where(has_last, words_before - words_before[last], 500), 500),
    }


def _repeats(blocks: Blocks, p: Array) -> Columns:
    """Whether the same text stood before, and how likely it was there."""
    repeat, repeat_p = np.zeros(len(p)), np.zeros(len(p))
    seen: dict[str, int] = {}
    for i, text in enumerate(blocks.text):
        if (first := seen.setdefault(text, i)) != i:
            repeat[i], repeat_p[i] = 1, p[first]
    return {"repeat": repeat, "repeat_p": repeat_p}


def _windows(p: Array) -> Columns:
    """The probabilities close by."""
    count = len(p)
    position = np.arange(count)
    sums = np.concatenate([[0.0], np.cumsum(p)])
    out: Columns = {}
    for radius in (1, 3, 7):
        low, high = np.maximum(position - radius, 0), np.minimum(position + radius + 1, count)
        out[f"window{radius}"] = (sums[high] - sums[low]) / (2 * radius + 1)
    return out | {f"p@{shift}": _shift(p, shift, 0) for shift in (-4, -3, -2, -1, 1, 2, 3, 4)}
