"""The demo from end to end, as ``make demo`` runs it, and what it says when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.demo import run
from newscrawl.demo.run import crawl_environment, read_records, run_demo
from newscrawl.demo.world import BLOCK
from tests.warm import run_scrapy

ROOT = Path(__file__).resolve().parents[2]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_scrapy(["demo", *arguments], env=crawl_environment(), timeout=280)


@pytest.mark.slow
def test_every_post_ends_as_the_world_intends(tmp_path: Path) -> None:
    (tmp_path / "articles.jsonl").write_text("left over\n")
    done = demo("--data", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{BLOCK} of {BLOCK} posts as the world intends" in done.stdout
    assert "One record" in done.stdout
    records = list(read_records(tmp_path / "articles.jsonl"))
    assert len({record["id"] for record in records}) == BLOCK
    assert (tmp_path / "newscrawl.db").stat().st_size > 100_000


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--posts", "many"], ["--surface", "gopher"]])
def test_wrong_arguments(arguments: list[str]) -> None:
    done = demo(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def fake_crawl(monkeypatch: pytest.MonkeyPatch, program: str) -> list[str]:
    """Let the crawl be *program*, which is given the feed's path; returns what the demo says."""
    monkeypatch.setattr(
        run, "crawl_command", lambda server, database, feed, **_: [sys.executable, "-c", program, str(feed)]
    )
    return []


def test_differences_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = {"id": "a", "version": 1, "outcome": "original", "post": {"url": "http://dnyuz.test/2025/01/01/strange/"}}
    said = fake_crawl(monkeypatch, f"import sys; open(sys.argv[1], 'w').write({json.dumps(json.dumps(record))})")
    assert run_demo(tmp_path, posts=3, say=said.append) == 1
    assert "0 of 3 posts as the world intends" in said
    assert any("a record of no post" in line for line in said)
    assert sum("0 records instead of one" in line for line in said) == 3


def test_a_failed_crawl_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = fake_crawl(monkeypatch, "import sys; sys.stderr.write('no disk left\\n'); sys.exit(4)")
    assert run_demo(tmp_path, posts=3, say=said.append) == 4
    assert any("status 4" in line for line in said)
    assert any("no disk left" in line for line in said)


def test_a_hanging_crawl_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "TIME_LIMIT", 0.5)
    said = fake_crawl(monkeypatch, "import time; time.sleep(60)")
    assert run_demo(tmp_path, posts=3, say=said.append) == 1
    assert any("did not end" in line for line in said)


def test_the_environment_cannot_change_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWL_REPLAY", "/somewhere")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("OF_NO_CONCERN", "1")
    kept = crawl_environment()
    assert "OF_NO_CONCERN" in kept
    assert not {"NEWSCRAWL_REPLAY", "http_proxy", "HTTPS_PROXY"} & set(kept)
