"""Signals on rights, read once for the many records that say the same at different times.

Of two records of one site the signals mostly differ by when they were looked up alone. Each dozen signals is a hundred
values to parse: a third of an export. Without their times a few different texts are left, which are parsed once; the
times are put back into the finished columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Signals", "dated", "read_signals"]

#: Different times in the signals of one record that are taken out; those of a record that has more are left in.
MOST_TIMES = 4
#: How a time begins: as SQLite's JSON text is written, and PostgreSQL's.
_MARKS = ('"at":"', '"at": "')
#: What stands in place of the first, second, ... different time.
_PLACES = tuple(f"@{number}" for number in range(MOST_TIMES))
# Made once: each time that Arrow turns a string of Python to a scalar it looks for dateutil.
_SCALARS = tuple(pa.scalar(one, pa.string()) for one in _PLACES)


class Signals(NamedTuple):
    """Of some records the field ``rights``, without times, and the times that were taken out of each.

    Records whose signals are the same but for the times have one object together.
    """

    values: list[Any]
    times: list[tuple[str, ...]]


def read_signals(texts: Sequence[str | None]) -> Signals:
    """The signals of records, given as JSON text."""
    read = [_undated(one or "null") for one in texts]
    known = {one: orjson.loads(one) for one in dict.fromkeys(rest for rest, _ in read)}
    return Signals([known[rest] for rest, _ in read], [times for _, times in read])


def _undated(text: str) -> tuple[str, tuple[str, ...]]:
    """*text* with places in place of its times, and the times; as it is where that could not be undone."""
    if '"@' in text:
        return text, ()
    rest = text
    times: list[str] = []
    for mark in _MARKS:
        # In JSON text this begins a value: within a string the quotes would have a backslash before them.
        at = rest.find(mark)
        while at >= 0:
            start = at + len(mark)
            time = rest[start : rest.index('"', start)]
            if not time or "\\" in time or len(times) == MOST_TIMES:
                return text, ()
            # The blank before the colon keeps what was replaced from being found again.
            rest = rest.replace(f'{mark}{time}"', f'"at" :"{_PLACES[len(times)]}"')
            times.append(time)
            at = rest.find(mark, at)
    return rest, tuple(times)


def dated(rights: pa.StructArray, times: Sequence[tuple[str, ...]]) -> pa.StructArray:
    """*rights* with the *times* of each record back in their places."""
    most = max(map(len, times), default=0)
    if most == 0:
        return rights
    columns = [
        pa.array([one[place] if len(one) > place else None for one in times], pa.string()) for place in range(most)
    ]
    return _changed(rights, lambda party: _changed(party, lambda signal: _with_times(signal, columns)))


def _changed(parts: pa.StructArray, change: Callable[[pa.StructArray], pa.StructArray]) -> pa.StructArray:
    """*parts* with each of those changed that are objects themselves, and not absent everywhere."""
    inner = [
        change(part) if pa.types.is_struct(part.type) and part.null_count < len(part) else part
        for part in parts.flatten()
    ]
    return pa.StructArray.from_arrays(inner, fields=list(parts.type), mask=parts.is_null())


def _with_times(signal: pa.StructArray, columns: Sequence[pa.Array]) -> pa.StructArray:
    at = signal.type.get_field_index("at")
    inner = signal.flatten()
    for place, column in zip(_SCALARS, columns, strict=False):
        # A record that has no such time may hold the word itself.
        taken_out = pc.and_(pc.equal(inner[at], place), column.is_valid())
        inner[at] = pc.if_else(taken_out, column, inner[at])
    return pa.StructArray.from_arrays(inner, fields=list(signal.type), mask=signal.is_null())
