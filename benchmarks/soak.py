"""``python -m benchmarks.soak``: the tests that are marked ``soak``, more of what `make test` proves by a sample."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, write_result

__all__ = ["main", "read_report", "report_words"]

#: The form of the report: in pytest's usual one a test may not note properties, and the warning of it is an error here.
REPORT_FORM = "junit_family=xunit1"
#: pytest's exit status where no test was found.
NO_TESTS = 5


def report_words(path: Path) -> list[str]:
    """Options with which pytest writes its report to *path*."""
    return ["-o", REPORT_FORM, f"--junit-xml={path}"]


def read_report(path: Path) -> dict[str, dict[str, Any]]:
    """What came of the tests in the JUnit file at *path*: by test file ``passed``, ``skipped``, ``failed``, seconds."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    seconds: Counter[str] = Counter()
    for case in ET.parse(path).getroot().iter("testcase"):
        file = case.get("classname", "").replace(".", "/") + ".py"
        told = {one.tag for one in case}
        state = "failed" if told & {"failure", "error"} else "skipped" if "skipped" in told else "passed"
        found[file][state] += 1
        seconds[file] += float(case.get("time", 0))
    return {file: {**found[file], "seconds": round(seconds[file], 1)} for file in sorted(found)}


def main() -> int:
    """Run them, write ``results/soak.json``; 0 when all passed or were skipped."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "soak.xml"
        words = ["-q", "-m", "soak", "-p", "no:cacheprovider", *report_words(report), *sys.argv[1:]]
        status = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, check=False).returncode
        files = read_report(report) if report.exists() else {}
    if status == NO_TESTS or not files:
        print("no test is marked soak, or none ran", file=sys.stderr)
        return 1
    sums = {state: sum(one.get(state, 0) for one in files.values()) for state in ("passed", "skipped", "failed")}
    if not sys.argv[1:]:
        write_result("soak", {**sums, "files": files})
    return status


if __name__ == "__main__":
    raise SystemExit(main())
