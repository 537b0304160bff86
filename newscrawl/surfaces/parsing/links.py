"""What a front page says of its site's feeds and languages. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from newscrawl.html import dom
from newscrawl.html.dom import absolute_url
from newscrawl.urls import same_site

__all__ = ["Language", "feed_links", "site_languages"]

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


#: Languages of one site that are listed, and elements that are looked at for the plugin that makes them.
MOST_LANGUAGES = 20
MAX_ELEMENTS = 20_000
_CODE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}")


@dataclass(frozen=True, slots=True)
class Language:
    """A language in which a site has posts of their own, beside the one of its front page.

    ``code``: as the site writes it (``fr``, ``pt-br``). ``home``: its front page's address, without a slash at its
    end. ``wpml``: made by WPML, whose REST API lists one language at a time; Polylang's lists all.
    """

    code: str
    home: str
    wpml: bool


def site_languages(html: bytes, url: str) -> list[Language]:
    """The other languages of the WordPress whose front page is *html*, served at *url*.

    Only WPML and Polylang are known to keep posts of their own for each language; plugins that translate pages as they
    are shown have no others to list.
    """
    root = dom.document(html)
    if root is None:
        return []
    wpml = _made_by_wpml(root)
    if not wpml and not _has_class(root, "lang-item"):
        return []
    own = {url.rstrip("/").partition("://")[2]}
    found: dict[str, Language] = {}
    for link in islice(root.iter("link", "a"), MAX_ELEMENTS):
        code = (link.get("hreflang") or "").lower().replace("_", "-")
        home = (absolute_url(link.get("href"), url) or "").rstrip("/")
        if not _CODE.fullmatch(code) or not home or not same_site(home, url) or "?" in home or "#" in home:
            continue
        if home.partition("://")[2] not in own and len(found) < MOST_LANGUAGES:
            own.add(home.partition("://")[2])
            found.setdefault(code, Language(code, home, wpml))
    return list(found.values())


def _made_by_wpml(root: Any) -> bool:
    made = any(
        (meta.get("name") or "").lower() == "generator" and "wpml" in (meta.get("content") or "").lower()
        for meta in islice(root.iter("meta"), 500)
    )
    return made or _has_class(root, "wpml-ls")


def _has_class(root: Any, begin: str) -> bool:
    """Whether an element has a class that is *begin*, or begins with it and a hyphen."""
    return any(
        token == begin or token.startswith(f"{begin}-")
        for element in islice(root.iter("li", "div", "ul", "a", "span"), MAX_ELEMENTS)
        for token in dom.class_tokens(element)
    )
