"""A disk that is full: of the database, at its start and in the middle; of the feed."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.crawl.harness import Outcome
from tests.faults.bench import count_records, running, wait_while_running
from tests.faults.conftest import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


class Disk:
    """A small file system of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self) -> None:
        """Mount it, 64 MB large."""
        if os.geteuid() != 0:
            pytest.skip("only root may mount a file system")
        command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")

    def fill(self, leave: int = 0) -> None:
        """Fill it but for *leave* bytes."""
        free = os.statvfs(self.folder)
        room = free.f_bavail * free.f_frsize - leave
        # Whoever else writes there may be quicker.
        with suppress(OSError), (self.folder / "ballast").open("ab", buffering=0) as ballast:
            while room > 0:
                room -= ballast.write(b"\0" * min(room, 1 << 20))

    def empty(self) -> None:
        """Take the ballast away."""
        (self.folder / "ballast").unlink()

    def remount(self, how: str) -> None:
        """``ro`` or ``rw``."""
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.folder)], check=True)

    def umount(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=False)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    made = Disk(folder)
    made.mount()
    yield made
    made.umount()


def test_full_at_the_start(disk: Disk, tmp_path: Path, case: Callable[..., Case]) -> None:
    one = case(disk.folder, follow="no")
    disk.fill()
    one.loud(one.run(feed=None), "full")
    one.struck()
    disk.empty()
    one.complete(one.run())


def test_full_in_the_middle_for_a_while(disk: Disk, case: Callable[..., Case]) -> None:
    one = case(disk.folder, DOWNLOAD_DELAY=0.4)
    with running(one.crawl, *one.words(feed=None)) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 2)
        disk.fill()
        time.sleep(4)
        one.struck()
        assert process.poll() is None
        disk.empty()
        _, err = process.communicate(timeout=120)
        one.complete(Outcome(process.returncode, "", err))


def test_full_in_the_middle_for_good(disk: Disk, case: Callable[..., Case]) -> None:
    one = case(disk.folder, DOWNLOAD_DELAY=0.4)
    with running(one.crawl, *one.words(feed=None)) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 2)
        disk.fill()
        _, err = process.communicate(timeout=120)
    one.loud(Outcome(process.returncode, "", err), "database", "full")
    one.struck()
    assert 2 <= one.acknowledged() < len(one.whole)
    disk.empty()
    one.complete(one.run(DOWNLOAD_DELAY=0))


def test_the_log_of_the_database_grows_until_the_disk_is_full(disk: Disk, case: Callable[..., Case]) -> None:
    import sqlite3

    one = case(disk.folder, follow="no")
    assert one.run("limit=5", feed=None).status == 0
    # Whoever reads on and on keeps the log from being taken into the database.
    reader = sqlite3.connect(one.crawl.database, isolation_level=None)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM records").fetchone()
        disk.fill(leave=60_000)
        one.loud(one.run(feed=None), "database", "full")
        one.struck()
    finally:
        reader.close()
    disk.empty()
    one.complete(one.run())


def test_read_only_between_two_runs(disk: Disk, case: Callable[..., Case]) -> None:
    one = case(disk.folder, follow="no")
    assert one.run("limit=20", feed=None).status == 0
    one.struck()
    disk.remount("ro")
    one.loud(one.run(feed=None), "database")
    disk.remount("rw")
    one.complete(one.run())


def test_full_under_the_feed(disk: Disk, case: Callable[..., Case]) -> None:
    one = case(follow="no")
    disk.fill(leave=20_000)
    feed = str(disk.folder / "out.jsonl")
    done = one.crawl.run(*one.words(feed=None), "-O", feed)
    one.loud(done, "cannot write the feed", "No space left", "deliver=all")
    one.struck()
    one.complete()
    disk.empty()
    one.complete(one.run("deliver=all", feed="all.jsonl"))
    assert {record["id"] for record in one.crawl.feed("all.jsonl")} == set(one.whole)


def test_files_may_not_grow(case: Callable[..., Case], tmp_path: Path) -> None:
    """As a quota: no file of the process may grow past 400 KB."""
    one = case(follow="no")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    from newscrawl.demo.run import crawl_environment
    from tests.crawl.harness import ROOT

    done = subprocess.run(
        one.crawl.command(*one.words(feed=None)), cwd=ROOT, env=crawl_environment(), preexec_fn=limited,
        capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    one.loud(Outcome(done.returncode, done.stdout, done.stderr), "database")
    one.struck()
    one.complete(one.run())
