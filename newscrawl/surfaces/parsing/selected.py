"""Pages of a site's own markup, read by the selectors that its spider declares.

Pages are strangers' and selectors are the user's, and together they may be long to evaluate: libxml2 takes the square
of what two nested elements select. So the functions of this module are called in a worker, and take and give what can
be pickled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from lxml import etree
from parsel import Selector, SelectorList
from parsel.csstranslator import css2xpath

from newscrawl.attribution import Attribution
from newscrawl.html import dom
from newscrawl.html.dates import day_in_words
from newscrawl.html.dom import Element, absolute_url
from newscrawl.html.times import Moment
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.surfaces.parsing.feedtime import feed_time
from newscrawl.surfaces.parsing.post_page import PostPage, parse_post_page
from newscrawl.surfaces.parsing.sitemap import url_day
from newscrawl.text import MAX_LINE, clean_line

__all__ = [
    "ListSelectors",
    "PostSelectors",
    "SelectedLink",
    "SelectedList",
    "check_selectors",
    "parse_selected_list",
    "parse_selected_post",
]

#: Posts of one list page that are read.
MAX_POSTS = 2_000
#: Ancestors of a link in which its date is looked for.
_NEAR = 6
#: Where XPath begins; everything else is CSS.
_XPATH = ("/", "./", "(")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSelectors:
    """Where a list page shows its posts; CSS, or XPath where it begins with ``/``, ``./`` or ``(``.

    Args:
        post_links: the links to posts (elements ``a``, or anything with one in it).
        post_date: the date beside a link, looked for in the link's own ancestors; ``None``: the list shows none.
        next_page: the link to the next page; a page without it is the last one.
    """

    post_links: str
    post_date: str | None = None
    next_page: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSelectors:
    """Where the page of a post says what, as for lists; ``None``: as any page is read.

    Args:
        attribution: the element that names the source: a sentence, or a link to the original.
    """

    title: str | None = None
    body: str | None = None
    date: str | None = None
    author: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True)
class SelectedLink:
    """A post that a list page shows. ``when``: in UTC, from beside the link or the address; ``None``: not said."""

    url: str
    title: str | None
    when: Moment | None


@dataclass(frozen=True, slots=True)
class SelectedList:
    """A list page: its posts in the page's order, and the address of the next page."""

    links: list[SelectedLink]
    next_url: str | None


def check_selectors(selectors: ListSelectors | PostSelectors) -> None:
    """Raise ``ValueError``, which names the attribute, where one of *selectors* is neither CSS nor XPath."""
    for field in fields(selectors):
        query = getattr(selectors, field.name)
        if query is None:
            continue
        try:
            etree.XPath(query if query.startswith(_XPATH) else css2xpath(query))
        except (etree.XPathError, SyntaxError, ValueError) as error:
            raise ValueError(f"{field.name} = {query!r} is no selector: {error}") from None


def parse_selected_list(
    html: bytes | str, url: str, selectors: ListSelectors, *, encoding: str | None = None
) -> SelectedList | None:
    """The list page *html*, served at *url*; ``None`` where nothing can be parsed.

    *encoding*: of bytes, where the transport said it. Raises ``ValueError`` for a selector that is none.
    """
    root = dom.document(html, encoding=encoding)
    if root is None:
        return None
    page = Selector(root=root, type="html")
    return SelectedList(_links(page, url, selectors), _next(page, url, selectors.next_page))


def parse_selected_post(
    html: bytes | str, url: str, selectors: PostSelectors, *, encoding: str | None = None
) -> PostPage:
    """The post on the page *html*, served at *url*: by *selectors*, and for the rest as any page is read.

    *encoding*: of bytes, where the transport said it. Raises ``ValueError`` for a selector that is none.
    """
    page = parse_post_page(html, url, encoding=encoding)
    root = dom.document(html, encoding=encoding)
    if root is None:
        return page
    where = Selector(root=root, type="html")
    sources = dict(page.sources)
    given: dict[str, Any] = {}
    for name, query in (("title", selectors.title), ("author", selectors.author)):
        value = _first(where, query)
        if value is not None and (text := _text_of(value)):
            given[name], sources[name] = text, "html"
    when = _first(where, selectors.date)
    moment = _date_in(when, page.language) if when is not None else None
    if moment is not None:
        given |= {"published_at": moment.at, "published_precision": moment.precision}
        sources["published_at"] = "html"
    return replace(page, **given, sources=sources, **_content(where, url, selectors, page))


# --- lists --------------------------------------------------------------------------------------------------------


def _links(page: Selector, base_url: str, selectors: ListSelectors) -> list[SelectedLink]:
    language = page.xpath("/html/@lang").get()
    dates = _Dates(selectors.post_date)
    found: dict[str, SelectedLink] = {}
    for one in _select(page, selectors.post_links)[:MAX_POSTS]:
        link = one if _is_text(one) or one.root.tag == "a" else next(iter(one.css("a[href]")), one)
        url = absolute_url(link.root if _is_text(link) else link.attrib.get("href"), base_url)
        if url is None or url in found:
            continue
        date = dates.beside(one)
        when = _date_in(date, language) if date is not None else None
        day = url_day(url)
        if when is None and day is not None:
            when = Moment(f"{day}T00:00:00Z", "day")
        found[url] = SelectedLink(url, None if _is_text(link) else _text_of(link), when)
    return list(found.values())


class _Dates:
    """The dates that stand beside links. What a box holds is looked up once, however many links stand in it."""

    def __init__(self, query: str | None) -> None:
        self._query = query
        self._found: dict[Element, SelectorList[Selector]] = {}

    def beside(self, link: Selector) -> Selector | None:
        """The date of *link*: in the nearest of its ancestors in which the selector finds exactly one."""
        if self._query is None or _is_text(link):
            return None
        for box in (link, *reversed(link.xpath("ancestor::*")[-_NEAR:])):
            dates = self._found.get(box.root)
            if dates is None:
                dates = self._found[box.root] = _select(box, self._query)
            if dates:
                return dates[0] if len(dates) == 1 else None
        return None


def _next(page: Selector, base_url: str, query: str | None) -> str | None:
    if query is None:
        return None
    for one in _select(page, query)[:5]:
        found = absolute_url(one.root if _is_text(one) else one.attrib.get("href"), base_url)
        if found is not None and found != base_url:
            return found
    return None


# --- posts --------------------------------------------------------------------------------------------------------


def _content(where: Selector, url: str, selectors: PostSelectors, page: PostPage) -> dict[str, Any]:
    """Body and attribution, where selectors say where they stand."""
    bodies = _outermost(_select(where, selectors.body)) if selectors.body else []
    body = "".join(one.get() for one in bodies) if bodies else page.body_html or ""
    named = _first(where, selectors.attribution)
    source = named.get() if named is not None else ""
    if not bodies and not source:
        return {}
    inside = bool(source) and source in body
    content = post_text(body if inside else body + source, base_url=url)
    if content.attribution is None and named is not None:
        link = named.root if _is_text(named) else named.css("a[href]::attr(href)").get() or named.attrib.get("href")
        original = absolute_url(link, url)
        if original is not None:
            content = replace(content, attribution=_linked(original, _text_of(named)))
    return {"body_html": body or None, "content": content}


def _outermost(found: Iterable[Selector]) -> list[Selector]:
    """*found* without what stands in another of them, which has its text already."""
    kept: list[Selector] = []
    taken: set[Element] = set()
    for one in found:
        if _is_text(one):
            kept.append(one)
        elif one.root not in taken and taken.isdisjoint(one.root.iterancestors()):
            taken.add(one.root)
            kept.append(one)
    return kept


def _linked(url: str, text: str | None) -> Attribution:
    """The attribution that a mere link to the original is."""
    return Attribution(
        original_url=url,
        original_title=None,
        publisher_name=None,
        publisher_url=None,
        phrase="selector",
        language="",
        pattern="selector",
        sentence=text or "",
    )


# --- one selector -------------------------------------------------------------------------------------------------


def _select(where: Selector, query: str) -> SelectorList[Selector]:
    return where.xpath(query) if query.startswith(_XPATH) else where.css(query)


def _first(where: Selector, query: str | None) -> Selector | None:
    return next(iter(_select(where, query)), None) if query else None


def _is_text(one: Selector) -> bool:
    """Whether *one* is an attribute or a text node, and no element."""
    return isinstance(one.root, str)


def _text_of(one: Selector) -> str | None:
    """The text of an element, attribute or text node on one clean line."""
    if _is_text(one):
        return clean_line(one.root)
    parts: list[str] = []
    size = 0
    for part in one.root.itertext():
        parts.append(part)
        size += len(part)
        if size > MAX_LINE * 4:
            break
    return clean_line(" ".join(parts))


def _date_in(one: Selector, language: str | None = None) -> Moment | None:
    """The date of an element: its ``datetime`` or ``content``, else what it says, in any known form or language."""
    given = [one.root] if _is_text(one) else [one.attrib.get("datetime"), one.attrib.get("content")]
    text = _text_of(one)
    for value in (*given, text):
        found = feed_time(value)
        if found is not None:
            return found
    day = day_in_words(text, language)
    return Moment(f"{day}T00:00:00Z", "day") if day else None
