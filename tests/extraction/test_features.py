"""Features of blocks: sums over elements, beginnings and times, against the plain way of finding them."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from newscrawl.extraction import features
from newscrawl.extraction.blocks import Blocks, segment
from newscrawl.html import opening

_PLAIN_TIME = re.compile(
    r"\b\d{1,2}[:.h]\d{2}\b|\b\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})\b|\b(?:19|20)\d\d\b|年\d{1,2}月"
)


@pytest.mark.parametrize("seed", range(10))
def test_times_are_found_as_in_the_plain_way(seed: int) -> None:
    rng = random.Random(seed)
    lines = ["".join(rng.choices("1290٣:.h/- a年月é_\n", k=rng.randint(1, 10))) for _ in range(5_000)]
    lines += ["at 9:30", "9.30h", "on 1/2/2026", "x2026", "2026", "2026年3月", "12:345", "112:34", "1-2-26."]
    assert [bool(features._TIME.search(line)) for line in lines] == [bool(_PLAIN_TIME.search(line)) for line in lines]


@pytest.mark.parametrize(
    "line", ["Read also", "  Read also", "\u00a0By Jane", "- by", "• read", "von A", "Ünder", "x", "İ"]
)
def test_beginnings_leave_out_no_pattern_that_matches(line: str) -> None:
    may = features._MAY_BEGIN[line[:2]]
    assert may & features._BULLETED or not features._BULLET.match(line)
    assert may & features._LEADING or not features.LEADS_ON.match(line)
    assert may & features._BY or not features._BYLINE.match(line)


def page(seed: int) -> Blocks:
    rng = random.Random(seed)

    def inner(depth: int) -> str:
        return "".join(
            f"<div>{inner(depth + 1)}</div>" if depth < 7 and rng.random() < 0.6 else f"<p>text {rng.random()}</p>"
            for _ in range(rng.randint(1, 3))
        )

    root = opening.parse(f"<html><body>{inner(0)}</body></html>")
    assert root is not None
    return segment(root, opening.Work())


@pytest.mark.parametrize("seed", range(10))
def test_elements_and_what_stands_in_them(seed: int) -> None:
    blocks = page(seed)
    tree = features.Tree(blocks)
    above = []  # of each node the nodes that hold it, itself first
    for node, parent in enumerate(blocks.node_parent):
        above.append([node, *(above[parent] if parent >= 0 else [])])
    values = np.random.default_rng(seed).random(tree.size).astype(np.float32).astype(np.float64)
    sums = [sum(values[i] for i in range(tree.size) if node in above[i]) for node in range(tree.size)]
    assert tree.subtree(values).tolist() == pytest.approx(sums)
    marks = values > 0.8
    assert tree.inside(marks).tolist() == [bool(marks[held].any()) for held in above]
    bottom = int(values.argmax())
    assert np.flatnonzero(tree.around(bottom)).tolist() == sorted(above[bottom])
    join, climb = tree.from_path(bottom)
    for node, held in enumerate(above):
        meet = next(one for one in held if one in above[bottom])
        assert (join[node], climb[node]) == (above[bottom].index(meet), held.index(meet))


def test_sums_over_elements_are_exact() -> None:
    tree = features.Tree(page(3))
    words = np.random.default_rng(1).random(tree.size).astype(np.float32) * 1_000
    held = tree.subtree(words.astype(np.float64))
    plain = words.astype(np.float64)
    for node in range(tree.size - 1, 0, -1):
        plain[tree.parent[node]] += plain[node]
    assert held.tolist() == plain.tolist()


def test_columns_side_by_side() -> None:
    assert features.span({"a": 0, "b": 1, "c": 2}, "b c") == slice(1, 3)
    with pytest.raises(ValueError, match="not side by side"):
        features.span({"a": 0, "b": 1, "c": 2}, "a c")
