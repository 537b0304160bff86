"""Surface `rest` against a WordPress API on loopback that drifts, caps, hides, lies and fails."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from newscrawl.surfaces.answers import Answer, SurfaceError, SurfaceRequest
from newscrawl.surfaces.fetcher import Fetcher
from newscrawl.surfaces.rest import IgnoresModifiedAfter, RestSurface
from tests.site import asking
from tests.soak import sampled
from tests.surfaces.wordpress import DST_END, WordPress

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HTML = (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Hello</body></html>")


@pytest.fixture
def site() -> WordPress:
    return WordPress()


class Walk:
    """What a walk over a surface gave."""

    def __init__(self) -> None:
        self.pages: list[Answer] = []
        self.waits: list[float] = []
        self.error: SurfaceError | None = None

    @property
    def ids(self) -> list[int]:
        return [_number(copy.url) for page in self.pages for copy in page.posts]


def _number(url: str) -> int:
    return int(url.rstrip("/").rpartition("-")[2])


def walk(
    site: WordPress,
    cursor: dict[str, Any] | None = None,
    *,
    most: int | None = None,
    between: Any = None,
    **request: Any,
) -> Walk:
    """List to the end, or *most* pages; *between* is called after each page."""
    done = Walk()

    async def sleep(seconds: float) -> None:
        done.waits.append(seconds)

    async def main() -> None:
        surface = RestSurface(Fetcher(asking(site), sleep=sleep), SurfaceRequest(site.site, **request))
        try:
            async for page in surface.pages(cursor):
                done.pages.append(page)
                if between is not None:
                    between(len(done.pages))
                if most is not None and len(done.pages) >= most:
                    break
        except SurfaceError as error:
            done.error = error

    asyncio.run(asyncio.wait_for(main(), 20))
    return done


def posts_asked(site: WordPress) -> list[dict[str, str]]:
    return [query for route, query in site.asked if route.endswith("/wp/v2/posts")]


# --- the plain way -----------------------------------------------------------------------------------


def test_one_page_is_one_request(site: WordPress) -> None:
    made = site.publish(30, T0)
    got = walk(site)
    assert got.ids == made[::-1]
    assert len(site.asked) == 1
    copy = got.pages[0].posts[0]
    assert (copy.title, copy.html, copy.author, copy.categories) == ("Post 30", "<p>Body 30</p>", "An Author", ["News"])
    assert (copy.published_at, copy.published_precision) == ("2026-03-01T12:00:00Z", "second")
    assert (copy.source, copy.surface, copy.site) == ("wp-rest", "rest", site.site)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 250])
def test_each_post_once_newest_first(site: WordPress, count: int) -> None:
    made = site.publish(count, T0)
    got = walk(site)
    assert got.ids == made[::-1]
    assert len(site.asked) <= count // 99 + 1


def test_a_window_and_a_search_are_pushed_down(site: WordPress) -> None:
    made = site.publish(100, T0)
    got = walk(site, since="2026-03-01T11:00:00Z", until="2026-03-01T11:30:00Z", query="x y")
    assert got.ids == [number for number in made[::-1] if 11 * 60 <= _minute(site, number) < 11 * 60 + 30]
    assert len(got.ids) == 30
    assert posts_asked(site)[0]["search"] == "x y"
    assert len(site.asked) == 1


def _minute(site: WordPress, number: int) -> int:
    return site.posts[number].hour * 60 + site.posts[number].minute


# --- drift -------------------------------------------------------------------------------------------


def test_posts_that_appear_and_go_meanwhile_move_nothing(site: WordPress) -> None:
    made = site.publish(450, T0)
    gone: list[int] = []

    def meanwhile(page: int) -> None:
        site.publish(37, T0 + dt.timedelta(hours=page))
        gone.append(made[-1 - page])
        del site.posts[made[-1 - page]]

    got = walk(site, between=meanwhile)
    assert set(made) - set(gone) <= set(got.ids)
    assert len(got.ids) == len(set(got.ids))


def test_many_posts_in_one_second(site: WordPress) -> None:
    older = site.publish(20, T0 - dt.timedelta(days=1))
    pile = site.publish(250, T0, step=0)
    newer = site.publish(20, T0 + dt.timedelta(days=1))
    got = walk(site)
    assert sorted(got.ids) == sorted({*got.ids}) == [*older, *pile, *newer]


def test_piles_of_a_hundred(site: WordPress) -> None:
    for day in range(4):
        site.publish(100, T0 + dt.timedelta(days=day), step=0)
    assert sorted(set(walk(site).ids)) == list(range(1, 401))


def test_the_hour_that_comes_twice(site: WordPress) -> None:
    made = site.publish(400, DST_END + dt.timedelta(hours=3), step=60)
    got = walk(site)
    assert sorted(set(got.ids)) == made
    # And with a window in the middle of it, in UTC.
    got = walk(site, since="2025-11-02T05:30:00Z", until="2025-11-02T06:30:00Z")
    first, last = dt.datetime(2025, 11, 2, 5, 30, tzinfo=dt.UTC), dt.datetime(2025, 11, 2, 6, 30, tzinfo=dt.UTC)
    wanted = [number for number in made if first <= site.posts[number] < last]
    assert set(got.ids) <= set(wanted)


# --- caps and totals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cap", [99, 50, 20, 10])
def test_a_lower_cap(site: WordPress, cap: int) -> None:
    site.cap = cap
    made = site.publish(120, T0)
    assert sorted(set(walk(site).ids)) == made


@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("cap", sampled([100, 50, 7], keep=[100, 7]))
@pytest.mark.parametrize("count", sampled([0, 1, 7, 50, 120], keep=[0, 7, 120]))
def test_a_silent_cap(site: WordPress, cap: int, headers: bool, count: int) -> None:
    site.silent_cap, site.headers = cap, headers
    made = site.publish(count, T0)
    got = walk(site)
    assert got.error is None
    assert sorted(set(got.ids)) == made


@pytest.mark.parametrize("headers", [True, False])
def test_a_silent_cap_and_one_second(site: WordPress, headers: bool) -> None:
    site.silent_cap, site.headers = 20, headers
    made = site.publish(90, T0, step=0)
    assert sorted(set(walk(site).ids)) == made


# --- going on ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("done", sampled([1, 2, 3], keep=[2]))
def test_an_interrupted_listing_goes_on_below_what_it_covered(site: WordPress, done: int) -> None:
    made = site.publish(550, T0)
    first = walk(site, most=done)
    site.asked.clear()
    late = site.publish(30, T0 + dt.timedelta(hours=5))
    second = walk(site, first.pages[-1].cursor)
    assert set(first.ids) | set(second.ids) == {*made, *late}
    # The newest once more, then what is missing: what was covered is not asked for again.
    assert len(site.asked) <= 1 + (550 - 100 * done) // 99 + 1
    third = walk(site, second.pages[-1].cursor)
    assert set(third.ids) >= set(late)


@pytest.mark.slow
def test_interrupted_again_and_again(site: WordPress) -> None:
    made = site.publish(500, T0)
    cursor, found = None, set()
    for turn in range(6):
        part = walk(site, cursor, most=2)
        found |= set(part.ids)
        cursor = part.pages[-1].cursor
        made += site.publish(120, T0 + dt.timedelta(days=turn + 1))
    last = walk(site, cursor)
    assert found | set(last.ids) == set(made)


def test_a_wider_run_after_an_interrupted_narrow_one(site: WordPress) -> None:
    """Also where the API ignores `after`: what was shown and not taken is not covered."""
    site.ignores = frozenset({"after"})
    made = site.publish(150, T0)
    narrow = walk(site, most=2, since="2026-03-01T11:30:00Z")
    wide = walk(site, narrow.pages[-1].cursor)
    assert set(narrow.ids) | set(wide.ids) == set(made)


# --- APIs that do not do as asked --------------------------------------------------------------------


def test_an_api_that_ignores_after_does_not_lead_through_the_whole_site(site: WordPress) -> None:
    site.ignores = frozenset({"after"})
    site.publish(1000, T0)
    got = walk(site, since="2026-03-01T11:00:00Z")
    assert len(set(got.ids)) == 61
    assert len(site.asked) <= 3


@pytest.mark.parametrize("headers", [True, False])
def test_an_api_that_ignores_before_is_walked_by_number(site: WordPress, headers: bool) -> None:
    site.ignores, site.headers = frozenset({"before"}), headers
    made = site.publish(350, T0)
    got = walk(site)
    assert got.error is None
    assert sorted(set(got.ids)) == made
    assert len(site.asked) <= 7


@pytest.mark.parametrize("headers", [True, False])
def test_the_same_answer_to_everything_is_no_complete_listing(site: WordPress, headers: bool) -> None:
    site.ignores, site.headers = frozenset({"*"}), headers
    site.publish(350, T0)
    got = walk(site)
    assert got.error is not None
    assert got.error.reason == "broken"
    assert len(site.asked) <= 5


def test_an_old_post_pinned_to_the_top_hides_none(site: WordPress) -> None:
    made = site.publish(350, T0)
    site.pinned = (made[0], made[40])
    assert sorted(set(walk(site).ids)) == made


# --- what is no answer -------------------------------------------------------------------------------


def _json(body: str, status: int) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, body.encode()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_json('{"code":"rest_disabled","message":"x","data":{"status":401}}', 401), "disabled"),
        (_json('{"code":"rest_forbidden","message":"x","data":{"status":403}}', 403), "disabled"),
        (_json("", 403), "http_403"),
        ((403, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html>"), "html"),
        (HTML, "html"),
        ((200, {"Content-Type": "application/json"}, HTML[2]), "html"),
        (_json('[{"id": 1, "link": "http://x', 200), "broken"),
        (_json("", 200), "truncated"),
        (_json('"posts"', 200), "broken"),
        (_json("{}", 200), "broken"),
        (_json('{"code":"rest_teapot","message":"x"}', 418), "http_418"),
        (_json('{"code":"rest_invalid_param","message":"x","data":{"status":400}}', 400), "http_400"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", [1, 2])
def test_a_refusal_is_no_end(site: WordPress, answer: Any, reason: str, page: int) -> None:
    site.publish(250, T0)
    site.before_answer = lambda number: answer if number >= page else None
    got = walk(site)
    assert got.error is not None
    assert (got.error.reason, len(got.pages)) == (reason, page - 1)
    assert "\n" not in str(got.error)
    assert len(site.asked) <= 8


def test_json_that_cannot_be_read_is_asked_for_again(site: WordPress) -> None:
    made = site.publish(250, T0)
    site.before_answer = lambda number: _json('[{"id": 1, "link": "http://x', 200) if number in (2, 3) else None
    got = walk(site)
    assert got.error is None
    assert sorted(set(got.ids)) == made


def test_the_end_is_no_error(site: WordPress) -> None:
    site.publish(100, T0, step=0)
    site.headers = False
    got = walk(site)
    assert got.error is None
    assert len(got.ids) == 100


def test_without_pretty_permalinks_the_plain_address_answers(site: WordPress) -> None:
    site.pretty = False
    made = site.publish(150, T0)
    got = walk(site, categories=("news",))
    assert sorted(set(got.ids)) == made
    assert [route for route, _ in site.asked][:2] == ["/wp-json/wp/v2/categories", "/wp/v2/categories"]
    assert posts_asked(site)[-1]["categories"] == "1"


# --- categories and terms ----------------------------------------------------------------------------


def test_categories_that_the_site_does_not_have(site: WordPress) -> None:
    got = walk(site, categories=("news", "nowhere", "\x1b[31m"))
    assert got.error is not None
    assert got.error.reason == "categories"
    assert "nowhere" in str(got.error)
    assert "news," not in str(got.error)
    assert "\x1b" not in str(got.error)
    assert posts_asked(site) == []


@pytest.mark.parametrize("slug", ["п", "%d0%bf", "%D0%BF"])
def test_a_category_in_another_script(site: WordPress, slug: str) -> None:
    site.slugs = {"%d0%bf": 7}
    site.before_answer = lambda _number: None
    site.publish(1, T0)
    if slug == "%D0%BF":
        slug = slug.lower()
    assert walk(site, categories=(slug,)).error is None
    assert posts_asked(site)[0]["categories"] == "7"


def test_terms_that_are_not_embedded_are_asked_for_once(site: WordPress) -> None:
    site.embed = False
    site.publish(150, T0)
    got = walk(site)
    assert {tuple(copy.categories) for page in got.pages for copy in page.posts} == {("Name 1",)}
    assert sum(route.endswith("/categories") for route, _ in site.asked) == 1


def test_terms_that_cannot_be_had_cost_no_post(site: WordPress) -> None:
    site.embed, site.slugs = False, {}
    made = site.publish(150, T0)
    got = walk(site)
    assert sorted(set(got.ids)) == made
    assert sum(route.endswith("/categories") for route, _ in site.asked) == 1


# --- patience ----------------------------------------------------------------------------------------


def test_retry_after_is_waited_for(site: WordPress) -> None:
    site.publish(3, T0)
    site.before_answer = lambda number: (429, {"Retry-After": "7"}, b"") if number == 1 else None
    got = walk(site)
    assert len(got.ids) == 3
    assert got.waits == [7.0]


def test_a_passing_fault_is_tried_again_with_growing_delay(site: WordPress) -> None:
    site.publish(3, T0)
    site.before_answer = lambda number: (503, {}, b"") if number < 3 else None
    got = walk(site)
    assert len(got.ids) == 3
    assert got.waits == [2.0, 4.0]


@pytest.mark.parametrize(
    ("answer", "reason", "asked"),
    [
        ((503, {}, b""), "http_503", 3),
        # Three times at 100 posts a page, then once at 50 and at 10: memory may not have been enough.
        ((500, {}, b"{}"), "http_500", 5),
        ((429, {"Retry-After": "3600"}, b""), "left_alone", 1),
        ((429, {"Retry-After": "soon"}, b""), "http_429", 3),
        ((429, {"Retry-After": "-5"}, b""), "http_429", 3),
    ],
)
def test_patience_has_an_end(site: WordPress, answer: Any, reason: str, asked: int) -> None:
    site.before_answer = lambda _number: answer
    got = walk(site)
    assert got.error is not None
    assert got.error.reason == reason
    assert len(site.asked) == asked
    assert all(0 < wait <= 120 for wait in got.waits)


# --- changes and sweeps ------------------------------------------------------------------------------


def _changes(site: WordPress, since: str) -> list[int]:
    async def main() -> list[int]:
        surface = RestSurface(Fetcher(asking(site)), SurfaceRequest(site.site))
        return [_number(copy.url) async for page in surface.changes(since) for copy in page.posts]

    return asyncio.run(asyncio.wait_for(main(), 20))


@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("cap", [100, 30])
def test_changes_since(site: WordPress, headers: bool, cap: int) -> None:
    made = site.publish(500, T0)
    site.headers, site.silent_cap = headers, cap
    later = T0 + dt.timedelta(days=1)
    changed = made[::4]
    site.modified = {number: later + dt.timedelta(seconds=place) for place, number in enumerate(changed)}
    assert sorted(set(_changes(site, "2026-03-02T00:00:00Z"))) == changed
    assert _changes(site, "2026-04-01T00:00:00Z") == []


def test_an_api_that_does_not_know_modified_after_is_told(site: WordPress) -> None:
    site.publish(50, T0)
    site.ignores = frozenset({"modified_after"})
    with pytest.raises(IgnoresModifiedAfter):
        _changes(site, "2026-03-02T00:00:00Z")


@pytest.mark.parametrize(("cap", "silent"), [(100, 100), (50, 100), (100, 30), (100, 99)])
@pytest.mark.parametrize("headers", [True, False])
def test_a_sweep_misses_nobody_for_a_cap(site: WordPress, cap: int, silent: int, headers: bool) -> None:
    made = site.publish(100, T0)
    del site.posts[made[50]]
    site.cap, site.silent_cap, site.headers = cap, silent, headers

    async def main() -> list[int]:
        surface = RestSurface(Fetcher(asking(site)), SurfaceRequest(site.site))
        page = await surface.by_numbers([str(number) for number in made])
        return [_number(copy.url) for copy in page.posts]

    assert sorted(set(asyncio.run(asyncio.wait_for(main(), 20)))) == sorted(site.posts)
