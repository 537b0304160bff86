"""Resolvers for tests: the guarded one over a table instead of DNS."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

from twisted.internet.address import IPv4Address

from newscrawl.net.resolver import GuardedResolver, _is_literal, _RefusedAddress


class TableResolver(GuardedResolver):
    """Looks names up in the setting ``TEST_DNS``: ``{name: [first answer, second answer, ...]}``, the last for ever."""

    table: dict[str, list[list[str]]]
    lock = threading.Lock()

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Any:
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
        try:
            # As the system's resolver reads it: decimal, hexadecimal, octal, short.
            return (socket.inet_ntoa(socket.inet_aton(literal)),), port
        except OSError:
            return ((literal,), port) if _is_literal(literal) else None


class _ToStandIn:
    """A resolution receiver that sends public stand-in addresses, once allowed, to a server on loopback."""

    def __init__(self, receiver: Any, internet: dict[str, int]) -> None:
        self._receiver = receiver
        self._internet = internet

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if not isinstance(address, _RefusedAddress) and address.host in self._internet:
            address = IPv4Address("TCP", "127.0.0.1", self._internet[address.host])
        self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()


class InternetResolver(TableResolver):
    """Behind the guard: the setting ``TEST_INTERNET`` says on which loopback port a public address is served."""

    internet: dict[str, int]

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Any:
        resolver = super().from_crawler(crawler, reactor)
        resolver.internet = json.loads(crawler.settings.get("TEST_INTERNET") or "{}")
        return resolver

    def resolveHostName(self, resolutionReceiver: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N802, N803
        return super().resolveHostName(_ToStandIn(resolutionReceiver, self.internet), *args, **kwargs)


class OpenInternetResolver(InternetResolver, UnguardedResolver):
    """The same with the guard off."""
