"""Whatever a page writes, nothing but what the guard allowed is dialled; with the guard off it would be."""

from __future__ import annotations

import pytest

from benchmarks.net_connect import LAYERS, Siege, run


@pytest.fixture(scope="module", params=["http", "https"])
def siege(request: pytest.FixtureRequest) -> Siege:
    return run(request.param, LAYERS["all"])


@pytest.mark.slow
def test_the_canaries_see_no_connection(siege: Siege) -> None:
    assert siege.attempts >= 50
    assert len(siege.results) >= siege.attempts - 1
    assert siege.connections == 0


@pytest.mark.slow
def test_every_attempt_reads_as_refused(siege: Siege) -> None:
    """But for public answers, dialled where they lead, and a Location that Scrapy reads as a path of the same host."""
    rest = {url: result["reason"] for url, result in siege.results.items() if result["reason"] != "refused"}
    assert [url for url in rest if "//rebind-1." not in url and not url.endswith("/backslash")] == []


@pytest.mark.slow
def test_without_the_layers_the_canary_is_reached() -> None:
    assert run("http", LAYERS["none"]).connections >= 30


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["resolver", "guard"])
def test_each_connect_layer_holds_alone(layer: str) -> None:
    assert run("http", LAYERS[layer]).connections == 0
