"""``scrapy parse URL``: what a crawl would make of one post, shown and not kept."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.utils.conf import arglist_to_dict

from newscrawl.console import NewscrawlCommand, complain
from newscrawl.errors import ExitStatus, OperationError, UserError
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from newscrawl.aggregators.aggregator import Aggregator
    from newscrawl.crawling.run import Run

#: What the surface of the one post is called in its record.
SURFACE = "archive"


class Command(NewscrawlCommand):
    """A crawl of one post into a database of its own, which is thrown away."""

    default_settings = {}  # noqa: RUF012
    least = most = 1

    def syntax(self) -> str:
        return "[options] <url>"

    def short_desc(self) -> str:
        return "Show what a crawl would make of one post: page, attribution, original, record; nothing is kept"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--spider", metavar="NAME", help="whose post it is; unless given, the spider of that site, else wordpress"
        )
        parser.add_argument(
            "-a",
            dest="spargs",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="as for a crawl, such as follow=no",
        )
        parser.add_argument("--json", action="store_true", help="the record and its requests as one JSON object")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        # The project logs at INFO, which is not what this is asked for.
        if not opts.loglevel and (self.settings.getpriority("LOG_LEVEL") or 0) < 40:
            self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from newscrawl.config import Config
        from newscrawl.console import opened_database
        from newscrawl.net.defaults import check_settings
        from newscrawl.net.policy import UrlRefused, check_url
        from newscrawl.reports.show import collect_history, render_history

        assert self.settings is not None
        url = args[0]
        try:
            given = arglist_to_dict(opts.spargs)
        except ValueError:
            raise UserError("an argument is written -a NAME=VALUE") from None
        config = Config.from_settings(self.settings)
        dangers = check_settings(self.settings)
        if dangers:
            raise UserError("refusing to ask: " + "; ".join(dangers))
        try:
            check_url(url, policy=config.policy)
        except UrlRefused as refused:
            raise UserError(f"{refused}{refused.way_out}") from None
        spider = one_post(self._spider(opts.spider, url), url)
        if spider.site == "" and "site" in spider.takes and "site" not in given:
            given["site"] = "/".join(url.split("/")[:3])
        # Whenever the post was published.
        given.setdefault("since", "all")
        with tempfile.TemporaryDirectory(prefix="newscrawl-parse-") as folder:
            database = f"sqlite:///{Path(folder) / 'parse.db'}"
            self.settings.set("NEWSCRAWL_DATABASE", database, priority="cmdline")
            self.settings.set("FEEDS", {}, priority="cmdline")
            run = self._crawl(spider, given, folder)
            if run.stopped_by is not None:
                # What stands in the database is what was done until then: it says nothing of the post.
                complain(f"stopped by {signal.Signals(run.stopped_by).name} before the post was read; nothing is kept")
                return run.exit_status
            problem = run.summary().partition("; ")[2] if run.exit_status else ""
            with opened_database(Config.from_settings(self.settings)) as connection:
                history = collect_history(connection, url)
        if history is None or history["record"] is None:
            raise OperationError(problem or f"{escape_controls(url)[:300]} could not be read")
        print(json.dumps(history, indent=2, ensure_ascii=False) if opts.json else render_history(history))
        if problem:
            complain(problem)
        return ExitStatus.INCOMPLETE if problem else ExitStatus.COMPLETE

    def _crawl(self, spider: type[Aggregator], given: dict[str, str], folder: str) -> Run:
        """Crawl the one post; the run, which is over. *folder* goes where a signal ends the process at once."""
        from scrapy.crawler import AsyncCrawlerProcess

        from newscrawl.crawling.interrupts import Interrupts

        assert self.settings is not None
        settings = self.settings.copy()
        spider.update_settings(settings)
        run = spider.open_run(settings, given)
        try:
            process = AsyncCrawlerProcess(self.settings)
            crawler = process.create_crawler(spider)
            run.attach(crawler)
            process.crawl(crawler)
            Interrupts(crawler, run, before_end=lambda: shutil.rmtree(folder, ignore_errors=True)).install()
            process.start(install_signal_handlers=False)
        finally:
            run.close()
        return run

    def _spider(self, name: str | None, url: str) -> type[Aggregator]:
        from scrapy.spiderloader import get_spider_loader

        from newscrawl.aggregators.aggregator import Aggregator
        from newscrawl.urls import same_site

        assert self.settings is not None
        loader: Any = get_spider_loader(self.settings)
        ours: dict[str, type[Aggregator]] = {
            one: cls for one in loader.list() if issubclass(cls := loader.load(one), Aggregator)
        }
        if name is None:
            own = [one for one, cls in sorted(ours.items()) if cls.site and same_site(cls.site, url)]
            name = own[0] if own else "wordpress"
        if name not in ours:
            raise UserError(f"there is no spider {escape_controls(name)!r} (there are: {', '.join(sorted(ours))})")
        return ours[name]


def one_post(spider: type[Aggregator], url: str) -> type[Aggregator]:
    """*spider* with a listing that shows the post at *url* alone, whose page has to be asked for."""
    if "url" in spider.takes:
        raise UserError(f"spider {spider.name} reads articles, not posts: scrapy extract shows what it makes of one")

    class OnePost(spider):  # type: ignore[valid-type,misc]
        name = spider.name
        # By which a worker imports the spider: it reads pages as this class does.
        __module__ = spider.__module__
        __qualname__ = spider.__qualname__

        async def discover(self) -> None:
            from newscrawl.posts import PostCopy
            from newscrawl.surfaces.answers import Answer

            parts = urlsplit(url)
            site = self.arguments.site or f"{parts.scheme}://{parts.netloc}"
            copy = PostCopy(site=site, url=url, surface=SURFACE, incomplete=True)
            await self.enter(SURFACE, Answer(posts=[copy]), cursor=None)

    return OnePost
