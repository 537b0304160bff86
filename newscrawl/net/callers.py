"""Import what of Scrapy asks who imports it, without the price of its question."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["near_callers_only"]


@contextmanager
def near_callers_only() -> Iterator[None]:
    """Within the block ``inspect.stack()`` gives the modules of the two nearest callers, in place of all frames.

    Scrapy names the module of each class that it deprecates by ``inspect.getmodule(inspect.stack()[1][0])``, which of a
    module is the module. For frames the standard library reads the source of every caller and the path of every module:
    three such classes of Scrapy's HTTP handler took a seventh of the CPU of a crawl's start.
    """
    plain = inspect.stack
    inspect.stack = _near_callers  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.stack = plain


def _near_callers(_context: int = 1) -> list[Any]:
    frames = (sys._getframe(1), sys._getframe(2))
    return [(sys.modules[frame.f_globals["__name__"]],) for frame in frames]
