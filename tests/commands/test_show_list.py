"""`scrapy show --list`: the filters of `export`, a line each."""

from __future__ import annotations

import argparse
import json

import pytest
from scrapy.settings import Settings
from sqlalchemy.engine import URL

from newscrawl.commands import show
from newscrawl.datasets.query import Query
from newscrawl.errors import UserError
from newscrawl.reports.listing import collect_list
from newscrawl.storage.engine import open_engine
from newscrawl.storage.pages import iter_plain
from tests.datasets.world import fill


@pytest.fixture
def url(url: URL) -> URL:
    engine = open_engine(url)
    with engine.begin() as connection:
        fill(connection, range(40))
        fill(connection, range(40, 44), rich=False)
    engine.dispose()
    return url


def run(url: URL, *words: str) -> None:
    """The command as Scrapy runs it."""
    command = show.Command()
    address = url.render_as_string(hide_password=False)
    command.settings = Settings({"NEWSCRAWL_DATABASE": address, "DOWNLOAD_DELAY": 1.0, "CONCURRENT_REQUESTS": 32})
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    command.add_options(parser)
    opts, args = parser.parse_known_args(list(words))
    command.execute(args, opts)


def test_a_list_is_what_an_export_would_hold(url: URL) -> None:
    engine = open_engine(url)
    with engine.connect() as connection:
        for query in (
            Query(rights="all"),
            Query(rights="all", languages=("en",), publishers=("p.test",)),
            Query(rights="all", since="2026-02-01T00:00:00Z", until="2026-04-01T00:00:00Z"),
            Query(rights="all", outcomes=("post_only",)),
            Query(rights="all", changed_since="2199-01-01T00:00:00Z"),
        ):
            asked = iter_plain(connection, where=query.where(), since=query.since, until=query.until)
            listed, more = collect_list(connection, query, 1000)
            assert {one["id"] for one in listed} == {one["id"] for one in asked}
            assert not more
        withheld, _ = collect_list(connection, Query(), 1000)
        assert {one["text"] for one in withheld} == {True, False}
        assert collect_list(connection, Query(rights="open"), 1000) == ([], False)
    engine.dispose()


def test_newest_first_with_its_end(url: URL, capsys: pytest.CaptureFixture[str]) -> None:
    run(url, "--list", "--most", "3")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[3] == "... and more: --most 30 shows them"
    run(url, "--list", "--json")
    found = json.loads(capsys.readouterr().out)
    dates = [one["published_at"] or "" for one in found]
    assert len(found) == 44
    assert dates == sorted(dates, reverse=True)
    run(url, "--list", "--publisher", "nobody.test")
    assert capsys.readouterr().out == "No record is asked for by these options.\n"


def test_the_cluster_of_one_record_and_clusters_of_a_list(url: URL, capsys: pytest.CaptureFixture[str]) -> None:
    run(url, "--list", "--json", "--most", "1")
    (one,) = json.loads(capsys.readouterr().out)
    for words in (["--cluster", one["id"]], [one["id"], "--cluster"]):
        run(url, *words)
        assert one["title"] in capsys.readouterr().out
    run(url, "--list", "--cluster", one["id"])
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--list", "x"],
        ["--list", "--most", "0"],
        ["--list", "--cluster"],
        ["--list", "--outcome", "fine"],
        ["a", "b"],
    ],
)
def test_a_mistake_is_one_line(url: URL, words: list[str]) -> None:
    with pytest.raises(UserError) as raised:
        run(url, *words)
    assert "\n" not in str(raised.value)
