"""900: record, version and the work's end in one transaction; feeds see the record after its commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem

from newscrawl.clock import now_text
from newscrawl.crawling.run import Run
from newscrawl.errors import OperationError
from newscrawl.items import Record, StoredRecord
from newscrawl.ledger.work import finish_record
from newscrawl.outcomes import Outcome
from newscrawl.records import left_out_for
from newscrawl.storage.records import store_copy

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

__all__ = ["DuplicateRecord", "FailedRecord", "StorePipeline", "UnchangedRecord", "UnstoredRecord"]


class Acknowledged(DropItem):
    """The store has seen to the record, and feeds do not get it. Raised by :class:`StorePipeline`."""

    #: Whoever counts dropped records need not end the work of this one.
    acknowledged = True


class FailedRecord(Acknowledged):
    """A `failed` record is in the database, not in feeds. Raised by :class:`StorePipeline` after the commit."""


class DuplicateRecord(Acknowledged):
    """Left out of feeds by ``NEWSCRAWL_DUPLICATES``. Raised by :class:`StorePipeline` after the commit."""


class UnstoredRecord(Acknowledged):
    """The database could not be written: the next run claims its post again. Raised by :class:`StorePipeline`."""


class UnchangedRecord(Acknowledged):
    """Made again and the same as before: feeds have it. Raised by :class:`StorePipeline` after the commit."""


class StorePipeline:
    """The acknowledgement: a record that left here is committed."""

    #: A crawl without a pipeline that says so is refused.
    stores_records = True

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if not isinstance(item, Record):
            return item
        record = item if isinstance(item, StoredRecord) else await self._store(item)
        first = left_out_for(record, Run.of(self.crawler).config.duplicates)
        if first is not None:
            raise DuplicateRecord(first)
        return record

    async def _store(self, item: Record) -> Record:
        """Commit *item*; the record as it was stored. Raises a `DropItem` where feeds are not to have it."""
        run = Run.of(self.crawler)
        item.crawled_at = now_text()
        try:
            stored, record = await run.write(store_copy, item, run.id, finish_record, urgent=False)
        except OperationError as error:
            raise UnstoredRecord(str(error)) from None
        failed = record.outcome == Outcome.FAILED
        run.counts["failed" if failed else stored] += 1
        self.crawler.stats.inc_value(f"newscrawl/outcomes/{record.outcome}")
        if record.reason:
            self.crawler.stats.inc_value(f"newscrawl/reasons/{record.reason}")
        if failed:
            raise FailedRecord(record.reason or "failed")
        if stored == "known":
            raise UnchangedRecord("unchanged")
        return record
