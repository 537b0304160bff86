"""500: where duplicates are looked at. The decision itself falls in the transaction that stores the record."""

from __future__ import annotations

from typing import Any

__all__ = ["DedupePipeline"]


class DedupePipeline:
    """Passes every record on.

    Two workers may hold copies of one text at once, and only the transaction that writes a record sees all others:
    :func:`newscrawl.storage.records.store_record` sets ``duplicate_of`` and ``cluster_id`` there.
    """

    async def process_item(self, item: Any) -> Any:
        return item
