"""A middleware with a slip in it, as a user's may have."""

from __future__ import annotations

from scrapy import Request


class Faulty:
    """Raises what no download raises, for one publisher."""

    def process_request(self, request: Request) -> None:
        if "paper2" in request.url and "robots" not in request.url:
            raise TypeError("a slip in a middleware")
