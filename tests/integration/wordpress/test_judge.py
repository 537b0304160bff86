"""The judge itself: flawless records pass, and every kind of flaw is seen. No WordPress takes part."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .crawl import SHARED, Crawl, Report, judge
from .publishers import Publishers
from .world import Post, World, build

Records = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def publishers() -> Iterator[Publishers]:
    """A server of these tests' own: other tests count the requests of theirs."""
    if not (SHARED / "data" / "pages" / "gold.jsonl").exists():
        pytest.skip("../shared/data/pages is not here")
    with Publishers() as server:
        yield server


@pytest.fixture(scope="module")
def planned(publishers: Publishers) -> World:
    """Every post that is not ordinary, and a fifth of those that are."""
    world = build(SHARED, publishers)
    world.posts = [post for number, post in enumerate(world.posts) if post.kind != "ordinary" or number % 5 == 0]
    for number, post in enumerate(world.posts):
        post.url = f"http://aggregator.test/{number}/%e3%81%82/"
    return world


def _flawless(post: Post) -> dict[str, Any]:
    original = post.verdict.outcome.startswith("original")
    return {
        "id": post.name,
        "version": 1,
        "outcome": post.verdict.outcome,
        "reason": post.verdict.reason,
        "url": post.original if original else post.url,
        "text": post.gold["body"] if original and post.gold else "The copy.",
        "text_source": "original" if original else "post",
        "attribution": post.attribution and dict(post.attribution),
        "post": {
            "url": post.url.replace("%e3", "%E3"),
            "title": post.title,
            "published_at": post.published_at,
            "categories": list(post.categories),
            "tags": list(post.tags),
            "author": post.author,
            "image_url": post.image,
        },
    }


def _judged(
    world: World,
    publishers: Publishers,
    spoil: Callable[[Records], object],
    requests: list[dict[str, Any]] | None = None,
) -> Report:
    records = {post.name: _flawless(post) for post in world.posts}
    spoil(records)
    return judge(world, Crawl(0, 1.0, list(records.values()), ""), requests or [], publishers)


def test_flawless_records_pass(planned: World, publishers: Publishers) -> None:
    report = _judged(planned, publishers, lambda records: None)
    for name in ("missing", "repeated", "strangers", "wrong_ending", "wrong_attribution", "wrong_post", "decoys_taken"):
        assert getattr(report, name) == [], name
    assert report.f1 == pytest.approx(1.0)
    assert (
        report.figures["posts_in_exactly_one_record"]
        == report.figures["outcome_and_reason_right"]
        == len(planned.posts)
    )
    assert report.coverage["post.title"] == 1.0
    reasons = [post.verdict.reason for post in planned.posts]
    assert 0 < reasons.count(None) < len(reasons)
    assert report.coverage["reason"] == pytest.approx(1 - reasons.count(None) / len(reasons), abs=1e-4)


def _double(records: Records) -> None:
    records["again"] = records["slow"] | {"id": "another"}


def _newer(records: Records) -> None:
    """A later version of the same id is no second record."""
    records["again"] = records["slow"] | {"version": 2, "reason": "dns"}


@pytest.mark.parametrize(
    ("spoil", "flaw"),
    [
        (lambda records: records.pop("slow"), "missing"),
        (_double, "repeated"),
        (lambda records: records["slow"]["post"].update(url="http://aggregator.test/other/"), "strangers"),
        (lambda records: records["slow"].update(reason="dns"), "wrong_ending"),
        (_newer, "wrong_ending"),
        (lambda records: records["gone-404"].update(outcome="failed"), "wrong_ending"),
        (lambda records: records["slow"].update(attribution=None), "wrong_attribution"),
        (lambda records: records["slow"]["attribution"].update(original_url=None), "wrong_attribution"),
        (lambda records: records["slow"]["attribution"].update(publisher_name="Someone"), "wrong_attribution"),
        (
            lambda records: records["no-attribution"].update(attribution={"publisher_name": "Commenters Own"}),
            "wrong_attribution",
        ),
        (lambda records: records["slow"]["post"].update(published_at="2024-01-01T00:00:00Z"), "wrong_post"),
        (lambda records: records["slow"]["post"].update(categories=["Uncategorized"]), "wrong_post"),
        (lambda records: records["fundus-de-Golem_2024_04_28"].update(text_source="original"), "decoys_taken"),
    ],
)
def test_a_flaw_is_seen(planned: World, publishers: Publishers, spoil: Callable[[Records], object], flaw: str) -> None:
    assert len(getattr(_judged(planned, publishers, spoil), flaw)) == 1


def test_text_of_the_copy_is_no_text_of_the_original(planned: World, publishers: Publishers) -> None:
    def spoil(records: Records) -> None:
        for record in records.values():
            record["text_source"] = "post"

    assert _judged(planned, publishers, spoil).f1 == 0.0


def test_requests_are_counted_but_for_site_files_redirects_and_retries(planned: World, publishers: Publishers) -> None:
    def row(target: str, status: int) -> dict[str, Any]:
        return {"host": "aggregator.test", "target": target, "status": status}

    requests = [
        row("/robots.txt", 200),
        row("/.well-known/tdmrep.json", 404),
        row("/.well-known/tdmrep.json", 404),
        row("/wp-json/wp/v2/posts", 200),
        row("/wp-json/wp/v2/posts", 200),
        row("/old/", 301),
        row("/broken/", 500),
        row("/broken/", 500),
        row("/broken/", 200),
    ]
    figures = _judged(planned, publishers, lambda records: None, requests).figures
    assert figures["requests_aggregator"] == 4  # a site's file that is asked for again counts
    left_out = {"robots_txt": 1, "tdmrep_json": 1, "redirects": 1, "retries": 2}
    assert figures["requests_not_counted"] == left_out


def test_trespasses_are_seen(planned: World, publishers: Publishers) -> None:
    publishers.forget_requests()
    for host, target in (
        (f"127.0.0.1:{publishers.port}", "/internal"),
        (f"www.cliffside-review.test:{publishers.port}", "/robots-denied/"),
        (f"www.cliffside-review.test:{publishers.port}", "/robots.txt"),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", publishers.port, timeout=10)
        connection.request("GET", target, headers={"Host": host})
        connection.getresponse().read()
        connection.close()
    assert len(publishers.trespasses()) == 2
    publishers.forget_requests()
