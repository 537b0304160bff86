"""Retry-After and the breaker."""

from __future__ import annotations

import pytest

from newscrawl.net.backoff import Breaker, HostState, parse_retry_after

NOW = 1_750_000_000.0  # 2025-06-15 15:06:40 UTC


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("Sun, 15 Jun 2025 15:07:40 GMT", 60.0),
        ("Sunday, 15-Jun-25 15:07:40 GMT", 60.0),
        ("Sun, 15 Jun 2025 15:00:00 GMT", 0.0),
        ("99999999999", 99999999999.0),
        ("-5", None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("٧", None),
        ("Sun, 99 Jun 2025 15:07:40 GMT", None),
        ("9" * 10_000, float("9" * 64)),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


def test_the_breaker_opens_after_failures_in_a_row_and_grows() -> None:
    breaker = Breaker(threshold=3, first=60, longest=200)
    state = HostState()
    for _ in range(2):
        state = breaker.failed(state, 0.0)
        assert breaker.may_ask(state, 0.0)
    state = breaker.failed(state, 0.0)
    assert not breaker.may_ask(state, 59.9)
    assert breaker.may_ask(state, 60.0)
    # One probe goes out, nothing beside it; its failure opens at once, for longer.
    state = breaker.asked(state)
    assert not breaker.may_ask(state, 60.0)
    state = breaker.failed(state, 70.0)
    assert state.closed_until == 70 + 120
    state = breaker.failed(breaker.asked(state), 190.0)
    assert state.closed_until == 190 + 200
    assert breaker.succeeded(breaker.asked(state)) == HostState()


def test_a_success_in_between_starts_the_count_again() -> None:
    breaker = Breaker(threshold=2)
    state = breaker.failed(HostState(), 0.0)
    state = breaker.failed(breaker.succeeded(state), 0.0)
    assert breaker.may_ask(state, 0.0)


def test_retry_after_is_obeyed_at_once() -> None:
    breaker = Breaker(threshold=3, first=60)
    state = breaker.failed(HostState(), 100.0, retry_after=30)
    assert not breaker.may_ask(state, 129.0)
    assert breaker.may_ask(state, 130.0)
    state = breaker.failed(HostState(failures=2), 100.0, retry_after=500)
    assert state.closed_until == 600.0
    # A shorter wait does not shorten a longer one.
    assert breaker.failed(state, 100.0, retry_after=1).closed_until == 600.0


def test_a_dead_host_costs_few_requests() -> None:
    breaker = Breaker()
    state, asked = HostState(), 0
    for second in range(24 * 3600):
        if breaker.may_ask(state, float(second)):
            asked += 1
            state = breaker.failed(breaker.asked(state), float(second))
    assert asked <= 15


def test_a_huge_count_does_not_overflow() -> None:
    state = Breaker().failed(HostState(failures=10**6, opened=10**6), 0.0)
    assert state.closed_until == Breaker().longest
