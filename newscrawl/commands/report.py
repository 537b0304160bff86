"""``scrapy report -o FILE.html``: one page on the collection and its runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from newscrawl.console import NewscrawlCommand, opened_database
from newscrawl.errors import UserError
from newscrawl.text import counted, escape_controls


class Command(NewscrawlCommand):
    """The collection and its runs as one self-contained page."""

    def syntax(self) -> str:
        return "-o FILE.html"

    def short_desc(self) -> str:
        return "Write one self-contained HTML page on the collection and its runs"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="FILE.html", help="the page to write (an older one is replaced)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawl.clock import now_text
        from newscrawl.config import Config
        from newscrawl.files import write_whole
        from newscrawl.health.current import current
        from newscrawl.reports.page import collect_report, render_report

        assert self.settings is not None
        if not opts.output:
            raise UserError("report needs a file: scrapy report -o FILE.html")
        path = Path(opts.output)
        if path.suffix.lower() not in (".html", ".htm"):
            # What it replaces is to be a page: `-o newscrawl.db` would be a costly slip.
            raise UserError(f"-o {escape_controls(opts.output)[:200]}: the report is a page, its name ends in .html")
        config = Config.from_settings(self.settings)
        with opened_database(config) as connection:
            report = collect_report(connection)
            findings = current(connection, config)
        page = render_report(report, made_at=now_text(), policy=config.policy, findings=findings)
        write_whole(path, page.encode("utf-8"))
        found = f"{counted(report.records, 'record')}, {counted(report.runs_known, 'run')}"
        print(f"{escape_controls(path)}: {found}")
