"""How far discovery goes ahead of what is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from newscrawl.crawling import loop
from newscrawl.ledger.window import Window
from tests.ledger.helpers import enter, park, post, scope


def _may_go_on(connection: Connection, window: Window, limit: int | None = None) -> bool:
    """What a listing of a run with *window* is told within two seconds; ``False`` where it is let wait."""

    async def write(job: Callable[..., Any], *arguments: Any) -> Any:
        return job(connection, *arguments)

    listing = loop.Loop.__new__(loop.Loop)
    listing.run = SimpleNamespace(  # type: ignore[assignment]
        arguments=SimpleNamespace(limit=limit), writer=SimpleNamespace(failed=None), closing=False,
        window=window, taken=set(), write=write,
    )  # fmt: skip

    async def ask() -> bool:
        try:
            return await asyncio.wait_for(listing.listing_may_go_on(), 2)
        except TimeoutError:
            return False

    return asyncio.run(ask())


def test_a_listing_waits_for_what_its_run_reads_and_for_nothing_else(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site edits thousands of old posts at once, or another run reads what this one listed: it waited for ever."""
    monkeypatch.setattr(loop, "MOST_AHEAD", 20)
    news = scope(connection)
    window = Window(news.id, since="2026-02-01T00:00:00Z")
    enter(connection, [post(f"old-{number}", "2020-01-01T00:00:00Z") for number in range(30)], news)
    enter(connection, [post(f"new-{number}", "2026-03-01T00:00:00Z") for number in range(20)], news)
    assert not _may_go_on(connection, window)
    for number in range(10):
        park(connection, f"new-{number}", f"https://p.test/{number}")
    assert _may_go_on(connection, window)
    # A limit is filled by what waits already.
    assert not _may_go_on(connection, window, limit=10)
    assert _may_go_on(connection, window, limit=11)
