"""The container files: linted, at one with the project, and the timer does what it says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from newscrawl.config import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "deploy" / "container"
FILE = FOLDER / "Containerfile"


def _lines() -> list[str]:
    """Instructions of the container file, lines that go on joined."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]


def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_hadolint_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("hadolint is not installed")
    done = subprocess.run([linter, str(FILE)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_is_there_and_is_sent_to_the_builder() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = set()
    for line in _lines():
        words = [word for word in line.split()[1:] if not word.startswith("--")]
        if line.startswith("COPY") and "--from" not in line:
            copied |= set(words[:-1])
    assert copied == sent
    for name in copied:
        assert (ROOT / name).exists(), name


def test_the_image_runs_as_a_user_of_its_own_and_is_looked_after() -> None:
    lines = _lines()
    assert "USER 10001:10001" in lines
    assert lines.index("USER 10001:10001") > max(number for number, line in enumerate(lines) if line.startswith("RUN"))
    (check,) = (line for line in lines if line.startswith("HEALTHCHECK"))
    assert check.endswith('CMD ["scrapy", "doctor", "--alarm"]')
    assert not re.search(r"(?i)password|secret|token", FILE.read_text())
    wanted = re.search(r'requires-python = ">=(\d+\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert wanted is not None
    assert all(line.startswith(f"FROM python:{wanted[1]}-slim") for line in lines if line.startswith("FROM"))


def test_the_services_are_those_of_the_guide() -> None:
    services = _compose()["services"]
    assert set(services) == {"crawl", "folders", "database", "metrics"}
    crawl = services["crawl"]
    ours = {name for name in crawl["environment"] if name.startswith("NEWSCRAWL_")}
    assert ours <= set(ENVIRONMENT), "a setting that newscrawl would refuse"
    assert crawl["read_only"] is True
    assert crawl["cap_drop"] == ["ALL"]
    assert crawl["depends_on"]["database"]["condition"] == "service_healthy"
    assert "pg_isready" in services["database"]["healthcheck"]["test"][1]
    assert all(port.startswith("127.0.0.1:") for one in services.values() for port in one.get("ports", []))
    assert all(":" in one["image"] for name, one in services.items() if name not in ("crawl", "folders"))
    # No secret stands in the file, and whoever forgets one is told.
    text = (FOLDER / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) == set(
        re.findall(r"^(\w+)=$", (FOLDER / ".env.example").read_text(), re.M)
    )
    assert len(re.findall(r"\$\{\w+:\?", text)) == len(re.findall(r"\$\{", text))


def test_compose_reads_it() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode != 0:
        pytest.skip("there is no docker compose")
    given = {**os.environ, "NEWSCRAWL_CONTACT": "x@example.org", "POSTGRES_PASSWORD": "x"}
    command = [docker, "compose", "--file", str(FOLDER / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def scrapy(tmp_path: Path) -> dict[str, str]:
    """An environment whose `scrapy` notes its arguments and ends as FAKE_STATUS says, at once or when stopped."""
    fake = tmp_path / "bin" / "scrapy"
    fake.parent.mkdir()
    fake.write_text(
        "#!/bin/sh\n"
        'echo "$@" >>"$NOTES"\n'
        "trap 'echo stopped >>\"$NOTES\"; exit 143' TERM\n"
        '[ -z "$FAKE_LASTS" ] || { sleep "$FAKE_LASTS" & wait; }\n'
        'exit "$FAKE_STATUS"\n'
    )
    fake.chmod(0o755)
    return {
        "PATH": f"{fake.parent}:{os.environ['PATH']}", "NOTES": str(tmp_path / "notes"), "CRAWL_EVERY": "0",
        "FAKE_STATUS": "0", "FAKE_LASTS": "",
    }  # fmt: skip


def _wait_for(path: Path, lines: int) -> list[str]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = path.read_text().splitlines() if path.exists() else []
        if len(found) >= lines:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not {lines} lines in {path}")


def test_the_timer_crawls_again_and_again_whatever_comes_of_it(scrapy: dict[str, str]) -> None:
    process = subprocess.Popen(
        [FOLDER / "every.sh", "dnyuz", "-a", "limit=5"], env={**scrapy, "FAKE_STATUS": "4"},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        notes = _wait_for(Path(scrapy["NOTES"]), 3)
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert notes[:3] == ["crawl dnyuz -a limit=5"] * 3
    assert "the crawl ended with status 4" in told


def test_the_timer_ends_where_settings_are_wrong(scrapy: dict[str, str]) -> None:
    done = subprocess.run(
        [FOLDER / "every.sh", "x"], env={**scrapy, "FAKE_STATUS": "2"}, timeout=60, capture_output=True
    )
    assert done.returncode == 2
    assert Path(scrapy["NOTES"]).read_text() == "crawl x\n"


def test_a_stop_reaches_the_crawl_and_its_status_is_told(scrapy: dict[str, str]) -> None:
    process = subprocess.Popen([FOLDER / "every.sh", "x"], env={**scrapy, "FAKE_LASTS": "30"})
    _wait_for(Path(scrapy["NOTES"]), 1)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=25) == 143
    assert Path(scrapy["NOTES"]).read_text() == "crawl x\nstopped\n"
