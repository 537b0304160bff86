"""The clock set back or ahead between runs, and under one."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from newscrawl.demo.run import crawl_environment
from newscrawl.demo.server import DemoServer
from tests.crawl.harness import ROOT, Outcome
from tests.faults.bench import count_records, rows_of, running, wait_while_running
from tests.faults.conftest import Case
from tests.soak import sampled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DAY = 86_400.0


def _start(one: Case, **environment: str) -> subprocess.Popen[str]:
    """A crawl with *environment* in addition."""
    return subprocess.Popen(
        one.crawl.command(*one.words()), cwd=ROOT, env={**crawl_environment(), **environment},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


# The wall clock where Python reads it. libfaketime makes each look at any clock, the processor's too, so much dearer
# that a page is now and then too slow to read, which no clock that is set does.
_SETTABLE = """
import os, time
_real = time.time
def _set():
    with open(os.environ["SHIFT_FILE"]) as file:
        return _real() + float(file.read() or 0)
time.time = _set
"""


def _settable(folder: Path, seconds: float) -> dict[str, str]:
    """The environment of a process whose clock is *seconds* off, or as far as the file ``shift`` in *folder* says."""
    (folder / "sitecustomize.py").write_text(_SETTABLE)
    (folder / "shift").write_text(str(seconds))
    return {"PYTHONPATH": str(folder), "SHIFT_FILE": str(folder / "shift")}


def _end(process: subprocess.Popen[str]) -> Outcome:
    _, err = process.communicate(timeout=150)
    return Outcome(process.returncode, "", err)


@pytest.mark.parametrize("days", sampled([-2, 2, -400], keep=[-2]))
def test_set_between_two_runs(case: Callable[..., Case], tmp_path: Path, days: int) -> None:
    one = case()
    with running(one.crawl, *one.words(), DOWNLOAD_DELAY=0.4) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 10)
        process.send_signal(signal.SIGKILL)
    one.struck()
    one.complete(_end(_start(one, **_settable(tmp_path, days * DAY))))


def test_set_back_while_originals_wait_to_be_asked_again(
    case: Callable[..., Case], fault_server: DemoServer, tmp_path: Path
) -> None:
    """What falls due in seconds must not fall due in two days."""
    one = case(RETRY_TIMES=2)
    for host in ("www.harborledger.test", "northfieldcourier.test", "www.quaysideecho.test", "www.meridianpost.test"):
        fault_server.fail(host, "503")
    # Killed while originals are put off for a few seconds.
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: _put_off(one) >= 1)
        process.send_signal(signal.SIGKILL)
    fault_server.heal()
    one.struck()
    assert _put_off(one) >= 1
    one.complete(_end(_start(one, **_settable(tmp_path, -2 * DAY))))


@pytest.mark.parametrize("days", sampled([-2, 2], keep=[2]))
def test_set_under_a_run(case: Callable[..., Case], fault_server: DemoServer, tmp_path: Path, days: int) -> None:
    """While originals are put off for seconds: the run sees them through."""
    one = case(RETRY_TIMES=2)
    for host in ("www.harborledger.test", "northfieldcourier.test", "www.quaysideecho.test", "www.meridianpost.test"):
        fault_server.fail(host, "503", times=1)
    settable = _settable(tmp_path, 0)
    process = _start(one, **settable)
    try:
        assert wait_while_running(process, lambda: _put_off(one) >= 1)
        (tmp_path / "shift").write_text(str(days * DAY))
        done = _end(process)
    finally:
        process.kill()
        process.communicate()
    assert "Traceback" not in done.err
    one.complete(done)


def _put_off(one: Case) -> int:
    rows = rows_of(one.crawl.database, "SELECT count(*) FROM originals WHERE state = 'discovered' AND next_at > 0")
    return int(rows[0][0]) if rows else 0
