# ruff: noqa: E501 - names and columns
"""A witness: another copy of the same article, held by the crawler. Measured before it is trusted.

The witness never supplies text. It says which blocks of the page are likely to
belong to the article, and only when it is *verified*: most of it stands in the
page, it covers most of what the page alone suggests, its parts come in the
page's order, and it is not cut short. One that may be made from the page
(:func:`may_lead`) chooses nothing. An unverified one is put aside; all it
may do is show that the page lacks what the copy has.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import context, features
from .blocks import Blocks
from .features import Array, Table, _shift
from .grams import Copy, Grams, ranked

__all__ = ["NAMES", "Measure", "columns", "exactness", "matched", "may_lead", "measure", "surplus", "verified"]

#: Longest witness that is read, in characters.
MAX_WITNESS = 300_000


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
        "block",
        "covered",
        "cut",
        "found",
        "gram",
        "junk",
        "length",
        "line",
        "match",
        "ordered",
        "own",
        "reach",
        "start",
        "strong",
        "times",
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
        self.block: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.gram: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """``block[k]`` holds the witness's shingle number ``gram[k]``."""
        self.times: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """How often the witness holds each of its shingles."""
        self.own = 0
        """The most shingles in a row of the witness that the page does not hold."""
        self.cut = False
        """Whether the witness ends in an ellipsis."""


_END = np.ones(1, dtype=bool)


def measure(grams: Grams, words: Array, p: Array, witness: str) -> Measure:
    """Compare *witness* with the blocks of *grams*, of so many *words*, whose probabilities without it are *p*."""
    count = len(words)
    out = Measure(count)
    witness = witness[:MAX_WITNESS].strip()
    if not witness or not count:
        return out
    told = grams.read(witness)
    kinds, rank, order, begin = ranked(told.gram)
    if len(kinds) < 3:
        return out
    # Of each of its shingles, where it stands first and how often.
    place, out.times = np.minimum.reduceat(order, begin), np.bincount(rank)
    out.words = len(witness.split()) + told.unspaced / 2
    out.cut = witness.endswith(("…", "...", "[…]", "[...]"))
    pairs = grams.pairs()
    at = np.minimum(pairs.kinds.searchsorted(kinds), len(pairs.kinds) - 1)
    on_page = pairs.kinds[at] == kinds
    number_of = np.full(len(pairs.kinds), -1, dtype=np.int64)
    number_of[at[on_page]] = np.flatnonzero(on_page)
    number = number_of[pairs.rank]
    shared = np.flatnonzero(number >= 0)
    out.block, out.gram = pairs.block[shared], number[shared]
    known = np.flatnonzero(np.concatenate([_END, on_page[rank], _END]))
    out.own = int((known[1:] - known[:-1]).max()) - 1
    short = words < 4
    _match_lines(out, grams, np.flatnonzero(short), told)
    long = ~short[out.block]
    _match_blocks(out, out.block[long], out.gram[long], pairs.size, place)
    out.strong = (words >= 8) & (out.match >= 0.5) & ~short
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


def _match_lines(out: Measure, grams: Grams, short: NDArray[np.int64], told: Copy) -> None:
    """Match the *short* blocks, which have no shingle that says much: with whole lines of the witness."""
    size, size_there = grams.start[1:] - grams.start[:-1], told.start[1:] - told.start[:-1]
    # Most lines of menus begin as no line of the witness of so many words does.
    begun = np.zeros(grams.count + 1 + len(told.words), dtype=bool)
    there = np.flatnonzero(size_there)
    begun[told.words[told.start[there]]] = True
    short = short[size[short] > 0]
    short = short[begun[grams.words[grams.start[short]]]]
    if not len(short):
        return
    lines = {
        told.words[told.start[i] : told.start[i + 1]].tobytes()
        for i in there[size_there[there] <= size[short].max()].tolist()
    }
    for i in short.tolist():
        if grams.line(i) in lines:
            out.line[i] = out.match[i] = 1.0


def _match_blocks(
    out: Measure, block: NDArray[np.int64], gram: NDArray[np.int64], size: NDArray[np.int64], place: NDArray[np.int64]
) -> None:
    """Match the other blocks: *block* holds *gram*, which stands at *place* of the witness; of *size* different ones."""
    count = len(size)
    number = np.bincount(block, minlength=count)
    found = np.flatnonzero(number)
    share = number[found]
    out.match[found] = share / size[found]
    # The places of each block's matches, the least first: the middle one of them.
    length = int(place.max()) + 1
    ordered = block * length + place[gram]
    ordered.sort()
    begin = share.cumsum() - share
    out.at[found] = (ordered[begin + share // 2] - found * length) / length
    # The first and the last block that each shingle stands in: of several the one that is written last stays.
    first, last = np.full(len(place), count, dtype=np.int64), np.full(len(place), -1, dtype=np.int64)
    first[gram[::-1]] = block[::-1]
    last[gram] = block
    out.before[found] = np.bincount(block[block > first[gram]], minlength=count)[found] / share
    out.after[found] = np.bincount(block[block < last[gram]], minlength=count)[found] / share
    out.found = float((last >= 0).sum()) / len(place)


def verified(found: Measure) -> bool:
    """Whether the witness may help to choose: coverage both ways, order, length, and no ellipsis at its end.

    A copy that reaches only part of what the page suggests may be cut, or the page may go on with something
    else: it must then be of some length. Notes of its own weigh heavily in a short copy: less of it need be found.
    """
    if found.cut or found.words < 60 or found.found < 0.4 or found.ordered < 0.6 or found.start > 0.4:
        return False
    if found.found >= 0.45 and found.covered >= 0.4 and found.reach >= 0.75:
        return True
    several = found.words >= 80 and int(found.strong.sum()) >= 2
    return several and found.covered >= 0.25 and found.reach >= 0.33


def matched(found: Measure, words: Array) -> NDArray[np.bool_]:
    """The blocks that stand in the witness; of a few words nearly all must, as three in a row may be chance."""
    return (found.match >= 0.5) & ((words >= 8) | (found.match >= 0.8))


#: A block that repeats another one is left out where the copy has this share, or less, of the repetitions ...
SPARE = 0.6
#: ... unless the page alone is as sure of it as this.
SURE = 0.95


def surplus(found: Measure, taken: NDArray[np.bool_], plain: Array) -> list[int]:
    """The *taken* blocks whose match in the witness is spent on another block: what a copy holds once is taken once.

    Captions and summaries that repeat a line of the article match it as well. Of blocks with the same shingles the one
    that is likeliest without the copy (*plain*) is meant.
    """
    meant_for = (taken & (found.match >= 0.5))[found.block]
    block, gram = found.block[meant_for], found.gram[meant_for]
    if not len(block):
        return []
    kinds, count = len(found.times), len(taken)
    held = np.bincount(gram, minlength=kinds)
    meant = np.zeros(kinds, dtype=np.int64)
    # The likeliest is entered last, and of those alike the first.
    order = np.lexsort((-block, plain[block]))
    meant[gram[order]] = block[order]
    number = np.bincount(block, minlength=count)
    elsewhere = np.bincount(block, weights=meant[gram] != block, minlength=count)
    spare = np.bincount(block, weights=np.minimum(1.0, found.times[gram] / held[gram]), minlength=count)
    out = (number > 0) & (plain < SURE) & (elsewhere >= 0.9 * number) & (spare < SPARE * number)
    return np.flatnonzero(out).tolist()


#: A copy of whose matched words more than this share stands in blocks that it holds word for word ...
SAME = 0.7
#: ... and without so many shingles of its own in a row (a sentence) may be another extractor's reading of the page.
OWN = 12


def exactness(found: Measure, words: Array) -> float:
    """Of the matched words, the share in blocks that stand in the copy word for word."""
    hit = words * (found.match >= 0.5)
    return float((words * (found.match > 0.99)).sum()) / max(1.0, float(hit.sum()))


def may_lead(found: Measure, words: Array) -> bool:
    """Whether a verified copy may help to choose: not where it may be made from the page.

    Another extractor loses leads and subheadings, and takes captions, players and offers of subscriptions. A copy that
    holds nothing that the page lacks, and each block as it is, cannot be told from that.
    """
    return found.own >= OWN or exactness(found, words) <= SAME


#: What the page says of a block: few columns, since the probabilities without the copy already hold the rest.
PAGE = tuple("log_words link_share ends content title_share tag steps sig_mass more signup byline note credit".split())
CONTEXT = tuple("p_max node_p parent_p above_p sig_p steps to_next to_last repeat window1 window3".split())
NAMES = (
    "w_plain",
    "w_first",
    *(f"w_page_{name}" for name in PAGE),
    *(f"w_context_{name}" for name in CONTEXT),
    *"w_match w_line w_strong w_prev w_next w_window3 w_inside w_parent w_node w_grand w_sig w_found w_covered w_junk w_ordered w_reach".split(),
    *"w_length w_exact w_at w_before w_after w_jump w_back".split(),
    *(f"w_match@{shift}" for shift in (-3, -2, -1, 1, 2, 3)),
    *"w_gap w_gap_words w_side w_missing w_missing_words w_tail w_head w_tail_blocks w_gap_odds w_odds w_since".split(),
)
_PAGE = [features.COLUMN[name] for name in PAGE]
_CONTEXT = [context.NAMES.index(name) for name in CONTEXT]


def columns(blocks: Blocks, table: Table, around: Array, first: Array, plain: Array, found: Measure) -> Array:
    """The columns of :data:`NAMES`.

    *around*: what :func:`newscrawl.extraction.context.context` says of the probabilities *first*; *plain*: the
    probabilities without a copy.
    """
    words = table.words
    odds = [np.log((p + 1e-3) / (1 - p + 1e-3)) for p in (plain, first)]
    parts = [np.column_stack(odds), table.matrix[:, _PAGE], around[:, _CONTEXT]]
    parts += [_matches(blocks, words, found), _gaps(words, plain, odds[0], found)]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _gaps(words: Array, p: Array, odds: Array, found: Measure) -> NDArray[Any]:
    """What the copy lacks: how many blocks in a row that the page alone suggests, and how much is lacking elsewhere.

    A copy that lacks a paragraph here and there may lack one more; two or three in a row at the end, where nothing is
    lacking before, are rather something else than the article.
    """
    count = len(p)
    position = np.arange(count)
    suggested = (p > 0.5) & (words >= 3)
    hit = (found.match >= 0.5) & ((words >= 5) | (found.line > 0)) & (p > 0.05)
    lacking = suggested & (found.match < 0.35)
    run = np.cumsum(hit)  # the number of matches before: the same for all blocks of a gap
    gap = np.where(hit, 0, np.bincount(run, weights=lacking)[run])
    gap_words = np.where(hit, 0, np.bincount(run, weights=lacking * words)[run])
    strong = np.flatnonzero(found.strong)
    start, end = (int(strong[0]), int(strong[-1])) if len(strong) else (0, -1)
    within = (position >= start) & (position <= end)
    known = within & (suggested | hit)
    missing = float((within & lacking).sum()) / max(1.0, float(known.sum()))
    missing_words = float((words * (within & lacking)).sum()) / max(1.0, float((words * known).sum()))
    total = max(1.0, float((words * suggested).sum()))
    after, before = lacking & (position > end), lacking & (position < start)
    passed = np.cumsum(lacking * words)
    since = np.where(position > end, passed - (passed[end] if end >= 0 else 0), 0)
    gap_odds = gap * np.log(max(missing, 0.05))
    page = (
        missing,
        missing_words,
        float((words * after).sum()) / total,
        float((words * before).sum()) / total,
        float(after.sum()),
    )
    return np.column_stack(
        [
            gap,
            np.log1p(gap_words),
            np.where(position < start, -1, np.where(position > end, 1, 0)),
            *(np.full(count, value) for value in page),
            gap_odds,
            odds + gap_odds,
            np.log1p(since),
        ]
    )


def _matches(blocks: Blocks, words: Array, found: Measure) -> NDArray[Any]:
    """What the copy holds: of the block, its neighbours, its containers, and how the copy fits as a whole."""
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
    exact = exactness(found, words)
    out: list[Any] = [
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
    out += [
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
    out += [found.at, found.before, found.after, jump, back]
    out += [_shift(found.match, shift, 0) for shift in (-3, -2, -1, 1, 2, 3)]
    return np.column_stack(out)
