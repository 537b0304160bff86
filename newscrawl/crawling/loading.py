"""What a crawl needs and `scrapy list` does not, loaded before the reactor runs.

An import or a model that is loaded while the reactor runs holds every request for as long. Loaded here it costs the
same, and nothing waits for it.
"""

from __future__ import annotations

from importlib import import_module

__all__ = ["load"]

#: Modules that are imported where they are used, or by what is used.
_MODULES = (
    "babel.localedata",  # by the reader of dates
    "newscrawl.aggregators.languages",
    "newscrawl.crawling.loop",
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


def load() -> None:
    """Import it all, and read one post as a crawl would: what that loads stays. A second call costs little."""
    for name in _MODULES:
        import_module(name)
    from newscrawl.dedupe import fingerprint
    from newscrawl.surfaces.parsing.content import post_text
    from newscrawl.urls import canonical_url, host_of

    fingerprint(post_text(_POST, base_url="https://aggregator.example.com/1/").text)
    host_of(canonical_url("https://news.example.org/2026/03/bridge?a=1"))
