"""What an export costs: seconds, records a second and memory for growing databases of made-up records.

Usage: python -m benchmarks.export [--records 100000,300000] [--forms jsonl,parquet] [--folder DIR]

Each export runs in a process of its own, whose peak memory and CPU time are measured. The records are synthetic, with
about 1,500 characters of text each; they are written to the database in bulk, not crawled.
"""

from __future__ import annotations

import argparse
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

from benchmarks.common import write_result
from newscrawl.items import as_dict
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.tables import records
from tests.datasets.world import WORDS, made

SEED = 7
#: Records of these many different shapes are made; the others are copies with their own id, text and time.
SHAPES = 2_000


def fill(path: Path, number: int) -> None:
    """A database of *number* records at *path*."""
    engine = open_engine(URL.create("sqlite", database=str(path)))
    ensure_schema(engine)
    rng = random.Random(SEED)
    shapes = [as_dict(made(one, rng)) for one in range(SHAPES)]
    with engine.begin() as connection:
        batch: list[dict[str, Any]] = []
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
            if len(batch) == 5_000:
                connection.execute(insert(records), batch)
                batch = []
        if batch:
            connection.execute(insert(records), batch)
    engine.dispose()


def measure(database: Path, form: str, folder: Path) -> dict[str, Any]:
    """One export in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.export", "--child", str(database), form, str(folder / "out")]
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    exported, peak = (int(one) for one in done.stdout.split())
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "form": form,
        "records": exported,
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(cpu, 1),
        "records_a_cpu_second": round(exported / cpu),
        "peak_mb": round(peak / 1024),
    }


def _child(database: str, form: str, out: str) -> None:
    from newscrawl.datasets.export import Layout, export_folder
    from newscrawl.datasets.files import Form
    from newscrawl.datasets.query import Query

    engine = open_engine(URL.create("sqlite", database=database), create=False)
    with engine.connect().execution_options(newscrawl_readonly=True) as connection:
        done = export_folder(connection, Path(out), Layout(form=Form(form)), Query(rights="all"))
    print(done.records, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


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
    parser.add_argument("--records", default="100000,300000")
    parser.add_argument("--forms", default="jsonl,parquet")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(*options.child)
        return
    figures = run([int(one) for one in options.records.split(",")], options.forms.split(","), options.folder)
    write_result("export", figures, seeds=[SEED])


if __name__ == "__main__":
    main()
