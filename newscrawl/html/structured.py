"""Structured data of a page: JSON-LD, ``<meta>`` and OpenGraph, ``<link>``, microdata.

One pass over the tree collects what all field readers need; they do not
search it again. Everything read here is a claim by the page, cleaned and
bounded, not yet judged.
"""

from __future__ import annotations

import html as html_module
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from newscrawl.html.usage import licence_of

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
    by_rel: list[HtmlElement] = field(default_factory=list)
    """Links whose ``rel`` holds ``author``, at most :data:`MAX_AUTHOR_LINKS`."""
    to_author: list[HtmlElement] = field(default_factory=list)
    """Links whose address has a folder of authors or profiles, as many at most."""
    password_inputs: int = 0
    elements: list[HtmlElement] = field(default_factory=list)
    """All elements. While they are held here, no later walk has to make them again."""
    attributes: dict[HtmlElement, list[tuple[str, str]]] = field(default_factory=dict)
    """Names and values of the attributes of each element that has any, but for pictures and the like, which hold no
    text: to read them costs more than all that is done with them."""
    marked: dict[str, list[HtmlElement]] = field(default_factory=dict)
    """Elements by what class, id or test id call them: ``byline``, ``date``; at most :data:`MAX_MARKED` each."""
    scripts: int = 0
    broken_ld: int = 0

    def every_attribute(self) -> Iterator[list[tuple[str, str]]]:
        """Names and values of the attributes of each element that has any, in document order."""
        for element in self.elements:
            items = element.items() if element.tag in _VOID else self.attributes.get(element)
            if items:
                yield items

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


#: Characters read of an attribute whose words tell what an element is: class, id or data-testid.
MAX_MARK = 300
#: Links kept that may lead to the author, and targets of links to a licence.
MAX_AUTHOR_LINKS, MAX_LICENCES = 40, 5
_TO_AUTHOR = ("/author/", "/authors/", "/autor/", "/profile/")
#: Elements kept of one kind of mark, and those looked at that have an ``itemprop``.
MAX_MARKED, MAX_ITEMPROPS = 200, 2_000
_MARKING = frozenset(("class", "id", "data-testid"))
#: Attributes by which an element is found; ``href`` and ``rel`` are those of links.
_READ = _MARKING | {"itemprop", "href", "rel"}
#: Elements without text, of whose attributes little is asked for: they stand in :attr:`PageData.elements` alone.
_VOID = frozenset(("img", "meta", "link", "input", "source"))
_MARKS = {
    "byline": ("yline", "uthor", "utor", "ontributor"),
    "date": ("date", "Date", "publish", "Publish", "posted", "datum", "fecha"),
}


# Between the values of attributes that are searched in one piece; it stands in none of them.
_BETWEEN = "\x00"


class _Values:
    """Values of one kind of attribute with the elements that have them, to be searched for words all in one piece.

    A literal that stands in none of them is looked for once, and in one that many elements have, once.
    """

    def __init__(self) -> None:
        self.values: list[str] = []
        self.owners: list[HtmlElement] = []

    def add(self, value: str, owner: HtmlElement) -> None:
        self.values.append(value)
        self.owners.append(owner)

    def holders(self, kinds: Mapping[str, Sequence[str]]) -> dict[str, list[HtmlElement]]:
        """For each of *kinds* that has any, the elements in document order with a value that holds a word of it."""
        joined = _BETWEEN.join(dict.fromkeys(self.values))
        found: dict[str, set[str]] = {}
        for kind, words in kinds.items():
            for word in words:
                at = joined.find(word)
                while at >= 0:
                    start, end = joined.rfind(_BETWEEN, 0, at) + 1, joined.find(_BETWEEN, at)
                    found.setdefault(joined[start : end if end >= 0 else None], set()).add(kind)
                    at = joined.find(word, end) if end >= 0 else -1  # one in each value will do
        if not found:
            return {}
        held = [(value, one) for value, one in zip(self.values, self.owners, strict=True) if value in found]
        by_kind = {kind: list(dict.fromkeys(one for value, one in held if kind in found[value])) for kind in kinds}
        return {kind: elements for kind, elements in by_kind.items() if elements}


class _Collector:
    """Reads one element of each kind into a :class:`PageData`."""

    def __init__(self, data: PageData) -> None:
        self.data = data
        self.read = 0
        self.licences: list[str] = []
        self.itemprops = 0

    def meta(self, element: HtmlElement) -> None:
        content = element.get("content")
        content = unescape(content[:MAX_VALUE]).strip() if content else ""
        if not content:
            return
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            key = element.get(attribute)
            if key:
                self.data.meta.setdefault(key[:100].strip().lower(), []).append(content)
                if key.endswith("ld+json") and content[0] in "{[":
                    # Some frameworks write their JSON-LD as a <meta> and make a script of it in the browser.
                    self.linked_data(content)

    def link(self, element: HtmlElement) -> None:
        href, rel = element.get("href"), element.get("rel")
        if href and rel:
            kind = element.get("hreflang") or element.get("type") or ""
            for token in rel[:200].lower().split():
                self.data.links.setdefault(token, []).append((href[:MAX_VALUE].strip(), kind[:40]))

    def related(self, element: HtmlElement, rel: str) -> None:
        """Read what a link says of its target."""
        data = self.data
        if len(self.licences) < MAX_LICENCES and (target := licence_of(rel, element.get("href"))):
            self.licences.append(target)
        if "author" in rel and len(data.by_rel) < MAX_AUTHOR_LINKS and f" {rel} ".find(" author ") >= 0:
            data.by_rel.append(element)

    def script(self, element: HtmlElement) -> None:
        data = self.data
        data.scripts += 1
        text = element.text
        if not text or len(text) < 20:
            return
        kind = (element.get("type") or "").lower()
        if "ld+json" not in kind:
            if len(text) > 60 and len(data.state) < 400:
                data.state.append((element.get("id") or kind, text))
            return
        self.linked_data(text)

    def linked_data(self, text: str) -> None:
        """Read *text* as JSON-LD; what is too long or no JSON is counted."""
        data = self.data
        if len(text) > MAX_SCRIPT or self.read > MAX_SCRIPTS:
            data.broken_ld += 1
            return
        self.read += len(text)
        try:
            parsed = load(text)
        except ValueError:
            data.broken_ld += 1
            return
        for node in _flatten(parsed):
            if len(data.nodes) >= MAX_NODES:
                break
            data.nodes.append(node)
            identifier = node.get("@id")
            if isinstance(identifier, str) and len(node) > 2:
                data.by_id.setdefault(identifier, node)

    def title(self, element: HtmlElement) -> None:
        parent = element.getparent()
        if self.data.title_tag is None and parent is not None and parent.tag != "svg":
            self.data.title_tag = _SPACE.sub(" ", element.text_content()[:MAX_VALUE]).strip() or None

    def h1(self, element: HtmlElement) -> None:
        if len(self.data.h1) < 20:
            self.data.h1.append(element)

    def h2(self, element: HtmlElement) -> None:
        if len(self.data.h2) < 10:
            self.data.h2.append(element)

    def time(self, element: HtmlElement) -> None:
        if len(self.data.times) < 100:
            self.data.times.append(element)

    def itemprop(self, element: HtmlElement, value: str) -> None:
        self.itemprops += 1
        if self.itemprops <= MAX_ITEMPROPS:
            for name in value[:100].lower().split():
                self.data.itemprops.setdefault(name, []).append(element)

    def input(self, element: HtmlElement) -> None:
        self.data.password_inputs += (element.get("type") or "").lower() == "password"


def collect(root: HtmlElement) -> PageData:
    """Read *root* once; never raises on what a page may hold."""
    data = PageData(elements=list(root.iter()))
    lang = root.get("lang") or root.get("xml:lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    data.html_lang = lang[:40] if lang else None
    reader = _Collector(data)
    readers: dict[object, Callable[[HtmlElement], None]] = {
        "meta": reader.meta,
        "link": reader.link,
        "script": reader.script,
        "title": reader.title,
        "h1": reader.h1,
        "h2": reader.h2,
        "time": reader.time,
        "input": reader.input,
    }
    attributes = data.attributes
    marks, addresses = _Values(), _Values()
    for element in data.elements:
        tag = element.tag
        read = readers.get(tag)
        if read is not None:
            read(element)
        if tag in _VOID:
            if value := element.get("itemprop"):
                reader.itemprop(element, value)
            continue
        items = element.items()
        if not items:
            continue
        attributes[element] = items
        for name, value in items:
            if name in _READ:
                if name in _MARKING:
                    marks.add(value[:MAX_MARK], element)
                elif name == "itemprop":
                    reader.itemprop(element, value)
                elif tag == "a":
                    if name == "href":
                        addresses.add(value, element)
                    else:
                        reader.related(element, value)
    data.marked = {kind: elements[:MAX_MARKED] for kind, elements in marks.holders(_MARKS).items()}
    data.to_author = addresses.holders({"author": _TO_AUTHOR}).get("author", [])[:MAX_AUTHOR_LINKS]
    for href in reader.licences:
        data.links.setdefault("license", []).append((href, ""))
    return data
