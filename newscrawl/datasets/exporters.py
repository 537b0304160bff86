"""Feed exporters for records: JSON Lines, and CSV with dotted columns.

Scrapy's own write nested dataclasses as Python's repr into CSV.
"""

from __future__ import annotations

import logging
import os
from dataclasses import fields
from typing import IO, Any

import orjson
from scrapy.exporters import BaseItemExporter

from newscrawl.datasets.csvsafe import csv_line, guard
from newscrawl.items import AttributionPart, OriginalPart, PostPart, Publisher, Record, as_dict
from newscrawl.text import escape_controls

__all__ = ["COLUMNS", "RecordCsvExporter", "RecordLinesExporter", "csv_row", "json_line", "mend_lines"]

logger = logging.getLogger("newscrawl.datasets.exporters")

_PARTS: dict[str, Any] = {
    "publisher": Publisher,
    "post": PostPart,
    "attribution": AttributionPart,
    "original": OriginalPart,
}


def _columns() -> list[str]:
    names: list[str] = []
    for field in fields(Record):
        part = _PARTS.get(field.name)
        names += [f"{field.name}.{inner.name}" for inner in fields(part)] if part else [field.name]
    return names


#: Columns of the CSV form, in the record's order.
COLUMNS = tuple(_columns())


def json_line(record: Record | dict[str, Any]) -> bytes:
    """One record as one line of UTF-8 JSON, with its newline."""
    return orjson.dumps(as_dict(record), option=orjson.OPT_APPEND_NEWLINE)


def csv_row(record: Record | dict[str, Any]) -> list[str]:
    """One record as cells: lists and objects as JSON, null empty, formula prefixes guarded."""
    plain = as_dict(record)
    return [guard(_cell(_value(plain, column))) for column in COLUMNS]


def _value(plain: dict[str, Any], column: str) -> Any:
    name, _, inner = column.partition(".")
    value = plain.get(name)
    return value.get(inner) if inner and isinstance(value, dict) else (None if inner else value)


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
    """JSON Lines: the record's fields in declared order."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self.file = file
        mend_lines(file)

    def export_item(self, item: Any) -> None:
        self.file.write(json_line(item if isinstance(item, Record) else dict(item)))


class RecordCsvExporter(BaseItemExporter):
    """CSV, RFC 4180, UTF-8: dotted columns."""

    def __init__(self, file: IO[bytes], include_headers_line: bool = True, **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self.file = file
        # Appending to a file that has its header already must not write another.
        self._headers_due = include_headers_line and not self._appending(file)

    @staticmethod
    def _appending(file: IO[bytes]) -> bool:
        try:
            return file.tell() > 0
        except (OSError, ValueError):
            return False

    def export_item(self, item: Any) -> None:
        if self._headers_due:
            self._write(list(COLUMNS))
            self._headers_due = False
        self._write(csv_row(item if isinstance(item, Record) else dict(item)))

    def _write(self, cells: list[str]) -> None:
        self.file.write(csv_line(cells))
