"""Commands that say little start soon: what only one of them needs is not imported for all."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

#: What takes long to import, and what none of the quick commands needs.
HEAVY = ("numpy", "trafilatura", "feedparser", "newscrawl.extraction", "newscrawl.attribution", "newscrawl.demo.world")


def run(*words: str, code: str = "") -> subprocess.CompletedProcess[str]:
    start = f"import sys; sys.argv = {['scrapy', *words]!r}\n"
    end = "\nprint(','.join(sorted(sys.modules)), file=sys.stderr)"
    body = f"{start}from scrapy.cmdline import execute\ntry:\n    execute()\nexcept SystemExit:\n    pass{end}"
    return subprocess.run(
        [sys.executable, "-c", code or body], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("words", [["-h"], ["list"], ["status"], ["show", "abcdef"], ["retry"]], ids=" ".join)
def test_a_quick_command_imports_nothing_heavy(words: list[str], sqlite_template: Path) -> None:
    done = run(*words, "-s", f"NEWSCRAWL_DATABASE=sqlite:///{sqlite_template}")
    imported = set(done.stderr.splitlines()[-1].split(","))
    assert "scrapy" in imported, done.stderr
    assert [name for name in HEAVY if name in imported] == []


def test_status_costs_little_more_than_scrapy_itself(sqlite_template: Path) -> None:
    """A ratio, since processors differ: 0.9 s where bare Scrapy takes 0.5."""

    def cost(*words: str, code: str = "") -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(*words, code=code)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    bare = min(cost(code="import scrapy.cmdline, scrapy.crawler, sqlalchemy") for _ in range(3))
    status = min(cost("status", "-s", f"NEWSCRAWL_DATABASE=sqlite:///{sqlite_template}") for _ in range(3))
    assert status < 2 * bare
