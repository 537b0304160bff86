"""RSS and Atom feeds, and OPML lists of them.

feedparser reads the formats (RSS 0.9x-2.0, RDF, Atom; broken ones as well as it
can). Its sanitising and link resolving are off: the HTML is wanted as sent, and
links are read against the feed's own address here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser

from newscrawl.html.dom import absolute_url, plain_title
from newscrawl.html.times import Moment, moment
from newscrawl.surfaces.parsing.content import PostContent, post_text
from newscrawl.surfaces.parsing.xmlsafe import elements, local_name, plain_xml
from newscrawl.text import clean_line

__all__ = ["MAX_ENTRIES", "MAX_FEED", "Feed", "FeedEntry", "page_url", "parse_feed", "parse_opml"]

#: Bytes and entries of one feed that are read.
MAX_FEED = 20_000_000
MAX_ENTRIES = 5_000
MAX_OPML = 10_000_000
MAX_OUTLINES = 20_000
MAX_CATEGORIES = 100
#: A description alone counts as the full text from so many words on: excerpts are 55 by default, rarely over 150.
FULL_DESCRIPTION = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry. ``url`` is ``None`` where it names no page.

    ``full_text``: the feed carries the whole post, so it need not be fetched. ``content_html`` is as sent, relative
    links and all; ``content`` is what :func:`~newscrawl.surfaces.parsing.content.post_text` makes of it.
    """

    url: str | None
    guid: str | None = None
    title: str | None = None
    published_at: str | None = None
    published_precision: str | None = None
    modified_at: str | None = None
    author: str | None = None
    categories: list[str] = field(default_factory=list)
    content_html: str | None = None
    summary_html: str | None = None
    content: PostContent | None = None
    full_text: bool = False
    image_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """``kind``: ``posts``, ``comments`` (of one post or of the site) or ``not_a_feed``.

    ``next_url``: the next page where the feed names one (RFC 5005); WordPress names none, but pages by
    :func:`page_url`. ``wordpress``: the feed says that WordPress made it.
    """

    kind: str
    title: str | None = None
    entries: list[FeedEntry] = field(default_factory=list)
    next_url: str | None = None
    home_url: str | None = None
    language: str | None = None
    wordpress: bool = False


_COMMENT_LINK = re.compile(r"#(?:div-|li-)?comment-\d", re.IGNORECASE)
# WordPress's "Comments on: %s" and "Comments for %s", translated.
_COMMENTS_TITLE = re.compile(
    r"(?:comments (?:on|for)\b|kommentare (?:zu|für)\b|commentaires (?:sur|pour)\b|comentarios (?:en|para)\b|"
    r"comentários (?:sobre|em|para)\b|commenti (?:a|per|su)\b|reacties op\b|komentarze do\b|"
    r"kommentarer (?:på|till|til)\b|"
    r"комментарии\b|коментарі\b|komentáře\b|التعليقات|تعليقات)|.{0,300}yazısına yapılan yorumlar",
    re.IGNORECASE,
)


def page_url(url: str, page: int) -> str:
    """Page *page* (from 1) of WordPress's feed at *url*."""
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "paged"]
    if page > 1:
        query.append(("paged", str(page)))
    return urlunsplit(parts._replace(query=urlencode(query)))


def _get(entry: Any, name: str) -> Any:
    # FeedParserDict's own get() maps missing names to others, with a deprecation warning.
    return dict.get(entry, name)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _time(entry: Any, *names: str) -> Moment | None:
    for name in names:
        found = moment(_get(entry, name))
        if found is not None:
            return found
    return None


def _authors(entry: Any) -> str | None:
    names: list[str] = []
    for one in (_get(entry, "authors") or [])[:20]:
        name = plain_title(_get(one, "name")) if isinstance(one, dict) else None
        if name and name not in names:
            names.append(name)
    return ", ".join(names) or plain_title(_get(entry, "author"))


def _categories(entry: Any) -> list[str]:
    found: list[str] = []
    for one in (_get(entry, "tags") or [])[:MAX_CATEGORIES]:
        name = plain_title(_get(one, "label") or _get(one, "term"))
        if name and name not in found:
            found.append(name)
    return found


def _image(entry: Any, url: str) -> str | None:
    for name in ("media_content", "media_thumbnail"):
        for one in (_get(entry, name) or [])[:50]:
            kind = f"{_get(one, 'medium') or ''} {_get(one, 'type') or ''}"
            if name == "media_thumbnail" or "image" in kind or not kind.strip():
                found = absolute_url(_text(_get(one, "url")), url)
                if found:
                    return found
    for one in (_get(entry, "links") or [])[:50]:
        if _get(one, "rel") == "enclosure" and str(_get(one, "type") or "").startswith("image/"):
            found = absolute_url(_text(_get(one, "href")), url)
            if found:
                return found
    return None


def _entry(entry: Any, feed_url: str) -> FeedEntry:
    guid = clean_line(_text(_get(entry, "id")))
    url = None
    for value in (_get(entry, "feedburner_origlink"), _get(entry, "link")):
        url = url or absolute_url(_text(value), feed_url)
    if url is None and guid and guid.startswith(("http://", "https://")):
        url = absolute_url(guid)
    published = _time(entry, "published", "updated", "created")
    modified = _time(entry, "updated") if _get(entry, "published") else None

    html = None
    for one in (_get(entry, "content") or [])[:5]:
        value = _text(_get(one, "value"))
        if value and (html is None or len(value) > len(html)):
            html = value
    summary = _text(_get(entry, "summary"))
    base = url or feed_url
    content = post_text(html, base_url=base) if html else None
    if html is None and summary and len(summary) > FULL_DESCRIPTION * 3:
        long = post_text(summary, base_url=base)
        if long.word_count >= FULL_DESCRIPTION and not long.truncated:
            html, content = summary, long
    image = _image(entry, feed_url) or (content.image_url if content else None)
    return FeedEntry(
        url=url,
        guid=guid,
        title=plain_title(_get(entry, "title")),
        published_at=published.at if published else None,
        published_precision=published.precision if published else None,
        modified_at=modified.at if modified else None,
        author=_authors(entry),
        categories=_categories(entry),
        content_html=html,
        summary_html=summary,
        content=content,
        full_text=content is not None and content.text is not None and not content.truncated,
        image_url=image,
    )


def _of_comments(url: str, title: str | None, parsed: Any) -> bool:
    entries = parsed.entries
    if entries:
        hits = sum(
            1
            for one in entries
            if _COMMENT_LINK.search(f"{_get(one, 'link') or ''} {_get(one, 'id') or ''}"[:8_000])
            or _get(one, "thr_in-reply-to") is not None
        )
        return hits * 2 > len(entries)
    parts = urlsplit(url)
    if "/comments/" in parts.path or "comments-" in parts.query:
        return True
    return bool(title and _COMMENTS_TITLE.match(title))


def parse_feed(body: bytes, url: str, content_type: str | None = None) -> Feed:
    """The feed *body* that was served at *url*. Never raises on account of *body*.

    Entries stand as in the feed, at most 5,000, those without an address too.
    """
    plain = plain_xml(body, max_bytes=MAX_FEED)
    if not plain.startswith(b"<"):
        return Feed(kind="not_a_feed")
    headers = {}
    if content_type:
        # A transcoded body no longer has the charset that was served.
        recoded = body[:2] in (b"\xff\xfe", b"\xfe\xff")
        headers["content-type"] = (
            "application/xml; charset=utf-8" if recoded else clean_line(content_type, limit=200) or ""
        )
    try:
        # A stream: given bytes, feedparser would open a file of that name.
        parsed = feedparser.parse(
            BytesIO(plain), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (ValueError, LookupError, RecursionError, AssertionError, TypeError, AttributeError):
        # Its fallback for broken XML is built on sgmllib, which raises on some markup.
        return Feed(kind="not_a_feed")
    if not parsed.get("version") and not parsed.entries:
        return Feed(kind="not_a_feed")
    del parsed.entries[MAX_ENTRIES:]
    head = parsed.feed
    title = plain_title(_get(head, "title"))
    following = None
    for one in (_get(head, "links") or [])[:50]:
        if _get(one, "rel") == "next":
            following = following or absolute_url(_text(_get(one, "href")), url)
    return Feed(
        kind="comments" if _of_comments(url, title, parsed) else "posts",
        title=title,
        entries=[_entry(one, url) for one in parsed.entries],
        next_url=following,
        home_url=absolute_url(_text(_get(head, "link")), url),
        language=clean_line(_text(_get(head, "language")), limit=40),
        wordpress="wordpress" in str(_get(head, "generator") or "").lower(),
    )


def parse_opml(body: bytes) -> list[str]:
    """The feed addresses (``xmlUrl``) of an OPML file, in order, each once; at most 20,000. Never raises."""
    plain = plain_xml(body, max_bytes=MAX_OPML)
    found: dict[str, None] = {}
    if not plain.startswith(b"<"):
        return []
    for event, element in elements(plain):
        if event != "start" or local_name(element) != "outline":
            continue
        for name, value in element.attrib.items():
            if name.lower() == "xmlurl":
                url = absolute_url(value)
                if url:
                    found[url] = None
        if len(found) >= MAX_OUTLINES:
            break
    return list(found)
