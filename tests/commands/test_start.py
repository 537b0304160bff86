"""Commands that say little start soon, and a crawl imports what it needs before its reactor runs.

What is judged is which modules are imported: how long that takes is the machine's affair (`benchmarks/start.py`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.demo.run import crawl_environment
from newscrawl.demo.server import serve
from newscrawl.demo.world import build_world
from newscrawl.settings import EXTENSIONS
from tests.conftest import ROOT
from tests.crawl.harness import Crawl

#: What takes long to import, and what none of the quick commands needs.
HEAVY = frozenset(
    {
        "alembic", "courlan", "feedparser", "newscrawl.attribution", "newscrawl.crawling.loop", "newscrawl.dedupe",
        "newscrawl.demo.world", "newscrawl.extraction", "newscrawl.surfaces.parsing", "numpy", "py3langid", "pyarrow",
        "requests", "resiliparse", "rich", "tldextract", "trafilatura",
    }
)  # fmt: skip
#: Those that read no database import nothing that could.
STORING = frozenset({"sqlalchemy", "newscrawl.ledger", "newscrawl.storage"})


def imported_by(*words: str, database: Path) -> frozenset[str]:
    code = (
        f"import sys; sys.argv = {['scrapy', *words]!r}\n"
        "from scrapy.cmdline import execute\ntry:\n    execute()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(','.join(sys.modules), file=sys.stderr)"
    )
    environment = {**crawl_environment(), "NEWSCRAWL_DATABASE": f"sqlite:///{database}"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return frozenset(done.stderr.splitlines()[-1].split(","))


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["-h"], HEAVY | STORING),
        (["list"], HEAVY | STORING),
        (["status"], HEAVY - {"tldextract", "requests"}),
        (["retry", "--host", "nobody.test"], HEAVY - {"tldextract", "requests"}),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_a_quick_command_imports_nothing_heavy(
    words: list[str], unwanted: frozenset[str], sqlite_template: Path
) -> None:
    imported = imported_by(*words, database=sqlite_template)
    assert "scrapy" in imported
    assert sorted(unwanted & imported) == []


class TellsImports:
    """A Scrapy extension: the modules that are imported while the reactor runs, into the file IMPORTS_FILE."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: object) -> TellsImports:
        from scrapy import signals

        told = cls(Path(crawler.settings["IMPORTS_FILE"]))  # type: ignore[attr-defined]
        crawler.signals.connect(told.started, signals.engine_started)  # type: ignore[attr-defined]
        crawler.signals.connect(told.closed, signals.spider_closed)  # type: ignore[attr-defined]
        return told

    def started(self) -> None:
        self.before = frozenset(sys.modules)

    def closed(self) -> None:
        self.path.write_text("\n".join(sorted(set(sys.modules) - self.before)))


def test_a_crawl_imports_before_its_reactor_runs(tmp_path: Path) -> None:
    told = tmp_path / "imports.txt"
    extensions = {**EXTENSIONS, f"{__name__}.TellsImports": 0}
    with serve(build_world(seed=9, posts=30)) as server:
        crawl = Crawl(tmp_path, server, EXTENSIONS=json.dumps(extensions), IMPORTS_FILE=told)
        # A process that starts from nothing.
        done = subprocess.run(
            crawl.command(*crawl.arguments("limit=6")),
            cwd=ROOT, env=crawl_environment(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # Tables of characters, for a title in another script and for a charset, are small.
    late = [name for name in told.read_text().split() if not name.startswith(("encodings", "anyascii"))]
    assert late == []
