"""The report of a large collection: seconds, memory and size; and what a browser and axe say of the page.

Usage: python -m benchmarks.report [--records 300000] [--pages FOLDER] [--no-write]

The collection is made up: records as `benchmarks.export` makes them, with some 400 publishers, posts, runs and
originals that wait. The page is looked at in Chromium at 390, 768 and 1280 pixels in both schemes: messages of the
console, requests, what stands out of the page, words that a line break parts, and what axe-core finds serious.
Without Chromium or axe only the first figures are measured.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import random
import resource
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.engine import URL

from benchmarks.common import ROOT, write_result
from benchmarks.export import fill
from newscrawl.clock import format_time, parse_time
from newscrawl.demo.run import crawl_environment
from newscrawl.storage.engine import open_engine
from newscrawl.storage.tables import hosts, originals, run_figures, runs
from tests.browser import CHROMIUM, WIDTHS, look_at

SEED = 11
PUBLISHERS = 400
AT = "2026-11-27T12:00:00Z"
#: Records that are made one by one; more are copies of these under ids of their own.
BASE = 30_000


def enrich(path: Path) -> None:
    """Give the records of the database at *path* publishers and dates as a crawl would, and posts, runs, queues."""
    rng = random.Random(SEED)
    now = parse_time(AT)

    def ago(days: float) -> str:
        return format_time(now - dt.timedelta(days=days))

    engine = open_engine(URL.create("sqlite", database=str(path)))
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE records SET publisher = json_object('name', 'The Paper No. ' || (rowid * rowid % :most),"
                " 'domain', 'paper' || (rowid * rowid % :most) || '.example', 'url',"
                " 'https://www.paper' || (rowid * rowid % :most) || '.example/'),"
                " outcome = CASE WHEN rowid % 5 < 3 THEN 'original' WHEN rowid % 5 = 3 THEN 'original_partial'"
                " ELSE 'post_only' END,"
                " reason = CASE WHEN rowid % 5 < 3 THEN NULL WHEN rowid % 5 = 3 THEN 'paywall' ELSE"
                " 'http_' || (400 + rowid % 12) END,"
                " published_at = strftime('%Y-%m-%dT%H:%M:%SZ', :now, '-' || (rowid % 40000) || ' minutes'),"
                " crawled_at = strftime('%Y-%m-%dT%H:%M:%SZ', :now, '-' || (rowid % 40000) || ' minutes'),"
                " language = CASE rowid % 7 WHEN 0 THEN 'de' WHEN 1 THEN 'fr' ELSE 'en-GB' END"
            ),
            {"most": PUBLISHERS, "now": AT},
        )
        connection.execute(
            text(
                "INSERT OR IGNORE INTO posts (id, site, url, state, published_at, surface, discovered_at, run_id)"
                " SELECT id, 'https://aggregator.example', 'https://aggregator.example/' || id, 'done', published_at,"
                " 'rest', crawled_at, 'r' FROM records"
            )
        )
        rows = []
        for number in range(500):
            started = now - dt.timedelta(hours=500 - number)
            status = 4 if rng.random() < 0.05 else 0
            rows.append(
                {
                    "id": f"{number:032x}", "number": number + 1, "spider": "dnyuz", "scope_id": "s", "arguments": {},
                    "process": "1@x", "started_at": format_time(started),
                    "ended_at": format_time(started + dt.timedelta(minutes=9)),
                    "state": "failed" if status else "finished", "exit_status": status,
                    "message": "the site cannot be reached" if status else None,
                    "counts": {"new": rng.randrange(200), "known": rng.randrange(900)},
                }
            )  # fmt: skip
        connection.execute(insert(runs), rows)
        waits = {f"paper{number}.example": [30, round(30 * rng.lognormvariate(-1, 1), 3)] for number in range(40)}
        found = [
            {"run_id": row["id"], "scope_id": "s", "started_at": row["started_at"], "figures": {"waits": waits}}
            for row in rows
        ]
        connection.execute(insert(run_figures), found)
        waiting = [
            {
                "id": f"{number:032x}", "url": f"https://www.paper{number % 60}.example/story-{number}",
                "host": f"paper{number % 60}.example", "state": "done" if number % 3 else "discovered",
                "rounds": number % 3, "next_at": 1.9e9, "reason": "timeout" if number % 3 else None,
            }
            for number in range(5_000)
        ]  # fmt: skip
        connection.execute(insert(originals), waiting)
        connection.execute(
            insert(hosts),
            [{"host": f"slow{n}.example", "held_until": 2e9, "reason": "http_503"} for n in range(40)],
        )
    engine.dispose()


def multiply(path: Path, records: int) -> None:
    """Copy the records and posts of the database at *path* until there are *records* at least: ids may meet."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        # Without the indexes, which are made again at the end: it is ten times as fast.
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            " AND tbl_name IN ('records', 'posts')"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("BEGIN")
        for copy in range(1, 16):
            if connection.execute("SELECT count(*) FROM records").fetchone()[0] >= records:
                break
            for table in ("records", "posts"):
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                taken = ", ".join(
                    f"'{copy:x}' || substr({one}, 2)" if one in ("id", "cluster_id") else one for one in columns
                )
                connection.execute(
                    f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) SELECT {taken} FROM {table}"
                    f" WHERE rowid <= {BASE}"
                )
        connection.execute("COMMIT")
        for _, statement in indexes:
            connection.execute(statement)


def measure(database: Path, page: Path) -> dict[str, Any]:
    """Make the report in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "report",
        "-o",
        str(page),
        "-s",
        f"NEWSCRAWL_DATABASE=sqlite:///{database}",
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, env=crawl_environment(), check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": round(took, 1),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_mb": round(after.ru_maxrss / 1024),
        "page_kb": round(page.stat().st_size / 1024),
        "database_mb": round(database.stat().st_size / 2**20),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--pages", type=Path, help="a folder that keeps the page and its pictures")
    parser.add_argument("--no-write", action="store_true", help="print alone")
    options = parser.parse_args()
    figures: dict[str, Any] = {"records": options.records}
    with TemporaryDirectory(prefix="newscrawl-bench-") as made:
        database, page = Path(made) / "records.db", (options.pages or Path(made)) / "report.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        fill(database, min(options.records, BASE))
        enrich(database)
        multiply(database, options.records)
        with contextlib.closing(sqlite3.connect(database)) as connection:
            figures["records"] = connection.execute("SELECT count(*) FROM records").fetchone()[0]
        figures.update(measure(database, page))
        print(figures, flush=True)
        if CHROMIUM is None:
            print("no Chromium: the page is not looked at", file=sys.stderr)
        else:
            for width in WIDTHS:
                for scheme in ("light", "dark"):
                    picture = options.pages / f"{width}-{scheme}.png" if options.pages else None
                    seen = look_at(page, width=width, scheme=scheme, picture=picture)
                    figures[f"{width} {scheme}"] = seen.to_json()
                    print(width, scheme, seen, flush=True)
    if not options.no_write:
        write_result("report", figures, seeds=[SEED])


if __name__ == "__main__":
    main()
