"""Records as Arrow tables, column by column, and the Parquet files made of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from newscrawl.clock import format_time, parse_time
from newscrawl.datasets.schema import Shape, arrow_schema, arrow_type, record_shape

__all__ = ["ROWS", "ParquetFile", "plain_rows", "table_of"]

#: Rows and bytes of text in a row group at most: what a reader has to hold at once.
ROWS = 10_000
GROUP_BYTES = 64 * 1024 * 1024


def table_of(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """*rows* (records as JSON types, each completed by :func:`newscrawl.datasets.schema.complete`) as a table."""
    columns = [column(one, [row.get(name) for row in rows]) for name, one in record_shape().fields.items()]
    return pa.Table.from_arrays(columns, schema=arrow_schema())


def column(shape: Shape, values: list[Any]) -> pa.Array:
    """*values* as one Arrow array of the type that *shape* has."""
    kind = arrow_type(shape)
    if shape.kind == "time":
        return _times(values, kind)
    if shape.kind == "list" and (shape.of is None or shape.of.kind != "object"):
        return pa.array([[] if value is None else value for value in values], kind)
    if shape.kind == "list":
        assert shape.of is not None
        lists = [value or [] for value in values]
        ends = [0]
        for one in lists:
            ends.append(ends[-1] + len(one))
        inner = column(shape.of, [entry for one in lists for entry in one])
        return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), inner, type=kind)
    if shape.kind != "object":
        return pa.array(values, kind)
    absent = [value is None and shape.nullable for value in values]
    inner = [
        column(one, [value.get(name) if value else None for value in values]) for name, one in shape.fields.items()
    ]
    return pa.StructArray.from_arrays(inner, fields=list(kind), mask=pa.array(absent, pa.bool_()))


def _times(values: list[Any], kind: pa.DataType) -> pa.Array:
    written = [value or None for value in values]
    try:
        return pa.array(written, pa.string()).cast(kind)
    except pa.ArrowInvalid:  # a form that only Python reads, from a record of an older version
        return pa.array([None if value is None else parse_time(value) for value in written], kind)


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
        self._size = 0

    def add(self, row: dict[str, Any]) -> None:
        """Add one record as JSON types."""
        self._rows.append(row)
        self._size += len(row.get("text") or "")
        if len(self._rows) >= ROWS or self._size >= GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(table_of(self._rows), row_group_size=ROWS)
            self._rows, self._size = [], 0

    def close(self) -> None:
        """Write what is left, and the file's end."""
        self._flush()
        self._writer.close()
