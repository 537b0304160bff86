"""Dates in words and numbers, in the orders and languages of the press."""

from __future__ import annotations

import datetime as dt
import random
import time

import pytest

from newscrawl.html import dates
from newscrawl.html.dates import dates_in, day_in_words, month_of, parse_stamp


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("2024. március 5. 10:15", "hu"),
        ("2024 m. kovo 5 d. 10:15", "lt"),
        ("2024. gada 5. marts 10:15", "lv"),
        ("5. martā, 2024 10:15", "lv"),
        ("Selasa, 5 Maret 2024 10:15", "id"),
        ("Τρίτη 5 Μαρτίου 2024, 10:15", "el"),
        ("5 марта 2024 г., 10:15", "ru"),
        ("5 березня 2024 року 10:15", "uk"),
        ("5 сакавіка 2024, 10:15", "be"),
        ("вторник, 5 март 2024 10:15", "bg"),
        ("5 Mart 2024 10:15", "tr"),
        ("5 mart 2024, 10:15", "az"),
        ("5. března 2024 10:15", "cs"),
        ("5. ožujka 2024. 10:15", "hr"),
        ("5 maart 2024 om 10:15", "nl"),
        ("5. mars 2024 kl. 10:15", "nb"),
        ("5. maaliskuuta 2024 10:15", "fi"),
        ("5 martie 2024, 10:15", "ro"),
        ("5 مارس 2024 10:15", "ar"),
        ("٥ مارس ٢٠٢٤ ١٠:١٥", "ar"),
        ("5 במרץ 2024, 10:15", "he"),
        ("5 मार्च 2024, 10:15", "hi"),
        ("5 มีนาคม 2567 10:15", "th"),
        ("5 tháng 3, 2024 10:15", "vi"),
        ("2024年3月5日 10:15", "ja"),
        ("2024년 3월 5일 10:15", "ko"),
        ("05.03.24, 10:15 Uhr", "de"),
        ("5/3/24 10:15", "it"),
        ("5 Machi 2024 10:15", "sw"),
        ("5 Maart 2024 10:15", "af"),
        ("5 மார்ச் 2024 10:15", "ta"),
        ("৫ মার্চ ২০২৪ ১০:১৫", "bn"),
    ],
)
def test_orders_and_languages(text: str, language: str) -> None:
    stamp = parse_stamp(text, language=language)
    assert stamp is not None
    assert (stamp.utc(), stamp.precision) == ("2024-03-05T10:15:00Z", "minute")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Published: 10:15, 5 March 2024 | Updated: 18:40, 9 March 2024", ["2024-03-05T10:15", "2024-03-09T18:40"]),
        ("Updated March 9, 2024 6:40 p.m.; first published March 5, 2024", ["2024-03-09T18:40", "2024-03-05T00:00"]),
        ("05/03/2024 10:15 | Actualizado a 09/03/2024 18:40", ["2024-03-05T10:15", "2024-03-09T18:40"]),
        ("5. März 2024, aktualisiert 18:40 Uhr", ["2024-03-05T00:00"]),
        ("Stand: 09.03.2024, 18:40 Uhr", ["2024-03-09T18:40"]),
    ],
)
def test_each_date_has_its_own_clock(text: str, expected: list[str]) -> None:
    assert [one.stamp.utc()[:16] for one in dates_in(text)] == expected


def test_what_is_called_the_publication_is_taken() -> None:
    for text in (
        "Updated March 9, 2024 6:40 p.m.; first published March 5, 2024",
        "Posted 5 March 2024 (modified 9 March 2024)",
        "Última actualización: 09.03.2024. Publicado: 05.03.2024",
    ):
        stamp = parse_stamp(text)
        assert stamp is not None
        assert stamp.utc() == "2024-03-05T00:00:00Z", text
    assert [one.label for one in dates_in("Last updated 9 March 2024")] == ["updated"]


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("July 5, 2024 10:15 AM ET", -4),
        ("January 5, 2024 10:15 AM ET", -5),
        ("July 5, 2024 10:15 AM PT", -7),
        ("December 5, 2024, 10:15 am CT", -6),
        ("March 10, 2024 9:15 AM MT", -6),
        ("October 29, 2006 10:15 AM ET", -5),
        ("October 28, 2006 10:15 AM ET", -4),
    ],
)
def test_a_clock_of_the_united_states_follows_the_season(text: str, offset: int) -> None:
    stamp = parse_stamp(text)
    assert stamp is not None
    assert stamp.moment.utcoffset() == dt.timedelta(hours=offset)


def test_one_name_two_months() -> None:
    assert month_of("listopada", "pl") == 11
    assert month_of("listopada", "hr-HR") == 10
    assert month_of("listopada") == 11
    assert month_of("nobody") is None


@pytest.mark.parametrize("text", ["version 1.2.24.5", "31 feb 2020", "no date", "10:15", "5 of 2024", "2024"])
def test_no_date(text: str) -> None:
    assert parse_stamp(text) is None


def test_the_day_alone_for_lists() -> None:
    assert day_in_words("03/04/2025", "en-GB") == "2025-04-03"
    assert day_in_words("03/04/2025", "en-US") == "2025-03-04"
    assert day_in_words("03/04/2025") is None


def test_a_day_that_does_not_exist_again_and_again_costs_no_more_for_being_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("newscrawl.html.dates.MAX_STAMP", 10**9)
    started = time.thread_time()
    assert parse_stamp("31 feb 2020 " * 20_000) is None
    assert time.thread_time() - started < 2


def test_a_machine_date_read_at_once_is_what_the_reader_of_texts_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(4)
    values = []
    for _ in range(3_000):
        year = rng.choice((rng.randint(1600, 2800), rng.randint(1990, 2030)))
        text = (
            f"{year:04}-{rng.randint(0, 13):02}-{rng.randint(0, 32):02}T{rng.randint(0, 25):02}:{rng.randint(0, 61):02}"
        )
        text += rng.choice(("", f":{rng.randint(0, 61):02}", f":{rng.randint(0, 59):02}.{rng.randint(0, 10**9)}"))
        values.append(text + rng.choice(("", "Z", f"{rng.randint(-18, 18):+03}:{rng.choice((0, 30, 61)):02}", "+0100")))
    at_once = [parse_stamp(value) for value in values]
    read = sum(dates._from_iso(value) is not None for value in values)
    monkeypatch.setattr(dates, "_from_iso", lambda text: None)
    assert at_once == [parse_stamp(value) for value in values]
    assert read > 1_000
