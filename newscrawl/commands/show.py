"""``scrapy show ID|URL``: one record, and in plain words why it is what it is."""

from __future__ import annotations

import argparse
import json

from newscrawl.console import NewscrawlCommand, opened_database
from newscrawl.errors import UserError


class Command(NewscrawlCommand):
    """A record with its history and requests."""

    least = most = 1

    def syntax(self) -> str:
        return "[options] <id|url>"

    def short_desc(self) -> str:
        return "Show one record: its history, its requests, and why it is what it is"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--cluster", action="store_true", help="the records that tell the same story, too")
        parser.add_argument("--json", action="store_true", help="as one JSON object, with the whole text")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawl.config import Config
        from newscrawl.reports.show import collect_history, render_history

        assert self.settings is not None
        with opened_database(Config.from_settings(self.settings)) as connection:
            history = collect_history(connection, args[0], cluster=opts.cluster)
        if history is None:
            raise UserError(f"the database knows no record, post or original {args[0][:200]!r}")
        print(json.dumps(history, indent=2, ensure_ascii=False) if opts.json else render_history(history))
