"""Stopped in the middle and started again: the records of an undisturbed crawl, and an end within seconds."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import build_world
from tests.faults.bench import rows_of, running, wait_while_running
from tests.soak import sampled

from .harness import Crawl, stop, wait_until

POSTS = 24


def _done(database: Path) -> int:
    if not database.exists():
        return 0
    with contextlib.closing(sqlite3.connect(database)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM records").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


@pytest.fixture(scope="module")
def hanging() -> Iterator[DemoServer]:
    """A world of which one publisher hangs for longer than a stop may take."""
    with serve(build_world(seed=13, posts=POSTS, lengths=(150,)), slow=20.0) as server:
        yield server


@pytest.fixture(scope="module")
def undisturbed(hanging: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The records of a crawl that nobody stopped."""
    crawl = Crawl(tmp_path_factory.mktemp("whole"), hanging, RETRY_TIMES=0, DOWNLOAD_DELAY=0.1)
    assert crawl.crawl("since=all").status == 0
    return crawl.records()


# That each signal ends a crawl which loses nothing is shown in tests/faults; here a publisher hangs as well.
@pytest.mark.parametrize("number", sampled([signal.SIGTERM, signal.SIGINT, signal.SIGKILL], keep=[signal.SIGTERM]))
def test_stop_and_start_again(tmp_path: Path, hanging: DemoServer, undisturbed: dict[str, Any], number: int) -> None:
    crawl = Crawl(tmp_path, hanging, DOWNLOAD_TIMEOUT=30, RETRY_TIMES=0, DOWNLOAD_DELAY=0.2)
    process = crawl.start(*crawl.arguments("since=all"))
    wait_until(lambda: _done(crawl.database) >= 12)
    status, seconds, err = stop(process, number)
    assert 0 < _done(crawl.database) < POSTS
    if number == signal.SIGKILL:
        assert status == -signal.SIGKILL
    else:
        assert status == 128 + number, err
        assert seconds < 10
        assert "Traceback" not in err
    again = crawl.crawl("since=all", DOWNLOAD_TIMEOUT=3)
    assert again.status == 0, again.err
    assert crawl.records() == undisturbed
    status_now = crawl.status()
    assert status_now["balanced"]
    assert status_now["posts"] == {"discovered": POSTS, "backlog": 0, "states": {"done": POSTS}}


def test_a_second_run_of_the_same_scope_is_refused(tmp_path: Path, hanging: DemoServer) -> None:
    """The first lasts as long as the busiest publisher hangs, whatever the machine: until it is stopped."""
    crawl = Crawl(tmp_path, hanging, RETRY_TIMES=0)
    hanging.fail("www.quaysideecho.test", "hang")
    try:
        with running(crawl, *crawl.arguments("since=all"), DOWNLOAD_TIMEOUT=120) as first:
            waiting = "SELECT 1 FROM posts JOIN originals ON originals.id = original_id"
            waiting += " WHERE posts.state = 'waiting' AND originals.host = 'quaysideecho.test'"
            assert wait_while_running(first, lambda: bool(rows_of(crawl.database, waiting)))
            second = crawl.crawl("since=all", feed="second.jsonl")
            assert second.status == 75
            assert f"process {first.pid}@" in second.last_line
            # Another scope of the same site is no obstacle; what waits for its original is left to the first.
            third = crawl.crawl("since=all", "follow=no", feed="third.jsonl")
            assert third.status == 0, third.err
            assert "defects" not in third.last_line
            assert "wait: a run without follow=no finishes them" in third.last_line
            assert stop(first)[0] == 143
    finally:
        hanging.heal()
