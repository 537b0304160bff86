"""The headline: JSON-LD, the single ``<h1>``, ``og:title``, ``<title>``; a site's name is cut off."""

from __future__ import annotations

import re
from typing import Any

from newscrawl.text import clean_line

from .structured import PageData, text_of, unescape

__all__ = ["cut_site", "read_title"]

_PARTS = re.compile(r"\s+[|–—\-·•»«:›]\s+|\s*[|｜]\s*|\s+/\s+")
_SPACE = re.compile(r"\s+")


def cut_site(title: str, names: list[str], h1: list[str]) -> str:
    """*title* without a leading or trailing site or section name.

    A part goes when it is one of the site's *names*, or when what remains is a headline of the page (*h1*).
    """
    title = _SPACE.sub(" ", title).strip()
    folded = [n.casefold() for n in names if n]
    for _ in range(3):
        cuts = list(_PARTS.finditer(title))
        if not cuts:
            return title
        head, tail = title[: cuts[-1].start()].strip(), title[cuts[-1].end() :].strip()
        first, rest = title[: cuts[0].start()].strip(), title[cuts[0].end() :].strip()
        if head and any(head.casefold() == h.casefold() for h in h1):
            return head
        if rest and any(rest.casefold() == h.casefold() for h in h1):
            return rest
        if head and _is_site(tail, folded):
            title = head
        elif rest and _is_site(first, folded):
            title = rest
        else:
            return title
    return title


def _is_site(part: str, folded: list[str]) -> bool:
    key = re.sub(r"[\W_]+", "", part.casefold())
    if not key:
        return True
    return any(key == re.sub(r"[\W_]+", "", name) for name in folded)


def site_names(data: PageData, publisher: str | None, host: str) -> list[str]:
    """What the site calls itself, for cutting it off titles."""
    bare = host.removeprefix("www.")
    names = [publisher or "", data.first("og:site_name") or "", data.first("application-name") or "", bare]
    names += [bare.rsplit(".", 1)[0], bare.split(".")[0], *(bare.split(".")[-2:-1])]
    return [n for n in names if n]


def read_title(
    data: PageData, article: dict[str, Any] | None, publisher: str | None, host: str
) -> tuple[str | None, str | None]:
    """(title, source)."""
    names = site_names(data, publisher, host)
    headings = []
    for element in data.h1:
        text = clean_line(" ".join("".join(element.itertext())[:3000].split()))
        if text:
            headings.append(text)
    if article and (headline := clean_line(text_of(article.get("headline")))):
        return cut_site(headline, names, headings), "json-ld"
    props = [clean_line(e.get("content") or e.text_content()[:2000]) for e in data.itemprops.get("headline", ())[:1]]
    if len(set(headings)) == 1 and len(headings[0]) > 8:
        return cut_site(headings[0], names, []), "html"
    if props and props[0]:
        return cut_site(props[0], names, headings), "microdata"
    if og := clean_line(unescape(data.first("og:title", "twitter:title") or "")):
        return cut_site(og, names, headings), "opengraph"
    if data.title_tag and (title := clean_line(data.title_tag)):
        return cut_site(title, names, headings), "html"
    return (headings[0], "html") if headings else (None, None)
