"""Dates of feeds in the forms that software writes them."""

from __future__ import annotations

import pytest

from newscrawl.surfaces.parsing.feedtime import feed_time


@pytest.mark.parametrize(
    ("value", "at", "precision"),
    [
        ("Lundi, 16. Novembre 2020 - 15:54", "2020-11-16T00:00:00Z", "day"),  # "Lun" begins like a month of Basque
        ("Mardi 3 mars 2026 09:05 +0100", "2026-03-03T08:05:00Z", "minute"),
        ("mar., 01 déc. 2020 16:11:02 +0000", "2020-12-01T16:11:02Z", "second"),
        ("Sat, 11 04 2020 08:51:49 +0100", "2020-04-11T07:51:49Z", "second"),  # 11 April was a Saturday
        ("Wed, 11/04/2020", "2020-11-04T00:00:00Z", "day"),
        ("2003-012-31T10:14:55+00:00", "2003-12-31T10:14:55Z", "second"),  # Google's extra zero
        ("031231", "2003-12-31T00:00:00Z", "day"),
        ("2003-12-31T25:14:55Z", "2003-12-31T00:00:00Z", "day"),  # the hour is senseless, the day is not
        ("Sun, 16 Dec 2012 11:47:32 +00:zz", "2012-12-16T00:00:00Z", "day"),
        ("2013-01-28T09:00:00+00:xx", "2013-01-28T00:00:00Z", "day"),
    ],
)
def test_a_date(value: str, at: str, precision: str) -> None:
    found = feed_time(value)
    assert found is not None
    assert (found.at, found.precision) == (at, precision)


@pytest.mark.parametrize("value", ["2003-12", "2003", "Nov. 2020", "11/04/2020", "Thu, 11/04/2020", "991399", "sat"])
def test_no_day_is_known(value: str) -> None:
    """An undated post is left out of no window; one with a guessed day is."""
    assert feed_time(value) is None
