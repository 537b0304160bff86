"""What all commands share: one clear line for a person's mistake, exit statuses, no unknown options."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl.errors import ExitStatus, NewscrawlError, UserError
from newscrawl.text import escape_controls

__all__ = ["NewscrawlCommand", "complain"]


def complain(message: object) -> None:
    """One line on standard error, safe for a terminal."""
    print(f"newscrawl: {escape_controls(message)}", file=sys.stderr)


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
