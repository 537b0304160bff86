"""What the report counts beyond the records."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from newscrawl.reports.overview import MOST_FIGURES, collect_overview
from newscrawl.storage.tables import run_figures


def test_how_long_hosts_let_us_wait_is_the_mean_of_the_last_runs_the_slowest_first(connection: Connection) -> None:
    old = {"gone.test": [100, 9000.0]}
    new = {"slow.test": [2, 6.0], "quick.test": [4, 0.8], "asked-once.test": [1, 30.0]}
    last = {"slow.test": [1, 0.0]}
    for number, waits in enumerate([old] + [{}] * (MOST_FIGURES - 2) + [new, last]):
        at = f"2026-01-01T{number // 60:02d}:{number % 60:02d}:00Z"
        connection.execute(
            insert(run_figures).values(
                run_id=f"{number:032x}", scope_id="s", started_at=at,
                figures={"waits": waits} if waits else {},
            )
        )  # fmt: skip
    assert list(collect_overview(connection).latencies.items()) == [("slow.test", 2.0), ("quick.test", 0.2)]
