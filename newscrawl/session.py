"""What one run of a spider holds: its configuration, its database writer, its place in the ledger.

Opened before the first request, so that every fault of arguments, settings or
database is one line and an exit status; closed when the spider is, so that
everything acknowledged is committed.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from newscrawl.config import Config
from newscrawl.errors import ExitStatus, OperationError
from newscrawl.ledger.runs import Run, close_run, open_run
from newscrawl.storage.engine import describe_error, open_engine
from newscrawl.storage.migrate import ensure_schema
from newscrawl.storage.writer import Writer

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from newscrawl.aggregators.arguments import Arguments
    from newscrawl.ledger.scopes import Scope

__all__ = ["Session"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_sessions: WeakKeyDictionary[Crawler, Session] = WeakKeyDictionary()


class Session:
    """One run: open it with :meth:`open`, find it with :meth:`of`, end it with :meth:`close`."""

    def __init__(self, config: Config, engine: Engine, run: Run, arguments: Arguments) -> None:
        self.config = config
        self.engine = engine
        self.run = run
        self.arguments = arguments
        self.writer = Writer(engine)
        #: Posts by how they came out: new, changed, known, failed.
        self.counts: Counter[str] = Counter()
        #: Defects met on the way: each has its traceback in the log.
        self.defects = 0
        #: What could not be done, in words for a person; the first one is told.
        self.problems: list[str] = []
        #: The signal that stopped the run, if one did.
        self.stopped_by: int | None = None
        self._closed = False

    @classmethod
    def open(cls, *, config: Config, spider: str, scope: Scope, arguments: Arguments) -> Session:
        """Open the database, take the scope, start the writer.

        Raises:
            OperationError: the database cannot be used.
            ScopeHeldError: another living run holds the scope.
        """
        engine = open_engine(config.database)
        try:
            ensure_schema(engine)
            run = open_run(engine, spider=spider, scope=scope, arguments=dict(arguments.given))
        except SQLAlchemyError as error:
            engine.dispose()
            raise OperationError(f"the database cannot be used: {describe_error(error)}") from None
        except BaseException:
            engine.dispose()
            raise
        session = cls(config, engine, run, arguments)
        session.writer.after_fault = run.locks.renew
        session.writer.start()
        if run.reclaimed:
            logger.info("Took up %s pieces of work that a run before had left", run.reclaimed)
        return session

    def attach(self, crawler: Crawler) -> None:
        """Let the components of *crawler* find this session."""
        _sessions[crawler] = self

    @classmethod
    def of(cls, crawler: Crawler) -> Session:
        """The session of *crawler*. Raises ``KeyError`` where none is open."""
        return _sessions[crawler]

    async def write(self, step: Callable[..., T], *arguments: Any, urgent: bool = True) -> T:
        """Run a step of the ledger in the writer's thread; returns after its commit."""
        return await self.writer.run(step, *arguments, urgent=urgent)

    def problem(self, message: str) -> None:
        """Note something that could not be done; the run ends with status 4."""
        if message not in self.problems:
            self.problems.append(message)
            logger.warning("%s", message)

    @property
    def exit_status(self) -> int:
        """The run's exit status, as ``README.md`` lists them."""
        if self.stopped_by is not None:
            return 128 + self.stopped_by
        if self.writer.failed is not None or self.problems:
            return ExitStatus.INCOMPLETE
        return ExitStatus.DEFECT if self.defects else ExitStatus.COMPLETE

    def summary(self) -> str:
        """The one line a run ends with."""
        counts = ", ".join(f"{self.counts[name]} {name}" for name in ("new", "changed", "known", "failed"))
        parts = [f"newscrawl: {counts}"]
        if self.counts["known"] and self.arguments.deliver == "new":
            parts.append("for the known ones too: -a deliver=all")
        if self.counts["backlog"]:
            # Without following, what is left waits for originals that a run which follows had named.
            how = "run the same command again" if self.arguments.follow else "a run without follow=no finishes them"
            parts.append(f"{self.counts['backlog']} posts wait: {how}")
        problem = self.writer.failed or (self.problems[0] if self.problems else None)
        if problem is not None:
            parts.append(str(problem))
        if self.defects:
            parts.append(f"{self.defects} defects, see the log")
        return "; ".join(parts)

    def close(self) -> None:
        """Commit what is queued, enter how the run ended, let go of the scope. Once; later calls do nothing."""
        if self._closed:
            return
        self._closed = True
        status = self.exit_status
        state = "stopped" if self.stopped_by is not None else ("finished" if status == 0 else "failed")
        message = str(self.writer.failed or "; ".join(self.problems)) or None
        ended = self.writer.submit(
            lambda connection: close_run(
                connection,
                self.run.id,
                state=state,
                exit_status=status,
                message=message,
                counts={name: int(count) for name, count in self.counts.items()},
            )
        )
        self.writer.close()
        if ended.exception() is not None:
            logger.error("The end of the run could not be entered: %s", ended.exception())
        self.run.locks.release()
        self.engine.dispose()
