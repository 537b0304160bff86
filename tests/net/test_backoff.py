"""Retry-After, and what is done with it and with dead hosts."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

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
