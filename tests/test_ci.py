"""The CI script, the measurements' runner, and what no file of the project may hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import figures, soak
from tests.integration.wordpress.site import PACKAGES
from tests.soak import sampled

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / ".ci" / "run"
IGNORED = {".git", ".venv", "data", "build", "dist", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def tracked() -> Iterator[Path]:
    """Files of the project: git's, or all where there is no git to ask."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60
        ).stdout.decode()
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path for path in ROOT.rglob("*") if not IGNORED & set(path.relative_to(ROOT).parts[:-1])]
    yield from (path for path in paths if path.is_file())


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        if path.stat().st_size < 5_000_000:
            try:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


# --- what no file may hold -----------------------------------------------------------------------------------

# A folder of the machine it was written on. Not a path inside a URL.
_MACHINE_PATH = re.compile(r"(?<![\w.%~>)\]/:-])/(?:work|root|home/[a-z]+|tmp/[\w.]+)/[\w.-]+")
# Package registries and mirrors: an installer is told by its own configuration.
_REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("npmmirror", "com"),
            ("crates", "io"),
            ("proxy", "golang", "org"),
            ("deb", "debian", "org"),
        )
    )
)


def test_patterns_find_what_they_should() -> None:
    assert _MACHINE_PATH.search('open("/' + 'root/notes.txt")')
    assert _MACHINE_PATH.search("cd /" + "work/main")
    assert not _MACHINE_PATH.search("https://example.org/home/world/article")
    assert not _MACHINE_PATH.search('"/usr/share/wordpress/wp-load.php"')
    assert _REGISTRIES.search("https://files." + ".".join(("pythonhosted", "org")) + "/packages")


def test_no_file_names_a_folder_of_some_machine() -> None:
    found = {str(path): hit.group() for path, text in texts() if (hit := _MACHINE_PATH.search(text))}
    assert not found


def test_no_file_names_a_package_registry() -> None:
    found = {str(path): hit.group() for path, text in texts() if (hit := _REGISTRIES.search(text))}
    assert not found


# --- .ci/run ---------------------------------------------------------------------------------------------------


def _stub(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(0o755)


def _run_script(
    folder: Path, *, installed: str, cwd: Path, lists: int = 0, venv: int = 0
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run the script with stand-ins for the programs that would change the machine; what they were called with."""
    calls = folder / "calls"
    calls.write_text("")
    programs = folder / "bin"
    programs.mkdir()
    note = f'printf "%s\\n" "$(basename "$0") $*" >> {calls}'
    fail = f'[[ "$*" == *update* && $(grep -c update {calls}) -le {lists} ]] && exit 100'
    there = f'[[ "{installed}" == all || " {installed} " == *" ${{@: -1}} "* ]]'
    drop = 'while [[ "$1" == -* || "$1" == env || "$1" == *=* ]]; do shift; done'
    _stub(programs, "apt-get", f"{note}\n{fail}\nexit 0")
    _stub(programs, "dpkg-query", f"{there} && printf installed")
    _stub(programs, "make", f'{note}\necho "CI=$CI stdin=$(cat | wc -c) in $PWD"')
    _stub(programs, "git", "exit 0")
    _stub(programs, "sleep", "exit 0")
    _stub(programs, "sudo", f'{drop}\nexec "$@"')
    _stub(programs, "python3", f"exit {venv}")
    environment = {key: value for key, value in os.environ.items() if key not in {"CI", "PYTHON"}}
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    done = subprocess.run(
        [str(SCRIPT)],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done, calls.read_text().splitlines()


def test_ci_goes_straight_to_the_tests_where_all_is_there(tmp_path: Path) -> None:
    done, calls = _run_script(tmp_path, installed="all", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert calls == ["make test PYTHON=python3"]
    assert done.stdout.splitlines()[-1] == f"CI=true stdin=0 in {ROOT}"


def test_ci_installs_only_what_is_missing(tmp_path: Path) -> None:
    there = "postgresql wordpress wordpress-theme-twentytwentythree php-cli php-mysql php-xml php-gd mariadb-server"
    done, calls = _run_script(tmp_path, installed=f"{there} ca-certificates php-mbstring prometheus", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    [install] = [call for call in calls if call.startswith("apt-get") and " install " in call]
    assert install.endswith("--yes --no-install-recommends install chromium")


def test_ci_asks_for_the_lists_once_more(tmp_path: Path) -> None:
    done, calls = _run_script(tmp_path, installed="", cwd=ROOT, lists=1, venv=1)
    assert done.returncode == 0, done.stderr
    updates = [call for call in calls if call.startswith("apt-get") and call.endswith(" update")]
    assert len(updates) == 2
    [install] = [call for call in calls if call.startswith("apt-get") and " install " in call]
    assert {*PACKAGES, "postgresql", "chromium", "python3-venv"} <= set(install.split())


def test_ci_fails_when_the_lists_cannot_be_had(tmp_path: Path) -> None:
    done, calls = _run_script(tmp_path, installed="", cwd=ROOT, lists=2)
    assert done.returncode != 0
    assert not [call for call in calls if call.startswith("make")]


# --- the measurements' runner --------------------------------------------------------------------------------------


def test_measurements_are_found_by_their_main(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def main() -> int:\n    return 0\n")
    (tmp_path / "common.py").write_text("def helper() -> None: ...\n")
    (tmp_path / "figures.py").write_text("def main() -> int:\n    return 0\n")
    assert figures.discover(tmp_path) == ["one"]
    assert "wordpress" in figures.discover()


@pytest.mark.parametrize(
    ("body", "state", "why"),
    [
        ("print('fine')", "passed", ""),
        ("import sys; print('skipped: nothing here', file=sys.stderr)", "skipped", "nothing here"),
        ("raise SystemExit(3)", "failed", "exit status 3"),
        ("import time; time.sleep(60)", "failed", "took more than 1 s"),
    ],
)
def test_a_measurement_passes_is_skipped_or_fails(tmp_path: Path, body: str, state: str, why: str) -> None:
    package = tmp_path / "measures"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text(body)
    measured = figures.measure("one", package="measures", cwd=tmp_path, limit=1 if "sleep" in body else 30)
    assert (measured.state, measured.why) == (state, why)


def test_a_report_of_the_soak_is_read(tmp_path: Path) -> None:
    report = tmp_path / "soak.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="tests.a.test_b" name="one" time="1.25" />'
        '<testcase classname="tests.a.test_b" name="two" time="1"><failure message="no" /></testcase>'
        '<testcase classname="tests.test_c" name="three" time="0"><skipped message="not here" /></testcase>'
        "</testsuite></testsuites>"
    )
    assert soak.read_report(report) == {
        "tests/a/test_b.py": {"passed": 1, "failed": 1, "seconds": 2.2},
        "tests/test_c.py": {"skipped": 1, "seconds": 0.0},
    }


def test_tests_that_note_properties_may_be_reported(tmp_path: Path) -> None:
    """The fault bench notes what it measures; of warnings this project makes errors."""
    (tmp_path / "test_it.py").write_text("def test_it(record_property):\n    record_property('seconds', 1)\n")
    report = tmp_path / "soak.xml"
    words = ["-q", "-W", "error", "-p", "no:cacheprovider", *soak.report_words(report), "test_it.py"]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
    assert soak.read_report(report)["test_it.py"]["passed"] == 1


def test_a_sample_is_marked_and_names_values_that_there_are() -> None:
    one, two = sampled([1, (2, 3)], keep=[(2, 3)])
    assert ([mark.name for mark in one.marks], one.values) == (["soak"], (1,))
    assert (list(two.marks), two.values) == ([], (2, 3))
    for keep in ([4], []):
        with pytest.raises(ValueError, match="no value"):
            sampled([1, 2], keep=keep)


def test_the_soak_is_left_out_unless_it_is_asked_for(request: pytest.FixtureRequest) -> None:
    asked_for = "soak" in request.config.getoption("markexpr")
    assert asked_for or not [item for item in request.session.items if item.get_closest_marker("soak")]


def test_an_unknown_measurement_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.figures", "--only", "nosuch"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "there is no measurement nosuch" in done.stderr


def test_headlines_are_flat_and_few() -> None:
    assert figures.headlines({"a": {"b": 1, "c": [1, 2]}, "d": 0.5}) == [("a.b", 1), ("d", 0.5)]
    assert len(figures.headlines({str(n): n for n in range(50)}, most=3)) == 3
