"""How far discovery goes ahead of what is read, and who is asked first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.utils.misc import load_object
from scrapy.utils.project import get_project_settings
from scrapy.utils.test import get_crawler
from sqlalchemy.engine import Connection

from newscrawl.crawling import loop
from newscrawl.ledger.claims import Work
from newscrawl.ledger.window import Window
from newscrawl.originals.asking import original_request
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


async def _nothing(*_: Any) -> None:
    """A callback that no response reaches."""


def test_hosts_with_most_to_ask_are_asked_first_and_the_others_in_their_order() -> None:
    """With more hosts due than can be read, a host of sixty pages took its turn among those of one, by their names."""
    handfuls = {"a.test": 1, "m.test": 5, "c.test": 1, "z.test": 5, "b.test": 3}
    held = {
        host: loop._Held(
            deque(Work("original", f"{host}-{number}", f"http://{host}/{number}", host) for number in range(count)),
            count,
        )
        for host, count in handfuls.items()
    }
    manners = SimpleNamespace(given_up=lambda host: False, due_in=lambda host: 0.0)
    asking = loop.Loop.__new__(loop.Loop)
    asking.run = SimpleNamespace(manners=manners)  # type: ignore[assignment]
    asking.originals = SimpleNamespace(request=lambda work: original_request(work, _nothing, _nothing))  # type: ignore[assignment]
    asking._hosts, asking._asked = held, set()
    settings = get_project_settings()
    crawler = get_crawler(settings_dict={name: settings[name] for name in settings if name.startswith("SCHEDULER")})
    scheduler = load_object(settings["SCHEDULER"]).from_crawler(crawler)
    scheduler.open(crawler._create_spider("one"))
    for request in asking._due_requests():
        scheduler.enqueue_request(request)
    asked = [scheduler.next_request().cb_kwargs["work"].host for _ in handfuls]
    assert asked == ["m.test", "z.test", "b.test", "a.test", "c.test"]
