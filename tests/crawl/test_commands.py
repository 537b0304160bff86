"""Commands on a crawled database: export, retry, show, extract, feeds, articles."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.datasets.csvsafe import unguard
from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import World, build_world
from newscrawl.text import similarity

from .harness import Crawl


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=9, posts=40, lengths=(150,))


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[DemoServer]:
    with serve(world, slow=0.1) as running:
        yield running


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, server: DemoServer) -> Crawl:
    crawl = Crawl(tmp_path_factory.mktemp("crawled"), server, RETRY_TIMES=0)
    done = crawl.crawl("since=all")
    assert done.status == 0, done.err
    return crawl


def test_export_gives_what_the_feed_gave(crawled: Crawl) -> None:
    folder = crawled.folder / "export"
    done = crawled.run("export", "-o", str(folder), "--rights", "all")
    assert done.status == 0, done.err
    lines = (folder / "records.jsonl").read_text().splitlines()
    exported = {one["id"]: one for one in map(json.loads, lines)}
    feed = {one["id"]: one for one in crawled.feed()}
    assert exported.keys() == feed.keys()
    for key, record in exported.items():
        # The database learns of later duplicates and of other posts that name the original.
        for name in feed[key].keys() - {"duplicate_of", "contained_in", "cluster_id", "original"}:
            assert record[name] == feed[key][name], name
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {"records.jsonl", "README.md", "schema.json", "manifest.json"} <= {path.name for path in first}
    assert crawled.run("export", "-o", str(folder), "--rights", "all").status == 0
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first
    # The same as one file, and on standard output.
    single = crawled.folder / "one.jsonl"
    assert crawled.run("export", "-o", str(single), "--rights", "all").status == 0
    assert single.read_bytes() == (folder / "records.jsonl").read_bytes()
    assert crawled.run("export", "-o", "-", "--rights", "all").out == single.read_text()


def test_export_csv_reads_back(crawled: Crawl) -> None:
    folder = crawled.folder / "csv"
    assert crawled.run("export", "-o", str(folder), "--format", "csv", "--rights", "all").status == 0
    with (folder / "records.csv").open(newline="", encoding="utf-8") as file:
        rows = [{name: unguard(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    feed = {one["id"]: one for one in crawled.feed()}
    assert len(rows) == len(feed)
    for row in rows:
        record = feed[row["id"]]
        assert row["title"] == (record["title"] or "")
        assert row["text"].replace("\r\n", "\n") == (record["text"] or "")
        assert row["post.url"] == record["post"]["url"]
        assert json.loads(row["authors"]) == record["authors"]


def test_export_windows_and_mistakes(crawled: Crawl) -> None:
    folder = crawled.folder / "window"
    published = sorted(one["published_at"] for one in crawled.feed())
    middle = published[len(published) // 2]
    for option, count in (
        ("--since", sum(one >= middle for one in published)),
        ("--until", sum(one < middle for one in published)),
    ):
        assert crawled.run("export", "-o", str(folder), option, middle, "--rights", "all").status == 0
        assert len((folder / "records.jsonl").read_text().splitlines()) == count
    for words in (
        ["export"],
        ["export", "-o", str(folder), "--format", "xls"],
        ["export", "-o", str(folder), "--rights", "none"],
        ["export", "-o", str(folder), "--since", "soon"],
        ["export", "-o", str(folder), "--since", "2025-02-01", "--until", "2025-01-01"],
        ["retry", "--reason", "bad luck"],
    ):
        done = crawled.run(*words)
        assert done.status == 2, words
        assert len(done.err.strip().splitlines()) == 1
    (crawled.folder / "file").write_text("in the way")
    assert crawled.run("export", "-o", str(crawled.folder / "file" / "x")).status == 4


def test_show_by_id_post_and_original(crawled: Crawl) -> None:
    record = next(one for one in crawled.feed() if one["outcome"] == "original")
    for key in (record["id"], record["id"][:10], record["post"]["url"], record["original"]["url"]):
        done = crawled.run("show", key)
        assert done.status == 0, done.err
        assert record["id"] in done.out
        assert "The original was found" in done.out
    whole = json.loads(crawled.run("show", "--json", record["id"]).out)
    assert whole["record"]["text"] == record["text"]
    assert [one["status"] for one in whole["requests"]] == [200]
    assert crawled.run("show", "f" * 32).status == 2


def test_extract_a_page_of_the_world(crawled: Crawl) -> None:
    record = next(one for one in crawled.feed() if one["outcome"] == "original")
    done = crawled.run("extract", record["original"]["url"])
    assert done.status == 0, done.err
    page = json.loads(done.out)
    # The crawl also had the aggregator's copy to tell the article by.
    assert similarity(page["text"], record["text"]) > 0.95
    assert page["title"] == record["title"]


def test_retry_takes_up_what_failed(tmp_path: Path) -> None:
    world = build_world(seed=9, posts=24, lengths=(150,))  # a world is served at one address at a time
    with serve(world, slow=0.1) as server:
        crawl = Crawl(tmp_path, server, RETRY_TIMES=0)
        server.fail("*", "503", prefix="/")
        server.heal()
        hosts = {
            one.split("/")[2].split(":")[0]
            for n in world.numbers()
            if (one := world.original_url(n)) and ".test" in one
        }
        broken = sorted(hosts)[:3]
        for host in broken:
            server.fail(host, "404")
        assert crawl.crawl("since=all").status == 0
        failed = [
            one
            for one in crawl.feed()
            if one["reason"] == "http_404" and one["attribution"]["original_url"].split("/")[2].split(":")[0] in broken
        ]
        assert failed
        server.heal()
        again = crawl.crawl("since=all", feed="same.jsonl")
        assert again.status == 0
        assert not crawl.feed("same.jsonl")  # a permanent reason is not tried again by itself
        told = crawl.run("retry", "--reason", "http_404")
        assert told.status == 0
        assert crawl.crawl("since=all", feed="retried.jsonl").status == 0
        retried = {one["id"]: one for one in crawl.feed("retried.jsonl")}
        for record in failed:
            assert retried[record["id"]]["outcome"] in ("original", "original_partial", "post_only")
            assert retried[record["id"]]["reason"] != "http_404"
        upgraded = [one for one in retried.values() if one["outcome"] == "original"]
        assert upgraded
        assert all(one["version"] == 2 for one in upgraded)
        assert crawl.status()["balanced"]


def test_a_passing_failure_is_tried_again_when_due(tmp_path: Path) -> None:
    world = build_world(seed=9, posts=24, lengths=(150,))
    with serve(world, slow=0.1) as server:
        crawl = Crawl(tmp_path, server, RETRY_TIMES=0)
        server.fail("*", "503", prefix="/")
        server.heal()
        host = next(
            one.split("/")[2].split(":")[0]
            for n in world.numbers()
            if world.case(n).outcome == "original" and (one := world.original_url(n))
        )
        server.fail(host, "503")
        assert crawl.crawl("since=all").status == 0
        failed = [one["id"] for one in crawl.feed() if one["reason"] == "http_503"]
        assert failed
        server.heal()
        assert crawl.crawl("since=all", feed="early.jsonl").status == 0
        assert not crawl.feed("early.jsonl")  # not due for an hour
        assert set(crawl.rows("SELECT rounds FROM originals WHERE reason = 'http_503'")) == {(1,)}
        crawl.rows("UPDATE originals SET next_at = 1 WHERE reason = 'http_503'")
        assert crawl.crawl("since=all", feed="late.jsonl").status == 0
        late = {one["id"]: one for one in crawl.feed("late.jsonl")}
        assert set(failed) <= set(late)
        assert {late[one]["outcome"] for one in failed} == {"original"}


def test_feeds_and_articles(tmp_path: Path, server: DemoServer, world: World) -> None:
    crawl = Crawl(tmp_path, server, RETRY_TIMES=0)
    opml = tmp_path / "feeds.opml"
    opml.write_text(f'<opml version="2.0"><body><outline text="x" xmlUrl="{server.url("/feed/")}"/></body></opml>')
    done = crawl.run("crawl", "feeds", "-a", f"feeds={opml}", "-a", "since=all", "-O", str(tmp_path / "feeds.jsonl"))
    assert done.status == 0, done.err
    found = crawl.feed("feeds.jsonl")
    assert len(found) >= 10
    wanted = {server.url(world.path(number)): world.expected(number) for number in world.numbers()}
    for record in found:
        expected = wanted[record["post"]["url"]]
        assert (record["outcome"], record["reason"]) == (expected.outcome, expected.reason)
        assert record["spider"] == "feeds"
    again = crawl.run("crawl", "feeds", "-a", f"feeds={opml}", "-O", str(tmp_path / "again.jsonl"))
    assert again.status == 0
    assert not crawl.feed("again.jsonl")
    articles = [one["original"]["url"] for one in found if one["outcome"] == "original"][:5]
    (tmp_path / "urls.txt").write_text(
        "# ours\n" + "\n".join([*articles, server.url("/nowhere/", host="nobody.test")]) + "\n"
    )
    done = crawl.run("crawl", "articles", "-a", f"urls={tmp_path}/urls.txt", "-O", str(tmp_path / "articles.jsonl"))
    assert done.status == 0, done.err
    got = crawl.feed("articles.jsonl")
    assert {one["outcome"] for one in got} == {"original"}
    assert len(got) == 5
    assert all(one["post"] is None and one["attribution"] is None and one["text"] for one in got)
    assert "1 failed" in done.last_line
