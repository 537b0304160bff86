"""A real Chromium, or a skip that says why there is none; in CI a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy.settings import Settings

from newscrawl.rendering.finding import find_rendering
from tests.rendering.sites import short_folder


def rendering_or_skip() -> str:
    """The Chromium to test with."""
    found = find_rendering(Settings({"HTTPPROXY_ENABLED": False}))
    if not found.browser:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"CI has to have a browser: {found.why}")
        pytest.skip(f"no browser: {found.why}")
    return found.browser


@pytest.fixture(scope="session")
def chromium() -> str:
    return rendering_or_skip()


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Where the crawls of a module keep their browsers: those of another, at the same time, are left alone."""
    with short_folder() as folder:
        yield Path(folder)
