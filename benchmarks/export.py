"""What an export costs: seconds, records a second and memory for growing databases of made-up records.

Usage: python -m benchmarks.export [--records 100000,300000,1000000] [--forms jsonl,parquet] [--folder DIR]

Each export runs in a process of its own, whose peak memory and CPU time are measured. The records are synthetic, with
about 1,500 characters of text, ten sources and six signals on rights each, and a post in the ledger; they are written
to the database in bulk, not crawled. ``pace`` is a loop of Python that takes 0.25 to 0.35 s on a core of this kind that
nobody else uses: what it takes more is what other processes cost the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import URL

from benchmarks.common import ROOT, write_result
from newscrawl.items import Record, as_dict
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.tables import posts, records
from tests.datasets.world import WORDS, made

SEED = 7
#: Records of these many different shapes are made; the others are copies with their own id, text and time.
SHAPES = 2_000


def _shape(number: int, rng: random.Random) -> Record:
    record = made(number, rng)
    at = "2026-06-30T00:00:00Z"
    names = ("robots_txt", "robots_meta", "ai_train", "tdm", "licence", "free_access")
    record.rights.post = {name: {"value": "none", "at": at, "source": "meta"} for name in names}
    record.rights.original = {name: {"value": "none", "at": at} for name in names}
    record.rights.effective = {**dict.fromkeys(names, "none"), **record.rights.effective}
    record.sources = dict.fromkeys(
        (
            "title",
            "summary",
            "text",
            "authors",
            "tags",
            "published_at",
            "modified_at",
            "section",
            "language",
            "image_url",
        ),
        "json-ld",
    )
    record.tags = rng.sample(WORDS, 5)
    return record


def fill(path: Path, number: int) -> None:
    """A database of *number* records at *path*."""
    engine = open_engine(URL.create("sqlite", database=str(path)))
    ensure_schema(engine)
    rng = random.Random(SEED)
    shapes = [as_dict(_shape(one, rng)) for one in range(SHAPES)]
    with engine.begin() as connection:
        batch: list[dict[str, Any]] = []
        works: list[dict[str, Any]] = []
        for one in range(number):
            text = " ".join(rng.choices(WORDS, k=200))
            day = f"20{rng.randint(10, 26)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
            at = f"{day}T{rng.randint(0, 23):02}:00:00Z"
            own = f"{rng.getrandbits(128):032x}"
            batch.append(
                shapes[one % SHAPES]
                | {"id": own, "cluster_id": own, "text": text, "published_at": at, "published_precision": "minute"}
                | {"changed_at": "2026-06-30T00:00:00Z", "stored_run": "r", "text_hash": own}
            )
            works.append(
                {
                    "id": own,
                    "site": "https://aggregator.test",
                    "url": f"https://aggregator.test/{own}/",
                    "state": "done",
                }
                | {"surface": "rest", "original_id": own[::-1], "discovered_at": "2026-06-30T00:00:00Z", "run_id": "r"}
            )
            if len(batch) == 5_000 or one == number - 1:
                connection.execute(insert(records), batch)
                connection.execute(insert(posts), works)
                batch, works = [], []
    engine.dispose()


def pace() -> float:
    """Seconds of CPU that ten million turns of an empty loop take now."""
    began = time.process_time()
    for _ in range(10_000_000):
        pass
    return time.process_time() - began


def measure(database: Path, form: str, folder: Path) -> dict[str, Any]:
    """One export by the command, in a process of its own."""
    out = folder / "out"
    command = [sys.executable, "-m", "benchmarks.export", "--child", "export", "-o", str(out), "--format", form]
    environment = {**os.environ, "NEWSCRAWL_DATABASE": f"sqlite:///{database}", "PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, "--rights", "all"], check=True, capture_output=True, text=True, env=environment, cwd=ROOT
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    exported = json.loads((out / "manifest.json").read_text())["records"]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "form": form,
        "records": exported,
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(cpu, 1),
        "records_a_cpu_second": round(exported / cpu),
        "peak_mb": round(int(done.stdout.split()[-1]) / 1024),
        "lines_of_progress": sum("s left" in line for line in done.stderr.splitlines()),
        "pace": round(pace(), 2),
        "load": round(os.getloadavg()[0], 1),
    }


def _child(arguments: list[str]) -> None:
    """`scrapy` with *arguments*, and then the memory that it took at most, in KiB."""
    from scrapy.cmdline import execute

    try:
        execute(["scrapy", *arguments])
    finally:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def run(sizes: list[int], forms: list[str], folder: Path | None = None) -> dict[str, Any]:
    """Measure every form at every size."""
    rows = []
    with TemporaryDirectory(dir=folder, prefix="newscrawl-bench-") as made_folder:
        for size in sizes:
            database = Path(made_folder) / f"{size}.db"
            fill(database, size)
            for form in forms:
                rows.append(measure(database, form, Path(made_folder)))
                print(rows[-1], flush=True)
            database.unlink()
    return {"seed": SEED, "exports": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", default="100000,300000,1000000")
    parser.add_argument("--forms", default="jsonl,parquet")
    parser.add_argument("--folder", type=Path)
    if sys.argv[1:2] == ["--child"]:
        _child(sys.argv[2:])
        return
    options = parser.parse_args()
    figures = run([int(one) for one in options.records.split(",")], options.forms.split(","), options.folder)
    write_result("export", figures, seeds=[SEED])


if __name__ == "__main__":
    main()
