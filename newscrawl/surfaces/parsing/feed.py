"""RSS, Atom and JSON feeds, and OPML lists of them.

feedparser reads the formats (RSS 0.9x-2.0, RDF, Atom; broken ones as well as it
can). Its sanitising and link resolving are off: the HTML is wanted as sent, and
links are read against the feed's own address here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from itertools import islice, pairwise
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser

from newscrawl.html.dom import absolute_url, plain_title
from newscrawl.html.markup import has_costly_tags
from newscrawl.html.repair import clean_markup, unescaped_markup
from newscrawl.html.times import Moment
from newscrawl.surfaces.parsing.content import PostContent, post_text
from newscrawl.surfaces.parsing.feedtime import feed_time
from newscrawl.surfaces.parsing.rest import read_json_feed
from newscrawl.surfaces.parsing.xmlsafe import elements, local_name, plain_xml
from newscrawl.text import clean_line

__all__ = ["MAX_ENTRIES", "MAX_FEED", "Feed", "FeedEntry", "page_number", "page_url", "parse_feed", "parse_opml"]

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
    #: Whom the entry itself names as its source (RSS ``source``, Atom ``source``).
    source_name: str | None = None
    source_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """``kind``: ``posts``, ``comments`` (of one post or of the site) or ``not_a_feed``.

    ``next_url``: the next page where the feed names one (RFC 5005); WordPress names none, but pages by
    :func:`page_url`. ``wordpress``: the feed says that WordPress made it. ``skipped``: entries left out, by reason.
    ``truncated``: only the first 5,000 entries, or 20 MB, were read.
    """

    kind: str
    title: str | None = None
    entries: list[FeedEntry] = field(default_factory=list)
    next_url: str | None = None
    home_url: str | None = None
    language: str | None = None
    wordpress: bool = False
    skipped: Counter[str] = field(default_factory=Counter)
    truncated: bool = False


_COMMENT_LINK = re.compile(r"#(?:div-|li-)?comment-\d", re.IGNORECASE)
# WordPress's "Comments on: %s" and "Comments for %s", translated.
_COMMENTS_TITLE = re.compile(
    r"(?:comments (?:on|for)\b|kommentare (?:zu|für)\b|commentaires (?:sur|pour)\b|comentarios (?:en|para)\b|"
    r"comentários (?:sobre|em|para)\b|commenti (?:a|per|su)\b|reacties op\b|komentarze do\b|"
    r"kommentarer (?:på|till|til)\b|"
    r"комментарии\b|коментарі\b|komentáře\b|التعليقات|تعليقات)|.{0,300}yazısına yapılan yorumlar",
    re.IGNORECASE,
)


def page_number(url: str) -> int:
    """Which page (from 1) of WordPress's feed *url* names."""
    value = dict(parse_qsl(urlsplit(url).query)).get("paged", "")
    return int(value) if value.isascii() and value.isdigit() and 0 < len(value) < 7 else 1


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
        found = feed_time(_get(entry, name))
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


def _url(entry: Any, guid: str | None, feed_url: str) -> str | None:
    """The page that an entry names: its link, else a permalink in its id, else the page that it encloses."""
    for value in (_get(entry, "feedburner_origlink"), _get(entry, "link")):
        found = absolute_url(_text(value), feed_url)
        if found:
            return found
    if guid and guid.startswith(("http://", "https://")):
        return absolute_url(guid)
    for one in (_get(entry, "links") or [])[:50]:
        kind = str(_get(one, "type") or "text/html")
        if _get(one, "rel") in ("alternate", "via", "related") and "html" in kind:
            found = absolute_url(_text(_get(one, "href")), feed_url)
            if found:
                return found
    return None


def _source(entry: Any) -> tuple[str | None, str | None]:
    source = _get(entry, "source")
    if not isinstance(source, dict):
        return None, None
    links = [_get(one, "href") for one in (_get(source, "links") or [])[:5] if isinstance(one, dict)]
    url = next(
        (
            found
            for value in (_get(source, "href"), _get(source, "link"), *links)
            if (found := absolute_url(_text(value)))
        ),
        None,
    )
    return plain_title(_get(source, "title") or _get(source, "value")), url


def _bodies(html: str | None, summary: str | None, base: str) -> tuple[str | None, PostContent | None]:
    """The whole post, where the feed carries it: its HTML, and what is read of it."""
    if html:
        return html, _content(html, base)
    if summary and len(summary) > FULL_DESCRIPTION * 3:
        long = _content(summary, base)
        if long is not None and long.word_count >= FULL_DESCRIPTION and not long.truncated:
            return summary, long
    return None, None


def _content(html: str, base: str) -> PostContent | None:
    try:
        return post_text(html, base_url=base)
    except Exception:
        return None  # a body that cannot be read is one that the feed does not carry: the page is asked


def _html(value: Any) -> str | None:
    text = _text(value)
    return unescaped_markup(clean_markup(text)) if text else None


def _entry(entry: Any, feed_url: str) -> FeedEntry:
    guid = clean_line(_text(_get(entry, "id")))
    url = _url(entry, guid, feed_url)
    published = _time(entry, "published", "updated", "created")
    modified = _time(entry, "updated") if _get(entry, "published") else None
    longest = max((_html(_get(one, "value")) or "" for one in (_get(entry, "content") or [])[:5]), key=len, default="")
    summary = _html(_get(entry, "summary"))
    html, content = _bodies(longest or None, summary, url or feed_url)
    source_name, source_url = _source(entry)
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
        image_url=_image(entry, feed_url) or (content.image_url if content else None),
        source_name=source_name,
        source_url=source_url,
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


_ITEM = re.compile(rb"<(?P<name>(?:[\w-]{1,20}:)?(?:item|entry))\b")
_REFERENCE = re.compile(rb"&#(?:[xX][0-9a-fA-F]{7,}|[0-9]{8,});?")
#: Tags of a feed, those in its entries' HTML apart. 5,000 entries of 40 elements have half as many.
MAX_TAGS = 400_000


def _tags(plain: bytes) -> int:
    """How many tags stand in *plain* outside its CDATA sections."""
    count = at = 0
    while (begin := plain.find(b"<![CDATA[", at)) >= 0:
        count += plain.count(b"<", at, begin)
        end = plain.find(b"]]>", begin)
        if end < 0:
            return count
        at = end + 3
    return count + plain.count(b"<", at)


def _first_entries(plain: bytes) -> tuple[bytes, bool]:
    """*plain* up to its last entry that is read, and whether there are more."""
    end = next(islice(_ITEM.finditer(plain), MAX_ENTRIES, None), None)
    return (plain, False) if end is None else (plain[: end.start()], True)


def _by_feedparser(plain: bytes, headers: dict[str, str]) -> Any:
    # A stream: given bytes, feedparser would open a file of that name.
    return feedparser.parse(BytesIO(plain), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def _parsed(plain: bytes, headers: dict[str, str]) -> tuple[Any, int]:
    """What feedparser makes of *plain*, and how many entries it could not be made to read.

    Its fallback for broken XML is built on sgmllib, which raises on some markup: then each entry is read alone.
    """
    try:
        return _by_feedparser(plain, headers), 0
    except Exception:
        starts = [found.start() for found in _ITEM.finditer(plain)]
    if not starts:
        return None, 0
    head, whole, failed = plain[: starts[0]], None, 0
    for begin, end in pairwise([*starts, len(plain)]):
        try:
            one = _by_feedparser(head + plain[begin:end], headers)
        except Exception:
            failed += 1
            continue
        if whole is None:
            whole = one
        else:
            whole.entries.extend(one.entries[:1])
    return whole, failed


def parse_feed(body: bytes, url: str, content_type: str | None = None) -> Feed:
    """The feed *body* that was served at *url*. Never raises on account of *body*.

    Entries stand as in the feed, at most 5,000, those without an address too. An entry that cannot be read is left
    out and counted.
    """
    as_json = read_json_feed(body)
    if as_json is not None:
        return _json_feed(as_json, url, len(body) > MAX_FEED)
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
    plain, truncated = _first_entries(_REFERENCE.sub(b"&#65533;", plain))
    if has_costly_tags(plain) or _tags(plain) > MAX_TAGS:
        return Feed(kind="not_a_feed")
    parsed, failed = _parsed(plain, headers)
    if parsed is None or (not parsed.get("version") and not parsed.entries):
        return Feed(kind="not_a_feed")
    skipped = Counter({"unreadable": failed}) if failed else Counter()
    entries: list[FeedEntry] = []
    for one in parsed.entries[:MAX_ENTRIES]:
        try:
            entries.append(_entry(one, url))
        except Exception:
            skipped["unreadable"] += 1
    head = parsed.feed
    title = plain_title(_get(head, "title"))
    following = None
    for one in (_get(head, "links") or [])[:50]:
        if _get(one, "rel") == "next":
            following = following or absolute_url(_text(_get(one, "href")), url)
    return Feed(
        kind="comments" if _of_comments(url, title, parsed) else "posts",
        title=title,
        entries=entries,
        next_url=following,
        home_url=absolute_url(_text(_get(head, "link")), url),
        language=clean_line(_text(_get(head, "language")), limit=40),
        wordpress="wordpress" in str(_get(head, "generator") or "").lower(),
        skipped=skipped,
        truncated=truncated or len(body) > MAX_FEED,
    )


def _json_entry(one: Any, feed_url: str) -> FeedEntry:
    """An item of a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    guid = clean_line(str(one.get("id") or "")) or None
    # `url` is the item's page; `external_url` is what a link blog speaks of.
    url = absolute_url(_text(one.get("url")), feed_url) or (
        absolute_url(guid) if guid and guid.startswith("http") else None
    )
    published, modified = feed_time(one.get("date_published")), feed_time(one.get("date_modified"))
    as_text = _text(one.get("content_text"))
    html, content = _bodies(
        _html(one.get("content_html"))
        or ("".join(f"<p>{escape(part)}</p>" for part in as_text.split("\n\n")) if as_text else None),
        _html(one.get("summary")),
        url or feed_url,
    )
    people = one.get("authors") if isinstance(one.get("authors"), list) else [one.get("author")]
    names = [name for person in people[:20] if isinstance(person, dict) and (name := plain_title(person.get("name")))]
    tags = one.get("tags") if isinstance(one.get("tags"), list) else []
    best = published or modified
    return FeedEntry(
        url=url or absolute_url(_text(one.get("external_url")), feed_url),
        guid=guid,
        title=plain_title(one.get("title")),
        published_at=best.at if best else None,
        published_precision=best.precision if best else None,
        modified_at=modified.at if modified and published else None,
        author=", ".join(dict.fromkeys(names)) or None,
        categories=list(dict.fromkeys(name for tag in tags[:MAX_CATEGORIES] if (name := plain_title(tag)))),
        content_html=html,
        summary_html=_html(one.get("summary")),
        content=content,
        full_text=content is not None and content.text is not None and not content.truncated,
        image_url=absolute_url(_text(one.get("image")), feed_url)
        or absolute_url(_text(one.get("banner_image")), feed_url),
    )


def _json_feed(value: dict[str, Any], url: str, truncated: bool) -> Feed:
    items: list[Any] = value["items"]
    entries: list[FeedEntry] = []
    skipped: Counter[str] = Counter()
    for one in items[:MAX_ENTRIES]:
        try:
            entries.append(_json_entry(one, url))
        except Exception:
            skipped["unreadable"] += 1
    return Feed(
        kind="posts",
        title=plain_title(value.get("title")),
        entries=entries,
        next_url=absolute_url(_text(value.get("next_url")), url),
        home_url=absolute_url(_text(value.get("home_page_url")), url),
        language=clean_line(_text(value.get("language")), limit=40),
        skipped=skipped,
        truncated=truncated or len(items) > MAX_ENTRIES,
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
                # Readers were once called with `feed:` addresses.
                named = re.sub(r"^\s*feed:(?://)?(?!/)(?!https?:)", "http://", value, flags=re.IGNORECASE)
                url = absolute_url(re.sub(r"^\s*feed:", "", named, flags=re.IGNORECASE))
                if url:
                    found[url] = None
        if len(found) >= MAX_OUTLINES:
            break
    return list(found)
