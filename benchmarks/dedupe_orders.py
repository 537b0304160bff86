"""Do clusters depend on the order of arrival, or on how many write? Part of ``python -m benchmarks.dedupe``.

Real articles, their edits and unlike texts are stored in :data:`ORDERS` random orders on each engine, and by
:data:`WRITERS` processes at once on PostgreSQL. After each, all that is kept of duplicates is compared with what the
first order gave: records' marks, texts, keys, pairs.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL, Engine, make_url

from benchmarks.dedupe_corpus import SEED, families, unlike
from benchmarks.dedupe_quality import record_of
from newscrawl.items import Record
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.records import store_record
from tests.dedupe.world import state

__all__ = ["ORDERS", "WRITERS", "measure_orders"]

ORDERS = 20
WRITERS = 4
FAMILIES = 14
UNLIKE = 120
GROUP = 20
TABLES = ("records", "versions", "texts", "text_keys", "text_pairs", "cluster_joins")


def _records() -> list[Record]:
    items = [one for one in families("measure") if one.kind != "translated"][: FAMILIES * 13]
    rng = random.Random(SEED)
    return [record_of(number, one) for number, one in enumerate([*items, *rng.sample(unlike("measure"), UNLIKE)])]


def _store(engine: Engine, made: Sequence[Record]) -> None:
    for start in range(0, len(made), GROUP):
        with engine.begin() as connection:
            for one in made[start : start + GROUP]:
                store_record(connection, one, "r")


def _clear(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"DELETE FROM {table}"))


def _state(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return state(connection)


def _write(url: str, made: list[Record]) -> None:
    engine = open_engine(make_url(url))
    _store(engine, made)
    engine.dispose()


def _orders(url: URL, expected: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
    """How many of the orders end as the first one of all, and how that is."""
    engine = open_engine(url)
    ensure_schema(engine)
    rng = random.Random(SEED)
    same = 0
    for _ in range(ORDERS):
        made = _records()
        rng.shuffle(made)
        _clear(engine)
        _store(engine, made)
        found = _state(engine)
        expected = expected or found
        same += found == expected
    engine.dispose()
    assert expected is not None
    return same, expected


def _writers(url: URL, expected: dict[str, Any]) -> int:
    """How many of five times several writers at once end the same."""
    engine = open_engine(url)
    rng = random.Random(SEED + 1)
    context = multiprocessing.get_context("spawn")
    same = 0
    for _ in range(5):
        made = _records()
        rng.shuffle(made)
        _clear(engine)
        # Each writer has a part, and every tenth record comes from two of them.
        parts = [made[number::WRITERS] + rng.sample(made, len(made) // 10) for number in range(WRITERS)]
        processes = [
            context.Process(target=_write, args=(url.render_as_string(hide_password=False), part)) for part in parts
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        same += all(process.exitcode == 0 for process in processes) and _state(engine) == expected
    engine.dispose()
    return same


def measure_orders() -> dict[str, Any]:
    """How many orders, and how many rounds of several writers, end with identical clusters."""
    from tests.postgres import Cluster, Missing

    with tempfile.TemporaryDirectory(prefix="newscrawl-dedupe-") as folder:
        same, expected = _orders(URL.create("sqlite", database=str(Path(folder) / "orders.db")), None)
    figures: dict[str, Any] = {
        "records": len(expected["records"]),
        "pairs": len(expected["pairs"]) // 2,
        "orders": ORDERS,
        "sqlite_same": same,
    }
    print(figures, flush=True)
    try:
        cluster = Cluster()
    except Missing as why:
        print(f"no PostgreSQL: {why}", file=sys.stderr)
        return figures
    try:
        url = cluster.create()
        figures["postgresql_same"], _ = _orders(url, expected)
        figures |= {"writers": WRITERS, "rounds_of_writers": 5, "writers_same": _writers(url, expected)}
    finally:
        cluster.stop()
    return figures
