"""The head of a page: meta tags, links and JSON-LD, each with the rules that WordPress plugins make necessary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from newscrawl.html.dom import Element, absolute_url, plain_title
from newscrawl.html.jsonld import ARTICLE_TYPES, load, types_of
from newscrawl.text import clean_line

__all__ = ["Head", "read_head"]

MAX_SCRIPT = 1_000_000
MAX_SCRIPTS = 40
MAX_NODES = 2_000
_ARTICLE = ARTICLE_TYPES - {"review", "criticreview", "recipe", "discussionforumposting"}
_PAGE = frozenset(("webpage", "itempage"))


@dataclass(slots=True)
class Head:
    """``meta``: values by lower-case property or name, in order. ``links``: (rel words, href, type).

    ``article`` and ``page``: the JSON-LD nodes of those kinds; ``nodes``: all nodes by ``@id``.
    """

    meta: dict[str, list[str]] = field(default_factory=dict)
    links: list[tuple[list[str], str, str]] = field(default_factory=list)
    title: str | None = None
    language: str | None = None
    article: dict[str, Any] = field(default_factory=dict)
    page: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def last(self, *names: str) -> str | None:
        """The last non-empty value of the first of *names* that has one: plugins print tags twice, some blank."""
        for name in names:
            for value in reversed(self.meta.get(name, [])):
                if value.strip():
                    return value
        return None

    def link(self, rel: str, url: str, *, kind: str | None = None) -> str | None:
        """The first link of *rel* (and type *kind*), absolute."""
        for rels, href, given in self.links:
            if rel in rels and (kind is None or given == kind):
                found = absolute_url(href, url)
                if found:
                    return found
        return None

    def resolve(self, value: Any) -> Any:
        """*value*, or the node that its ``@id`` names, one step."""
        if isinstance(value, dict) and isinstance(value.get("@id"), str) and len(value) == 1:
            return self.nodes.get(value["@id"], value)
        return value

    def names(self, value: Any) -> list[str]:
        """The names of a person, an organisation, or a list of them."""
        found: list[str] = []
        for one in value[:20] if isinstance(value, list) else [value]:
            one = self.resolve(one)
            name = plain_title(one.get("name") if isinstance(one, dict) else one)
            if name and name not in found and not name.startswith(("http://", "https://")):
                found.append(name)
        return found

    def image(self, url: str) -> str | None:
        """The image of the article node, else of the page node."""
        for value in (self.article.get("image"), self.article.get("thumbnailUrl"), self.page.get("primaryImageOfPage")):
            if isinstance(value, list):
                value = value[0] if value else None
            value = self.resolve(value)
            if isinstance(value, dict):
                value = value.get("url") or value.get("contentUrl")
            found = absolute_url(value, url) if isinstance(value, str) else None
            if found:
                return found
        return None


def _load(text: str) -> Any:
    try:
        return load(text[:MAX_SCRIPT])
    except ValueError:
        return None


def _flatten(value: Any) -> Iterator[dict[str, Any]]:
    stack, seen = [value], 0
    while stack and seen < MAX_NODES:
        one = stack.pop()
        seen += 1
        if isinstance(one, list):
            stack.extend(reversed(one[:500]))
        elif isinstance(one, dict):
            yield one
            for name in ("@graph", "mainEntity"):
                if isinstance(one.get(name), dict | list):
                    stack.append(one[name])


def _merge(into: dict[str, Any], node: dict[str, Any]) -> None:
    # Several plugins describe one article; the first that says something counts.
    for name, value in node.items():
        if value not in (None, "", [], {}):
            into.setdefault(name, value)


def read_head(root: Element) -> Head:
    """The metadata of the page under *root*, body scripts included (JNews prints its JSON-LD at the end)."""
    head = Head(language=clean_line(root.get("lang"), limit=40) if root.tag == "html" else None)
    scripts = 0
    articles: list[dict[str, Any]] = []
    pages: list[dict[str, Any]] = []
    for element in root.iter("meta", "link", "script", "title"):
        if element.tag == "meta":
            name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
            values = head.meta.setdefault(name[:100], [])
            if name and len(values) < 100:
                values.append((element.get("content") or "")[:4_000])
        elif element.tag == "link":
            if len(head.links) < 500 and element.get("href"):
                rels = (element.get("rel") or "").lower().split()[:10]
                head.links.append((rels, element.get("href"), (element.get("type") or "").lower()))
        elif element.tag == "title":
            head.title = head.title or clean_line(element.text)
        elif "ld+json" in (element.get("type") or "").lower() and element.text and scripts < MAX_SCRIPTS:
            scripts += 1
            for node in _flatten(_load(element.text)):
                if isinstance(node.get("@id"), str) and len(head.nodes) < MAX_NODES:
                    head.nodes.setdefault(node["@id"], node)
                kinds = types_of(node)
                if kinds & _ARTICLE:
                    articles.append(node)
                elif kinds & _PAGE:
                    pages.append(node)
    for node in articles:
        _merge(head.article, node)
    for node in pages:
        _merge(head.page, node)
    return head
