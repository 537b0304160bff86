"""When a page is there, and what it then holds: looked at from a world that its scripts cannot touch.

Everything is evaluated in an isolated world (CDP ``Page.createIsolatedWorld``):
the page's scripts cannot replace what is called here, as they could in
``page.evaluate`` and ``page.content``.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from importlib import resources
from typing import Any

from newscrawl.rendering.job import RenderFailed

__all__ = ["Isolated", "Snapshot", "settle"]

#: Characters of prose from which on a page may be the article.
ENOUGH = 400
#: Seconds without a change: with prose and nothing on its way; with prose and something that never ends; without prose.
QUIET = 0.4
QUIET_BUSY = 2.5
QUIET_EMPTY = 3.0
#: Seconds between looks, and for one look before the page counts as hung.
EVERY = 0.1
PATIENCE = 8.0
#: Deepest nesting that is read; libxml2 stops at half of it.
DEPTH = 512

_SCRIPTS = resources.files("newscrawl.rendering")
_PROBE = _SCRIPTS.joinpath("probe.js").read_text("utf-8")
_SNAPSHOT = _SCRIPTS.joinpath("snapshot.js").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page as shown: its address (scripts may change it within the site), and its HTML."""

    url: str
    html: str


class Isolated:
    """Evaluates expressions beside a page. *session*: a CDP session of Playwright's."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._world: int | None = None

    async def evaluate(self, expression: str) -> Any:
        """The value of *expression*; ``None`` where there is none just now (the document is being replaced)."""
        if self._world is None:
            tree = await self._session.send("Page.getFrameTree")
            frame = tree["frameTree"]["frame"]["id"]
            made = await self._session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "newscrawl"})
            self._world = made["executionContextId"]
        try:
            answer = await self._session.send(
                "Runtime.evaluate", {"expression": expression, "contextId": self._world, "returnByValue": True}
            )
        except Exception as error:
            if "context" not in str(error):
                raise
            self._world = None
            return None
        return None if "exceptionDetails" in answer else answer["result"].get("value")

    async def snapshot(self, limit: int) -> Snapshot:
        """The page as it stands. Raises :class:`RenderFailed` (``size``) past *limit* characters."""
        for _ in range(3):
            found = await self.evaluate(f"({_SNAPSHOT})({limit:d}, {DEPTH:d})")
            if found is not None:
                return Snapshot(str(found[0]), "<!DOCTYPE html>" + str(found[1]))
            if self._world is not None:
                break
        raise RenderFailed("size")


async def settle(isolated: Isolated, on_its_way: set[Any], until: float) -> None:
    """Return when the page has come to rest, or at *until* (monotonic seconds) where it still answers.

    *on_its_way*: requests of the page without an answer, kept by the caller.
    Raises :class:`RenderFailed` (``hang``) where the page stops answering.
    """
    seen: Any = None
    changed = time.monotonic()
    while (now := time.monotonic()) < until:
        try:
            async with asyncio.timeout(min(PATIENCE, max(1.0, until - now))):
                found = await isolated.evaluate(f"({_PROBE})()")
        except TimeoutError:
            raise RenderFailed("hang") from None
        now = time.monotonic()
        if found != seen:
            seen, changed = found, now
        quiet = now - changed
        prose = found[0] if found else 0
        if prose >= ENOUGH:
            enough = QUIET_BUSY if on_its_way else QUIET
        else:
            enough = 2 * QUIET_EMPTY if on_its_way else QUIET_EMPTY
        if quiet >= enough:
            return
        await asyncio.sleep(EVERY)
