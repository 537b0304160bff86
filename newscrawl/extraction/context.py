# ruff: noqa: E501 - names and columns
"""The second look: what the first probabilities of a page's blocks say of each other. Numbers only.

Where the first stage puts the page's words is a better picture of its body than
content mass is: shares of containers, the run of neighbours, distance from
blocks that are certain, repeats of a text that stood before.
"""

from __future__ import annotations

import numpy as np

from .features import Array, Tree, span

__all__ = ["NAMES", "context"]

NAMES = tuple(
    "p logit p_below_max p_max expected share taken children_p grand_p node_p parent_p above_p great_p own children parent_share"
    " grand_share great_share family main_family join climb steps sig_share sig_p sig_mean before after from_first from_last to_next"
    " to_last words_to_next words_to_last repeat repeat_p window1 window3 window7".split()
) + tuple(f"p@{shift}" for shift in (-4, -3, -2, -1, 1, 2, 3, 4))


COLUMN = {name: number for number, name in enumerate(NAMES)}
_SUB = span(COLUMN, "parent_share grand_share great_share")
_SUB_P = span(COLUMN, "node_p parent_p above_p great_p")
_BEFORE, _BEHIND = span(COLUMN, "p@-4 p@-3 p@-2 p@-1"), span(COLUMN, "p@1 p@2 p@3 p@4")


def context(tree: Tree, p: Array, words: Array) -> Array:
    """The columns of :data:`NAMES` for probabilities *p* of the blocks of *tree*, of so many *words*."""
    # A row is a column of what is returned: so the forests ask for them.
    rows = np.empty((len(NAMES), len(p)), dtype=np.float32)
    _shares(rows, tree, p, words)
    _places(rows, p, words)
    _repeats(rows, tree, p)
    _windows(rows, p)
    return rows.T


def _shares(rows: Array, tree: Tree, p: Array, words: Array) -> None:
    """Where the page's likely words stand: in the block's containers, and in blocks of its signature."""
    mass = (p * words).astype(np.float64)
    total = float(mass.sum()) or 1.0
    own, every = tree.own(mass), tree.own(words)
    children = own + tree.children(own)
    held = every + tree.children(every)
    grand, grand_held = children + tree.children(children), held + tree.children(held)
    sub, sub_held = tree.subtree(np.stack([own, every], axis=1)).T
    family = children + 0.5 * tree.children(children)
    main = int(np.argmax(family))
    join, climb = tree.from_path(main)
    n, up, up2 = tree.n, tree.p, tree.g
    sub, sub_held = sub[tree.line], sub_held[tree.line]
    join, climb = join[n], climb[n]
    sig_number = tree.by_signature(np.ones(len(p)))
    sig_mass = tree.by_signature(mass)
    top = p.max()
    rows[COLUMN["p"]] = p
    rows[COLUMN["logit"]] = np.log((p + 1e-4) / (1 - p + 1e-4))
    rows[COLUMN["p_below_max"]] = p - top
    rows[COLUMN["p_max"]] = top
    rows[COLUMN["expected"]] = np.log1p(total)
    rows[COLUMN["share"]] = mass / total
    rows[COLUMN["taken"]] = (p > 0.5).mean()
    rows[COLUMN["children_p"]] = children[up] / np.maximum(1, held[up])
    rows[COLUMN["grand_p"]] = grand[up2] / np.maximum(1, grand_held[up2])
    rows[_SUB_P] = sub / np.maximum(1, sub_held)
    rows[COLUMN["own"]] = own[n] / total
    rows[COLUMN["children"]] = children[up] / total
    rows[_SUB] = sub[1:] / total
    rows[COLUMN["family"]] = family[up] / total
    rows[COLUMN["main_family"]] = family[main] / total
    rows[COLUMN["join"]] = join
    rows[COLUMN["climb"]] = climb
    rows[COLUMN["steps"]] = join + climb
    rows[COLUMN["sig_share"]] = sig_mass / total
    rows[COLUMN["sig_p"]] = sig_mass / np.maximum(1, tree.by_signature(words))
    rows[COLUMN["sig_mean"]] = tree.by_signature(p) / sig_number


def _places(rows: Array, p: Array, words: Array) -> None:
    """Where a block stands in the run of the likely ones."""
    count = len(p)
    mass = p * words
    total = float(mass.sum()) or 1.0
    before = mass.cumsum() - mass
    words_before = words.cumsum() - words
    position = np.arange(count)
    certain = np.flatnonzero(p > 0.5)
    rows[COLUMN["before"]] = before / total
    rows[COLUMN["after"]] = 1 - (before + mass) / total
    if not len(certain):
        rows[COLUMN["to_next"]] = rows[COLUMN["to_last"]] = 50
        rows[COLUMN["words_to_next"]] = rows[COLUMN["words_to_last"]] = 500
        rows[COLUMN["from_first"]] = position
        rows[COLUMN["from_last"]] = position - (count - 1)
        return
    after = certain.searchsorted(position)
    following = certain[np.minimum(after, len(certain) - 1)]
    last = certain[np.maximum(after - 1, 0)]
    has_next, has_last = after < len(certain), after > 0
    rows[COLUMN["from_first"]] = position - certain[0]
    rows[COLUMN["from_last"]] = position - certain[-1]
    rows[COLUMN["to_next"]] = np.minimum(np.where(has_next, following - position, 50), 50)
    rows[COLUMN["to_last"]] = np.minimum(np.where(has_last, position - last, 50), 50)
    to_next, to_last = words_before[following] - words_before, words_before - words_before[last]
    rows[COLUMN["words_to_next"]] = np.minimum(np.where(has_next, to_next, 500), 500)
    rows[COLUMN["words_to_last"]] = np.minimum(np.where(has_last, to_last, 500), 500)


def _repeats(rows: Array, tree: Tree, p: Array) -> None:
    """Whether the same text stood before, and how likely it was there."""
    again = tree.first != np.arange(len(p))
    rows[COLUMN["repeat"]] = again
    rows[COLUMN["repeat_p"]] = np.where(again, p[tree.first], 0)


def _windows(rows: Array, p: Array) -> None:
    """The probabilities close by."""
    count = len(p)
    sums = np.zeros(count + 1)
    sums[1:] = p.cumsum()
    position = np.arange(count)
    for radius in (1, 3, 7):
        low, high = np.maximum(position - radius, 0), np.minimum(position + radius + 1, count)
        rows[COLUMN[f"window{radius}"]] = (sums[high] - sums[low]) / (2 * radius + 1)
    rows[_BEFORE] = rows[_BEHIND] = 0
    for by in (1, 2, 3, 4):
        rows[COLUMN[f"p@{by}"], :-by] = p[by:]
        rows[COLUMN[f"p@{-by}"], by:] = p[:-by]
