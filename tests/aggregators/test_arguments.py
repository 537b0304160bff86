"""Each malformed, unknown or contradictory argument: one clear line, before anything is asked."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.aggregators.arguments import ALL, Arguments, parse_arguments, parse_moment
from newscrawl.clock import parse_time
from newscrawl.errors import ExitStatus, UserError
from newscrawl.net.overrides import HostOverrides
from newscrawl.net.policy import Policy

KNOWN = frozenset("site since until categories query limit surface follow deliver refresh wait".split())
POLICY = Policy(overrides=HostOverrides.parse('{"dnyuz.test:8950": "127.0.0.1:1"}'))


def parse(known: frozenset[str] = KNOWN, required: tuple[str, ...] = (), /, **given: Any) -> Arguments:
    return parse_arguments("dnyuz", given, known=known, site="https://dnyuz.com", required=required, policy=POLICY)


def complaint(**given: Any) -> str:
    with pytest.raises(UserError) as raised:
        parse(**given)
    message = str(raised.value)
    assert raised.value.exit_status == ExitStatus.USAGE == 2
    assert len(message.splitlines()) == 1
    assert len(message) < 500
    return message


def test_without_arguments_the_defaults_hold() -> None:
    assert parse() == Arguments(site="https://dnyuz.com")


def test_all_at_once() -> None:
    got = parse(
        site=" https://Other.Example/Blog/ ", since="2026-01-01", until="2026-01-31T12:30:00+02:00",
        categories="News, sport,news", query=" climate ", limit="10", surface="feed", follow="no", deliver="all",
        refresh="posts", wait="1.5", _job="scrapyd's",
    )  # fmt: skip
    assert got.given.keys() == KNOWN
    assert (got.site, got.since, got.until) == (
        "https://other.example/Blog", "2026-01-01T00:00:00Z", "2026-01-31T10:30:00Z",
    )  # fmt: skip
    assert (got.categories, got.query, got.limit) == (("news", "sport"), "climate", 10)
    assert (got.surface, got.follow, got.deliver, got.refresh, got.wait) == ("feed", False, "all", "posts", 1.5)


@pytest.mark.parametrize(
    "name", ["sinc", "SINCE", "since ", "-since", "", "x" * 500, "line\nbreak", "\x1b[31m", "since\u202e"]
)
def test_an_unknown_argument_is_named_with_what_is_known(name: str) -> None:
    message = complaint(**{name: "x"})
    assert message.startswith("spider dnyuz: unknown argument ")
    assert "categories, deliver, follow, limit" in message
    assert "\x1b" not in message
    assert "\u202e" not in message


def test_what_another_spider_takes_is_unknown_to_this_one() -> None:
    with pytest.raises(UserError, match="unknown argument 'feeds'"):
        parse(feeds="x")
    with pytest.raises(UserError, match="argument feeds is required: -a feeds="):
        parse(KNOWN | {"feeds"}, ("feeds",))
    assert parse(KNOWN | {"feeds"}, ("feeds",), feeds="a.opml").sources == ("a.opml",)


@pytest.mark.parametrize("name", sorted(KNOWN))
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_argument_is_no_default(name: str, value: str) -> None:
    assert complaint(**{name: value}) == f"argument {name} is empty"


@pytest.mark.parametrize("name", ["surface", "follow", "deliver", "refresh"])
@pytest.mark.parametrize("value", ["maybe", "YES", "yes,no", "1", "auto "[:-1] + "x"])
def test_a_choice_names_its_choices(name: str, value: str) -> None:
    assert "must be one of " in complaint(**{name: value})


BAD_TIMES = [
    "yesterday", "2026-02-30", "2026-13-01", "01.02.2026", "2026/01/01", "2026-1-1", "2026", "2026-01", "26-01-01",
    "2026-01-01T25:00", "2026-01-01T10:00:00+99:00", "2026-01-01Z", "-2026-01-01", "20260101T", "0000-01-01",
    "2026-01-01-05:00", "2026-01-01x10:00",
    "0001-01-01", "0999-12-31", "1899-12-31", "9999-12-31", "9999-12-31T23:59:59-14:00", "٢٠٢٦-01-01",
    "2026-01-01T00:00:00\nZ", "9" * 5000, "all,", "All",
]  # fmt: skip


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("value", BAD_TIMES, ids=range(len(BAD_TIMES)))
def test_a_bad_date(name: str, value: str) -> None:
    message = complaint(**{name: value})
    assert message.startswith(f"argument {name}=")
    assert message.endswith("must be a date such as 2025-06-20 or 2025-06-20T12:00:00Z")


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2025-06-20", "2025-06-20T00:00:00Z"),
        ("2025-06-20T12:00", "2025-06-20T12:00:00Z"),
        ("2025-06-20 12:00:01", "2025-06-20T12:00:01Z"),
        ("2025-06-20T12:00:00Z", "2025-06-20T12:00:00Z"),
        ("2025-06-20T00:30:00+02:00", "2025-06-19T22:30:00Z"),
        ("2025-06-20T12:00:00.999Z", "2025-06-20T12:00:00Z"),
        ("1900-01-01", "1900-01-01T00:00:00Z"),
        ("20250620", "2025-06-20T00:00:00Z"),
        ("20250620T120000Z", "2025-06-20T12:00:00Z"),
        ("2000-02-29", "2000-02-29T00:00:00Z"),
    ],
)
def test_a_good_date(value: str, moment: str) -> None:
    assert parse_moment(value) == moment
    assert parse(since=value).since == moment


@given(st.text(alphabet=string.digits + "-:TZ+. W", max_size=30))
def test_a_date_is_a_utc_string_that_sorts_or_a_fault(value: str) -> None:
    try:
        moment = parse_moment(value)
    except (ValueError, OverflowError):
        return
    assert len(moment) == len("2025-06-20T12:00:00Z")
    assert parse_moment(moment) == moment
    assert parse_time(moment).year >= 1899


@pytest.mark.parametrize(
    "dates",
    [
        {"since": "2026-01-02", "until": "2026-01-01"},
        {"since": "2026-01-01", "until": "2026-01-01"},
        {"since": "2026-01-01T01:00:00+02:00", "until": "2025-12-31T23:00:00Z"},
    ],
)
def test_since_must_be_before_until(dates: dict[str, str]) -> None:
    assert "since must be before until" in complaint(**dates)


def test_since_all_goes_with_until() -> None:
    assert parse(since="all", until="2026-01-01").since == ALL
    assert "argument until='all'" in complaint(until="all")


def test_what_contradicts() -> None:
    assert "contradict" in complaint(follow="no", refresh="originals")
    assert parse(follow="no", refresh="posts").refresh == "posts"


@pytest.mark.parametrize(
    "value", ["0", "-1", "1.5", "ten", "1e3", "1_000", "１０", "²", "9" * 10, "9" * 5000, "0x10", "+5"]
)
def test_a_bad_limit(value: str) -> None:
    assert complaint(limit=value).endswith("must be a whole number from 1 up")


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "1e999", "soon", "Forever", "-0.001", "1_0", "١"])
def test_a_bad_wait(value: str) -> None:
    assert complaint(wait=value).endswith("must be seconds, or forever")


def test_a_good_wait() -> None:
    assert parse(wait="forever").wait == float("inf")
    assert parse(wait="0").wait == 0
    assert parse(wait="2.5").wait == 2.5


@pytest.mark.parametrize(
    "value",
    [",", " , ,", "a b", "a/b", "ne?ws", "x" * 201, "news\n,sport;", "<b>", ",".join(f"c{n}" for n in range(51))],
)
def test_bad_categories(value: str) -> None:
    assert complaint(categories=value).startswith("argument categories")


def test_categories_in_any_script() -> None:
    assert parse(categories="политика,%E4%B8%AD,c.d-e_f").categories == ("политика", "%e4%b8%ad", "c.d-e_f")


def test_a_query_that_is_too_long_is_not_cut_in_silence() -> None:
    assert parse(query="q" * 500).query == "q" * 500
    assert "at most 500 characters" in complaint(query="q" * 501)


BAD_SITES = [
    "dnyuz.com", "//dnyuz.com", "ftp://dnyuz.com", "file:///etc/passwd", "javascript:alert(1)", "https://", "https:///x",
    "https://localhost", "http://127.0.0.1", "http://2130706433", "http://[::1]", "http://0x7f.1", "https://intranet",
    "https://a.internal", "https://user:pw@dnyuz.com", "https://dnyuz.com:22", "https://dnyuz.com:99999",
    "https://dnyuz.com:abc", "https://dnyuz.com/?p=1", "https://dnyuz.com/#top", "https://dny uz.com", "https://dnyuz..com",
    "https://dnyuz.com/" + "x" * 9000, "http://dnyuz.test:8951", "https://x_y%00.com",
    "https://dnyuz.com/" + "x" * 500,
]  # fmt: skip


@pytest.mark.parametrize("value", BAD_SITES, ids=range(len(BAD_SITES)))
def test_a_bad_site(value: str) -> None:
    message = complaint(site=value)
    assert message.startswith("argument site=")
    assert "\x1b" not in message


@pytest.mark.parametrize(
    ("value", "site"),
    [
        ("https://dnyuz.com", "https://dnyuz.com"),
        ("HTTPS://DNYUZ.COM/", "https://dnyuz.com"),
        ("https://dnyuz.com:443/", "https://dnyuz.com"),
        ("http://dnyuz.com:8080/Blog//", "http://dnyuz.com:8080/Blog"),
        ("http://dnyuz.test:8950", "http://dnyuz.test:8950"),
        ("https://zürich.example/ä", "https://xn--zrich-kva.example/%C3%A4"),
        # As browsers read them, and as the address policy did.
        ("https:dnyuz.com", "https://dnyuz.com"),
        ("https:\\\\dnyuz.com\\blog", "https://dnyuz.com/blog"),
    ],
)
def test_one_site_is_written_one_way(value: str, site: str) -> None:
    assert parse(site=value).site == site


@given(st.dictionaries(st.sampled_from(sorted(KNOWN)), st.text(max_size=20), max_size=4))
def test_whatever_is_given_there_is_one_line_or_an_answer(values: dict[str, str]) -> None:
    try:
        parse(**values)
    except UserError as error:
        lines = str(error).splitlines()
        assert len(lines) == 1
