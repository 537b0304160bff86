"""``scrapy status``: what the database holds."""

from __future__ import annotations

import argparse
import json

from newscrawl.console import NewscrawlCommand, opened_database


class Command(NewscrawlCommand):
    """Posts by state, outcome and reason, backlog by host, runs."""

    def short_desc(self) -> str:
        return "Say what the database holds: posts by state, outcome and reason, backlog by host, runs"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="as one JSON object")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from newscrawl.config import Config
        from newscrawl.reports.status import collect_status, render_status

        assert self.settings is not None
        config = Config.from_settings(self.settings)
        with opened_database(config) as connection:
            status = collect_status(connection, config)
        print(json.dumps(status, indent=2, ensure_ascii=False) if opts.json else render_status(status))
