"""What one run of a spider holds: configuration, arguments, database writer, its place in the ledger, its manners.

Opened before the first request, so that every fault of arguments, settings or
database is one line and an exit status; closed when the spider is, so that
everything acknowledged is committed. It is passed to every part of a crawl.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from newscrawl.clock import epoch, format_time, parse_time
from newscrawl.config import Config
from newscrawl.crawling.manners import Manners
from newscrawl.crawling.retrying import Policy
from newscrawl.errors import ExitStatus, OperationError
from newscrawl.items import Record
from newscrawl.ledger.runs import OpenRun, close_run, open_run
from newscrawl.ledger.window import Window
from newscrawl.posts import may_be_in
from newscrawl.storage.engine import describe_error, open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.writer import Writer
from newscrawl.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.crawler import Crawler

    from newscrawl.ledger.scopes import Scope
    from newscrawl.surfaces.answers import Answer

__all__ = ["ALL", "FIRST_LOOK", "OVERLAP", "Given", "Listing", "Run", "plural"]

logger = logging.getLogger("newscrawl.crawling.run")

T = TypeVar("T")

#: How far back a scope's first run looks, and the overlap of later ones with what is known.
FIRST_LOOK = dt.timedelta(days=2)
OVERLAP = dt.timedelta(days=1)
#: ``since=all``.
ALL = "all"
#: Tries of one address beyond the first within a run, where the settings name none.
RETRY_TIMES = 2

_runs: WeakKeyDictionary[Crawler, Run] = WeakKeyDictionary()


class Given(Protocol):
    """The arguments of a run, as far as the crawl itself needs them."""

    @property
    def site(self) -> str: ...
    @property
    def sources(self) -> tuple[str, ...]: ...
    @property
    def given(self) -> Mapping[str, str]: ...
    @property
    def since(self) -> str | None: ...
    @property
    def until(self) -> str | None: ...
    @property
    def limit(self) -> int | None: ...
    @property
    def follow(self) -> bool: ...
    @property
    def candidates(self) -> bool: ...
    @property
    def deliver(self) -> str: ...
    @property
    def wait(self) -> float: ...


@dataclass(slots=True)
class Listing:
    """How far discovery has come, for whoever watches.

    ``listed``: posts and other entries that answers showed; ``to_read``: of these, posts that this run has to work on;
    ``total``: how many a surface says there are; ``oldest``: the earliest day that a newest-first list has come to.
    """

    listed: int = 0
    to_read: int = 0
    total: int | None = None
    oldest: str | None = None
    over: bool = False

    def note(self, answer: Answer, to_read: int) -> None:
        """An *answer* was entered, *to_read* posts of it as work."""
        self.listed += len(answer.posts) + answer.skipped.total()
        self.to_read += to_read
        if answer.total is not None:
            # A list that goes on behind a cursor tells what is left of it: the first total is the whole.
            self.total = max(self.total or 0, answer.total)
        dated = [post.published_at for post in answer.posts if post.published_at]
        if dated:
            self.oldest = min(dated) if self.oldest is None else min(self.oldest, *dated)


class Run:
    """One run: open it with :meth:`open`, find it with :meth:`of`, end it with :meth:`close`."""

    def __init__(
        self, config: Config, engine: Engine, entry: OpenRun, arguments: Given, *, tries: int = RETRY_TIMES
    ) -> None:
        self.config = config
        self.engine = engine
        self.entry = entry
        self.arguments = arguments
        self.window = _window(entry, arguments)
        self.writer = Writer(engine)
        #: Parse what strangers wrote, each call within a limit.
        self.workers = Workers(
            count=config.workers,
            preload=("newscrawl.extraction", "newscrawl.surfaces.parsing"),
            # The first list is read before models are loaded: it says how long the run takes.
            light=("newscrawl.surfaces.parsing",),
        )
        #: Posts that a run with a limit has taken on; without a limit nothing is remembered.
        self.taken: set[str] = set()
        #: Set when something may have become claimable, or has ended.
        self.wake = asyncio.Event()
        self.policy = Policy(config.delay, tries)
        self.manners = Manners(self.write, entry.id, config.delay, config.concurrency, self.wake.set)
        self.listing = Listing()
        #: Posts by how they came out: new, changed, known, failed.
        self.counts: Counter[str] = Counter()
        #: Defects met on the way: each has its traceback in the log.
        self.defects = 0
        #: What could not be done, in words for a person; the first one is told.
        self.problems: list[str] = []
        #: Posts that lists showed, known ones too, by surface; surfaces that did not serve, with a reason and words;
        #: why nothing could be listed at all.
        self.listed: Counter[str] = Counter()
        self.refused: dict[str, list[str]] = {}
        self.unlisted: list[str] = []
        #: Entries of lists that cannot be used, by reason; whether there were others.
        self.left_out: Counter[str] = Counter()
        self.any_usable = False
        #: What is wrong with the collection's health, in words for a person: the first one is told.
        self.unhealthy: list[str] = []
        #: What became well again with this run.
        self.recovered: list[str] = []
        #: The signal that stopped the run, if one did.
        self.stopped_by: int | None = None
        #: The run is being ended: what fails from here on is not the site's fault.
        self.closing = False
        #: Ids of records that changed in the database without being made again: feeds are to have them.
        self.changed_records: list[str] = []
        #: The window or the scope's backlog grew: the hosts that have work are to be entered (anew).
        self.backlog_grew = True
        self._closed = False

    @classmethod
    def open(cls, *, config: Config, spider: str, scope: Scope, arguments: Given, tries: int = RETRY_TIMES) -> Run:
        """Open the database, take the scope, start the writer.

        Raises:
            OperationError: the database cannot be used.
            ScopeHeldError: another living run holds the scope.
        """
        engine = open_engine(config.database)
        try:
            ensure_schema(engine)
            entry = open_run(engine, spider=spider, scope=scope, arguments=dict(arguments.given), delay=config.delay)
        except SQLAlchemyError as error:
            engine.dispose()
            raise OperationError(f"the database cannot be used: {describe_error(error)}") from None
        except BaseException:
            engine.dispose()
            raise
        run = cls(config, engine, entry, arguments, tries=tries)
        run.writer.after_fault = entry.locks.renew
        run.writer.start()
        if entry.reclaimed:
            logger.info(
                "Took up %s that a run before had left", plural(entry.reclaimed, "piece of work", "pieces of work")
            )
        return run

    def attach(self, crawler: Crawler) -> None:
        """Let the components of *crawler* find this run."""
        _runs[crawler] = self

    @classmethod
    def of(cls, crawler: Crawler) -> Run:
        """The run of *crawler*. Raises ``KeyError`` where none is open."""
        return _runs[crawler]

    @property
    def id(self) -> str:
        """32 hex digits."""
        return self.entry.id

    async def write(self, step: Callable[..., T], *arguments: Any, urgent: bool = True) -> T:
        """Run a step of the ledger in the writer's thread; returns after its commit."""
        return await self.writer.run(step, *arguments, urgent=urgent)

    def holds(self, published_at: str | None, precision: str | None = None) -> bool:
        """Whether a post so dated (UTC) may belong to the run's window; an undated one may."""
        return may_be_in(published_at, precision, self.window.since, self.window.until)

    def stamp(self, record: Record, spider: str) -> Record:
        """Enter in *record* which run of which spider made it."""
        record.spider = spider
        record.run_id = self.id
        return record

    def problem(self, message: str) -> None:
        """Note something that could not be done; the run ends with status 4."""
        if message not in self.problems:
            self.problems.append(message)
            logger.warning("%s", message)

    def only_these(self) -> frozenset[str] | None:
        """The posts that are still worked on, where the run's limit is taken."""
        limit = self.arguments.limit
        return frozenset(self.taken) if limit is not None and len(self.taken) >= limit else None

    def stopping(self) -> None:
        """The run is being stopped: what fails from here on is not the site's fault."""
        self.closing = True
        self.wake.set()

    def not_written(self, error: OperationError) -> None:
        """A step of the ledger was refused. A run that is being closed writes no more: no fault of the database."""
        if not self.closing or self.writer.failed is not None:
            self.problem(str(error))

    @property
    def exit_status(self) -> int:
        """The run's exit status, as ``README.md`` lists them."""
        if self.stopped_by is not None:
            return 128 + self.stopped_by
        if self.writer.failed is not None:
            return ExitStatus.INCOMPLETE
        if self.defects:
            return ExitStatus.DEFECT
        if self.problems:
            return ExitStatus.INCOMPLETE
        if self.unhealthy:
            return ExitStatus.UNHEALTHY
        return ExitStatus.COMPLETE

    def summary(self) -> str:
        """The one line a run ends with."""
        names = ("new", "changed", "known", "failed", *(["dropped"] if self.counts["dropped"] else []))
        counts = ", ".join(f"{self.counts[name]} {name}" for name in names)
        parts = [f"newscrawl: {counts}"]
        if self.counts["known"] and self.arguments.deliver == "new":
            parts.append("for the known ones too: -a deliver=all")
        waiting = self.counts["backlog"]
        if waiting:
            # Without following, what is left waits for originals that a run which follows had named.
            how = "run the same command again" if self.arguments.follow else "a run without follow=no finishes them"
            parts.append(f"{plural(waiting, 'post waits', 'posts wait')}: {how}")
        if self.left_out:
            left_out = plural(self.left_out.total(), "entry of a list", "entries of lists")
            parts.append(f"{left_out} left out ({', '.join(sorted(self.left_out))})")
        problem = self.writer.failed or (self.problems[0] if self.problems else None)
        if problem is not None:
            parts.append(str(problem))
        if self.defects:
            parts.append(f"{plural(self.defects, 'defect', 'defects')}, see the log")
        if self.recovered:
            parts.append(f"well again: {', '.join(self.recovered)}")
        if self.unhealthy:
            more = len(self.unhealthy) - 1
            parts.append(f"NOT WELL {self.unhealthy[0]}" + (f" (and {more} more: scrapy status)" if more else ""))
        return "; ".join(parts)

    def close(self) -> None:
        """Commit what is queued, enter how the run ended, let go of the scope. Once; later calls do nothing."""
        if self._closed:
            return
        self._closed = True
        self.workers.close()
        status = self.exit_status
        done = status in (ExitStatus.COMPLETE, ExitStatus.UNHEALTHY)
        state = "stopped" if self.stopped_by is not None else ("finished" if done else "failed")
        message = str(self.writer.failed or "; ".join([*self.problems, *self.unhealthy])) or None
        ended = self.writer.submit(
            lambda connection: close_run(
                connection,
                self.id,
                state=state,
                exit_status=status,
                message=message,
                counts={name: int(count) for name, count in self.counts.items()},
                delay=self.config.delay,
            )
        )
        self.writer.close()
        if ended.exception() is not None:
            logger.error("The end of the run could not be entered: %s", ended.exception())
        self.entry.locks.release()
        self.engine.dispose()


def _window(entry: OpenRun, arguments: Given) -> Window:
    """The posts that a run may work on: those published in ``[since, until)``.

    Without ``since``: from a day before the scope's high-water mark, on its first run from two days ago.
    """
    since = arguments.since
    if since is None:
        mark = entry.scope_row["high_water"]
        moment = parse_time(mark) - OVERLAP if mark else dt.datetime.fromtimestamp(epoch(), dt.UTC) - FIRST_LOOK
        since = format_time(moment)
    return Window(
        entry.scope.id,
        None if since == ALL else since,
        arguments.until,
        changed_too=arguments.since is None and arguments.until is None,
    )


def plural(count: int, one: str, many: str) -> str:
    """*count* with its noun: ``1 post``, ``3 posts``."""
    return f"{count} {one if count == 1 else many}"
