"""The helper that forks commands: a child of it is what a new process would be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm
from tests.warm import ROOT, run_scrapy, start_scrapy

pytestmark = pytest.mark.slow


def test_status_streams_folder_and_environment_are_those_of_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text((ROOT / "scrapy.cfg").read_text())
    environment = {**os.environ, "NEWSCRAWL_CONTACT": "ops@example.org", "PYTHONPATH": str(ROOT)}
    for words in (["settings", "--get", "NEWSCRAWL_CONTACT"], ["status"], ["nonsense"], ["crawl", "nobody"]):
        mine = run_scrapy(words, env=environment, cwd=tmp_path)
        theirs = subprocess.run(
            [sys.executable, "-m", "scrapy", *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (mine.returncode, mine.stdout, mine.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


def test_two_children_know_nothing_of_each_other() -> None:
    for contact in ("one@example.org", "two@example.org"):
        told = run_scrapy(["settings", "--get", "NEWSCRAWL_CONTACT"], env={**os.environ, "NEWSCRAWL_CONTACT": contact})
        assert told.stdout.strip() == contact


@pytest.mark.skipif(warm.COLD, reason="NEWSCRAWL_TESTS_COLD=1")
def test_a_child_is_killed_like_any_process() -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        process = start_scrapy(
            ["shell", "--nolog", "-c", "__import__('time').sleep(600)"],
            env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
        os.kill(process.pid, number)
        process.communicate(timeout=60)
        assert process.returncode == -number
    assert json.dumps(process.args)
