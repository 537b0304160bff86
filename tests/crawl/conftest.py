"""A module's own world, served, and a crawl of it. Each module names its `world`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import World

from .harness import Crawl


@pytest.fixture
def server(world: World) -> Iterator[DemoServer]:
    with serve(world, slow=0.1) as running:
        yield running


@pytest.fixture
def crawl(tmp_path: Path, server: DemoServer) -> Crawl:
    return Crawl(tmp_path, server, RETRY_TIMES=0)
