"""``scrapy retry``: make failed or partial posts claimable again."""

from __future__ import annotations

import argparse

from newscrawl.console import NewscrawlCommand, moment_option, opened_database
from newscrawl.errors import UserError
from newscrawl.outcomes import is_reason
from newscrawl.text import counted, escape_controls


class Command(NewscrawlCommand):
    """Posts whose original was not had in full, due again at the next crawl of their scope."""

    def short_desc(self) -> str:
        return "Make failed or partial posts due again at the next crawl"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--reason", metavar="REASON", help="only records with this reason, such as timeout")
        parser.add_argument(
            "--host",
            metavar="DOMAIN",
            help="only originals of this domain (example.org); its robots.txt is asked for anew",
        )
        parser.add_argument("--since", metavar="DATE", help="only records published then or later")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawl.config import Config
        from newscrawl.ledger.robots import forget_robots
        from newscrawl.ledger.upkeep import make_claimable

        assert self.settings is not None
        if opts.reason is not None and not is_reason(opts.reason):
            raise UserError(f"--reason {opts.reason!r} is not in the list (see docs/outcomes-stats-logs.md)")
        since = moment_option("since", opts.since)
        with opened_database(Config.from_settings(self.settings), write=True) as connection:
            number = make_claimable(connection, reason=opts.reason, host=opts.host, since=since)
            forgotten = forget_robots(connection, opts.host.lower()) if opts.host else 0
        due = f"{counted(number, 'post')} {'is' if number == 1 else 'are'} due again"
        print(f"{due}: run their crawl with since=all, or with dates that hold them" if number else due)
        if forgotten:
            print(f"robots.txt of {escape_controls(opts.host)[:200]} is asked for anew")
