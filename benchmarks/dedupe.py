"""Near-duplicates: are they found, are unlike texts left alone, and what does it cost.

    python -m benchmarks.dedupe [quality] [orders] [throughput] [crawl] [scale]

*quality*: real articles of ``../shared`` and edits of them (:mod:`benchmarks.dedupe_corpus`). The threshold is chosen
on one half of the domains and measured on the other. *orders*: the same clusters in 20 orders, and by 4 writers at
once (:mod:`benchmarks.dedupe_orders`). *throughput*: fingerprints of those articles a second of one
core. *crawl*: the share of a crawl's CPU. *scale*: a million records on both engines (:mod:`benchmarks.dedupe_scale`).
Parts that are not named keep the figures of the last time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, ROOT, write_result
from benchmarks.dedupe_corpus import SEED, articles
from benchmarks.dedupe_orders import measure_orders
from benchmarks.dedupe_quality import measure_quality
from benchmarks.dedupe_scale import measure_scale
from newscrawl.dedupe.shingles import shingle
from newscrawl.dedupe.signature import fingerprint, sketch_of

PARTS = ("quality", "orders", "throughput", "crawl", "scale")
POSTS = 400


def measure_throughput(runs: int = 15) -> dict[str, Any]:
    """Articles a second of CPU: the best of *runs*, since other processes only make it slower."""
    bodies = [body for part in ("choose", "measure") for _, body in articles(part)]
    bodies = [body for body in bodies if 1_500 < len(body) < 8_000]
    shingles = [shingle(body) for body in bodies]
    tokens = sum(one.tokens for one in shingles) / len(shingles)

    def best(work: Callable[[], object]) -> float:
        spent = []
        for _ in range(runs):
            started = time.process_time()
            work()
            spent.append(time.process_time() - started)
        return round(len(bodies) / min(spent))

    return {
        "articles": len(bodies),
        "words_an_article": round(tokens),
        "signatures_a_second": best(lambda: [sketch_of(one) for one in shingles]),
        "articles_a_second": best(lambda: [sketch_of(shingle(body)) for body in bodies]),
        "wanted_at_least": 5_000,
    }


def measure_crawl() -> dict[str, Any]:
    """A crawl of the demo's world whose fingerprints and settling are timed, in a process of its own."""
    from newscrawl.demo.run import crawl_command, crawl_environment
    from newscrawl.demo.server import serve
    from newscrawl.demo.world import build_world

    with tempfile.TemporaryDirectory() as name, serve(build_world(seed=SEED, posts=POSTS), slow=0.1) as server:
        folder = Path(name)
        command = crawl_command(
            server, folder / "newscrawl.db", folder / "feed.jsonl", DOWNLOAD_DELAY=0, LOG_LEVEL="WARNING"
        )
        told = folder / "told.json"
        child = [sys.executable, "-m", "benchmarks.dedupe", "--child", str(told), *command[2:]]
        environment = {**crawl_environment(), "PYTHONPATH": str(ROOT)}
        subprocess.run(child, env=environment, cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
        found = json.loads(told.read_text())
    rest = found["cpu"] - found["dedupe"]
    return {**found, "times_without": round(found["cpu"] / rest, 4), "wanted_at_most": 1.05}


def _child(told: str, arguments: list[str]) -> None:
    import pipelines.dedupe
    from newscrawl.storage import records

    spent = {"cpu": 0.0, "dedupe": 0.0, "calls": 0}
    started: list[float] = []

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            before = time.thread_time()
            if not started:
                started.append(time.process_time())
            try:
                return work(*given, **named)
            finally:
                spent["dedupe"] += time.thread_time() - before
                spent["calls"] += 1

        return run

    pipelines.dedupe.fingerprint = timed(fingerprint)  # type: ignore[attr-defined]
    records.settle = timed(records.settle)  # type: ignore[attr-defined]
    from scrapy.cmdline import execute

    try:
        execute(arguments)
    finally:
        # From the first record on: what is imported and loaded before is no part of either.
        spent["cpu"] = time.process_time() - started[0]
        Path(told).write_text(json.dumps(spent))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the named parts (default: all), print, write ``benchmarks/results/dedupe.json``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["--child"]:
        _child(given[1], given[2:])
        return 0
    path = RESULTS / "dedupe.json"
    figures: dict[str, Any] = json.loads(path.read_text())["figures"] if path.exists() else {}
    work: dict[str, Callable[[], Any]] = {
        "quality": lambda: {part: measure_quality(part) for part in ("choose", "measure")},
        "orders": measure_orders,
        "throughput": measure_throughput,
        "crawl": measure_crawl,
        "scale": measure_scale,
    }
    for part in PARTS:
        if not given or part in given:
            figures[part] = {"load": round(os.getloadavg()[0], 1), **work[part]()}
            print(f"{part}: {json.dumps(figures[part], indent=2)}", flush=True)
            write_result("dedupe", {name: figures[name] for name in PARTS if name in figures}, seeds=[SEED])
    return 0 if _held(figures) else 1


def _held(figures: dict[str, Any]) -> bool:
    """Whether what must not depend on the machine holds: no order and no number of writers makes other clusters."""
    orders = figures.get("orders", {})
    wanted = {"sqlite_same": "orders", "postgresql_same": "orders", "writers_same": "rounds_of_writers"}
    return all(orders[name] == orders[of] for name, of in wanted.items() if name in orders)


if __name__ == "__main__":
    sys.exit(main())
