"""The article's text: which blocks of the page belong to it.

``blocks`` cuts the page, ``features`` describes each block, ``model`` gives each
a probability, ``context`` looks a second time with all of a page's
probabilities at hand, ``witness`` brings in another copy where there is one
that can be trusted, and here the blocks are chosen and joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.html.opening import Clock
from newscrawl.text import clean_text

from . import context, features, model, witness
from .blocks import Blocks
from .features import Array, Hints, Table

__all__ = ["Body", "Reading", "choose", "read", "spread", "weigh"]

#: A block is taken from this probability on.
THRESHOLD = 0.5
#: Where no block reaches it, those near the most likely one are taken, if that one is likely enough.
FALLBACK_FLOOR = 0.15
FALLBACK_SHARE = 0.6
#: A block whose shingles stand to this share in what was taken before is a repeat.
REPEAT_SHARE = 0.95
#: A second copy goes when it is this share of the text.
DOUBLED_SHARE = 0.3

#: What the forests see, in the weights' order: the first the features, the second the context as well, the third the
#: witness's columns alone.
NAMES = (*features.NAMES, *context.NAMES, *witness.NAMES)


@dataclass(slots=True)
class Reading:
    """The blocks of one page and what the classifier thinks of each."""

    blocks: Blocks
    table: Table
    first: Array
    second: Array
    final: Array
    measure: witness.Measure | None = None
    trusted: bool = False


@dataclass(slots=True)
class Body:
    """Paragraphs in page order; ``source`` says where they were found."""

    paragraphs: list[str] = field(default_factory=list)
    source: str = "html"
    confidence: float = 0.0
    """Mean probability of the words taken."""

    text: str | None = None
    """The paragraphs joined and cleaned."""

    def __post_init__(self) -> None:
        self.text = clean_text("\n\n".join(self.paragraphs))


def weigh(
    blocks: Blocks, table: Table, copy: str | None = None, forests: dict[str, model.Forest] | None = None
) -> Reading:
    """Give each block its probability, with *copy* as a witness if it proves good."""
    forests = forests or model.load(NAMES)
    live = table.live
    first = spread(forests["first"].probability(table.matrix[live]), live)
    if not live.any():
        return Reading(blocks, table, first, first, first)
    around = context.context(blocks, first, table.words)
    second_matrix = np.concatenate([table.matrix[live], around[live]], axis=1)
    second = ((first + spread(forests["second"].probability(second_matrix), live)) / 2).astype(np.float32)
    out = Reading(blocks, table, first, second, second)
    if copy:
        out.measure = witness.measure(blocks, table.words, first, copy)
        if witness.verified(out.measure):
            out.trusted = True
            # What stands in the copy is looked at, even where it is a list of links.
            wide = live | witness.matched(out.measure, table.words)
            columns = witness.columns(blocks, table, around, first, second, out.measure)
            out.final = spread(forests["witness"].probability(columns[wide]), wide)
            out.final[witness.surplus(blocks, out.measure, out.final > THRESHOLD, second)] = 0
    return out


def spread(values: Array, live: NDArray[np.bool_]) -> Array:
    """*values* of the live blocks among zeros for the others."""
    out = np.zeros(len(live), dtype=np.float32)
    out[live] = values
    return out


def choose(reading: Reading, threshold: float = THRESHOLD) -> NDArray[np.bool_]:
    """The blocks to take."""
    p = reading.final
    taken = p > threshold
    if not len(p):
        return taken
    if float(reading.table.words[taken].sum()) < 15:
        top = float(p.max())
        if top >= FALLBACK_FLOOR:
            taken = taken | (p >= FALLBACK_SHARE * top)
    repeats = _second_copy(reading, taken)
    # Only where the article stands twice: a refrain, a line of a list or a sentence quoted twice is left alone.
    if repeats and reading.table.words[repeats].sum() >= DOUBLED_SHARE * reading.table.words[taken].sum():
        taken[repeats] = False
    return taken


def _second_copy(reading: Reading, taken: NDArray[np.bool_]) -> list[int]:
    """The longest run of taken blocks that repeats earlier ones in their order.

    A block of six words or more repeats an earlier one when it is the same, or when its shingles stand in it.
    """
    owner: dict[Any, int] = {}
    seen: dict[str, int] = {}
    best: list[int] = []
    run: list[int] = []
    source = -1
    for i in np.flatnonzero(taken).tolist():
        if reading.table.words[i] < 6:
            continue
        text = reading.blocks.text[i]
        grams = features.grams(text)
        at = seen.get(text, -1)
        if at < 0:
            earlier = Counter(owner[gram] for gram in grams if gram in owner).most_common(1)
            at = earlier[0][0] if earlier and earlier[0][1] >= REPEAT_SHARE * len(grams) else -1
        if at < 0:
            run, source = [], -1
            seen[text] = i
            for gram in grams:
                owner.setdefault(gram, i)
            continue
        run = [*run, i] if at > source else [i]
        source = at
        if len(run) > len(best):
            best = run
    return best


def read(
    blocks: Blocks, hints: Hints, clock: Clock, copy: str | None = None, boilerplate: Container[str] | None = None
) -> tuple[Body, Reading]:
    """The text of *blocks*, without lines whose casefolded text is in *boilerplate*.

    Raises ``TooSlowError`` by way of *clock*.
    """
    table = features.build(blocks, hints)
    clock.check()
    reading = weigh(blocks, table, copy)
    clock.check()
    taken = np.flatnonzero(choose(reading))
    words = table.words[taken]
    confidence = float((words * reading.final[taken]).sum() / max(1.0, float(words.sum())))
    lines = [blocks.text[i] for i in taken]
    if boilerplate is not None:
        lines = [line for line in lines if line.casefold() not in boilerplate]
    return Body(lines, "html", confidence), reading
