"""The keeper and the room, with another program in the browser's place: nothing is left, whoever dies first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.rendering.room import PREFIX, Room, descendants, resident_bytes, sweep
from tests.crawl.harness import ROOT, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the keeper is for Linux alone")

#: A "browser" that starts another process, which leaves its group and its parent.
PROGRAM = "#!/bin/sh\nsleep 600 &\nsetsid sleep 601 &\necho ready\nsleep 602\n"
#: A "crawl" that starts the browser of its room by a "driver" between.
CRAWL = (
    "import subprocess, sys, time\n"
    "from newscrawl.rendering.room import Room\n"
    "room = Room(sys.argv[1])\n"
    "driver = subprocess.Popen([sys.executable, '-c', 'import subprocess, sys;'"
    " 'subprocess.run([sys.argv[1], sys.argv[2]], start_new_session=True)', room.executable, str(room.folder) + '/x'],"
    " stdout=subprocess.PIPE)\n"
    "driver.stdout.readline()\n"
    "print(room.folder, driver.pid, flush=True)\n"
    "time.sleep(600)\n"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of our own for rooms; pytest's stays where it is."""
    with tempfile.TemporaryDirectory(prefix="nc-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "browser"
    path.write_text(PROGRAM)
    path.chmod(0o755)
    return str(path)


def sleepers(crawl: int) -> set[int]:
    """Processes below *crawl* that sleep."""
    return {pid for pid in descendants(crawl) if b"sleep\0" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def gone(pids: set[int]) -> bool:
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
        except OSError:
            continue
        if state not in (b"Z", b"X"):
            return False
    return True


@pytest.fixture
def crawl(place: Path, program: str) -> Iterator[tuple[subprocess.Popen[str], Path, int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CRAWL, program], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    folder, driver = process.stdout.readline().split()
    wait_until(lambda: len(sleepers(process.pid)) >= 2, timeout=10)
    yield process, Path(folder), int(driver)
    process.kill()
    process.communicate()


Started = tuple[subprocess.Popen[str], Path, int]


def test_a_killed_crawl(crawl: Started) -> None:
    process, folder, _ = crawl
    below = set(descendants(process.pid))
    assert len(below) >= 5
    process.kill()  # and not waited for: a zombie is dead
    wait_until(lambda: gone(below) and not folder.exists(), timeout=5)


def test_a_killed_driver(crawl: Started) -> None:
    process, folder, driver = crawl
    below = set(descendants(driver))
    os.kill(driver, signal.SIGKILL)
    wait_until(lambda: gone(below), timeout=5)
    assert folder.exists()  # the crawl lives, and may start another
    assert process.poll() is None


def test_a_browser_that_ends(crawl: Started) -> None:
    process, _, _ = crawl
    below = set(descendants(process.pid))
    (first,) = [pid for pid in below if b"602" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: gone(below - {crawl[2]}), timeout=5)


@pytest.mark.parametrize("which", ["group", "keeper"])
def test_what_kills_the_keeper_kills_the_browser(crawl: Started, which: str) -> None:
    process, folder, _ = crawl
    below = set(descendants(process.pid))
    keepers = sorted(pid for pid in below if b"keeper.py" in Path(f"/proc/{pid}/cmdline").read_bytes())
    assert len(keepers) == 2
    if which == "group":
        os.killpg(keepers[0], signal.SIGKILL)  # as Playwright does
        wait_until(lambda: gone(below - {crawl[2]}), timeout=5)
    else:
        os.kill(keepers[1], signal.SIGKILL)
        process.kill()
        process.wait()
        # Its first process has died with the keeper (PR_SET_PDEATHSIG); a runaway is left to whoever sweeps.
        wait_until(lambda: sweep() == 1, timeout=5)
        assert not folder.exists()


def test_the_room_of_a_living_crawl_is_left_alone(crawl: Started) -> None:
    process, folder, _ = crawl
    assert sweep() == 0
    assert folder.exists()
    assert not gone(sleepers(process.pid))


def test_a_room_is_private_and_closed_once(place: Path, program: str) -> None:
    room = Room(program)
    assert room.folder.parent == place
    assert room.folder.name.startswith(PREFIX)
    assert room.folder.stat().st_mode & 0o077 == 0
    assert resident_bytes(room.folder) == 0
    running = subprocess.Popen([room.executable, str(room.folder / "x")], stdout=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.readline()
    wait_until(lambda: resident_bytes(room.folder) > 0)
    below = set(descendants(running.pid))
    room.close()
    room.close()
    running.communicate()
    assert not room.folder.exists()
    wait_until(lambda: gone(below), timeout=5)


def test_only_our_own_rooms_are_swept(place: Path) -> None:
    other = place / f"{PREFIX}link"
    target = place / "target"
    target.mkdir()
    (target / "lock").touch()
    other.symlink_to(target)
    no_room = place / f"{PREFIX}empty"
    no_room.mkdir()
    assert sweep() == 0
    assert target.exists()
    assert no_room.exists()
