"""The card of a data set: read as Hugging Face reads it, its figures are those of the data."""

from __future__ import annotations

import json
import random
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from newscrawl.datasets.export import Layout, export_folder
from newscrawl.datasets.files import Form
from newscrawl.datasets.query import Query
from newscrawl.storage.records import store_record
from tests.datasets.histories import lines
from tests.datasets.world import RUN, fill, nasty


def _tables(card: str) -> dict[str, dict[str, int]]:
    """The tables of the card, by the heading of their first column."""
    found: dict[str, dict[str, int]] = {}
    for block in card.split("\n\n"):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines() if line[:1] == "|"]
        if len(rows) > 2 and rows[0][1] == "records":
            found[rows[0][0]] = {name: int(number) for name, number in rows[2:]}
    return found


def _bars(picture: Path) -> int:
    """The sum of the numbers beside the bars; the picture is well-formed, runs nothing and loads nothing."""
    root = ElementTree.parse(picture).getroot()
    names = {one.tag.rpartition("}")[2] for one in root.iter()}
    assert names <= {"svg", "title", "rect", "text"}
    texts = [one for one in root.iter() if one.tag.endswith("text") and not one.get("text-anchor")]
    return sum(int(one.text) for one in texts if (one.text or "").isdigit())


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
@pytest.mark.parametrize("rights", ["all", "no-optout"])
def test_the_figures_are_those_of_the_data(connection: Connection, tmp_path: Path, form: str, rights: str) -> None:
    fill(connection, range(25))
    fill(connection, range(25, 28), rich=False)
    for number in range(40, 60):
        store_record(connection, nasty(number, random.Random(number)), RUN)
    export_folder(connection, tmp_path / "set", Layout(form=Form(form)), Query(rights=rights))
    export_folder(connection, tmp_path / "lines", Layout(form=Form("jsonl")), Query(rights=rights))
    data = lines(tmp_path / "lines" / "records.jsonl")
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    tables = _tables(card)
    assert tables["outcome"] == Counter(one["outcome"] for one in data)
    assert tables["language"] == Counter(one["language"] or "(none)" for one in data)
    assert tables["publisher"] == Counter((one["publisher"] or {}).get("domain") or "(none)" for one in data)
    with_text = sum(one["text"] is not None for one in data)
    words = sum(one["word_count"] or 0 for one in data)
    assert f"{len(data)} records, {with_text} of them with text, {words} words." in card
    days = sorted(one["published_at"][:10] for one in data if one["published_at"])
    assert f"Published from {days[0]} to {days[-1]}." in card
    for picture in ("by-day", "by-publisher", "by-language", "by-outcome"):
        assert f"(card/{picture}.svg)" in card
        assert _bars(tmp_path / "set" / "card" / f"{picture}.svg") == len(data)


def test_the_head_is_yaml(connection: Connection, tmp_path: Path) -> None:
    fill(connection, range(5))
    export_folder(connection, tmp_path / "set", Layout(form=Form("parquet")), Query(rights="all"))
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    found = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    assert found is not None
    # Each line is a name and JSON, which is YAML.
    head: dict[str, Any] = dict(line.split(": ", 1) for line in found[1].splitlines())
    assert json.loads(head["configs"]) == [{"config_name": "default", "data_files": ["records.parquet"]}]
    assert json.loads(head["size_categories"]) == ["n<1K"]
    yaml: Any = pytest.importorskip("yaml")
    assert yaml.safe_load(found[1]) == {name: json.loads(value) for name, value in head.items()}
