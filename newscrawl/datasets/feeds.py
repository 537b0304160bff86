"""Scrapy's feeds, told when one of them cannot be written.

Scrapy logs a traceback for each record and ends with status 0: a full disk
passes for a whole feed.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scrapy.extensions.feedexport import FeedExporter

from newscrawl.crawling.run import Run
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from scrapy import Spider

__all__ = ["WatchedFeedExporter"]

logger = logging.getLogger("newscrawl.datasets.feeds")


class WatchedFeedExporter(FeedExporter):
    """A feed that cannot be written is given up with one line, and the run ends with status 4; the others go on.

    Nothing is lost: what a feed lacks is in the database.
    """

    def item_scraped(self, item: Any, spider: Spider) -> None:
        kept: list[Any] = []
        for slot in self.slots:
            self.slots = [slot]
            try:
                super().item_scraped(item, spider)
            except OSError as error:
                self._give_up(slot, error)
            else:
                kept += self.slots
        self.slots = kept

    async def close_spider(self, spider: Spider) -> None:
        # Before the first await: the end of the run is entered with what is found here.
        for slot in list(self.slots):
            try:
                if slot.file is not None:
                    slot.file.flush()
            except OSError as error:
                self.slots.remove(slot)
                self._give_up(slot, error)
        await super().close_spider(spider)

    def _give_up(self, slot: Any, error: OSError) -> None:
        with suppress(OSError):
            if slot.file is not None:
                slot.file.close()
        self.crawler.stats.inc_value(f"feedexport/failed_count/{type(slot.storage).__name__}")
        message = f"cannot write the feed {escape_controls(slot.uri)}: {error.strerror or error}"
        try:
            session = Run.of(self.crawler)
        except KeyError:
            logger.error("%s", message)
        else:
            session.problem(f"{message} (the records are in the database: -a deliver=all writes them again)")
