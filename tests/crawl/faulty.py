"""A middleware with a slip in it, as a user's may have, and a pipeline that drops."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.exceptions import DropItem


class Faulty:
    """Raises what no download raises, for one publisher."""

    def process_request(self, request: Request) -> None:
        if "paper2" in request.url and "robots" not in request.url:
            raise TypeError("a slip in a middleware")


class DropsHalf:
    """A user's pipeline, before the store: what Scrapy's manual teaches."""

    def __init__(self) -> None:
        self.seen = 0

    def process_item(self, item: Any) -> Any:
        self.seen += 1
        if self.seen % 2:
            raise DropItem("not wanted")
        return item
