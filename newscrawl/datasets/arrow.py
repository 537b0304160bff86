"""Records as Arrow tables, column by column, and the Parquet files made of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import IO, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newscrawl.clock import format_time, parse_time
from newscrawl.datasets.rights import WITH_TEXT
from newscrawl.datasets.schema import Shape, arrow_schema, arrow_type, record_shape
from newscrawl.datasets.signals import dated
from newscrawl.storage.pages import REPEATED

__all__ = ["ROWS", "ParquetFile", "columns_table", "plain_rows", "table_of", "withheld_table"]

#: Rows and bytes of a row group, about: what a reader has to hold at once.
ROWS = 10_000
GROUP_BYTES = 64 * 1024 * 1024
#: Rows that are turned to Arrow at once.
BATCH = 1_000
# Made once: each time that Arrow turns a string of Python to a scalar it looks for dateutil, 10 % of an export.
_EMPTY = pa.scalar("", pa.string())


def table_of(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """*rows* (records as JSON types, each completed by :func:`newscrawl.datasets.schema.complete`) as a table."""
    arrays = [_typed(one.shape, one.array([row.get(one.name) for row in rows]), one.kind) for one in _columns()]
    return pa.Table.from_arrays(arrays, schema=arrow_schema())


def columns_table(columns: Mapping[str, Sequence[Any]], times: Sequence[tuple[str, ...]] = ()) -> pa.Table | None:
    """Records, given by the values of each of their fields, as a table: what :func:`table_of` makes of them completed.

    *times*: of each record those that :func:`newscrawl.datasets.signals.read_signals` took out of its rights.

    ``None`` where one of them is not complete as it is stored (another version stored it): the caller takes the long
    way for them all.
    """
    arrays = []
    for one in _columns():
        values, places = _distinct(columns[one.name]) if one.name in REPEATED else (columns[one.name], None)
        if one.nested and not _known(one.shape, values):
            return None
        try:
            array = one.array(values)
        except (pa.ArrowException, OverflowError):  # a value of another type
            return None
        if _unfinished(one.shape, array):
            return None
        array = _typed(one.shape, array, one.kind)
        array = array if places is None else array.take(places)
        arrays.append(dated(array, times) if one.name == "rights" else array)
    return pa.Table.from_arrays(arrays, schema=arrow_schema())


class _Column(NamedTuple):
    """A field of the record. Its values are read as *read*, with text in place of times, and then made *kind*.

    Arrow reads dictionaries itself, which takes a sixth of the time that Python does.
    """

    name: str
    shape: Shape
    read: pa.DataType
    kind: pa.DataType
    nested: bool

    def array(self, values: Sequence[Any]) -> pa.Array:
        return pa.array(values, self.read)


@cache
def _columns() -> tuple[_Column, ...]:
    return tuple(
        _Column(name, one, _written_type(one), arrow_type(one), _nested(one))
        for name, one in record_shape().fields.items()
    )


def _distinct(values: Sequence[Any]) -> tuple[Sequence[Any], pa.Array | None]:
    """The different objects among *values*, and which of them stands where; all of them where few repeat."""
    found = dict(zip(map(id, values), values, strict=True))
    if len(found) * 4 > len(values):
        return values, None
    place = {one: number for number, one in enumerate(found)}
    return list(found.values()), pa.array([place[id(one)] for one in values], pa.int32())


def _known(shape: Shape, values: Iterable[Any]) -> bool:
    """Whether all of the *values* are of the lists and objects that *shape* has, without a name that it lacks."""
    present = [one for one in values if one is not None]
    if not set(map(type, present)) <= {dict if shape.kind == "object" else list}:
        return False
    if shape.kind == "list":
        assert shape.of is not None
        return not _nested(shape.of) or _known(shape.of, chain.from_iterable(present))
    names = set().union(*set(map(tuple, present)))
    return names <= shape.fields.keys() and all(
        _known(one, [value.get(name) for value in present])
        for name, one in shape.fields.items()
        if name in names and _nested(one)
    )


def _nested(shape: Shape) -> bool:
    return shape.kind in ("object", "list")


def _unfinished(shape: Shape, array: pa.Array, *, within_open: bool = False) -> bool:
    """Whether :func:`~newscrawl.datasets.schema.complete` would change something of *array*."""
    if array.null_count == len(array):
        return not shape.nullable and not within_open and len(array) > 0
    if array.null_count:
        if not shape.nullable and not within_open:
            return True
        array = array.drop_null()
    if shape.kind == "object":
        parts = zip(shape.fields.values(), array.flatten(), strict=True)
        return any(_unfinished(one, part, within_open=shape.open) for one, part in parts)
    if shape.kind == "list" and shape.of is not None and shape.of.kind == "object":
        return _unfinished(shape.of, array.flatten())
    # In an open object what is empty is absent.
    return within_open and shape.kind == "string" and pc.any(pc.equal(array, _EMPTY)).as_py() is True


def withheld_table(table: pa.Table, why: Sequence[str | None]) -> pa.Table:
    """*table* without the texts of the rows whose *why* is not empty, as :func:`newscrawl.datasets.rights.withhold`."""
    hit = pa.array([bool(one) for one in why])
    said = {
        "text": pa.array([f"withheld: {one}" if one else None for one in why], pa.string()),
        "summary": pa.nulls(len(why), pa.string()),
    }
    for place, one in enumerate(table.schema):
        if one.name in WITH_TEXT:
            kept = pc.if_else(hit, pa.scalar(None, one.type), table[one.name])
        elif one.name == "sources":
            whole = table[one.name].combine_chunks()
            parts = zip(one.type, whole.flatten(), strict=True)
            inner = [pc.if_else(hit, said[of.name], part) if of.name in said else part for of, part in parts]
            kept = pa.StructArray.from_arrays(inner, fields=list(one.type))
        else:
            continue
        table = table.set_column(place, one, kept)
    return table


def _written_type(shape: Shape) -> pa.DataType:
    """The type of *shape* with text in place of times."""
    if shape.kind == "time":
        return pa.string()
    if shape.kind == "list":
        assert shape.of is not None
        return pa.list_(pa.field("element", _written_type(shape.of), nullable=True))
    if shape.kind == "object":
        return pa.struct([pa.field(name, _written_type(one)) for name, one in shape.fields.items()])
    return arrow_type(shape)


def _typed(shape: Shape, written: pa.Array, kind: pa.DataType) -> pa.Array:
    """*written*, whose times are text, as *kind*, which has times in place of them."""
    if written.type == kind:
        return written
    if shape.kind == "time":
        return _times(written, kind)
    if shape.kind == "list":
        assert shape.of is not None
        values = _typed(shape.of, written.values, kind.value_type)
        return pa.ListArray.from_arrays(written.offsets, values, type=kind, mask=written.is_null())
    # `flatten` and not `field`: what stands under an absent object is absent, not empty text.
    parts = zip(shape.fields.values(), written.flatten(), kind, strict=True)
    inner = [_typed(one, part, of.type) for one, part, of in parts]
    return pa.StructArray.from_arrays(inner, fields=list(kind), mask=written.is_null())


def _times(written: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return written.cast(kind)
    except pa.ArrowInvalid:  # a form that only Python reads, from a record of an older version
        return pa.array([parse_time(value) if value else None for value in written.to_pylist()], kind)


def plain_rows(table: pa.Table) -> list[dict[str, Any]]:
    """The inverse of :func:`table_of`: records as JSON types, times as strings, absent names of objects left out."""
    shape = record_shape()
    return [{name: _plain(one, row[name]) for name, one in shape.fields.items()} for row in table.to_pylist()]


def _plain(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    if shape.kind == "time":
        return format_time(value)
    if shape.kind == "list" and shape.of is not None:
        return [_plain(shape.of, one) for one in value]
    if shape.kind == "object":
        made = {name: _plain(one, value[name]) for name, one in shape.fields.items()}
        return {name: one for name, one in made.items() if one is not None} if shape.open else made
    return value


class ParquetFile:
    """A Parquet file that rows are added to: zstd, row groups of at most `ROWS` rows, statistics."""

    def __init__(self, file: IO[bytes] | io.RawIOBase | str) -> None:
        # "2.6": timestamps in milliseconds stay what they are.
        self._writer = pq.ParquetWriter(file, arrow_schema(), compression="zstd", version="2.6", write_statistics=True)
        self._rows: list[dict[str, Any]] = []
        self._tables: list[pa.Table] = []
        self._number = self._size = 0

    def add(self, row: dict[str, Any]) -> None:
        """Add one record as JSON types."""
        self._rows.append(row)
        if len(self._rows) >= BATCH:
            self._convert()

    def add_table(self, table: pa.Table) -> None:
        """Add records as a table of the schema."""
        self._convert()
        self._tables.append(table)
        self._number += table.num_rows
        self._size += table.nbytes
        if self._number >= ROWS or self._size >= GROUP_BYTES:
            self._flush()

    def _convert(self) -> None:
        """Rows to Arrow, which holds them in a third of the memory."""
        if self._rows:
            rows, self._rows = self._rows, []
            self.add_table(table_of(rows))

    def _flush(self) -> None:
        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables), row_group_size=ROWS)
            self._tables, self._number, self._size = [], 0, 0

    def close(self) -> None:
        """Write what is left, and the file's end."""
        self._convert()
        self._flush()
        self._writer.close()
