"""The import rules of the house, read from every module's source."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import scrapy

ROOT = Path(__file__).parent.parent
PACKAGES = ("newscrawl", "spiders", "pipelines")

#: Modules without Scrapy, Twisted or any I/O; a package stands for all its modules.
PURE = (
    "newscrawl.items", "newscrawl.outcomes", "newscrawl.urls", "newscrawl.text", "newscrawl.attribution",
    "newscrawl.extraction", "newscrawl.posts", "newscrawl.join", "newscrawl.records", "newscrawl.language",
    "newscrawl.html", "newscrawl.aggregators.parsing", "newscrawl.surfaces.parsing", "newscrawl.surfaces.addresses",
    "newscrawl.net.policy", "newscrawl.net.rights", "newscrawl.net.robots_rules",
    "newscrawl.dedupe", "newscrawl.ledger.results", "newscrawl.ledger.window",
)  # fmt: skip
#: What they may not import, and the names that they may not call.
FORBIDDEN_MODULES = frozenset(
    "scrapy twisted socket ssl subprocess requests urllib3 http httpx aiohttp asyncio sqlite3 sqlalchemy psycopg "
    "shutil tempfile multiprocessing threading playwright ftplib smtplib glob fileinput".split()
)
FORBIDDEN_DOTTED = ("urllib.request", "os", "pathlib", "io")
FORBIDDEN_CALLS = frozenset({"open", "input", "print", "exec", "eval", "__import__", "breakpoint"})
#: Package data is no I/O in this sense.
ALLOWED = frozenset({"importlib.resources", "io"})


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


ALL = dict(modules())


def is_pure(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in PURE)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path, *, at_run_time: bool = False) -> frozenset[str]:
    """Dotted names that a module imports; *at_run_time*: not those under ``if TYPE_CHECKING``."""
    return frozenset(_imports(path, at_run_time))


def _imports(path: Path, at_run_time: bool) -> Iterator[str]:
    tree = parsed(path)
    skipped: set[ast.AST] = set()
    if at_run_time:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                skipped.update(inner for statement in node.body for inner in ast.walk(statement))
    package = ".".join(path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parts, *([base] if base else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def test_every_module_was_found() -> None:
    assert {"newscrawl.join", "spiders.dnyuz", "pipelines.store", "newscrawl.extraction"} <= ALL.keys()
    assert [name for name in PURE if name not in ALL] == []


#: The rooms from top to bottom: a room imports those of lower lines alone. A new room is one word in its line.
#: A module that stands by itself in `newscrawl/` is a room of its own.
LINES = (
    "spiders pipelines settings",
    "commands",
    "reports demo browsing",
    "progress",
    "filters",
    "console",
    "aggregators",
    "datasets health archive",
    "crawling",
    "surfaces",
    "ledger",
    "originals",
    "storage",
    "config",
    "dedupe",
    "rendering",
    "net",
    "workers",
    "records",
    "join",
    "items posts",
    "extraction attribution",
    "html",
    "files",
    "clock errors language outcomes templates text urls data",
    "language_model",
)  # fmt: skip
#: Imports that point up, and should not: each goes with its reason, none may be added.
DEBTS = {
    ("join", "net"): "what rights say is pure, and stands in net",
    ("originals", "ledger"): "what came of an original is a value of the ledger's",
    ("storage", "ledger"): "records are read by the run's window",
}


def room(name: str) -> str:
    """The room of a module: its package in `newscrawl`, or the top-level package."""
    parts = name.split(".")
    return parts[1] if parts[0] == "newscrawl" and len(parts) > 1 else parts[0]


def upward(of: dict[str, Path]) -> set[tuple[str, str]]:
    """Pairs of rooms where the first imports the second from a line that is not below its own."""
    line = {name: number for number, names in enumerate(LINES) for name in names.split()}
    found = set()
    for name, path in of.items():
        for imported in imports(path):
            if imported.partition(".")[0] == "newscrawl" and "." in imported:
                one, other = room(name), room(imported)
                if other != one and other in line and line[other] <= line[one]:
                    found.add((one, other))
    return found


def test_every_room_has_its_line() -> None:
    named = " ".join(LINES).split()
    assert len(named) == len(set(named))
    assert sorted({room(name) for name in ALL} - {"newscrawl"} - set(named)) == []


@pytest.mark.slow
def test_imports_point_down() -> None:
    assert sorted(upward(ALL) - DEBTS.keys()) == []
    assert sorted(DEBTS.keys() - upward(ALL)) == [], "this debt is paid: take its line away"


def test_spiders_and_pipelines_lean_on_newscrawl_and_nothing_leans_on_them_nor_on_tests() -> None:
    forbidden = {"newscrawl": {"spiders", "pipelines"}, "spiders": {"pipelines"}, "pipelines": {"spiders"}}
    wrong = {
        (name, one)
        for name, path in ALL.items()
        for one in imports(path)
        if one.partition(".")[0] in forbidden[name.partition(".")[0]] | {"tests", "benchmarks"}
    }
    assert wrong == set()


def impurities(path: Path) -> set[str]:
    """What a pure module may not import or call, and does."""
    found = set(imports(path))
    calls = {
        node.func.id
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return (
        {one for one in found if one.partition(".")[0] in FORBIDDEN_MODULES}
        | ({one for one in found if one in FORBIDDEN_DOTTED} - ALLOWED)
        | (calls & FORBIDDEN_CALLS)
    )


def test_pure_modules_do_nothing_but_compute() -> None:
    assert {name: wrong for name, path in ALL.items() if is_pure(name) and (wrong := impurities(path))} == {}


@cache
def reached(name: str) -> frozenset[str]:
    """Every module that importing *name* runs: of ours with what they import in turn, of others the name."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if one in ALL:
            # Importing a module runs its packages.
            parts = one.split(".")
            waiting += [".".join(parts[:length]) for length in range(1, len(parts))]
            waiting += imports(ALL[one], at_run_time=True)
    return frozenset(seen)


def test_pure_modules_lean_on_nothing_that_is_not() -> None:
    """Straight or round a corner: what they import of ours imports no Scrapy either."""
    wrong = {
        name: there
        for name in filter(is_pure, ALL)
        if (there := {one for one in reached(name) if one.partition(".")[0] in {"scrapy", "twisted", "sqlalchemy"}})
    }
    assert wrong == {}


def test_the_rules_would_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_layers.ROOT", tmp_path)
    (tmp_path / "newscrawl" / "a").mkdir(parents=True)
    path = tmp_path / "newscrawl" / "a" / "b.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import scrapy\nfrom ..c import d\nimport spiders.x\n"
    )
    assert {"scrapy", "newscrawl.c", "newscrawl.c.d", "spiders.x"} <= set(imports(path))
    assert "scrapy" not in set(imports(path, at_run_time=True))
    assert impurities(path) == {"scrapy"}
    low = tmp_path / "newscrawl" / "text.py"
    low.write_text("def f():\n    from newscrawl.storage import tables\n    open('x')\n")
    assert upward({"newscrawl.text": low, "newscrawl.a.b": path}) == {("text", "storage")}
    assert impurities(low) == {"open"}


def private_names(path: Path) -> set[str]:
    """What the file at *path* takes of tests and benchmarks though its name begins with an underscore."""
    return {
        one
        for one in imports(path)
        if one.partition(".")[0] in {"tests", "benchmarks"} and one.rpartition(".")[2].startswith("_")
    }


@pytest.mark.slow
def test_what_tests_and_benchmarks_share_has_a_public_name() -> None:
    files = [path for folder in ("tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 200
    assert {str(path): found for path in files if (found := private_names(path))} == {}


def test_a_shared_private_name_would_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_layers.ROOT", tmp_path)
    (tmp_path / "tests").mkdir()
    path = tmp_path / "tests" / "test_a.py"
    path.write_text("from newscrawl.a import _free\nfrom .harness import _one, two\n")
    assert private_names(path) == {"tests.harness._one"}


@pytest.mark.parametrize("path", sorted((ROOT / "spiders").glob("[!_]*.py")), ids=lambda path: path.stem)
def test_a_spiders_file_is_its_name_is_its_class(path: Path) -> None:
    module = importlib.import_module(f"spiders.{path.stem}")
    found = [
        one
        for one in vars(module).values()
        if inspect.isclass(one) and issubclass(one, scrapy.Spider) and one.__module__ == module.__name__
    ]
    assert len(found) == 1
    (spider,) = found
    assert spider.name == path.stem
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", spider.__name__.removesuffix("Spider")).lower() == path.stem


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in ALL.values()}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines").glob("[!_]*.py")), ids=lambda path: path.stem)
def test_a_pipelines_file_is_its_class_and_is_in_the_settings(path: Path) -> None:
    from newscrawl.settings import ITEM_PIPELINES

    assert f"pipelines.{path.stem}.{path.stem.capitalize()}Pipeline" in ITEM_PIPELINES


def test_the_order_of_pipelines() -> None:
    from newscrawl.settings import ITEM_PIPELINES

    steps = {path.split(".")[1]: number for path, number in ITEM_PIPELINES.items()}
    assert steps == {"clean": 100, "dedupe": 500, "store": 900}
