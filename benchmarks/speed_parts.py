"""A Scrapy extension that tells what a crawl's CPU goes to, part by part: the parts add up to what the process used.

Functions that stand for a part (`PARTS`) are wrapped, and the CPU time of their thread is read where they begin and
end; what they call that is a part of its own is not counted twice. What runs in the event loop and is no part is told
by the name of its task or callback. ``PARTS_FILE`` names where the parts go, as JSON: milliseconds by part.

    python -m benchmarks.speed --parts

It runs in plain Scrapy as well, which has neither newscrawl nor SQLAlchemy: it imports nothing of them.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import inspect
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["PARTS", "Parts"]

#: Functions, as ``module:qualified name``, by the part that they stand for. What is not installed is passed over.
PARTS: dict[str, tuple[str, ...]] = {
    "extraction": ("newscrawl.extraction:extract", "trafilatura:bare_extraction"),
    "post: read (REST, text, attribution)": (
        "newscrawl.surfaces.parsing.content:post_text",
        "newscrawl.surfaces.parsing.rest:parse_posts",
    ),
    "page: its body checked": ("newscrawl.net.bodies:check_body",),
    "join": ("newscrawl.aggregators.aggregator:Aggregator.join_post",),
    "pipeline: clean": ("pipelines.clean:CleanPipeline.process_item",),
    "pipeline: fingerprints": ("pipelines.dedupe:DedupePipeline.process_item",),
    "pipeline: store, not the writer": ("pipelines.store:StorePipeline.process_item",),
    "feed: JSON Lines": (
        "newscrawl.datasets.exporters:RecordLinesExporter.export_item",
        "scrapy.exporters:JsonLinesItemExporter.export_item",
    ),
    "worker: ask and hear": ("newscrawl.workers.pool:Workers._send", "newscrawl.workers.pool:Workers._hear"),
    "download: middlewares": ("scrapy.core.downloader.middleware:DownloaderMiddlewareManager.download_async",),
    "download: handler": (
        "newscrawl.net.stopping:StoppableHandler._in_turn",
        "scrapy.core.downloader.handlers.http11:HTTP11DownloadHandler.download_request",
    ),
    "download: socket and parser": ("twisted.internet.asyncioreactor:AsyncioSelectorReactor._readOrWrite",),
    "event loop: waits and turns": ("asyncio.base_events:BaseEventLoop._run_once",),
    "page: signals of robots.txt": ("newscrawl.crawling.posts:robots_signals",),
    "signals": ("scrapy.signalmanager:SignalManager.send_catch_log",),
    "stats": (
        "scrapy.statscollectors:StatsCollector.inc_value",
        "scrapy.statscollectors:StatsCollector.set_value",
        "scrapy.statscollectors:StatsCollector.max_value",
    ),
    "log": ("logging:Logger._log",),
    "parsel": ("parsel.selector:create_root_node",),
    "writer: commits": ("sqlalchemy.engine.default:DefaultDialect.do_commit",),
    "writer: statements in SQLite": (
        "sqlalchemy.engine.default:DefaultDialect.do_execute",
        "sqlalchemy.engine.default:DefaultDialect.do_executemany",
    ),
    "writer: jobs": ("newscrawl.storage.writer:Writer._attempt",),
    "writer: transactions": ("newscrawl.storage.writer:Writer._transact",),
    "start: models": (
        "newscrawl.extraction:preload",
        "newscrawl.crawling.loading:read_one_post",
    ),
}


class _Clock:
    """CPU time of one thread, by the part that it is in."""

    __slots__ = ("at", "spent", "stack")

    def __init__(self, root: str) -> None:
        self.stack = [root]
        self.spent: Counter[str] = Counter()
        self.at = time.thread_time_ns()

    def enter(self, part: str) -> None:
        now = time.thread_time_ns()
        self.spent[self.stack[-1]] += now - self.at
        self.at = now
        self.stack.append(part)

    def leave(self) -> None:
        now = time.thread_time_ns()
        self.spent[self.stack.pop()] += now - self.at
        self.at = now


class Parts:
    """Reads the clocks; see the module."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clocks: list[_Clock] = []
        self.calls: Counter[str] = Counter()
        self._here = threading.local()
        self._before = 0

    @classmethod
    def from_crawler(cls, crawler: Any) -> Parts:
        from scrapy import signals

        parts = cls(Path(crawler.settings["PARTS_FILE"]))
        parts.wrap()
        crawler.signals.connect(parts.started, signals.engine_started)
        crawler.signals.connect(parts.closed, signals.engine_stopped)
        return parts

    def wrap(self) -> None:
        """Before there is an engine, whose components keep hold of their methods."""
        for part, names in PARTS.items():
            for name in names:
                self._wrap(name, part)
        self._wrap_loop()
        gc.callbacks.append(self._collecting)

    def started(self) -> None:
        """The parts begin here; what was used before is the start."""
        self._before = time.process_time_ns()
        self._clock().enter("start")
        self._clock().leave()
        for clock in self.clocks:
            clock.spent.clear()
        self.calls.clear()

    def closed(self) -> None:
        """Write the parts, in milliseconds, and how often each was entered."""
        self._clock().enter("end")
        spent: Counter[str] = Counter()
        for clock in self.clocks:
            spent.update(clock.spent)
        spent["start: until the engine runs"] = self._before
        spent["threads without a part"] = time.process_time_ns() - sum(spent.values())
        told = {part: [round(time / 1e6, 1), self.calls[part]] for part, time in spent.most_common()}
        self.path.write_text(json.dumps(told, indent=1))

    def _clock(self) -> _Clock:
        clock: _Clock | None = getattr(self._here, "clock", None)
        if clock is None:
            name = threading.current_thread().name
            clock = self._here.clock = _Clock("event loop: the rest" if name == "MainThread" else f"thread {name}")
            self.clocks.append(clock)
        return clock

    def _collecting(self, phase: str, _about: dict[str, int]) -> None:
        if phase == "start":
            self._clock().enter("garbage collector")
        elif self._clock().stack[-1] == "garbage collector":
            self._clock().leave()

    def _wrap(self, name: str, part: str) -> None:
        where, _, path = name.partition(":")
        if where.split(".")[0] not in sys.modules and where.split(".")[0] in ("newscrawl", "pipelines", "sqlalchemy"):
            return
        try:
            module = importlib.import_module(where)
        except ImportError:
            return
        holder: Any = module
        *outer, last = path.split(".")
        for step in outer:
            holder = getattr(holder, step, None)
        found = vars(holder).get(last) if holder is not None else None
        if found is None:
            return
        static = isinstance(found, staticmethod)
        wrapped = self._timed(found.__func__ if static else found, part)
        setattr(holder, last, staticmethod(wrapped) if static else wrapped)
        if outer:
            return
        for other in list(sys.modules.values()):
            for key, value in list(getattr(other, "__dict__", {}).items()):
                if value is found:
                    setattr(other, key, wrapped)

    def _timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        clock, calls = self._clock, self.calls

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def stepped(*args: Any, **kwargs: Any) -> Any:
                calls[part] += 1
                return await _Steps(function(*args, **kwargs), clock, part)

            return stepped

        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generated(*args: Any, **kwargs: Any) -> Any:
                calls[part] += 1
                made = function(*args, **kwargs)
                while True:
                    mine = clock()
                    mine.enter(part)
                    try:
                        value = next(made)
                    except StopIteration as end:
                        return end.value
                    finally:
                        mine.leave()
                    yield value

            return generated

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            calls[part] += 1
            mine = clock()
            mine.enter(part)
            try:
                return function(*args, **kwargs)
            finally:
                mine.leave()

        return timed

    def _wrap_loop(self) -> None:
        plain, clock, calls = asyncio.Handle._run, self._clock, self.calls

        def run(handle: asyncio.Handle) -> None:
            part = _task_of(handle)
            calls[part] += 1
            mine = clock()
            mine.enter(part)
            try:
                plain(handle)
            finally:
                mine.leave()

        asyncio.Handle._run = run  # type: ignore[method-assign]


class _Steps:
    """A coroutine whose steps are timed."""

    def __init__(self, inner: Any, clock: Callable[[], _Clock], part: str) -> None:
        self.inner, self.clock, self.part = inner, clock, part

    def __await__(self) -> Any:
        sent, failure = None, None
        while True:
            mine = self.clock()
            mine.enter(self.part)
            try:
                value = self.inner.throw(failure) if failure is not None else self.inner.send(sent)
            except StopIteration as end:
                return end.value
            finally:
                mine.leave()
            try:
                sent, failure = (yield value), None
            except BaseException as error:
                failure = error


def _task_of(handle: asyncio.Handle) -> str:
    callback = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return f"loop: {getattr(owner.get_coro(), '__qualname__', '?')}"
    while isinstance(callback, functools.partial):
        callback = callback.func
    return f"loop: {getattr(callback, '__qualname__', type(callback).__name__)}"
