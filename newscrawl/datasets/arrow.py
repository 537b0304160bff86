"""Records as Arrow tables, column by column, and the Parquet files made of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

from newscrawl.clock import format_time, parse_time
from newscrawl.datasets.rights import WITH_TEXT
from newscrawl.datasets.schema import Shape, arrow_schema, arrow_type, record_shape
from newscrawl.storage.records import JSON_FIELDS, Written

__all__ = ["ROWS", "ParquetFile", "plain_rows", "table_of", "withheld_table", "written_table"]

#: Rows and bytes of a row group, about: what a reader has to hold at once.
ROWS = 10_000
GROUP_BYTES = 64 * 1024 * 1024
#: Rows that are turned to Arrow at once.
BATCH = 1_000
# Made once: each time that Arrow turns a string of Python to a scalar it looks for dateutil, 10 % of an export.
_EMPTY = pa.scalar("", pa.string())


def table_of(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """*rows* (records as JSON types, each completed by :func:`newscrawl.datasets.schema.complete`) as a table."""
    columns = [column(one, [row.get(name) for row in rows]) for name, one in record_shape().fields.items()]
    return pa.Table.from_arrays(columns, schema=arrow_schema())


def column(shape: Shape, values: list[Any]) -> pa.Array:
    """*values* as one Arrow array of the type that *shape* has.

    Arrow reads the dictionaries itself, which takes a sixth of the time that Python does; times it takes as text first.
    """
    if not _holds_times(shape):
        return pa.array(values, arrow_type(shape))
    return _typed(shape, pa.array(values, _written_type(shape)))


def written_table(written: Sequence[Written]) -> pa.Table | None:
    """*written* records as a table: Arrow reads their JSON itself. It is what :func:`table_of` makes of them completed.

    ``None`` where one of them is not complete as it is stored (another version stored it): the caller takes the long
    way for them all.
    """
    shape = record_shape()
    plain = dict(zip(shape.fields, zip(*(one.values for one in written), strict=True), strict=True))
    try:
        parsed = _parsed(written)
    except pa.ArrowInvalid:  # a name that the schema lacks, or a value of another type
        return None
    columns = []
    for name, one in shape.fields.items():
        array = parsed.get(name)
        if array is None:
            array = pa.array(plain[name], _written_type(one))
        elif name == "original":
            array = _with_naming(array, written)
        if _unfinished(one, array):
            return None
        columns.append(_typed(one, array))
    return pa.Table.from_arrays(columns, schema=arrow_schema())


def _parsed(written: Sequence[Written]) -> dict[str, pa.Array]:
    """The lists and objects of *written* by name, times as text. Raises ``pa.ArrowInvalid``."""
    places = {name: list(record_shape().fields).index(name) for name in JSON_FIELDS}
    columns = {name: [one.values[at] or "null" for one in written] for name, at in places.items()}
    # Where few values repeat (which way each field came, what a site allows), each is read once.
    several = {name: list(dict.fromkeys(values)) for name, values in columns.items()}
    several = {name: distinct for name, distinct in several.items() if len(distinct) * 4 <= len(written)}
    parsed = _read_json({name: values for name, values in columns.items() if name not in several})
    for name, distinct in several.items():
        place = {value: at for at, value in enumerate(distinct)}
        places_of = pa.array([place[value] for value in columns[name]], pa.int32())
        parsed[name] = _read_json({name: distinct})[name].take(places_of)
    return parsed


def _read_json(columns: dict[str, list[str]]) -> dict[str, pa.Array]:
    """*columns* of JSON, all of one length, as arrays, times as text. Raises ``pa.ArrowInvalid``."""
    if not columns:
        return {}
    fields = record_shape().fields
    schema = pa.schema([pa.field(name, _written_type(fields[name])) for name in columns])
    heads = [f'"{name}":' for name in columns]
    lines = [
        f"{{{','.join([head + value for head, value in zip(heads, values, strict=True)])}}}"
        for values in zip(*columns.values(), strict=True)
    ]
    data = "\n".join(lines).encode()
    table = pj.read_json(
        pa.BufferReader(data),
        read_options=pj.ReadOptions(use_threads=False, block_size=len(data) + 1),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
    )
    if table.num_rows != len(lines):
        raise pa.ArrowInvalid("a line of JSON is not one record")
    return {name: table[name].combine_chunks() for name in columns}


def _with_naming(originals: pa.Array, written: Sequence[Written]) -> pa.Array:
    """*originals* with who names each, which is looked up and not stored."""
    named = {
        "posts": pa.array([one.posts for one in written], originals.type.field("posts").type),
        "posts_total": pa.array([one.posts_total for one in written], pa.int64()),
    }
    inner = [named.get(one.name, part) for one, part in zip(originals.type, originals.flatten(), strict=True)]
    return pa.StructArray.from_arrays(inner, fields=list(originals.type), mask=originals.is_null())


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


def _holds_times(shape: Shape) -> bool:
    inner = [*shape.fields.values(), *([shape.of] if shape.of is not None else [])]
    return shape.kind == "time" or any(_holds_times(one) for one in inner)


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


def _typed(shape: Shape, written: pa.Array) -> pa.Array:
    """*written*, whose times are text, with times in place of them."""
    kind = arrow_type(shape)
    if shape.kind == "time":
        return _times(written, kind)
    if not _holds_times(shape):
        return written
    if shape.kind == "list":
        assert shape.of is not None
        return pa.ListArray.from_arrays(
            written.offsets, _typed(shape.of, written.values), type=kind, mask=written.is_null()
        )
    # `flatten` and not `field`: what stands under an absent object is absent, not empty text.
    inner = [_typed(one, part) for one, part in zip(shape.fields.values(), written.flatten(), strict=True)]
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
