"""Feeds: torn, on a device that is full, where no file can be."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.bench import count_records, running, wait_while_running
from tests.faults.conftest import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_torn_line_spoils_no_other(case: Callable[..., Case], tmp_path: Path) -> None:
    one = case(follow="no")
    feed = tmp_path / "out.jsonl"
    whole = b'{"id": "whole", "title": "One"}\n'
    feed.write_bytes(whole + b'{"id": "torn", "title": "Tw')
    done = one.crawl.run(*one.words(feed=None), "-o", str(feed))
    assert "torn line" in done.err
    one.complete(done)
    lines = feed.read_bytes().splitlines(keepends=True)
    assert lines[0] == whole
    assert {json.loads(line)["id"] for line in lines[1:]} == set(one.whole)


def test_a_last_line_without_its_end_is_kept(case: Callable[..., Case], tmp_path: Path) -> None:
    one = case(follow="no")
    feed = tmp_path / "out.jsonl"
    feed.write_bytes(b'{"id": "whole"}')
    assert one.crawl.run(*one.words("limit=3", feed=None), "-o", str(feed)).status == 0
    lines = [json.loads(line) for line in feed.read_text().splitlines()]
    assert lines[0] == {"id": "whole"}
    assert len(lines) == 4


def test_what_a_killed_run_did_not_deliver_is_delivered_on_request(case: Callable[..., Case], tmp_path: Path) -> None:
    one = case()
    with running(one.crawl, *one.words(), DOWNLOAD_DELAY=0.4) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 14)
        process.send_signal(signal.SIGKILL)
    one.struck()
    one.complete(one.run("deliver=all", feed="all.jsonl"))
    assert {record["id"] for record in one.crawl.feed("all.jsonl")} == set(one.whole)


@pytest.mark.parametrize(
    ("target", "says"), [("/dev/full", "No space left"), ("{folder}/file/out.jsonl", "Not a directory")]
)
def test_a_feed_that_cannot_be_written(case: Callable[..., Case], tmp_path: Path, target: str, says: str) -> None:
    one = case(follow="no")
    (tmp_path / "file").write_text("")
    done = one.crawl.run(*one.words(feed=None), "-o", f"{target.format(folder=tmp_path)}:jsonl")
    one.loud(done, "cannot write the feed", says)
    one.struck()
    one.complete()  # the database has them all
    status = one.crawl.status()
    assert status["runs"][0]["state"] == "failed"
    assert status["runs"][0]["exit_status"] == 4


def test_one_feed_that_fails_does_not_spoil_another(case: Callable[..., Case], tmp_path: Path) -> None:
    one = case(follow="no")
    good = tmp_path / "good.jsonl"
    done = one.crawl.run(*one.words(feed=None), "-o", "/dev/full:jsonl", "-o", str(good))
    one.loud(done, "cannot write the feed")
    assert {json.loads(line)["id"] for line in good.read_text().splitlines()} == set(one.whole)
