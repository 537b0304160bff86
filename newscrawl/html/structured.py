"""Structured data of a page: JSON-LD, ``<meta>`` and OpenGraph, ``<link>``, microdata.

One pass over the tree collects what all field readers need; they do not
search it again. Everything read here is a claim by the page, cleaned and
bounded, not yet judged.
"""

from __future__ import annotations

import html as html_module
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from newscrawl.html.usage import licence_links

from .jsonld import ARTICLE_TYPES, load, types_of

__all__ = ["ARTICLE_TYPES", "PageData", "collect", "types_of"]

#: Longest script that is read as JSON, most bytes read over all scripts, most nodes kept.
MAX_SCRIPT = 2_000_000
MAX_SCRIPTS = 6_000_000
MAX_NODES = 5_000
MAX_VALUE = 4_000

_SPACE = re.compile(r"\s+")


@dataclass(slots=True)
class PageData:
    """What one pass over the tree found, in document order."""

    meta: dict[str, list[str]] = field(default_factory=dict)
    """``name``, ``property``, ``itemprop`` or ``http-equiv`` in lower case -> contents."""
    links: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """``rel`` token of ``<link>`` -> (href, hreflang or type)."""
    nodes: list[dict[str, Any]] = field(default_factory=list)
    """JSON-LD objects, flattened, outermost first."""
    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    state: list[tuple[str, str]] = field(default_factory=list)
    """(id or type or '', text) of scripts that may hold the article as data."""
    html_lang: str | None = None
    title_tag: str | None = None
    h1: list[HtmlElement] = field(default_factory=list)
    h2: list[HtmlElement] = field(default_factory=list)
    """The first ``<h2>`` elements: where the ``<h1>`` is the site's logo, one of them is the headline."""
    times: list[HtmlElement] = field(default_factory=list)
    itemprops: dict[str, list[HtmlElement]] = field(default_factory=dict)
    password_inputs: int = 0
    root: HtmlElement | None = None
    """The page itself."""
    scripts: int = 0
    broken_ld: int = 0

    def first(self, *names: str) -> str | None:
        """The first non-empty ``<meta>`` content among *names*, in the order of *names*."""
        for name in names:
            for value in self.meta.get(name, ()):
                if value:
                    return value
        return None

    def resolve(self, value: Any) -> Any:
        """*value*, or the node it refers to where it is only ``{"@id": ...}``."""
        if isinstance(value, dict) and "@id" in value and len(value) <= 2 and "name" not in value:
            return self.by_id.get(str(value["@id"]), value)
        return value


def text_of(value: Any, limit: int = MAX_VALUE) -> str | None:
    """A JSON-LD value as one string: itself, its ``@value`` or ``name``, or the first of a list."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = value.get("@value") or value.get("name") or value.get("url") or value.get("@id")
        else:
            break
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        return None
    return unescape(value[: limit * 2])[:limit].strip() or None


def unescape(value: str) -> str:
    """Entities resolved, twice where they were escaped twice (``&amp;#8217;``)."""
    if "&" not in value:
        return value
    once = html_module.unescape(value)
    return html_module.unescape(once) if "&" in once and once != value else once


# Keys under which the page's own article or its graph may hang; others (itemListElement,
# hasPart, review) hold other things than the page's subject.
_NEST = ("@graph", "mainEntity", "mainEntityOfPage", "graph", "@list", "subjectOf", "about")


def _flatten(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 6:
        return
    if isinstance(value, list):
        for item in value[:1000]:
            yield from _flatten(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in _NEST:
            inner = value.get(key)
            if isinstance(inner, dict | list):
                yield from _flatten(inner, depth + 1)


_STATE_MARKS = ("articleBody", '"content', '"body', '"paragraph', '"text"', '"blocks"', "\\u003cp", "<p>")


def collect(root: HtmlElement) -> PageData:
    """Read *root* once; never raises on what a page may hold."""
    data = PageData(root=root)
    read = 0
    lang = root.get("lang") or root.get("xml:lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    data.html_lang = lang[:40] if lang else None
    for element in root.iter("meta", "link", "script", "title", "h1", "h2", "time", "input"):
        tag = element.tag
        if tag == "meta":
            content = element.get("content")
            if content is None:
                continue
            content = unescape(content[:MAX_VALUE]).strip()
            if not content:
                continue
            for attribute in ("property", "name", "itemprop", "http-equiv"):
                key = element.get(attribute)
                if key:
                    data.meta.setdefault(key[:100].strip().lower(), []).append(content)
        elif tag == "link":
            href, rel = element.get("href"), element.get("rel")
            if href and rel:
                kind = element.get("hreflang") or element.get("type") or ""
                for token in rel[:200].lower().split():
                    data.links.setdefault(token, []).append((href[:MAX_VALUE].strip(), kind[:40]))
        elif tag == "script":
            data.scripts += 1
            text = element.text
            if not text or len(text) < 20:
                continue
            kind = (element.get("type") or "").lower()
            if "ld+json" in kind:
                if len(text) > MAX_SCRIPT or read > MAX_SCRIPTS:
                    data.broken_ld += 1
                    continue
                read += len(text)
                try:
                    parsed = load(text)
                except ValueError:
                    data.broken_ld += 1
                    continue
                for node in _flatten(parsed):
                    if len(data.nodes) >= MAX_NODES:
                        break
                    data.nodes.append(node)
                    identifier = node.get("@id")
                    if isinstance(identifier, str) and len(node) > 2:
                        data.by_id.setdefault(identifier, node)
            elif len(text) > 60 and len(data.state) < 400:
                data.state.append((element.get("id") or kind, text))
        elif tag == "title":
            if data.title_tag is None and (parent := element.getparent()) is not None and parent.tag != "svg":
                data.title_tag = _SPACE.sub(" ", element.text_content()[:MAX_VALUE]).strip() or None
        elif tag == "h1":
            if len(data.h1) < 20:
                data.h1.append(element)
        elif tag == "h2":
            if len(data.h2) < 10:
                data.h2.append(element)
        elif tag == "time":
            if len(data.times) < 100:
                data.times.append(element)
        elif (element.get("type") or "").lower() == "password":
            data.password_inputs += 1
    for href in licence_links(root):
        data.links.setdefault("license", []).append((href, ""))
    for element in root.xpath("//*[@itemprop]")[:2000]:
        for name in (element.get("itemprop") or "")[:100].lower().split():
            data.itemprops.setdefault(name, []).append(element)
    return data
