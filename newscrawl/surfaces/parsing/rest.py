"""Answers of the WordPress REST API (``/wp-json/wp/v2/...``).

What an answer is, is decided by its body before its content type: plugins send
JSON as ``text/html``, firewalls send HTML as JSON. Error codes are WordPress's
own (``WP_REST_Server``, ``WP_REST_Posts_Controller``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from newscrawl.html.dom import absolute_url, plain_title
from newscrawl.html.repair import clean_markup, unescaped_markup
from newscrawl.html.times import Moment, moment
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.text import clean_line

__all__ = [
    "FIELDS",
    "MAX_JSON",
    "PLAIN_FIELDS",
    "RestAnswer",
    "RestPost",
    "RestTerm",
    "RestTotal",
    "parse_posts",
    "parse_rest_base",
    "parse_terms",
    "parse_total",
    "read_json_feed",
]

#: For ``_fields``: what is read of a post. Nested names are understood since WordPress 5.3.
FIELDS = (
    "id,date,date_gmt,modified,modified_gmt,guid.rendered,link,slug,status,type,title.rendered,content.rendered,"
    "content.protected,excerpt.rendered,author,featured_media,categories,tags,jetpack_featured_media_url,"
    "yoast_head_json.canonical,yoast_head_json.author,yoast_head_json.article_published_time,"
    "yoast_head_json.article_modified_time,yoast_head_json.og_image,yoast_head_json.og_title,yoast_head_json.robots"
)
#: The same for WordPress 4.9.8 to 5.2, which matches whole names alone.
PLAIN_FIELDS = (
    "id,date,date_gmt,modified,modified_gmt,guid,link,slug,status,type,title,content,excerpt,author,featured_media,"
    "categories,tags,jetpack_featured_media_url,yoast_head_json"
)
#: Bytes of one answer that are read at most. 100 long posts are 1 to 5 MB.
MAX_JSON = 48_000_000
MAX_POSTS = 5_000
MAX_IDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RestPost:
    """One post of an answer.

    ``published_precision`` is ``day`` where the answer gives local time without a zone only; ``date_local`` is
    that local time as sent (what ``before`` and ``after`` are compared with). ``content_html`` is as sent.
    """

    id: int
    url: str
    guid: str | None = None
    slug: str | None = None
    title: str | None = None
    content_html: str | None = None
    protected: bool = False
    excerpt: str | None = None
    published_at: str | None = None
    published_precision: str | None = None
    date_local: str | None = None
    modified_at: str | None = None
    author_id: int | None = None
    author_name: str | None = None
    category_ids: list[int] = field(default_factory=list)
    category_names: list[str] = field(default_factory=list)
    tag_ids: list[int] = field(default_factory=list)
    tag_names: list[str] = field(default_factory=list)
    featured_media: int | None = None
    image_url: str | None = None
    yoast: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestTerm:
    """A category or a tag."""

    id: int
    slug: str
    name: str | None = None
    count: int | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestTotal:
    """``X-WP-Total``, ``X-WP-TotalPages`` and the ``next`` of ``Link``; ``None`` where absent or senseless."""

    total: int | None = None
    pages: int | None = None
    next_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAnswer:
    """What an answer is.

    ``kind``: ``posts`` or ``terms`` (a page, perhaps empty), ``end`` (past the last page: no error), ``disabled``
    (the API or this route is shut), ``html`` (a page where JSON was due), ``broken`` (not JSON, or not what was
    asked for), ``error`` (anything else; ``code`` is WordPress's where it gave one). ``skipped``: for each entry
    left out its id (or position) and why. ``bare``: posts came without titles and bodies (nested names in ``_fields``
    are understood since WordPress 5.3).
    """

    kind: str
    status: int
    posts: list[RestPost] = field(default_factory=list)
    terms: list[RestTerm] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    code: str | None = None
    message: str | None = None
    bare: bool = False


_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_MARK = b"\xef\xbb\xbf"
# Where the value of an answer begins, behind what was printed before it.
_BEGIN = re.compile(rb'\[\s*\{\s*"|\{\s*"|\[\s*\]')
_PAGE = re.compile(rb"<(?:!doctype\s{1,5}html|html|head|body)\b", re.IGNORECASE)
#: Bytes of notices before and after the value that are passed over.
MAX_NOISE = 100_000
_LINK = re.compile(r"<([^<>]{1,4000})>\s{0,5};([^<>]{0,300})")
_YOAST = (
    "canonical", "author", "article_published_time", "article_modified_time", "og_title", "og_description", "title",
    "description",
)  # fmt: skip
# Codes of a route that is there and answers, about one object or one parameter.
_NOT_DISABLED = ("rest_post_invalid_id", "rest_term_invalid", "rest_invalid_param", "rest_user_invalid_id")


class _BrokenError(Exception):
    """The body is not JSON. Raised and caught in this module."""


def _loads(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    text = body.decode("utf-8", "replace")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # orjson refuses lone surrogates; PHP and plugins that cut strings in two do send them.
        if not _SURROGATE_ESCAPE.search(body):
            raise _BrokenError("not_json") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _BrokenError("not_json") from None


def _read(body: bytes, max_bytes: int) -> Any:
    """The JSON value of *body*; what PHP, themes and caches print before and after it is passed over."""
    if len(body) > max_bytes:
        raise _BrokenError("too_large")
    while (bare := body.strip().removeprefix(_MARK)) != body:
        body = bare
    if not body:
        raise _BrokenError("empty")
    try:
        return _loads(body)
    except _BrokenError:
        if _PAGE.search(body[:5_000]):
            raise
        for begin in islice(_BEGIN.finditer(body, 0, MAX_NOISE), 20):
            value = _from(body, begin.start())
            if value is not None:
                return value
        raise


def _from(body: bytes, begin: int) -> Any:
    """The JSON list or object that begins at *begin*, with nothing but noise behind it, else ``None``."""
    closing = b"]" if body[begin : begin + 1] == b"[" else b"}"
    end = len(body)
    for _ in range(20):
        end = body.rfind(closing, max(begin, len(body) - MAX_NOISE), end)
        if end < 0:
            return None
        if b'"' in body[end + 1 :] and not body[end + 1 :].lstrip().startswith(b"<"):
            continue
        try:
            value = _loads(body[begin : end + 1])
        except _BrokenError:
            continue
        return value if isinstance(value, list | dict) else None
    return None


def read_json_feed(body: bytes) -> dict[str, Any] | None:
    """*body* as a JSON Feed's object, or ``None`` where it is none."""
    start = body[:MAX_NOISE].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start not in (b"{", b"["):
        return None
    try:
        value = _read(body, MAX_JSON)
    except _BrokenError:
        return None
    is_feed = isinstance(value, dict) and isinstance(value.get("items"), list)
    return value if is_feed and "jsonfeed.org" in str(value.get("version") or "jsonfeed.org")[:200] else None


def _looks_html(body: bytes, content_type: str) -> bool:
    start = body[:2_000].removeprefix(b"\xef\xbb\xbf").lstrip()[:300].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<body")):
        return True
    return start.startswith(b"<") and ("html" in content_type.lower() or b"<html" in start)


def _text(value: Any, *, limit: int = 2_000) -> str | None:
    return clean_line(value, limit=limit) if isinstance(value, str) else None


def _rendered(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("rendered")
    return (clean_markup(value) or None) if isinstance(value, str) and value else None


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < 2**63 else None


def _terms_of(value: Any) -> tuple[list[int], list[str]]:
    """Ids and names of ``categories`` or ``tags``: ids, or whole terms where a plugin expands them."""
    ids: list[int] = []
    names: list[str] = []
    for one in value[:MAX_IDS] if isinstance(value, list) else []:
        if isinstance(one, Mapping):
            number = _whole(one.get("id", one.get("term_id")))
            name = plain_title(one.get("name"))
            if name:
                names.append(name)
        else:
            number = _whole(one)
        if number is not None:
            ids.append(number)
    return ids, names


def _embedded(value: Any) -> tuple[str | None, str | None, list[str], list[str]]:
    """Author's name, image, category and tag names out of ``_embedded``, where error objects may stand for any."""
    author = image = None
    categories: list[str] = []
    tags: list[str] = []
    if not isinstance(value, Mapping):
        return author, image, categories, tags
    for one in _objects(value.get("author"))[:1]:
        author = plain_title(one.get("name"))
    for one in _objects(value.get("wp:featuredmedia"))[:1]:
        image = absolute_url(one["source_url"]) if isinstance(one.get("source_url"), str) else None
    groups = value.get("wp:term")
    for group in groups[:20] if isinstance(groups, list) else []:
        for term in _objects(group)[:MAX_IDS]:
            name = plain_title(term.get("name"))
            if name and term.get("taxonomy") == "category":
                categories.append(name)
            elif name and term.get("taxonomy") == "post_tag":
                tags.append(name)
    return author, image, categories, tags


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _image(one: Mapping[str, Any], yoast: Any) -> str | None:
    found = one.get("jetpack_featured_media_url")
    if not found and isinstance(yoast, Mapping):
        found = next((image.get("url") for image in _objects(yoast.get("og_image"))), None)
    if not found:
        found = next((image.get("src") for image in _objects(one.get("featured_image"))), None)
    return absolute_url(found) if isinstance(found, str) else None


def _times(one: Mapping[str, Any], name: str, yoast: Mapping[str, str]) -> Moment | None:
    """``date`` or ``modified``: from ``_gmt``, else with its own zone, else Yoast's, else the day alone."""
    exact = moment(one.get(f"{name}_gmt"), assume_utc=True)
    if exact is not None:
        return exact
    local = moment(one.get(name))
    if local is not None and local.precision != "day":
        return local
    key = "article_published_time" if name == "date" else "article_modified_time"
    return moment(yoast.get(key)) or local


def _post(one: Any, position: int, types: Sequence[str]) -> RestPost | tuple[str, str]:
    """A post, or which entry was left out and why."""
    if not isinstance(one, Mapping):
        return str(position), "not_an_object"
    number = _whole(one.get("id"))
    if number is None:
        return str(position), "no_id"
    # Without a link (plugins that filter fields) the guid is WordPress's own address of the post, /?p=ID.
    guid = _text(_rendered(one.get("guid")))
    url = next(
        (found for link in (one.get("link"), guid) if isinstance(link, str) and (found := absolute_url(link))), None
    )
    if url is None:
        return str(number), "no_link"
    if isinstance(one.get("type"), str) and one["type"] not in types:
        return str(number), "not_a_post"
    if isinstance(one.get("status"), str) and one["status"] != "publish":
        return str(number), "not_published"

    head = one.get("yoast_head_json")
    yoast: dict[str, str] = {}
    for key in _YOAST:
        text = _text(head.get(key)) if isinstance(head, Mapping) else None
        if text:
            yoast[key] = text
    author, image, categories, tags = _embedded(one.get("_embedded"))
    category_ids, category_names = _terms_of(one.get("categories"))
    tag_ids, tag_names = _terms_of(one.get("tags"))
    published, modified = _times(one, "date", yoast), _times(one, "modified", yoast)
    content, excerpt = one.get("content"), _rendered(one.get("excerpt"))
    html = _rendered(content)
    return RestPost(
        id=number,
        url=url,
        guid=guid,
        slug=_text(one.get("slug")),
        title=plain_title(_rendered(one.get("title"))),
        content_html=unescaped_markup(html) if html else None,
        protected=isinstance(content, Mapping) and content.get("protected") is True,
        # Made of the first 55 words, it holds the attribution of a short post.
        excerpt=post_text(excerpt, base_url=url).text if excerpt else None,
        published_at=published.at if published else None,
        published_precision=published.precision if published else None,
        date_local=_text(one.get("date"), limit=40),
        modified_at=modified.at if modified else None,
        author_id=_whole(one.get("author")),
        author_name=author or plain_title(yoast.get("author")),
        category_ids=category_ids,
        category_names=categories or category_names,
        tag_ids=tag_ids,
        tag_names=tags or tag_names,
        featured_media=_whole(one.get("featured_media")) or None,
        image_url=image or _image(one, head),
        yoast=yoast,
    )


def _refusal(value: Any, status: int) -> RestAnswer | None:
    """The answer as an error object, or ``None`` when it is none."""
    if not isinstance(value, Mapping) or not isinstance(value.get("code"), str | int) or "id" in value:
        return None
    code = clean_line(str(value["code"]), limit=100) or ""
    message = plain_title(value.get("message"))
    data = value.get("data")
    said = _whole(data.get("status")) if isinstance(data, Mapping) else None
    if code.endswith("invalid_page_number"):
        kind = "end"
    elif code in _NOT_DISABLED:
        kind = "error"
    elif code == "rest_no_route" or status in (401, 403) or (code.startswith("rest_") and said in (401, 403)):
        kind = "disabled"
    else:
        kind = "error"
    return RestAnswer(kind=kind, status=status, code=code or None, message=message)


def _entries(body: bytes, content_type: str, status: int, max_bytes: int) -> list[Any] | RestAnswer:
    """The list that an answer holds, or what it is instead."""
    try:
        value = _read(body, max_bytes)
    except _BrokenError as why:
        if _looks_html(body, content_type):
            return RestAnswer(kind="html", status=status)
        return RestAnswer(kind="broken" if status == 200 else "error", status=status, message=str(why))
    refusal = _refusal(value, status)
    if refusal is not None:
        return refusal
    if status >= 400:
        return RestAnswer(kind="disabled" if status in (401, 403) else "error", status=status)
    if isinstance(value, Mapping) and ("id" in value or "rest_base" in value):
        return [value]
    if isinstance(value, Mapping) and value and all(isinstance(key, str) and key.isdecimal() for key in value):
        value = list(value.values())  # a PHP array with holes in it, since a plugin took entries out
    if not isinstance(value, list):
        return RestAnswer(kind="broken", status=status, message="not_a_list")
    return value[:MAX_POSTS]


def _is_bare(entries: Sequence[Any]) -> bool:
    objects = [one for one in entries if isinstance(one, Mapping)]
    return bool(objects) and not any(_rendered(one.get("title")) or "content" in one for one in objects)


def parse_posts(
    body: bytes, content_type: str, status: int, *, types: Sequence[str] = ("post",), max_bytes: int = MAX_JSON
) -> RestAnswer:
    """An answer to ``/wp/v2/posts``, or to one post's route. Never raises on account of *body*.

    *types*: the post types to take. An answer's entries past the 5,000th are not read.
    """
    entries = _entries(body, content_type, status, max_bytes)
    if isinstance(entries, RestAnswer):
        return entries
    posts: list[RestPost] = []
    skipped: list[tuple[str, str]] = []
    for position, one in enumerate(entries):
        try:
            got = _post(one, position, types)
        except Exception:
            got = (str(position), "unreadable")  # one entry costs itself alone
        if isinstance(got, RestPost):
            posts.append(got)
        else:
            skipped.append(got)
    return RestAnswer(kind="posts", status=status, posts=posts, skipped=skipped, bare=_is_bare(entries))


def parse_terms(body: bytes, content_type: str, status: int, *, max_bytes: int = MAX_JSON) -> RestAnswer:
    """An answer to ``/wp/v2/categories`` or ``/wp/v2/tags``. Never raises on account of *body*."""
    entries = _entries(body, content_type, status, max_bytes)
    if isinstance(entries, RestAnswer):
        return entries
    terms: list[RestTerm] = []
    skipped: list[tuple[str, str]] = []
    for position, one in enumerate(entries):
        if not isinstance(one, Mapping):
            skipped.append((str(position), "not_an_object"))
            continue
        number, slug = _whole(one.get("id")), _text(one.get("slug"))
        if number is None or slug is None:
            skipped.append((str(position), "no_id" if number is None else "no_slug"))
            continue
        terms.append(
            RestTerm(
                id=number,
                slug=slug,
                name=plain_title(one.get("name")),
                count=_whole(one.get("count")),
                parent=_whole(one.get("parent")),
            )
        )
    return RestAnswer(kind="terms", status=status, terms=terms, skipped=skipped)


def parse_rest_base(body: bytes, content_type: str, status: int) -> RestAnswer:
    """An answer to ``/wp/v2/types/NAME``: kind ``type``, with the type's route as ``code``."""
    entries = _entries(body, content_type, status, MAX_JSON)
    if isinstance(entries, RestAnswer):
        return entries
    one = entries[0] if entries and isinstance(entries[0], Mapping) else {}
    base = one.get("rest_base") or one.get("slug")
    if not isinstance(base, str) or not re.fullmatch(r"[\w-]{1,60}", base):
        return RestAnswer(kind="error", status=status, message="no_route")
    return RestAnswer(kind="type", status=status, code=base)


def parse_total(headers: Mapping[Any, Any]) -> RestTotal:
    """Totals out of *headers*: any mapping of names to values, text or bytes, single or in lists (Scrapy's)."""
    plain: dict[str, str] = {}
    for name, value in headers.items():
        if isinstance(value, list | tuple):
            value = value[0] if value else ""
        key = name.decode("latin-1") if isinstance(name, bytes) else str(name)
        plain[key.lower()] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    following = None
    for url, parameters in _LINK.findall(plain.get("link", "")[:20_000]):
        if re.search(r'\brel\s?=\s?"?next\b', parameters):
            following = absolute_url(url)
    return RestTotal(
        total=_whole(plain.get("x-wp-total", "").strip()),
        pages=_whole(plain.get("x-wp-totalpages", "").strip()),
        next_url=following,
    )
