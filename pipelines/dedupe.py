"""500: what a record's text is compared by. The decision itself falls in the transaction that stores the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newscrawl.dedupe import fingerprint
from newscrawl.items import Record, StoredRecord

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

__all__ = ["DedupePipeline"]


class DedupePipeline:
    """Makes the fingerprint of each text: its shingles, and the keys under which texts like it are looked for.

    Two workers may hold copies of one text at once, and only the transaction that writes a record sees all others. So
    :func:`newscrawl.storage.records.store_record` looks the keys up, compares the shingles with those of what it finds
    and sets ``duplicate_of``, ``contained_in`` and ``cluster_id``. It finds the fingerprint made, since
    :func:`newscrawl.dedupe.fingerprint` keeps the last ones.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        # A stored record was compared when it was stored; other items are not ours.
        if not isinstance(item, Record) or isinstance(item, StoredRecord) or item.text is None:
            return item
        made = fingerprint(item.text)
        if made.sketch is None:
            # Too short to tell from chance: only an equal text is a duplicate.
            self._count("short_texts")
            return item
        self._count("texts")
        if made.shingles.cut:
            self._count("long_texts")  # compared by their beginning
        self._count("passages_left_out", made.passages_left_out)
        return item

    def _count(self, what: str, number: int = 1) -> None:
        if number:
            self.crawler.stats.inc_value(f"newscrawl/dedupe/{what}", number)
