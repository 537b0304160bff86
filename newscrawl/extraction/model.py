"""The block classifier at run time: boosted oblivious trees, evaluated in a few numpy operations.

An oblivious tree asks the same question on each level, so its leaf is a number
made of the answers' bits. All trees are compared at once: each question that any
of them asks, the bits of each tree's answers set together, a look-up. The weights are data
(``weights.bin``, made by ``python -m benchmarks.train_extraction``): numbers of
features, thresholds and leaf values, nothing of any page.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WEIGHTS", "Forest", "columns_of", "load", "pack", "unpack"]

#: The weights' file in this package: an ``.npz`` archive.
WEIGHTS = "weights.bin"

_CHUNK = 512
#: The answers of one tree are a byte.
_MOST_LEVELS = 8


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees of one depth. ``feature`` and ``threshold``: (trees, depth); ``leaf``: (trees, 2 ** depth)."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    leaf: NDArray[np.float32]
    bias: float
    _asked: tuple[NDArray[np.int64], NDArray[np.float32]] = field(init=False, repr=False, compare=False)
    """The different questions of all trees: the features and their thresholds."""
    _answer: NDArray[np.int64] = field(init=False, repr=False, compare=False)
    """Which of them is asked: those of the first level of all trees, then those of the second."""

    def __post_init__(self) -> None:
        if self.feature.shape[1] > _MOST_LEVELS:
            raise ValueError(f"a tree of {self.feature.shape[1]} levels; {_MOST_LEVELS} are the most")
        feature, threshold = self.feature.T.ravel().astype(np.int64), self.threshold.T.ravel()
        order = np.lexsort((threshold, feature))
        feature, threshold = feature[order], threshold[order]
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = (feature[1:] != feature[:-1]) | (threshold[1:] != threshold[:-1])
        answer = np.empty(len(order), dtype=np.int64)
        answer[order] = fresh.cumsum() - 1
        object.__setattr__(self, "_asked", (feature[fresh], threshold[fresh][:, None]))
        object.__setattr__(self, "_answer", answer)

    def probability(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability that each row of *matrix* belongs to the article. It costs least with contiguous columns."""
        trees, depth = self.feature.shape
        features, thresholds = self._asked
        # Where the leaves of each tree begin, in as few bits as will do: tens of thousands of sums are made with them.
        offsets = (np.arange(trees) << depth).astype(np.min_scalar_type(trees << depth))[:, None]
        leaves = self.leaf.ravel()
        out = np.empty(len(matrix), dtype=np.float32)
        for start in range(0, len(matrix), _CHUNK):
            rows = matrix[start : start + _CHUNK].T
            answers = (rows.take(features, axis=0) > thresholds).view(np.uint8)
            # Level by level: the answers of all trees on one level stand together, each tree's for all rows.
            bits = answers.take(self._answer, axis=0).reshape(depth, trees, -1)
            index: NDArray[np.uint8] = bits[-1]
            for level in bits[-2::-1]:
                index = index + index
                index |= level
            out[start : start + _CHUNK] = leaves.take(index + offsets).sum(axis=0)
        probabilities: NDArray[np.float32] = (1.0 / (1.0 + np.exp(-(out + self.bias)))).astype(np.float32)
        return probabilities

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """The forest as named arrays, for the weights' file."""
        return {
            f"{name}.feature": self.feature.astype(np.int16),
            f"{name}.threshold": self.threshold.astype(np.float32),
            f"{name}.leaf": self.leaf.astype(np.float16),
            f"{name}.bias": np.float32(self.bias).reshape(1),
        }


@cache
def load(names: tuple[str, ...]) -> dict[str, Forest]:
    """The shipped forests by name. *names* are the features that the code computes.

    Raises ``RuntimeError`` when the weights were made for others: the checkout
    is inconsistent, and every text would be wrong.
    """
    return unpack(resources.files(__package__).joinpath(WEIGHTS).read_bytes(), names)


def unpack(data: bytes, names: tuple[str, ...]) -> dict[str, Forest]:
    """What :func:`pack` made; raises ``RuntimeError`` where it was made for other features than *names*."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        trained = stored["features"].tobytes().decode("ascii").split()
        if list(names) != trained:
            raise RuntimeError("the extraction weights were trained on other features: run benchmarks.train_extraction")
        return {
            name: Forest(
                stored[f"{name}.feature"].astype(np.int16),
                stored[f"{name}.threshold"].astype(np.float32),
                stored[f"{name}.leaf"].astype(np.float32),
                float(stored[f"{name}.bias"][0]),
            )
            for name in sorted({key.split(".")[0] for key in stored.files if "." in key})
        }


def columns_of(packed: bytes) -> tuple[str, ...]:
    """The names of the features that the forests of the weights' file *packed* were trained on."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        return tuple(stored["features"].tobytes().decode("ascii").split())


def pack(forests: dict[str, Forest], names: tuple[str, ...]) -> bytes:
    """The weights' file for *forests* trained on *names*."""
    arrays: dict[str, NDArray[Any]] = {"features": np.frombuffer(" ".join(names).encode("ascii"), dtype=np.uint8)}
    for name, forest in forests.items():
        arrays |= forest.arrays(name)
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()
