"""Resolvers for tests: the guarded one over a table instead of DNS."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from typing import Any

from newscrawl.net.resolver import GuardedResolver, _is_literal


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


class SlowResolver(TableResolver):
    """A name server that does not answer for ``slow.test``."""

    def lookup(self, host: str) -> Sequence[str]:
        if host == "slow.test":
            time.sleep(30)
        return super().lookup(host)


class UnguardedResolver(TableResolver):
    """The guarded one with its defence off, to show that the defence is what holds."""

    @staticmethod
    def _check(host: str, addresses: Sequence[str]) -> None:
        """Everything may be dialled."""

    def _without_lookup(self, name: str, port: int) -> tuple[tuple[str, ...], int] | None:
        override = self.policy.overrides.lookup(name, port)
        if override is not None:
            return (override[0],), override[1]
        literal = name.strip("[]")
        return ((literal,), port) if _is_literal(literal) else None
