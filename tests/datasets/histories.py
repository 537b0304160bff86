"""Random histories of crawls, edits, copies and take-downs, with a data set exported after each step."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Connection

from newscrawl.datasets.export import Layout, export_file, export_folder
from newscrawl.datasets.files import Form
from newscrawl.datasets.query import Query
from newscrawl.storage.forget import Forgotten, note, records_of, take_down
from newscrawl.storage.records import store_record
from newscrawl.storage.tables import records
from tests.datasets.world import fill, made, nasty

__all__ = ["lines", "run_history"]


def lines(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def run_history(connection: Connection, folder: Path, seed: int, *, steps: int = 4) -> int:
    """A base and an increment for each step, applied as docs/data-sets.md says; how many records were compared.

    Raises:
        AssertionError: what was applied is not what a full export holds.
    """
    rng = random.Random(seed)
    layout = Layout(form=Form("jsonl"))
    query = Query(
        rights=rng.choice(["all", "no-optout"]),
        duplicates=rng.choice(["mark", "drop", "drop-near"]),
        languages=rng.choice([(), (), ("en",)]),
        publishers=rng.choice([(), (), ("p.test",)]),
        versions=rng.choice(["latest", "latest", "all"]),
    )
    fill(connection, range(15), seed=seed)
    export_folder(connection, folder / "0", layout, query)
    held = _by_id(folder / "0" / "records.jsonl")
    compared = 0
    for step in range(1, steps + 1):
        for _ in range(rng.randint(0, 6)):
            _change(connection, rng, seed, step)
        export_folder(connection, folder / str(step), layout, query, base=folder / str(step - 1))
        for one in lines(folder / str(step) / "tombstones.jsonl"):
            del held[one["id"]]
        held |= _by_id(folder / str(step) / "records.jsonl")
        export_file(connection, folder / "full.jsonl", Form("jsonl"), query)
        assert held == _by_id(folder / "full.jsonl"), f"seed {seed}, step {step}"
        compared += len(held)
    return compared


def _by_id(path: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in lines(path):
        found.setdefault(one["id"], []).append(one)
    return found


def _change(connection: Connection, rng: random.Random, seed: int, step: int) -> None:
    number = rng.randint(0, 20)
    what = rng.choice(["make", "edit", "odd", "copy", "down", "forget", "gone", "date"])
    one = (nasty if what == "odd" else made)(number, random.Random(f"{seed}/{number}/{step}"))
    mine = update(records).where(records.c.id == one.id)
    if what == "copy":
        one.text = made(0, random.Random(f"{seed}/0")).text
    if what in ("make", "edit", "odd", "copy"):
        store_record(connection, one, f"run{step}")
    elif what == "down":
        take_down(connection, [one.id])
    elif what == "forget":
        wish = Forgotten(*rng.choice([("id", one.id), ("url", one.url), ("publisher", "q.test")]))
        note(connection, wish)
        take_down(connection, records_of(connection, wish))
    elif what == "date":
        connection.execute(mine.values(published_at=None, published_precision=None))
    else:
        connection.execute(mine.values(gone_at="2026-07-01T00:00:00Z"))
