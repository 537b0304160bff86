"""The page of one post, whatever theme made it.

First the body is found, then everything that is not the post is cut away
(menus, sidebars, related cards, further articles loaded behind it), and only
then are heading, byline, date and terms looked for. So another post's card can
never lend its author or date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from newscrawl.html import dom
from newscrawl.html.dates import day_in_words
from newscrawl.html.dom import Element, absolute_url, line, plain_title
from newscrawl.html.head import Head, read_head
from newscrawl.html.times import Moment, moment
from newscrawl.html.usage import licence_links, usage_metas
from newscrawl.surfaces.parsing.content import PostContent, post_text
from newscrawl.surfaces.parsing.counts import displayed_count
from newscrawl.surfaces.parsing.sitemap import url_day
from newscrawl.surfaces.parsing.themes import Index, body_classes, detect_theme, of_other_post, strip_outside
from newscrawl.text import clean_line

__all__ = ["PostPage", "parse_post_page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    """What a post's page says. Times in UTC, ``published_precision`` as in the record.

    ``displayed_shares`` and ``displayed_views`` are the figures shown; JNews makes them up. ``sources``: where
    title, author, published_at, modified_at and image_url came from.
    """

    theme: str
    title: str | None = None
    author: str | None = None
    published_at: str | None = None
    published_precision: str | None = None
    modified_at: str | None = None
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    image_url: str | None = None
    displayed_shares: int | None = None
    displayed_views: int | None = None
    body_html: str | None = None
    content: PostContent = field(default_factory=PostContent)
    canonical_url: str | None = None
    wp_id: int | None = None
    usage_metas: list[tuple[str, str]] = field(default_factory=list)
    licence: str | None = None
    licence_source: str = "html"
    free_access: bool | None = None
    rest_link: str | None = None
    rest_root: str | None = None
    feed_links: list[str] = field(default_factory=list)
    language: str | None = None
    sources: dict[str, str] = field(default_factory=dict)


_BODIES = {
    "jnews": ("content-inner",),
    "tagdiv": ("tdb_single_content", "td-post-content"),
    "block": ("wp-block-post-content",),
    "generic": (),
}
_ANY_BODY = (
    # Page builders: Elementor, Divi, Avada, Bricks, Enfold.
    "elementor-widget-theme-post-content", "et_pb_post_content", "fusion-content-tb", "brxe-post-content",
    "entry-content-wrapper",
    "entry-content", "post-content", "article-content", "post-body", "article-body", "single-content", "the-content",
    "post-entry", "entry", "content-inner", "td-post-content", "wp-block-post-content",
)  # fmt: skip
_POST_ID = re.compile(r"(?:postid|page-id)-(\d{1,18})")
_QUERY_ID = re.compile(r"[?&]p=(\d{1,18})(?:&|$)")
_REST_ID = re.compile(r"/wp/v2/[\w-]{1,40}/(\d{1,18})(?:[/?]|$)")
_SEPARATORS = ("-", "–", "—", "|", "»", "·", "•", ":", "«", "/")
_BY = re.compile(
    r"^(?:written by|posted by|by|von|par|por|di|door|av|af|przez|от|بقلم|بواسطة|כתב)\b[\s:.\-–|]{0,5}", re.IGNORECASE
)
_SOURCE_LABEL = re.compile(r"\b(?:source|via|fuente|quelle|fonte)\b", re.IGNORECASE)


def _text_size(element: Element) -> int:
    return sum(len(part) for part in element.itertext())


def _find_body(theme: str, index: Index, root: Element, post_id: int | None) -> Element | None:
    """The element that holds the post's text, by its class; the first the theme uses, else the fullest of the usual."""

    def own(element: Element) -> bool:
        ups = [element, *element.iterancestors()]
        return not any(of_other_post(up, post_id) for up in ups)

    for name in _BODIES[theme]:
        for element in index.all(name)[:50]:
            # Query loops show whole posts too. (tagDiv's templates are posts, so their number says nothing.)
            if not any(dom.has_class(up, "wp-block-post", "wp-block-query") for up in element.iterancestors()):
                return element
    for element in root.iter("div", "section", "article"):
        if element.get("itemprop") in ("articleBody", "text") and own(element):
            return element
    for name in _ANY_BODY:
        found = [element for element in index.all(name)[:50] if own(element)]
        if found:
            return max(found, key=_text_size)
    return None


def _fallback_body(root: Element) -> Element | None:
    """The element with the most text in paragraphs of its own."""
    best, most = None, 0
    for element in root.iter("div", "section", "article", "main", "body", "td"):
        size = sum(len(part) for child in element if child.tag == "p" for part in child.itertext())
        if size > most:
            best, most = element, size
    return best


def _unique(values: Iterable[str | None], limit: int = 100) -> list[str]:
    found: list[str] = []
    for value in values:
        if value and value not in found and len(found) < limit:
            found.append(value)
    return found


def _links_in(elements: Iterable[Element]) -> list[str]:
    return _unique(line(anchor, limit=200) for element in elements for anchor in element.iter("a"))


def _rel(root: Element, word: str, *, without: str = "", body: Element | None = None) -> list[Element]:
    inside = set(body.iter("a")) if body is not None else set()
    found = []
    for anchor in root.iter("a"):
        rels = (anchor.get("rel") or "").lower().split()
        if word in rels and (not without or without not in rels) and anchor not in inside:
            found.append(anchor)
    return found


def _without_site(title: str | None, site: str | None) -> str | None:
    """*title* without the site's name that SEO plugins append or prepend."""
    title, site = clean_line(title), clean_line(site)
    if not title or not site or title == site:
        return title
    if title.endswith(site):
        rest = title[: -len(site)].rstrip()
        if rest.endswith(_SEPARATORS):
            return rest[:-1].rstrip() or title
    return title


def _folded(value: str | None) -> str:
    return "".join(char for char in (value or "").casefold() if char.isalnum())


def _theme_title(theme: str, index: Index) -> str | None:
    """The heading that the theme marks as the post's."""
    names = {
        "jnews": ("jeg_post_title", "entry-title"),
        "tagdiv": ("tdb-title-text", "entry-title"),
        "block": ("wp-block-post-title", "entry-title"),
    }.get(theme, ())
    for name in names:
        for element in index.all(name):
            if element.tag == "h1" or (theme == "block" and element.tag == "h2"):
                found = line(element)
                if found:
                    return found
    if theme == "jnews":
        # A custom heading stands in the header of the post.
        for up in index.all("entry-header")[:3]:
            for element in up.iter("h1"):
                return line(element)
    return None


def _title(theme: str, index: Index, root: Element, head: Head) -> tuple[str | None, str]:
    """The post's heading. On unknown themes the headings are held against what the head says."""
    found = _theme_title(theme, index)
    if found:
        return found, "html"
    site = head.last("og:site_name")
    metas = [
        (plain_title(head.article.get("headline")), "json-ld"),
        (_without_site(plain_title(head.last("og:title", "twitter:title")), site), "opengraph"),
        (_without_site(head.title, site), "html"),
    ]
    marked = [element for name in ("entry-title", "post-title", "article-title") for element in index.all(name)[:5]]
    marked += [element for element in root.iter("h1", "h2") if element.get("itemprop") == "headline"][:3]
    top = [element for element in root.iter("h1") if not dom.has_class(element, "site-title", "site-logo")][:10]
    marked.sort(key=lambda element: element.tag != "h1")
    headings = [text for text in (line(element) for element in [*marked, *top]) if text and text != site]
    for heading in headings:
        if any(_folded(heading) == _folded(meta) for meta, _ in metas if meta):
            return heading, "html"
    for heading in headings:
        folded = _folded(heading)
        for meta, source in metas:
            known = _folded(meta)
            if meta and len(known) >= 12 and folded.endswith(known):
                return meta, source  # a kicker stands in the heading
            if len(folded) >= 12 and folded in known:
                return heading, "html"
    if marked or len(top) == 1:
        for heading in headings:
            return heading, "html"
    for meta, source in metas:
        if meta:
            return meta, source
    return (headings[0], "html") if headings else (None, "")


def _author(index: Index, root: Element, head: Head, body: Element | None) -> tuple[str | None, str]:
    for name in (
        "jeg_meta_author", "td-post-author-name", "tdb-author-name", "tdb-author-name-wrap",
        "wp-block-post-author__name", "wp-block-post-author-name__link", "wp-block-post-author-name",
    ):  # fmt: skip
        elements = index.all(name)[:5]
        names = _unique(
            line(anchor, limit=200)
            for element in elements
            for anchor in ([element] if element.tag == "a" else element.iter("a"))
        )
        if not names and elements:
            names = _unique(_BY.sub("", line(element, limit=200) or "") for element in elements)
        if names:
            return ", ".join(names), "html"
    names = _unique(line(anchor, limit=200) for anchor in _rel(root, "author", body=body)[:5])
    if not names:
        inside = set(body.iter()) if body is not None else set()
        for name in ("author-name", "entry-author-name", "byline", "posted-by", "post-author", "author"):
            for element in index.all(name)[:3]:
                if element not in inside:
                    names = _links_in([element]) or _unique([_BY.sub("", line(element, limit=200) or "")])
                    break
            if names:
                break
    if names:
        return ", ".join(names[:10]), "html"
    names = head.names(head.article.get("author")) or head.names(head.page.get("author"))
    if names:
        return ", ".join(names[:10]), "json-ld"
    found = plain_title(
        head.last("author", "twitter:data1" if "written" in (head.last("twitter:label1") or "").lower() else "author")
    )
    return (None, "") if not found or found.startswith(("http://", "https://")) else (found, "meta")


def _shown_times(index: Index, root: Element, body: Element | None) -> tuple[list[Moment], list[Moment]]:
    """Published and modified as ``time`` elements and microdata outside the body give them, the surest first."""
    inside = set(body.iter()) if body is not None else set()
    published: list[tuple[int, Moment]] = []
    modified: list[Moment] = []
    for element in root.iter("time", "meta", "span", "abbr"):
        prop = (element.get("itemprop") or "").lower()
        value = element.get("datetime") or (element.get("content") if prop or element.tag != "meta" else None)
        if not value or element in inside or (element.tag != "time" and not prop.startswith("date")):
            continue
        found = moment(value)
        if found is None:
            continue
        tokens = dom.class_tokens(element)
        if prop == "datemodified" or ("updated" in tokens and not {"published", "entry-date"}.intersection(tokens)):
            modified.append(found)
        elif prop == "datepublished" or "published" in tokens:
            published.append((0, found))
        elif "entry-date" in tokens:
            published.append((1, found))
        else:
            published.append((2, found))
    published.sort(key=lambda pair: pair[0])
    return [found for _, found in published], modified


def _printed_day(index: Index, language: str | None, *names: str) -> Moment | None:
    for name in names:
        for element in index.all(name)[:3]:
            day = day_in_words(line(element, limit=300), language)
            if day:
                return Moment(f"{day}T00:00:00Z", "day")
    return None


def _best(candidates: Iterable[tuple[Moment | None, str]]) -> tuple[Moment | None, str]:
    """The first that is exact to more than the day, else the first."""
    coarse: tuple[Moment | None, str] = (None, "")
    for found, source in candidates:
        if found is None:
            continue
        if found.precision != "day":
            return found, source
        if coarse[0] is None:
            coarse = (found, source)
    return coarse


def _published(index: Index, root: Element, head: Head, body: Element | None, url: str) -> tuple[Moment | None, str]:
    shown = _shown_times(index, root, body)[0]
    day = url_day(url) or url_day(head.link("canonical", url) or "")
    return _best(
        [
            (moment(head.article.get("datePublished")), "json-ld"),
            (moment(head.last("article:published_time", "og:article:published_time")), "opengraph"),
            (moment(head.page.get("datePublished")), "json-ld"),
            *((found, "html") for found in shown[:3]),
            (
                _printed_day(
                    index, head.language, "jeg_meta_date", "td-post-date", "tdb-single-date", "wp-block-post-date",
                    "published", "entry-date", "posted-on", "post-date", "date", "entry-meta",
                ),
                "html",
            ),
            (Moment(f"{day}T00:00:00Z", "day") if day else None, "url"),
        ]
    )  # fmt: skip


def _modified(index: Index, root: Element, head: Head, body: Element | None) -> tuple[Moment | None, str]:
    shown = _shown_times(index, root, body)[1]
    return _best(
        [
            (moment(head.article.get("dateModified")), "json-ld"),
            (moment(head.last("article:modified_time", "og:updated_time")), "opengraph"),
            (moment(head.page.get("dateModified")), "json-ld"),
            *((found, "html") for found in shown[:1]),
            (_printed_day(index, head.language, "updated") if not index.has("td-module-date") else None, "html"),
        ]
    )


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return _unique(plain_title(part) for part in value[:4_000].split(","))
    return _unique(plain_title(part) for part in value[:100]) if isinstance(value, list) else []


def _terms(index: Index, root: Element, head: Head, body: Element | None) -> tuple[list[str], list[str]]:
    for name in (
        "jeg_meta_category", "td-category", "tdb-entry-category", "taxonomy-category", "cat-links", "entry-categories",
    ):  # fmt: skip
        categories = _links_in(index.all(name))
        if categories:
            break
    if not categories:
        categories = _unique(line(anchor, limit=200) for anchor in _rel(root, "category", body=body))
    if not categories:
        categories = _unique(plain_title(value) for value in head.meta.get("article:section", []))
    if not categories:
        categories = _words(head.article.get("articleSection"))

    tags: list[str] = []
    for name in ("jeg_post_tags", "td-tags", "tdb-tags", "taxonomy-post_tag", "tags-links", "post-tags", "entry-tags"):
        tags = _links_in(index.all(name))
        if tags:
            break
    if not tags:
        terms = {anchor for element in index.all("taxonomy-category") for anchor in element.iter("a")}
        tags = _unique(
            line(anchor, limit=200) for anchor in _rel(root, "tag", without="category") if anchor not in terms
        )
    if not tags:
        tags = _unique(plain_title(value) for value in head.meta.get("article:tag", []))
    if not tags:
        tags = _words(head.article.get("keywords"))
    return categories, tags


def _counter(index: Index, *names: str) -> int | None:
    """The figure shown in the first element of *names*; a `counts` element inside holds it alone."""
    for name in names:
        for element in index.all(name)[:3]:
            shown = dom.first(part for part in element.iter(etree.Element) if dom.has_class(part, "counts", "count"))
            found = displayed_count(line(shown if shown is not None else element, limit=100))
            if found is not None:
                return found
    return None


def _image(index: Index, root: Element, head: Head, url: str) -> tuple[str | None, str]:
    found = head.image(url)
    if found:
        return found, "json-ld"
    found = absolute_url(
        head.last("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"), url
    )
    if found:
        return found, "opengraph"
    for name in (
        "jeg_featured", "td-post-featured-image", "tdb-featured-image-bg", "wp-block-post-featured-image",
        "post-thumbnail", "featured-image", "entry-thumb",
    ):  # fmt: skip
        for element in index.all(name)[:2]:
            found = dom.first(dom.images(element, url))
            if found:
                return found, "html"
    return None, ""


def _wp_id(root: Element, head: Head, rest_link: str | None, url: str) -> int | None:
    for token in body_classes(root):
        found = _POST_ID.fullmatch(token)
        if found:
            return int(found[1])
    for pattern, value in ((_QUERY_ID, head.link("shortlink", url)), (_REST_ID, rest_link)):
        found = pattern.search(value or "")
        if found:
            return int(found[1])
    return None


def _source_block(index: Index) -> str:
    """tagDiv's source and via list, which stands outside the body but is the post's attribution."""
    for element in index.all("td-post-source-tags"):
        if _SOURCE_LABEL.search(line(element, limit=300) or ""):
            markup: str = etree.tostring(element, encoding="unicode", method="html", with_tail=False)
            return markup
    return ""


def _licence(root: Element, head: Head, url: str) -> tuple[str | None, str]:
    """What the page names as its licence, and where: JSON-LD, else a link with ``rel=license``."""
    named = head.resolve(head.article.get("license"))
    if isinstance(named, dict):
        named = named.get("url") or named.get("@id") or named.get("name")
    if found := plain_title(named):
        return found, "json-ld"
    links = (absolute_url(href, url) for href in licence_links(root))
    return head.link("license", url) or next(filter(None, links), None), "html"


def _free_access(head: Head) -> bool | None:
    """schema.org ``isAccessibleForFree`` of the article, ``None`` where it is not said."""
    said = str(head.article.get("isAccessibleForFree", "")).strip().lower()
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(said)


def parse_post_page(html: bytes | str, url: str, *, encoding: str | None = None) -> PostPage:
    """The post on the page *html*, served at *url*. Never raises on account of *html*.

    *encoding*: of bytes, where the transport said it. Fields that the page does not give are ``None`` or empty.
    """
    root = dom.document(html, encoding=encoding)
    if root is None:
        return PostPage(theme="generic")
    head = read_head(root)
    if head.language is None:
        head.language = clean_line((head.last("og:locale") or "").replace("_", "-"), limit=40)
    index = Index(root)
    theme = detect_theme(root, index)
    rest_link = next(
        (
            found
            for rels, href, kind in head.links
            if "alternate" in rels and kind == "application/json" and (found := absolute_url(href, url))
        ),
        None,
    )
    # Before anything is cut away: it stands in the page's foot.
    licence, licence_from = _licence(root, head, url)
    post_id = _wp_id(root, head, rest_link, url)
    body = _find_body(theme, index, root, post_id)
    strip_outside(root, body, cards=True, post_id=post_id)
    if body is None:
        body = _fallback_body(root)
    index = Index(root)

    title, title_from = _title(theme, index, root, head)
    author, author_from = _author(index, root, head, body)
    published, published_from = _published(index, root, head, body, url)
    modified, modified_from = _modified(index, root, head, body)
    categories, tags = _terms(index, root, head, body)
    image, image_from = _image(index, root, head, url)
    body_html = dom.inner_html(body) if body is not None else None
    content = post_text(body_html + _source_block(index), base_url=url) if body_html else PostContent()
    if image is None and content.image_url:
        image, image_from = content.image_url, "html"
    feeds = [
        absolute_url(href, url)
        for rels, href, kind in head.links
        if "alternate" in rels and kind in ("application/rss+xml", "application/atom+xml")
    ]
    sources = {
        "title": title_from if title else "",
        "author": author_from if author else "",
        "published_at": published_from,
        "modified_at": modified_from,
        "image_url": image_from,
    }
    return PostPage(
        theme=theme,
        title=title,
        author=author,
        published_at=published.at if published else None,
        published_precision=published.precision if published else None,
        modified_at=modified.at if modified else None,
        categories=categories,
        tags=tags,
        image_url=image,
        displayed_shares=_counter(index, "jeg_share_count", "total-shares", "shares-count"),
        displayed_views=_counter(
            index,
            "jeg_views_count",
            "jeg_meta_views",
            "td-post-views",
            "tdb-post-views",
            "post-views-count",
            "post-views",
            "entry-views",
        ),
        body_html=body_html or None,
        content=content,
        canonical_url=head.link("canonical", url),
        wp_id=post_id,
        usage_metas=usage_metas(head.meta),
        licence=licence,
        licence_source=licence_from,
        free_access=_free_access(head),
        rest_link=rest_link,
        rest_root=head.link("https://api.w.org/", url),
        feed_links=_unique(feeds),
        language=head.language,
        sources={name: value for name, value in sources.items() if value},
    )
