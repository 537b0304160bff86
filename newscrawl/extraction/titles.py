"""The headline: JSON-LD, a plausible ``<h1>``, ``og:title``, ``<title>``; a site's name is cut off."""

from __future__ import annotations

import re
from typing import Any

from newscrawl.html.structured import PageData, text_of, unescape
from newscrawl.text import clean_line

__all__ = ["cut_site", "read_title"]

# What parts a headline from a site's name. The last are letters and marks used as bars in Korean and Chinese titles.
_PARTS = re.compile(r"\s+[|–—\-·•»«›]\s+|\s*[|｜ㅣ]\s*|\s+/\s+|(?<=[^\x00-\u024f])[_:：\-]")
_BAR = re.compile(r"\s+[|｜]\s+|[｜ㅣ]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_PUBLISHED = re.compile(r"\s*\(Published (?:19|20)\d\d\)\Z")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")


def _key(text: str) -> str:
    return _NOT_LETTERS.sub("", text.casefold())


def cut_site(title: str, names: list[str], headings: list[str]) -> str:
    """*title* without a leading or trailing site or section name.

    A part goes when what remains is one of the page's *headings*, when it is
    one of the site's *names*, or when a bar parts it from a headline of some length.
    """
    title = _PUBLISHED.sub("", _SPACE.sub(" ", title).strip())
    keys = {_key(name) for name in names} - {""}
    heads = {heading.casefold() for heading in headings}
    for _ in range(3):
        cuts = list(_PARTS.finditer(title))
        if not cuts or title.casefold() in heads:
            return title
        for cut in cuts:
            for part in (title[: cut.start()].strip(), title[cut.end() :].strip()):
                if part.casefold() in heads and len(part) * 2 >= len(title):
                    return part
        head, tail = title[: cuts[-1].start()].strip(), title[cuts[-1].end() :].strip()
        first, rest = title[: cuts[0].start()].strip(), title[cuts[0].end() :].strip()
        if head and _key(tail) in keys | {""}:
            title = head
        elif rest and _key(first) in keys | {""}:
            title = rest
        elif cuts[-1].group() in "_-" and len(tail) * 3 < len(head) and len(tail) < 9 and not tail.isascii():
            title = head  # headline_section_site, as Chinese and Korean pages write it
        elif _BAR.fullmatch(cuts[-1].group()) and len(head) >= max(12, len(tail)) and len(tail) < 40:
            title = head
        else:
            return title
    return title


def site_names(data: PageData, publisher: str | None, host: str) -> list[str]:
    """What the site calls itself, for cutting it off titles."""
    bare = host.removeprefix("www.")
    names = [publisher or "", data.first("og:site_name") or "", data.first("application-name") or "", bare]
    names += [bare.rsplit(".", 1)[0], bare.split(".")[0], *(bare.split(".")[-2:-1])]
    return [name for name in names if name]


def _likeness(one: str, other: str) -> float:
    """Share of the shorter one's words (characters where a script has no spaces) that stand in the other."""
    if not one or not other:
        return 0.0
    a: set[str] = set(_WORD.findall(one.casefold()))
    b: set[str] = set(_WORD.findall(other.casefold()))
    if not one.isascii() and max(one) >= "\u0e00":
        a, b = set("".join(a)), set("".join(b))
    return len(a & b) / max(1, min(len(a), len(b)))


def read_title(
    data: PageData, article: dict[str, Any] | None, publisher: str | None, host: str
) -> tuple[str | None, str | None]:
    """(title, source)."""
    names = site_names(data, publisher, host)
    keys = {_key(name) for name in names}
    headings = []
    for element in data.h1:
        text = clean_line("".join(element.itertext())[:3000])
        if text and _key(text) not in keys:
            headings.append(text)
    if data.title_tag:
        names += [
            h for h in headings if len(h) < 30 and data.title_tag.endswith(h) and len(h) * 2 < len(data.title_tag)
        ]
    og = clean_line(unescape(data.first("og:title", "twitter:title") or ""))
    og = cut_site(og, names, headings) if og else None
    tag = cut_site(data.title_tag, names, headings) if data.title_tag else None
    # A logo or a section name in an <h1> shares no word with what the page calls itself elsewhere.
    others = [t for t in (og, tag) if t]
    plausible = [h for h in headings if not others or max(_likeness(h, t) for t in others) >= 0.4]
    plausible.sort(key=lambda h: -max((_likeness(h, t) * min(len(h), len(t)) for t in others), default=0))
    heading = plausible[0] if plausible and len(plausible[0]) > 8 else None
    if heading is None and not og and tag and len(tag.split()) <= 4:
        # An application's <title> is often its own name, on every page: the one long heading is the article's.
        long = [h for h in headings if len(h.split()) > max(4, len(tag.split()))]
        heading = long[0] if len(long) == 1 else None

    if article and (headline := clean_line(text_of(article.get("headline")))):
        return cut_site(headline, names, headings), "json-ld"
    if heading and og and _key(heading) == _key(og):
        return og, "opengraph"  # a heading made of several elements loses its punctuation
    # Without JSON-LD the heading is what readers see; og:title wins where <title> does not side with it.
    if heading and not (og and _key(og) not in keys and _key(tag or "") != _key(og)):
        return cut_site(heading, names, []), "html"
    if og and _key(og) not in keys:
        return og, "opengraph"
    if heading:
        return cut_site(heading, names, []), "html"
    for element in data.itemprops.get("headline", ())[:1]:
        if prop := clean_line(element.get("content") or element.text_content()[:2000]):
            return cut_site(prop, names, headings), "microdata"
    if tag:
        return tag, "html"
    return (headings[0], "html") if headings else (None, None)
