"""Fresh databases for a measurement, on SQLite and on a PostgreSQL of its own."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from tests.postgres import Cluster, Missing

__all__ = ["ENGINES", "on_each_engine"]

ENGINES = ("sqlite", "postgresql")


@contextmanager
def _databases(engine: str, folder: Path) -> Iterator[Callable[[], URL]]:
    """A function that makes a fresh database for each call. Raises :class:`Missing` where there is no PostgreSQL."""
    if engine == "sqlite":
        numbers = itertools.count()
        yield lambda: URL.create("sqlite", database=str(folder / f"database-{next(numbers)}.db"))
        return
    cluster = Cluster()
    try:
        yield cluster.create
    finally:
        cluster.stop()


def on_each_engine(folder: Path, engines: Sequence[str] = ENGINES) -> Iterator[tuple[str, Callable[[], URL]]]:
    """Each of *engines* that is here, with a function that makes a fresh database of it; what is not is told."""
    for engine in engines:
        try:
            with _databases(engine, folder) as make:
                yield engine, make
        except Missing as why:
            print(f"skipped: {why}", file=sys.stderr)
