"""A data set out of the database: streamed, the same bytes for the same records, there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Connection

from newscrawl.datasets.csvsafe import csv_line
from newscrawl.datasets.exporters import COLUMNS, csv_row, json_line
from newscrawl.errors import OperationError
from newscrawl.files import sync_folder
from newscrawl.items import Record, as_dict
from newscrawl.net.rights import is_open, opted_out
from newscrawl.outcomes import Outcome
from newscrawl.records import left_out_for
from newscrawl.storage.records import iter_records
from newscrawl.text import escape_controls

__all__ = ["FORMATS", "RIGHTS", "Exported", "export_records", "released"]

FORMATS = ("jsonl", "csv")
RIGHTS = ("no-optout", "open", "all")


@dataclass(slots=True)
class Exported:
    """What an export wrote, and how many texts it withheld for an opt-out."""

    path: Path
    records: int = 0
    withheld: int = 0
    left_out: int = 0


def released(record: Record, rights: str) -> Record | None:
    """*record* as it may leave under *rights*, or ``None`` where it may not.

    ``all``: as it is. ``no-optout``: the text of an opted-out record is withheld, and `sources` says why.
    ``open``: only records under an open licence.
    """
    if rights == "all":
        return record
    signals = record.rights.effective
    if rights == "open" and not is_open(signals):
        return None
    why = opted_out(signals)
    if why is not None and record.text is not None:
        record.text = record.text_source = record.word_count = record.summary = None
        record.sources = {**record.sources, "text": f"withheld: {why}"}
        record.sources.pop("summary", None)
    return record


def export_records(
    connection: Connection,
    folder: Path,
    form: str,
    *,
    since: str | None = None,
    until: str | None = None,
    rights: str = "no-optout",
    duplicates: str = "mark",
) -> Exported:
    """Write ``records.jsonl`` or ``records.csv`` into *folder*, in order of (``published_at``, ``id``).

    `failed` records stay in the database; *duplicates* is ``NEWSCRAWL_DUPLICATES``. The file is complete, synced
    and renamed at the end: a killed export leaves the one before.

    Raises:
        OperationError: the folder cannot be written.
    """
    path = folder / f"records.{form}"
    part = path.with_name(f".{path.name}.part")
    done = Exported(path)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with part.open("wb") as file:
            for line in _lines(form, _chosen(connection, since, until, rights, duplicates, done)):
                file.write(line)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(folder)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise OperationError(f"cannot write {escape_controls(path)}: {error.strerror or error}") from None
    return done


def _chosen(
    connection: Connection, since: str | None, until: str | None, rights: str, duplicates: str, done: Exported
) -> Iterator[Record]:
    for record in iter_records(connection, since=since, until=until):
        if record.outcome == Outcome.FAILED or left_out_for(record, duplicates):
            done.left_out += 1
            continue
        had_text = record.text is not None
        free = released(record, rights)
        if free is None:
            done.left_out += 1
            continue
        done.withheld += had_text and free.text is None
        done.records += 1
        yield free


def _lines(form: str, records: Iterable[Record]) -> Iterator[bytes]:
    if form == "jsonl":
        for record in records:
            yield json_line(record)
        return
    yield csv_line(COLUMNS)
    for record in records:
        yield csv_line(csv_row(as_dict(record)))
