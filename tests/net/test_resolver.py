"""The guarded resolver by itself: what it answers, keeps, joins and gives up."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.task import Clock

from newscrawl.net import resolver as module
from newscrawl.net.overrides import HostOverrides
from newscrawl.net.policy import Policy, UrlRefused
from newscrawl.net.resolver import ANSWER_TTL, FAILURE_TTL, GuardedResolver


class Reactor(Clock):  # type: ignore[misc]
    """A clock that is turned by hand, and calls from threads that are run by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.from_threads: queue.Queue[tuple[Any, ...]] = queue.Queue()

    def callFromThread(self, function: Any, *arguments: Any) -> None:  # noqa: N802
        self.from_threads.put((function, *arguments))

    def run_one(self) -> None:
        function, *arguments = self.from_threads.get(timeout=5)
        function(*arguments)


class Receiver:
    def __init__(self) -> None:
        self.addresses: list[Any] = []
        self.complete = 0

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self.resolution = resolution

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.complete += 1

    @property
    def refusal(self) -> str | None:
        for address in self.addresses:
            try:
                _ = address.host
            except UrlRefused as refused:
                return refused.reason
        return None


class Table(GuardedResolver):
    def __init__(self, reactor: Reactor, table: dict[str, Sequence[str]], **kwargs: Any) -> None:
        super().__init__(reactor, kwargs.pop("policy", Policy()), **kwargs)
        self.table = table
        self.asked: list[str] = []
        self.release = threading.Event()
        self.release.set()

    def lookup(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        self.release.wait(5)
        if host not in self.table:
            raise OSError("no such name")
        return self.table[host]


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


def resolve(resolver: GuardedResolver, host: str, port: int = 443, **kwargs: Any) -> Receiver:
    receiver = Receiver()
    resolver.resolveHostName(receiver, host, port, **kwargs)
    return receiver


def test_a_public_name_is_looked_up_and_answered_with_its_port(reactor: Reactor) -> None:
    resolver = Table(reactor, {"a.example": ["93.184.215.14", "2606:4700::1"]})
    receiver = resolve(resolver, "a.example")
    assert receiver.complete == 0
    reactor.run_one()
    assert receiver.addresses == [IPv4Address("TCP", "93.184.215.14", 443), IPv6Address("TCP", "2606:4700::1", 443)]
    assert receiver.complete == 1
    only = resolve(resolver, "a.example", addressTypes=[IPv6Address])
    assert only.addresses == [IPv6Address("TCP", "2606:4700::1", 443)]


def test_an_answer_is_kept_and_a_failure_less_long(reactor: Reactor) -> None:
    resolver = Table(reactor, {"a.example": ["93.184.215.14"]})
    for host in ("a.example", "A.example.", "nowhere.example"):
        resolve(resolver, host)
        if host != "A.example.":
            reactor.run_one()
    assert resolver.asked == ["a.example", "nowhere.example"]
    reactor.advance(FAILURE_TTL + 1)
    assert resolve(resolver, "a.example").complete == 1
    resolve(resolver, "nowhere.example")
    reactor.run_one()
    reactor.advance(ANSWER_TTL)
    resolve(resolver, "a.example")
    reactor.run_one()
    assert resolver.asked == ["a.example", "nowhere.example", "nowhere.example", "a.example"]


def test_a_kept_answer_is_checked_again(reactor: Reactor) -> None:
    resolver = Table(reactor, {"bad.example": ["93.184.215.14", "10.0.0.1"]})
    first = resolve(resolver, "bad.example")
    reactor.run_one()
    assert first.refusal == "mixed-dns"
    assert resolve(resolver, "bad.example").refusal == "mixed-dns"
    assert resolver.asked == ["bad.example"]


def test_who_asks_meanwhile_waits_for_the_same_lookup(reactor: Reactor) -> None:
    resolver = Table(reactor, {"a.example": ["93.184.215.14"]})
    resolver.release.clear()
    receivers = [resolve(resolver, "a.example", port) for port in (80, 443, 8080)]
    resolver.release.set()
    reactor.run_one()
    assert resolver.asked == ["a.example"]
    assert [receiver.addresses[0].port for receiver in receivers] == [80, 443, 8080]


def test_a_slow_name_server_is_not_waited_for_and_its_late_answer_is_ignored(reactor: Reactor) -> None:
    resolver = Table(reactor, {"slow.example": ["93.184.215.14"]}, timeout=10)
    resolver.release.clear()
    receiver = resolve(resolver, "slow.example")
    reactor.advance(10)
    assert (receiver.complete, receiver.addresses) == (1, [])
    resolver.release.set()
    reactor.run_one()
    assert (receiver.complete, receiver.addresses) == (1, [])
    assert resolver._running == resolver._abandoned == 0


def test_hung_lookups_do_not_keep_others_waiting_for_ever(reactor: Reactor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LOOKUPS", 2)
    monkeypatch.setattr(module, "MAX_THREADS", 3)
    resolver = Table(reactor, {f"{n}.example": ["93.184.215.14"] for n in range(6)}, timeout=5)
    resolver.release.clear()
    receivers = [resolve(resolver, f"{n}.example") for n in range(6)]
    assert len(resolver.asked) <= 2
    reactor.advance(5)
    assert all(receiver.complete == 1 for receiver in receivers)
    # Three hang, and no more threads are made; who comes now waits for one of them to return.
    late = [resolve(resolver, "7.example"), resolve(resolver, "8.example")]
    assert resolver._running + resolver._abandoned == 3
    resolver.release.set()
    for _ in range(5):
        reactor.run_one()
    assert all(receiver.complete == 1 for receiver in late)
    assert resolver._running == resolver._abandoned == 0


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("127.0.0.1", 443, "private-address"),
        ("::1", 443, "private-address"),
        ("fe80::1%eth0", 443, "private-address"),
        ("93.184.215.14", 22, "port"),
        ("a.example", 6379, "port"),
        ("localhost", 443, "private-name"),
        ("intranet.corp", 443, "private-name"),
        ("wiki", 443, "single-label"),
        ("", 443, "invalid"),
        ("\u2488.example" + "\ud800", 443, "invalid"),
    ],
)
def test_refused_without_a_lookup(reactor: Reactor, host: str, port: int, reason: str) -> None:
    resolver = Table(reactor, {})
    receiver = resolve(resolver, host, port)
    assert receiver.refusal == reason
    assert receiver.complete == 1
    assert resolver.asked == []


def test_a_public_literal_is_dialled_as_it_is(reactor: Reactor) -> None:
    assert resolve(Table(reactor, {}), "9.9.9.9", 80).addresses == [IPv4Address("TCP", "9.9.9.9", 80)]


def test_too_many_addresses_are_refused(reactor: Reactor) -> None:
    resolver = Table(reactor, {"many.example": [f"93.184.{n // 250}.{n % 250}" for n in range(300)]})
    receiver = resolve(resolver, "many.example")
    reactor.run_one()
    assert receiver.refusal == "invalid"


def test_overrides_answer_by_name_and_port(reactor: Reactor) -> None:
    overrides = HostOverrides.parse('{"site.test:8950": "127.0.0.1:1234", "v6.test:*": "[::1]:99"}')
    resolver = Table(reactor, {"site.test": ["10.0.0.1"]}, policy=Policy(overrides=overrides))
    assert resolve(resolver, "site.test", 8950).addresses == [IPv4Address("TCP", "127.0.0.1", 1234)]
    assert resolve(resolver, "v6.test", 80).addresses == [IPv6Address("TCP", "::1", 99)]
    assert resolve(resolver, "127.0.0.1", 1234).refusal == "port"
    other_port = resolve(resolver, "site.test", 443)
    reactor.run_one()
    assert other_port.refusal == "private-address"


def test_the_unicode_form_is_looked_up_in_ascii(reactor: Reactor) -> None:
    resolver = Table(reactor, {"xn--strae-oqa.example": ["93.184.215.14"]})
    receiver = resolve(resolver, "straße.example")
    reactor.run_one()
    # IDNA 2008, as the URL parser has it; Python's own codec would ask for strasse.example.
    assert resolver.asked == ["xn--strae-oqa.example"]
    assert receiver.addresses


def test_a_failing_lookup_is_no_answer(reactor: Reactor) -> None:
    class Broken(Table):
        def lookup(self, host: str) -> Sequence[str]:
            raise RuntimeError("a defect")

    receiver = resolve(Broken(reactor, {}), "a.example")
    reactor.run_one()
    assert (receiver.complete, receiver.addresses) == (1, [])


def test_the_cache_is_bounded_and_may_be_off(reactor: Reactor) -> None:
    resolver = Table(reactor, {f"{n}.example": ["93.184.215.14"] for n in range(5)}, cache_size=2)
    for n in range(5):
        resolve(resolver, f"{n}.example")
        reactor.run_one()
    assert list(resolver._cache) == ["3.example", "4.example"]
    without = Table(reactor, {"a.example": ["93.184.215.14"]}, cache_size=0)
    for _ in range(2):
        resolve(without, "a.example")
        reactor.run_one()
    assert without.asked == ["a.example", "a.example"]


def test_check_awaits_and_raises(reactor: Reactor) -> None:
    resolver = Table(reactor, {"a.example": ["93.184.215.14"], "bad.example": ["10.0.0.1"]})

    async def check(host: str) -> str:
        task = asyncio.ensure_future(resolver.check(host, 443))
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: None)
        reactor.run_one()
        try:
            await task
        except UrlRefused as refused:
            return refused.reason
        except OSError:
            return "dns"
        return "allowed"

    async def all_of_them() -> list[str]:
        return [await check(host) for host in ("a.example", "bad.example", "nowhere.example")]

    assert asyncio.run(all_of_them()) == ["allowed", "private-address", "dns"]
