# ruff: noqa: E501 - long lines of text and markup read better whole
"""The aggregator's answers, as WordPress gives them: REST API and front pages. Pure: a query in, an :class:`Answer` out."""

from __future__ import annotations

import datetime as dt
import json
import math
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

from newscrawl.demo import prose
from newscrawl.demo.attributions import attribution_html
from newscrawl.demo.publishers import PUBLISHERS
from newscrawl.demo.world import CATEGORIES, FIRST_ID, SITE_NAME, SITE_OFFSET, Category, Post, World

__all__ = ["Answer", "content_html", "rest", "texturize"]

MAX_PER_PAGE = 100
_ORDERBY = ("author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs", "title")


@dataclass(slots=True)
class Answer:
    """An HTTP answer. *delivery*: how it is put on the wire, if not whole; see :mod:`newscrawl.demo.faults`."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delivery: str = ""


def _json(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    body = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()
    sent = {"Content-Type": "application/json; charset=UTF-8", "X-Robots-Tag": "noindex", "Allow": "GET"}
    sent.update(headers or {})
    return Answer(status, body, sent)


def _error(code: str, message: str, status: int = 400, **data: Any) -> Answer:
    return _json({"code": code, "message": message, "data": {"status": status, **data}}, status)


def _invalid(name: str, message: str) -> Answer:
    return _error("rest_invalid_param", f"Invalid parameter(s): {name}", params={name: message})


_TEXTURE = str.maketrans(
    {"’": "&#8217;", "‘": "&#8216;", "“": "&#8220;", "”": "&#8221;", "–": "&#8211;", "…": "&#8230;"}
)


def texturize(text: str, *, quote: bool = False) -> str:
    """*text* as WordPress renders it: markup escaped, typographic characters as numeric entities."""
    return escape(text, quote=quote).replace("&amp;", "&#038;").translate(_TEXTURE)


def content_html(world: World, post: Post, theme: str = "jnews") -> str:
    """``content.rendered``: the text among what *theme* and plugins put into it, then the attribution."""
    rng = random.Random(f"{world.seed}/content/{post.number}")
    site = world.base()
    blocks = []
    image = f"{site}/wp-content/uploads/{post.published:%Y/%m}/{'-'.join(post.title.split()[:4])}-1140x570.jpg"
    if rng.random() < 0.5:
        cast = prose.Cast(rng)
        blocks.append(
            f'<figure id="attachment_{post.id + 1}" class="wp-caption aligncenter"><img loading="lazy" src="{escape(image)}" alt="" '
            f'width="1140" height="570" /><figcaption class="wp-caption-text">{escape(cast.places[0])} on a {rng.choice(("grey", "bright", "windy"))} '
            f"morning. Credit: {' '.join(cast.people[0])}</figcaption></figure>"
        )
    blocks.extend(f"<p>{texturize(paragraph)}</p>" for paragraph in post.paragraphs)
    offset = len(blocks) - len(post.paragraphs)
    noise = []
    has_related, has_ad = rng.random() < 0.6 and post.number > 8, rng.random() < 0.6
    if theme == "tagdiv" and has_ad:
        noise.append(
            '<div class="td-a-rec td-a-rec-id-content_inline tdi_2"><span class="td-adspot-title">Advertisement</span></div>'
        )
    if theme == "jnews" and has_related:
        related = world.title(post.number - rng.randint(1, 7))
        noise.append(
            '<div class="jnews_inline_related_post_wrapper left"><div class="jnews_inline_related_post"><div class="jeg_postblock_21 jeg_postblock">'
            '<h3 class="jeg_block_title"><span>Related<strong>Posts</strong></span></h3><article class="jeg_post jeg_pl_sm"><div class="jeg_postblock_content">'
            f'<h3 class="jeg_post_title"><a href="{site}/?p={post.id - 3}">{texturize(related)}</a></h3>'
            f'<div class="jeg_post_meta"><div class="jeg_meta_author">by <a href="{site}/author/x/">KTAR</a></div></div></div></article></div></div></div>'
        )
    if theme == "jnews" and has_ad:
        noise.append(
            '<div class="jnews_content_inline_ads"><div class="ads-wrapper"><span class="ads-text">ADVERTISEMENT</span>'
            f'<ins class="adsbygoogle" data-ad-slot="{rng.randint(10**8, 10**9)}"></ins></div></div>'
        )
    if rng.random() < 0.3:
        noise.append('<script>window.__ad=window.__ad||[];window.__ad.push({"slot":"in-article"});</script>')
    for block in noise:
        blocks.insert(offset + rng.randint(1, max(1, len(post.paragraphs) - 1)), block)
    blocks.append(attribution_html(world, post))
    if rng.random() < 0.4:
        blocks.append(
            '<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Share this:</h3><ul><li><a href="?share=x" rel="nofollow">X</a></li>'
            '<li><a href="?share=facebook" rel="nofollow">Facebook</a></li></ul></div>'
        )
    return "\n".join(block for block in blocks if block) + "\n"


def _local(moment: dt.datetime) -> str:
    return (moment + SITE_OFFSET).strftime("%Y-%m-%dT%H:%M:%S")


def _gmt(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def author_id(post: Post) -> int:
    """The WordPress user of *post*: one for each publisher, as importers make them; 1 is the site's own."""
    return 2 + list(PUBLISHERS).index(post.publisher.key) if post.publisher else 1


def post_json(world: World, post: Post, *, light: bool = False) -> dict[str, Any]:
    """*post* as REST gives it; *light* leaves out the content (for lists that do not ask for it)."""
    site = world.base()
    link = f"{site}{post.path}"
    return {
        "id": post.id,
        "date": _local(post.published),
        "date_gmt": _gmt(post.published),
        "guid": {"rendered": f"{site}/?p={post.id}"},
        "modified": _local(post.modified),
        "modified_gmt": _gmt(post.modified),
        "slug": post.slug,
        "status": "publish",
        "type": "post",
        "link": link,
        "title": {"rendered": texturize(post.title)},
        "content": {"rendered": "" if light else content_html(world, post), "protected": False},
        "excerpt": {"rendered": f"<p>{texturize(post.summary)} [&hellip;]</p>\n", "protected": False},
        "author": author_id(post),
        "featured_media": post.id + 1,
        "comment_status": "closed",
        "ping_status": "closed",
        "sticky": False,
        "template": "",
        "format": "standard",
        "meta": {"footnotes": ""},
        "categories": [category.id for category in post.categories],
        "tags": [],
        "class_list": [f"post-{post.id}", "post", *(f"category-{category.slug}" for category in post.categories)],
        "_links": {
            "self": [{"href": f"{site}/wp-json/wp/v2/posts/{post.id}"}],
            "collection": [{"href": f"{site}/wp-json/wp/v2/posts"}],
            "author": [{"embeddable": True, "href": f"{site}/wp-json/wp/v2/users/{author_id(post)}"}],
        },
    }


def _embedded(world: World, post: Post) -> dict[str, Any]:
    site = world.base()
    image = f"{site}/wp-content/uploads/{post.published:%Y/%m}/{post.slug}.jpg"
    return {
        "author": [
            {
                "id": author_id(post),
                "name": post.author,
                "slug": prose.slugify(post.author),
                "link": f"{site}/author/{prose.slugify(post.author)}/",
            }
        ],
        "wp:featuredmedia": [{"id": post.id + 1, "media_type": "image", "source_url": image, "alt_text": ""}],
        "wp:term": [[_category_json(world, category) for category in post.categories], []],
    }


def _select(data: dict[str, Any], fields: str | None) -> dict[str, Any]:
    """Keep what ``_fields`` names: comma-separated, nested with dots."""
    if not fields:
        return data
    kept: dict[str, Any] = {}
    for name in fields.split(","):
        source: Any = data
        target = kept
        parts = name.strip().split(".")
        for part in parts[:-1]:
            source = source.get(part) if isinstance(source, dict) else None
            if source is None:
                break
            target = target.setdefault(part, {})
        if isinstance(source, dict) and parts[-1] in source:
            target[parts[-1]] = source[parts[-1]]
    return kept


def _moment(value: str) -> dt.datetime:
    """A query's time: site-local when it has no offset, as WordPress reads it. Raises ``ValueError``."""
    moment = dt.datetime.fromisoformat(value.replace("Z", "+00:00").replace(" ", "+"))
    if moment.tzinfo is None:
        moment = (moment - SITE_OFFSET).replace(tzinfo=dt.UTC)
    return moment


def _ids(value: str) -> list[int]:
    return [int(part) for part in re.split(r"[,\s]+", value) if part]


def _category_json(world: World, category: Category) -> dict[str, Any]:
    return {
        "id": category.id,
        "count": max(1, world.total // len(CATEGORIES)),
        "description": "",
        "link": f"{world.base()}/category/{category.slug}/",
        "name": escape(category.name),
        "slug": category.slug,
        "taxonomy": "category",
        "parent": 0,
    }


def _paged(world: World, route: str, query: Mapping[str, str], total: int, per_page: int, page: int) -> dict[str, str]:
    pages = math.ceil(total / per_page) if total else 0
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    links = []
    for number, rel in ((page - 1, "prev"), (page + 1, "next")):
        if 1 <= number <= pages:
            links.append(f'<{world.base()}{route}?{urlencode({**query, "page": number})}>; rel="{rel}"')
    if links:
        headers["Link"] = ", ".join(links)
    return headers


def _whole(query: Mapping[str, str], name: str, default: int, low: int, high: int | None = None) -> int | Answer:
    try:
        value = int(query.get(name, default))
    except ValueError:
        return _invalid(name, f"{name} is not of type integer.")
    if value < low or (high is not None and value > high):
        limits = (
            f"between {low} (inclusive) and {high} (inclusive)"
            if high is not None
            else f"greater than or equal to {low}"
        )
        return _invalid(name, f"{name} must be {limits}")
    return value


def _posts(world: World, query: Mapping[str, str]) -> Answer:
    per_page = _whole(query, "per_page", 10, 1, MAX_PER_PAGE)
    page = _whole(query, "page", 1, 1)
    offset = _whole(query, "offset", 0, 0)
    for value in (per_page, page, offset):
        if isinstance(value, Answer):
            return value
    assert isinstance(per_page, int)
    assert isinstance(page, int)
    assert isinstance(offset, int)
    order, orderby = query.get("order", "desc"), query.get("orderby", "date")
    if order not in ("asc", "desc"):
        return _invalid("order", "order is not one of asc and desc.")
    if orderby not in _ORDERBY:
        return _invalid("orderby", f"orderby is not one of {', '.join(_ORDERBY)}.")
    bounds: dict[str, dt.datetime] = {}
    for name in ("after", "before", "modified_after", "modified_before"):
        if query.get(name):
            try:
                bounds[name] = _moment(query[name])
            except ValueError:
                return _invalid(name, "Invalid date.")
    try:
        categories = set(_ids(query.get("categories", "")))
        include = _ids(query.get("include", ""))
        exclude = set(_ids(query.get("exclude", "")))
    except ValueError:
        return _invalid("categories", "categories[0] is not of type integer.")

    # Published times grow with the number, so a window is a range of numbers; both ends are exclusive.
    second = dt.timedelta(seconds=1)
    low = world.first_after(bounds["after"].replace(microsecond=0) + second) if "after" in bounds else 0
    high = world.first_after(bounds["before"]) if "before" in bounds else world.total
    candidates: Any = range(max(low, 0), max(low, high))
    if include:
        wanted = {number for number in map(world.number_of_id, include) if number is not None}
        candidates = sorted(number for number in wanted if low <= number < high)
    if "modified_after" in bounds and not include:
        # Nothing is touched later than two days after it went up, but for what was changed by hand.
        since = world.first_after(bounds["modified_after"] - dt.timedelta(days=3))
        early = sorted(number for number in world.changes if low <= number < min(since, high))
        candidates = [*early, *range(max(low, since), high)]

    def holds(number: int) -> bool:
        if number in world.deleted:
            return False
        modified = max(world.modified(number), world.published(number)) if len(bounds) else None
        if modified and "modified_after" in bounds and modified <= bounds["modified_after"]:
            return False
        if modified and "modified_before" in bounds and modified >= bounds["modified_before"]:
            return False
        if categories or exclude or query.get("slug") or query.get("search"):
            if categories and not categories & {category.id for category in world.categories(number)}:
                return False
            if FIRST_ID + 3 * number in exclude:
                return False
            if query.get("slug") and world.slug(number) not in query["slug"].split(","):
                return False
            needle = query.get("search", "").casefold().split()
            if needle:
                text = f"{world.title(number)} {world.post(number).text}".casefold()
                return all(word in text for word in needle)
        return True

    plain = not (
        categories or exclude or include or world.deleted or query.get("slug") or query.get("search")
    ) and not (bounds.keys() & {"modified_after", "modified_before"})
    numbers: Any = candidates if plain else [number for number in candidates if holds(number)]
    if orderby in ("modified", "title", "slug"):
        keys: dict[str, Any] = {
            "modified": lambda number: (max(world.modified(number), world.published(number)), number),
            "title": lambda number: world.post(number).title,
            "slug": lambda number: world.post(number).slug,
        }
        numbers = sorted(numbers, key=keys[orderby])
    if orderby == "include" and include:
        place = {post_id: at for at, post_id in enumerate(include)}
        numbers = sorted(numbers, key=lambda number: place[world.post(number).id], reverse=order == "desc")
    total = len(numbers)
    start = offset if "offset" in query else (page - 1) * per_page
    if page > 1 and "offset" not in query and start >= total:
        return _error(
            "rest_post_invalid_page_number", "The page number requested is larger than the number of pages available."
        )
    if order == "desc":
        numbers = numbers[::-1]
    fields = query.get("_fields")
    embed = "_embed" in query
    light = bool(fields) and not any(name.strip().startswith("content") for name in (fields or "").split(","))
    found = []
    for number in numbers[start : start + per_page]:
        post = world.post(number)
        data = post_json(world, post, light=light)
        if embed:
            data["_embedded"] = _embedded(world, post)
        found.append(_select(data, fields))
    return _json(found, headers=_paged(world, "/wp-json/wp/v2/posts", query, total, per_page, page))


def _categories(world: World, query: Mapping[str, str]) -> Answer:
    per_page, page = _whole(query, "per_page", 10, 1, MAX_PER_PAGE), _whole(query, "page", 1, 1)
    if isinstance(per_page, Answer):
        return per_page
    if isinstance(page, Answer):
        return page
    slugs = query.get("slug", "").split(",") if query.get("slug") else None
    try:
        include = _ids(query.get("include", ""))
    except ValueError:
        return _invalid("include", "include[0] is not of type integer.")
    found = [
        category
        for category in CATEGORIES
        if (slugs is None or category.slug in slugs) and (not include or category.id in include)
    ]
    chosen = found[(page - 1) * per_page : page * per_page]
    data = [_select(_category_json(world, category), query.get("_fields")) for category in chosen]
    return _json(data, headers=_paged(world, "/wp-json/wp/v2/categories", query, len(found), per_page, page))


def _index(world: World) -> Answer:
    hours = SITE_OFFSET.total_seconds() / 3600
    return _json(
        {
            "name": SITE_NAME,
            "description": "Latest Breaking U.S. News",
            "url": world.base(),
            "home": world.base(),
            "gmt_offset": str(int(hours)),
            "timezone_string": "",
            "namespaces": ["oembed/1.0", "wp/v2"],
            "authentication": [],
            "routes": {"/wp/v2/posts": {"namespace": "wp/v2", "methods": ["GET"]}},
        }
    )


def rest(world: World, route: str, query: Mapping[str, str]) -> Answer:
    """What the REST API answers to *route* (``/wp/v2/posts``; ``/`` is the index)."""
    route = route.rstrip("/") or "/"
    if route == "/":
        return _index(world)
    if route == "/wp/v2/posts":
        return _posts(world, query)
    if route == "/wp/v2/categories":
        return _categories(world, query)
    if route == "/wp/v2/users" or route.startswith("/wp/v2/users/"):
        # Shut on most sites: it gives away login names.
        return _error("rest_user_cannot_view", "Sorry, you are not allowed to list users.", 401)
    single = re.fullmatch(r"/wp/v2/posts/(\d{1,12})", route)
    if single:
        number = world.number_of_id(int(single[1]))
        if number is None:
            return _error("rest_post_invalid_id", "Invalid post ID.", 404)
        post = world.post(number)
        data = post_json(world, post)
        if "_embed" in query:
            data["_embedded"] = _embedded(world, post)
        return _json(_select(data, query.get("_fields")))
    return _error("rest_no_route", "No route was found matching the URL and request method.", 404)
