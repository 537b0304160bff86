"""List pages (categories, dates, authors, tags, search, home): the posts they name, and where the next page is.

The list's own navigation is read first; then menus, sidebars and footers are cut
away, and each card's heading names its post. A theme that none of this fits is
read by its headings in ``article``, and last by permalinks with a date in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import orjson
from lxml import etree

from newscrawl.html import dom
from newscrawl.html.dates import day_in_words
from newscrawl.html.dom import Element, absolute_url, line
from newscrawl.html.head import read_head
from newscrawl.html.times import moment
from newscrawl.surfaces.parsing.feedtime import feed_time
from newscrawl.surfaces.parsing.sitemap import url_day
from newscrawl.surfaces.parsing.themes import Index, body_classes, detect_theme, host_of, strip_outside
from newscrawl.text import clean_line

__all__ = ["MAX_ENTRIES", "Listing", "ListingEntry", "is_list_page", "page_address", "page_number", "parse_listing"]

#: Posts of one list page. WordPress shows 10 by default; home pages of large blocks some hundreds.
MAX_ENTRIES = 2_000
#: Elements of a page that are looked at for rows of a list.
MAX_ROWS = 20_000
#: Elements of a card in which a printed day is looked for.
MAX_CARD = 400


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
    """``next_url``: the next page, where the page links it.

    ``page``: which page this is (from 1); ``pages``: how many, as far as the navigation shows. ``empty``: the
    page says that it has no posts (an end, not a failure to read). ``wordpress``: made by WordPress, whose lists have
    a page N at ``/page/N/``. ``loads_more``: more posts are offered by a button that leads nowhere by itself, or by a
    link that may be the next page and may be another list.
    """

    theme: str
    entries: list[ListingEntry] = field(default_factory=list)
    next_url: str | None = None
    page: int = 1
    pages: int | None = None
    empty: bool = False
    wordpress: bool = False
    loads_more: bool = False


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


def _outermost(elements: Iterable[Element]) -> Iterator[Element]:
    """*elements*, in document order, without those inside another of them: each link is looked at once."""
    last: Element | None = None
    for element in elements:
        if last is None or not any(up is last for up in element.iterancestors()):
            last = element
            yield element


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
        for element in _outermost(index.all(name)):
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
        found = _link(anchor, url)
        if found and (page_number(found) or 0) == current + 1:
            following = found
            break
    following = following or _next_in_words(root, url, side)

    highest = None
    numbered = [
        *index.all("page_number"),
        *index.all("page-numbers"),
        *(a for nav in _outermost(index.all("page-nav")) for a in nav.iter("a")),
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


_NEXT_CLASS = re.compile(r"(?:^|[-_])(?:next|older)(?:$|[-_])|blog-pager-older-link|loadmore|load-more")
# What links to the next page of a list say, in the languages of WordPress's and other systems' translations.
_NEXT_WORDS = re.compile(
    r"[\W\d_]*(?:"
    r"(?:go to |to the |show |view |load )?(?:next|older|more)(?: page| posts| articles| entries| stories| news)?|"
    r"(?:nächste|weitere|ältere)(?: seite| beiträge| artikel)?|weiter|mehr|"
    r"(?:page )?suivante?s?|articles plus anciens|plus|"
    r"(?:página )?siguiente|entradas (?:más )?antiguas|más|"
    r"(?:próxima|página seguinte)(?: página)?|seguinte|mais(?: antigas)?|"
    r"(?:pagina )?(?:successiva|successivo)|avanti|articoli meno recenti|"
    r"volgende(?: pagina)?|oudere berichten|nästa(?: sida)?|äldre inlägg|neste|næste|seuraava|"
    r"następna(?: strona)?|starsze(?: wpisy)?|další|ďalšie|následující|următoarea|következő|"
    r"sonraki(?: sayfa)?|önceki yazılar|berikutnya|selanjutnya|tiếp|"
    r"вперёд|вперед|далее|следующая|ещё|наступна|далі|التالي|المزيد|بعدی|הבא|"
    r"次(?:へ|のページ)?|もっと見る|다음|더보기|下一页|下一頁|更多|अगला|›|»|→|>"
    r")[\W_]*",
    re.IGNORECASE,
)


def _link(anchor: Element, url: str) -> str | None:
    """Where *anchor* leads, if that is another page of the same host."""
    href = anchor.get("href")
    if not href or href.lstrip().startswith(("#", "javascript:")):
        return None
    found = absolute_url(href, url)
    if found is None or host_of(found) != host_of(url) or _exact(found) == _exact(url):
        return None
    return urlsplit(found)._replace(fragment="").geturl()


def _exact(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(scheme="", fragment="")).rstrip("/")


def _next_in_words(root: Element, url: str, side: set[Element]) -> str | None:
    """The next page by what its link says of itself: ``rel``, then a class, then its words.

    Its address may be of any form: Drupal counts from 0, Blogger names the day of the last post.
    """
    by_class: str | None = None
    by_words: str | None = None
    for anchor in root.iter("a", "link"):
        if anchor in side or _in_post(anchor):
            continue
        found = _link(anchor, url)
        if found is None or _FILE.search(urlsplit(found).path):
            continue
        if "next" in (anchor.get("rel") or "").lower().split():
            return found
        if anchor.tag == "link":
            continue
        tokens = [*dom.class_tokens(anchor), *_parent_tokens(anchor)]
        if by_class is None and any(_NEXT_CLASS.search(token) for token in tokens) and _shares_list(found, url):
            by_class = found
        said = line(anchor, limit=60) or anchor.get("aria-label") or anchor.get("title") or ""
        if by_words is None and said and _NEXT_WORDS.fullmatch(said[:60]) and _shares_list(found, url):
            by_words = found
    return by_class or by_words


_ARROW = re.compile(r"\A\s*[›»→>]|[›»→>]\s*\Z")
_PAGING = re.compile(r"pag(?:e[sr]?|in)|paging|nav(?!bar)|stra?n(?:k|y)|seiten", re.IGNORECASE)
#: Names in a query whose numbers name a post or another list.
_OTHER_NUMBERS = frozenset("p cat post post_id page_id id tag tag_id author attachment_id replytocom m year".split())
_DATE_LIST = re.compile(r"/(?:19|20)\d{2}(?:[/-]\d{1,2}){1,2}/?\Z")


def _next_by_number(root: Element, url: str, side: set[Element]) -> tuple[str | None, bool]:
    """The link whose address is one further than *url*, where it also looks like a next page in any language: an
    arrow, the page's number, or a place among navigation. And whether any link is one further, looks aside.
    """
    hinted = False
    for anchor in islice(root.iter("a"), MAX_BUTTONS):
        found = _link(anchor, url)
        if found is None or anchor in side or _in_post(anchor):
            continue
        number = _one_further(found, url)
        if number is None:
            continue
        hinted = True
        said = (line(anchor, limit=60) or anchor.get("aria-label") or "").strip()
        up = [
            token for one, _ in zip(_with_ancestors(anchor), range(4), strict=False) for token in dom.class_tokens(one)
        ]
        if said == str(number) or _ARROW.search(said) or any(_PAGING.search(token) for token in up):
            return found, True
    return None, hinted


def _with_ancestors(element: Element) -> Iterator[Element]:
    yield element
    yield from element.iterancestors()


def _one_further(found: str, url: str) -> int | None:
    """The number in the address *found* that is one more than in *url*, all else the same; or a 2 that *url* lacks."""
    one, other = urlsplit(found), urlsplit(url)
    if _day_or_post(one.path) or _DATE_LIST.search(one.path) or _NOT_A_POST.search(one.path.replace("/page/", "/")):
        return None
    new = [pair for pair in parse_qsl(one.query, keep_blank_values=True) if not _TRACKERS.match(pair[0])]
    old = dict(parse_qsl(other.query, keep_blank_values=True))
    changed = [(name, value) for name, value in new if old.get(name) != value]
    if one.path.rstrip("/") == other.path.rstrip("/"):
        if len(changed) != 1 or changed[0][0].lower() in _OTHER_NUMBERS:
            return None
        name, value = changed[0]
        return _follows(old.get(name, "1"), value)
    if changed:
        return None
    if _DIGITS.sub("#", one.path) == _DIGITS.sub("#", other.path):
        pairs = zip(_DIGITS.findall(one.path), _DIGITS.findall(other.path), strict=True)
        differing = [pair for pair in pairs if pair[0] != pair[1]]
        return _follows(differing[0][1], differing[0][0]) if len(differing) == 1 else None
    base = other.path.rstrip("/")
    added = one.path.removeprefix(base) if one.path.startswith(f"{base}/") else ""
    return 2 if re.fullmatch(r"(?:/[^/\d]{1,30})?/2/?", added) else None


def _follows(old: str, new: str) -> int | None:
    if not (old.isascii() and old.isdigit() and new.isascii() and new.isdigit()) or max(len(old), len(new)) > 6:
        return None
    return int(new) if int(new) == int(old) + 1 else None


#: Links and buttons of a page that are looked at for one that loads more posts.
MAX_BUTTONS = 5_000


def _loads_more(root: Element, url: str, side: set[Element]) -> bool:
    """Whether a button, or a link without an address of its own, offers more posts: by its class, or its words."""
    for one in islice(root.iter("a", "button"), MAX_BUTTONS):
        if one in side or _in_post(one) or (one.tag == "a" and _link(one, url) is not None):
            continue
        if any(_MORE_CLASS.search(token) for token in [*dom.class_tokens(one), *_parent_tokens(one)]):
            return True
        said = line(one, limit=60) or one.get("aria-label") or ""
        if _MORE_WORDS.fullmatch(said[:60]):
            return True
    return False


_MORE_CLASS = re.compile(r"load-?_?more|infinite-?_?scroll|show-?_?more-posts", re.IGNORECASE)
_MORE_WORDS = re.compile(
    r"\W*(?:(?:load|show|view|see) (?:more|older)(?: posts| articles| stories| news)?|"
    r"(?:more|older) (?:posts|articles|stories|news)|"
    r"(?:weitere|mehr|ältere) (?:beiträge|artikel|laden|anzeigen)(?: laden| anzeigen)?|"
    r"charger plus(?: d.articles)?|voir plus|"
    r"cargar más|ver más|carregar mais|ver mais|carica altri|mostra altri|meer laden|toon meer|załaduj więcej|"
    r"показать ещё|загрузить ещё|もっと見る|더보기|加载更多|載入更多)\W*",
    re.IGNORECASE,
)

_FILE = re.compile(r"\.(?:xml|rss|json|jpe?g|png|pdf|mp[34])\Z", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,9}")
_PLACE = re.compile(r"\d|page|start|offset|from|before|after|max|cursor|seite|pagina", re.IGNORECASE)


def _shares_list(found: str, url: str) -> bool:
    """Whether *found* may be another page of the list at *url*: the same path or one below, with a number or place."""
    one, other = urlsplit(found), urlsplit(url)
    if _DIGITS.sub("#", one.path) == _DIGITS.sub("#", other.path) and _DIGITS.search(f"{one.path}?{one.query}"):
        return not _day_or_post(one.path)
    base = _PAGE_PATH.sub("", other.path).rstrip("/")
    added = (one.path.removeprefix(base), one.query) if one.path.startswith(base) else (None, one.query)
    if added[0] is None:
        # /page/2/ and /page-2.html beside the list that they belong to.
        return bool(re.search(r"page", one.path, re.IGNORECASE) and re.search(r"\d", one.path))
    return bool(_PLACE.search(f"{added[0]}?{added[1]}")) and _day_or_post(added[0]) is False


def _day_or_post(path: str) -> bool:
    return _DATED.search(path) is not None


def _parent_tokens(anchor: Element) -> list[str]:
    parent = anchor.getparent()
    return dom.class_tokens(parent) if parent is not None and parent.tag in ("li", "span", "div", "p") else []


def _in_post(anchor: Element) -> bool:
    return any(up.tag == "article" for up, _ in zip(anchor.iterancestors(), range(12), strict=False))


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


def _cards(theme: str, root: Element, index: Index, *, rows: bool = True) -> Iterator[tuple[Element, Element]]:
    """``(link, card)`` for each post shown, in document order.

    *rows*: also rows that nothing but their form tells; headings of related posts beside one post have it too.
    """
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
    yield from _generic_cards(root, index, rows=rows)


def _generic_cards(root: Element, index: Index, *, rows: bool) -> Iterator[tuple[Element, Element]]:
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
    of_form = list(_rows(root)) if rows else []
    if of_form:
        yield from of_form
        return
    for anchor in root.iter("a"):
        href = anchor.get("href") or ""
        if len(href) < 2_000 and _DATED.search(urlsplit(href).path if "[" not in href else ""):
            yield anchor, anchor


#: Headings of one form that make a list, and letters of a link that may be a headline.
LEAST_ROWS = 3
LEAST_HEADLINE = 12
_TITLE_CLASS = re.compile(r"(?:^|[-_])(?:title|headline)(?:$|[-_])", re.IGNORECASE)


def _rows(root: Element) -> Iterator[tuple[Element, Element]]:
    """Cards of a page that no theme explains: links of one form, at least three, that are headings or are called
    titles, or that stand beside a time in rows of a list; in document order.
    """
    forms: dict[tuple[str, ...], list[tuple[Element, Element]]] = {}
    of_form: list[tuple[tuple[str, ...], Element, Element]] = []
    for element in islice(root.iter("h2", "h3", "h4", "div", "span", "p", "a", "li"), MAX_ROWS):
        if element.tag == "li":
            anchor = next(element.iter("a"), None) if next(element.iter("time"), None) is not None else None
        elif element.tag in ("h2", "h3", "h4") or any(_TITLE_CLASS.search(one) for one in dom.class_tokens(element)):
            anchor = element if element.tag == "a" else _heading_link(element)
        else:
            continue
        if anchor is None or len(line(anchor, limit=200) or "") < LEAST_HEADLINE:
            continue
        parent = element.getparent()
        form = (
            str(element.tag),
            *dom.class_tokens(element),
            "/",
            *(dom.class_tokens(parent) if parent is not None else ()),
        )
        card = element if element.tag == "li" else _card_of(element, "card", "post", "item", "story", "entry", "teaser")
        forms.setdefault(form, []).append((anchor, card))
        of_form.append((form, anchor, card))
    for form, anchor, card in of_form:
        if len({one.get("href") for one, _ in forms[form]}) >= LEAST_ROWS:
            yield anchor, card


def _entry(anchor: Element, card: Element, url: str, found: str, featured: bool, language: str | None) -> ListingEntry:
    published = None
    printed = None
    if card is not anchor:
        for part in card.iter("time"):
            published = moment(part.get("datetime"))
            if published is not None:
                break
        # The card of one post is small; what stands around many headings would be searched for each of them.
        for part in islice(card.iter(etree.Element), MAX_CARD):
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
    loads_more = False
    if following is None:
        following, hinted = _next_by_number(root, url, side)
        loads_more = following is None and (hinted or _loads_more(root, url, side))
    listed = _json_ld_list(root, url)

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
    start = html[:400_000]
    return Listing(
        theme=theme,
        entries=entries or listed,
        next_url=following,
        page=page_number(url) or 1,
        pages=pages,
        empty=not entries and (index.has(*_EMPTY) or "search-no-results" in body_classes(root)),
        wordpress=theme != "generic"
        or index.has("type-post")
        or (b"wp-content" in start if isinstance(start, bytes) else "wp-content" in start),
        loads_more=loads_more,
    )


#: Objects of JSON-LD that are looked at, and how deep they stand in one another.
MAX_OBJECTS = 20_000
MAX_DEPTH = 12
_ARTICLE_TYPES = frozenset(
    "article newsarticle blogposting reportagenewsarticle analysisnewsarticle opinionnewsarticle liveblogposting "
    "socialmediaposting techarticle scholarlyarticle report".split()
)


def _json_ld_objects(root: Element) -> list[Any]:
    """All objects of a page's JSON-LD, outermost first."""
    waiting: list[tuple[Any, int]] = []
    for script in islice(root.iter("script"), 400):
        if "ld+json" in (script.get("type") or "") and script.text:
            try:
                waiting.append((orjson.loads(script.text[:4_000_000]), 0))
            except orjson.JSONDecodeError:
                continue
    objects: list[Any] = []
    while waiting and len(objects) < MAX_OBJECTS:
        value, depth = waiting.pop(0)
        if isinstance(value, dict):
            objects.append(value)
            inner = list(value.values())
        else:
            inner = value if isinstance(value, list) else []
        if depth < MAX_DEPTH:
            waiting.extend((one, depth + 1) for one in inner if isinstance(one, dict | list))
    return objects


def _types(value: dict[str, Any]) -> set[str]:
    given = value.get("@type")
    names = given if isinstance(given, list) else [given]
    return {name.rpartition("/")[2].lower() for name in names if isinstance(name, str)}


def _json_ld_list(root: Element, url: str) -> list[ListingEntry]:
    """The posts that a page's JSON-LD lists (``ItemList``, ``Blog``, ``CollectionPage``), in its order."""
    objects = _json_ld_objects(root)
    articles = [one for one in objects if _types(one) & _ARTICLE_TYPES]
    items = [one for one in objects if "listitem" in _types(one)]
    if len(articles) < 2 and len(items) < 2:
        return []
    if any("breadcrumblist" in _types(one) for one in objects) and len(articles) < 2:
        crumbs = [
            id(item) for one in objects if "breadcrumblist" in _types(one) for item in one.get("itemListElement") or []
        ]
        items = [one for one in items if id(one) not in crumbs]
    order: dict[tuple[str, str, str], ListingEntry] = {}
    for one in [*articles, *items][:MAX_ENTRIES]:
        inner = one.get("item") if isinstance(one.get("item"), dict) else one
        page = inner.get("mainEntityOfPage")
        places = (
            inner.get("url"),
            inner.get("@id"),
            page if isinstance(page, str) else (page or {}).get("@id") if isinstance(page, dict) else None,
        )
        found = next(
            (address for place in places if isinstance(place, str) and (address := _post_url(place, url))), None
        )
        if found is None:
            continue
        published = feed_time(inner.get("datePublished"))
        title = inner.get("headline") or inner.get("name")
        order.setdefault(
            _key(found),
            ListingEntry(
                url=found,
                title=clean_line(title) if isinstance(title, str) else None,
                published_at=published.at if published else None,
                published_precision=published.precision if published else None,
                day=url_day(found),
            ),
        )
    return list(order.values())


#: Characters in paragraphs outside its cards from which on a page is no list: an introduction is shorter.
MOST_OWN_TEXT = 600
MOST_BESIDE_ROWS = 200
_LIST_TYPES = frozenset("collectionpage blog itemlist searchresultspage".split())


def is_list_page(html: bytes | str, *, encoding: str | None = None) -> bool:
    """Whether *html* is a list of posts rather than one post, an error or a plain page.

    WordPress's body classes decide, then what the page calls itself (``og:type``, time of publication, JSON-LD): what
    calls itself an article is one. Where it says nothing, several cards make a list.
    """
    root = dom.document(html, encoding=encoding)
    if root is None:
        return False
    classes = body_classes(root)
    if _NOT_LISTS.intersection(classes):
        return False
    if _LIST_BODIES.intersection(classes):
        return True
    head = read_head(root)
    types = {name for one in _json_ld_objects(root) for name in _types(one)}
    if "home" not in classes and (
        (head.last("og:type") or "").strip().lower() == "article"
        or head.last("article:published_time")
        or (types & _ARTICLE_TYPES and not types & _LIST_TYPES)
    ):
        return False
    index = Index(root)
    theme = detect_theme(root, index)
    strip_outside(root)
    index = Index(root)
    cards = [card for _, card in islice(_cards(theme, root, index, rows=False), MAX_ENTRIES)]
    most = MOST_OWN_TEXT
    if not cards:
        # Headings of related posts have the form of rows too: then the page has a text of its own.
        cards, most = [card for _, card in islice(_rows(root), MAX_ENTRIES)], MOST_BESIDE_ROWS
    if len(cards) < 2:
        return False
    inside = _inside(cards)
    own = sum(len(line(part) or "") for part in islice(root.iter("p"), 2_000) if part not in inside)
    # A front page may tell of itself as much as it likes.
    return "home" in classes or own < most
