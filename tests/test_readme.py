"""The README promises what the code does."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from newscrawl import items
from newscrawl.aggregators.aggregator import Aggregator
from newscrawl.config import ENVIRONMENT
from newscrawl.errors import ExitStatus
from tests.test_docs import names, rows

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The text under *heading* up to the next heading of any level."""
    _, _, rest = README.partition(f"\n{heading}\n")
    assert rest, f"no heading {heading!r}"
    return re.split(r"\n#{1,6} ", rest)[0]


def _spiders() -> dict[str, type]:
    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["spiders"]}))
    return {name: loader.load(name) for name in loader.list()}


def test_every_argument_of_a_spider_is_in_the_table() -> None:
    taken = set(Aggregator.takes)
    for spider in _spiders().values():
        taken |= getattr(spider, "takes", set())
    assert set(names(section("### Arguments"))) == taken


def test_every_spider_is_in_the_table() -> None:
    assert set(names(section("## Crawl for real"))) == set(_spiders())


def test_exit_statuses_are_those_of_the_code() -> None:
    assert [int(row[0]) for row in rows(section("### Exit statuses"))] == [int(status) for status in ExitStatus]


def test_every_command_is_in_the_table() -> None:
    modules = {path.stem for path in (ROOT / "newscrawl" / "commands").glob("*.py")} - {"__init__"}
    documented = {row[0].strip("`").split(" ")[0] for row in rows(section("### Commands"))}
    assert documented == modules


def test_what_is_there_is_not_called_missing() -> None:
    missing = README.partition("**Not yet**")[2].partition("\n\n")[0]
    assert missing
    there = {path.stem for path in (ROOT / "newscrawl" / "commands").glob("*.py")} | set(_spiders())
    assert not set(re.findall(r"`(\w+)`", missing)) & there


def test_settings_are_those_of_the_code_with_their_defaults() -> None:
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows(section("## Settings"))}
    assert documented == {name: default or "none" for name, default in ENVIRONMENT.items()}


def test_the_record_shown_has_fields_of_a_record() -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
    parts = {
        "publisher": items.Publisher,
        "post": items.PostPart,
        "attribution": items.AttributionPart,
        "original": items.OriginalPart,
        "rights": items.Rights,
    }
    order = [field.name for field in fields(items.Record)]
    assert list(shown) == [name for name in order if name in shown]
    for name, part in parts.items():
        assert set(shown[name]) <= {field.name for field in fields(part)}


def test_make_targets_that_are_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for document in (ROOT / "README.md", ROOT / "docs" / "contributing.md"):
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE))
        assert named
        assert named <= targets


def test_the_python_example_runs_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", section("## From Python"), re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "https://paper.example/a Paper"
    assert told[1].endswith("}")
