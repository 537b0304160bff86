"""300: what duplicates are told by; the decision itself is taken with the write, where nothing can come between."""

from __future__ import annotations

from typing import Any

from newscrawl.aggregators.base import StoredRecord
from newscrawl.items import Record
from newscrawl.text import content_hash

__all__ = ["DedupePipeline"]


class DedupePipeline:
    """Sets `content_hash` over the text as it will be stored."""

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Record) and not isinstance(item, StoredRecord):
            item.content_hash = content_hash(item.title, item.text)
        return item
