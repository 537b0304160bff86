"""100: every string of a record through the one door for text."""

from __future__ import annotations

from typing import Any

from newscrawl.aggregators.base import StoredRecord
from newscrawl.items import Record
from newscrawl.records import normalize

__all__ = ["NormalizePipeline"]


class NormalizePipeline:
    """Cleans what any earlier step may have let through."""

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Record) and not isinstance(item, StoredRecord):
            normalize(item)
        return item
