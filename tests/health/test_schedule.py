"""Runs that do not come, and runs that hold their scope."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newscrawl.clock import time_text
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.health.schedule import RunTimes, cut_off, held_too_long, missing_run, usual_interval

HOUR = 3600.0
DAY = 24 * HOUR


def every(span: float, count: int, *, lasts: float = 60.0) -> list[RunTimes]:
    return [RunTimes(number, number * span, number * span + lasts) for number in range(count)]


@pytest.mark.parametrize("span", [HOUR, 6 * HOUR, DAY])
def test_a_run_that_does_not_come_is_missed_before_the_second_one_would(span: float) -> None:
    runs = every(span, 10)
    last = runs[-1].started
    assert missing_run("s", "site", runs, last + span * 1.2) is None
    found = missing_run("s", "site", runs, last + span + max(0.76 * span, HOUR + 1))
    assert found is not None
    assert (found.monitor, found.level) == (Monitor.MISSING_RUN, Level.FAILING)
    assert found.since == f"1970-01-{1 + int((last + span) // DAY):02}T{int((last + span) % DAY // HOUR):02}:00:00Z"
    assert missing_run("s", "site", [*runs, RunTimes(11, last + span * 2, None)], last + span * 9) is None


def test_runs_that_someone_starts_by_hand_are_not_missed() -> None:
    starts = [0, 300, 900, 90_000, 90_500, 300_000, 301_000, 700_000]
    assert usual_interval([float(one) for one in starts]) is None
    assert missing_run("s", "site", [RunTimes(n, float(one), one + 9.0) for n, one in enumerate(starts)], 9e6) is None


def test_a_declared_schedule_needs_no_history() -> None:
    runs = every(HOUR, 1)
    assert missing_run("s", "site", runs, 3 * HOUR, every=HOUR) is not None
    assert missing_run("s", "site", runs, 3 * HOUR) is None


def test_a_scope_that_is_held_for_hours() -> None:
    runs = [*every(HOUR, 5, lasts=600), RunTimes(9, 5 * HOUR, None, "77@host", moved=5 * HOUR)]
    assert held_too_long("s", "site", runs, 8 * HOUR) is None
    found = held_too_long("s", "site", runs, 9.5 * HOUR)
    assert found is not None
    assert "run 9 holds the scope for 4 h 30 min" in found.what
    assert found.examples == ("process 77@host",)


def test_a_backfill_that_moves_may_take_days() -> None:
    def backfill(now: float) -> list[RunTimes]:
        return [*every(HOUR, 5), RunTimes(9, 5 * HOUR, None, backfill=True, moved=now - 60)]

    assert held_too_long("s", "site", backfill(2 * DAY), 2 * DAY) is None
    still = [*every(HOUR, 5), RunTimes(9, 5 * HOUR, None, backfill=True, moved=6 * HOUR)]
    assert held_too_long("s", "site", still, 2 * DAY) is not None


def test_a_finding_is_one_line_and_comes_back_from_json() -> None:
    found = Finding(
        monitor=Monitor.ATTRIBUTION,
        level=Level.FAILING,
        scope="s",
        name="https://a.test",
        what="0 of 20 posts\x1b[31m name a source",
        usual="97 %",
        since="2026-01-01T00:00:00Z",
        examples=("https://a.test/1", "https://a.test/2"),
    )
    assert Finding.of(found.to_json()) == found
    assert "\n" not in found.message
    assert "\x1b" not in found.message
    assert "look at https://a.test/1 https://a.test/2" in found.message


def test_a_run_that_died_is_told_of_until_one_ends_by_itself() -> None:
    well = [RunTimes(number, number * HOUR, number * HOUR + 60) for number in range(6)]
    dead = RunTimes(6, 6 * HOUR, 6 * HOUR, "77@here", died=True)
    found = cut_off("s", "site", [*well, dead])
    assert found is not None
    assert (found.monitor, found.level, found.examples) == (
        Monitor.CUT_OFF, Level.FAILING, (f"run 6 of {time_text(6 * HOUR)} (process 77@here)",)
    )  # fmt: skip
    assert "run 6 died before its end" in found.message
    assert "usual: runs end by themselves within 1 min" in found.message
    # One that is at work says nothing yet.
    again = RunTimes(7, 7 * HOUR, None)
    assert cut_off("s", "site", [*well, dead, again]) is not None
    assert cut_off("s", "site", [*well, dead, replace(again, ended=7 * HOUR + 60)]) is None


def test_somebody_may_stop_a_run_but_not_each() -> None:
    stopped = [RunTimes(number, number * HOUR, number * HOUR + 60, stopped=True) for number in range(3)]
    assert cut_off("s", "site", stopped[:2]) is None
    found = cut_off("s", "site", stopped)
    assert found is not None
    assert "the last 3 runs did not come to their end (0 died, 3 were stopped)" in found.message
