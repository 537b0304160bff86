"""What a front page says of its site's feeds. Pure."""

from __future__ import annotations

from newscrawl.html import dom
from newscrawl.html.dom import absolute_url

__all__ = ["feed_links"]

_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})


def feed_links(html: bytes, url: str) -> list[str]:
    """The feeds that the page *html*, served at *url*, names (``link rel=alternate``), comments left out."""
    root = dom.document(html)
    found: dict[str, None] = {}
    for link in root.iter("link") if root is not None else ():
        if "alternate" not in (link.get("rel") or "").lower().split():
            continue
        if (link.get("type") or "").lower().strip() not in _TYPES:
            continue
        address = absolute_url(link.get("href"), url)
        if address is not None and "comment" not in address.lower():
            found[address] = None
    return list(found)
