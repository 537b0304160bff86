"""Which of many strings stand in a text, asked at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Strings"]

_BITS = 16
_WEIGHTS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], np.uint32)
#: Characters in a row by which a string is looked up. Three of a word of one language are often found in another's.
_ROW = len(_WEIGHTS)


class Strings:
    """Strings that are looked for.

    Each is looked for in a text only where four characters of its middle and its last four stand there in a row: to
    look for a hundred strings one by one takes ten times as long.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        given = list(dict.fromkeys(strings))
        self._short = [one for one in given if len(one) < _ROW]
        self._long = [one for one in given if len(one) >= _ROW]
        self._free: list[NDArray[np.bool_]] = []
        # The middle of a string: beginnings are more alike.
        middles = "".join(one[len(one) // 2 - _ROW // 2 :][:_ROW] for one in self._long)
        self._places = _numbers(_points(middles))[::_ROW] if self._long else np.empty(0, np.uint32)
        ends = "".join(one[-_ROW:] for one in self._long)
        self._ends = _numbers(_points(ends))[::_ROW] if self._long else np.empty(0, np.uint32)

    def within(self, text: str) -> set[str]:
        """Those that stand in *text*."""
        found = {one for one in self._short if one in text}
        if self._long and len(text) >= _ROW:
            numbers, seen = _numbers(_points(text)), self._table()
            seen[numbers] = True
            (likely,) = np.nonzero(seen[self._places] & seen[self._ends])
            seen[numbers] = False
            self._free.append(seen)
            found.update(self._long[at] for at in likely if self._long[at] in text)
        return found

    def _table(self) -> NDArray[np.bool_]:
        """A table, false everywhere, that nobody uses now: to make one for each text takes longer than all the rest."""
        try:
            return self._free.pop()
        except IndexError:
            return np.zeros(1 << _BITS, np.bool_)


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _numbers(points: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A number below 2**16 for each `_ROW` characters in a row."""
    count = len(points) - _ROW + 1
    mixed: NDArray[np.uint32] = points[:count] * _WEIGHTS[0]
    for place in range(1, _ROW):
        mixed += points[place : place + count] * _WEIGHTS[place]
    mixed >>= np.uint32(32 - _BITS)
    return mixed
