"""What every figure carries: commit, machine, seeds; and where results are written."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
#: Real material beside the checkout; absent on most machines.
SHARED = ROOT.parent / "shared"


def machine() -> dict[str, Any]:
    """The machine a figure was measured on: no host name, no path."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        # What else ran on it: above the number of cores, seconds of CPU are dearer, and times mean little.
        "load": round(os.getloadavg()[0], 1),
    }


def commit() -> str:
    """The commit measured, with ``-dirty`` when the work tree differs from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--abbrev=12", "--dirty", "--exclude", "*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"


def write_result(name: str, figures: dict[str, Any], *, seeds: list[int] | None = None) -> Path:
    """Write ``benchmarks/results/<name>.json`` and return its path."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {
        "name": name,
        "measured_at": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "machine": machine(),
        "seeds": seeds or [],
        "command": f"python -m benchmarks.{name}",
        "figures": figures,
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False, sort_keys=False) + "\n", encoding="utf-8")
    return path


def need_shared(relative: str) -> Path:
    """The path of real material, or leave with one line saying what is missing."""
    path = SHARED / relative
    if not path.exists():
        print(f"skipped: ../shared/{relative} is not here", file=sys.stderr)
        raise SystemExit(0)
    return path
