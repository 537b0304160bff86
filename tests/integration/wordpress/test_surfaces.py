"""Every way into the same WordPress, in both themes, finds the same posts and makes the same records.

The crawls do not follow attributions: originals do not depend on how a post was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .crawl import crawl
from .publishers import Publishers
from .site import BLOCK_THEME, JNEWS_THEME, WordPress
from .world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

#: The surfaces that are built so far.
SURFACES = ("rest",)
#: What a surface (a theme's pages included) does not carry: there the field may be null or empty.
NOT_CARRIED: dict[tuple[str, str], set[str]] = {
    ("feed", BLOCK_THEME): {"post.image_url", "image_url", "post.modified_at", "modified_at"},
    ("feed", JNEWS_THEME): {"post.image_url", "image_url", "post.modified_at", "modified_at"},
    ("sitemap", BLOCK_THEME): {"post.modified_at", "modified_at", "summary"},
    ("sitemap", JNEWS_THEME): {"summary"},
    ("archive", BLOCK_THEME): {"post.modified_at", "modified_at", "summary"},
    ("archive", JNEWS_THEME): {"summary"},
}
#: Only pages show counters.
ONLY_ON_PAGES = {"post.displayed_shares", "post.displayed_views"}
#: Fields of the run, not of the post.
OF_THE_RUN = {"run_id", "crawled_at", "post.surface", "sources", "rights", "archive"}
#: Three days of the last month: requests that are no post's own page, at most.
WINDOW = ("2025-06-10", "2025-06-13")
LISTING_REQUESTS = {"rest": 3, "feed": 4, "sitemap": 3, "archive": 5}


@pytest.fixture(params=[BLOCK_THEME, JNEWS_THEME])
def theme(request: pytest.FixtureRequest, site: WordPress) -> Iterator[str]:
    site.use_theme(request.param)
    yield request.param
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
    """Block themes texturise what REST has texturised already: ``'”`` there is ``’”`` here."""
    return value.replace("'", "’") if isinstance(value, str) else value


@pytest.fixture(scope="module")
def baseline(
    site: WordPress, publishers: Publishers, world: World, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    run = crawl(site, publishers, tmp_path_factory.mktemp("baseline"), arguments={"surface": "rest", "follow": "no"})
    assert run.status == 0, run.log[-3000:]
    assert len(run.records) == len(world.posts)
    return {record["id"]: _flat(record) for record in run.records}


@pytest.mark.parametrize("surface", SURFACES)
def test_records_are_the_same(
    surface: str,
    theme: str,
    baseline: dict[str, dict[str, Any]],
    site: WordPress,
    publishers: Publishers,
    tmp_path: Path,
) -> None:
    run = crawl(site, publishers, tmp_path, arguments={"surface": surface, "follow": "no"})
    assert run.status == 0, run.log[-3000:]
    assert {record["id"] for record in run.records} == set(baseline)
    assert len(run.records) == len(baseline)
    assert {record["post"]["surface"] for record in run.records} == {surface}
    may_be_absent = NOT_CARRIED.get((surface, theme), set())
    differing = []
    for record in run.records:
        for name, value in _flat(record).items():
            expected = baseline[record["id"]][name]
            absent = value in (None, [])
            if value != expected and not (absent and name in may_be_absent) and name not in ONLY_ON_PAGES:
                differing.append(f"{record['post']['url']} {name}: {value!r} instead of {expected!r}"[:300])
    assert differing == []


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
    listing = [
        row["target"] for row in site.requests() if row["target"] not in permalinks and row["target"] != "/robots.txt"
    ]
    assert len(listing) <= LISTING_REQUESTS[surface], listing
