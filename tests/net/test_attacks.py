"""A sample of the attacks on memory and time; all of them: ``python -m benchmarks.net_attacks`` (`make figures`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import net_attacks
from tests.soak import sampled

SAMPLE = ("bomb-double-gzip", "headers-512-mb", "nested-100k", "post-phrases")
#: Fewer neighbours and workers than those of the measurement: each crawl is quicker, and holds by the same rules.
SMALL: dict[str, Any] = {"good": 12, "NEWSCRAWL_WORKERS": 1}


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> net_attacks.Run:
    return net_attacks.besiege(None, tmp_path_factory.mktemp("baseline"), **SMALL)


@pytest.mark.slow
def test_the_same_crawl_without_an_attack(baseline: net_attacks.Run) -> None:
    assert net_attacks.judge(baseline, baseline) == []
    assert baseline.attacked is not None
    assert baseline.attacked["outcome"] == "original"


@pytest.mark.slow
@pytest.mark.parametrize("name", sampled(SAMPLE, keep=("bomb-double-gzip", "post-phrases")))
def test_an_attack_costs_little_and_no_neighbour(name: str, baseline: net_attacks.Run, tmp_path: Path) -> None:
    run = net_attacks.besiege(net_attacks.attack(name), tmp_path, **SMALL)
    assert net_attacks.judge(run, baseline) == []
    assert run.attacked is not None, "the attacked post has no record"


@pytest.mark.slow
def test_there_are_forty_and_their_names_differ() -> None:
    names = [attack.name for attack in net_attacks.attacks()]
    assert len(names) >= 40
    assert len(set(names)) == len(names)
