"""The database file locked, moved, replaced, damaged."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.crawl.harness import Outcome
from tests.faults.bench import count_records, running, wait_while_running
from tests.faults.conftest import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_locked_by_another_process_for_a_while(case: Callable[..., Case]) -> None:
    one = case(DOWNLOAD_DELAY=0.4)
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 8)
        with closing(sqlite3.connect(one.crawl.database, timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(5)
            other.execute("ROLLBACK")
        one.struck()
        _, err = process.communicate(timeout=120)
    one.complete(Outcome(process.returncode, "", err))


def test_locked_for_good(case: Callable[..., Case]) -> None:
    one = case(DOWNLOAD_DELAY=0.4)
    with closing(sqlite3.connect(one.crawl.database, timeout=30, isolation_level=None)) as other:
        with running(one.crawl, *one.words()) as process:
            assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 8)
            other.execute("BEGIN IMMEDIATE")
            _, err = process.communicate(timeout=120)
        # The next run cannot even open it.
        second = one.run()
    one.loud(Outcome(process.returncode, "", err), "database", "locked")
    one.loud(second, "database", "locked")
    one.struck()
    one.complete(one.run(DOWNLOAD_DELAY=0))


def test_moved_while_in_use(case: Callable[..., Case]) -> None:
    one = case(DOWNLOAD_DELAY=0.5)
    database = one.crawl.database
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: count_records(database) >= 8)
        database.rename(database.with_name("moved.db"))
        _, err = process.communicate(timeout=120)
    one.loud(Outcome(process.returncode, "", err), "database", "moved, removed or replaced")
    database.with_name("moved.db").rename(database)
    one.struck()
    one.complete(one.run(DOWNLOAD_DELAY=0))


def test_moved_and_put_back(case: Callable[..., Case]) -> None:
    one = case(DOWNLOAD_DELAY=0.5)
    database = one.crawl.database
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: count_records(database) >= 8)
        database.rename(database.with_name("moved.db"))
        time.sleep(2)
        database.with_name("moved.db").rename(database)
        one.struck()
        _, err = process.communicate(timeout=120)
    one.complete(Outcome(process.returncode, "", err))


def test_damaged_while_in_use(case: Callable[..., Case]) -> None:
    one = case(DOWNLOAD_DELAY=0.5)
    database = one.crawl.database
    with running(one.crawl, *one.words()) as process:
        assert wait_while_running(process, lambda: count_records(database) >= 8)
        with closing(sqlite3.connect(database, timeout=30)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = database.stat().st_size
        with database.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))
        _, err = process.communicate(timeout=120)
    done = Outcome(process.returncode, "", err)
    # What is in a cache hides the damage for a while; it is never called success.
    assert done.status == 4, err[-3000:]
    assert "database" in done.last_line
    one.note("status", done.status)
    one.loud(one.run(), "database")


@pytest.mark.parametrize("keep", [0.5, 0.02])
def test_truncated_between_two_runs(case: Callable[..., Case], keep: float) -> None:
    one = case(follow="no")
    assert one.run().status == 0
    size = one.crawl.database.stat().st_size
    with one.crawl.database.open("r+b") as file:
        file.truncate(int(size * keep))
    one.loud(one.run(), "database")


def test_overwritten_between_two_runs(case: Callable[..., Case]) -> None:
    one = case(follow="no")
    one.crawl.database.write_text("this is no database\n" * 500)
    one.loud(one.run(), "not a database")
    assert one.crawl.database.read_text().startswith("this is no database")


def test_of_a_newer_version(case: Callable[..., Case]) -> None:
    one = case(follow="no")
    assert one.run("limit=5").status == 0
    with closing(sqlite3.connect(one.crawl.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    one.loud(one.run(), "newer than this newscrawl")


def test_replaced_by_an_older_copy(case: Callable[..., Case], tmp_path: Path) -> None:
    one = case()
    with running(one.crawl, *one.words(), DOWNLOAD_DELAY=0.4) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 8)
        with (
            closing(sqlite3.connect(one.crawl.database, timeout=30)) as source,
            closing(sqlite3.connect(tmp_path / "backup.db")) as backup,
        ):
            source.backup(backup)
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 14)
        process.send_signal(signal.SIGKILL)
    for name in ("newscrawl.db", "newscrawl.db-wal", "newscrawl.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.db", one.crawl.database)
    one.struck()
    assert one.acknowledged() >= 8
    one.complete(one.run())


def test_removed_between_two_runs(case: Callable[..., Case], tmp_path: Path) -> None:
    one = case()
    with running(one.crawl, *one.words(), DOWNLOAD_DELAY=0.4) as process:
        assert wait_while_running(process, lambda: count_records(one.crawl.database) >= 8)
        process.send_signal(signal.SIGKILL)
    one.crawl.database.unlink()  # its log is left behind
    one.complete(one.run())


def test_without_a_folder_to_be_in(case: Callable[..., Case], tmp_path: Path) -> None:
    one = case(follow="no")
    (tmp_path / "file").write_text("")
    done = one.run(feed=None, NEWSCRAWL_DATABASE=f"sqlite:///{tmp_path / 'file' / 'newscrawl.db'}")
    one.loud(done, "cannot write the database")
