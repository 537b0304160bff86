"""``python -m benchmarks.health``: are silent failures told of, and is ordinary life left in peace?

1. *Ordinary life*: 30 simulated sites over 60 days (`benchmarks/health_sites.py`), every run judged by the code that
   judges crawls. Thresholds were chosen on seed 1; seeds 101 and 102 measure.
2. *Silent failures*: scenarios through real crawls (`benchmarks/health_scenarios.py`).
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.common import write_result
from benchmarks.health_sites import Site, life, make_site
from newscrawl.clock import time_text
from newscrawl.health.figures import Figures
from newscrawl.health.findings import Finding, Level, Monitor
from newscrawl.health.monitors import Case, judge

SITES, DAYS = 30, 60
#: Seeds that measure; thresholds were chosen on others.
SEEDS = [101]
#: Runs that are read of a scope, as `newscrawl.health.judge` has it.
MOST_HISTORY = 800


def live(site: Site, days: int) -> tuple[int, list[tuple[float, Finding]], int]:
    """Runs of the site, alarms that began, and runs that ended as failing."""
    history: list[Figures] = []
    wrong: dict[Monitor, Finding] = {}
    runs, alarms, failing = 0, [], 0
    for figures, hours in life(site, days):
        runs += 1
        case = Case(
            scope="s", name=f"site{site.number}", history=history, now=figures, hours=hours, failing=dict(wrong)
        )
        judged = judge(case)
        for monitor, finding in judged.wrong.items():
            if monitor not in wrong and finding.level is Level.FAILING:
                alarms.append((figures.started, finding))
        wrong = {one: finding for one, finding in wrong.items() if one not in judged.well} | judged.wrong
        figures.failing = sorted(one.value for one in wrong if one is not Monitor.PUBLISHERS)
        failing += any(one.level is Level.FAILING for one in wrong.values())
        history.append(replace(figures, examples={}))
        del history[:-MOST_HISTORY]
    return runs, alarms, failing


def ordinary_life(seeds: Sequence[int], sites: int, days: int, *, verbose: bool = False) -> dict[str, Any]:
    """All sites of all seeds."""
    runs = failing = 0
    by_monitor: Counter[str] = Counter()
    for seed in seeds:
        for number in range(sites):
            site = make_site(seed, number, days)
            made, alarms, bad = live(site, days)
            runs, failing = runs + made, failing + bad
            by_monitor.update(one.monitor.value for _, one in alarms)
            if verbose:
                print(f"{seed}/{number}: {made} runs, {len(alarms)} alarms", flush=True)
            if verbose:
                for at, one in alarms:
                    what = f"{site.per_day:.1f}/d every {site.every / 3600:.0f} h"
                    print(f"{seed}/{number} {what} {time_text(at)} {one.message}", flush=True)
    alarms_total = by_monitor.total()
    return {
        "sites": sites * len(seeds),
        "days": days,
        "runs": runs,
        "false_alarms": alarms_total,
        "false_alarms_in_1000_runs": round(1000 * alarms_total / max(1, runs), 3),
        "runs_that_ended_as_failing_in_1000": round(1000 * failing / max(1, runs), 3),
        "by_monitor": dict(by_monitor),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 where the figures hold."""
    parser = argparse.ArgumentParser(prog="benchmarks.health", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=("life", "failures"), help="one part, without writing the result")
    parser.add_argument("--seed", type=int, action="append", help="other seeds than those that measure")
    parser.add_argument("--sites", type=int, default=SITES)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("-v", "--verbose", action="store_true", help="print each alarm")
    given = parser.parse_args(arguments)
    seeds = given.seed or SEEDS
    figures: dict[str, Any] = {}
    began = time.monotonic()
    if given.only in (None, "life"):
        figures["ordinary_life"] = ordinary_life(seeds, given.sites, given.days, verbose=given.verbose)
        print(figures["ordinary_life"], f"{time.monotonic() - began:.0f} s")
    if given.only in (None, "failures"):
        from benchmarks.health_scenarios import scenarios

        figures["silent_failures"] = scenarios(verbose=given.verbose)
        print(figures["silent_failures"])
    if given.only is None and not given.seed:
        write_result("health", figures, seeds=seeds)
    peace = figures.get("ordinary_life", {}).get("false_alarms_in_1000_runs", 0.0) <= 1.0
    told = all(one["told"] and one["recovered"] for one in figures.get("silent_failures", {}).get("cases", ()))
    return 0 if peace and told else 1


if __name__ == "__main__":
    raise SystemExit(main())
