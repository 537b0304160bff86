"""``scrapy dedupe``: what clusters there are; ``--rebuild`` makes them again from the stored texts."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from newscrawl.console import NewscrawlCommand, complain, opened_database
from newscrawl.errors import OperationError, UserError

if TYPE_CHECKING:
    from newscrawl.config import Config


class Command(NewscrawlCommand):
    """Duplicates and clusters counted, and made again."""

    def short_desc(self) -> str:
        return "Count duplicates and clusters; --rebuild makes them again from the stored texts"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--rebuild", action="store_true", help="make signatures and clusters again; goes on where it was stopped"
        )
        parser.add_argument("--again", action="store_true", help="with --rebuild: start from the beginning")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from newscrawl.config import Config
        from newscrawl.reports.clusters import collect_clusters, render_clusters

        assert self.settings is not None
        if opts.again and not opts.rebuild:
            raise UserError("--again goes with --rebuild")
        config = Config.from_settings(self.settings)
        if opts.rebuild:
            _rebuild(config, again=opts.again)
        with opened_database(config) as connection:
            print(render_clusters(collect_clusters(connection)) or "no duplicates")


def _rebuild(config: Config, *, again: bool) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from newscrawl.progress.display import counter, open_display
    from newscrawl.storage.engine import describe_error, open_engine
    from newscrawl.storage.migrate import ensure_schema
    from newscrawl.storage.rebuild import rebuild

    engine = open_engine(config.database, create=False)
    started = time.monotonic()
    try:
        ensure_schema(engine)
        with counter("comparing texts", "records", open_display("scrapy dedupe --rebuild", complain)) as told:
            for progress in rebuild(engine, again=again):
                told(progress.done, progress.total)
    except SQLAlchemyError as error:
        raise OperationError(f"the database cannot be used: {describe_error(error)}") from None
    finally:
        engine.dispose()
    print(f"rebuilt in {time.monotonic() - started:.0f} s")
