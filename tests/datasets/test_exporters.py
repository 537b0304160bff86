"""Records as JSON Lines and CSV: what a reader gets back is what went in."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.datasets.csvsafe import guard, unguard
from newscrawl.datasets.exporters import COLUMNS, RecordCsvExporter, RecordLinesExporter, csv_row, json_line
from newscrawl.items import PostPart, Publisher, Record, as_dict
from newscrawl.records import normalize
from tests.ledger.helpers import record
from tests.storage.test_records import full


def read_csv(data: bytes) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""))
    return [{name: unguard(cell) for name, cell in row.items()} for row in rows]


def test_a_line_is_a_record_in_declared_order() -> None:
    made = full()
    line = json_line(made)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    plain = json.loads(line)
    assert plain == as_dict(made)
    assert list(plain) == [field.name for field in fields(Record)]
    assert json_line(plain) == line


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_comes_back_from_either(text: str, names: list[str]) -> None:
    made = record("a")
    made.title, made.text, made.authors = text, f"{text} x", names
    made.publisher = Publisher(name=text)
    normalize(made)
    assert json.loads(json_line(made)) == as_dict(made)
    file = io.BytesIO()
    exporter = RecordCsvExporter(file)
    exporter.export_item(made)
    (row,) = read_csv(file.getvalue())
    assert row["title"] == (made.title or "")
    assert row["text"] == (made.text or "")
    assert row["publisher.name"] == (made.publisher.name or "")
    assert json.loads(row["authors"]) == made.authors


def test_columns_are_dotted_and_in_order() -> None:
    assert COLUMNS[:3] == ("id", "url", "title")
    assert {"publisher.domain", "post.url", "attribution.phrase", "original.similarity", "rights"} <= set(COLUMNS)
    assert not {"publisher", "post", "attribution", "original"} & set(COLUMNS)
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_every_value_of_a_full_record_is_in_its_cell() -> None:
    made = full()
    row = dict(zip(COLUMNS, csv_row(made), strict=True))
    plain = as_dict(made)
    for column in COLUMNS:
        name, _, inner = column.partition(".")
        value = plain[name][inner] if inner else plain[name]
        cell = unguard(row[column])
        if value is None:
            assert cell == ""
        elif isinstance(value, bool):
            assert cell == str(value).lower()
        elif isinstance(value, list | dict):
            assert json.loads(cell) == value
        else:
            assert cell == str(value)


def test_absent_parts_are_empty_cells() -> None:
    made = record("a")
    made.post = None
    row = dict(zip(COLUMNS, csv_row(made), strict=True))
    assert {row[column] for column in COLUMNS if "." in column} == {""}
    assert row["authors"] == "[]"


FORMULAS = [
    '=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''", "=cmd|' /C calc'!A0", "-",
    "'", "\u200b=1", "\ufeff \u2060+1", "  @SUM(A1)", "＝1+1", "＋1", "－1", "＠SUM(A1)", "\u00a0−1", "﹦1",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_text_to_a_spreadsheet_and_itself_to_a_reader(formula: str) -> None:
    assert guard(formula)[0] == "'"
    assert unguard(guard(formula)) == formula
    made = record("a", title=formula)
    made.post = PostPart(site=formula, url=formula)
    cells = csv_row(made)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


@given(st.text())
def test_guarding_is_undone(cell: str) -> None:
    assert unguard(guard(cell)) == cell
    assert not guard(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_every_cell_is_quoted() -> None:
    """Unquoted, a spreadsheet of a locale that parts cells by semicolons made two cells of one."""
    made = record("a", title="a;=cmd|'/C calc'!A0", text='"quoted"\tand;not')
    file = io.BytesIO()
    RecordCsvExporter(file, include_headers_line=False).export_item(made)
    line = file.getvalue().decode("utf-8")
    assert re.fullmatch(r'(?:(?:"(?:[^"]|"")+")?,)*(?:"(?:[^"]|"")+")?\r\n', line)
    (row,) = csv.reader(io.StringIO(line, newline=""))
    assert row == csv_row(made)


def test_numbers_below_zero_stay_readable() -> None:
    made = record("a")
    assert made.post is not None
    made.post.displayed_views = -3
    row = dict(zip(COLUMNS, csv_row(made), strict=True))
    assert int(unguard(row["post.displayed_views"])) == -3


def test_csv_has_one_header_also_when_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    for name in "ab":
        with path.open("ab") as file:
            exporter = RecordCsvExporter(file)
            exporter.start_exporting()
            exporter.export_item(record(name))
            exporter.finish_exporting()
    rows = read_csv(path.read_bytes())
    assert [row["title"] for row in rows] == ["a", "b"]
    assert path.read_bytes().count(b"publisher.domain") == 1


def test_lines_are_written_one_after_the_other() -> None:
    file = io.BytesIO()
    exporter = RecordLinesExporter(file)
    for name in "ab":
        exporter.export_item(record(name))
    assert [json.loads(line)["title"] for line in file.getvalue().splitlines()] == ["a", "b"]
