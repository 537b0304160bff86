"""A fixed sample of real pages beside the checkout: skipped where they are absent. Nothing of them is kept."""

from __future__ import annotations

import collections
import gzip
import json
import re
from typing import Any

import pytest

from benchmarks.common import SHARED
from newscrawl.extraction import Kind, extract

FOLDER = SHARED / "data" / "pages"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="../shared/data/pages is not here")


def sample(name: str, every: int) -> list[dict[str, Any]]:
    lines = (FOLDER / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    return [gold for gold in map(json.loads, lines) if gold["set"] == name][::every]


def overlap(one: str, other: str) -> float:
    def grams(text: str) -> collections.Counter[tuple[str, ...]]:
        tokens = re.findall(r"\w+", text)
        return collections.Counter(tuple(tokens[i : i + 4]) for i in range(max(1, len(tokens) - 3)))

    a, b = grams(one), grams(other)
    return 2 * sum((a & b).values()) / (sum(a.values()) + sum(b.values()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scrapinghub", "fundus"])
def test_sample(name: str) -> None:
    golds = sample(name, 9)
    scores = []
    for gold in golds:
        data = gzip.decompress((FOLDER / f"{gold['name']}.html.gz").read_bytes())
        found = extract(data, gold["url"])
        assert found.kind == Kind.ARTICLE, (gold["name"], found.detail)
        assert extract(data.decode("utf-8"), gold["url"]).text == found.text
        scores.append(overlap(gold["body"], found.text or ""))
    assert min(scores) > 0.5
    assert sum(scores) / len(scores) > 0.94


def test_a_good_witness_does_not_harm() -> None:
    for gold in sample("fundus", 25):
        data = gzip.decompress((FOLDER / f"{gold['name']}.html.gz").read_bytes())
        plain, helped = extract(data, gold["url"]), extract(data, gold["url"], witness=gold["body"])
        assert overlap(gold["body"], helped.text or "") > overlap(gold["body"], plain.text or "") - 0.05
