"""``scrapy demo``: the offline demo that ``make demo`` runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.utils.conf import closest_scrapy_cfg

__all__ = ["Command"]


class Command(ScrapyCommand):
    """Crawl a small made-up world on loopback and say what was found."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own declaration

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Crawl a small made-up world on loopback (no network) and say what was found"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        from newscrawl.demo.world import BLOCK

        super().add_options(parser)
        parser.add_argument(
            "--posts", type=int, default=BLOCK, metavar="N", help=f"posts of the world ({BLOCK} unless given)"
        )
        parser.add_argument(
            "--seed", type=int, default=1, metavar="N", help="another seed makes another world (1 unless given)"
        )
        parser.add_argument(
            "--surface", default="auto", help="as in the spider's argument: auto, rest, feed, sitemap, archive"
        )
        parser.add_argument(
            "--data", metavar="DIR", help="folder for database, records and log (data/demo unless given)"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from newscrawl.demo.run import run_demo

        if args:
            raise UsageError(f"demo takes no arguments: {' '.join(args)}", print_help=False)
        if not 1 <= opts.posts <= 100_000:
            raise UsageError("--posts is a number from 1 to 100000", print_help=False)
        if opts.surface not in ("auto", "rest", "feed", "sitemap", "archive"):
            raise UsageError(f"no such surface: {opts.surface}", print_help=False)
        config = closest_scrapy_cfg()
        project = Path(config).parent if config else Path.cwd()
        folder = Path(opts.data) if opts.data else project / "data" / "demo"
        self.exitcode = run_demo(folder, posts=opts.posts, seed=opts.seed, surface=opts.surface, project=project)
