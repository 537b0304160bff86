"""What the documents list is what the code has, and the other way round."""

from __future__ import annotations

import ast
import json
import random
import re
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.engine import URL, Connection

from benchmarks import datasette_metadata
from benchmarks.datasette_metadata import statements
from newscrawl import items, settings
from newscrawl.config import ENVIRONMENT
from newscrawl.net.rights import SIGNALS, effective, page_signals
from newscrawl.outcomes import Outcome, Reason, is_passing
from newscrawl.storage import tables
from newscrawl.storage.engine import open_engine
from newscrawl.storage.records import store_record
from newscrawl.storage.views import VIEWS
from tests.datasets.world import RUN, made

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
CODE = ("newscrawl", "spiders", "pipelines")
PARTS = (
    items.Record,
    items.Publisher,
    items.PostPart,
    items.AttributionPart,
    items.OriginalPart,
    items.Rights,
)


def section(page: str, heading: str) -> str:
    """The text under *heading* up to the next one of its level or above."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    start = lines.index(heading)
    level = heading.split(" ")[0]
    end = next(
        (n for n in range(start + 1, len(lines)) if re.match(rf"#{{1,{len(level)}}} ", lines[n])),
        len(lines),
    )
    return "\n".join(lines[start + 1 : end])


def rows(text: str) -> Iterator[list[str]]:
    """Cells of the rows of every table in *text*, without its heading and rule."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("|") or line.startswith("|---") or lines[number + 1 : number + 2] == ["|---|"]:
            continue
        if number + 1 < len(lines) and lines[number + 1].startswith("|---"):
            continue
        yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def names(text: str, column: int = 0) -> list[str]:
    """The words in backticks in one column of the tables of *text*."""
    return [name for row in rows(text) for name in re.findall(r"`([^`]+)`", row[column])]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def python_files() -> Iterator[Path]:
    for folder in CODE:
        yield from sorted((ROOT / folder).rglob("*.py"))


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    """Every module of the project, parsed."""
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in python_files()]


def test_tables_are_read_as_they_stand() -> None:
    table = "| a | b |\n|---|---|\n| `x`, `y` | one |\n| `z\\|w` | two |\n"
    assert names(table) == ["x", "y", "z|w"]


# --- settings --------------------------------------------------------------------------------------------


def _settings_in_code() -> set[str]:
    """Uppercase names of the settings module, and what the code reads of its own beside them."""
    found = {name for name in vars(settings) if name.isupper()} - {"ENVIRONMENT", "NET_SETTINGS"}
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "endpoints.py":
                found.update(re.findall(r"\ANEWSCRAWL_[A-Z_]+\Z", node.value))
    return found


@pytest.mark.slow
def test_every_setting_is_documented() -> None:
    listed = names(page("settings.md"))
    assert len(listed) == len(set(listed)), "a setting is listed twice"
    documented = {name for name in listed if name.isupper()}
    assert documented == _settings_in_code()


def test_settings_of_our_own_stand_in_the_first_table() -> None:
    assert names(section("settings.md", "## newscrawl's own")) == list(ENVIRONMENT)


def test_defaults_in_the_settings_tables_are_those_of_the_code() -> None:
    wrong = {}
    compared = 0
    for row in rows(page("settings.md")):
        name, default = row[0].strip("`"), row[1].strip("`")
        value = getattr(settings, name, ENVIRONMENT.get(name))
        if name in ENVIRONMENT:
            value = ENVIRONMENT[name] or "none"
        if isinstance(value, dict | None) or name == "USER_AGENT":
            continue
        compared += 1
        if default != str(value):
            wrong[name] = (default, value)
    assert not wrong
    assert compared > 30


# --- fields ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_field_is_documented_in_its_order(part: type) -> None:
    text = section("fields.md", f"## `{part.__name__}`")
    table = next(block for block in text.strip().split("\n\n") if block.startswith("|"))
    assert names(table) == [field.name for field in fields(part)]


def test_every_part_of_the_record_is_documented() -> None:
    documented = re.findall(r"^## `(\w+)`$", page("fields.md"), re.MULTILINE)
    assert documented == [part.__name__ for part in PARTS]


def test_types_of_fields_are_those_of_the_code() -> None:
    words = {"str": "string", "int": "integer", "bool": "boolean", "float": "number", "list[str]": "list of strings"}
    for part in PARTS:
        documented = {row[0].strip("`"): row[1] for row in rows(section("fields.md", f"## `{part.__name__}`"))}
        for field in fields(part):
            plain = str(field.type).removesuffix(" | None")
            expected = {words[plain]} if plain in words else {"object", "list"}
            expected |= {"time"} if plain == "str" and field.name.endswith("_at") else set()
            assert documented[field.name] in expected, f"{part.__name__}.{field.name}"


def test_every_rights_signal_is_documented() -> None:
    said = {key for key in page_signals(licence="x", free_access=True) if "." not in key}
    signals = {"robots_txt", "tdm_policy", *said}
    assert set(SIGNALS) == signals
    documented = {
        row[0].strip("`")
        for row in rows(section("fields.md", "## `Rights`"))
        if row[0].strip("`") not in {field.name for field in fields(items.Rights)}
    }
    assert documented == signals
    assert effective({"tdm": "open"}, {"tdm": "reserved"}) == {"tdm": "reserved"}


# --- outcomes, reasons, stats ------------------------------------------------------------------------------


def test_every_outcome_is_documented() -> None:
    assert names(section("outcomes-stats-logs.md", "## Outcomes")) == [outcome.value for outcome in Outcome]


def test_every_reason_is_documented() -> None:
    documented = names(section("outcomes-stats-logs.md", "## Reasons"))
    assert sorted(documented) == sorted([*(reason.value for reason in Reason), "http_NNN"])


def test_reasons_that_pass_are_those_of_the_code() -> None:
    for row in rows(section("outcomes-stats-logs.md", "## Reasons")):
        reason = row[0].strip("`")
        if reason != "http_NNN":
            assert row[2].startswith("yes") is is_passing(reason), reason


_STAT = re.compile(r"newscrawl/[a-z_]+(/(\*|[a-z_]+))+\Z")


def _stats_in_code() -> set[str]:
    """String literals that are names of stats; what is filled in is ``*``."""
    found = set()
    for _, tree in trees():
        inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)} - {
            id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
        }
        for node in ast.walk(tree):
            text = ""
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(one.value) if isinstance(one, ast.Constant) else "*" for one in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
                text = node.value
            if _STAT.match(text):
                found.add(text)
    return found


@pytest.mark.slow
def test_every_stat_is_documented() -> None:
    documented = [re.sub(r"<\w+>", "*", name) for name in names(section("outcomes-stats-logs.md", "## Stats"))]
    stats = [name for name in documented if name.startswith("newscrawl/")]
    assert sorted(stats) == sorted(_stats_in_code())


# Words of a message between what is filled in: a documented line must be found in the code.
def _messages_in_code() -> list[str]:
    found = []
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(str(one.value) if isinstance(one, ast.Constant) else "%s" for one in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


@pytest.mark.slow
def test_documented_log_lines_are_in_the_code() -> None:
    messages = _messages_in_code()
    lines = names(section("outcomes-stats-logs.md", "## Log lines that mean someone should act"))
    lines = [line for line in lines if "…" in line or " " in line]
    assert len(lines) > 10
    for line in lines:
        words = [part.strip(" ;:") for part in line.split("…") if part.strip(" ;:")]
        assert any(all(word in message for word in words) for message in messages), line


@pytest.mark.slow
def test_every_warning_of_the_code_is_documented() -> None:
    """Lines logged at WARNING and above have a row that says what to do."""
    text = section("outcomes-stats-logs.md", "## Log lines that mean someone should act")
    documented = [
        [part.strip(" ;:") for part in line.split("…") if part.strip(" ;:")] for line in names(text) if " " in line
    ]
    missing = []
    for path, tree in trees():
        if "demo" in path.parts:
            continue
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)) or not node.args:
                continue
            if node.func.attr not in ("warning", "error", "exception", "critical"):
                continue
            if not re.search(r"logger\.\w+\Z", ast.unparse(node.func)):
                continue
            first = node.args[0]
            message = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
            # "%s" alone passes on a message that is documented where it is made.
            if message.strip() == "%s":
                continue
            if not any(all(word in message for word in words) for words in documented if words):
                missing.append(f"{path.relative_to(ROOT)}: {message}")
    assert not missing


# --- database ----------------------------------------------------------------------------------------------


def test_every_table_and_column_is_documented() -> None:
    text = page("database.md")
    headings = re.findall(r"^### .*$", text, re.MULTILINE)
    documented: dict[str, set[str]] = {}
    columns: dict[str, set[str]] = {}
    for heading in headings:
        listed = re.findall(r"`(\w+)`", heading)
        key = " ".join(listed)
        documented[key] = set(names(section("database.md", heading)))
        if key == "records":  # its columns are made of the record's fields, which fields.md documents
            documented[key] |= {field.name for field in fields(items.Record)}
            documented[key].discard("original.posts")
        columns[key] = {column.name for table in listed for column in tables.metadata.tables[table].columns}
    assert documented == columns
    assert {table for key in columns for table in key.split()} == set(tables.metadata.tables)


Answers = dict[str, list[tuple[Any, ...]]]


def _answers(url: URL) -> Answers:
    """What each query of the database page finds in a small collection at *url*."""
    plain, other = statements(page("database.md"))
    assert other.keys() < plain.keys()
    engine = open_engine(url)
    found: Answers = {}
    with engine.begin() as connection:
        _collection(connection)
        for title, sql in (plain | (other if engine.dialect.name == "postgresql" else {})).items():
            rows = connection.exec_driver_sql(sql).fetchall()
            found[title] = [tuple(float(cell) if isinstance(cell, Decimal) else cell for cell in row) for row in rows]
    engine.dispose()
    return found


def _collection(connection: Connection) -> None:
    """Records of every kind that the queries ask about, with posts, originals and requests."""
    rng = random.Random(5)
    for number in range(40):
        record = made(number, rng)
        record.tags = rng.sample(["politics", "sport", "economy"], 2)
        assert record.post is not None
        record.post.published_at = record.published_at and record.published_at.replace("T08", "T11")
        if number % 4 == 0:
            record.outcome, record.reason = "post_only", "http_403"
        store_record(connection, record, RUN)
        post = {
            "id": record.id,
            "site": "https://aggregator.test",
            "url": record.url,
            "state": "done",
            "surface": "rest",
        }
        work = f"{number // 3:032x}"
        connection.execute(
            insert(tables.posts).values(**post, original_id=work, discovered_at="2026-01-01T00:00:00Z", run_id=RUN)
        )
        if number % 3 == 0:
            one = {"id": work, "url": f"https://p.test/{number}", "host": "p.test", "state": "done"}
            connection.execute(insert(tables.originals).values(**one))
        asked = {
            "work_id": work,
            "kind": "original",
            "run_id": RUN,
            "at": "2026-01-01T00:00:00Z",
            "url": "https://p.test",
        }
        connection.execute(insert(tables.requests).values(**asked, status=200 + number % 2, size=number))


def test_queries_of_the_database_page_run(sqlite_only_url: URL) -> None:
    found = _answers(sqlite_only_url)
    assert len(found) >= 8
    assert [title for title, rows in found.items() if not rows] == []
    assert found["Do the sums add up? Posts that are done without a record: 0"] == [(0,)]


def test_queries_of_the_database_page_find_the_same_on_postgresql(sqlite_only_url: URL, postgres_url: URL) -> None:
    assert _answers(postgres_url) == _answers(sqlite_only_url)


def test_what_datasette_shows_is_what_the_pages_say() -> None:
    described = json.loads(json.dumps(datasette_metadata.metadata()))
    assert len(described["databases"]["newscrawl"]["queries"]) == len(statements(page("database.md"))[0])
    shown = described["databases"]["newscrawl"]["tables"]
    assert set(shown) == {*tables.metadata.tables, *VIEWS}
    assert not shown["articles"].get("hidden")
    assert shown["posts"]["hidden"]


# --- links and leaks ---------------------------------------------------------------------------------------


def _documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md"))]


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for document in _documents():
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in target and not (document.parent / target.partition("#")[0]).exists():
                broken.append(f"{document.name}: {target}")
    assert not broken


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(DOCS.glob("*.md")) if f"(docs/{path.name})" not in readme] == []


def test_the_tests_that_hold_faults_are_there() -> None:
    table = section("reliability.md", "## Faults that were found, and the tests that hold them")
    named = names(table, 1)
    assert len(named) > 50
    for name in named:
        path, _, function = name.partition("::")
        assert f"def {function}(" in (ROOT / "tests" / path).read_text(encoding="utf-8"), name
