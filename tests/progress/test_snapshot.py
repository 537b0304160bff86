"""How far a piece of work is and how long it takes yet."""

from __future__ import annotations

import pytest

from newscrawl.progress.snapshot import AT_LEAST, PERHAPS, Pace, Snapshot, share


def test_a_line_says_what_how_much_and_how_long() -> None:
    assert Snapshot("exporting", 412, 1_200, "records", 540.0).line() == (
        "exporting: 412 of 1,200 records, 34 %, about 9 min left"
    )
    assert Snapshot("exporting", 7, None, "records").line() == "exporting: 7 records"
    some = Snapshot("listing", 7, 9, "posts", 30.0, at_least=True, how=PERHAPS).line()
    assert some == "listing: 7 of at least 9 posts, 77 %, perhaps 30 s left"
    assert Snapshot("listing", 0, 9, "posts", 30.0, how=AT_LEAST).line().endswith("at least 30 s left")


@pytest.mark.parametrize(("done", "total", "percent"), [(0, 0, 100), (0, 9, 0), (999, 1000, 99), (1000, 1000, 100)])
def test_all_is_said_where_all_is_done_alone(done: int, total: int, percent: int) -> None:
    assert share(done, total) == percent


def test_the_pace_is_that_of_the_work_and_of_late() -> None:
    pace = Pace()
    for second in range(100):
        pace.note(float(second), 0)  # getting ready is no work
    assert pace.left(10) is None
    for second in range(100, 121):
        pace.note(float(second), (second - 99) * 2)
    assert pace.rate() == pytest.approx(2.0, rel=0.1)
    assert pace.left(100) == pytest.approx(50, rel=0.1)
    for second in range(121, 400):
        pace.note(float(second), 42 + (second - 120) * 10)
    assert pace.rate() == pytest.approx(10.0, rel=0.15)
    assert pace.left(0) == 0.0


def test_a_pace_says_over_how_long_it_is_known() -> None:
    pace = Pace()
    assert pace.span() == 0.0
    for now in range(4):
        pace.note(float(now), 10 + now)
    assert pace.span() == 3.0
