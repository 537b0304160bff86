"""What the fault bench measures: what a database holds, what was acknowledged, what was asked twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newscrawl.demo.faults import Fault
from newscrawl.demo.server import Request
from newscrawl.reports.status import collect_status
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import current_revision
from tests.crawl.harness import VOLATILE, Crawl, without_times

__all__ = [
    "Later",
    "Snapshot",
    "acknowledged",
    "comparable_feed",
    "count_records",
    "ended",
    "extra_requests",
    "lost",
    "rows_of",
    "running",
    "settled_status",
    "snapshot",
    "versions",
]

#: Columns of which a change after the acknowledgement would be a loss.
_ACKNOWLEDGED = ("content_hash", "outcome", "reason", "text", "title", "version")


@dataclass
class Later(Fault):
    """A fault that the first ``spared`` requests (of those that its host and prefix fit) do not meet."""

    spared: int = 0
    seen: int = field(default=0, compare=False)

    def holds(self, host: str, path: str) -> bool:
        if not super().holds(host, path):
            return False
        self.seen += 1
        return self.seen > self.spared


def rows_of(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of *sql*; none while the database or its tables are not there yet."""
    if not database.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
            return list(connection.execute(sql))
    except sqlite3.OperationalError as error:
        if "no such table" in str(error) or "unable to open" in str(error):
            return []
        raise


def let_time_pass(database: Path, seconds: float) -> None:
    """As if the ledger had been left alone for *seconds*."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE robots SET fetched_at = fetched_at - ?", (seconds,))
        for table in ("originals", "posts", "listed"):
            connection.execute(f"UPDATE {table} SET next_at = max(1, next_at - ?) WHERE next_at > 0", (seconds,))
        connection.execute("UPDATE hosts SET next_at = next_at - ?, held_until = held_until - ?", (seconds, seconds))
        connection.commit()


def count_records(database: Path) -> int:
    """Records acknowledged so far."""
    rows = rows_of(database, "SELECT count(*) FROM records")
    return int(rows[0][0]) if rows else 0


def acknowledged(database: Path) -> dict[str, tuple[Any, ...]]:
    """What is acknowledged, by record id."""
    columns = ", ".join(_ACKNOWLEDGED)
    return {row[0]: row[1:] for row in rows_of(database, f"SELECT id, {columns} FROM records")}


def versions(database: Path) -> list[tuple[Any, ...]]:
    """The older versions that are kept."""
    return sorted(rows_of(database, "SELECT id, version, changed FROM versions"))


def lost(before: dict[str, tuple[Any, ...]], database: Path) -> list[str]:
    """Ids of what was acknowledged *before* and is not in the database any more, as it was or in a later version."""
    now = acknowledged(database)
    place = _ACKNOWLEDGED.index("version")
    return sorted(
        one for one, was in before.items() if one not in now or (now[one] != was and now[one][place] <= was[place])
    )


def settled_status(database: Path) -> dict[str, Any] | None:
    """What `scrapy status --json` says, without starting Python anew; ``None`` before there is a schema."""
    from sqlalchemy.engine import URL

    if not database.exists():
        return None
    engine = open_engine(URL.create("sqlite", database=str(database)), create=False)
    try:
        if current_revision(engine) is None:
            return None
        with engine.connect().execution_options(newscrawl_readonly=True) as connection:
            return collect_status(connection)
    finally:
        engine.dispose()


@dataclass
class Snapshot:
    """A database right after a fault: acknowledged records, whether the books balance, what is leased."""

    records: dict[str, tuple[Any, ...]]
    balanced: bool
    leased_hosts: int
    leased_posts: int


def snapshot(database: Path) -> Snapshot:
    """Look at *database* while no crawl runs."""
    status = settled_status(database)
    balanced = status is None or (
        status["balanced"]
        and status["posts"]["discovered"] == sum(status["records"]["outcomes"].values()) + status["posts"]["backlog"]
    )
    leased = [
        rows_of(database, f"SELECT count(*) FROM {table} WHERE lease_run IS NOT NULL") for table in ("hosts", "posts")
    ]
    return Snapshot(acknowledged(database), balanced, *(int(rows[0][0]) if rows else 0 for rows in leased))


def originals_of(database: Path) -> set[tuple[str, str]]:
    """(host, path and query) of every original that the database knows."""
    found = set()
    for (url,) in rows_of(database, "SELECT url FROM originals"):
        parts = urlsplit(url)
        found.add((parts.hostname or "", f"{parts.path}?{parts.query}" if parts.query else parts.path))
    return found


def extra_requests(
    originals: set[tuple[str, str]], undisturbed: list[Request], disturbed: list[Request]
) -> dict[tuple[str, str], int]:
    """Originals asked for more often than by the undisturbed run: how often more."""
    before = Counter((one.host, one.path) for one in undisturbed)
    after = Counter((one.host, one.path) for one in disturbed)
    return {one: after[one] - before[one] for one in originals if after[one] > before[one]}


def comparable_feed(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Records of a feed by id, without what differs from run to run. Fails where one comes twice."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        assert record["id"] not in found, f"{record['id']} comes twice"
        found[record["id"]] = without_times({k: v for k, v in record.items() if k not in (*VOLATILE, "version")})
    return found


def feed_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Every line of a JSON Lines file. Fails on one that is no JSON."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


@contextmanager
def running(crawl: Crawl, *words: str, **settings: Any) -> Iterator[subprocess.Popen[str]]:
    """A crawl under way; killed when the block ends before it does."""
    with ended(crawl.start(*words, **settings)) as process:
        yield process


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """*process*, killed when the block ends before it does."""
    try:
        yield process
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGCONT)
            process.kill()
        process.communicate()


def wait_while_running(
    process: subprocess.Popen[str], condition: Callable[[], bool], timeout: float = 240, every: float = 0.02
) -> bool:
    """Wait for *condition*; whether it came to hold before *process* ended. Fails after *timeout* seconds.

    *every*: seconds between two looks.
    """
    until = time.monotonic() + timeout
    while not condition():
        if process.poll() is not None:
            return False
        assert time.monotonic() < until, "waited in vain"
        time.sleep(every)
    return process.poll() is None
