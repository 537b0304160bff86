"""What a crawl needs and `scrapy list` does not, loaded before the reactor runs or beside its first requests.

An import or a model that is loaded while the reactor runs holds every request for as long. Loaded before, nothing waits
for it; but then the first request waits, and whoever looks at the crawl with it. So modules are imported before, and
what the first post loads is loaded once the first request has gone out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib import import_module

from newscrawl.workers.garbage import spare_the_loaded

__all__ = ["import_all", "load", "load_beside_the_first_answers"]

#: Seconds after which the first request has gone out.
_FIRST_REQUESTS = 0.05

#: Modules that are imported where they are used, or by what is used.
_MODULES = (
    "babel.localedata",  # by the reader of dates
    "courlan",  # by the reader of addresses
    "newscrawl.aggregators.languages",
    "newscrawl.crawling.loop",
    "newscrawl.data",
    "newscrawl.extraction",
    "newscrawl.join",
    "newscrawl.ledger.articles",
    "newscrawl.ledger.discovery",
    "newscrawl.ledger.feeds",
    "newscrawl.ledger.robots",
    "newscrawl.ledger.upkeep",
    "newscrawl.surfaces.accept",
    "newscrawl.surfaces.archive",
    "newscrawl.surfaces.feed",
    "newscrawl.surfaces.parsing.post_page",
    "newscrawl.surfaces.rest",
    "newscrawl.surfaces.sitemap",
    "numpy.ma",  # by numpy's functions on sets
    "py3langid.langid",  # its model is loaded in a thread, for the first text whose page tells no language
)
_POST = (
    '<p>The council has voted on the new bridge.</p><p>The post <a href="https://news.example.org/2026/03/bridge?a=1">'
    'A bridge</a> appeared first on <a href="https://news.example.org/">The Example News</a>.</p>'
)


def import_all() -> None:
    """Import it all. A second call costs little."""
    for name in _MODULES:
        import_module(name)


def read_one_post() -> Iterator[None]:
    """Read one post as a crawl would, in steps of some tenths of a second at most: what that loads stays."""
    from newscrawl.dedupe import fingerprint
    from newscrawl.surfaces.parsing.content import post_text
    from newscrawl.urls import canonical_url, host_of

    text = post_text(_POST, base_url="https://aggregator.example.com/1/").text
    yield
    fingerprint(text)
    yield
    host_of(canonical_url("https://news.example.org/2026/03/bridge?a=1"))


def load() -> None:
    """Import it all and read one post. A second call costs little."""
    import_all()
    for _ in read_one_post():
        pass


async def load_beside_the_first_answers() -> None:
    """Read one post while the first requests of a crawl are on the wire, whose answers and delays take longer."""
    await asyncio.sleep(_FIRST_REQUESTS)
    for _ in read_one_post():
        await asyncio.sleep(0)
    spare_the_loaded()
