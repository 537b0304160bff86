"""New spiders from the project's templates, in a project of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.commands.genspider import own_templates
from tests.warm import run_scrapy

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that new spiders may be put in, with the byte code that is there."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("newscrawl", "spiders", "pipelines"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "scrapy.cfg", folder)
    return folder


def scrapy(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrapy", *words]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("template", sorted(own_templates()))
def test_a_spider_of_each_template_is_one_that_scrapy_knows_and_checks(project: Path, template: str) -> None:
    made = scrapy(project, "genspider", "-t", template, f"daily_{template}", "news.example")
    assert (made.returncode, made.stderr) == (0, "")
    written = (project / "spiders" / f"daily_{template}.py").read_text()
    assert f"class Daily{template.capitalize()}Spider(" in written
    listed = scrapy(project, "crawl", f"daily_{template}", "-a", "nonsense=1")
    assert listed.returncode == 2
    assert f"spider daily_{template}: unknown argument 'nonsense'" in listed.stderr


def test_templates_of_scrapy_stay() -> None:
    listed = run_scrapy(["genspider", "--list"], env=os.environ).stdout
    assert listed.startswith("Templates of newscrawl:\n")
    named = {line.strip() for line in listed.splitlines()}
    assert {*own_templates(), "basic", "crawl"} <= named
