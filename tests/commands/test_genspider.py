"""New spiders from the project's templates, in a project of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.commands.genspider import own_templates

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that a new spider may be put in, with the byte code that is there."""
    for name in ("newscrawl", "spiders", "pipelines"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "scrapy.cfg", tmp_path)
    return tmp_path


def scrapy(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrapy", *words]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("template", sorted(own_templates()))
def test_a_spider_of_each_template_is_one_that_scrapy_knows_and_checks(project: Path, template: str) -> None:
    made = scrapy(project, "genspider", "-t", template, "daily_example", "news.example")
    assert (made.returncode, made.stderr) == (0, "")
    assert "class DailyExampleSpider(" in (project / "spiders" / "daily_example.py").read_text()
    listed = scrapy(project, "crawl", "daily_example", "-a", "nonsense=1")
    assert listed.returncode == 2
    assert "spider daily_example: unknown argument 'nonsense'" in listed.stderr


def test_templates_of_scrapy_stay(project: Path) -> None:
    listed = scrapy(project, "genspider", "--list").stdout
    assert listed.startswith("Templates of newscrawl:\n")
    named = {line.strip() for line in listed.splitlines()}
    assert {*own_templates(), "basic", "crawl"} <= named
