"""A data set out of the database: read once, the same bytes for the same records, there whole or not at all.

A folder gets its data files, ``schema.json``, ``README.md`` (the card), an index and, last, ``manifest.json``. All are
written aside first. A killed export leaves the data set before, or one whose manifest is the older one: the same
command again makes the same bytes.
"""

from __future__ import annotations

import gc
import gzip
import hashlib
import os
import shutil
import sys
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import orjson
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from newscrawl import __version__
from newscrawl.datasets.batches import Batch, Facts, Page, read_rows, read_table
from newscrawl.datasets.card import card_files
from newscrawl.datasets.files import Form, Shard
from newscrawl.datasets.query import Query
from newscrawl.datasets.schema import json_schema
from newscrawl.errors import OperationError, UserError
from newscrawl.files import sync_folder, write_whole
from newscrawl.items import SCHEMA_VERSION
from newscrawl.storage.pages import Written, iter_pages
from newscrawl.storage.records import older_versions
from newscrawl.storage.tables import forgotten, records
from newscrawl.text import escape_controls

__all__ = ["PARTITIONS", "Exported", "Layout", "export_file", "export_folder", "export_url"]

#: Where an export is made before it takes its place, in the folder itself.
_ASIDE = ".export"
INDEX = ".index.gz"
#: Grows when what is hashed, or what leaves of the same record, changes: an index of another version tells nothing.
INDEX_VERSION = 3
MANIFEST = "manifest.json"
TOMBSTONES = "tombstones.jsonl"
#: Records read at once. A table of more is made faster; as Python's objects they take six times the memory.
TABLE_PAGE = 2_000
ROWS_PAGE = 500
#: Files open at once: one more partition closes the one that was used longest ago.
MOST_OPEN = 64

#: What a data set may be parted by: name of the folders, which of the facts tells, and a record's value by it.
PARTITIONS: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "month": ("month", "published_at", lambda value: value[:7]),
    "publisher": ("publisher_domain", "domain", lambda value: value),
    "language": ("lang", "language", lambda value: value.partition("-")[0].lower()),
}

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a folder is laid out: *shard* is the size of a file in bytes, about; *partition* one of `PARTITIONS`."""

    form: Form
    shard: int | None = None
    partition: str | None = None
    croissant: bool = False


@dataclass(slots=True)
class Exported:
    """What an export wrote. *withheld*: texts kept back for an opt-out; *left_out*: records that may not leave."""

    path: str
    records: int = 0
    withheld: int = 0
    left_out: int = 0
    deleted: int = 0
    #: Of an increment: records that are as they were.
    unchanged: int = 0
    #: Names that the schema does not have, of records that another version stored, and how often.
    dropped: Counter[str] = field(default_factory=Counter)
    files: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


#: Pages between two looks for garbage.
_SWEPT = 32


@contextmanager
def _seldom_swept() -> Iterator[Callable[[], None]]:
    """Look for garbage only as often as what it gives is called, once a page: one part in twenty of the time.

    What a page is made of, some ten thousand objects, holds no cycles and goes with its last reference: to look
    through it again and again finds nothing. What SQLAlchemy leaves for each query is little.
    """
    pages = 0

    def sweep() -> None:
        nonlocal pages
        pages += 1
        if pages % _SWEPT == 0:
            gc.collect(1)

    enabled = gc.isenabled()
    gc.disable()
    try:
        yield sweep
    finally:
        if enabled:
            gc.enable()


# --- records ---------------------------------------------------------------------------------------------------


def _pages(
    connection: Connection, query: Query, form: Form, done: Exported, progress: Progress | None
) -> Iterator[tuple[Written, Page]]:
    """The records of *query*, a page at a time, in order of (``published_at``, ``id``), and of them what may leave."""
    read, size = (read_table, TABLE_PAGE) if form.format == "parquet" else (read_rows, ROWS_PAGE)
    total = query.count(connection) if progress is not None else 0
    number = 0
    pages = iter_pages(connection, where=query.where(), since=query.since, until=query.until, page=size)
    with _seldom_swept() as sweep:
        for written in pages:
            older = older_versions(connection, written.ids()) if query.versions == "all" else {}
            page = read(written, older, query.rights, done.dropped)
            done.left_out += page.left_out
            done.withheld += page.withheld
            yield written, page
            number += len(written)
            if progress is not None:
                progress(number, total)
            sweep()


def _count(done: Exported, facts: Facts) -> None:
    """Add records to the figures of the card."""
    done.records += len(facts)
    count = done.figures
    days = Counter([one[:10] if one else "" for one in facts.published_at])
    count["day"].update(days)
    for day, number in days.items():
        count["month"][day[:7]] += number
    kinds = Counter(zip(facts.domain, facts.language, facts.outcome, facts.has_text, strict=True))
    for (domain, language, outcome, has_text), number in kinds.items():
        count["publisher"][domain or ""] += number
        count["language"][language or ""] += number
        count["outcome"][outcome] += number
        count["text"]["with text" if has_text else "without text"] += number
    count["words"]["all"] += sum(facts.words)


def as_of(connection: Connection) -> str | None:
    """When something last changed among records: what an export tells its age by. The same database, the same time."""
    times = [
        connection.execute(select(func.max(records.c.changed_at))).scalar(),
        connection.execute(select(func.max(forgotten.c.at))).scalar(),
    ]
    return max((one for one in times if one), default=None)


# --- one file, standard output --------------------------------------------------------------------------------


def export_file(
    connection: Connection, path: Path | None, form: Form, query: Query, *, progress: Progress | None = None
) -> Exported:
    """Write one file, or standard output for ``None``. A file is there whole, or as it was before.

    Raises:
        OperationError: it cannot be written.
    """
    done = Exported(str(path) if path is not None else "-")
    if path is None:
        shard = Shard(sys.stdout.buffer, form)
        _fill(shard, form, connection, query, done, progress)
        return done
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with part.open("wb") as file:
            _fill(Shard(file, form), form, connection, query, done, progress)
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise OperationError(f"cannot write {escape_controls(path)}: {error.strerror or error}") from None
    return done


def _fill(
    shard: Shard, form: Form, connection: Connection, query: Query, done: Exported, progress: Progress | None
) -> None:
    for _, page in _pages(connection, query, form, done, progress):
        page.batch.write(shard, None)
        _count(done, page.batch.facts)
    shard.close()


# --- a folder --------------------------------------------------------------------------------------------------


def export_folder(
    connection: Connection,
    folder: Path,
    layout: Layout,
    query: Query,
    *,
    base: Path | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Write a data set into *folder*.

    Args:
        base: a data set that was exported before by the same query: only what is new or changed since is written, and
            ``tombstones.jsonl`` lists what is to be deleted from it.

    Raises:
        OperationError: the folder cannot be written.
        UserError: *base* is no data set of this query.
    """
    before = _index_of(base, query) if base is not None else None
    done = Exported(str(folder))
    aside = folder / _ASIDE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        files = _Files(aside, layout)
        index = _Index(aside / INDEX)
        for written, page in _pages(connection, query, layout.form, done, progress):
            same = index.add(written, page, before)
            done.unchanged += len(same)
            batch = page.batch
            if same:
                batch = batch.take([place for place, owner in enumerate(page.owners) if owner not in same])
            files.add(batch)
            _count(done, batch.facts)
        done.files = files.close()
        index.close()
        time_of = as_of(connection)
        gone = _tombstones(connection, query, before, time_of)
        done.deleted = len(gone)
        if base is not None or query.changed_since is not None:
            (aside / TOMBSTONES).write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in gone))
            done.files.append(_entry(aside, TOMBSTONES, len(gone)))
        _describe(aside, layout, query, done, time_of, base is not None or query.changed_since is not None)
        _take_place(folder, aside)
    except OSError as error:
        raise OperationError(f"cannot write {escape_controls(folder)}: {error.strerror or error}") from None
    return done


def export_url(
    connection: Connection,
    url: str,
    layout: Layout,
    query: Query,
    *,
    base: Path | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Write a data set to a folder that fsspec reaches (``s3://…``, ``gs://…``, ``memory://…``), the manifest last.

    Raises:
        OperationError: it cannot be written.
        UserError: fsspec does not know the address, or lacks a library for it.
    """
    import fsspec

    try:
        system, root = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise UserError(f"-o {escape_controls(url)}: {error}") from None
    with TemporaryDirectory(prefix="newscrawl-export-") as made:
        done = export_folder(connection, Path(made), layout, query, base=base, progress=progress)
        names = sorted(str(one.relative_to(made)) for one in Path(made).rglob("*") if one.is_file())
        try:
            for name in sorted(names, key=lambda one: one == MANIFEST):
                system.makedirs(os.path.dirname(f"{root}/{name}"), exist_ok=True)
                system.put_file(os.path.join(made, name), f"{root}/{name}")
        except Exception as error:  # each file system raises its own
            raise OperationError(f"cannot write {escape_controls(url)}: {escape_controls(error)[:300]}") from None
    done.path = url
    return done


class _Files:
    """The data files under way: one, or shards, or shards of partitions."""

    def __init__(self, root: Path, layout: Layout) -> None:
        self._root = root
        self._layout = layout
        self._open: OrderedDict[str, tuple[str, Any, Shard]] = OrderedDict()
        self._numbers: Counter[str] = Counter()
        self._written: list[dict[str, Any]] = []
        if layout.partition is None:
            self._shard("")  # a data set of no records has a file too, which has the schema

    def add(self, batch: Batch) -> None:
        """Write *batch*, each of its records to the file of its partition."""
        for folder, places in self._parts(batch.facts).items():
            left = batch.take(places)
            while True:
                shard = self._shard(folder)
                written = left.write(shard, self._layout.shard)
                if self._layout.shard is not None and shard.size >= self._layout.shard:
                    self._end(folder)
                if written == len(left.facts):
                    break
                left = left.take(range(written, len(left.facts)))

    def close(self) -> list[dict[str, Any]]:
        """End all files; what each is called and holds, in order of names."""
        for folder in list(self._open):
            self._end(folder)
        return sorted(self._written, key=lambda one: str(one["path"]))

    def _parts(self, facts: Facts) -> dict[str, Sequence[int]]:
        """Which records go to which folder."""
        if self._layout.partition is None:
            return {"": range(len(facts))} if len(facts) else {}
        name, told_by, value_of = PARTITIONS[self._layout.partition]
        values: dict[str | None, list[int]] = {}
        for place, value in enumerate(getattr(facts, told_by)):
            values.setdefault(value, []).append(place)
        parts: dict[str, list[int]] = {}
        for value, places in values.items():
            part = value_of(value) if value else ""
            # As Hive names them, which every reader of partitions knows.
            folder = f"{name}={quote(part, safe='') if part else '__HIVE_DEFAULT_PARTITION__'}/"
            parts[folder] = sorted([*parts.get(folder, ()), *places])
        return {**parts}

    def _shard(self, folder: str) -> Shard:
        if folder in self._open:
            self._open.move_to_end(folder)
            return self._open[folder][2]
        if len(self._open) >= MOST_OPEN:
            self._end(next(iter(self._open)))
        several = self._layout.shard is not None or self._layout.partition is not None
        number = f"-{self._numbers[folder]:05}" if several else ""
        self._numbers[folder] += 1
        name = f"{folder}records{number}{self._layout.form.ending}"
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path.open("wb")
        shard = Shard(file, self._layout.form)
        self._open[folder] = name, file, shard
        return shard

    def _end(self, folder: str) -> None:
        name, file, shard = self._open.pop(folder)
        size, digest = shard.close()
        file.close()
        self._written.append({"path": name, "rows": shard.rows, "bytes": size, "sha256": digest})


# --- increments --------------------------------------------------------------------------------------------------


class _Index:
    """What each record of the data set was, as a hash: a later export tells by it what has changed."""

    def __init__(self, path: Path) -> None:
        # gzip: an export of lines does without pyarrow, which is 60 MB of memory. No name and no time in the head.
        self._raw = path.open("wb")
        self._file = gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=self._raw, mtime=0)

    def add(self, written: Written, page: Page, before: dict[str, str] | None) -> set[int]:
        """Enter the records of a page that leave; places of those that are as they were *before*.

        What is taken out of *before* is there still: the rest has vanished in the end.
        """
        same = set()
        lines: list[str] = []
        ids, digests = written.ids(), written.digests()
        for place in dict.fromkeys(page.owners):
            own, seen = ids[place], digests[place].hex()
            lines.append(f"{own} {seen}\n")
            if before is not None and before.pop(own, None) == seen:
                same.add(place)
        self._file.write("".join(lines).encode())
        return same

    def close(self) -> None:
        self._file.close()
        self._raw.close()


def _index_of(base: Path, query: Query) -> dict[str, str]:
    """Hash by id of the data set in the folder *base*."""
    try:
        manifest = orjson.loads((base / MANIFEST).read_bytes())
        with gzip.open(base / INDEX, "rt", encoding="ascii") as file:
            lines = file.read().splitlines()
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"--since-export {escape_controls(base)}: is no data set with its index ({error})") from None
    if manifest.get("query") != query.as_dict():
        raise UserError(
            f"--since-export {escape_controls(base)}: was exported by other options (see its manifest.json)"
        )
    if (manifest.get("schema_version"), manifest.get("index_version")) != (SCHEMA_VERSION, INDEX_VERSION):
        raise UserError(
            f"--since-export {escape_controls(base)}: another version of newscrawl wrote it: export all anew"
        )
    return dict(line.split(" ", 1) for line in lines)  # type: ignore[misc,unused-ignore]


def _tombstones(
    connection: Connection, query: Query, vanished: dict[str, str] | None, time_of: str | None
) -> list[dict[str, Any]]:
    """What is to be deleted from what was exported before: what was taken down, and what the query finds no more."""
    down = select(records.c.id, records.c.changed_at).where(records.c.reason == "taken_down")
    if query.changed_since is not None:
        down = down.where(records.c.changed_at >= query.changed_since)
    taken = {row.id: row.changed_at for row in connection.execute(down)}
    if vanished is not None:
        return [
            {"id": one, "why": "taken_down" if one in taken else "left_out", "at": taken.get(one, time_of)}
            for one in sorted(vanished)
        ]
    if query.changed_since is None:
        return []
    return [{"id": one, "why": "taken_down", "at": at} for one, at in sorted(taken.items())]


# --- what describes it --------------------------------------------------------------------------------------------


def _describe(aside: Path, layout: Layout, query: Query, done: Exported, time_of: str | None, increment: bool) -> None:
    (aside / "schema.json").write_bytes(orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2) + b"\n")
    for name, content in card_files(done.figures, layout.form.format, done.files, query.as_dict(), time_of).items():
        path = aside / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.write_bytes(content)
    if layout.croissant:
        from newscrawl.datasets.croissant import croissant

        data = croissant(done.files, layout.form, time_of)
        (aside / "croissant.json").write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")
    manifest = {
        "newscrawl": __version__,
        "schema_version": SCHEMA_VERSION,
        "index_version": INDEX_VERSION,
        "as_of": time_of,
        "increment": increment,
        "query": query.as_dict(),
        "rights": query.rights,
        "form": layout.form.ending.removeprefix("."),
        "partition": layout.partition,
        "records": done.records,
        "texts_withheld": done.withheld,
        "left_out_for_rights": done.left_out,
        "unchanged": done.unchanged,
        "deleted": done.deleted,
        "names_left_out": dict(sorted(done.dropped.items())),
        "files": done.files,
    }
    (aside / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")


def _entry(root: Path, name: str, rows: int) -> dict[str, Any]:
    data = (root / name).read_bytes()
    return {"path": name, "rows": rows, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _take_place(folder: Path, aside: Path) -> None:
    """Let the files in *aside* take the place of those of the data set before, the manifest last."""
    stale = _files_of(folder)
    made = sorted(str(one.relative_to(aside)) for one in aside.rglob("*") if one.is_file())
    for name in made:
        if name != MANIFEST:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (aside / name).replace(target)
    for name in stale - set(made):
        (folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # a partition that holds nothing any more
            (folder / name).parent.rmdir()
    write_whole(folder / MANIFEST, (aside / MANIFEST).read_bytes())
    shutil.rmtree(aside)
    sync_folder(folder)


def _files_of(folder: Path) -> set[str]:
    """Data files of the data set that is in *folder* now, as its manifest lists them: nothing else is ever removed."""
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        names = {str(one["path"]) for one in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts}
