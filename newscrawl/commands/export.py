"""``scrapy export -o DIR --format jsonl|csv``: a data set out of the database."""

from __future__ import annotations

import argparse
from pathlib import Path

from newscrawl.console import NewscrawlCommand, moment_option, opened_database
from newscrawl.errors import UserError


class Command(NewscrawlCommand):
    """What the database holds, as files for others."""

    def syntax(self) -> str:
        return "-o DIR [options]"

    def short_desc(self) -> str:
        return "Write a data set out of the database"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        from newscrawl.datasets.export import FORMATS

        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="DIR", help="folder to write to (made where it is missing)")
        parser.add_argument("--format", default="jsonl", help=f"{', '.join(FORMATS)} (jsonl unless given)")
        parser.add_argument("--since", metavar="DATE", help="only records published then or later")
        parser.add_argument("--until", metavar="DATE", help="only records published before")
        parser.add_argument(
            "--rights",
            default="no-optout",
            help="open (open licences only), no-optout (texts that opted out are withheld; the default) or all",
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from newscrawl.config import Config
        from newscrawl.datasets.export import FORMATS, RIGHTS, export_records

        assert self.settings is not None
        if not opts.output:
            raise UserError("export needs a folder: scrapy export -o DIR")
        if opts.format not in FORMATS:
            raise UserError(f"--format {opts.format!r}: must be one of {', '.join(FORMATS)}")
        if opts.rights not in RIGHTS:
            raise UserError(f"--rights {opts.rights!r}: must be one of {', '.join(RIGHTS)}")
        since, until = moment_option("since", opts.since), moment_option("until", opts.until)
        if since and until and since >= until:
            raise UserError("--since must be before --until")
        config = Config.from_settings(self.settings)
        with opened_database(config) as connection:
            done = export_records(
                connection,
                Path(opts.output),
                opts.format,
                since=since,
                until=until,
                rights=opts.rights,
                duplicates=config.duplicates,
            )
        told = f", {done.withheld} texts withheld for an opt-out" if done.withheld else ""
        left = f", {done.left_out} left out" if done.left_out else ""
        print(f"{done.path}: {done.records} records{told}{left}")
