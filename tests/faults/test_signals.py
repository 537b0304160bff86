"""Signals at every stage, a stopped process, two runs at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product

import pytest

from newscrawl.demo.run import crawl_environment
from newscrawl.demo.server import DemoServer
from newscrawl.demo.world import SITE_HOST
from tests.crawl.harness import ROOT, Outcome
from tests.faults.bench import count_records, ended, running, settled_status, wait_while_running
from tests.faults.conftest import Case
from tests.soak import sampled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def _stopped(one: Case, status: int, err: str, seconds: float) -> None:
    one.note("status", status)
    one.note("seconds", round(seconds, 2))
    # 128 + n from our command, -n where Python had not come to it yet: a shell sees the same.
    assert status in (143, 130, -signal.SIGTERM, -signal.SIGINT), err
    # Ten seconds, on a machine that is not itself out of breath.
    assert seconds < 10 * max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1)))
    assert "Traceback" not in err or status in (-signal.SIGINT, 130), err
    one.struck()


@pytest.mark.parametrize("after", sampled([0.1, 0.6, 1.2, 2.0], keep=[0.1]))
def test_terminated_while_it_opens(case: Callable[..., Case], after: float) -> None:
    # The listing waits for longer than the run lives: no machine is so fast that the run ends before its signal.
    one = case(follow="no", DOWNLOAD_DELAY=3)
    with running(one.crawl, *one.words()) as process:
        time.sleep(after)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
        _stopped(one, process.returncode, err, time.monotonic() - began)
    one.complete(one.run(DOWNLOAD_DELAY=0))


@pytest.mark.parametrize(
    ("number", "twice"),
    sampled(
        product((signal.SIGTERM, signal.SIGINT), (False, True)), keep=[(signal.SIGTERM, False), (signal.SIGINT, True)]
    ),
)
def test_stopped_in_the_middle(case: Callable[..., Case], fault_server: DemoServer, number: int, twice: bool) -> None:
    one = case(DOWNLOAD_DELAY=0.2)
    fault_server.fail("www.harborledger.test", "hang")  # in flight for longer than a stop may take
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 10)
        began = time.monotonic()
        process.send_signal(number)
        if twice:
            time.sleep(0.3)
            process.send_signal(number)
        _, err = process.communicate(timeout=30)
        _stopped(one, process.returncode, err, time.monotonic() - began)
        assert process.returncode == 128 + number
    fault_server.heal()
    one.complete(one.run(DOWNLOAD_DELAY=0))


SCRIPT = """
import sys
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

settings = get_project_settings()
for pair in sys.argv[2:]:
    settings.set(*pair.split("=", 1), priority="cmdline")
process = AsyncCrawlerProcess(settings)
process.crawl("dnyuz", site=sys.argv[1], since="all")
process.start()
print("the script goes on")
"""


@pytest.mark.parametrize(
    ("how", "twice"),
    sampled([("runspider", False), ("runspider", True), ("script", False)], keep=[("runspider", False)]),
)
def test_stopped_however_it_was_started(
    case: Callable[..., Case], fault_server: DemoServer, how: str, twice: bool
) -> None:
    """Scrapy's own stop waits for the peer that hangs, and its second signal as well."""
    one = case(DOWNLOAD_TIMEOUT=60)
    fault_server.fail("www.harborledger.test", "hang")
    crawl = one.crawl
    if how == "runspider":
        process = crawl.start(*crawl.arguments(*one.arguments, spider="spiders/dnyuz.py"))
    else:
        pairs = [f"{name}={value}" for name, value in crawl.settings.items()]
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, fault_server.url(), *pairs],
            cwd=ROOT, env=crawl_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    with ended(process):
        assert wait_while_running(process, lambda: count_records(crawl.database) >= 10)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        if twice:
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=50)
    seconds = time.monotonic() - began
    one.note("seconds", round(seconds, 2))
    assert seconds < 10 * max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1)))
    assert process.returncode == (143 if twice else 0), err
    assert how != "script" or "the script goes on" in out
    one.struck()
    if not twice:
        status = settled_status(crawl.database)
        assert status is not None
        assert [run["state"] for run in status["runs"]] == ["stopped"]
    fault_server.heal()
    one.complete(one.run())


@pytest.mark.parametrize("after", sampled([0.0, 0.1, 0.3], keep=[0.1]))
def test_terminated_while_it_closes(case: Callable[..., Case], after: float) -> None:
    one = case(follow="no")
    total = len(one.whole)
    with running(one.crawl, *one.words()) as process:
        wait_while_running(process, lambda: count_records(one.crawl.database) >= total)
        time.sleep(after)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    # After its last line Python lets go of our handlers: a shell sees 143 all the same.
    assert process.returncode in (0, 143, -signal.SIGTERM), err
    assert "Traceback" not in err
    one.struck()
    one.complete(one.run("deliver=all"))
    assert {record["id"] for record in one.crawl.feed()} == set(one.whole)


def test_halted_and_continued(case: Callable[..., Case]) -> None:
    one = case(DOWNLOAD_DELAY=0.2, RETRY_TIMES=2)
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 10)
        process.send_signal(signal.SIGSTOP)
        time.sleep(5)  # longer than requests may take
        one.struck()
        process.send_signal(signal.SIGCONT)
        _, err = process.communicate(timeout=120)
    one.complete(Outcome(process.returncode, "", err))


def test_two_runs_of_one_scope(case: Callable[..., Case]) -> None:
    one = case(DOWNLOAD_DELAY=0.5)
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 1)
        one.loud(one.run(feed="second.jsonl"), f"process {process.pid}@", status=75)
        # One that is halted is not dead.
        os.kill(process.pid, signal.SIGSTOP)
        one.loud(one.run(feed="second.jsonl"), f"process {process.pid}@", status=75)
        os.kill(process.pid, signal.SIGCONT)
        one.struck()
        _, err = process.communicate(timeout=120)
    one.complete(Outcome(process.returncode, "", err))


def test_two_scopes_on_one_database(case: Callable[..., Case], fault_server: DemoServer) -> None:
    one = case()
    before = fault_server.count(SITE_HOST)
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: fault_server.count(SITE_HOST) > before)
        other = one.crawl.crawl("since=all", "follow=yes", "categories=news", feed="other.jsonl")
        assert other.status == 0, other.err
        _, err = process.communicate(timeout=120)
    one.struck()
    one.complete(Outcome(process.returncode, "", err))
