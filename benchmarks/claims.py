"""``python -m benchmarks.claims``: what a claim costs beside 1,000,000 works outside its window and 20,000 hosts.

Two figures on each engine. One claim (posts, a host and its works, when the next falls due, in a transaction): median
milliseconds, with little in the ledger and with much. And the demo's crawl on a database that holds so much of the
same scope, against the same crawl on a fresh one, in turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL, Connection, Engine

from benchmarks.common import ROOT, write_result
from benchmarks.databases import on_each_engine
from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import build_world
from newscrawl.ledger.claims import claim_hosts, claim_posts, enter_hosts, next_due
from newscrawl.ledger.hosts import GivenBack, give_back
from newscrawl.ledger.scopes import Scope, load_scope
from newscrawl.ledger.window import Window
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from tests.crawl.harness import Crawl
from tests.ledger.helpers import SITE

OUTSIDE = 1_000_000
HOSTS = 20_000
CLAIMS = 300
WINDOW_FROM = "2010-01-01T00:00:00Z"
ROUNDS = 3

_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < :last)",
    "postgresql": "WITH numbers(i) AS (SELECT * FROM generate_series(CAST(:first AS int), CAST(:last AS int) - 1))",
}
_ID = {"sqlite": "printf('%032x', i)", "postgresql": "lpad(to_hex(i), 32, '0')"}


def fill(connection: Connection, scope_id: str, first: int, count: int, at: str, hosts: int) -> None:
    """Enter *count* posts, published *at*, each of which waits for an original of its own at one of *hosts* hosts."""
    dialect = connection.dialect.name
    numbers, one = _NUMBERS[dialect], _ID[dialect]
    values = {"first": first, "last": first + count, "at": at, "hosts": hosts, "scope": scope_id, "site": SITE}
    host = "'waits' || (i % CAST(:hosts AS int)) || '.test'"
    site, at = "CAST(:site AS varchar)", "CAST(:at AS varchar)"
    for statement in (
        f"INSERT INTO posts (id, site, url, state, published_at, surface, original_id, discovered_at, run_id) "
        f"{numbers} SELECT {one}, {site}, {site} || i, 'waiting', {at}, 'rest', {one}, {at}, 'filled' FROM numbers",
        f"INSERT INTO originals (id, url, host, state) {numbers} "
        f"SELECT {one}, 'http://' || {host} || '/' || i, {host}, 'discovered' FROM numbers",
        f"INSERT INTO listed (scope_id, post_id, host, lane, rank, next_at) {numbers} "
        f"SELECT CAST(:scope AS varchar), {one}, {host}, 0, {at}, 0 FROM numbers",
    ):
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement), used)


def _settle(engine: Engine) -> None:
    """What autovacuum does within a minute of a server's life; the cluster that measures has none."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def measure_claims(url: URL, outside: int, hosts: int) -> dict[str, float]:
    """Median and ninth decile of a claim, in milliseconds, and of its CPU time in this process."""
    engine = open_engine(url)
    ensure_schema(engine)
    scope = Scope("dnyuz", SITE, (), "", True)
    with engine.begin() as connection:
        load_scope(connection, scope)
        if outside:
            fill(connection, scope.id, 0, outside, "2001-01-01T00:00:00Z", hosts)
        # In the window: ten works for each host.
        fill(connection, scope.id, 10_000_000, hosts * 10, "2026-03-01T00:00:00Z", hosts)
    window = Window(scope.id, since=WINDOW_FROM)
    _settle(engine)
    with engine.begin() as connection:
        began = time.perf_counter()
        entered = enter_hosts(connection, "run", window, follow=True)
        opening = time.perf_counter() - began
        assert entered == hosts, entered
    walls, cpus = [], []
    works = 0
    for _ in range(CLAIMS):
        began, cpu = time.perf_counter(), time.process_time()
        with engine.begin() as connection:
            claim_posts(connection, "run", window, 50)
            claimed = claim_hosts(connection, "run", window, most=1, works=5, delay=1.0, follow=True)
            next_due(connection, "run", window)
        walls.append((time.perf_counter() - began) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
        works += sum(len(one.works) for one in claimed)
        with engine.begin() as connection:
            for one in claimed:
                give_back(connection, "run", GivenBack(one.lease.host, wait=1.0, answered=True))
    engine.dispose()
    return {
        "works_claimed": works,
        "milliseconds": round(statistics.median(walls), 2),
        "milliseconds_ninth_decile": round(statistics.quantiles(walls, n=10)[-1], 2),
        "cpu_milliseconds": round(statistics.median(cpus), 2),
        "opening_seconds": round(opening, 2),
    }


def _crawl(server: DemoServer, folder: Path, url: URL, name: str) -> tuple[float, int]:
    """Seconds of the demo's crawl, and its records."""
    crawl = Crawl(folder, server, NEWSCRAWL_DATABASE=url.render_as_string(hide_password=False), LOG_LEVEL="WARNING")
    began = time.perf_counter()
    done = crawl.crawl(f"since={WINDOW_FROM}", feed=f"{name}.jsonl", timeout=600)
    seconds = time.perf_counter() - began
    assert done.status == 0, done.err[-500:]
    return seconds, len((folder / f"{name}.jsonl").read_text().splitlines())


def measure_crawl(make: Any, folder: Path, outside: int, hosts: int) -> dict[str, Any]:
    """Seconds of the demo's crawl, fresh and beside *outside* works of its own scope, in turns."""
    world = build_world(seed=11, posts=512, lengths=(150,))
    with serve(world) as server:
        taken: dict[str, list[float]] = {"fresh": [], "full": []}
        records = set()
        for turn in range(ROUNDS):
            for kind in ("fresh", "full") if turn % 2 else ("full", "fresh"):
                url = make()
                if kind == "full":
                    engine = open_engine(url)
                    ensure_schema(engine)
                    with engine.begin() as connection:
                        scope = Scope("dnyuz", server.url(), (), "", True)
                        load_scope(connection, scope)
                        fill(connection, scope.id, 0, outside, "2001-01-01T00:00:00Z", hosts)
                    _settle(engine)
                    engine.dispose()
                seconds, number = _crawl(server, folder, url, f"{turn}-{kind}")
                taken[kind].append(seconds)
                records.add(number)
        assert len(records) == 1, records
    fresh, full = statistics.median(taken["fresh"]), statistics.median(taken["full"])
    return {
        "records": records.pop(),
        "fresh_seconds": round(fresh, 2),
        "full_seconds": round(full, 2),
        "ratio": round(full / fresh, 3),
    }


def measure(make: Any, folder: Path, outside: int, hosts: int) -> dict[str, Any]:
    """All figures of one engine; *make* gives the URL of a fresh database."""
    return {
        "little": measure_claims(make(), 0, 200),
        "much": measure_claims(make(), outside, hosts),
        "demo": measure_crawl(make, folder, outside, hosts),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when a claim takes at most 5 ms and the crawl at most 1.2 times as long."""
    parser = argparse.ArgumentParser(prog="benchmarks.claims")
    parser.add_argument("--outside", type=int, default=OUTSIDE)
    parser.add_argument("--hosts", type=int, default=HOSTS)
    options = parser.parse_args(arguments)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="newscrawl-claims-") as name:
        folder = Path(name)
        for engine, make in on_each_engine(folder):
            figures[engine] = measure(make, folder, options.outside, options.hosts)
            print(json.dumps(figures[engine]), flush=True)
    path = write_result("claims", {"outside": options.outside, "hosts": options.hosts, **figures}, seeds=[11])
    print(path.relative_to(ROOT))
    held = [one["much"]["milliseconds"] <= 5 and one["demo"]["ratio"] <= 1.2 for one in figures.values()]
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
