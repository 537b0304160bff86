"""``scrapy show ID|URL``: one record, and in plain words why it is what it is. ``--list``: which there are."""

from __future__ import annotations

import argparse
import json

from newscrawl.console import NewscrawlCommand, opened_database
from newscrawl.errors import UserError
from newscrawl.filters import add_filters, query_of

#: Lines of a list, unless more are asked for.
MOST = 50


class Command(NewscrawlCommand):
    """A record with its history and requests."""

    most = 1

    def syntax(self) -> str:
        return "[options] <id|url> | --list [filters]"

    def short_desc(self) -> str:
        return "Show one record: its history, its requests, and why it is what it is; or list records"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="as JSON: one object with the whole text, or a list")
        parser.add_argument("--list", action="store_true", help="a line for each record that the options below ask for")
        parser.add_argument("--most", type=int, default=MOST, metavar="N", help=f"lines of --list (default: {MOST})")
        add_filters(parser, rights="all")
        parser.add_argument(
            "--cluster",
            action="append",
            nargs="?",
            const="",
            default=[],
            metavar="A,B",
            help="the records that tell the same story, too; of --list: only these clusters, by id",
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawl.config import Config
        from newscrawl.reports.show import collect_history, render_history

        assert self.settings is not None
        if opts.list:
            self._list(args, opts)
            return
        # `--cluster` alone may stand before the record as well as behind it.
        args = args or [one for one in opts.cluster if one]
        if len(args) != 1:
            raise UserError(f"usage: scrapy show {self.syntax()}")
        with opened_database(Config.from_settings(self.settings)) as connection:
            history = collect_history(connection, args[0], cluster=bool(opts.cluster))
        if history is None:
            raise UserError(f"the database knows no record, post or original {args[0][:200]!r}")
        print(json.dumps(history, indent=2, ensure_ascii=False) if opts.json else render_history(history))

    def _list(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawl.config import Config
        from newscrawl.reports.listing import collect_list, render_list

        assert self.settings is not None
        if args or "" in opts.cluster or opts.most < 1:
            raise UserError("show --list takes filters, each with its values, and --most N (1 or more); no record")
        config = Config.from_settings(self.settings)
        query = query_of(opts, config.duplicates)
        with opened_database(config) as connection:
            found, more = collect_list(connection, query, opts.most)
        print(json.dumps(found, indent=2, ensure_ascii=False) if opts.json else render_list(found, more))
