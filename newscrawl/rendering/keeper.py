"""Keeps one browser: started in its place, it ends it with everything that it started, however the crawl ends.

A program of its own, standard library alone, run as
``python -I -S keeper.py FOLDER CRAWL_PID BROWSER [switches …]`` by Playwright,
which takes it for the browser. It is two processes. The first is the one
that Playwright knows, and kills with its whole group; it dies with Playwright.
The second, the keeper, is in a group of its own and watches the crawl, the
first process and the browser. When one of them ends, it kills what is left of
the browser's tree; when the crawl ended (kill -9), it removes FOLDER as well.
Linux alone.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import shutil
import signal
import sys
import time

# linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
#: Seconds between looks where the kernel has no pidfd.
_LOOK = 0.2
#: Bytes of one file that a browser may write; it crashes without a core.
_FILE = 512 * 1024 * 1024


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def children(pid: int) -> list[int]:
    """Living processes whose parent is *pid*."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                fields = stat.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] not in (b"Z", b"X"):
            found.append(int(name))
    return found


def _kill_tree() -> None:
    """Kill all that descends from us. As their subreaper we get the orphans: again until there are none."""
    for _ in range(100):
        waiting, found = [os.getpid()], []
        while waiting:
            below = children(waiting.pop())
            found += below
            waiting += below
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        while True:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    break
            except ChildProcessError:
                break
        if not found:
            return
        time.sleep(0.02)


def _start(browser: str, switches: list[str]) -> int:
    keeper = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(1)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE, _FILE))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.execv(browser, [browser, *switches])  # noqa: S606 - it is to be its process
    except OSError as error:
        os.write(2, f"{browser}: {error.strerror}\n".encode())
    os._exit(127)


def _alive(pid: int, parent: bool) -> bool:
    if parent:
        return os.getppid() == pid
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            # Killed, and not yet waited for, is dead.
            return stat.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


def _wait(crawl: int, front: int, browser: int, asked: list[int]) -> tuple[str, int]:
    """Which of the three ended first (or ``asked``, by a signal), and the browser's wait status."""
    try:
        watched = {os.pidfd_open(pid): pid for pid in (crawl, front, browser)}
        poll = select.poll()
        for descriptor in watched:
            poll.register(descriptor, select.POLLIN)
    except ProcessLookupError:
        return "crawl", 0
    except (AttributeError, OSError):
        poll = None
    while not asked:
        if poll is not None:
            # A timeout all the same: the signal may come between the look at `asked` and the call.
            poll.poll(1000)
        else:
            time.sleep(_LOOK)
        done, status = os.waitpid(browser, os.WNOHANG)
        if done:
            return "browser", status
        if not _alive(crawl, False):
            return "crawl", 0
        if not _alive(front, True):
            return "front", 0
    return "asked", 0


def _remove(folder: str) -> None:
    """Remove *folder*; again for as long as Playwright's driver, which ends as well, still writes there."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.1)


def _let_go() -> None:
    """Hold nothing open: the pipes between Playwright and the browser are theirs, and show when the other has ended."""
    os.closerange(3, 64)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def _keep(folder: str, crawl: int, browser: str, switches: list[str]) -> int:
    front = os.getppid()
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: asked.append(number))
    os.setsid()
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    pid = _start(browser, switches)
    _let_go()
    why, status = _wait(crawl, front, pid, asked)
    _kill_tree()
    if not _alive(crawl, False):
        _remove(folder)
    return os.waitstatus_to_exitcode(status) & 0xFF if why == "browser" else 1


def main(arguments: list[str]) -> int:
    """Keep the browser until it, Playwright or the crawl ends; the browser's exit status."""
    folder, crawl, browser, *switches = arguments
    driver = os.getppid()
    keeper = os.fork()
    if keeper == 0:
        os._exit(_keep(folder, int(crawl), browser, switches))
    _let_go()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: os.kill(keeper, signal.SIGTERM))
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != driver:
        os.kill(keeper, signal.SIGTERM)
    _, status = os.waitpid(keeper, 0)
    return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
