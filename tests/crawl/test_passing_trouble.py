"""An aggregator that is in trouble for a while, lists that change, and habits of Scrapy's users."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.world import BETA, FEED, World, serve_world
from tests.crawl.harness import Crawl
from tests.crawl.test_ends import HOSTS, STORIES, crawl_of
from tests.faults.bench import let_time_pass
from tests.site import HTML, Page

EXCERPTS = 12


@dataclass
class Paged(World):
    """Feeds of excerpts besides: the page of each post is asked for. ``trouble``: what answers instead of a page."""

    trouble: Callable[[], Page] = lambda: None

    def __call__(self, path: str, query: dict[str, str], url: str) -> Page:
        if urlsplit(url).hostname == BETA and (found := re.fullmatch(r"/(excerpts|more)\.xml", path)):
            body = self.excerpts(0 if found[1] == "excerpts" else 100)
            return 200, {**FEED, "ETag": f'"{found[1]}"'}, body
        if urlsplit(url).hostname == BETA and (found := re.fullmatch(r"/post-(\d+)/", path)):
            return self.trouble() or (200, HTML, self.post(int(found[1])))
        return super().__call__(path, query, url)

    def excerpts(self, first: int) -> str:
        items = "".join(
            f"<item><title>Post number {n} of the harbour</title><link>{self.at(BETA)}/post-{n}/</link>"
            f"<pubDate>Mon, 02 Mar 2026 {n % 12:02}:00:00 GMT</pubDate>"
            "<description>A beginning [...]</description></item>"
            for n in range(first, first + EXCERPTS)
        )
        return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Agg</title>{items}</channel></rss>"

    def post(self, number: int) -> str:
        said = f"The council met for the {number}th time and spoke of the bridge and of the ferry. " * 6
        return (
            f"<html><head><title>Post number {number} of the harbour</title></head><body><article class='post'>"
            f"<h1 class='entry-title'>Post number {number} of the harbour</h1><div class='entry-content'><p>{said}</p>"
            f"<p>The harbour board answered after {number} days that nothing is decided yet. {said}</p></div>"
            "</article></body></html>"
        )

    def asked(self, pattern: str) -> int:
        """Requests to the aggregator whose path fits."""
        return sum(one.host == BETA and re.fullmatch(pattern, one.path) is not None for one in self.log)


@pytest.fixture
def paged() -> Iterator[Paged]:
    made = Paged(in_feeds=STORIES, feeds=1, papers=HOSTS)
    with serve_world(made):
        yield made


def feeds(world: World, names: str, *given: str) -> list[str]:
    listed = ",".join(world.served.url(f"/{name}.xml", BETA) for name in names.split())
    return ["crawl", "feeds", *(part for one in (f"feeds={listed}", *given) for part in ("-a", one))]


def outcomes(crawl: Crawl) -> Counter[str]:
    return Counter(one["outcome"] for one in crawl.records().values())


def test_an_hour_that_the_aggregator_asks_for_is_kept_and_forgotten_on_request(paged: Paged, tmp_path: Path) -> None:
    paged.trouble = lambda: (429, {**HTML, "Retry-After": "3600"}, "busy")
    crawl = crawl_of(paged, tmp_path)
    done = crawl.run(*feeds(paged, "excerpts", "since=all"))
    assert done.status == 4, done.err[-2000:]
    assert "retry --host" in done.err
    # Requests that were on their way when the first answer came.
    assert paged.asked(r"/post-\d+/") <= 2
    assert outcomes(crawl)["failed"] == 0
    before = paged.asked(".*")
    assert crawl.run(*feeds(paged, "excerpts", "since=all")).status == 4
    assert paged.asked(".*") == before
    paged.trouble = lambda: None
    assert crawl.run("retry", "--host", BETA).status == 0
    done = crawl.run(*feeds(paged, "excerpts", "since=all"))
    assert done.status == 0, done.err[-2000:]
    assert len(crawl.records()) == EXCERPTS


def _unavailable() -> Page:
    return 503, HTML, "no"


def _reset() -> Page:
    raise ConnectionResetError


@pytest.mark.parametrize("trouble", [_unavailable, _reset])
def test_pages_that_fail_for_a_while_are_had_by_a_later_run(
    paged: Paged, tmp_path: Path, trouble: Callable[[], Page]
) -> None:
    paged.trouble = trouble
    crawl = crawl_of(paged, tmp_path)
    done = crawl.run(*feeds(paged, "excerpts", "since=all"))
    assert done.status == 4, done.err[-2000:]
    assert outcomes(crawl)["failed"] == 0
    # The host is given up after three in a row; each page may have been on its way.
    assert paged.asked(r"/post-\d+/") <= 4
    paged.trouble = lambda: None
    let_time_pass(crawl.database, 8 * 86_400.0)
    done = crawl.run(*feeds(paged, "excerpts", "since=all"))
    assert done.status == 0, done.err[-2000:]
    assert len(crawl.records()) == EXCERPTS


def test_a_list_of_feeds_that_was_edited_keeps_its_backlog(paged: Paged, tmp_path: Path) -> None:
    crawl = crawl_of(paged, tmp_path)
    assert crawl.run(*feeds(paged, "excerpts more", "since=all", "limit=5")).status == 0
    assert len(crawl.records()) == 5
    done = crawl.run(*feeds(paged, "more excerpts dead", "since=all"))
    assert "Traceback" not in done.err
    assert len(crawl.records()) == 2 * EXCERPTS


def test_one_dead_feed_leaves_the_others_their_validators(paged: Paged, tmp_path: Path) -> None:
    crawl = crawl_of(paged, tmp_path)
    for _ in range(2):
        done = crawl.run(*feeds(paged, "excerpts dead more", "since=all"))
        assert done.status == 4, done.err[-2000:]
    assert sum("If-None-Match" in one.headers for one in paged.log) == 2


def test_after_a_default_run_everything_can_be_asked_for(paged: Paged, tmp_path: Path) -> None:
    crawl = crawl_of(paged, tmp_path)
    # Of the last days: nothing of what the feeds hold.
    assert crawl.run(*feeds(paged, "excerpts")).status == 0
    done = crawl.run(*feeds(paged, "excerpts", "since=all"))
    assert done.status == 0, done.err[-2000:]
    assert len(crawl.records()) == EXCERPTS


def test_entries_that_appear_late_are_taken_in_whatever_run(paged: Paged, tmp_path: Path) -> None:
    """Their dates lie before the mark, and before what the feed held; one of last year is no late one."""
    hours = [1, 2, 3]

    def instead(host: str, path: str) -> Page:
        if host != BETA or path != "/late.xml":
            return None
        now = dt.datetime.now(dt.UTC)
        items = "".join(
            f"<item><title>Post number {hour} of the harbour</title><link>{paged.at(BETA)}/post-{hour}/</link>"
            f"<pubDate>{format_datetime(now - dt.timedelta(hours=hour))}</pubDate>"
            "<description>A beginning [...]</description></item>"
            for hour in hours
        )
        body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Agg</title>{items}</channel></rss>"
        return 200, FEED, body

    paged.instead = instead
    crawl = crawl_of(paged, tmp_path)
    taken = 3
    for late, more in (([], 0), ([26, 27], 2), ([], 0), ([40, 9_000], 1)):
        hours += late
        done = crawl.run(*feeds(paged, "late"))
        assert done.status == 0, done.err[-2000:]
        taken += more
        assert len(crawl.records()) == taken


def test_a_bad_entry_beside_posts_of_other_days_is_no_failure(paged: Paged, tmp_path: Path) -> None:
    """The window holds nothing; where the bad entry stands alone, nothing of the list can be used."""
    bad = "<item><title>No address</title><description>x</description></item>"
    of_march = (
        f"<item><title>Post number 1 of the harbour</title><link>{paged.at(BETA)}/post-1/</link>"
        "<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate><description>A beginning [...]</description></item>"
    )
    shown = [of_march, bad]

    def instead(host: str, path: str) -> Page:
        if host != BETA or path != "/some.xml":
            return None
        body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Agg</title>{''.join(shown)}</channel></rss>"
        return 200, FEED, body

    paged.instead = instead
    crawl = crawl_of(paged, tmp_path)
    window = ("since=2026-04-01", "until=2026-04-02")
    done = crawl.run(*feeds(paged, "some", *window))
    assert done.status == 0, done.err[-2000:]
    assert "1 entry of a list left out (no_address)" in done.err
    del shown[0]
    done = crawl.run(*feeds(paged, "some", *window))
    assert done.status == 4, done.err[-2000:]
    assert "not one entry of the lists can be used (no_address)" in done.err


def test_a_feed_whose_next_page_is_itself_ends(paged: Paged, tmp_path: Path) -> None:
    entry = (
        f"<entry><title>One story of the harbour</title><id>x</id><link href='{paged.at(BETA)}/post-1/'/>"
        "<published>2026-03-02T10:00:00Z</published><updated>2026-03-02T10:00:00Z</updated></entry>"
    )
    ring = {"/ring.xml": "/round.xml", "/round.xml": "/ring.xml"}

    def instead(host: str, path: str) -> Page:
        if host != BETA or path not in ring:
            return None
        body = (
            "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>a</title><id>y</id>"
            f"<updated>2026-03-02T10:00:00Z</updated><link rel='next' href='{paged.at(BETA)}{ring[path]}'/>"
            f"{entry}</feed>"
        )
        return 200, {"Content-Type": "application/atom+xml"}, body

    paged.instead = instead
    crawl = crawl_of(paged, tmp_path)
    crawl.run(*feeds(paged, "ring", "since=all"), timeout=60)
    assert paged.asked(r"/(ring|round)\.xml") <= 4
    assert len(crawl.records()) == 1


_NO_ADDRESSES = [
    "http:b.test/2", "http://b.test\\@c.test/", f"http://paper1.test/{'x' * 8_100}", "http://a..b/", "not one",
    "http://ex^ample/", f"http://{'a' * 70}.test/",
]  # fmt: skip


def test_a_line_that_is_no_address_is_named_before_anything_is_asked(paged: Paged, tmp_path: Path) -> None:
    urls = tmp_path / "urls.txt"
    crawl = crawl_of(paged, tmp_path)
    for bad in _NO_ADDRESSES:
        urls.write_text(f"{paged.served.url('/2026/b-1', 'paper1.test')}\n{bad}\n")
        done = crawl.run("crawl", "articles", "-a", f"urls={urls}")
        assert (done.status, done.err.strip().count("\n")) == (2, 0), done.err[-2000:]
        assert "line 2 of" in done.err
    assert paged.log == []


def test_what_a_users_pipeline_drops_is_done(paged: Paged, tmp_path: Path) -> None:
    from newscrawl.settings import ITEM_PIPELINES

    pipelines = json.dumps({**ITEM_PIPELINES, "tests.crawl.faulty.DropsHalf": 150})
    crawl = crawl_of(paged, tmp_path)
    done = crawl.run(*paged.beta_words("since=all"), ITEM_PIPELINES=pipelines)
    assert done.status == 0, done.err[-2000:]
    kept = len(crawl.records())
    assert 0 < kept < STORIES
    before = len(paged.log)
    done = crawl.run(*paged.beta_words("since=all"), ITEM_PIPELINES=pipelines)
    assert (done.status, len(crawl.records())) == (0, kept)
    assert len(paged.log) - before <= 2
    assert "wait" not in done.last_line


def test_allowed_domains_of_a_users_spider_keep_no_original_away(paged: Paged, tmp_path: Path) -> None:
    spider = tmp_path / "mine.py"
    spider.write_text(
        "from spiders.feeds import FeedsSpider\n\n\nclass MineSpider(FeedsSpider):\n"
        "    name = 'mine'\n    allowed_domains = ['beta.test']\n"
    )
    crawl = crawl_of(paged, tmp_path)
    done = crawl.run("runspider", str(spider), *paged.beta_words("since=all")[2:])
    assert done.status == 0, done.err[-2000:]
    assert outcomes(crawl) == {"original": STORIES}
