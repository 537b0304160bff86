"""How many requests a window of three days costs in a site of five years and 36,500 posts, by each surface.

The bounds are those of docs/surfaces.md.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache

import pytest

from tests.site import JSON, Page
from tests.soak import sampled
from tests.surfaces.sites import NOW, SITE, card, index, item, list_page, listed, rest_post, rss, sitemap

DAYS, A_DAY = 5 * 365, 20
SINCE, UNTIL = NOW - dt.timedelta(days=903), NOW - dt.timedelta(days=900)
PAGE = 10


@cache
def posts() -> list[tuple[str, dt.datetime]]:
    """Newest first; one every 72 minutes."""
    return [(f"post-{n}", NOW - dt.timedelta(minutes=72 * n + 5)) for n in range(DAYS * A_DAY)]


def of_day(path: str) -> list[tuple[str, dt.datetime]]:
    return [one for one in posts() if f"{one[1]:%Y/%m/%d}" == path]


def wanted() -> set[str]:
    return {name for name, time in posts() if SINCE <= time < UNTIL}


def by_rest(_path: str, query: dict[str, str], _url: str) -> Page:
    left = [
        one for one in posts() if query.get("after", "") < f"{one[1]:%Y-%m-%dT%H:%M:%S}" < query.get("before", "9999")
    ]
    shown = [rest_post(int(name[5:]) + 1, time, link=f"{SITE}/{name}/") for name, time in left[:100]]
    return 200, {**JSON, "X-WP-Total": str(len(left))}, json.dumps(shown)


def by_pages(path: str, query: dict[str, str], days: bool, feed: bool) -> Page:
    parts = [one for one in path.strip("/").split("/") if one not in ("", "feed", "atom")]
    number = int(query.get("paged", 1))
    if "page" in parts:
        number = int(parts.pop(parts.index("page") + 1))
        parts.remove("page")
    if parts and not days:
        return None
    some = (of_day("/".join(parts)) if parts else posts())[(number - 1) * PAGE : number * PAGE]
    if not some:
        return None
    if feed:
        return rss(*(item(*one) for one in some), head="<generator>https://wordpress.org/?v=6.8</generator>")
    return list_page(*(card(*one) for one in some))


def sitemaps(size: int, top: str, name: str) -> dict[str, Page]:
    oldest_first = posts()[::-1]
    files = {
        f"/{name.format(n)}": oldest_first[at : at + size] for n, at in enumerate(range(0, len(oldest_first), size), 1)
    }
    made = '<?xml-stylesheet href="main-sitemap.xsl"?>' if "yoast" in top or size == 1_000 else ""
    pages: dict[str, Page] = {
        path: sitemap(*((f"{SITE}/{one}/", time) for one, time in some), made=made) for path, some in files.items()
    }
    pages[top] = index(*((f"{SITE}{path}", some[-1][1]) for path, some in files.items()), made=made)
    return pages


def test_rest() -> None:
    got = listed("rest", by_rest, since=SINCE, until=UNTIL)
    assert got.names == wanted()
    assert len(got.asked) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("days", [True, False])
@pytest.mark.parametrize("surface", ["feed", "archive"])
def test_lists(surface: str, days: bool) -> None:
    feed = surface == "feed"

    def site(path: str, query: dict[str, str], _url: str) -> Page:
        return by_pages(path, query, days, feed) if "feed" in path or not feed else None

    got = listed(surface, site, since=SINCE, until=UNTIL)
    assert got.names >= wanted()
    # Five days in the site's zone, two pages and the one behind them each; or 2 log2(3,650) to find them.
    assert len(got.asked) <= (5 + 5 * 3 if days else 2 * 12 + 6 + 12), got.asked


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "top", "name", "most"),
    sampled(
        [
            (1_000, "/sitemap_index.xml", "post-sitemap{}.xml", 37),
            (2_000, "/wp-sitemap.xml", "wp-sitemap-posts-post-{}.xml", 19),
        ],
        keep=[(2_000, "/wp-sitemap.xml", "wp-sitemap-posts-post-{}.xml", 19)],
    ),
)
def test_sitemaps(size: int, top: str, name: str, most: int) -> None:
    pages = sitemaps(size, top, name)
    got = listed("sitemap", lambda path, _query, _url: pages.get(path), since=SINCE, until=UNTIL)
    assert got.names >= wanted()
    # The files, the index, and the usual places that are tried before it.
    assert len(got.asked) <= most + 3, got.asked
