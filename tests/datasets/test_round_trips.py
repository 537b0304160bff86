"""Whatever strings a record holds: database, JSON Lines, CSV, Parquet and feeds hold the same values."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.engine import Connection

from newscrawl.datasets.arrow import plain_rows
from newscrawl.datasets.export import export_file
from newscrawl.datasets.exporters import (
    COLUMNS,
    RecordCsvExporter,
    RecordLinesExporter,
    RecordParquetExporter,
    pick,
)
from newscrawl.datasets.files import form_of
from newscrawl.datasets.query import Query
from newscrawl.datasets.schema import complete
from newscrawl.items import AttributionPart, OriginalPart, PostPart, Publisher, Record, as_dict, field_types
from newscrawl.net.rights import SIGNALS
from newscrawl.records import faults, normalize
from newscrawl.storage.records import load_record, store_record
from newscrawl.storage.tables import records
from newscrawl.urls import record_id
from tests.datasets.histories import lines
from tests.datasets.test_exporters import read_csv
from tests.datasets.world import NASTY, RUN

#: Any characters but lone surrogates, which `normalize` replaces, and strings that break readers.
ODD = st.sampled_from(NASTY)
TEXTS = st.one_of(ODD, st.text(max_size=40), st.lists(ODD, max_size=4).map("".join))
TIMES = st.none() | st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z")


def values(kind: type, name: str, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Values for a field of this type."""
    if kind is str:
        return TIMES if name.endswith("_at") else TEXTS
    plain = {int: st.integers(-(2**60), 2**60), float: st.floats(0, 1), bool: st.booleans()}
    return st.lists(TEXTS, max_size=3) if kind is list else plain[kind]


def part(kind: type, **given: Any) -> st.SearchStrategy[Any]:
    """A part of the record, any field of which may have any value or none."""
    made = {}
    for one in field_types(kind):
        if one.name in given:
            made[one.name] = st.just(given[one.name])
        elif one.name not in ("posts", "posts_total"):
            some = values(one.base, one.name, one.arguments)
            made[one.name] = st.none() | some if one.nullable else some
    return st.builds(kind, **made)


SIGNAL = st.fixed_dictionaries({"value": TEXTS, "at": TEXTS}, optional={"source": TEXTS})
URL = "https://a.test/1/"


@st.composite
def any_record(draw: Callable[..., Any]) -> Record:
    """A record of any values that its rules allow."""
    record = Record(id=record_id(URL), url=URL, title=draw(TEXTS) + "t", text=draw(TEXTS) + "x", text_source="post")
    record.outcome, record.reason = "post_only", "no_attribution"
    for one in field_types(Record):
        if one.base in (str, list, int) and one.nullable and one.name.endswith(("summary", "section", "image_url")):
            setattr(record, one.name, draw(st.none() | TEXTS))
    record.authors, record.tags = draw(st.lists(TEXTS, max_size=4)), draw(st.lists(TEXTS, max_size=4))
    record.published_at = draw(TIMES)
    record.published_precision = "second" if record.published_at else None
    record.modified_at, record.gone_at, record.crawled_at = draw(TIMES), draw(TIMES), draw(TIMES)
    record.publisher = draw(st.none() | part(Publisher))
    record.post = draw(part(PostPart, site="https://a.test", url=URL))
    record.attribution = draw(st.none() | part(AttributionPart))
    record.original = draw(st.none() | part(OriginalPart, url="https://p.test/1"))
    names = st.sampled_from(sorted(SIGNALS))
    record.rights.post = draw(st.dictionaries(names, SIGNAL, max_size=3))
    record.rights.effective = draw(st.dictionaries(names, TEXTS, max_size=3))
    record.sources = draw(st.dictionaries(st.sampled_from(["title", "text", "authors"]), TEXTS))
    normalize(record)
    assert faults(record) == []
    return record


def _from_csv(plain: dict[str, Any], row: dict[str, str]) -> None:
    """Each cell is its value, in the form that docs/fields.md gives."""
    assert list(row) == list(COLUMNS)
    for column, cell in row.items():
        value = pick(plain, column)
        if value is None:
            assert cell == "", column
        elif isinstance(value, bool):
            assert cell == str(value).lower(), column
        elif isinstance(value, str):
            assert cell == value, column
        else:
            assert json.loads(cell) == value, column


def _fed(exporter: type[Any], record: Record) -> bytes:
    file = io.BytesIO()
    made = exporter(file)
    made.start_exporting()
    made.export_item(record)
    made.finish_exporting()
    return file.getvalue()


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(any_record())
def test_every_form_holds_the_same_values(connection: Connection, record: Record) -> None:
    connection.execute(delete(records))
    store_record(connection, record, RUN)
    stored = load_record(connection, record.id)
    assert stored is not None
    if record.original is not None:
        record.original.posts, record.original.posts_total = [record.id], 1
    plain = complete(as_dict(record))
    assert complete(as_dict(stored)) == plain
    with TemporaryDirectory() as name:
        for ending in ("jsonl", "csv", "parquet"):
            form = form_of(f"x.{ending}")
            assert form is not None
            export_file(connection, Path(name) / f"x.{ending}", form, Query(rights="all"))
        assert lines(Path(name) / "x.jsonl") == [plain]
        assert plain_rows(pq.read_table(Path(name) / "x.parquet")) == [plain]
        (row,) = read_csv((Path(name) / "x.csv").read_bytes())
        _from_csv(plain, row)
    assert json.loads(_fed(RecordLinesExporter, stored)) == plain
    assert plain_rows(pq.read_table(pa.BufferReader(_fed(RecordParquetExporter, stored)))) == [plain]
    (row,) = read_csv(_fed(RecordCsvExporter, stored))
    _from_csv(plain, row)
