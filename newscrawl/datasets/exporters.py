"""Feed exporters for records: JSON Lines, CSV with dotted columns, Parquet.

Scrapy's own write nested dataclasses as Python's repr into CSV.
"""

from __future__ import annotations

import io
import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from typing import IO, TYPE_CHECKING, Any

import orjson
from itemadapter import ItemAdapter
from scrapy.exporters import BaseItemExporter, CsvItemExporter

from newscrawl.datasets.csvsafe import csv_line, guard
from newscrawl.datasets.schema import complete
from newscrawl.items import Record, Rights, as_dict, field_types
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from newscrawl.datasets.arrow import ParquetFile

__all__ = [
    "COLUMNS",
    "RecordCsvExporter",
    "RecordLinesExporter",
    "RecordParquetExporter",
    "Unclosed",
    "chosen_fields",
    "csv_row",
    "json_line",
    "mend_lines",
    "pick",
]

logger = logging.getLogger("newscrawl.datasets.exporters")

#: Parts of the record that are parted into dotted columns in CSV; `rights` is JSON in a cell.
_PARTED = {one.name: one.base for one in field_types(Record) if is_dataclass(one.base) and one.base is not Rights}


def _columns() -> list[str]:
    names: list[str] = []
    for one in field_types(Record):
        part = _PARTED.get(one.name)
        names += [f"{one.name}.{inner.name}" for inner in field_types(part)] if part else [one.name]
    return names


#: Columns of the CSV form, in the record's order.
COLUMNS = tuple(_columns())


def json_line(plain: Any) -> bytes:
    """One record (or what was chosen of it) as one line of UTF-8 JSON, with its newline."""
    return orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE)


def csv_row(record: Record | dict[str, Any], columns: Iterable[str] = COLUMNS) -> list[str]:
    """One record as cells: lists and objects as JSON, null empty, formula prefixes guarded."""
    plain = as_dict(record)
    return [guard(_cell(pick(plain, column))) for column in columns]


def pick(plain: Mapping[str, Any], column: str) -> Any:
    """The value of a dotted *column* (``post.url``) of a record as JSON types; ``None`` where a part is absent."""
    value: Any = plain
    for name in column.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def chosen_fields(fields: Iterable[str] | Mapping[str, str] | None, *, flat: bool) -> dict[str, str] | None:
    """The fields that a feed asked for (`fields` of ``FEEDS``, ``FEED_EXPORT_FIELDS``), each with its name in the file.

    *flat*: the form has dotted columns, so that a part (``publisher``) stands for its columns. ``None``: all fields.

    Raises:
        ValueError: a record has no such field, in words.
    """
    if not fields:
        return None
    named = dict(fields) if isinstance(fields, Mapping) else {name: name for name in fields}
    made: dict[str, str] = {}
    for name, alias in named.items():
        if name in _PARTED and flat:
            made |= {f"{name}.{inner.name}": f"{alias}.{inner.name}" for inner in field_types(_PARTED[name])}
        elif name in COLUMNS or name in _PARTED:
            made[name] = alias
        else:
            raise ValueError(f"a record has no field {name!r}")
    return made


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return str(value)


def mend_lines(file: IO[bytes]) -> None:
    """Let a JSON Lines file that is appended to end in a whole line.

    A killed run may leave half a line, which would spoil the next one as well: it is cut off. Its record is in the
    database. A whole line without its end gets it.
    """
    name = getattr(file, "name", None)
    if not isinstance(name, str) or not os.path.isfile(name) or not file.tell():
        return
    with open(name, "r+b") as lines:
        end = lines.seek(0, os.SEEK_END)
        start, tail = end, b""
        while start > 0 and b"\n" not in tail:
            size = min(65_536, start)
            start = lines.seek(start - size)
            tail = lines.read(size) + tail
        rest = tail.rpartition(b"\n")[2]
        if not rest:
            return
        try:
            orjson.loads(rest)
        except orjson.JSONDecodeError:
            lines.truncate(end - len(rest))
            logger.warning("Cut off %s bytes of a torn line at the end of %s", len(rest), escape_controls(name))
        else:
            lines.write(b"\n")
    file.seek(0, os.SEEK_END)


class RecordLinesExporter(BaseItemExporter):
    """JSON Lines: the record's fields in declared order, or those that the feed asks for."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self.file = file
        self._fields = _fields_of(self, flat=False)
        mend_lines(file)

    def export_item(self, item: Any) -> None:
        if not isinstance(item, Record):
            plain = dict(ItemAdapter(item).asdict())
        else:
            plain = complete(as_dict(item))
            if self._fields is not None:
                plain = {alias: pick(plain, name) for name, alias in self._fields.items()}
        self.file.write(json_line(plain))


class RecordCsvExporter(BaseItemExporter):
    """CSV, RFC 4180, UTF-8: dotted columns, or those that the feed asks for. Other items as Scrapy does."""

    def __init__(self, file: IO[bytes], include_headers_line: bool = True, **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self.file = file
        self._fields = _fields_of(self, flat=True)
        # Appending to a file that has its header already must not write another.
        self._headers_due = include_headers_line and not self._appending(file)
        self._others: CsvItemExporter | None = None
        self._options = {**kwargs, "include_headers_line": self._headers_due}

    @staticmethod
    def _appending(file: IO[bytes]) -> bool:
        try:
            return file.tell() > 0
        except (OSError, ValueError):
            return False

    def export_item(self, item: Any) -> None:
        if not isinstance(item, Record):
            # A spider of another kind: its items have columns of their own.
            self._others = self._others or CsvItemExporter(self.file, **self._options)  # type: ignore[arg-type]
            self._others.export_item(item)
            return
        fields = self._fields or {name: name for name in COLUMNS}
        if self._headers_due:
            self.file.write(csv_line(guard(alias) for alias in fields.values()))
            self._headers_due = False
        self.file.write(csv_line(csv_row(complete(as_dict(item)), fields)))

    def finish_exporting(self) -> None:
        if self._others is not None:
            self._others.finish_exporting()


class RecordParquetExporter(BaseItemExporter):
    """Parquet by the schema of docs/data-sets.md. The file is whole once the feed is closed; it cannot be added to."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self.file = file
        self._parquet: ParquetFile | None = None
        self.dropped: Counter[str] = Counter()

    def export_item(self, item: Any) -> None:
        if not isinstance(item, Record):
            raise TypeError("a Parquet feed takes records alone")
        if self._parquet is None:
            from newscrawl.datasets.arrow import ParquetFile  # 300 ms of imports that other crawls do without

            self._parquet = ParquetFile(Unclosed(self.file))
        self._parquet.add(complete(as_dict(item), self.dropped))

    def finish_exporting(self) -> None:
        if self._parquet is not None:
            self._parquet.close()


class Unclosed(io.RawIOBase):
    """A feed's file for a writer that closes what it wrote to: Scrapy stores the file afterwards."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._file.write(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at


def _fields_of(exporter: BaseItemExporter, *, flat: bool) -> dict[str, str] | None:
    try:
        return chosen_fields(exporter.fields_to_export, flat=flat)
    except ValueError:
        return None  # fields of other items than records; a crawl of ours has refused them before
