"""Both database engines for whoever asks for `engine`, each test with a database of its own."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import URL, Connection, Engine
from xdist.scheduler import LoadFileScheduling

from newscrawl.storage.engine import open_engine
from newscrawl.storage.migrate import ensure_schema
from tests.postgres import Cluster, Missing

#: The folder of the project.
ROOT = Path(__file__).resolve().parent.parent
ENGINES = ("sqlite", "postgresql")

# A busy machine, on which examples take long to make, is no failure.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private PostgreSQL server; skipped with the reason where there is none, in CI a failure."""
    try:
        running = Cluster()
    except Missing as why:
        if os.environ.get("CI") == "true":
            pytest.fail(f"in CI PostgreSQL must be there: {why}")
        pytest.skip(str(why))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = open_engine(sqlite_url(path))
    ensure_schema(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_template(cluster: Cluster) -> str:
    url = cluster.create()
    engine = open_engine(url)
    ensure_schema(engine)
    engine.dispose()
    return str(url.database)


def sqlite_url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database without tables, on each engine."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.db")
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.create()
    yield url
    cluster.drop(url)


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database of the present schema, on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "newscrawl.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield sqlite_url(path)
        return
    yield from _copy_of_template(request)


@pytest.fixture
def sqlite_only_url(sqlite_template: Path, tmp_path: Path) -> URL:
    path = tmp_path / "newscrawl.db"
    shutil.copy(sqlite_template, path)
    return sqlite_url(path)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[URL]:
    """A database of the present schema, on PostgreSQL alone."""
    yield from _copy_of_template(request)


def _copy_of_template(request: pytest.FixtureRequest) -> Iterator[URL]:
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.create(request.getfixturevalue("postgres_template"))
    yield url
    cluster.drop(url)


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """One transaction, rolled back at the end."""
    with engine.connect() as opened:
        yield opened
        opened.rollback()


#: Folders whose tests share what is dear to set up (a WordPress and its world): they run in one process.
TOGETHER = ("tests/integration/wordpress/",)


class _Rooms(LoadFileScheduling):
    """As ``--dist loadfile``, but that the files of a folder in :data:`TOGETHER` stay together as well."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Rooms | None:
    """Of pytest-xdist: who decides which process runs what."""
    return _Rooms(config, log) if config.getvalue("dist") == "loadfile" else None


#: Folders whose every test starts a crawl, a server or a browser.
WHOLE = ("crawl", "faults", "integration", "rendering", "demo")
#: What a test file imports that starts processes or servers.
STARTERS = (
    "subprocess",
    "tests.warm",
    "tests.crawl.harness",
    "tests.net.harness",
    "newscrawl.demo.server",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--unit", action="store_true", help="only tests that start no process, no server, no PostgreSQL")


def pytest_collection(session: pytest.Session) -> None:
    """Every second process imports the test files from the last to the first before it collects them.

    pytest rewrites the assertions of each file when it is first imported, which is half of what collecting costs, and
    keeps the result as byte code. Each of two processes would rewrite all of them; from both ends each rewrites half.
    What fails here is told when it is collected.
    """
    config = session.config
    number = getattr(config, "workerinput", {}).get("workerid", "gw0").removeprefix("gw")
    folders = [Path(one.split("::")[0]).resolve() for one in config.args]
    if int(number) % 2 == 0 or folders != [ROOT / "tests"]:
        return
    for path in sorted((ROOT / "tests").rglob("test_*.py"), reverse=True):
        if not _left_out(path, config):
            with contextlib.suppress(Exception, pytest.skip.Exception):
                importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_collection_finish() -> None:
    """What all tests share lives as long as they do: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if _left_out(collection_path, config) else None


def _left_out(path: Path, config: pytest.Config) -> bool:
    """Whether nothing in the file or folder *path* is a unit test and only those are asked for."""
    inside = path.relative_to(ROOT / "tests").parts if path.is_relative_to(ROOT / "tests") else ()
    return bool(config.getoption("--unit") and inside and inside[0] in WHOLE)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {item for item in items if not _wanted(item, config)}
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


def _wanted(item: pytest.Item, config: pytest.Config) -> bool:
    """Whether *item* belongs to the run: what is marked ``soak`` only where ``-m`` names that mark."""
    if item.get_closest_marker("soak") and "soak" not in config.getoption("markexpr"):
        return False
    return not config.getoption("--unit") or is_unit(item)


def is_unit(item: pytest.Item) -> bool:
    """Whether *item* runs within this process, without PostgreSQL: told by its folder, its imports and its mark."""
    parts = Path(item.path).relative_to(ROOT / "tests").parts
    if parts[0] in WHOLE or item.get_closest_marker("slow") or "postgresql" in item.name:
        return False
    if "cluster" in getattr(item, "fixturenames", ()) or "postgres_url" in getattr(item, "fixturenames", ()):
        return False
    module = getattr(item, "module", None)
    return module is not None and not _starts(module)


@cache
def _starts(module: ModuleType) -> bool:
    """Whether *module* imports what starts processes or servers."""
    return any(_comes_from(value, STARTERS) for value in vars(module).values())


def _comes_from(value: object, names: tuple[str, ...]) -> bool:
    """Whether *value* is one of the modules, or a class or function of one."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return name in names
