"""Pairs of data sets for readers: in one of each pair most columns are null in each row."""

from __future__ import annotations

import random
from pathlib import Path

import orjson
from sqlalchemy.engine import URL

from newscrawl.datasets.export import Layout, export_folder
from newscrawl.datasets.files import Form
from newscrawl.datasets.query import Query
from newscrawl.datasets.schema import spark_schema
from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.records import store_record
from tests.datasets.world import RUN, fill, made, nasty

__all__ = ["make_pairs"]


def make_pairs(folder: Path, number: int, seed: int) -> None:
    """*number* folders ``0``, ``1``, ... in *folder*, each with the data sets ``poor`` and ``rich`` in each form."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spark.json").write_bytes(orjson.dumps(spark_schema()))
    for pair in range(number):
        rng = random.Random(f"{seed}/{pair}")
        for name in ("poor", "rich"):
            url = URL.create("sqlite", database=str(folder / f"{pair}-{name}.db"))
            engine = open_engine(url)
            ensure_schema(engine)
            with engine.begin() as connection:
                if name == "poor":
                    fill(connection, range(rng.randint(1, 6)), seed=pair, rich=False)
                else:
                    for one in range(20, 20 + rng.randint(1, 12)):
                        store_record(connection, rng.choice([made, nasty])(one, rng), RUN)
                for form in ("parquet", "jsonl", "csv"):
                    layout = Layout(form=Form(form), croissant=True)
                    export_folder(connection, folder / str(pair) / name / form, layout, Query(rights="all"))
            engine.dispose()
