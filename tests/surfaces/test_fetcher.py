"""Asking for listings: patience for what passes, none for what does not, and validators kept."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from scrapy.http import Response

from newscrawl.net.failures import RequestRefused, RobotsDenied
from newscrawl.outcomes import Reason
from newscrawl.surfaces.answers import SurfaceError, SurfaceRequest, window_days
from newscrawl.surfaces.fetcher import MOST_VALIDATORS, TRIES, Fetcher
from newscrawl.workers import Workers
from tests.site import asking
from tests.surfaces.wordpress import WordPress
from tests.workers.calls import fault_on

Answer = Callable[[int], tuple[int, dict[str, str], bytes] | None]


@pytest.fixture
def site() -> WordPress:
    return WordPress()


def ask(
    url: str, fetch: Callable[[Request], Awaitable[Response]], **options: Any
) -> tuple[Response | SurfaceError, list[float]]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def main() -> Response | SurfaceError:
        try:
            return await Fetcher(fetch, sleep=sleep).get(url, **options)
        except SurfaceError as error:
            return error

    return asyncio.run(main()), waits


@pytest.mark.parametrize("status", [200, 301, 304, 400, 401, 403, 404, 410, 451])
def test_every_answer_but_overload_and_faults_is_an_answer(site: WordPress, status: int) -> None:
    site.before_answer = lambda _number: (status, {}, b"here")
    got, waits = ask(f"{site.site}/feed/", asking(site))
    assert isinstance(got, Response)
    assert (got.status, waits, len(site.asked)) == (status, [], 1)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(site: WordPress, status: int) -> None:
    site.before_answer = lambda number: (status, {}, b"") if number < TRIES else (200, {}, b"here")
    got, waits = ask(f"{site.site}/feed/", asking(site))
    assert isinstance(got, Response)
    assert got.body == b"here"
    assert waits == [2.0, 4.0]


def test_a_date_in_retry_after_is_understood(site: WordPress) -> None:
    site.before_answer = lambda _number: (503, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}, b"")
    got, waits = ask(f"{site.site}/feed/", asking(site))
    assert isinstance(got, SurfaceError)
    assert got.reason == "left_alone"
    assert "asks to come back in" in str(got)
    assert (waits, len(site.asked)) == ([], 1)


def test_a_site_that_is_not_there() -> None:
    async def refuse(_request: Request) -> Response:
        raise ConnectionRefusedError

    got, waits = ask("http://wp.test:8080/feed/?q=secret", refuse)
    assert isinstance(got, SurfaceError)
    assert got.reason == "connection"
    assert str(got) == "http://wp.test:8080 cannot be reached: no connection"
    assert waits == [2.0, 4.0]


@pytest.mark.parametrize(
    ("error", "reason", "tries"),
    [
        (CannotResolveHostError("x"), "dns", TRIES),
        (DownloadTimeoutError("x"), "timeout", TRIES),
        (RobotsDenied("robots", "x"), "robots", 1),
        (RequestRefused("port", "x"), "refused", 1),
    ],
)
def test_what_does_not_pass_is_not_tried_again(error: Exception, reason: str, tries: int) -> None:
    asked = []

    async def fail(request: Request) -> Response:
        asked.append(request)
        raise error

    got, _ = ask("http://wp.test/feed/", fail)
    assert isinstance(got, SurfaceError)
    assert (got.reason, len(asked)) == (reason, tries)
    assert "\n" not in str(got)


def test_a_message_is_safe_for_a_terminal() -> None:
    async def fail(_request: Request) -> Response:
        raise RequestRefused("port", "x")

    got, _ = ask("http://wp\x1b[31m.test/feed/", fail)
    assert "\x1b" not in str(got)


def test_validators_are_kept_and_sent(site: WordPress) -> None:
    seen: list[dict[str, str]] = []

    async def note(request: Request) -> Response:
        seen.append({name.decode(): values[-1].decode() for name, values in request.headers.items()})
        return await asking(site)(request)

    site.before_answer = lambda number: (
        (200, {"ETag": '"1"', "Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT"}, b"x")
        if number < 3
        else (200, {}, b"y")
    )

    async def main() -> None:
        fetcher = Fetcher(note)
        url = f"{site.site}/feed/"
        await fetcher.get(url)
        assert fetcher.validators == {}
        await fetcher.get(url, conditional=True)
        assert fetcher.validators == {url: ['"1"', "Sun, 01 Mar 2026 12:00:00 GMT"]}
        await fetcher.get(url, conditional=True)
        # An answer without validators takes them away: the old ones would hide what is new.
        assert fetcher.validators == {}
        await fetcher.get(url, conditional=True)

    asyncio.run(main())
    conditional = [{"If-None-Match", "If-Modified-Since"} & headers.keys() for headers in seen]
    assert conditional == [set(), set(), {"If-None-Match", "If-Modified-Since"}, set()]


_FEED = b'<?xml version="1.0"?>\n<!-- made by x --><rss version="2.0"><channel><title>t</title></channel></rss>'
_MAP = gzip.compress(b'<urlset xmlns="s"><url><loc>http://wp.test/a/</loc></url></urlset>')
WHOLE = {
    "rss": _FEED,
    "rss with a remark behind it": _FEED + b"\n<!-- cached -->",
    "atom": b'\xef\xbb\xbf<feed xmlns="http://www.w3.org/2005/Atom"></feed>',
    "an empty root": b'<?xml version="1.0"?><urlset xmlns="s"/>',
    "a prefixed root": b"<a:feed xmlns:a='x'></a:feed>",
    "packed": _MAP,
    "addresses": b"http://wp.test/a/\nhttp://wp.test/b/",
    "JSON": b"[1, 2",  # its parser tells
    "a fragment": b"<p>no page",
}
CUT = {
    "empty": b"",
    "blank": b"\n\n",
    "rss": _FEED[:-8],
    "in its closing tag": _FEED[:-4],
    "atom": b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>',
    "packed": _MAP[:-9],
    "sitemap": b"<?xml version='1.0'?><?xml-stylesheet href='x'?><sitemapindex><sitemap><loc>http://w",
}


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE)
def test_a_whole_listing_is_asked_for_once(site: WordPress, body: bytes) -> None:
    site.before_answer = lambda _number: (200, {"ETag": '"1"'}, body)
    got, waits = ask(f"{site.site}/feed/", asking(site))
    assert isinstance(got, Response)
    assert (got.body, waits) == (body, [])


@pytest.mark.parametrize("body", CUT.values(), ids=CUT)
def test_a_cut_listing_is_asked_for_again(site: WordPress, body: bytes) -> None:
    site.before_answer = lambda number: (200, {}, body if number < TRIES else _FEED)
    got, waits = ask(f"{site.site}/feed/", asking(site))
    assert isinstance(got, Response)
    assert (got.body, waits) == (_FEED, [2.0, 4.0])


def test_a_listing_that_stays_cut_is_none(site: WordPress) -> None:
    site.before_answer = lambda _number: (200, {"ETag": '"1"'}, CUT["rss"])
    got, waits = ask(f"{site.site}/feed/", asking(site), conditional=True)
    assert isinstance(got, SurfaceError)
    assert (got.reason, waits) == (Reason.TRUNCATED, [2.0, 4.0])
    assert "cut short" in str(got)


def test_what_is_remembered_is_bounded(site: WordPress) -> None:
    site.before_answer = lambda _number: (200, {"ETag": '"' + "x" * 9000 + '"'}, b"")

    async def main() -> Fetcher:
        async def quick(request: Request) -> Response:
            return Response(request.url, headers={"ETag": "x" * 9000}, body=b"here")

        fetcher = Fetcher(quick)
        for number in range(MOST_VALIDATORS + 50):
            await fetcher.get(f"http://wp.test/{number}", conditional=True)
        return fetcher

    kept = asyncio.run(main()).validators
    assert len(kept) == MOST_VALIDATORS
    assert "http://wp.test/0" not in kept
    assert all(len(one or "") <= 300 for pair in kept.values() for one in pair)


def test_a_window_holds_its_start_and_not_its_end() -> None:
    request = SurfaceRequest("https://a.test", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")
    held = [None, "2026-03-01T00:00:00Z", "2026-03-01T23:59:59Z"]
    assert all(request.holds(one) for one in held)
    assert not any(request.holds(one) for one in ("2026-02-28T23:59:59Z", "2026-03-02T00:00:00Z"))
    assert SurfaceRequest("https://a.test").holds("1999-01-01T00:00:00Z")


def test_the_days_of_a_window_in_any_zone() -> None:
    days = window_days(SurfaceRequest("https://a.test", "2025-03-01T10:00:00Z", "2025-03-02T00:00:00Z"))
    assert days is not None
    assert [str(day) for day in days] == ["2025-03-02", "2025-03-01", "2025-02-28"]
    assert window_days(SurfaceRequest("https://a.test")) is None
    assert window_days(SurfaceRequest("https://a.test", "2025-03-01T00:00:00Z")) is None
    assert window_days(SurfaceRequest("https://a.test", "2015-03-01T00:00:00Z", "2025-03-01T00:00:00Z")) is None
    assert window_days(SurfaceRequest("https://a.test", "2025-03-01T00:00:00Z", "2199-03-01T00:00:00Z")) is None


@pytest.mark.parametrize("reason", ["dns", "connection", "timeout", "http_503"])
def test_a_remembered_failure_of_robots_txt_is_not_tried_again(reason: str) -> None:
    """The middleware had its second try: another one here would ask nothing, and only look like one."""
    asked = 0

    async def denied(_request: Request) -> Response:
        nonlocal asked
        asked += 1
        raise RobotsDenied(reason, "robots.txt cannot be had, remembered since 09:26", until=2e9)

    got, waits = ask("http://site.test/feed/", denied)
    assert isinstance(got, SurfaceError)
    assert (got.reason, waits, asked) == (reason, [], 1)
    assert "remembered since 09:26" in str(got)


def test_a_listing_that_costs_too_much_is_given_up_and_said_so() -> None:
    async def run() -> None:
        async with Workers(count=1, small=0) as workers:
            fetcher = Fetcher(asking(WordPress()), workers=workers)
            assert await fetcher.parsed(len, b"abc") == 3
            with pytest.raises(SurfaceError, match="cannot be read") as raised:
                await fetcher.parsed(fault_on, b"")
            assert raised.value.reason == "broken"
            # A packed body is never read in this process, however small.
            await fetcher.parsed(len, b"\x1f\x8b")
            assert workers.counts["inline"] == 0

    asyncio.run(run())


def test_without_workers_a_listing_is_read_here() -> None:
    assert asyncio.run(Fetcher(lambda request: None).parsed(len, b"abc")) == 3  # type: ignore[arg-type, return-value]
