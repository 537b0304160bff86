"""``scrapy export -o DIR|FILE|URL|-``: a data set out of the database."""

from __future__ import annotations

import argparse
import gc
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from newscrawl.console import NewscrawlCommand, complain, opened_database
from newscrawl.errors import UserError
from newscrawl.filters import add_filters, one_of, query_of
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from newscrawl.datasets.export import Exported
    from newscrawl.datasets.files import Form

_SIZE = re.compile(r"(\d+)\s*([KMG]?)i?B?\Z", re.IGNORECASE)
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


class Command(NewscrawlCommand):
    """What the database holds, as files for others."""

    def syntax(self) -> str:
        return "-o DIR|FILE|URL|- [options]"

    def short_desc(self) -> str:
        return "Write a data set out of the database"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add = parser.add_argument
        add(
            "-o",
            "--output",
            metavar="WHERE",
            help="a file (named .jsonl, .csv, .parquet, .jsonl.gz, .jsonl.zst, ...), a folder, an address that fsspec"
            " knows (s3://...), or - for standard output",
        )
        add("--format", help="jsonl, csv, parquet (default: as the file's name says, else jsonl)")
        add("--compress", help="none, gzip, zstd; Parquet is always packed by zstd")
        add("--shard-size", metavar="SIZE", help="files of about this size, such as 500M; of a folder alone")
        add("--partition", help="a folder for each month, publisher, language; of a folder alone")
        add("--croissant", action="store_true", help="write croissant.json as well; into a folder alone")
        add(
            "--since-export", metavar="DIR", help="only what differs from the data set in DIR, and what it has too much"
        )
        add_filters(parser, rights="no-optout")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from newscrawl.config import Config
        from newscrawl.datasets.export import PARTITIONS, Layout, export_file, export_folder, export_url
        from newscrawl.progress.display import counter, open_display

        assert self.settings is not None
        if not opts.output:
            raise UserError("export needs a place: scrapy export -o DIR (or FILE, or - for standard output)")
        config = Config.from_settings(self.settings)
        if opts.since_export and opts.changed_since:
            raise UserError("--since-export and --changed-since: give one of them")
        query = query_of(opts, config.duplicates)
        form, whole = _form(opts)
        layout = Layout(
            form=form,
            shard=_size(opts.shard_size),
            partition=one_of("partition", opts.partition, tuple(PARTITIONS)),
            croissant=opts.croissant,
        )
        if whole and (layout.shard or layout.partition or layout.croissant or opts.since_export):
            raise UserError(
                "--shard-size, --partition, --croissant and --since-export need a folder: scrapy export -o DIR"
            )
        base = Path(opts.since_export) if opts.since_export else None
        if base is not None and "://" not in opts.output and Path(opts.output).absolute() == base.absolute():
            raise UserError(
                "--since-export: the data set that it is compared with would be replaced; name another folder"
            )
        display = open_display("scrapy export", complain, data_to_stdout=opts.output == "-")
        # What was imported stays: it need not be looked through again and again for garbage, a tenth of the time.
        gc.freeze()
        with counter("exporting", "records", display) as progress, opened_database(config) as connection:
            done: Exported
            if whole:
                path = None if opts.output == "-" else Path(opts.output)
                done = export_file(connection, path, form, query, progress=progress)
            elif "://" in opts.output:
                done = export_url(connection, opts.output, layout, query, base=base, progress=progress)
            else:
                done = export_folder(connection, Path(opts.output), layout, query, base=base, progress=progress)
        _tell(done, to_stderr=opts.output == "-")


def _form(opts: argparse.Namespace) -> tuple[Form, bool]:
    """The form of the data, and whether it is one file (or standard output)."""
    from newscrawl.datasets.files import FORMATS, PACKINGS, Form, form_of

    format_ = one_of("format", opts.format, FORMATS)
    packing = one_of("compress", opts.compress, PACKINGS)
    named = None if "://" in opts.output or Path(opts.output).is_dir() else form_of(opts.output)
    if named is not None:
        if (format_ or named.format) != named.format or (packing or named.packing) != named.packing:
            raise UserError(
                f"-o {escape_controls(opts.output)}: its name says {named.ending}, the options another form"
            )
        return named, True
    form = Form(format_ or "jsonl", packing or "none")
    if form.format == "parquet" and packing not in (None, "zstd"):
        raise UserError("--compress: Parquet is always packed by zstd")
    return (Form("parquet") if form.format == "parquet" else form), opts.output == "-"


def _size(value: str | None) -> int | None:
    if value is None:
        return None
    found = _SIZE.match(value.strip())
    if found is None or int(found[1]) == 0:
        raise UserError(f"--shard-size {escape_controls(value)!r}: must be a size such as 500M")
    return int(found[1]) * _UNITS[found[2].upper()]


def _tell(done: Exported, *, to_stderr: bool) -> None:
    parts = [f"{done.path}: {done.records} records"]
    for number, what in (
        (done.unchanged, "unchanged"),
        (done.deleted, "to delete (tombstones.jsonl)"),
        (done.withheld, "texts withheld for an opt-out"),
        (done.left_out, "left out for their rights"),
        (sum(done.dropped.values()), "values under names that the schema lacks, left out"),
    ):
        if number:
            parts.append(f"{number} {what}")
    print(escape_controls(", ".join(parts)), file=sys.stderr if to_stderr else sys.stdout)
