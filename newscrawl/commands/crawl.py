"""``scrapy crawl``: Scrapy's own, with arguments checked first, signals obeyed in time, a telling exit status."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.commands import BaseRunSpiderCommand

from newscrawl.console import NewscrawlCommand, complain, complain_in_log
from newscrawl.errors import ExitStatus, OperationError, ScopeHeldError, UserError
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from newscrawl.crawling.run import Run


class Command(NewscrawlCommand, BaseRunSpiderCommand):
    """Run a spider of the project."""

    # Made here, once all is checked: making it logs a page of versions before our one line.
    requires_crawler_process = False
    default_settings = {}  # noqa: RUF012 - a crawl logs
    least = most = 1

    def syntax(self) -> str:
        return "[options] <spider>"

    def short_desc(self) -> str:
        return "Run a spider of the current project, by name"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        # `export -o -` writes JSON Lines there; Scrapy would ask for a format.
        for given in (opts.output, opts.overwrite_output):
            if given:
                given[:] = ["-:jsonl" if one == "-" else one for one in given]
        super().process_options(args, opts)

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from scrapy.crawler import AsyncCrawlerProcess

        from newscrawl.aggregators.aggregator import Aggregator
        from newscrawl.config import Config
        from newscrawl.crawling.interrupts import Interrupts
        from newscrawl.datasets.feeds import check_feeds
        from newscrawl.net.defaults import check_settings
        from newscrawl.progress.crawl import show_on, title_of
        from newscrawl.progress.display import Panel, demote_preamble, on_terminal, show_cursor
        from newscrawl.reports.logs import log_json

        assert self.settings is not None
        spider = self._spider(args[0])
        settings = self.settings.copy()
        spider.update_settings(settings)
        config = Config.from_settings(settings)  # our own settings first: its faults name the setting
        _check_log_file(self.settings)
        lines = None
        if config.log_format == "json" and self.settings.getbool("LOG_ENABLED") and issubclass(spider, Aggregator):
            lines = log_json(self.settings)
            # The handler that writes JSON is there already.
            self.settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
            if not self.settings.get("LOG_FILE"):
                complain_in_log()
        dangers = check_settings(settings)
        if dangers:
            raise UserError("refusing to crawl: " + "; ".join(dangers))
        if not issubclass(spider, Aggregator):
            process = self.crawler_process = AsyncCrawlerProcess(self.settings)
            process.crawl(self._create_crawler(spider), **opts.spargs)
            process.start()
            return ExitStatus.DEFECT if process.bootstrap_failed else ExitStatus.COMPLETE
        self._default_feed(args[0])
        for warning in check_feeds(self.settings, again=opts.spargs.get("deliver") == "all"):
            complain(warning)
        watched = on_terminal() and not self._data_to_terminal()
        if watched:
            demote_preamble()
        try:
            run = spider.open_run(settings, opts.spargs)
        except ScopeHeldError as held:
            return _held(settings, held)
        try:
            _warn_without_contact(run)
            if lines is not None:
                lines.run_id = run.id
            process = self.crawler_process = AsyncCrawlerProcess(self.settings)
            crawler = self._create_crawler(spider)
            run.attach(crawler)
            if watched:
                show_on(crawler, Panel(title_of(run, args[0]), sys.stderr))
            process.crawl(crawler)
            Interrupts(crawler, run, before_end=show_cursor).install()
            process.start(install_signal_handlers=False)
            if process.bootstrap_failed:
                run.defects += 1
        finally:
            run.close()
        complain(run.summary().removeprefix("newscrawl: "))
        return run.exit_status

    def _spider(self, name: str) -> type[Any]:
        from scrapy.spiderloader import get_spider_loader

        assert self.settings is not None
        loader = get_spider_loader(self.settings)
        try:
            return loader.load(name)
        except KeyError:
            known = ", ".join(sorted(loader.list()))
            raise UserError(f"there is no spider {escape_controls(name)!r} (there are: {known})") from None

    def _data_to_terminal(self) -> bool:
        """Whether records go to standard output and that is a terminal: a panel would stand among them."""
        assert self.settings is not None
        return "stdout:" in map(str, self.settings.getdict("FEEDS")) and sys.stdout.isatty()

    def _default_feed(self, spider: str) -> None:
        """`data/<spider>-<time>.jsonl`, unless a feed was asked for."""
        from newscrawl.config import project_folder

        assert self.settings is not None
        if self.settings.getdict("FEEDS"):
            return
        folder = project_folder()
        if folder is None:
            return
        data = folder / "data"
        try:
            data.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise OperationError(f"cannot write {escape_controls(data)}: {error.strerror}") from None
        if not os.access(data, os.W_OK | os.X_OK):
            raise OperationError(f"cannot write {escape_controls(data)}: permission denied")
        stamp = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        feed = data / f"{spider}-{stamp}.jsonl"
        self.settings.set("FEEDS", {feed: {"format": "jsonl"}}, priority="cmdline")


def _check_log_file(settings: BaseSettings) -> None:
    """Raises `OperationError` where the log has no place: one line, before anything is logged."""
    path = settings.get("LOG_FILE")
    if not path or not settings.getbool("LOG_ENABLED"):
        return
    try:
        with open(path, "ab"):
            pass
    except OSError as error:
        raise OperationError(f"cannot write {escape_controls(path)}: {error.strerror}") from None


def _held(settings: BaseSettings, held: ScopeHeldError) -> ExitStatus:
    """Another run holds the scope: 75, which schedules take for no failure. Where it does so for hours it is one: 3."""
    from newscrawl.config import Config
    from newscrawl.health.watch import watch

    complain(held)
    config = Config.from_settings(settings)
    wrong = watch(config, scope=held.scope_id) if config.health else []
    for one in wrong:
        complain(f"NOT WELL {one.message}")
    return ExitStatus.UNHEALTHY if wrong else ExitStatus.SCOPE_HELD


def _warn_without_contact(run: Run) -> None:
    """Whoever is disturbed by a crawl must be able to reach us; a test bed, whose names are overridden, need not."""
    if not run.config.contact and not _own_test_bed(run):
        complain("no contact in the user agent: set NEWSCRAWL_CONTACT to a URL or e-mail where you can be reached")


def _own_test_bed(run: Run) -> bool:
    lookup = run.config.policy.overrides.lookup
    addresses = [urlsplit(one) for one in run.arguments.sources or (run.arguments.site,)]
    return all(
        lookup(one.hostname or "", one.port or (443 if one.scheme == "https" else 80)) is not None for one in addresses
    )
