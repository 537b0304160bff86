"""900: record, version and the work's end in one transaction; feeds see the record after its commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem

from newscrawl.aggregators.base import StoredRecord
from newscrawl.clock import now_text
from newscrawl.errors import OperationError
from newscrawl.items import Record
from newscrawl.ledger.work import finish_record
from newscrawl.outcomes import Outcome
from newscrawl.session import Session

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

__all__ = ["DuplicateRecord", "FailedRecord", "StorePipeline", "UnchangedRecord", "UnstoredRecord"]


class FailedRecord(DropItem):
    """A `failed` record is in the database, not in feeds. Raised by :class:`StorePipeline` after the commit."""


class DuplicateRecord(DropItem):
    """Left out of feeds by ``NEWSCRAWL_DUPLICATES=drop``. Raised by :class:`StorePipeline` after the commit."""


class UnstoredRecord(DropItem):
    """The database could not be written: the next run claims its post again. Raised by :class:`StorePipeline`."""


class UnchangedRecord(DropItem):
    """Made again and the same as before: feeds have it. Raised by :class:`StorePipeline` after the commit."""


class StorePipeline:
    """The acknowledgement: a record that left here is committed."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if not isinstance(item, Record):
            return item
        session = Session.of(self.crawler)
        if not isinstance(item, StoredRecord):
            item.crawled_at = now_text()
            try:
                stored = await session.write(finish_record, item, session.run.id, urgent=False)
            except OperationError as error:
                raise UnstoredRecord(str(error)) from None
            failed = item.outcome == Outcome.FAILED
            session.counts["failed" if failed else stored] += 1
            self.crawler.stats.inc_value(f"newscrawl/outcomes/{item.outcome}")
            if item.reason:
                self.crawler.stats.inc_value(f"newscrawl/reasons/{item.reason}")
            if failed:
                raise FailedRecord(item.reason or "failed")
            if stored == "known":
                raise UnchangedRecord("unchanged")
        if item.duplicate_of and session.config.duplicates == "drop":
            raise DuplicateRecord(item.duplicate_of)
        return item
