"""One WordPress for all tests of this folder.

Skipped where ``../shared`` or Debian's packages are absent; under CI absent packages are a failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .crawl import SHARED, make_world
from .publishers import Publishers
from .site import PACKAGES, WordPress, missing_parts
from .world import World


@pytest.fixture(scope="package")
def publishers() -> Iterator[Publishers]:
    if not (SHARED / "data" / "pages" / "gold.jsonl").exists():
        pytest.skip("../shared/data/pages is not here")
    with Publishers() as server:
        yield server


def need_wordpress() -> None:
    """Skip where packages are absent, fail where CI should have installed them."""
    missing = missing_parts()
    if missing:
        message = f"no WordPress: {', '.join(missing)} (Debian: apt-get install {' '.join(PACKAGES)})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="package")
def site(publishers: Publishers) -> Iterator[WordPress]:
    need_wordpress()
    with WordPress() as running:
        yield running


@pytest.fixture(scope="package")
def world(site: WordPress, publishers: Publishers) -> World:
    return make_world(site, publishers)
