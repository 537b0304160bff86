"""``scrapy metrics``: the metrics for Prometheus, once or at a port."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from newscrawl.console import NewscrawlCommand, complain
from newscrawl.errors import OperationError, UserError
from newscrawl.text import escape_controls


class Command(NewscrawlCommand):
    """Print, write or serve the metrics."""

    def short_desc(self) -> str:
        return "Metrics for Prometheus: printed, into a file for the node exporter, or served at a port"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="FILE", help="write them there, in one step; - prints them")
        parser.add_argument("--port", type=int, help="serve them at this port until stopped")
        parser.add_argument("--address", default="127.0.0.1", help="where to listen (default: this machine alone)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        # Imported here: `scrapy -h` imports every command, and should not wait for what only one of them needs.
        from newscrawl.config import Config
        from newscrawl.health.metrics import serve, text_of, write

        assert self.settings is not None
        config = Config.from_settings(self.settings)
        try:
            if opts.port is not None:
                if not 0 < opts.port < 65536:
                    raise UserError("--port must be from 1 to 65535")
                server = serve(config, opts.port, opts.address)
                complain(f"metrics at http://{opts.address}:{opts.port}/metrics")
                _wait()
                server.shutdown()
            elif opts.output in (None, "-"):
                sys.stdout.write(text_of(config))
            else:
                write(config, Path(opts.output))
        except OSError as error:
            where = opts.output if opts.port is None else f"port {opts.port}"
            raise OperationError(f"cannot use {escape_controls(where)}: {error.strerror or error}") from None


def _wait() -> None:
    """Until SIGINT or SIGTERM."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
