"""How a page's text is laid out, in numbers: boxes that are alike, and whether the prose stands in one piece."""

from __future__ import annotations

from math import log1p

import numpy as np
from numpy.typing import NDArray

from .blocks import Blocks
from .features import COLUMN, Array, Table, runs, tags

__all__ = ["NAMES", "layout"]

_IS_HEADING = tags("h1", "h2", "h3", "h4", "h5")
_CARDS = tuple("number words share links headings lines held".split())
_PIECES = tuple("longest longest_share longest_lines second parents even median long long_share".split())
_TOP = tuple("share words lines".split())
_AROUND = tuple("words_below_heading lines_to_prose linked_heads heading_share link_run short_run links_below".split())

NAMES = (
    *(f"set_{name}" for name in _CARDS),
    *(f"piece_{name}" for name in _PIECES),
    *(f"top_{name}" for name in _TOP),
    *_AROUND,
)
#: Siblings that are alike make a set of cards from this number on.
LEAST_CARDS = 3
#: Blocks that may stand between two paragraphs of one piece.
GAP = 4
#: Words of a long paragraph, and of a short line.
LONG, SHORT = 40, 12


def layout(blocks: Blocks, table: Table) -> dict[str, float]:
    """The numbers of :data:`NAMES`."""
    if not blocks.text:
        return dict.fromkeys(NAMES, 0.0)
    link = table.matrix[:, COLUMN["link_share"]]
    heading = _IS_HEADING[table.tree.of_block]
    return _cards(blocks, table, link, heading) | _pieces(table) | _around(table, link, heading)


def _cards(blocks: Blocks, table: Table, link: Array, heading: NDArray[np.bool_]) -> dict[str, float]:
    """The largest set of siblings alike that hold a link each and more than one line: teasers, goods, posts."""
    tree, words = table.tree, table.words
    linked = (link > 0.8) & (words >= 2)
    own = np.stack([tree.own(v) for v in (words, np.ones(len(words)), linked, words * link, heading)], axis=1)
    held = tree.subtree(own)
    at = np.flatnonzero((held[:, 0] >= 3) & (tree.raw_parent >= 0))
    if not len(at):
        return {f"set_{name}": 0.0 for name in _CARDS}
    signature = np.asarray(blocks.node_sig, dtype=np.int64)
    _, group = np.unique(tree.parent[at] * (signature.max() + 1) + signature[at], return_inverse=True)
    number = np.bincount(group)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(group, weights=values), dtype=np.float64)

    size, lines = total(held[at, 0]), total(held[at, 1])
    with_link, with_heading = total(held[at, 2] > 0), total(held[at, 4] > 0)
    cards = (number >= LEAST_CARDS) & (with_link >= 0.7 * number) & (lines >= 1.5 * number)
    if not cards.any():
        return {f"set_{name}": 0.0 for name in _CARDS}
    best = int(np.where(cards, size, 0).argmax())
    page = max(1.0, float(words.sum()))
    return {
        "set_number": log1p(number[best]),
        "set_words": log1p(size[best] / number[best]),
        "set_share": size[best] / page,
        "set_links": float(total(held[at, 3])[best] / max(1.0, size[best])),
        "set_headings": with_heading[best] / number[best],
        "set_lines": lines[best] / number[best],
        "set_held": float(size[cards].sum()) / page,
    }


def _pieces(table: Table) -> dict[str, float]:
    """Whether the page's prose stands in one piece, as an article's does."""
    at = np.flatnonzero(table.content)
    if not len(at):
        return dict.fromkeys((*(f"piece_{name}" for name in _PIECES), *(f"top_{name}" for name in _TOP)), 0.0)
    parent, words = table.tree.p[at], table.words[at]
    total = max(1.0, float(words.sum()))
    starts = np.concatenate([[0], np.flatnonzero((np.diff(parent) != 0) | (np.diff(at) > GAP)) + 1])
    sizes = np.add.reduceat(words, starts)
    lines = np.diff(np.append(starts, len(at)))
    longest = int(sizes.argmax())
    second = float(np.partition(sizes, -2)[-2]) if len(sizes) > 1 else 0.0
    by_parent = np.bincount(parent, weights=words)
    top = int(by_parent.argmax())
    shares = by_parent[by_parent > 0] / total
    long = int((words >= LONG).sum())
    return {
        "piece_longest": log1p(float(sizes[longest])),
        "piece_longest_share": float(sizes[longest]) / total,
        "piece_longest_lines": log1p(int(lines[longest])),
        "piece_second": second / max(1.0, float(sizes[longest])),
        "piece_parents": log1p(len(shares)),
        "piece_even": float((shares**2).sum()),
        "piece_median": float(np.median(words)),
        "piece_long": float(long),
        "piece_long_share": long / len(words),
        "top_share": float(by_parent[top]) / total,
        "top_words": log1p(float(by_parent[top])),
        "top_lines": log1p(int((parent == top).sum())),
    }


def _around(table: Table, link: Array, heading: NDArray[np.bool_]) -> dict[str, float]:
    words, content, at = table.words, table.content, table.heading
    page, linked = max(1.0, float(words.sum())), words * link
    out = {
        "linked_heads": log1p(int((heading & (link > 0.8)).sum())),
        "heading_share": float((heading * words).sum()) / page,
        "link_run": log1p(max((end - start for start, end in runs(link > 0.6)), default=0)),
        "short_run": log1p(max((end - start for start, end in runs(words < SHORT)), default=0)),
        "links_below": float(linked[at + 1 :].sum()) / max(1.0, float(linked.sum())),
        "words_below_heading": -1.0,
        "lines_to_prose": -1.0,
    }
    if at >= 0:
        near = np.flatnonzero(content[at : at + 60])
        out["words_below_heading"] = log1p(float((words * content)[at : at + 25].sum()))
        out["lines_to_prose"] = float(near[0]) if len(near) else 60.0
    return out
