"""Every way into the same WordPress, in both themes, finds the same posts and makes the same records.

The crawls do not follow attributions: originals do not depend on how a post was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.soak import sampled

from .crawl import crawl
from .publishers import Publishers
from .site import BLOCK_THEME, JNEWS_THEME, WordPress
from .world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

#: Every way in.
SURFACES = ("rest", "feed", "sitemap", "archive")
#: What a surface (a theme's pages included) does not carry: there the field may be null or empty.
_FEED = {"post.image_url", "image_url", "post.modified_at", "modified_at", "post.tags", "tags"}
NOT_CARRIED: dict[tuple[str, str], set[str]] = {
    ("feed", BLOCK_THEME): _FEED,
    ("feed", JNEWS_THEME): _FEED,
    ("sitemap", BLOCK_THEME): {"post.modified_at", "modified_at", "summary"},
    ("sitemap", JNEWS_THEME): {"summary"},
    ("archive", BLOCK_THEME): {"post.modified_at", "modified_at", "summary"},
    ("archive", JNEWS_THEME): {"summary"},
}
#: Only pages show counters.
ONLY_ON_PAGES = {"post.displayed_shares", "post.displayed_views"}
#: Fields of the run, not of the post.
OF_THE_RUN = {"run_id", "crawled_at", "post.surface", "sources", "rights", "archive"}
#: The later of two posts with the same local time (``world.py``).
CLOCK_WENT_BACK = "2024-11-03T04:45:00Z"
#: Three days of the last month: requests that are no post's own page, at most.
WINDOW = ("2025-06-10", "2025-06-13")
#: By day, three days of UTC are five of a site whose zone is not known; a feed does not say how many posts make a
#: page of it, so one is asked in vain.
LISTING_REQUESTS = {"rest": 3, "feed": 6, "sitemap": 2, "archive": 6}


#: The last months, the hour that came twice included; every post of three years is what `make figures` asks for.
LAST_MONTHS = "2024-10-15"
LAST_WEEKS = "2025-04-15"
#: Each way in once, each theme's pages once.
SAMPLE = (
    ("feed", BLOCK_THEME, LAST_MONTHS),
    ("archive", BLOCK_THEME, LAST_MONTHS),
    ("sitemap", JNEWS_THEME, LAST_MONTHS),
)
EVERYTHING = tuple((surface, theme, "all") for theme in (BLOCK_THEME, JNEWS_THEME) for surface in SURFACES)


@pytest.fixture
def themes(site: WordPress) -> Iterator[WordPress]:
    """The site, shown in its first theme again after the test."""
    yield site
    site.use_theme(BLOCK_THEME)


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and name in {"post", "publisher", "attribution", "original"}:
            flat |= {f"{name}.{inner}": inside for inner, inside in value.items()}
        else:
            flat[name] = value
    return {name: _curly(value) for name, value in flat.items() if name not in OF_THE_RUN}


def _curly(value: Any) -> Any:
    """Block themes texturise what REST has texturised already; feeds show emoji as images, less their selector."""
    return value.replace("'", "’").replace("\ufe0f", "") if isinstance(value, str) else value


def _as_it_must(surface: str, theme: str, name: str, record: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether the difference in field *name* is WordPress's doing."""
    if name in ONLY_ON_PAGES:
        return True
    if name == "content_hash":
        # Of a text or title that is spelt otherwise there; both were compared, folded.
        return bool(record["text"] != expected["raw_text"] or record["title"] != expected["raw_title"])
    if surface == "feed" and name == "post.categories":
        # One element of RSS for both.
        return sorted(record["post"]["categories"]) == sorted(expected["post.categories"] + expected["post.tags"])
    if surface in ("sitemap", "archive") and theme == BLOCK_THEME and name in ("published_at", "post.published_at"):
        # The template turns local time back into an instant: of the hour that came twice it takes the first.
        return bool(expected[name] == CLOCK_WENT_BACK)
    return False


class Baseline:
    """What the API gives, flat, by the record's id: what the other ways in are held against."""

    def __init__(self, site: WordPress, publishers: Publishers, world: World, folder: Path) -> None:
        self._world = world
        self._crawl = lambda since: crawl(
            site, publishers, folder / since, arguments={"surface": "rest", "follow": "no", "since": since}
        )
        self._known: dict[str, dict[str, dict[str, Any]]] = {}

    def since(self, since: str) -> dict[str, dict[str, Any]]:
        """The records of posts that are not older than *since* (a day, or ``all``); crawled once."""
        if since not in self._known:
            run = self._crawl(since)
            assert run.status == 0, run.log[-3000:]
            wanted = [post for post in self._world.posts if since == "all" or post.published_at >= since]
            assert len(run.records) == len(wanted) > 0
            raw = {record["id"]: {"raw_text": record["text"], "raw_title": record["title"]} for record in run.records}
            self._known[since] = {record["id"]: _flat(record) | raw[record["id"]] for record in run.records}
        return self._known[since]


@pytest.fixture(scope="module")
def baseline(
    site: WordPress, publishers: Publishers, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Baseline:
    return Baseline(site, publishers, world, tmp_path_factory.mktemp("baseline"))


@pytest.mark.parametrize(("surface", "theme", "since"), sampled([*SAMPLE, *EVERYTHING], keep=SAMPLE))
def test_records_are_the_same(
    surface: str,
    theme: str,
    since: str,
    baseline: Baseline,
    themes: WordPress,
    publishers: Publishers,
    tmp_path: Path,
) -> None:
    wanted = baseline.since(since)
    themes.use_theme(theme)
    run = crawl(themes, publishers, tmp_path, arguments={"surface": surface, "follow": "no", "since": since})
    assert run.status == 0, run.log[-3000:]
    assert {record["id"] for record in run.records} == set(wanted)
    assert len(run.records) == len(wanted)
    assert {record["post"]["surface"] for record in run.records} == {surface}
    may_be_absent = NOT_CARRIED.get((surface, theme), set())
    differing = []
    for record in run.records:
        expected = wanted[record["id"]]
        for name, value in _flat(record).items():
            absent = value in (None, []) and name in may_be_absent
            if value != expected[name] and not absent and not _as_it_must(surface, theme, name, record, expected):
                differing.append(f"{record['post']['url']} {name}: {value!r} instead of {expected[name]!r}"[:300])
    assert differing == [], "\n".join(differing[:5])


@pytest.mark.parametrize("since", sampled([LAST_WEEKS, "all"], keep=[LAST_WEEKS]))
def test_sitemaps_like_yoasts_find_the_same(
    since: str, baseline: Baseline, site: WordPress, publishers: Publishers, tmp_path: Path
) -> None:
    known = baseline.since("all" if since == "all" else LAST_MONTHS)
    wanted = {one for one, record in known.items() if since == "all" or record["published_at"] >= since}
    assert len(wanted) >= 10
    site.shut("core-sitemap")
    site.forget_requests()
    try:
        run = crawl(site, publishers, tmp_path, arguments={"surface": "sitemap", "follow": "no", "since": since})
    finally:
        site.shut()
    assert run.status == 0, run.log[-3000:]
    assert {record["id"] for record in run.records} == wanted
    asked = [row["target"] for row in site.requests() if row["target"].endswith(".xml")]
    assert "/sitemap_index.xml" in asked
    assert ("/post-sitemap2.xml" if since == "all" else "/post-sitemap6.xml") in asked
    assert "/category-sitemap.xml" not in asked


@pytest.mark.parametrize("surface", SURFACES)
def test_a_window_is_pushed_down(
    surface: str, site: WordPress, publishers: Publishers, world: World, tmp_path: Path
) -> None:
    since, until = WINDOW
    wanted = {post.url for post in world.posts if since <= post.published_at < until}
    assert wanted
    site.forget_requests()
    run = crawl(
        site,
        publishers,
        tmp_path,
        arguments={"surface": surface, "follow": "no", "since": since, "until": until},
    )
    assert run.status == 0, run.log[-3000:]
    assert {record["post"]["url"] for record in run.records} == wanted
    permalinks = {post.url.removeprefix(site.url) for post in world.posts}
    once_a_day = {"/robots.txt", "/.well-known/tdmrep.json", "/"}
    listing = [row["target"] for row in site.requests() if row["target"] not in permalinks | once_a_day]
    assert len(listing) <= LISTING_REQUESTS[surface], listing
