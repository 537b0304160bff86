"""List pages (categories, dates, authors, tags, search, home): the posts they name, and where the next page is.

The list's own navigation is read first; then menus, sidebars and footers are cut
away, and each card's heading names its post. A theme that none of this fits is
read by its headings in ``article``, and last by permalinks with a date in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from lxml import etree

from newscrawl.html import dom
from newscrawl.html.dates import day_in_words
from newscrawl.html.dom import Element, absolute_url, line
from newscrawl.html.head import read_head
from newscrawl.html.times import moment
from newscrawl.surfaces.parsing.sitemap import url_day
from newscrawl.surfaces.parsing.themes import Index, body_classes, detect_theme, host_of, strip_outside
from newscrawl.text import clean_line

__all__ = ["MAX_ENTRIES", "Listing", "ListingEntry", "is_list_page", "page_address", "page_number", "parse_listing"]

#: Posts of one list page. WordPress shows 10 by default; home pages of large blocks some hundreds.
MAX_ENTRIES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEntry:
    """A post on a list. ``published_at`` (UTC) only where the card carries a machine-readable time.

    ``day``: the day it shows or its address names, ``YYYY-MM-DD`` in the site's zone. ``featured``: it stands in a
    hero block alone, which JNews repeats on every page of a category, so its date says nothing of the page's.
    """

    url: str
    title: str | None = None
    published_at: str | None = None
    published_precision: str | None = None
    day: str | None = None
    featured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """``next_url``: the next page; ``next_derived``: made up by us where a theme loads more by script.

    ``page``: which page this is (from 1); ``pages``: how many, as far as the navigation shows. ``empty``: the
    page says that it has no posts (an end, not a failure to read).
    """

    theme: str
    entries: list[ListingEntry] = field(default_factory=list)
    next_url: str | None = None
    next_derived: bool = False
    page: int = 1
    pages: int | None = None
    empty: bool = False


_PAGE_PATH = re.compile(r"/page/(\d{1,6})(?=/|$)")
# WordPress's own bases. Not `archives`: its numeric permalinks are `/archives/123`.
_NOT_A_POST = re.compile(
    r"^/(?:[^/]{1,40}/)?(?:category|tag|author)/|/page/\d{1,6}(?:/|$)|/(?:feed|comments)/?$|/wp-(?:admin|content|json)/|/wp-login\.php",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"/(?:19|20)\d{2}/(?:0?[1-9]|1[0-2])(?:/(?:0?[1-9]|[12]\d|3[01]))?/[^/]{3,}/?$|/(?:19|20)\d{2}/[^/\d][^/]{5,}/?$"
)
_EMPTY = ("jeg_empty_module", "wp-block-query-no-results", "no-results", "no-posts", "td-no-results", "not-found")
_LOADS_MORE = (
    "jeg_pagination_loadmore", "jeg_pagination_scrollload", "jeg_pagination_nextprev", "jeg_block_loadmore",
    "td_ajax_infinite", "td-load-more-wrap", "td-load-more-infinite-wrap", "td_ajax_load_more", "infinite-scroll",
    "ast-pagination-infinite", "load-more-button",
)  # fmt: skip
_HERO = (
    "jnews_category_hero_container",
    "jeg_heroblock",
    "jeg_slider_wrapper",
    "td-category-grid",
    "td_block_big_grid",
)
_LIST_BODIES = frozenset("archive blog search category tag author date tax-category post-type-archive".split())
_NOT_LISTS = frozenset("single single-post error404 attachment".split())
_TRACKERS = re.compile(r"^(?:utm_\w+|fbclid|gclid)$")


def page_number(url: str) -> int | None:
    """Which page of a list *url* names (``/page/N/`` or ``paged=N``), or ``None``."""
    parts = urlsplit(url)
    found = _PAGE_PATH.search(parts.path)
    if found:
        return int(found[1])
    for name, value in parse_qsl(parts.query):
        if name in ("paged", "page", "query-page") and value.isascii() and value.isdigit() and len(value) <= 6:
            return int(value)
    return None


def page_address(url: str, page: int) -> str:
    """Page *page* (from 1) of the list at *url*: ``/page/N/``, or ``paged=N`` where the list is named by a query."""
    parts = urlsplit(url)
    path = _PAGE_PATH.sub("", parts.path)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "paged"]
    if query:
        if page > 1:
            query.append(("paged", str(page)))
    elif page > 1:
        path = f"{path.rstrip('/')}/page/{page}/"
    return urlunsplit(parts._replace(path=path or "/", query=urlencode(query), fragment=""))


def _key(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    query = "&".join(
        f"{name}={value}" for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKERS.match(name)
    )
    return host_of(url), unquote(parts.path).rstrip("/"), query


def _post_url(href: str | None, url: str) -> str | None:
    """*href* as the address of a post of the same site, or ``None``."""
    if not href or href.lstrip().startswith("#"):
        return None
    found = absolute_url(href, url)
    if found is None or host_of(found) != host_of(url):
        return None
    parts = urlsplit(found)
    if parts.path.rstrip("/") in ("", "/index.html", "/index.htm", "/index.php") and not re.search(
        r"(?:^|&)(?:p|post)=\d", parts.query
    ):
        return None
    if _NOT_A_POST.search(parts.path) or _key(found) == _key(url):
        return None
    return urlunsplit(parts._replace(fragment=""))


def _inside(elements: list[Element]) -> set[Element]:
    return {part for element in elements for part in element.iter()}


def _navigation(root: Element, index: Index, url: str, side: set[Element]) -> tuple[str | None, int | None]:
    """The next page that the page itself links, and the highest page it names."""
    current = page_number(url) or 1
    candidates: list[Element] = []
    for name in (
        "page_nav",
        "wp-block-query-pagination-next",
        "next",
        "nav-next",
        "page-nav",
        "nav-previous",
        "older-posts",
        "nav-links",
    ):
        for element in index.all(name):
            if element in side:
                continue
            tokens = dom.class_tokens(element)
            if name == "page_nav" and "next" not in tokens:
                continue
            if name in ("page-nav", "nav-links"):
                anchors = [
                    part for part in element.iter("a") if (part.get("aria-label") or "").lower().startswith("next")
                ]
                anchors += [
                    part
                    for part in element.iter("a")
                    if page_number(absolute_url(part.get("href"), url) or "") == current + 1
                ]
                candidates.extend(anchors)
            else:
                candidates.extend([element] if element.tag == "a" else element.iter("a"))
    candidates.extend(
        part
        for part in root.iter("a", "link")
        if "next" in (part.get("rel") or "").lower().split() and part not in side
    )
    following = None
    for anchor in candidates:
        href = anchor.get("href")
        found = absolute_url(href, url) if href and not href.startswith("#") else None
        if found and host_of(found) == host_of(url) and (page_number(found) or 0) == current + 1:
            following = found
            break

    highest = None
    numbered = [
        *index.all("page_number"),
        *index.all("page-numbers"),
        *(a for nav in index.all("page-nav") for a in nav.iter("a")),
    ]
    shown = False
    for anchor in numbered:
        if anchor in side:
            continue
        shown = True
        number = page_number(absolute_url(anchor.get("href"), url) or "")
        if number and number < 1_000_000:
            highest = max(highest or current, number)
    if highest is None and shown:
        highest = current
    return following, max(highest, current) if highest else None


def _heading_link(element: Element) -> Element | None:
    """The link of a heading: inside it, or around it."""
    for anchor in element.iter("a"):
        if anchor.get("href"):
            return anchor
    parent = element.getparent()
    return parent if parent is not None and parent.tag == "a" and parent.get("href") else None


def _card_of(element: Element, *names: str) -> Element:
    """The card around a heading: the nearest element of *names*, else the heading's grandparent."""
    for depth, up in enumerate(element.iterancestors()):
        tokens = dom.class_tokens(up)
        if up.tag == "article" or any(token.startswith(name) for token in tokens for name in names):
            return up
        if depth > 8:
            break
    parent = element.getparent()
    return parent if parent is not None else element


def _cards(theme: str, root: Element, index: Index) -> Iterator[tuple[Element, Element]]:
    """``(link, card)`` for each post shown, in document order."""
    if theme == "jnews":
        for heading in index.all("jeg_post_title"):
            anchor = _heading_link(heading)
            if heading.tag != "h1" and anchor is not None:
                yield anchor, _card_of(heading, "jeg_post", "jeg_slide_item")
        return
    if theme == "tagdiv":
        headings = index.all("td-module-title") or index.all("entry-title")
        for heading in headings:
            anchor = _heading_link(heading)
            if heading.tag != "h1" and anchor is not None:
                yield anchor, _card_of(heading, "td_module_", "tdb_module_")
        if headings:
            return
    if theme == "block":
        for card in index.all("wp-block-post"):
            for name in (
                "wp-block-post-title",
                "wp-block-post-featured-image",
                "wp-block-read-more",
                "wp-block-post-date",
            ):
                anchor = next(
                    (
                        link
                        for part in card.iter()
                        if dom.has_class(part, name) and (link := _heading_link(part)) is not None
                    ),
                    None,
                )
                if anchor is not None:
                    yield anchor, card
                    break
        if index.has("wp-block-post"):
            return
    yield from _generic_cards(root, index)


def _generic_cards(root: Element, index: Index) -> Iterator[tuple[Element, Element]]:
    articles = [
        element
        for element in root.iter("article")
        if "type-page" not in dom.class_tokens(element) and "type-attachment" not in dom.class_tokens(element)
    ][:MAX_ENTRIES]
    found = False
    for article in articles:
        anchor = None
        for part in article.iter("h1", "h2", "h3", "h4"):
            anchor = _heading_link(part)
            if anchor is not None:
                break
        if anchor is None:
            anchor = next((part for part in article.iter("a") if "bookmark" in (part.get("rel") or "").split()), None)
        if anchor is not None:
            found = True
            yield anchor, article
    if found or articles:
        return
    for name in ("entry-title", "post-title"):
        for heading in index.all(name):
            anchor = _heading_link(heading)
            if anchor is not None:
                found = True
                yield anchor, _card_of(heading, "post", "hentry")
        if found:
            return
    for anchor in root.iter("a"):
        href = anchor.get("href") or ""
        if len(href) < 2_000 and _DATED.search(urlsplit(href).path if "[" not in href else ""):
            yield anchor, anchor


def _entry(anchor: Element, card: Element, url: str, found: str, featured: bool, language: str | None) -> ListingEntry:
    published = None
    printed = None
    if card is not anchor:
        for part in card.iter("time"):
            published = moment(part.get("datetime"))
            if published is not None:
                break
        for part in card.iter(etree.Element):
            if dom.has_class(
                part, "jeg_meta_date", "td-post-date", "published", "entry-date", "posted-on", "post-date"
            ):
                printed = day_in_words(line(part, limit=200), language)
                if printed:
                    break
    # The printed day is in the site's zone, as the address is; a time in UTC may be of the day before or after.
    day = printed or url_day(found) or (published.at[:10] if published else None)
    title = line(anchor)
    if title is None:
        image = next(iter(anchor.iter("img")), None)
        title = clean_line(image.get("alt") if image is not None else anchor.get("title"))
    return ListingEntry(
        url=found,
        title=title,
        published_at=published.at if published else None,
        published_precision=published.precision if published else None,
        day=day,
        featured=featured,
    )


def parse_listing(html: bytes | str, url: str, *, encoding: str | None = None) -> Listing:
    """The posts on the list page *html*, served at *url*: each once, in the page's order.

    Never raises on account of *html*. Only addresses of the same host (with or without ``www.``) count, and none of
    categories, tags, authors or pages.
    """
    root = dom.document(html, encoding=encoding)
    if root is None:
        return Listing(theme="generic")
    index = Index(root)
    theme = detect_theme(root, index)
    side = _inside(
        [*index.all("jeg_sidebar"), *index.all("td-main-sidebar"), *index.all("widget-area"), *index.all("widget")]
    )
    following, pages = _navigation(root, index, url, side)
    more = any(element not in side for name in _LOADS_MORE for element in index.all(name))

    strip_outside(root)
    index = Index(root)
    heroes = _inside([element for name in _HERO for element in index.all(name)])
    language = root.get("lang")
    order: dict[tuple[str, str, str], ListingEntry] = {}
    plain: set[tuple[str, str, str]] = set()
    for anchor, card in _cards(theme, root, index):
        found = _post_url(anchor.get("href"), url)
        if found is None:
            continue
        key = _key(found)
        featured = anchor in heroes
        if not featured:
            plain.add(key)
        if key not in order:
            if len(order) >= MAX_ENTRIES:
                break
            order[key] = _entry(anchor, card, url, found, featured, language)
    entries = [
        entry if not entry.featured or key not in plain else replace(entry, featured=False)
        for key, entry in order.items()
    ]
    derived = False
    if following is None and more and entries:
        following, derived = page_address(url, (page_number(url) or 1) + 1), True
    return Listing(
        theme=theme,
        entries=entries,
        next_url=following,
        next_derived=derived,
        page=page_number(url) or 1,
        pages=pages,
        empty=not entries and index.has(*_EMPTY),
    )


def is_list_page(html: bytes | str, *, encoding: str | None = None) -> bool:
    """Whether *html* is a list of posts rather than one post, an error or a plain page.

    WordPress's body classes decide, then ``og:type``; where neither does, two cards make a list.
    """
    root = dom.document(html, encoding=encoding)
    if root is None:
        return False
    classes = body_classes(root)
    if _NOT_LISTS.intersection(classes):
        return False
    if _LIST_BODIES.intersection(classes):
        return True
    if "home" not in classes and (read_head(root).last("og:type") or "").strip().lower() == "article":
        return False
    index = Index(root)
    theme = detect_theme(root, index)
    strip_outside(root)
    index = Index(root)
    return len(list(islice(_cards(theme, root, index), 2))) == 2
