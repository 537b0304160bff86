"""The mark for what repeats one proof: many payloads, moments, themes or sizes of one mechanism.

`make test` runs those values that stand for a mechanism; :mod:`benchmarks.soak` (`make figures`) runs the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest

__all__ = ["sampled", "soak"]

soak = pytest.mark.soak


def sampled(values: Iterable[Any], *, keep: Collection[Any]) -> list[Any]:
    """Parameters of a test: *values*, of which `make test` runs those in *keep* alone.

    A value of several parameters is a tuple. Raises :class:`ValueError` for what is to be kept and is no value.
    """
    values = list(values)
    unknown = [one for one in keep if one not in values]
    if unknown or not keep:
        raise ValueError(f"to be kept, and no value: {unknown}")
    return [
        pytest.param(*(one if isinstance(one, tuple) else (one,)), marks=[] if one in keep else soak) for one in values
    ]
