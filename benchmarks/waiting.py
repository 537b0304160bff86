"""``python -m benchmarks.waiting``: what a record costs while 20,000 hosts wait, against 20.

The path of `benchmarks.hot_path`, on a database in which so many hosts have works of the run that are not due yet,
with `CLAIMS` claims for each record, as the loop of a crawl makes at most, and a look for hosts that are left alone
once a second. CPU milliseconds a record in several rounds, in turns; what counts is the median of
the rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL, Connection

from benchmarks.claims import fill
from benchmarks.common import write_result
from benchmarks.hot_path import Calls, crawl
from newscrawl.ledger.claims import claim_hosts, claim_posts, enter_hosts, next_due, settle_held
from newscrawl.ledger.runs import OpenRun
from newscrawl.ledger.window import Window
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema

FEW, MANY = 20, 20_000
POSTS = 100
CLAIMS = 5
RECORDS_A_SECOND = 10
ROUNDS = 5
GOAL = 1.1


class Cpu(Calls):
    """CPU seconds in place of calls."""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.process_time_ns()
        try:
            yield
        finally:
            self.counts[name] += time.process_time_ns() - began


def measure(hosts: int, folder: Path) -> float:
    """CPU milliseconds a record, with so many *hosts* waiting."""
    engine = open_engine(URL.create("sqlite", database=str(folder / f"{hosts}-{time.monotonic_ns()}.db")))
    ensure_schema(engine)
    entered: list[OpenRun] = []

    def prepare(connection: Connection, run: OpenRun) -> None:
        if not entered:
            fill(connection, run.scope.id, 10_000_000, hosts * 5, "2025-01-01T00:00:00Z", hosts)
        entered.append(run)
        enter_hosts(connection, run.id, Window(run.scope.id), follow=True)
        connection.execute(text("UPDATE run_hosts SET next_at = :later"), {"later": time.time() + 86_400})

    crawl(engine, 10, Calls(), prepare=prepare)
    cpu = Cpu()
    crawl(engine, POSTS, cpu, first=10, prepare=prepare)
    run = entered[-1]
    window = Window(run.scope.id)
    for _ in range(POSTS):
        with cpu.step("claims"), engine.begin() as connection:
            claim_posts(connection, run.id, window, 50)
            claim_hosts(connection, run.id, window, most=32, works=5, delay=1.0, follow=True)
            next_due(connection, run.id, window)
    cpu.counts["claims"] *= CLAIMS
    for _ in range(POSTS):
        with cpu.step("settle"), engine.begin() as connection:
            settle_held(connection, run.id, window, 60.0, follow=True)
    # Once a second, in which ten records are made at least.
    cpu.counts["settle"] //= RECORDS_A_SECOND
    engine.dispose()
    return cpu.counts.total() / POSTS / 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write ``results/waiting.json``; 0 where a record costs at most 1.1 times as much."""
    parser = argparse.ArgumentParser(prog="benchmarks.waiting")
    parser.add_argument("--hosts", type=int, default=MANY)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)
    found: dict[int, list[float]] = {FEW: [], options.hosts: []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for hosts, values in found.items():
                values.append(measure(hosts, Path(folder)))
                print(hosts, round(values[-1], 2), flush=True)
    pairs = zip(found[options.hosts], found[FEW], strict=True)
    ratio = statistics.median(many / few for many, few in pairs)
    figures = {
        "ratio": round(ratio, 3),
        "goal": GOAL,
        "cpu_ms_a_record": {str(hosts): round(statistics.median(values), 2) for hosts, values in found.items()},
        "rounds": {str(hosts): [round(one, 2) for one in values] for hosts, values in found.items()},
    }
    print(json.dumps(figures))
    write_result("waiting", figures)
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
