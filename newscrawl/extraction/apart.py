# ruff: noqa: E501 - tables of words
"""What stands apart from the text: other articles of a stream, side columns, filler of a template, credits.

HTML says what these elements mean: an ``<article>`` is a thing by itself, an ``<aside>`` is beside what holds it. The
forests weigh that against words that read like any text; here it decides, where the text is plain without them.
Each function changes the blocks *taken* of one page in place.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from . import features
from .blocks import ANCESTOR, TAGS
from .features import Array, Table, Tree

__all__ = ["drop_articles", "drop_columns", "drop_credits", "drop_filler"]

Taken = NDArray[np.bool_]

_ARTICLE, _ASIDE = TAGS["article"], TAGS["aside"]
_LINK = features.COLUMN["link_share"]


def _outermost(tree: Tree, tag: int) -> NDArray[np.int64]:
    """For each element the outermost one of *tag* that holds it, or is it; 0 for none."""
    out = np.zeros(tree.size, dtype=np.int64)
    end = 1
    for node in np.flatnonzero(tree.tag == tag).tolist():
        if node >= end:
            end = int(tree.end[node])
            out[node:end] = node
    return out


#: From this probability on, a block is surely text; so many words of it tell which element holds the text.
SURE, TEXT_WORDS = 0.9, 100
#: An ``<article>`` that holds so many times those of any other one is the text's, where so many others stand behind it.
MAIN_TIMES, OTHERS = 2.0, 3
#: Words that the linked title of another article has.
TITLE_WORDS = (3, 30)


def drop_articles(table: Table, p: Array, taken: Taken) -> None:
    """Take out a stream of other articles, each with a linked title, behind the text's own ``<article>``."""
    tree, words = table.tree, table.words
    if int((tree.tag == _ARTICLE).sum()) <= OTHERS:
        return
    sure = taken & (p >= SURE)
    if float(words[sure].sum()) < TEXT_WORDS:
        return
    holder = _outermost(tree, _ARTICLE)[tree.n]
    held = np.bincount(holder[sure], weights=words[sure], minlength=tree.size)
    held[0] = 0  # outside all of them
    main = int(held.argmax())
    title = (table.matrix[:, _LINK] > 0.8) & (words >= TITLE_WORDS[0]) & (words <= TITLE_WORDS[1])
    others = np.unique(holder[title & (holder > main)])
    if len(others) >= OTHERS and held[main] >= max(TEXT_WORDS, MAIN_TIMES * held[others].max()):
        taken[np.isin(holder, others)] = False


#: So many words of text beside side columns are the text, and the element that holds this share of them holds the text.
COLUMN_BESIDE, HOLDER_SHARE = 40, 0.9


def drop_columns(table: Table, taken: Taken) -> None:
    """Take out what stands in an ``<aside>`` beside the element that holds the text, or the ``<article>`` around that.

    An aside in the article is the article's own: a box of facts, its first points.
    """
    tree = table.tree
    if not (tree.flags[tree.n[taken]] & ANCESTOR["aside"]).any():
        return
    holder = _outermost(tree, _ASIDE)[tree.n]
    aside = taken & (holder > 0)
    words = (taken & ~aside) * table.words
    total = float(words.sum())
    if total < COLUMN_BESIDE:
        return
    held = tree.subtree(tree.own(words.astype(np.float64)))
    text = int(np.flatnonzero(held >= HOLDER_SHARE * total)[-1])  # the innermost: children stand behind their parents
    text = int(_outermost(tree, _ARTICLE)[text]) or text
    inside = np.zeros(tree.size, dtype=bool)
    inside[text] = True
    taken[aside & ~tree.inside(inside)[holder]] = False


_FILLER = re.compile(r"(?i)\W*lorem ipsum\b")
_FILLER_BEGINS = re.compile(r"(?i)\W*lorem ipsum dolor sit amet\b")
_WORD = re.compile(r"\w+")
#: The words of the passage that templates are filled with.
_FILLER_WORDS = frozenset(
    "lorem ipsum dolor sit amet consectetur consectetuer adipiscing adipisicing elit sed do eiusmod tempor incididunt ut labore et dolore"
    " magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat duis aute irure in"
    " reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt culpa qui"
    " officia deserunt mollit anim id est laborum".split()
)
#: A line with this share of them is filler; so is an element with this share of such lines and no other line so long.
FILLER_SHARE, FILLER_BOX, FILLER_LINE = 0.6, 0.5, 12
#: Characters of a line that are looked at, and words of other text beside filler.
FILLER_CHARS, FILLER_BESIDE = 400, 40


def drop_filler(texts: list[str], table: Table, taken: Taken) -> None:
    """Take out what a template was filled with (*Lorem ipsum*), and the boxes that hold little else.

    A text that speaks of it in words of its own may quote it.
    """
    at = np.flatnonzero(taken).tolist()
    if not any(_FILLER.match(texts[i]) for i in at):
        return
    filler = np.zeros(len(taken), dtype=np.float64)
    for i, text in enumerate(texts):
        if _is_filler(text[:FILLER_CHARS]):
            filler[i] = 1
        elif taken[i] and "lorem ipsum" in text.casefold():
            return
    tree, words = table.tree, table.words
    size = np.maximum(words, 1)  # a line in a bullet of two words has weight, too
    long = (filler == 0) & (words >= FILLER_LINE)
    share, whole, others = tree.subtree(np.column_stack([tree.own(one) for one in (filler * size, size, long)])).T
    box = (share >= FILLER_BOX * whole) & (others == 0)
    out = (filler > 0) | tree.inside(box)[tree.n]
    if float(words[taken & ~out].sum()) >= FILLER_BESIDE:
        taken[out] = False


def _is_filler(line: str) -> bool:
    if _FILLER_BEGINS.match(line):
        return True
    words = _WORD.findall(line.casefold())
    return len(words) > 1 and sum(word in _FILLER_WORDS for word in words) >= FILLER_SHARE * len(words)


_CREDIT = re.compile(
    r"(?i)(?:[^.!?]|\b\w\.){2,50}(?:\s?/\s?|\bvia )(?:getty(?: images)?|afp|reuters|ap(?: photo)?|shutterstock|epa|imago|dpa|picture alliance|alamy|istock|unsplash)\b[^.!?]{0,25}$"
)
#: Longest credit, in words.
CREDIT_WORDS = 9


def drop_credits(texts: list[str], table: Table, taken: Taken) -> None:
    """Take out lines that name a photographer and an agency (*Name/Getty Images*)."""
    for i in np.flatnonzero(taken & (table.words <= CREDIT_WORDS)).tolist():
        line = texts[i]
        if ("/" in line or "via " in line) and _CREDIT.match(line):
            taken[i] = False
