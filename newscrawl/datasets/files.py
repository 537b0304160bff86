"""The files of a data set: forms, packing, shards, and how they take the place of those before."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Protocol

from newscrawl.datasets.csvsafe import csv_line
from newscrawl.datasets.exporters import COLUMNS, csv_row, json_line

if TYPE_CHECKING:
    import pyarrow as pa

    from newscrawl.datasets.arrow import ParquetFile

__all__ = ["FORMATS", "PACKINGS", "Form", "Shard", "form_of"]

FORMATS = ("jsonl", "csv", "parquet")
PACKINGS = ("none", "gzip", "zstd")
_ENDINGS = {"none": "", "gzip": ".gz", "zstd": ".zst"}


@dataclass(frozen=True, slots=True)
class Form:
    """How records are written: a format of `FORMATS`, packed by one of `PACKINGS` (Parquet packs itself)."""

    format: str
    packing: str = "none"

    @property
    def ending(self) -> str:
        """The file's ending, with its dots."""
        return f".{self.format}{_ENDINGS[self.packing]}"


def form_of(name: str) -> Form | None:
    """The form that a file's *name* asks for by its ending, or ``None`` where it is no such file."""
    for format_ in FORMATS:
        for packing in PACKINGS if format_ != "parquet" else ("none",):
            form = Form(format_, packing)
            if name.lower().endswith(form.ending):
                return form
    return None


class _Lines(Protocol):
    def add(self, row: dict[str, Any]) -> None: ...

    def close(self) -> None: ...


class _JsonLines:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def add(self, row: dict[str, Any]) -> None:
        self._file.write(json_line(row))

    def close(self) -> None:
        pass


class _Csv(_JsonLines):
    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        file.write(csv_line(COLUMNS))

    def add(self, row: dict[str, Any]) -> None:
        self._file.write(csv_line(csv_row(row)))


class _Tally(io.RawIOBase):
    """Passes bytes on to *file*, counting and hashing them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._file.write(piece)
        self.size += len(piece)
        self.digest.update(piece)
        return len(piece)

    def tell(self) -> int:
        return self.size


class Shard:
    """One file under way. The same rows give the same bytes."""

    def __init__(self, file: IO[bytes], form: Form) -> None:
        self._file = file
        self._tally = _Tally(file)
        self._packed: Any = None
        self._parquet: ParquetFile | None = None
        self.rows = 0
        self._lines = self._opened(form)

    def _opened(self, form: Form) -> _Lines:
        if form.format == "parquet":
            from newscrawl.datasets.arrow import ParquetFile

            self._parquet = ParquetFile(self._tally)
            return self._parquet
        sink: Any = self._tally
        if form.packing == "gzip":
            # No name and no time in the head: they would differ from one export to the next.
            self._packed = sink = gzip.GzipFile(filename="", mode="wb", fileobj=self._tally, mtime=0)
        elif form.packing == "zstd":
            import pyarrow as pa

            self._packed = sink = pa.CompressedOutputStream(pa.PythonFile(self._tally, mode="w"), "zstd")
        return _Csv(sink) if form.format == "csv" else _JsonLines(sink)

    def add(self, row: dict[str, Any]) -> None:
        """Write one record, as JSON types with every field."""
        self._lines.add(row)
        self.rows += 1

    def add_table(self, table: pa.Table) -> None:
        """Write records as a table of the schema, into a file of Parquet alone."""
        assert self._parquet is not None
        self._parquet.add_table(table)
        self.rows += table.num_rows

    @property
    def size(self) -> int:
        """Bytes that have reached the file so far; packing and row groups hold some back."""
        return self._tally.size

    def close(self) -> tuple[int, str]:
        """End the file and have it on the disk; its size in bytes, and its SHA-256 in hex."""
        self._lines.close()
        if self._packed is not None:
            self._packed.close()
        self._file.flush()
        with suppress(OSError):  # standard output may be a pipe
            os.fsync(self._file.fileno())
        return self._tally.size, self._tally.digest.hexdigest()
