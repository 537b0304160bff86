"""``scrapy browse``: Datasette on the database, where the extra `browse` is installed."""

from __future__ import annotations

import argparse
from pathlib import Path

from newscrawl.console import NewscrawlCommand, complain, opened_database
from newscrawl.errors import UserError
from newscrawl.text import escape_controls


class Command(NewscrawlCommand):
    """Look at the collection in a browser; reads alone."""

    def short_desc(self) -> str:
        return "Look at the collection in a browser: Datasette on the SQLite file (extra `browse`)"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--port", type=int, default=8001, help="port on this machine (default: 8001)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawl.config import Config

        assert self.settings is not None
        if not 1 <= opts.port <= 65_535:
            raise UserError("--port: must be between 1 and 65535")
        config = Config.from_settings(self.settings)
        if config.database.get_backend_name() != "sqlite":
            raise UserError("browse reads SQLite alone; PostgreSQL has tools of its own")
        try:
            import uvicorn

            from newscrawl.browsing.site import datasette_for
        except ImportError as error:
            raise UserError(
                f"browse needs Datasette ({escape_controls(error)}): from the checkout, pip install -e '.[browse]'"
            ) from None
        with opened_database(config):
            pass  # there is one, and it is of this version's schema
        path = Path(str(config.database.database))
        complain(f"the collection is at http://127.0.0.1:{opts.port}/ until you press Ctrl-C")
        # This machine alone: whoever reaches it may read everything.
        uvicorn.run(datasette_for(path).app(), host="127.0.0.1", port=opts.port, log_level="warning", lifespan="on")
