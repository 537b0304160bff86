"""Times as the record writes them, and spans as people read them."""

from __future__ import annotations

import datetime as dt

import pytest

from newscrawl import clock
from newscrawl.clock import format_span, format_time, parse_time


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "0 s"), (0.4, "0 s"), (45, "45 s"), (59.6, "1 min"), (65, "1 min 05 s"), (600, "10 min"),
        (3396, "56 min"), (3900, "1 h 05 min"), (47 * 3600 + 59 * 60, "47 h 59 min"), (4 * 86400 + 7200, "4 d 2 h"),
    ],
)  # fmt: skip
def test_a_span(seconds: float, told: str) -> None:
    assert format_span(seconds) == told


def test_times_are_utc_and_keep_their_second() -> None:
    moment = dt.datetime(2026, 1, 31, 10, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert format_time(moment) == "2026-01-31T09:05:00Z"
    assert parse_time("2026-01-31T09:05:00Z") == moment
    with pytest.raises(ValueError, match="time zone"):
        format_time(dt.datetime(2026, 1, 31))  # noqa: DTZ001


def test_a_wait_for_the_processor_is_no_difference_of_the_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at a clock takes a microsecond, the second and the forty-first a tenth of a second."""
    passed = {"looks": 0, "seconds": 0.0}

    def look() -> float:
        passed["looks"] += 1
        passed["seconds"] += 0.1 if passed["looks"] in (2, 41) else 1e-6
        return passed["seconds"]

    monkeypatch.setattr(clock.time, "monotonic", look)
    monkeypatch.setattr(clock.time, "time", lambda: 1_000.0 + look())
    assert clock._ahead() == pytest.approx(1_000.0, abs=1e-4)
