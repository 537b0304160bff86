"""Which Chromium is found, when rendering is off and why; what settings may say; what is imported when."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from scrapy.settings import Settings

from newscrawl.net.defaults import check_settings
from newscrawl.rendering import finding
from newscrawl.rendering.finding import find_browser, find_rendering
from newscrawl.rendering.limits import RENDER_SETTINGS, check_limits
from tests.crawl.harness import ROOT


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    return tmp_path


def settings(**given: object) -> Settings:
    return Settings({"HTTPPROXY_ENABLED": False, **given})


def test_playwrights_own_goes_before_the_systems_and_the_newest_before_others(bare: Path) -> None:
    assert find_browser("auto") == ""
    system = program(bare / "bin" / "google-chrome")
    assert find_browser("auto") == system
    program(bare / "own" / "chromium-998" / "chrome-linux" / "chrome")
    newest = program(bare / "own" / "chromium-1200" / "chrome-linux64" / "chrome")
    assert find_browser("auto") == newest
    assert find_browser(system) == system
    assert find_browser("google-chrome") == system


def test_debians_wrapper_is_left_out(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper, behind = program(bare / "bin" / "chromium"), program(bare / "lib" / "chromium")
    monkeypatch.setattr(finding, "_BEHIND", {wrapper: behind})
    assert find_browser("auto") == behind


def test_why_rendering_is_off(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no Chromium" in find_rendering(settings()).why
    assert "no such program" in find_rendering(settings(NEWSCRAWL_RENDER_BROWSER="/nowhere")).why
    program(bare / "bin" / "chromium")
    assert find_rendering(settings()).browser
    monkeypatch.setenv("http_proxy", "http://10.0.0.1:3128")
    assert "proxy" in find_rendering(settings(HTTPPROXY_ENABLED=True)).why
    monkeypatch.setattr(finding, "find_spec", lambda name: None)
    assert "not installed" in find_rendering(settings()).why


def test_without_the_package_a_crawl_is_as_it_was() -> None:
    code = (
        "import sys, importlib.abc\n"
        "class Absent(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('playwright', 'scrapy_playwright'): raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "import newscrawl.aggregators.aggregator, newscrawl.rendering.download, newscrawl.reports.doctor\n"
        "from scrapy.utils.project import get_project_settings\n"
        "from newscrawl.net.defaults import check_settings\n"
        "assert check_settings(get_project_settings()) == []\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_the_browser_library_is_imported_with_the_first_page() -> None:
    code = (
        "import sys, newscrawl.aggregators.aggregator, newscrawl.rendering.download, newscrawl.settings\n"
        "assert not [name for name in sys.modules if 'playwright' in name]\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


@pytest.mark.parametrize("name", [name for name, value in RENDER_SETTINGS.items() if isinstance(value, int)])
def test_limits_are_checked(name: str) -> None:
    assert list(check_limits(settings(**RENDER_SETTINGS))) == []
    for value in ("many", 0, -1, 10**12):
        assert [line for line in check_limits(settings(**{name: value})) if line.startswith(name)], value


def test_the_sandbox_is_one_of_three() -> None:
    assert list(check_limits(settings(NEWSCRAWL_RENDER_SANDBOX="off"))) == [
        "NEWSCRAWL_RENDER_SANDBOX must be one of auto, yes, no"
    ]


def test_always_needs_a_browser(bare: Path) -> None:
    from newscrawl import settings as project

    given = {name: value for name, value in vars(project).items() if name.isupper()}
    told = check_settings(Settings({**given, "NEWSCRAWL_RENDER": "always", "HTTPPROXY_ENABLED": False}))
    assert len(told) == 1
    assert told[0].startswith("NEWSCRAWL_RENDER=always: there is no Chromium")
    assert check_settings(Settings({**given, "NEWSCRAWL_RENDER": "auto"})) == []


def test_what_is_to_be_installed_is_what_the_extra_names() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["optional-dependencies"]["render"]
    assert " ".join(f"'{one}'" for one in wanted) == finding.PACKAGES
