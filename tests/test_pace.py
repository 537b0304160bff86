"""When each host may be asked next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.ledger.pace import GIVE_UP_AFTER, Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_one_at_a_time_and_a_delay_from_start_to_start(clock: Clock) -> None:
    pace = Pace(2.0, clock)
    assert pace.busy() == frozenset()
    assert pace.next_free() is None
    pace.started("a.test")
    clock.now += 5  # past the delay, and still in flight
    assert pace.busy() == {"a.test"}
    assert pace.next_free() is None
    pace.ended("a.test")
    assert pace.busy() == frozenset()
    pace.started("a.test")
    clock.now += 0.5
    pace.ended("a.test")
    assert pace.busy() == {"a.test"}
    assert pace.next_free() == 1.5
    clock.now += 1.5
    assert pace.busy() == frozenset()
    assert pace.next_free() is None


def test_the_greater_delay_holds(clock: Clock) -> None:
    pace = Pace(2.0, clock)
    pace.ask_delay("slow.test", 10.0)
    pace.ask_delay("quick.test", 0.1)
    assert [pace.delay_of(host) for host in ("slow.test", "quick.test", "other.test")] == [10.0, 2.0, 2.0]
    pace.started("slow.test")
    pace.ended("slow.test")
    assert pace.next_free() == 10.0
    # What robots.txt asked for is not forgotten with the last request.
    clock.now += 60
    pace.started("slow.test")
    pace.ended("slow.test")
    assert pace.next_free() == 10.0


def test_retry_after_holds_and_is_never_shortened(clock: Clock) -> None:
    pace = Pace(1.0, clock)
    pace.started("a.test")
    pace.hold("a.test", 30.0)
    pace.hold("a.test", 5.0)
    pace.ended("a.test")
    assert pace.next_free() == 30.0
    clock.now += 29.9
    assert pace.busy() == {"a.test"}


def test_a_host_is_given_up_after_failures_in_a_row(clock: Clock) -> None:
    pace = Pace(0.0, clock)
    for _ in range(GIVE_UP_AFTER - 1):
        pace.failed("a.test", "timeout")
    pace.succeeded("a.test")
    for _ in range(GIVE_UP_AFTER - 1):
        pace.failed("a.test", "timeout")
    assert pace.given_up("a.test") is None
    pace.failed("a.test", "dns")
    assert pace.given_up("a.test") == "dns"
    assert pace.given_up("b.test") is None


def test_failures_are_remembered_between_requests(clock: Clock) -> None:
    pace = Pace(0.0, clock)
    for _ in range(GIVE_UP_AFTER):
        pace.started("a.test")
        pace.failed("a.test", "timeout")
        pace.ended("a.test")
        clock.now += 100
    assert pace.given_up("a.test") == "timeout"


def test_memory_does_not_grow_with_hosts(clock: Clock) -> None:
    pace = Pace(1.0, clock)
    for number in range(10_000):
        host = f"{number}.test"
        pace.started(host)
        clock.now += 0.3
        pace.succeeded(host)
        pace.ended(host)
        assert host in pace.busy()
    assert len(pace._hosts) <= 5


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 5)), max_size=40))
def test_starts_of_one_host_are_never_closer_than_its_delay(steps: list[tuple[str, float]]) -> None:
    clock = Clock()
    pace = Pace(1.0, clock)
    last: dict[str, float] = {}
    for host, passed in steps:
        clock.now += passed
        if host in pace.busy():
            continue
        assert clock.now - last.get(host, 0.0) >= 1.0 - 1e-9
        last[host] = clock.now
        pace.started(host)
        clock.now += passed / 3
        pace.ended(host)
