"""The folder that one crawl's browser lives in: its keeper, profiles and temporary files; and its processes.

Nothing of a browser stays behind. In order: the crawl removes the folder when
it closes; the keeper does when the crawl was killed; and what both of them
could not do, the next crawl on the machine does.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shlex
import shutil
import signal
import stat
import sys
import tempfile
from contextlib import suppress
from importlib import resources
from pathlib import Path

__all__ = ["Room", "descendants", "resident_bytes", "sweep"]

logger = logging.getLogger("newscrawl.rendering.room")

PREFIX = "newscrawl-browser-"
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Room:
    """A private folder under the system's temporary one, locked while this process lives."""

    def __init__(self, browser: str) -> None:
        """Make it for the program *browser*. Raises ``OSError``."""
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        #: What Playwright starts in place of the browser.
        self.executable = browser
        if sys.platform == "linux":
            self.executable = str(self._keeper(browser))

    def _keeper(self, browser: str) -> Path:
        source = resources.files("newscrawl.rendering").joinpath("keeper.py").read_bytes()
        keeper, shim = self.folder / "keeper.py", self.folder / "browser"
        keeper.write_bytes(source)
        words = [sys.executable, "-I", "-S", str(keeper), str(self.folder), str(os.getpid()), browser]
        shim.write_text(f'#!/bin/sh\nexec {" ".join(map(shlex.quote, words))} "$@"\n', encoding="utf-8")
        shim.chmod(0o700)
        return shim

    def kill_browser(self) -> None:
        """End the browser and all that it started, at once."""
        _kill(_users(self.folder))

    def close(self) -> None:
        """End what is left of the browser, remove the folder. Once; later calls do nothing."""
        if self._lock < 0:
            return
        self.kill_browser()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)
        self._lock = -1


def sweep() -> int:
    """Remove the folders of crawls that are dead, and kill browsers that still live in them; how many folders."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            found = folder.lstat()
            # The folder is in a place where anyone may make one: ours alone, and no link.
            if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
                continue
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            _kill(_users(folder))
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
        finally:
            os.close(lock)
    if removed:
        logger.info("Removed what %s killed crawls had left of their browsers", removed)
    return removed


def _users(folder: Path) -> list[int]:
    """Processes of ours that were started from or for *folder*, and their descendants."""
    mark = os.fsencode(f"{folder}{os.sep}")
    found: set[int] = set()
    for pid in _pids():
        if pid == os.getpid():
            continue
        with suppress(OSError):
            if mark in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.update((pid, *descendants(pid)))
    return sorted(found)


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """Every living process below *pid*; empty where there is no ``/proc``."""
    below: dict[int, list[int]] = {}
    for one in _pids():
        with suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{one}/stat").read_bytes().rpartition(b")")[2].split()
            if fields[0] not in (b"Z", b"X"):
                below.setdefault(int(fields[1]), []).append(one)
    found, waiting = [], [pid]
    while waiting:
        some = below.get(waiting.pop(), [])
        found += some
        waiting += some
    return found


def resident_bytes(folder: Path) -> int:
    """Resident memory of the browser that lives in *folder*, its processes added up (what they share counts twice)."""
    total = 0
    for pid in _users(folder):
        with suppress(OSError, ValueError, IndexError):
            total += int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
    return total
