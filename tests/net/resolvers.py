"""Resolvers for tests: the guarded one over a table instead of DNS."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

from newscrawl.net.resolver import GuardedResolver


class TableResolver(GuardedResolver):
    """Looks names up in the setting ``TEST_DNS``: ``{name: [first answer, second answer, ...]}``, the last for ever."""

    table: dict[str, list[list[str]]]
    lock = threading.Lock()

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> TableResolver:
        resolver = super().from_crawler(crawler, reactor)
        resolver.table = json.loads(crawler.settings.get("TEST_DNS") or "{}")
        return resolver

    def lookup(self, host: str) -> Sequence[str]:
        with self.lock:
            answers = self.table.get(host)
            if not answers:
                raise OSError(f"{host} is not in the table")
            return answers.pop(0) if len(answers) > 1 else answers[0]
