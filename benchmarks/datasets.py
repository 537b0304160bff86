"""Data sets: exports that are killed, histories of increments, and whether the readers that people use load the files.

    python -m benchmarks.datasets [kills] [histories] [readers]

*kills*: 30 exports killed at random moments on each engine; the bytes in the end are those of an undisturbed export.
*histories*: 50 random histories of crawls, edits and take-downs on each engine; a base and its increments are a full
export. *readers*: `datasets`, pandas, polars, DuckDB, pyarrow, Spark and mlcroissant load each of 20 pairs of files,
alone and together; they are installed into an environment of their own (``requirements-readers.txt``, 1.5 GB), and
left out with a word where that cannot be. Parts that are not named keep the figures of the last time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.engine import URL

from benchmarks.common import RESULTS, ROOT, write_result
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from tests.datasets.histories import run_history
from tests.datasets.kills import kill_exports
from tests.datasets.readers import make_pairs
from tests.datasets.world import fill
from tests.postgres import Cluster, Missing

SEED = 16
KILLS = 30
HISTORIES = 50
PAIRS = 20
#: The environment of the readers, kept from one measurement to the next.
READERS = ROOT / ".venv-readers"


@contextmanager
def _servers(folder: Path) -> Iterator[dict[str, Callable[[], URL]]]:
    """What makes a new database, by the name of its engine."""
    number = 0

    def sqlite() -> URL:
        nonlocal number
        number += 1
        return URL.create("sqlite", database=str(folder / f"{number}.db"))

    try:
        cluster = Cluster()
    except Missing as why:
        print(f"without PostgreSQL: {why}", file=sys.stderr)
        yield {"sqlite": sqlite}
        return
    try:
        yield {"sqlite": sqlite, "postgresql": cluster.create}
    finally:
        cluster.stop()


def measure_kills() -> dict[str, Any]:
    """How the killed exports found their folder, by engine; raises where the bytes differ in the end."""
    made: dict[str, Any] = {}
    with TemporaryDirectory() as name, _servers(Path(name)) as servers:
        for engine_name, new in servers.items():
            url = new()
            engine = open_engine(url)
            ensure_schema(engine)
            with engine.begin() as connection:
                fill(connection, range(400))
            engine.dispose()
            states = kill_exports(url, Path(name) / engine_name, kills=KILLS, seed=SEED)
            made[engine_name] = {"kills": len(states), **Counter(states), "identical_in_the_end": True}
    return made


def measure_histories() -> dict[str, Any]:
    """Histories and records compared, by engine; raises where a record differs."""
    made: dict[str, Any] = {}
    with TemporaryDirectory() as name, _servers(Path(name)) as servers:
        for engine_name, new in servers.items():
            engine = open_engine(new())
            ensure_schema(engine)
            compared = 0
            for seed in range(HISTORIES):
                with engine.connect() as connection:
                    compared += run_history(connection, Path(name) / engine_name / str(seed), seed)
                    connection.rollback()
            engine.dispose()
            made[engine_name] = {"histories": HISTORIES, "records_compared": compared, "differences": 0}
    return made


def measure_readers() -> dict[str, Any]:
    """What each reader loaded: files alone, pairs together, rows; errors by reader."""
    python = READERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(READERS)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(ROOT / "requirements-readers.txt")]
    if subprocess.run(install, check=False).returncode:
        return {"left_out": "requirements-readers.txt cannot be installed here"}
    with TemporaryDirectory() as name:
        make_pairs(Path(name), PAIRS, SEED)
        load = [str(python), "-I", str(ROOT / "benchmarks" / "load_datasets.py"), name]
        done = subprocess.run(load, check=True, stdout=subprocess.PIPE, text=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return {"wanted": {"files": 2 * PAIRS, "pairs_in_both_orders": 2 * PAIRS}, **found}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the named parts (default: all), print, write ``benchmarks/results/datasets.json``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    path = RESULTS / "datasets.json"
    figures: dict[str, Any] = json.loads(path.read_text())["figures"] if path.exists() else {}
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "kills": measure_kills,
        "histories": measure_histories,
        "readers": measure_readers,
    }
    for name, work in parts.items():
        if not given or name in given:
            figures[name] = work()
            print(f"{name}: {json.dumps(figures[name], indent=2)}", flush=True)
            write_result("datasets", {one: figures[one] for one in parts if one in figures}, seeds=[SEED])
    return 0


if __name__ == "__main__":
    sys.exit(main())
