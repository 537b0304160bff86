"""Which of many strings stand in a text, asked at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from newscrawl.text import code_points

__all__ = ["Strings"]

_BITS = 16
_WEIGHTS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], np.uint32)
#: Characters in a row by which a string is looked up. Three of a word of one language are often found in another's.
_ROW = len(_WEIGHTS)
#: Characters of a text up to which the strings are looked for one by one.
_FEW = 200


class Strings:
    """Strings that are looked for.

    Each is looked for in a text only where its first four characters, four of its middle and its last four stand there
    in a row: to look for a hundred strings one by one takes ten times as long.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        self._given = list(dict.fromkeys(strings))
        self._short = [one for one in self._given if len(one) < _ROW]
        self._long = [one for one in self._given if len(one) >= _ROW]
        self._free: list[NDArray[np.bool_]] = []
        self._least = min((ord(one[0]) for one in self._short if one), default=0)
        self._middles = self._numbers_of(one[len(one) // 2 - _ROW // 2 :][:_ROW] for one in self._long)
        self._begins = self._numbers_of(one[:_ROW] for one in self._long)
        self._ends = self._numbers_of(one[-_ROW:] for one in self._long)

    @staticmethod
    def _numbers_of(rows: Iterable[str]) -> NDArray[np.uint32]:
        joined = "".join(rows)
        return _numbers(code_points(joined))[::_ROW] if joined else np.empty(0, np.uint32)

    def within(self, text: str) -> set[str]:
        """Those that stand in *text*."""
        if len(text) < _FEW:
            return {one for one in self._given if one in text}
        points = code_points(text)
        # Those that are short are of scripts that are far behind most others.
        found = {one for one in self._short if one in text} if points.max() >= self._least else set()
        if self._long:
            numbers, seen = _numbers(points), self._table()
            seen[numbers] = True
            (likely,) = np.nonzero(seen[self._middles] & seen[self._ends] & seen[self._begins])
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


def _numbers(points: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A number below 2**16 for each `_ROW` characters in a row."""
    count = len(points) - _ROW + 1
    mixed: NDArray[np.uint32] = points[:count] * _WEIGHTS[0]
    for place in range(1, _ROW):
        mixed += points[place : place + count] * _WEIGHTS[place]
    mixed >>= np.uint32(32 - _BITS)
    return mixed
