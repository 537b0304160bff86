"""Each silent failure is told of by one run, with its cause and examples, and recovers; an ordinary run is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from newscrawl.health.current import LIVE
from newscrawl.health.figures import FIELDS, Figures, Seen, Waits, count
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.health.monitors import Case, Judgement, judge
from newscrawl.health.volume import HOUR, Hours

DAY = 86_400.0
BEGIN = 1_772_409_600.0
SITE = "https://aggregator.test"
Make = Callable[[int, float], Seen]


def seen(number: int, at: float, **changed: Any) -> Seen:
    values: dict[str, Any] = {
        "url": f"{SITE}/{number}", "outcome": "original", "reason": None, "wording": "yoast:en",
        "publisher": f"paper{number % 10}.test", "present": frozenset(FIELDS), "words": 400 + number % 50 * 8,
        "text_source": "original", "posted": at - 600 * (1 + number % 5), "published": at - 4000 - 600 * (number % 9),
        "discovered": at, **changed,
    }  # fmt: skip
    return Seen(**values)


def without_original(number: int, at: float, reason: str, **changed: Any) -> Seen:
    gone = {"outcome": "post_only", "present": frozenset(), "text_source": "post", "words": None, "published": None}
    return seen(number, at, reason=reason, **gone, **changed)


def run(day: int, make: Make = seen, *, posts: int = 20, **changed: Any) -> Figures:
    at = BEGIN + day * DAY
    figures = Figures(run_id=str(day), started=at, surfaces={"rest": 40}, in_window=20)
    for name, value in changed.items():
        setattr(figures, name, value)
    count(figures, [make(number, at) for number in range(posts)], previous=at - DAY)
    return figures


def hours(day: int, *, until: float | None = None) -> Hours:
    """A post an hour, up to the end of *day* or to *until* days."""
    begin, last = int(BEGIN // HOUR), int((BEGIN + day * DAY) // HOUR)
    newest = last if until is None else int((BEGIN + until * DAY) // HOUR)
    return Hours(dict.fromkeys(range(begin - 48, newest), 1), begin - 48, last)


HISTORY = [run(day) for day in range(30)]


def judged(
    now: Figures, of: Hours | None = None, *, failing: Mapping[Monitor, Finding] | None = None, after: Any = ()
) -> Judgement:
    return judge(
        Case(
            scope="s", name=SITE, history=[*HISTORY, *after], now=now, failing=failing or {},
            hours=of or hours(int((now.started - BEGIN) / DAY)),
        )
    )  # fmt: skip


def alarms(found: Judgement) -> list[Monitor]:
    return [monitor for monitor, finding in found.wrong.items() if finding.level is Level.FAILING]


def test_an_ordinary_run_is_well() -> None:
    found = judged(run(31))
    assert found.wrong == {}
    assert found.well >= set(Monitor) - LIVE


FAILURES: dict[str, tuple[Monitor, Figures, str]] = {
    "the sentence is gone": (
        Monitor.ATTRIBUTION,
        run(31, lambda n, at: without_original(n, at, "no_attribution", wording=None, publisher=None)),
        "of 20 posts 0 have a source",
    ),
    "the sentence is reworded": (Monitor.WORDING, run(31, lambda n, at: seen(n, at, wording="link")), "now link"),
    "REST is switched off": (
        Monitor.SURFACE,
        run(31, surfaces={"feed": 10}, refused={"rest": ["http_404", "the REST API is switched off"]}),
        "rest no longer serves, feed is read",
    ),
    "half of the publishers refuse": (
        Monitor.ORIGINALS,
        run(31, lambda n, at: without_original(n, at, "http_403") if n % 2 else seen(n, at)),
        "5 of 10 publishers are not reached once: paper1.test",
    ),
    "all publishers refuse": (
        Monitor.ORIGINALS, run(31, lambda n, at: without_original(n, at, "http_403")), "20 http_403",
    ),
    "challenges everywhere": (
        Monitor.ORIGINALS, run(31, lambda n, at: without_original(n, at, "challenge")), "20 challenge",
    ),
    "dates run ahead": (
        Monitor.DATES, run(31, lambda n, at: seen(n, at, posted=at + 5 * HOUR)), "0 are not dated in the future",
    ),
    "dates fall behind": (
        Monitor.DATES, run(31, lambda n, at: seen(n, at, posted=at - 30 * HOUR)), "before the last run",
    ),
    "a field is lost": (
        Monitor.FIELDS,
        run(31, lambda n, at: seen(n, at, present=frozenset(FIELDS) - {"authors"})),
        "of 20 articles 0 have authors",
    ),
    "texts are cut": (Monitor.LENGTH, run(31, lambda n, at: seen(n, at, words=60)), "of 20 texts 0 have"),
    "the list is empty": (Monitor.LISTING, run(31, posts=0, surfaces={}), "though 20 of the run's window are known"),
    "no entry of the lists can be used": (
        Monitor.LISTING, run(31, posts=0, surfaces={}, complete=False, left_out={"no_date": 9}), "9 no_date",
    ),
    "lists are refused": (
        Monitor.LISTING,
        run(31, posts=0, surfaces={}, complete=False, unlisted=["html", "a challenge page"]),
        "a challenge page",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_a_silent_failure_is_told_within_one_run_and_recovers(name: str) -> None:
    monitor, figures, words = FAILURES[name]
    found = judged(figures)
    assert list(found.wrong) == [monitor]
    finding = found.wrong[monitor]
    assert finding.level is Level.FAILING
    assert words in finding.message
    assert finding.since.startswith("2026-04-02")
    assert finding.advice
    if monitor is not Monitor.LISTING:  # whose examples are the database's posts
        assert len(finding.examples) == 3
    figures.failing = [monitor.value]
    well = judged(run(32), failing=found.wrong, after=[figures])
    assert well.wrong == {}
    assert monitor in well.well
    figures.failing = []


def mixed(number: int, at: float, **changed: Any) -> Seen:
    """One post in four is German, one in five comes from a great publisher, the others from many."""
    publisher = "great.test" if number % 5 == 0 else f"paper{number % 40}.test"
    return seen(number, at, **{"publisher": publisher, "language": "en" if number % 4 else "de", **changed})


def german(number: int) -> bool:
    return number % 4 == 0


def great(number: int) -> bool:
    return number % 5 == 0


PARTS = [run(day, mixed, posts=40) for day in range(30)]
FAILURES_OF_A_PART: dict[str, tuple[Monitor, Make, str]] = {
    "the sentence is gone in one language": (
        Monitor.ATTRIBUTION,
        lambda n, at: (
            without_original(n, at, "no_attribution", wording=None, publisher=None, language="de")
            if german(n)
            else mixed(n, at)
        ),
        "of 10 posts in de 0 have a source",
    ),
    "the sentence is reworded in one language": (
        Monitor.WORDING,
        lambda n, at: mixed(n, at, wording="link" if german(n) else "yoast:en"),
        "of 10 sources in de 0 are named in the usual words",
    ),
    "one great publisher's pages are gone": (
        Monitor.PUBLISHERS,
        lambda n, at: without_original(n, at, "http_410", publisher="great.test") if great(n) else mixed(n, at),
        "great.test (8 of 8, reached before 100 %); since 2026-04-02T00:00:00Z; 8 http_410",
    ),
    "one great publisher's pages are empty": (
        Monitor.PUBLISHERS,
        lambda n, at: without_original(n, at, "truncated", publisher="great.test") if great(n) else mixed(n, at),
        "8 truncated",
    ),
    "most of one great publisher's pages are no article any more": (
        Monitor.PUBLISHERS,
        lambda n, at: (
            without_original(n, at, "not_article", publisher="great.test") if great(n) and n % 40 else mixed(n, at)
        ),
        "of 8 originals of great.test 1 are reached (12 %)",
    ),
    "one great publisher's authors are lost": (
        Monitor.FIELDS,
        lambda n, at: mixed(n, at, present=frozenset(FIELDS) - ({"authors"} if great(n) else set())),
        "of 8 articles of great.test 0 have authors",
    ),
    "one great publisher's texts are cut": (
        Monitor.LENGTH,
        lambda n, at: mixed(n, at, words=60 if great(n) else 400),
        "of 8 texts of great.test 0 have",
    ),
}


@pytest.mark.parametrize("name", FAILURES_OF_A_PART)
def test_what_befalls_one_language_or_great_publisher_is_told_and_recovers(name: str) -> None:
    monitor, make, words = FAILURES_OF_A_PART[name]

    def after(now: Figures, failing: Mapping[Monitor, Finding], *before: Figures) -> Judgement:
        case = Case(
            scope="s", name=SITE, history=[*PARTS, *before], now=now, failing=failing, hours=hours(int(now.run_id))
        )
        return judge(case)

    figures = run(31, make, posts=40)
    found = after(figures, {})
    assert alarms(found) == [monitor]
    assert words in found.wrong[monitor].message
    assert len(found.wrong[monitor].examples) == 3
    figures.failing = [monitor.value]
    # A run without posts of that part cannot say that it is well.
    others = run(32, lambda n, at: mixed(1, at), posts=20)
    assert monitor not in after(others, found.wrong, figures).well
    assert monitor in after(run(33, mixed, posts=40), found.wrong, figures).well
    assert alarms(after(run(33, mixed, posts=40), found.wrong, figures)) == []


def test_a_small_publisher_that_gives_nothing_any_more_is_a_note() -> None:
    def without(n: int, at: float) -> Seen:
        one = mixed(n, at)
        return without_original(n, at, "http_403", publisher=one.publisher) if n % 40 == 7 else one

    runs = [run(day, without, posts=40) for day in range(31, 36)]
    found = judge(Case(scope="s", name=SITE, history=[*PARTS, *runs[:-1]], now=runs[-1], hours=hours(36)))
    assert [(one.monitor, one.level) for one in found.wrong.values()] == [(Monitor.PUBLISHERS, Level.NOTE)]

    def a_bad_day(n: int, at: float) -> Seen:
        one = mixed(n, at)
        return without_original(n, at, "http_404", publisher="great.test") if great(n) and n % 10 else one

    # Beside a note a great publisher is judged as ever: four of eight lost on one day are no fall of half.
    runs[-1].failing = []
    later = judge(
        Case(
            scope="s", name=SITE, history=[*PARTS, *runs], now=run(37, a_bad_day, posts=20), hours=hours(37),
            failing=found.wrong,
        )
    )  # fmt: skip
    assert alarms(later) == []


def test_dates_an_hour_off_are_told_of_where_runs_come_every_four_hours() -> None:
    def spread(shift: float) -> Make:
        return lambda n, at: seen(n, at, posted=at - 300 - 600 * n + shift)

    history = [run(day, spread(0.0), posts=24) for day in range(30)]
    for figures in history:
        figures.dated, figures.ahead, figures.late = 24, 0, 0
    for shift, words in ((HOUR, "18 are not dated in the future"), (-HOUR, "are not dated before the last run")):
        now = Figures(run_id="31", started=BEGIN + 31 * DAY, surfaces={"rest": 40}, in_window=20)
        count(now, [spread(shift)(n, now.started) for n in range(24)], previous=now.started - 4 * HOUR)
        found = judge(Case(scope="s", name=SITE, history=history, now=now, hours=hours(31)))
        assert words in found.wrong[Monitor.DATES].message


def test_dates_that_are_right_again_are_well_though_they_moved_little_beside_the_originals() -> None:
    def lagging(shift: float) -> Make:
        return lambda n, at: seen(n, at, posted=at - 300 - 600 * n + shift, published=at - 300 - 600 * n - 3000 * n)

    def made(day: int, shift: float) -> Figures:
        now = Figures(run_id=str(day), started=BEGIN + day * DAY, surfaces={"rest": 40}, in_window=20)
        count(now, [lagging(shift)(n, now.started) for n in range(24)], previous=now.started - 4 * HOUR)
        return now

    history = [made(day, 0.0) for day in range(30)]
    wrong = made(30, -5 * HOUR)
    found = judge(Case(scope="s", name=SITE, history=history, now=wrong, hours=hours(30)))
    assert alarms(found) == [Monitor.DATES]
    wrong.failing = ["dates"]
    after = Case(
        scope="s", name=SITE, history=[*history, wrong], now=made(31, 0.0), hours=hours(31), failing=found.wrong
    )
    assert Monitor.DATES in judge(after).well


def test_half_of_the_requests_that_fail_for_half_a_day_are_told_of() -> None:
    def fails(n: int, at: float) -> Seen:
        return without_original(n, at, "http_500") if n % 10 < 4 else seen(n, at)

    runs = [run(day, fails) for day in (31, 32, 33)]
    assert alarms(judged(runs[0])) == []
    assert alarms(judged(runs[-1], after=runs[:-1])) == [Monitor.ERRORS]


def test_a_frozen_list_is_silence() -> None:
    found = judged(run(31, posts=0), hours(31, until=29.5))
    assert list(found.wrong) == [Monitor.SILENCE]
    assert "37 h 00 min" in found.wrong[Monitor.SILENCE].what or "1 d" in found.wrong[Monitor.SILENCE].what


def test_since_stays_while_it_lasts() -> None:
    first = run(31, lambda n, at: without_original(n, at, "http_403"))
    found = judged(first)
    first.failing = ["originals"]
    second = judged(run(32, lambda n, at: without_original(n, at, "http_403")), failing=found.wrong, after=[first])
    assert second.wrong[Monitor.ORIGINALS].since == found.wrong[Monitor.ORIGINALS].since


def test_an_outage_of_an_hour_is_no_alarm_and_one_of_a_day_is() -> None:
    def fails(n: int, at: float) -> Seen:
        return without_original(n, at, "timeout")

    assert judged(run(31, fails)).wrong == {}
    assert alarms(judged(run(33, fails), after=[run(31, fails), run(32, fails)])) == [Monitor.ERRORS]


def test_a_site_that_cannot_be_reached_is_told_of_when_it_lasts() -> None:
    def down(day: int) -> Figures:
        return run(day, posts=0, surfaces={}, complete=False, unlisted=["http_503", "the site does not serve"])

    assert judged(down(31)).wrong == {}
    assert list(judged(down(33), after=[down(31), down(32)]).wrong) == [Monitor.UNREACHABLE]


def test_a_list_that_breaks_off_is_told_of_when_it_lasts() -> None:
    def cut(day: int) -> Figures:
        return run(day, complete=False, refused={"archive": ["cut", "page 2 leads to nothing (404)"]})

    assert judged(cut(31)).wrong == {}
    found = judged(cut(33), after=[cut(31), cut(32)])
    assert list(found.wrong) == [Monitor.UNREACHABLE]
    assert "could not list its posts to the end" in found.wrong[Monitor.UNREACHABLE].message
    assert "page 2 leads to nothing" in found.wrong[Monitor.UNREACHABLE].message


def test_a_small_site_is_judged_over_several_runs() -> None:
    def bad(day: int) -> Figures:
        return run(day, lambda n, at: without_original(n, at, "no_attribution", wording=None, publisher=None), posts=1)

    after: list[Figures] = []
    told = 0
    for day in range(31, 45):
        now = bad(day)
        if judged(now, after=after).wrong:
            told = day
            break
        after.append(now)
    assert 35 <= told <= 40


def test_what_is_declared_is_expected_from_the_first_run_on() -> None:
    now = run(31, lambda n, at: without_original(n, at, "http_403"))
    now.expect = {"reached": 0.5}
    case = Case(scope="s", name=SITE, history=[], now=now)
    assert list(judge(case).wrong) == [Monitor.ORIGINALS]


def test_what_is_accepted_is_usual() -> None:
    odd = [run(day, lambda n, at: seen(n, at, wording="link")) for day in (31, 32)]
    for one in odd:
        one.failing = ["wording"]
    now = run(33, lambda n, at: seen(n, at, wording="link"))
    case = Case(scope="s", name=SITE, history=[*HISTORY, *odd], now=now, accepted={Monitor.WORDING: odd[0].started})
    assert judge(case).wrong == {}


def test_a_good_day_does_not_end_an_episode_and_begin_another() -> None:
    """One of two publishers refuses for good; a day that brings posts of the other alone is no recovery."""

    def half(n: int, at: float) -> Seen:
        refused = n % 10 < 5
        return without_original(n, at, "http_403") if refused else seen(n, at)

    first = run(31, half)
    found = judged(first)
    assert list(found.wrong) == [Monitor.ORIGINALS]
    first.failing = ["originals"]
    lucky = run(32, lambda n, at: seen(n, at, publisher="paper7.test"), posts=6)
    second = judged(lucky, failing=found.wrong, after=[first])
    assert Monitor.ORIGINALS not in second.well
    assert list(second.wrong) == [Monitor.ORIGINALS]


def test_the_sentence_in_another_language_is_the_same_sentence() -> None:
    tongues = ("en", "de", "fr", "es", "it", "pt", "ar", "ja", "ru", "tr", "nl", "sv")
    before = [run(day, lambda n, at: seen(n, at, wording=f"yoast:{tongues[n % 12]}")) for day in range(30)]
    reworded = run(31, lambda n, at: seen(n, at, wording="via:en"))
    russian = run(31, lambda n, at: seen(n, at, wording="yoast:ru"))
    case = Case(scope="s", name=SITE, history=before, now=reworded)
    assert "now via, before yoast" in judge(case).wrong[Monitor.WORDING].message
    assert judge(replace(case, now=russian)).wrong == {}


def test_waits_are_bounded_and_those_of_the_most_asked_hosts_are_kept() -> None:
    waits = Waits()
    for number in range(3_000):
        waits.add(f"host{number}.test", 0.5)
    waits.add("host7.test", 1.5)
    kept = waits.most_asked()
    assert (len(kept), next(iter(kept.items()))) == (40, ("host7.test", [2, 2.0]))
    waits.add("host2999.test", 1.0)
    assert "host2999.test" not in waits.most_asked()


def test_figures_come_back_from_json() -> None:
    assert Figures.of(HISTORY[3].to_json()) == HISTORY[3]


def test_publishers_that_turn_away_whom_they_only_needed_a_browser_for_count_as_changed() -> None:
    """On a small site whose publishers often need a browser the share falls too little to be sure of."""

    def usual(n: int, at: float) -> Seen:
        paper = n % 11
        if paper < 5:
            return without_original(n, at, "needs_browser", publisher=f"paper{paper}.test")
        if n % 16 in (5, 6):
            return without_original(n, at, "login", publisher=f"paper{paper}.test")
        return seen(n, at, publisher=f"paper{paper}.test")

    def refused(n: int, at: float) -> Seen:
        paper = n % 11
        return without_original(n, at, "http_403", publisher=f"paper{paper}.test") if paper % 2 else usual(n, at)

    before = [run(day, usual, posts=16) for day in range(10)]
    for now, expected in ((run(10, usual, posts=16), []), (run(10, refused, posts=16), [Monitor.ORIGINALS])):
        found = judge(Case(scope="s", name=SITE, history=before, now=now, hours=hours(10)))
        assert alarms(found) == expected


def of_two_papers(number: int, at: float, **changed: Any) -> Seen:
    return seen(number, at, publisher="small.test" if number % 4 == 3 else "large.test", **changed)


def cut(number: int, at: float) -> Seen:
    return of_two_papers(number, at, words=20)


def still_cut_at_the_small_one(number: int, at: float) -> Seen:
    return of_two_papers(number, at, words=20 if number % 4 == 3 else 500)


@pytest.mark.parametrize(("make", "is_well"), [(of_two_papers, True), (still_cut_at_the_small_one, False)])
def test_what_fell_everywhere_is_well_when_all_is_though_a_publisher_has_few_posts_to_prove_it(
    make: Make, is_well: bool
) -> None:
    history = [run(day, of_two_papers) for day in range(30)]
    failing: dict[Monitor, Finding] = {}
    for day in (30, 31):
        broken = run(day, cut)
        found = judge(Case(scope="s", name=SITE, history=history, now=broken, hours=hours(day), failing=failing))
        failing = found.standing(failing)
        assert Monitor.LENGTH in failing
        history.append(replace(broken, failing=[monitor.value for monitor in failing]))
    found = judge(
        Case(scope="s", name=SITE, history=history, now=run(32, make, posts=16), hours=hours(32), failing=failing)
    )
    assert (Monitor.LENGTH not in found.standing(failing)) is is_well


def test_publishers_that_turn_nobody_away_any_more_are_well_though_a_few_posts_hardly_tell_it() -> None:
    def some_need_a_browser(n: int, at: float, every: int = 4) -> Seen:
        publisher = f"paper{(7 * n + int(at // DAY)) % 60}.test"
        if n % every == 0:
            return without_original(n, at, "needs_browser", publisher=publisher)
        return seen(n, at, publisher=publisher)

    def half_refuse(n: int, at: float) -> Seen:
        usual = some_need_a_browser(n, at)
        return usual if n % 3 == 1 else without_original(n, at, "http_403", publisher=usual.publisher)

    history = [run(day, some_need_a_browser, posts=12) for day in range(30)]
    broken = run(30, half_refuse, posts=12)
    found = judge(Case(scope="s", name=SITE, history=history, now=broken, hours=hours(30)))
    assert Monitor.ORIGINALS in found.wrong
    broken.failing = [Monitor.ORIGINALS.value]

    def after(now: Figures) -> Judgement:
        case = Case(
            scope="s", name=SITE, history=[*history, broken], now=now, hours=hours(31), failing=dict(found.wrong)
        )
        return judge(case)

    # Of nine posts three need a browser: by how many are reached it might be either.
    mended = after(run(31, lambda n, at: some_need_a_browser(n, at, every=3), posts=9))
    assert Monitor.ORIGINALS in mended.well
    assert Monitor.ORIGINALS not in after(run(31, half_refuse, posts=9)).well
