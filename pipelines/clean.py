"""100: every record is cleaned, checked and hashed before anything else sees it."""

from __future__ import annotations

import logging
from typing import Any

from newscrawl.items import Record, StoredRecord
from newscrawl.records import faults, invalidate, normalize
from newscrawl.text import content_hash

__all__ = ["CleanPipeline"]

logger = logging.getLogger("newscrawl.pipelines.clean")


class CleanPipeline:
    """Normalise, validate, hash. Nothing is dropped: a post without a record would be claimed again by every run."""

    async def process_item(self, item: Any) -> Any:
        # A stored record was cleaned when it was made; other items are not ours.
        if not isinstance(item, Record) or isinstance(item, StoredRecord):
            return item
        # 1. Normalise: every string is NFC, without controls, and bounded; what is empty is absent.
        normalize(item)
        # 2. Validate: a record that breaks a rule goes on as `failed`, reason `invalid`.
        broken = faults(item)
        if broken:
            logger.error("Record %s is invalid: %s", item.id, "; ".join(broken))
            invalidate(item)
        # 3. Hash, over the text as it will be stored.
        item.content_hash = content_hash(item.title, item.text)
        return item
