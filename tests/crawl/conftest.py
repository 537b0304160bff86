"""A module's own world, served, and a crawl of it. Each module names its `world`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import World, build_world

from .harness import Crawl

#: What a test may change of a server, beside its world, its faults and what it shuts.
OPTIONS = ("slow", "theme", "full_feeds", "sitemap", "sitemap_size", "lastmod", "conditional", "gone")


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[DemoServer, dict[str, object]]]:
    """One server for a module, so that addresses stay as they are from test to test; and its options at the start."""
    with serve(build_world(seed=7, posts=1), slow=0.1) as running:
        yield running, {name: getattr(running, name) for name in OPTIONS}


@pytest.fixture
def server(world: World, kept: tuple[DemoServer, dict[str, object]]) -> DemoServer:
    """As a new server of *world* would be."""
    running, options = kept
    for name, value in options.items():
        setattr(running, name, value)
    running.heal()
    running.open()
    running.disallow()
    running.requests.clear()
    running.world, world.port = world, running.port
    return running


@pytest.fixture
def crawl(tmp_path: Path, server: DemoServer) -> Crawl:
    return Crawl(tmp_path, server, RETRY_TIMES=0)


@pytest.fixture(scope="module")
def first_crawls(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Path]:
    """Folders that :func:`crawled` copies, by the arguments of the crawl."""
    return {}


@pytest.fixture
def crawled(
    crawl: Crawl,
    server: DemoServer,
    first_crawls: dict[tuple[str, ...], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., None]:
    """Leave *crawl* as a first crawl with these arguments leaves it, which is made once for the module.

    To be called before the test changes anything of the world or its server.
    """

    def begin(*given: str) -> None:
        if given not in first_crawls:
            first = Crawl(tmp_path_factory.mktemp("first"), server, RETRY_TIMES=0)
            done = first.crawl(*given)
            assert done.status == 0, done.err
            first_crawls[given] = first.folder
        shutil.copytree(first_crawls[given], crawl.folder, dirs_exist_ok=True)

    return begin
