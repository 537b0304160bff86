"""Code, schema and files hold to each other, and any two files load together in the readers that people use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import URL

from newscrawl.datasets.arrow import plain_rows, table_of
from newscrawl.datasets.export import Layout, export_folder
from newscrawl.datasets.files import Form
from newscrawl.datasets.query import Query
from newscrawl.datasets.schema import arrow_schema, complete, features, json_schema, spark_schema
from newscrawl.items import Record, as_dict, field_types
from newscrawl.records import normalize
from newscrawl.storage.engine import open_engine
from tests.datasets.world import fill
from tests.storage.test_records import full

FIELDS = [one.name for one in field_types(Record)]


def test_every_field_is_in_every_schema() -> None:
    assert arrow_schema().names == FIELDS
    assert list(json_schema()["properties"]) == FIELDS
    assert [one["name"] for one in features()] == FIELDS
    assert json_schema()["required"] == FIELDS
    assert [one["name"] for one in spark_schema()["fields"]] == FIELDS


def test_a_record_comes_back_from_arrow() -> None:
    plain = complete(as_dict(full()))
    assert plain_rows(table_of([plain])) == [plain]
    assert complete(plain) == plain


@settings(max_examples=60, deadline=None)
@given(st.text(), st.lists(st.text(), max_size=3), st.none() | st.integers(-(2**53), 2**53), st.floats(0, 1))
def test_whatever_is_in_a_record_comes_back(text: str, names: list[str], number: int | None, share: float) -> None:
    made = full()
    made.title, made.text, made.authors, made.section = text, f"{text} x", names, text
    assert made.post is not None
    assert made.original is not None
    made.post.displayed_views, made.original.similarity = number, share
    made.rights.post = {"licence": {"value": text or "x", "at": "", "source": "html"}}
    normalize(made)
    plain = complete(as_dict(made))
    assert plain_rows(table_of([plain])) == [plain]
    assert orjson.loads(orjson.dumps(plain)) == plain


def test_names_that_the_schema_lacks_are_counted() -> None:
    from collections import Counter

    dropped: Counter[str] = Counter()
    plain = as_dict(full())
    plain["sources"]["of_a_later_version"] = "x"
    assert "of_a_later_version" not in complete(plain, dropped)["sources"]
    assert dropped == {"of_a_later_version": 1}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """Two data sets, in one of which most columns are null in each row."""
    import shutil

    folder = tmp_path_factory.mktemp("pairs")
    for name, rich in (("poor", False), ("rich", True)):
        shutil.copy(sqlite_template, folder / f"{name}.db")
        engine = open_engine(URL.create("sqlite", database=str(folder / f"{name}.db")))
        with engine.begin() as connection:
            fill(connection, range(4) if name == "poor" else range(10, 20), rich=rich)
        with engine.connect() as connection:
            for form in ("parquet", "jsonl", "csv"):
                export_folder(connection, folder / name / form, Layout(form=Form(form)), Query(rights="all"))
        engine.dispose()
    return folder


def _paths(pairs: Path, form: str) -> list[str]:
    return [str(pairs / name / form / f"records.{form}") for name in ("poor", "rich")]


def test_two_files_are_of_one_schema(pairs: Path) -> None:
    one, other = _paths(pairs, "parquet")
    assert pq.read_schema(one) == pq.read_schema(other) == arrow_schema()
    assert pa.concat_tables([pq.read_table(one), pq.read_table(other)]).num_rows == 14


def test_duckdb_and_polars_and_pandas_read_both(pairs: Path) -> None:
    duckdb: Any = pytest.importorskip("duckdb")
    polars: Any = pytest.importorskip("polars")
    pandas: Any = pytest.importorskip("pandas")
    files = _paths(pairs, "parquet")
    query = "SELECT count(*), count(rights.original.tdm_policy.value)"
    assert duckdb.sql(f"{query} FROM read_parquet({files})").fetchall() == [(14, 0)]
    lines = _paths(pairs, "jsonl")
    assert duckdb.sql(f"SELECT count(*) FROM read_json({lines}, union_by_name=true)").fetchall() == [(14,)]
    assert polars.scan_parquet(files).collect().height == 14
    assert len(pandas.concat([pandas.read_parquet(one) for one in files])) == 14


def test_hugging_face_reads_both_and_the_card(pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets: Any = pytest.importorskip("datasets")
    for files in (_paths(pairs, "parquet"), list(reversed(_paths(pairs, "parquet")))):
        loaded = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"), split="train")
        assert loaded.num_rows == 14
    alone = datasets.load_dataset(str(pairs / "rich" / "parquet"), cache_dir=str(tmp_path / "cache"), split="train")
    assert alone.num_rows == 10
    lines = datasets.load_dataset(str(pairs / "poor" / "jsonl"), cache_dir=str(tmp_path / "cache"), split="train")
    assert lines.num_rows == 4
    assert lines.features == alone.features
