"""The clock set back or ahead between runs: ``faketime`` of Debian's package stands in for it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from newscrawl.demo.run import crawl_environment
from newscrawl.demo.server import DemoServer
from tests.crawl.harness import ROOT, Outcome
from tests.faults.bench import count_records, running, wait_while_running
from tests.faults.conftest import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_LIBRARIES = ("/usr/lib/{}-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")


def _library() -> str:
    for pattern in _LIBRARIES:
        path = pattern.format(os.uname().machine)
        if Path(path).exists():
            return path
    absent = "no libfaketime (on Debian: apt-get install faketime)"
    if os.environ.get("CI") == "true":
        pytest.fail(absent)
    pytest.skip(absent)


def _start(one: Case, **environment: str) -> subprocess.Popen[str]:
    """A crawl with *environment* in addition."""
    return subprocess.Popen(
        one.crawl.command(*one.words()), cwd=ROOT, env={**crawl_environment(), **environment},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _faked(shift: str) -> dict[str, str]:
    """The environment of a process whose clock is *shift* off from its start on."""
    return {"LD_PRELOAD": _library(), "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1", "FAKETIME": shift}


# libfaketime cannot set the clock under a process: the timed waits of its threads and its timers go wrong with it,
# which no clock that is set does. So the one clock that can be set is replaced where Python reads it.
_SETTABLE = """
import os, time
_real = time.time
def _set():
    with open(os.environ["SHIFT_FILE"]) as file:
        return _real() + float(file.read() or 0)
time.time = _set
"""


def _end(process: subprocess.Popen[str]) -> Outcome:
    _, err = process.communicate(timeout=150)
    return Outcome(process.returncode, "", err)


@pytest.mark.parametrize("shift", ["-2d", "+2d", "-400d"])
def test_set_between_two_runs(case: Callable[..., Case], shift: str) -> None:
    _library()
    one = case()
    with running(one.crawl, *one.words(), DOWNLOAD_DELAY=0.2) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 10)
        process.send_signal(signal.SIGKILL)
    one.struck()
    one.complete(_end(_start(one, **_faked(shift))))


def test_set_back_while_originals_wait_to_be_asked_again(case: Callable[..., Case], fault_server: DemoServer) -> None:
    """What falls due in seconds must not fall due in two days."""
    _library()
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
    one.complete(_end(_start(one, **_faked("-2d"))))


@pytest.mark.parametrize("days", [-2, 2])
def test_set_under_a_run(case: Callable[..., Case], fault_server: DemoServer, tmp_path: Path, days: int) -> None:
    """While originals are put off for seconds: the run sees them through, or says that it did not."""
    one = case(RETRY_TIMES=2)
    for host in ("www.harborledger.test", "northfieldcourier.test", "www.quaysideecho.test", "www.meridianpost.test"):
        fault_server.fail(host, "503", times=1)
    (tmp_path / "sitecustomize.py").write_text(_SETTABLE)
    shift = tmp_path / "shift"
    shift.write_text("0")
    settable = {"PYTHONPATH": str(tmp_path), "SHIFT_FILE": str(shift)}
    process = _start(one, **settable)
    try:
        assert wait_while_running(process, lambda: _put_off(one) >= 1)
        shift.write_text(str(days * 86_400))
        done = _end(process)
    finally:
        process.kill()
        process.communicate()
    assert "Traceback" not in done.err
    if days < 0 and done.status != 0:
        one.loud(done, "put off")
        done = _end(_start(one, **settable))
    one.complete(done)


def _put_off(one: Case) -> int:
    from tests.faults.bench import _query

    rows = _query(one.crawl.database, "SELECT count(*) FROM originals WHERE state = 'discovered' AND next_at > 0")
    return int(rows[0][0]) if rows else 0
