"""``python -m benchmarks.health``: are silent failures told of, and is ordinary life left in peace?

1. *Ordinary life*: 30 simulated sites over 60 days (`benchmarks/health_sites.py`), every run judged by the code that
   judges crawls. Figures are simulated, not crawled. Thresholds were chosen on seeds below 103; others measure.
2. *Silent failures*: 14 scenarios through real crawls (`benchmarks/health_scenarios.py`), on the site that the
   monitors were tried on while they were built, and on others.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, commit, write_result
from benchmarks.health_scenarios import Setting, scenarios
from benchmarks.health_sites import Site, life, make_site
from newscrawl.clock import time_text
from newscrawl.health.figures import Figures
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.health.monitors import Case, failing_names, judge

SITES, DAYS = 30, 60
#: Seeds that measure; thresholds were chosen on others.
SEEDS = [103]
#: Sites of the silent failures.
SETTINGS = {
    "built on": Setting(seed=1),
    "another": Setting(seed=71, posts=16, theme="block"),
}
#: Runs that are read of a scope, as `newscrawl.health.judge` has it.
MOST_HISTORY = 800


#: A publisher that blocks us for good is worth an alarm where it had this share of the originals.
GREAT = 0.15


@dataclass(slots=True)
class Life:
    """What came of one site's runs: alarms that began (those of great publishers that blocked us apart)."""

    runs: int = 0
    false: list[tuple[float, Finding]] = field(default_factory=list)
    right: list[tuple[float, Finding]] = field(default_factory=list)
    failing: int = 0


def great_blocks(site: Site) -> list[float]:
    """When publishers with a great share of the originals block us for good."""
    reached = {name: weight * share for name, weight, share in site.publishers}
    total = sum(reached.values()) or 1.0
    return sorted(at for name, at in site.blocks.items() if reached[name] >= GREAT * total)


def live(site: Site, days: int) -> Life:
    """Run and judge; an alarm is right once for each great publisher that blocked us."""
    blocks = great_blocks(site)
    lived = Life()
    history: list[Figures] = []
    wrong: dict[Monitor, Finding] = {}
    for figures, hours in life(site, days):
        lived.runs += 1
        case = Case(
            scope="s", name=f"site{site.number}", history=history, now=figures, hours=hours, failing=dict(wrong)
        )
        judged = judge(case)
        for monitor, finding in judged.wrong.items():
            if monitor in wrong or finding.level is not Level.FAILING:
                continue
            if monitor in (Monitor.ORIGINALS, Monitor.PUBLISHERS) and blocks and blocks[0] <= figures.started:
                blocks.pop(0)
                lived.right.append((figures.started, finding))
            else:
                lived.false.append((figures.started, finding))
        wrong = judged.standing(wrong)
        figures.failing = failing_names(wrong)
        lived.failing += any(one.level is Level.FAILING for one in wrong.values())
        history.append(replace(figures, examples={}))
        del history[:-MOST_HISTORY]
    return lived


def _lived(asked: tuple[int, int, int]) -> Life:
    seed, number, days = asked
    return live(make_site(seed, number, days), days)


def ordinary_life(seeds: Sequence[int], sites: int, days: int, *, verbose: bool = False) -> dict[str, Any]:
    """All sites of all seeds."""
    runs = failing = right = 0
    by_monitor: Counter[str] = Counter()
    asked = [(seed, number, days) for seed in seeds for number in range(sites)]
    with multiprocessing.Pool() as pool:
        for (seed, number, _), lived in zip(asked, pool.imap(_lived, asked), strict=True):
            runs, failing, right = runs + lived.runs, failing + lived.failing, right + len(lived.right)
            by_monitor.update(one.monitor.value for _, one in lived.false)
            if verbose:
                came = f"{lived.runs} runs, {len(lived.false)} false, {len(lived.right)} right"
                print(f"{seed}/{number}: {came}", flush=True)
                for at, one in lived.false:
                    print(f"{seed}/{number} {time_text(at)} {one.message}", flush=True)
    alarms_total = by_monitor.total()
    low, high = interval(alarms_total, runs)
    return {
        "sites": sites * len(seeds),
        "days": days,
        "runs": runs,
        "false_alarms": alarms_total,
        "false_alarms_in_1000_runs": round(1000 * alarms_total / max(1, runs), 3),
        "interval_95": [round(1000 * low, 3), round(1000 * high, 3)],
        "great_publishers_that_blocked_us_told": right,
        "runs_that_ended_as_failing_in_1000": round(1000 * failing / max(1, runs), 3),
        "by_monitor": dict(by_monitor),
    }


def interval(number: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of *number* of *of*."""
    if not of:
        return 0.0, 1.0
    z = 1.96
    middle, half = number / of + z * z / (2 * of), z * math.sqrt(number * (of - number) / of**3 + (z / (2 * of)) ** 2)
    return max(0.0, (middle - half) / (1 + z * z / of)), (middle + half) / (1 + z * z / of)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 where the figures hold."""
    parser = argparse.ArgumentParser(prog="benchmarks.health", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=("life", "failures"), help="one part; the other stays as it was measured")
    parser.add_argument("--seed", type=int, action="append", help="other seeds than those that measure")
    parser.add_argument("--sites", type=int, default=SITES)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--scenario", help="of the silent failures those whose name holds this")
    parser.add_argument("--folder", type=Path, help="where their collection is kept, to be used again")
    parser.add_argument("--setting", choices=sorted(SETTINGS), help="on this site instead of those that measure")
    parser.add_argument("-v", "--verbose", action="store_true", help="print each alarm")
    given = parser.parse_args(arguments)
    seeds = given.seed or SEEDS
    whole = not given.seed and not given.scenario and (given.sites, given.days) == (SITES, DAYS)
    well = True
    began = time.monotonic()
    if given.only in (None, "life"):
        lived = ordinary_life(seeds, given.sites, given.days, verbose=given.verbose)
        print(lived, f"{time.monotonic() - began:.0f} s", flush=True)
        well &= lived["false_alarms_in_1000_runs"] <= 1.0
        if whole:
            keep("ordinary_life", lived)
    if given.only in (None, "failures"):
        for name in [given.setting] if given.setting else SETTINGS:
            found = scenarios(verbose=given.verbose, only=given.scenario, setting=SETTINGS[name], folder=given.folder)
            print(name, {key: value for key, value in found.items() if key != "cases"}, flush=True)
            tried = [one for one in found["cases"] if one["tried"]]
            well &= all(one["told"] and one["explained"] and one["recovered"] for one in tried)
            if whole:
                keep(f"silent_failures, site {name}", found)
    return 0 if well else 1


def keep(name: str, figures: dict[str, Any]) -> None:
    """Write one part of the result, beside the parts that were measured before."""
    path = RESULTS / "health.json"
    before = json.loads(path.read_text(encoding="utf-8"))["figures"] if path.exists() else {}
    write_result("health", {**before, name: {"commit": commit(), **figures}}, seeds=SEEDS)


if __name__ == "__main__":
    raise SystemExit(main())
