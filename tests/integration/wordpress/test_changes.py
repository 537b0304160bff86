"""A site that lives: the same scope crawled again and again while posts come, change and go.

Its posts are synthetic, so ``../shared`` is not needed.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import plan
from .conftest import need_wordpress
from .crawl import Crawl, crawl
from .publishers import Publishers
from .site import WordPress

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def _post(number: int, published: dt.datetime) -> dict[str, Any]:
    fault = plan.FAULTS[number]
    return {
        "name": fault.name,
        "title": fault.title,
        "content": _content(fault.text),
        "published": published.strftime("%Y-%m-%d %H:%M:%S"),
        "categories": ["News"],
        "tags": [],
        "author": fault.publisher,
        "image": None,
        "comments": [],
    }


def _content(text: tuple[str, ...]) -> str:
    return "".join(f"<p>{html.escape(paragraph, quote=False)}</p>\n" for paragraph in text)


class _Site:
    """The site, its posts' ids and addresses by name, and a folder for one scope's database."""

    def __init__(self, site: WordPress, publishers: Publishers, folder: Path) -> None:
        self.site = site
        self.publishers = publishers
        self.folder = folder
        self.posts: dict[str, dict[str, Any]] = {}

    def write(self, *numbers: int, published: dt.datetime) -> None:
        """Publish posts, an hour apart from *published* on."""
        self.posts |= self.site.load(
            [_post(number, published + dt.timedelta(hours=place)) for place, number in enumerate(numbers)]
        )

    def crawl(self, **arguments: str | None) -> Crawl:
        """Run on this folder's database; ``since`` is left to its default unless it is named."""
        self.site.forget_requests()
        given: dict[str, str | None] = {"since": None, "follow": "no"}
        return crawl(self.site, self.publishers, self.folder, arguments=given | arguments)

    def names(self, run: Crawl) -> dict[str, int]:
        """The posts whose records *run* delivered, with their versions."""
        assert run.status == 0, run.log[-3000:]
        by_url = {post["url"]: name for name, post in self.posts.items()}
        return {by_url[record["post"]["url"]]: record["version"] for record in run.records}

    def listings(self) -> list[str]:
        """Requests of the last crawl but robots.txt."""
        return [row["target"] for row in self.site.requests() if row["target"] != "/robots.txt"]


@pytest.fixture(scope="module")
def empty_site() -> Iterator[WordPress]:
    """A site of this module's own: that of the package keeps its world."""
    need_wordpress()
    with WordPress() as site:
        yield site


@pytest.fixture
def living(empty_site: WordPress, tmp_path: Path) -> Iterator[_Site]:
    """The site with twelve posts, emptied and open again after the test."""
    with Publishers() as publishers:
        living = _Site(empty_site, publishers, tmp_path)
        living.write(*range(12), published=dt.datetime(2024, 3, 1, 12, 0, tzinfo=dt.UTC))
        yield living
        empty_site.edit(delete=[post["id"] for post in living.posts.values()])
        empty_site.shut()


def test_only_what_is_new_or_changed_is_delivered(living: _Site) -> None:
    assert set(living.names(living.crawl(since="all"))) == {fault.name for fault in plan.FAULTS[:12]}

    assert living.names(living.crawl()) == {}
    assert len(living.listings()) <= 2

    changed, gone = plan.FAULTS[3], plan.FAULTS[5]
    living.write(12, published=dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=1))
    living.site.edit(
        update={living.posts[changed.name]["id"]: _content((*changed.text, "A correction was added on Thursday."))},
        delete=[living.posts[gone.name]["id"]],
    )
    run = living.crawl()
    assert living.names(run) == {changed.name: 2, plan.FAULTS[12].name: 1}
    text = {record["version"]: record["text"] for record in run.records}
    assert text[2].endswith("A correction was added on Thursday.")
    assert len(living.listings()) <= 3

    assert living.names(living.crawl()) == {}


def test_a_deleted_post_is_found_gone(living: _Site) -> None:
    living.crawl(since="all")
    gone = plan.FAULTS[5].name
    living.site.edit(delete=[living.posts[gone]["id"]])
    runs = [living.crawl(since="all", refresh="posts") for _ in range(3)]
    delivered = [living.names(run) for run in runs]
    assert [set(names) for names in delivered].count({gone}) == 1
    assert [set(names) for names in delivered].count(set()) == 2
    records = [record for run in runs for record in run.records]
    assert [record["gone_at"] is not None for record in records] == [True]
    # A post that is gone keeps what was known of it.
    assert records[0]["text"].startswith(plan.FAULTS[5].text[0])


def test_an_old_wordpress_ignores_modified_after(living: _Site) -> None:
    """No mistake comes of it: new posts are found, known ones are not delivered again."""
    living.site.shut("modified_after")
    living.crawl(since="all")
    living.write(12, published=dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=1))
    assert living.names(living.crawl()) == {plan.FAULTS[12].name: 1}
    assert living.names(living.crawl()) == {}


def test_a_shut_api_is_one_line_and_status_4(living: _Site) -> None:
    living.site.shut("rest")
    run = living.crawl(since="all", surface="rest")
    assert run.status == 4
    assert "Traceback" not in run.log
    assert run.records == []


def test_auto_takes_the_richest_way_that_is_open(living: _Site) -> None:
    """Each time the same twelve posts, found another way, each by its surface's own record."""
    everything = {fault.name for fault in plan.FAULTS[:12]}
    for shut, surface in (
        ((), "rest"),
        (("rest",), "feed"),
        (("rest", "feed"), "sitemap"),
        (("rest", "feed", "sitemap"), "archive"),
    ):
        living.site.shut(*shut)
        living.folder = living.folder / surface
        run = living.crawl(since="all")
        assert set(living.names(run)) == everything, surface
        assert {record["post"]["surface"] for record in run.records} == {surface}


def test_a_post_found_in_several_ways_is_one(living: _Site) -> None:
    """The API is shut after the first run: the feed's posts are known ones."""
    assert len(living.names(living.crawl(since="all"))) == 12
    living.site.shut("rest")
    assert living.names(living.crawl(since="all")) == {}
    living.site.shut("rest", "feed", "sitemap")
    assert living.names(living.crawl(since="all")) == {}
