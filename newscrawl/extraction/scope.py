"""Which elements speak of the page's own article: not those of cards, side columns, comments and lists of stories."""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from newscrawl.html.structured import PageData

__all__ = ["Scope"]

# Words of classes and ids whose content is about something else than the article that the page is for.
_FOREIGN = frozenset(
    "comment comments commentlist respond disqus related recirc recirculation recommended recommendations sidebar"
    " teaser teasers trending popular newsletter reviews".split()
)
_WORDS = re.compile(r"[\W_]+")
_NOT_LETTERS = re.compile(r"[\W_]+")
_HEADINGS = ("h2", "h3", "h4", "h5")
#: A box with a heading and less text than this is a card; more is a section of the article.
_CARD = 600
#: An ``<article>`` with so many paragraphs is a story.
_STORY = 5
#: A card is made of no more elements than this.
_MOST_INNER = 300


def _key(text: str) -> str:
    return _NOT_LETTERS.sub("", text.casefold())


class Scope:
    """The part of one page that is about its article, told by the heading that reads *title*."""

    def __init__(self, data: PageData, title: str | None) -> None:
        self.heading = _heading(data, title)
        self._holds = set() if self.heading is None else {self.heading, *self.heading.iterancestors()}
        self._people = {*data.to_author, *data.by_rel}
        self._own: dict[HtmlElement, bool] = {}
        self._known: dict[HtmlElement, bool] = {}
        self._titles: dict[HtmlElement, list[HtmlElement]] = {}

    def own(self, element: HtmlElement) -> bool:
        """Whether *element* speaks of the page's article. Readers of several fields ask about the same elements."""
        known = self._own.get(element)
        if known is None:
            known = self._own[element] = self._is_own(element)
        return known

    def _is_own(self, element: HtmlElement) -> bool:
        path = []
        common: HtmlElement | None = None
        for node in (element, *element.iterancestors()):
            if node in self._holds or node.tag in ("body", "html"):
                common = node
                break
            path.append(node)
        wide = common is None or common.tag in ("body", "html", "main")
        # A footer or an aside inside the article is where some themes put its byline.
        edge = next((at for at, node in enumerate(path) if self._is_edge(node)), None) if wide else None
        if edge is not None and not any(self._is_story(node) for node in path[edge:]):
            return False
        return not any(self._foreign(node) or self._is_card(node, element) for node in path)

    def _is_edge(self, node: HtmlElement) -> bool:
        """Whether *node* is a footer, or an aside that does not come right behind the heading's own box."""
        if node.tag != "aside":
            return bool(node.tag == "footer")
        up: HtmlElement | None = node
        while up is not None and up.getprevious() is None:
            up = up.getparent()
        return up is None or up.getprevious() not in self._holds

    @staticmethod
    def _is_story(node: HtmlElement) -> bool:
        """Whether *node* is an ``<article>`` of several paragraphs and no card."""
        return node.tag == "article" and len(list(islice(node.iter("p"), _STORY))) == _STORY

    def _foreign(self, node: HtmlElement) -> bool:
        known = self._known.get(node)
        if known is None:
            marks = f"{node.get('class') or ''} {node.get('id') or ''}"[:400].lower()
            known = node.tag == "nav" or not _FOREIGN.isdisjoint(_WORDS.split(marks))
            self._known[node] = known
        return known

    def _is_card(self, node: HtmlElement, element: HtmlElement) -> bool:
        """Whether *node* is a box with a linked heading of its own beside *element*."""
        if self.heading is None or node is element or node.tag in ("a", "span", "p"):
            return False
        if node not in self._titles:
            self._titles[node] = [one for one in _linked_headings(node) if _link(one) not in self._people]
        titles = self._titles[node]
        if not titles:
            return False
        ups = {element, *element.iterancestors(), *islice(element.iter(), _MOST_INNER)}
        return any(heading not in ups for heading in titles)


def _linked_headings(node: HtmlElement) -> list[HtmlElement]:
    """The headings of a small box that lead somewhere; none where *node* is no small box."""
    inner = list(islice(node.iter(), _MOST_INNER + 1))
    if len(inner) > _MOST_INNER:
        return []
    headings = [one for one in inner if one.tag in _HEADINGS]
    if not headings:
        return []
    size = 0
    for text in node.itertext():
        size += len(text.strip())
        if size >= _CARD:
            return []
    return [one for one in headings if _link(one) is not None]


def _link(heading: HtmlElement) -> HtmlElement | None:
    """The link in *heading*, else the one around it."""
    inner = next(heading.iter("a"), None)
    return (
        inner if inner is not None else next((up for up in islice(heading.iterancestors(), 6) if up.tag == "a"), None)
    )


def _heading(data: PageData, title: str | None) -> HtmlElement | None:
    """The heading that reads *title*, else the only ``<h1>``."""
    wanted = _key(title or "")
    near = None
    for element in (*data.h1, *data.h2):
        key = _key("".join(element.itertext())[:2000])
        if key and key == wanted:
            return element
        if near is None and len(wanted) > 12 and len(key) > 12 and (wanted in key or key in wanted):
            near = element
    if near is not None:
        return near
    return data.h1[0] if len(data.h1) == 1 else None
