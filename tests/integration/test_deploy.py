"""What `deploy/` ships: units that systemd takes, a crontab line that runs, and the wheel of the project."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest

from newscrawl.config import ENVIRONMENT
from newscrawl.crawling.interrupts import END_AFTER
from newscrawl.demo.server import serve
from newscrawl.demo.world import build_world
from newscrawl.errors import ExitStatus
from tests.integration.packages import PACKAGES, ROOT, copy_checkout

DEPLOY = ROOT / "deploy"
SERVICE = DEPLOY / "systemd" / "newscrawl@.service"
UNITS = [*sorted((DEPLOY / "systemd").iterdir()), DEPLOY / "scrapyd" / "scrapyd.service"]


def options(unit: Path) -> dict[str, list[str]]:
    """Words of each option of a unit file, lines of one name together."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found[name] += value.split()
    return found


# --- systemd -----------------------------------------------------------------------------------------------


def _verify(unit: Path, folder: Path) -> str:
    """What ``systemd-analyze verify`` says of *unit*, its programs made up; ``""`` when it has no complaint."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze (package systemd)")
    for other in UNITS:
        text = other.read_text(encoding="utf-8")
        for program in re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE):
            made_up = folder / program.lstrip("/")
            made_up.parent.mkdir(parents=True, exist_ok=True)
            made_up.touch(mode=0o755)
            text = text.replace(f"ExecStart={program}", f"ExecStart={made_up}")
        (folder / other.name.replace("@.", "@dnyuz.")).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(folder / unit.name.replace("@.", "@dnyuz."))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning", "SYSTEMD_PAGER": ""},
    )
    # Of the units of the machine that runs the tests nothing is asked.
    own = [line for line in (done.stdout + done.stderr).splitlines() if "dnyuz" in line or "scrapyd" in line]
    return "\n".join(own)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_units(unit: Path, tmp_path: Path) -> None:
    assert _verify(unit, tmp_path) == ""


def test_systemd_would_tell_of_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "shipped" / "newscrawl@.service"
    wrong.parent.mkdir()
    wrong.write_text(SERVICE.read_text().replace("ProtectSystem=strict", "ProtectSystem=stern"))
    monkeypatch.setattr(sys.modules[__name__], "UNITS", [wrong])
    assert "stern" in _verify(wrong, tmp_path)


def test_exit_statuses_mean_to_systemd_what_they_mean() -> None:
    unit = options(SERVICE)
    fine = {int(word) for word in unit["SuccessExitStatus"]}
    never_again = {int(word) for word in unit["RestartPreventExitStatus"]}
    assert fine == {ExitStatus.SCOPE_HELD, ExitStatus.INTERRUPTED, ExitStatus.TERMINATED}
    assert never_again == {ExitStatus.DEFECT, ExitStatus.USAGE, ExitStatus.UNHEALTHY}
    # What is left is tried again, and is a failure.
    assert set(ExitStatus) - fine - never_again == {ExitStatus.COMPLETE, ExitStatus.INCOMPLETE}
    assert unit["Restart"] == ["on-failure"]
    assert int(unit["TimeoutStopSec"][0]) > 2 * END_AFTER


@pytest.mark.parametrize("unit", [SERVICE, DEPLOY / "scrapyd" / "scrapyd.service"], ids=lambda unit: unit.name)
def test_the_inside_is_fenced_off(unit: Path) -> None:
    denied = [ipaddress.ip_network(word) for word in options(unit)["IPAddressDeny"]]
    inside = ["10.9.8.7", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "fd00::1", "fe80::1"]
    if unit is SERVICE:
        inside += ["127.0.0.1", "::1", "0.0.0.0"]
    for address in map(ipaddress.ip_address, inside):
        assert any(address.version == net.version and address in net for net in denied), address
    for outside in map(ipaddress.ip_address, ["93.184.216.34", "2606:4700::1111"]):
        assert not any(outside.version == net.version and outside in net for net in denied), outside


def test_environment_files_name_settings_that_exist() -> None:
    for path in (DEPLOY / "newscrawl.env", DEPLOY / "scrapyd" / "scrapyd.env", DEPLOY / "cron" / "newscrawl"):
        names = set(re.findall(r"^#? ?(NEWSCRAWL_\w+)=", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert {"NEWSCRAWL_CONTACT", "NEWSCRAWL_DATABASE"} <= names <= ENVIRONMENT.keys()


# --- cron --------------------------------------------------------------------------------------------------


def _cron_command() -> tuple[dict[str, str], str]:
    """The environment that the file sets, and the command that crawls, as cron reads them."""
    lines = [line for line in (DEPLOY / "cron" / "newscrawl").read_text().splitlines() if line[:1] not in ("#", "")]
    environment = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
    (command,) = (line.split(None, 6)[6] for line in lines if "scrapy crawl" in line)
    assert "%" not in command, "cron takes a percent sign for the end of the line"
    return environment, command


def _as_cron(place: Path, crawl: str = "", **extra: str) -> str:
    """What the line that crawls prints in the checkout *place*, which is what cron mails; *crawl*: more arguments."""
    environment, command = _cron_command()
    shown = command.replace("/srv/newscrawl", str(place)).replace("crawl dnyuz", f"crawl dnyuz {crawl}")
    assert str(place) in shown
    assert crawl in shown
    done = subprocess.run(
        [environment["SHELL"], "-c", shown],
        env={**environment, "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **extra},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_crontab_line(tmp_path: Path) -> None:
    place = copy_checkout(tmp_path / "srv", compiled=True)
    (place / "data").mkdir(mode=0o700)
    (place / ".venv").symlink_to(sys.prefix)
    faster = "-s DOWNLOAD_DELAY=0 -s DOWNLOAD_TIMEOUT=3 -s RETRY_TIMES=0 -s NEWSCRAWL_ROBOTS_RETRY_DELAY=0"
    faster += " -s NEWSCRAWL_WORKERS=0"
    with serve(build_world(posts=3)) as server:
        given = f"-a site={server.url()} -a since=all {faster}"
        assert _as_cron(place, given, NEWSCRAWL_HOST_OVERRIDES=server.overrides) == ""
    assert "Spider closed (finished)" in (place / "data" / "dnyuz.log").read_text()
    (feed,) = (place / "data").glob("dnyuz-*.jsonl")
    assert len(feed.read_text().splitlines()) == 3
    assert feed.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("status", [0, 75, *sorted({*map(int, ExitStatus)} - {0, 75})])
def test_what_the_crontab_line_mails(tmp_path: Path, status: int) -> None:
    """Nothing where the run ended well or another is at work; else what it said, and nothing of its log."""
    program = tmp_path / ".venv" / "bin" / "scrapy"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho newscrawl: how it ended >&2\nexit {status}\n")
    program.chmod(0o755)
    (tmp_path / "data").mkdir()
    assert _as_cron(tmp_path) == ("" if status in (0, 75) else "newscrawl: how it ended\n")
    assert (tmp_path / "data" / "dnyuz.last").read_text() == "newscrawl: how it ended\n"


# --- the wheel ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_wheel_holds_the_project_and_nothing_else(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "checkout")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
         "--disable-pip-version-check", "--wheel-dir", str(tmp_path), "."],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("newscrawl-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        (described,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        description = archive.read(described).decode()
        (named,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
        assert "settings = newscrawl.settings" in archive.read(named).decode()
    here = {
        str(path.relative_to(checkout))
        for package in PACKAGES
        for path in (checkout / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert names == here
    assert {"newscrawl/data/attribution.json", "newscrawl/storage/migrations/versions/v0001_first.py"} <= names
    assert "Requires-Dist: scrapy<2.20,>=2.19" in description
