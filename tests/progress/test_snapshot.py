"""How far a piece of work is and how long it takes yet."""

from __future__ import annotations

import pytest

from newscrawl.progress.snapshot import HostQueue, Pace, Snapshot, crawl_left, share


def test_a_line_says_what_how_much_and_how_long() -> None:
    assert Snapshot("exporting", 412, 1_200, "records", 540.0).line() == (
        "exporting: 412 of 1,200 records, 34 %, about 9 min left"
    )
    assert Snapshot("exporting", 7, None, "records").line() == "exporting: 7 records"
    some = Snapshot("listing", 7, 9, "posts", 30.0, at_least=True).line()
    assert some == "listing: 7 of at least 9 posts, 77 %, at least 30 s left"


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


def _left(*queues: HostQueue, unplaced: float = 0.0, placed: int = 0, by_pace: float | None = None) -> float | None:
    return crawl_left(
        list(queues), listing=0.0, homes=frozenset({"agg.test"}), unplaced=unplaced, placed=placed, by_pace=by_pace
    )


def test_a_crawl_lasts_as_long_as_its_longest_queue() -> None:
    assert _left() is None
    assert _left(HostQueue("a.test", 10, 1.0), HostQueue("b.test", 90, 2.0)) == 180
    assert _left(HostQueue("a.test", 10, 1.0), by_pace=60.0) == 60
    # What is left alone for a while begins later.
    assert _left(HostQueue("a.test", 10, 1.0, begins=30.0), HostQueue("b.test", 20, 1.0)) == 40


def test_what_is_not_read_yet_goes_where_the_others_went() -> None:
    # Of 100 posts so far 60 went to a.test, so 120 of the other 200 will; the site's own pages are not multiplied.
    queues = HostQueue("a.test", 10, 1.0, asked=50), HostQueue("agg.test", 100, 1.0, asked=100)
    assert _left(*queues, unplaced=200, placed=100) == 130
