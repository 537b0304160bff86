"""8 kills in a crawl of 64 posts; ``benchmarks.soak`` makes 106 more, most in one of 512, ``benchmarks.faults`` 200."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import build_world
from tests.faults.kills import Reference, kill_series, plan, reference
from tests.soak import sampled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SIZES = (64, 128, 512)
#: Seeds and kills of a series.
SERIES = ((1, 8), (1, 15), (2, 15))


@pytest.fixture(scope="module", params=sampled(SIZES, keep=[64]))
def server(request: pytest.FixtureRequest) -> Iterator[DemoServer]:
    with serve(build_world(seed=11, posts=request.param, lengths=(150,)), slow=0.2) as running:
        yield running


@pytest.fixture(scope="module")
def whole(server: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    undisturbed = reference(tmp_path_factory.mktemp("whole"), server)
    assert len(undisturbed.records) == len(list(server.world.numbers()))
    return undisturbed


def test_a_plan_is_the_same_for_the_same_seed_and_covers_every_phase() -> None:
    assert plan(3, 30) == plan(3, 30) != plan(4, 30)
    for seed, kills in SERIES:
        points = plan(seed, kills)
        assert len(points) == kills
        assert {"opening", "listing", "closing"} < {one.phase for one in points}


@pytest.mark.parametrize(("seed", "kills"), sampled(SERIES, keep=[(1, 8)]))
def test_killed_and_started_again(tmp_path: Path, server: DemoServer, whole: Reference, seed: int, kills: int) -> None:
    series = kill_series(tmp_path, server, whole, seed, kills)
    assert series.kills == kills
    assert series.sound() == [], series
