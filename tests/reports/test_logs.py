"""JSON logs: every line that a machine reads is one object, the last one too."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy.settings import Settings

from newscrawl import console
from newscrawl.commands.crawl import _check_log_file
from newscrawl.errors import OperationError
from newscrawl.reports.logs import log_json
from tests.warm import run_scrapy

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def root_logger(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is done to the root logger and to the console is undone."""
    monkeypatch.setattr(console, "_log", None)
    before = list(logging.root.handlers)
    yield
    for one in set(logging.root.handlers) - set(before):
        logging.root.removeHandler(one)
        one.close()


def test_a_line_names_the_run_and_holds_the_traceback(tmp_path: Path, root_logger: None) -> None:
    file = tmp_path / "crawl.log"
    lines = log_json(Settings({"LOG_FILE": str(file), "LOG_LEVEL": "INFO", "LOG_ENCODING": "utf-8"}))
    logger = logging.getLogger("newscrawl.test")
    logger.warning("before the run\x1b[2J\nof two lines")
    lines.run_id = "abc"
    try:
        raise ValueError("x")
    except ValueError:
        logger.exception("a defect")
    first, second = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert (first["level"], first["logger"], "run" in first) == ("WARNING", "newscrawl.test", False)
    assert (second["run"], second["traceback"].splitlines()[-1]) == ("abc", "ValueError: x")
    assert "\x1b" not in file.read_text(encoding="utf-8")


def test_what_a_run_came_to_is_a_record_of_the_log_whatever_its_level_is(tmp_path: Path, root_logger: None) -> None:
    file = tmp_path / "crawl.log"
    log_json(Settings({"LOG_FILE": str(file), "LOG_LEVEL": "ERROR", "LOG_ENCODING": "utf-8"}))
    console.complain_in_log()
    console.complain("3 new, 0 changed")
    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["message"] == "3 new, 0 changed"


def test_a_mistake_of_the_operator_is_an_object_too(tmp_path: Path) -> None:
    done = run_scrapy(
        ["crawl", "dnyuz", "-a", "sinc=all", "-s", "NEWSCRAWL_LOG_FORMAT=json"],
        env={**os.environ, "NEWSCRAWL_DATABASE": f"sqlite:///{tmp_path}/news.db"},
    )
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 2
    assert "sinc" in said[-1]["message"]


@pytest.mark.parametrize(
    ("place", "why"), [("nowhere/crawl.log", "No such file or directory"), (".", "Is a directory")]
)
def test_a_log_without_a_place_is_told_in_one_line(tmp_path: Path, place: str, why: str) -> None:
    settings = Settings({"LOG_FILE": str(tmp_path / place)})
    with pytest.raises(OperationError, match=rf"^cannot write {tmp_path}.*: {why}$"):
        _check_log_file(settings)
    _check_log_file(Settings({"LOG_FILE": str(tmp_path / "crawl.log")}))
    settings.set("LOG_ENABLED", False)
    _check_log_file(settings)
