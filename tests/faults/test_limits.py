"""Memory, and a log that nobody reads."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable

import pytest

from tests.faults.bench import count_records, running, wait_while_running
from tests.faults.conftest import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

F_SETPIPE_SZ = 1031


def test_stopped_at_the_memory_limit(case: Callable[..., Case]) -> None:
    one = case(DOWNLOAD_DELAY=0.5)
    done = one.run(MEMUSAGE_LIMIT_MB=100, MEMUSAGE_CHECK_INTERVAL_SECONDS=1)
    one.note("status", done.status)
    assert done.status == 4, done.err
    assert "stopped at 100 MB of memory (MEMUSAGE_LIMIT_MB): run the same command again" in done.err
    assert re.search(r"^newscrawl: .*stopped at 100 MB", done.err, re.MULTILINE)
    one.struck()
    one.complete(one.run(DOWNLOAD_DELAY=0))


def _waiting(process: subprocess.Popen[str]) -> int:
    """Bytes of the log that nobody has read."""
    assert process.stderr is not None
    answer = fcntl.ioctl(process.stderr.fileno(), termios.FIONREAD, b"\0" * 4)
    return int.from_bytes(answer, sys.byteorder)


def test_a_log_that_nobody_reads(case: Callable[..., Case]) -> None:
    """A full pipe halts the run; it can be stopped all the same, and goes on when it is read."""
    one = case()
    with running(one.crawl, *one.words(), LOG_LEVEL="DEBUG") as process:
        assert process.stderr is not None
        fcntl.fcntl(process.stderr.fileno(), F_SETPIPE_SZ, 4096)
        assert wait_while_running(process, lambda: _waiting(process) > 3_000)
        time.sleep(3)
        assert process.poll() is None
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        seconds = time.monotonic() - began
        one.note("status", process.returncode)
        assert process.returncode in (143, -signal.SIGTERM)
        assert seconds < 10 * max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1)))
    one.struck()
    one.complete(one.run())


def test_a_log_whose_reader_has_gone(case: Callable[..., Case]) -> None:
    one = case(follow="no")
    with running(one.crawl, *one.words(), LOG_LEVEL="DEBUG") as process:
        assert process.stderr is not None
        process.stderr.close()
        process.wait(timeout=120)
        one.note("status", process.returncode)
        assert process.returncode == 0
        process.stderr = None
    one.struck()
    one.complete()


def test_killed_for_memory(case: Callable[..., Case]) -> None:
    """As the kernel does it when memory runs out: without a word."""
    one = case(DOWNLOAD_DELAY=0.4)
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 8)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    one.struck()
    done = one.run(DOWNLOAD_DELAY=0)
    assert "a run before had left" in done.err or one.acknowledged() == len(one.whole)
    one.complete(done)
