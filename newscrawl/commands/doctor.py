"""``scrapy doctor``: is all well here, and with ``--live``, what does a site serve to us?"""

from __future__ import annotations

import argparse
import dataclasses
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scrapy.utils.conf import arglist_to_dict

from newscrawl.console import NewscrawlCommand, complain, opened_database
from newscrawl.errors import ExitStatus, UserError
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from newscrawl.aggregators.wordpress import WordPressSpider
    from newscrawl.reports.live import LiveReport

#: Arguments that change what is looked at.
_ARGUMENTS = frozenset({"site", "categories", "query", "surface"})


class Command(NewscrawlCommand):
    """Checks with plain words and a telling exit status."""

    def short_desc(self) -> str:
        return "Check settings, database, browser, disk, libraries and clock; with --live also what a site serves"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        from newscrawl.reports.live import MOST_REQUESTS

        super().add_options(parser)
        parser.add_argument(
            "--live",
            metavar="SPIDER",
            help=f"ask the spider's site, at most {MOST_REQUESTS} polite requests: what is allowed, answers, is found",
        )
        parser.add_argument(
            "-a",
            dest="spargs",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="with --live: site, categories, query or surface, as for a crawl",
        )
        parser.add_argument("--json", action="store_true", help="as one JSON object")
        parser.add_argument(
            "--alarm",
            action="store_true",
            help="give alarms for what is wrong: for a timer of its own, which notices runs that do not come",
        )
        parser.add_argument(
            "--accept",
            metavar="MONITOR",
            help="take what this monitor finds wrong for the usual from now on (docs/health.md)",
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> ExitStatus:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from newscrawl.reports.doctor import examine, exit_status, render_findings

        assert self.settings is not None
        if opts.accept is not None:
            return self._accept(opts.accept)
        probe = self._probe(opts.live, opts.spargs)
        if opts.alarm:
            self._alarm()
        findings = examine(self.settings)
        status = exit_status(findings)
        if not opts.json:
            print(render_findings(findings))
        live: LiveReport | None = None
        if probe is not None and status != ExitStatus.USAGE:
            if not opts.json:
                print(flush=True)
            live = self._look(probe)
            if not live.healthy and status == ExitStatus.COMPLETE:
                status = ExitStatus.UNHEALTHY
        if opts.json:
            told = [dataclasses.asdict(one) for one in findings]
            report = {"status": int(status), "findings": told, "live": live.to_json() if live else None}
            print(json.dumps(report, indent=2, ensure_ascii=False))
            return status
        if live is not None:
            from newscrawl.reports.live import render_live

            print(render_live(live))
        complain(_SUMMARY[status])
        return status

    def _accept(self, name: str) -> ExitStatus:
        from newscrawl.config import Config
        from newscrawl.health.watch import accept

        assert self.settings is not None
        with opened_database(Config.from_settings(self.settings), write=True) as connection:
            for one in accept(connection, name):
                print(f"from now on this is usual: {one.message}")
        return ExitStatus.COMPLETE

    def _alarm(self) -> None:
        """Give the alarms; what is wrong with the database itself is told by the checks."""
        from newscrawl.config import Config
        from newscrawl.errors import NewscrawlError
        from newscrawl.health.watch import watch

        assert self.settings is not None
        with suppress(NewscrawlError):
            watch(Config.from_settings(self.settings))

    def _probe(self, name: str | None, given: list[str]) -> Any:
        """The spider class that looks, with every argument checked; ``None`` without ``--live``."""
        from newscrawl.aggregators.arguments import parse_arguments
        from newscrawl.config import Config
        from newscrawl.net.defaults import check_settings
        from newscrawl.reports.live import live_probe

        assert self.settings is not None
        if name is None:
            if given:
                raise UserError("-a is for --live SPIDER alone")
            return None
        try:
            arguments = arglist_to_dict(given)
        except ValueError:
            raise UserError("an argument is written -a NAME=VALUE") from None
        spider = _spider(self.settings, name)
        settings = self.settings.copy()
        spider.update_settings(settings)
        config = Config.from_settings(settings)
        dangers = check_settings(settings)
        if dangers:
            raise UserError("refusing to ask: " + "; ".join(dangers))
        known = parse_arguments(
            name, arguments, known=_ARGUMENTS, site=spider.site, required=sorted(spider.needs), policy=config.policy
        )
        return live_probe(spider, known)

    def _look(self, probe: Any) -> LiveReport:
        from scrapy.crawler import AsyncCrawlerProcess

        process = AsyncCrawlerProcess(self.settings)
        process.crawl(probe)
        process.start()
        if probe.defect is not None:
            raise probe.defect
        report: LiveReport = probe.report
        return report


_SUMMARY = {
    ExitStatus.COMPLETE: "all is well",
    ExitStatus.UNHEALTHY: "something is not well, see above",
    ExitStatus.USAGE: "settings are wrong, see above",
}


def _spider(settings: BaseSettings, name: str) -> type[WordPressSpider]:
    from scrapy.spiderloader import get_spider_loader

    from newscrawl.aggregators.wordpress import WordPressSpider

    loader: Any = get_spider_loader(settings)
    aggregators = [one for one in sorted(loader.list()) if issubclass(loader.load(one), WordPressSpider)]
    if name not in loader.list():
        raise UserError(
            f"there is no spider {escape_controls(name)!r} (with a site to look at: {', '.join(aggregators)})"
        )
    if name not in aggregators:
        raise UserError(
            f"spider {name} has no site with surfaces to look at (those that have: {', '.join(aggregators)})"
        )
    spider: type[WordPressSpider] = loader.load(name)
    return spider
