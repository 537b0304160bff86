"""The end of a real run: what was wrong and is well again is told as such, and as nothing else."""

from __future__ import annotations

import json
import time
from pathlib import Path

from newscrawl.clock import epoch, time_text
from newscrawl.demo.server import serve
from newscrawl.demo.world import build_world
from newscrawl.health.figures import Figures
from newscrawl.health.judge import listed_before
from tests.crawl.harness import Crawl
from tests.crawl.harness import database as opened


def _runs_came_by_a_clock(database: Path, *, last: float) -> None:
    """Ten runs, one an hour, the last one *last* seconds ago, beside the one that there is."""
    with opened(database) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
        for back in range(10):
            started = epoch() - last - back * 3600
            changed = {
                "id": f"'{back:032x}'", "number": f"number - {back + 1}", "started_at": f"'{time_text(started)}'",
                "ended_at": f"'{time_text(started + 60)}'",
            }  # fmt: skip
            columns = ", ".join(changed.get(name, name) for name in names)
            connection.execute(f"INSERT INTO runs SELECT {columns} FROM runs WHERE number = 100")
        connection.execute("DELETE FROM runs WHERE number = 100")


def test_the_run_that_was_missed_ends_the_episode_and_is_well(tmp_path: Path) -> None:
    with serve(build_world(posts=4)) as server:
        crawl = Crawl(tmp_path, server, NEWSCRAWL_HEALTH="on")
        assert crawl.crawl("limit=2").status == 0
        crawl.rows("UPDATE runs SET number = 100")
        _runs_came_by_a_clock(crawl.database, last=5 * 3600)
        looked = crawl.run("doctor", "--alarm")
        assert (looked.status, "missing_run" in looked.out) == (3, True)
        came = crawl.crawl("limit=2")
    assert "well again: missing_run" in came.last_line
    assert "NOT WELL" not in came.last_line
    assert came.status == 0


def test_a_run_that_was_killed_is_told_of_until_the_next_one_ends(tmp_path: Path) -> None:
    with serve(build_world(posts=4)) as server:
        crawl = Crawl(tmp_path, server, NEWSCRAWL_HEALTH="on")
        assert crawl.crawl("limit=2").status == 0
        crawl.rows("UPDATE runs SET state = 'running', ended_at = NULL, exit_status = NULL")
        looked = crawl.run("doctor", "--alarm")
        assert (looked.status, "run 1 died before its end" in looked.out) == (3, True)
        came = crawl.crawl("limit=2")
    assert "well again: cut_off" in came.last_line
    assert (came.status, "NOT WELL" in came.last_line) == (0, False)


def test_a_run_tells_how_long_hosts_let_it_wait(tmp_path: Path) -> None:
    began = time.monotonic()
    with serve(build_world(posts=4)) as server:
        crawl = Crawl(tmp_path, server, NEWSCRAWL_HEALTH="on")
        assert crawl.crawl().status == 0
    took = time.monotonic() - began
    (found,) = (Figures.of(json.loads(row[0])) for row in crawl.rows("SELECT figures FROM run_figures"))
    answers, seconds = found.waits["dnyuz.test"]
    assert answers >= 2
    assert 0 < seconds < answers * took


def test_a_run_with_a_wrong_clock_does_not_say_what_the_next_one_should_have_seen() -> None:
    well, wrong, later = (
        Figures(run_id=name, started=at, surfaces={"rest": 9})
        for name, at in (("1", 100.0), ("2", 300.0), ("3", 900.0))
    )
    wrong.dated = wrong.late = 5
    wrong.forget_times()
    assert (wrong.dated, wrong.late) == (0, 0)
    assert listed_before([well, Figures.of(wrong.to_json()), later], 400.0) == 100.0
    assert listed_before([], 400.0) is None


def test_a_run_whose_lists_kept_posts_back_says_nothing_of_their_dates() -> None:
    whole, empty, frozen = (
        Figures(run_id=str(number), started=float(number), surfaces={"rest": listed}, failing=failing)
        for number, listed, failing in ((1, 9, []), (2, 0, ["listing"]), (3, 9, ["silence"]))
    )
    assert listed_before([whole, empty, frozen], 4.0) == 1.0
