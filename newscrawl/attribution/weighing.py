"""Evidence -> probability: a logistic model whose table is ``newscrawl/data/attribution_weights.json``.

Each feature of a claim has a weight in log-odds, readable and trained (:mod:`benchmarks.train_attribution`); their sum
through the logistic function is the probability that the claim names the post's source.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

__all__ = ["Weights", "in_words", "weights"]


class Weights:
    """The trained table."""

    def __init__(self) -> None:
        text = resources.files("newscrawl.data").joinpath("attribution_weights.json").read_text(encoding="utf-8")
        table = json.loads(text)
        self.bias: float = table["bias"]
        self.threshold: float = table["threshold"]
        self.features: dict[str, float] = table["weights"]

    def probability(self, features: Iterable[str]) -> float:
        """The probability that a claim with *features* names the source of its post."""
        total = self.bias + sum(self.features.get(one, 0.0) for one in features)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The table, read from the package's data on first use."""
    return Weights()


_FORMS = {
    "label": "a line with a label",
    "link": "a link that says what it leads to",
    "sentence": "a sentence",
    "newsroom": "a newsroom's line on itself",
    "wording": "a known wording",
    "bare": "a link that nothing is said of",
}


def in_words(features: Iterable[str]) -> tuple[str, ...]:
    """*features* as a reader may read them, in a fixed order: those that weigh something, the heaviest first."""
    table = weights().features
    told = sorted((one for one in features if abs(table.get(one, 0.0)) >= 0.2), key=lambda one: (-abs(table[one]), one))
    return tuple(f"{_told(one)} ({table[one]:+.1f})" for one in told[:8])


def _told(feature: str) -> str:
    group, _, value = feature.partition(":")
    if group == "form":
        return _FORMS.get(value, value)
    if group in ("label", "said"):
        return f"word of {value}" if group == "said" else f"label of {value}"
    if group == "target":
        return f"leads to: {value}"
    if group == "link":
        return f"link text: {value}"
    if group == "place":
        return f"{value} part of the post"
    return feature.replace("+", " and ").replace(":", ": ")
