"""What all commands share: one clear line for a person's mistake, exit statuses, no unknown options."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl.errors import ExitStatus, NewscrawlError, OperationError, UserError
from newscrawl.text import escape_controls

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from newscrawl.config import Config

__all__ = ["NewscrawlCommand", "complain", "complain_in_log", "moment_option", "opened_database"]

#: Set once what is said goes to the log: see :func:`complain_in_log`.
_log: logging.Logger | None = None


def complain(message: object) -> None:
    """One line on standard error, safe for a terminal."""
    if _log is not None:
        # Whatever LOG_LEVEL is, what a run came to is said.
        level = max(logging.WARNING, *(one.level for one in logging.root.handlers), 0)
        _log.log(level, "%s", escape_controls(message))
    else:
        print(f"newscrawl: {escape_controls(message)}", file=sys.stderr)


def complain_in_log() -> None:
    """From now on say lines as records of the log: it is read by a machine that takes no others."""
    global _log
    _log = logging.getLogger("newscrawl.console")


class NewscrawlCommand(ScrapyCommand):
    """A command that refuses options it does not know and turns our errors into one line and an exit status.

    Subclasses implement :meth:`execute`; `most` is the number of arguments taken at most.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own declaration
    most = 0
    least = 0

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            super().process_options(args, opts)
        except UsageError as error:
            complain(error)
            sys.exit(ExitStatus.USAGE)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # What a crawl or an export writes is its owner's.
        os.umask(0o077)
        try:
            self._check(args)
            self.exitcode = int(self.execute(args, opts) or 0)
        except NewscrawlError as error:
            complain(error)
            self.exitcode = int(error.exit_status)
        except BrokenPipeError:
            # The reader of our output left (`| head`): nothing to tell, and nowhere to tell it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _check(self, args: list[str]) -> None:
        # Scrapy parses known options only and leaves the others among the arguments.
        for argument in args:
            if argument.startswith("-") and argument != "-":
                raise UserError(f"unknown option {argument.partition('=')[0]} (see: scrapy {self._name()} -h)")
        if len(args) < self.least:
            raise UserError(f"usage: scrapy {self._name()} {self.syntax()}")
        if len(args) > self.most:
            raise UserError(f"unexpected argument {args[self.most]!r} (usage: scrapy {self._name()} {self.syntax()})")

    def _name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def execute(self, args: list[str], opts: argparse.Namespace) -> Any:
        """Do the work; the exit status, or ``None`` for 0. Raises :class:`~newscrawl.errors.NewscrawlError`."""
        raise NotImplementedError


def moment_option(name: str, value: str | None) -> str | None:
    """A date option as a UTC string. Raises :class:`UserError`."""
    from newscrawl.aggregators.arguments import parse_moment

    if value is None:
        return None
    try:
        return parse_moment(value)
    except (ValueError, OverflowError):
        raise UserError(f"--{name} {value!r}: must be a date such as 2025-06-20 or 2025-06-20T12:00:00Z") from None


@contextmanager
def opened_database(config: Config, *, write: bool = False) -> Iterator[Connection]:
    """A connection to an existing database at this version's schema; with *write*, one transaction.

    Raises:
        OperationError: there is none, or it cannot be used.
    """
    # 0.3 s of imports, which `scrapy list` and `-h` can do without.
    from sqlalchemy.exc import SQLAlchemyError

    from newscrawl.storage.engine import describe_error, open_engine
    from newscrawl.storage.migrate import ensure_schema

    engine = open_engine(config.database, create=False)
    try:
        ensure_schema(engine, beside_others=False)
        if write:
            with engine.begin() as connection:
                yield connection
        else:
            options: dict[str, Any] = {"newscrawl_readonly": True}
            if engine.dialect.name == "postgresql":
                # One state of the records from the first page to the last, as SQLite's snapshot gives it.
                options["isolation_level"] = "REPEATABLE READ"
            with engine.connect().execution_options(**options) as connection:
                yield connection
    except SQLAlchemyError as error:
        raise OperationError(f"the database cannot be used: {describe_error(error)}") from None
    finally:
        engine.dispose()
