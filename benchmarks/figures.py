"""``python -m benchmarks.figures``: every measurement, one after the other, and what came of each.

A measurement is a module beside this one with a function ``main``. It runs in a process of its own, writes
``results/<name>.json`` and ends with status 0; one that lacks something says ``skipped: …`` on standard error.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, ROOT

__all__ = ["Measured", "discover", "headlines", "main", "measure"]

HERE = Path(__file__).resolve().parent
#: Seconds that one measurement may take at most.
TIME_LIMIT = 3 * 3600
#: Figures shown of one measurement at most; the file holds them all.
MOST_FIGURES = 12


@dataclass(frozen=True, slots=True)
class Measured:
    """How one measurement went: ``passed``, ``skipped`` or ``failed``, why, and after how many seconds."""

    name: str
    state: str
    why: str
    seconds: float


def discover(folder: Path = HERE) -> list[str]:
    """Names of the modules in *folder* that define ``main``, this one aside, in alphabetical order."""
    names = []
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.stem != "figures" and any(isinstance(one, ast.FunctionDef) and one.name == "main" for one in tree.body):
            names.append(path.stem)
    return names


def measure(name: str, *, package: str = "benchmarks", cwd: Path = ROOT, limit: float = TIME_LIMIT) -> Measured:
    """Run one measurement; its output passes through."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", f"{package}.{name}"],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    try:
        _, told = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Measured(name, "failed", f"took more than {limit:.0f} s", time.monotonic() - started)
    finally:
        if process.poll() is None:
            process.kill()
    sys.stderr.write(told)
    seconds = time.monotonic() - started
    skipped = next((line for line in told.splitlines() if line.startswith("skipped: ")), None)
    if process.returncode != 0:
        return Measured(name, "failed", f"exit status {process.returncode}", seconds)
    if skipped is not None:
        return Measured(name, "skipped", skipped.removeprefix("skipped: "), seconds)
    return Measured(name, "passed", "", seconds)


def headlines(figures: Any, most: int = MOST_FIGURES) -> list[tuple[str, Any]]:
    """The first *most* numbers of *figures*, nested names joined by dots."""
    found: list[tuple[str, Any]] = []

    def walk(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                walk(one, f"{name}.{key}" if name else str(key))
        elif isinstance(value, bool | int | float | str) and len(str(value)) <= 60:
            found.append((name, value))

    walk(figures, "")
    return found[:most]


def _table(measured: Sequence[Measured]) -> None:
    width = max(len(one.name) for one in measured)
    print("\nMeasured")
    for one in measured:
        print(f"  {one.name:<{width}}  {one.state:<7}  {one.seconds:7.1f} s  {one.why}".rstrip())
    for one in measured:
        path = RESULTS / f"{one.name}.json"
        if one.state != "passed" or not path.is_file():
            continue
        document = json.loads(path.read_text(encoding="utf-8"))
        print(f"\n{one.name}: {path.relative_to(ROOT)}, commit {document['commit']}")
        for name, value in headlines(document["figures"]):
            print(f"  {name:<44} {value}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; 0 when nothing failed, 2 for an unknown name."""
    names = discover()
    parser = argparse.ArgumentParser(prog="benchmarks.figures", description="Run the project's measurements.")
    parser.add_argument("--only", metavar="NAME", action="append", help=f"one of {', '.join(names)}; may be repeated")
    parser.add_argument("--list", action="store_true", help="print the names and measure nothing")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.only or ()) - set(names))
    if unknown:
        parser.error(f"there is no measurement {', '.join(unknown)} (there are: {', '.join(names)})")
    chosen = [name for name in names if not options.only or name in options.only]
    if options.list:
        print("\n".join(chosen))
        return 0
    measured = []
    for number, name in enumerate(chosen, 1):
        print(f"\n== {name} ({number} of {len(chosen)})", flush=True)
        measured.append(measure(name))
    _table(measured)
    return 1 if any(one.state == "failed" for one in measured) else 0


if __name__ == "__main__":
    raise SystemExit(main())
