"""Retry-After, and what is done with it and with dead hosts."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from newscrawl.ledger.pace import GIVE_UP_AFTER, Pace
from newscrawl.net.backoff import parse_retry_after

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


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Tokyo"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    "value",
    [
        "Sun, 15 Jun 2025 15:07:40 GMT",
        "Sunday, 15-Jun-25 15:07:40 GMT",
        "Sun Jun 15 15:07:40 2025",
        "Sun, 15 Jun 2025 15:07:40",
        "Sun, 15 Jun 2025 15:07:40 -0000",
    ],
)
@pytest.mark.usefixtures("zone")
def test_all_forms_of_a_date_mean_utc_wherever_the_machine_is(value: str) -> None:
    assert parse_retry_after(value, NOW) == 60.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_retry_after_is_obeyed_at_once_and_a_shorter_one_does_not_shorten_it() -> None:
    clock = Clock()
    pace = Pace(1.0, clock)
    pace.started("a.test")
    pace.hold("a.test", parse_retry_after("30", NOW) or 0.0)
    pace.ended("a.test")
    clock.now = 29.9
    assert "a.test" in pace.busy()
    pace.hold("a.test", parse_retry_after("1", NOW) or 0.0)
    clock.now = 30.0
    assert "a.test" in pace.busy()
    clock.now = 30.9
    assert "a.test" not in pace.busy()


def test_a_dead_host_costs_few_requests_however_many_urls_it_has() -> None:
    """Given up once, not once a URL; and only it."""
    clock = Clock()
    pace = Pace(1.0, clock)
    asked = {"dead.test": 0, "alive.test": 0}
    for _ in range(500):
        for host in asked:
            if host in pace.busy() or pace.given_up(host):
                continue
            pace.started(host)
            asked[host] += 1
            if host == "dead.test":
                pace.failed(host, "timeout")
            else:
                pace.succeeded(host)
            pace.ended(host)
        clock.now += 1.0
    assert asked == {"dead.test": GIVE_UP_AFTER, "alive.test": 500}
    assert pace.given_up("dead.test") == "timeout"
    assert pace.given_up("alive.test") is None


def test_a_host_that_is_there_again_in_between_is_not_given_up() -> None:
    pace = Pace(0.0, Clock())
    for _ in range(20):
        for _ in range(GIVE_UP_AFTER - 1):
            pace.failed("a.test", "timeout")
        # Any answer counts, also one that says no: the host is alive.
        pace.succeeded("a.test")
    assert pace.given_up("a.test") is None
