"""What Scrapy asks of those who import it is answered as the standard library would, and at no price."""

from __future__ import annotations

import inspect
import subprocess
import sys

from newscrawl.net.callers import near_callers_only


def ask() -> object:
    """As Scrapy's `create_deprecated_class` does."""
    return inspect.getmodule(inspect.stack()[1][0])


def test_the_module_of_whoever_called_is_told_and_the_library_is_as_it_was() -> None:
    plain = inspect.stack
    with near_callers_only():
        assert inspect.stack is not plain
        told = ask()
    assert inspect.stack is plain
    assert told is ask() is sys.modules[__name__]


def test_scrapys_deprecated_classes_are_named_as_without_us() -> None:
    names = "t.ScrapyClientTLSOptions, c.ScrapyClientContextFactory, c.AcceptableProtocolsContextFactory"
    said = []
    for first in ("import newscrawl.net.handler", "pass"):
        code = (
            f"{first}\nimport scrapy.core.downloader.tls as t, scrapy.core.downloader.contextfactory as c\n"
            f"print([one.__module__ for one in ({names})])"
        )
        said.append(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert said[0] == said[1] != ""
