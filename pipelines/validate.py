"""200: a record that breaks its own rules goes on as `failed`, reason `invalid`."""

from __future__ import annotations

import logging
from typing import Any

from newscrawl.aggregators.base import StoredRecord
from newscrawl.items import Record
from newscrawl.records import faults, invalidate

__all__ = ["ValidatePipeline"]

logger = logging.getLogger("newscrawl.pipelines.validate")


class ValidatePipeline:
    """Nothing is dropped here: a post without a record would be claimed for ever."""

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Record) and not isinstance(item, StoredRecord):
            found = faults(item)
            if found:
                logger.error("Record %s is invalid: %s", item.id, "; ".join(found))
                invalidate(item)
        return item
