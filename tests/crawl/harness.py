"""Run `scrapy` the way a user does, against the demo world or a made-up site; the one harness of tests and kills.

Two others stay apart. `tests.net.harness` runs a spider of its own with the network's settings alone, and tells of each
request what a crawl keeps to itself. `newscrawl.demo.run` is what `scrapy demo` does, and is shipped without the tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from newscrawl.demo.run import crawl_environment
from tests.warm import run_scrapy, start_scrapy

ROOT = Path(__file__).resolve().parent.parent.parent

#: What differs between two runs that found the same.
VOLATILE = ("run_id", "crawled_at")


@dataclass
class Outcome:
    status: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.err.strip().splitlines()[-1] if self.err.strip() else ""


class Reachable(Protocol):
    """What a crawl can be sent to: a `DemoServer`, a site that `tests.site.serve_site` serves."""

    @property
    def overrides(self) -> str:
        """NEWSCRAWL_HOST_OVERRIDES with which its names are found."""

    def url(self) -> str:
        """The address of the aggregator."""


class Crawl:
    """Commands on one database in *folder*, crawling *server*."""

    def __init__(self, folder: Path, server: Reachable | None = None, **settings: Any) -> None:
        self.folder = folder
        self.server = server
        self.database = folder / "newscrawl.db"
        self.settings: dict[str, Any] = {
            "NEWSCRAWL_DATABASE": f"sqlite:///{self.database}",
            "NEWSCRAWL_RENDER": "never",
            "NEWSCRAWL_WORKERS": 0,
            "DOWNLOAD_DELAY": 0,
            "DOWNLOAD_TIMEOUT": 3,
            "NEWSCRAWL_ROBOTS_RETRY_DELAY": 0,
            "NEWSCRAWL_TDMREP": False,
            "NEWSCRAWL_HEALTH": "off",  # runs of these tests find what no ordinary life would
            "LOG_LEVEL": "INFO",
            **({"NEWSCRAWL_HOST_OVERRIDES": server.overrides} if server else {}),
            **settings,
        }

    def words(self, *words: str, **settings: Any) -> list[str]:
        """*words* of a command and the settings, as `scrapy` takes them."""
        options = [f"{name}={value}" for name, value in {**self.settings, **settings}.items()]
        return [*words, *(part for one in options for part in ("-s", one))]

    def command(self, *words: str, **settings: Any) -> list[str]:
        """The same as a command line for a process that starts from nothing."""
        return [sys.executable, "-m", "scrapy", *self.words(*words, **settings)]

    def run(self, *words: str, timeout: float = 120, **settings: Any) -> Outcome:
        done = run_scrapy(self.words(*words, **settings), env=crawl_environment(), timeout=timeout)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str, **settings: Any) -> subprocess.Popen[str]:
        process: subprocess.Popen[str] = start_scrapy(
            self.words(*words, **settings),
            env=crawl_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        return process

    def arguments(self, *given: str, feed: str | None = "out.jsonl", spider: str = "dnyuz") -> list[str]:
        """`crawl` words for the world's aggregator; *given*: `name=value`. *spider*: a file's is run by `runspider`."""
        assert self.server is not None
        words = ["runspider" if spider.endswith(".py") else "crawl", spider]
        site = () if spider == "feeds" else (f"site={self.server.url()}",)
        for one in (*site, *given):
            words += ["-a", one]
        return [*words, "-O", str(self.folder / feed)] if feed else words

    def crawl(
        self, *given: str, feed: str | None = "out.jsonl", spider: str = "dnyuz", timeout: float = 120, **settings: Any
    ) -> Outcome:
        return self.run(*self.arguments(*given, feed=feed, spider=spider), timeout=timeout, **settings)

    def records(self) -> dict[str, dict[str, Any]]:
        """What the database holds, by id, without what differs from run to run."""
        with database(self.database) as connection:
            connection.row_factory = sqlite3.Row
            rows = [dict(row) for row in connection.execute("SELECT * FROM records")]
        return {row["id"]: comparable_row(row) for row in rows}

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What *statement* answers of the database, or does to it."""
        with database(self.database) as connection:
            return list(connection.execute(statement))

    def feed(self, name: str = "out.jsonl") -> list[dict[str, Any]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def status(self) -> dict[str, Any]:
        return json.loads(self.run("status", "--json").out)


@contextlib.contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """The SQLite file, committed and closed at the end.

    Left to itself a connection is in a cycle with its cache of statements, and its three files stay open until the
    garbage collector comes by: a hundred tests of a process had no descriptors left below 1,024.
    """
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def comparable_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of ``records`` without what differs between two runs that found the same."""
    kept = {
        name: value for name, value in row.items() if name not in (*VOLATILE, "stored_run", "version", "changed_at")
    }
    for name in ("original", "rights"):
        if isinstance(kept[name], str):
            kept[name] = without_times(json.loads(kept[name]))
    return kept


def without_times(value: Any) -> Any:
    """*value* (as JSON has it) without the times at which something was looked up."""
    if isinstance(value, dict):
        return {name: without_times(one) for name, one in value.items() if name not in ("at", "fetched_at")}
    return value


def wait_until(condition: Any, *, timeout: float = 240.0, every: float = 0.02) -> None:
    """Wait for *condition* to hold. The timeout is for what never comes: a busy machine is no failure."""
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(every)


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, float, str]:
    """Send a signal; status, seconds until the end, standard error."""
    began = time.monotonic()
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=60)
    return process.returncode, time.monotonic() - began, err


def one_clear_line(text: str, *, but: Iterable[str] = ()) -> str:
    """The one line of *text*: no traceback, nothing else."""
    lines = [line for line in text.splitlines() if line.strip() and not any(part in line for part in but)]
    assert len(lines) == 1, text
    assert "Traceback" not in text
    return lines[0]
