# ruff: noqa: E501 - long lines of markup read better whole
"""The aggregator's feeds and sitemaps, as WordPress and its usual plugins write them. Pure."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import math
from collections.abc import Iterable, Sequence
from email.utils import format_datetime
from xml.sax.saxutils import escape

from newscrawl.demo.listings import Listing
from newscrawl.demo.wordpress import Answer, content_html, texturize
from newscrawl.demo.world import CATEGORIES, SITE_NAME, Post, World

__all__ = ["comment_feed", "feed", "sitemap"]

_RSS = "application/rss+xml; charset=UTF-8"
_ATOM = "application/atom+xml; charset=UTF-8"
_XML = "text/xml; charset=UTF-8"


def last_modified(world: World, numbers: Sequence[int]) -> dt.datetime:
    """When the newest change was among *numbers* (oldest first): posts are touched within two days, or by hand."""
    if not numbers:
        return world.published(0)
    moments = [max(world.published(number), world.modified(number)) for number in (*numbers[-40:], *world.changes)]
    return max(moments)


def _validators(moment: dt.datetime, *more: object) -> dict[str, str]:
    digest = hashlib.sha256(repr((moment.isoformat(), *more)).encode()).hexdigest()[:32]
    return {"Last-Modified": format_datetime(moment, usegmt=True), "ETag": f'"{digest}"'}


def _rss_item(world: World, post: Post, full: bool) -> str:
    site = world.base()
    excerpt = f"<p>{texturize(post.summary)} [&#8230;]</p>\n"
    categories = "".join(f"\t\t<category><![CDATA[{category.name}]]></category>\n" for category in post.categories)
    content = f"\t\t<content:encoded><![CDATA[{content_html(world, post)}]]></content:encoded>\n" if full else ""
    link = escape(f"{site}{post.path}")
    return (
        f"\t<item>\n\t\t<title>{texturize(post.title)}</title>\n\t\t<link>{link}</link>\n"
        f"\t\t<dc:creator><![CDATA[{post.author}]]></dc:creator>\n\t\t<pubDate>{format_datetime(post.published)}</pubDate>\n{categories}"
        f'\t\t<guid isPermaLink="false">{site}/?p={post.id}</guid>\n\t\t<description><![CDATA[{excerpt}]]></description>\n{content}'
        f"\t\t<wfw:commentRss>{link}feed/</wfw:commentRss>\n\t</item>\n"
    )


def _atom_entry(world: World, post: Post, full: bool) -> str:
    site = world.base()
    link = escape(f"{site}{post.path}")
    categories = "".join(f'<category scheme="{site}" term="{escape(category.name)}" />' for category in post.categories)
    content = (
        f'<content type="html" xml:base="{link}"><![CDATA[{content_html(world, post)}]]></content>' if full else ""
    )
    return (
        f'<entry><author><name>{escape(post.author)}</name></author><title type="html"><![CDATA[{texturize(post.title)}]]></title>'
        f'<link rel="alternate" type="text/html" href="{link}" /><id>{site}/?p={post.id}</id><updated>{post.modified:%Y-%m-%dT%H:%M:%SZ}</updated>'
        f'<published>{post.published:%Y-%m-%dT%H:%M:%SZ}</published>{categories}<summary type="html"><![CDATA[<p>{texturize(post.summary)} [&#8230;]</p>]]></summary>{content}</entry>\n'
    )


def feed(
    world: World,
    listing: Listing,
    page: int,
    *,
    full: bool = True,
    atom: bool = False,
    title: str = SITE_NAME,
    self_url: str = "",
) -> Answer | None:
    """Page *page* of the feed of *listing*; ``None`` past the end. *full* puts the whole text in, else the excerpt alone."""
    numbers = listing.page(page)
    if numbers is None or (page > 1 and not numbers):
        return None
    posts = [world.post(number) for number in numbers]
    moment = last_modified(world, listing.numbers)
    headers = _validators(moment, full, len(listing.numbers), page)
    site = world.base()
    if atom:
        entries = "".join(_atom_entry(world, post, full) for post in posts)
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-US"><title type="text">{escape(title)}</title>'
            f'<updated>{moment:%Y-%m-%dT%H:%M:%SZ}</updated><link rel="alternate" type="text/html" href="{site}" /><id>{site}/feed/atom/</id>'
            f'<link rel="self" type="application/atom+xml" href="{escape(self_url)}" />\n{entries}</feed>'
        )
        return Answer(200, body.encode(), {"Content-Type": _ATOM, **headers})
    items = "".join(_rss_item(world, post, full) for post in posts)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"\n\txmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
        '\txmlns:wfw="http://wellformedweb.org/CommentAPI/"\n\txmlns:dc="http://purl.org/dc/elements/1.1/"\n\txmlns:atom="http://www.w3.org/2005/Atom"\n'
        '\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/">\n\n<channel>\n'
        f'\t<title>{escape(title)}</title>\n\t<atom:link href="{escape(self_url)}" rel="self" type="application/rss+xml" />\n\t<link>{site}</link>\n'
        f"\t<description>Latest Breaking U.S. News</description>\n\t<lastBuildDate>{format_datetime(moment)}</lastBuildDate>\n\t<language>en-US</language>\n"
        f"\t<sy:updatePeriod>hourly</sy:updatePeriod>\n\t<generator>https://wordpress.org/?v=6.8.1</generator>\n{items}</channel>\n</rss>\n"
    )
    return Answer(200, body.encode(), {"Content-Type": _RSS, **headers})


def comment_feed(world: World, number: int) -> Answer:
    """The feed of the comments on a post: its items are no posts."""
    post, site = world.post(number), world.base()
    link = f"{site}{post.path}"
    items = "".join(
        f"<item><title>By: {name}</title><link>{link}#comment-{at}</link><dc:creator><![CDATA[{name}]]></dc:creator>"
        f'<pubDate>{format_datetime(post.published + dt.timedelta(hours=at))}</pubDate><guid isPermaLink="false">{site}/?p={post.id}#comment-{at}</guid>'
        f"<description>Well said.</description><content:encoded><![CDATA[<p>Well said.</p>]]></content:encoded></item>"
        for at, name in ((1, "Imre"), (2, "Olga"))
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Comments on: {texturize(post.title)}</title><link>{link}</link>{items}</channel></rss>'
    )
    return Answer(200, body.encode(), {"Content-Type": _RSS})


# Sitemaps

_OPEN_INDEX = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
)
_OPEN_SET = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n'
)


def _w3c(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _index(entries: Iterable[tuple[str, dt.datetime | None]]) -> str:
    rows = (
        f"<sitemap><loc>{escape(loc)}</loc>{f'<lastmod>{_w3c(moment)}</lastmod>' if moment else ''}</sitemap>\n"
        for loc, moment in entries
    )
    return f"{_OPEN_INDEX}{''.join(rows)}</sitemapindex>\n"


def _urls(rows: Iterable[str]) -> str:
    return f"{_OPEN_SET}{''.join(rows)}</urlset>\n"


def _url(loc: str, moment: dt.datetime | None = None, more: str = "") -> str:
    return f"<url><loc>{escape(loc)}</loc>{f'<lastmod>{_w3c(moment)}</lastmod>' if moment else ''}{more}</url>\n"


def _news(world: World, numbers: Sequence[int]) -> str:
    """Google's news sitemap: the last two days before the newest post, newest first."""
    site = world.base()
    if not numbers:
        return _urls(())
    since = world.first_after(world.published(numbers[-1]) - dt.timedelta(days=2))
    rows = []
    for number in [number for number in numbers[-1000:] if number >= since][::-1]:
        news = (
            f"<news:news><news:publication><news:name>{SITE_NAME}</news:name><news:language>en</news:language></news:publication>"
            f"<news:publication_date>{_w3c(world.published(number))}</news:publication_date><news:title>{escape(world.title(number))}</news:title></news:news>"
        )
        rows.append(_url(f"{site}{world.path(number)}", more=news))
    return _urls(rows)


def sitemap(
    world: World, path: str, *, style: str = "core", size: int | None = None, lastmod: bool = True
) -> Answer | None:
    """The sitemap at *path*, or ``None``.

    *style*: ``core`` (``wp-sitemap.xml``, 2,000 addresses a file, oldest first), ``yoast`` (``sitemap_index.xml``, 1,000 a
    file, and ``news-sitemap.xml``) or ``gzip`` (the same, files and index packed). *size* overrides the addresses a file;
    *lastmod* as WordPress writes it since 6.5.
    """
    site = world.base()
    numbers: Sequence[int] = range(world.total)
    if world.deleted:
        numbers = [number for number in numbers if number not in world.deleted]
    per_file = size or (2_000 if style == "core" else 1_000)
    files = max(1, math.ceil(len(numbers) / per_file))
    packed = style == "gzip"
    tail = ".xml.gz" if packed else ".xml"
    if packed != path.endswith(".gz"):
        return None
    name = path.strip("/").removesuffix(tail)
    moment = last_modified(world, numbers)
    body: str | None = None

    def chunk(file: int) -> Sequence[int]:
        return numbers[(file - 1) * per_file : file * per_file]

    def entry(number: int) -> str:
        return _url(
            f"{site}{world.path(number)}", max(world.published(number), world.modified(number)) if lastmod else None
        )

    if style == "core":
        if name == "wp-sitemap":
            entries: list[tuple[str, dt.datetime | None]] = [
                (f"{site}/wp-sitemap-posts-post-{file}.xml", None) for file in range(1, files + 1)
            ]
            body = _index(
                [
                    *entries,
                    (f"{site}/wp-sitemap-taxonomies-category-1.xml", None),
                    (f"{site}/wp-sitemap-users-1.xml", None),
                ]
            )
        elif name == "wp-sitemap-taxonomies-category-1":
            body = _urls(_url(f"{site}/category/{category.slug}/") for category in CATEGORIES)
        elif name == "wp-sitemap-users-1":
            body = _urls([_url(f"{site}/author/dnyuz/")])
        elif name.startswith("wp-sitemap-posts-post-") and name[22:].isdigit() and 1 <= int(name[22:]) <= files:
            body = _urls(entry(number) for number in chunk(int(name[22:])))
    elif name == "sitemap_index":
        found: list[tuple[str, dt.datetime | None]] = [
            (f"{site}/post-sitemap{file if file > 1 else ''}{tail}", last_modified(world, chunk(file)))
            for file in range(1, files + 1)
        ]
        body = _index([*found, (f"{site}/category-sitemap{tail}", moment)])
    elif name == "category-sitemap":
        body = _urls(_url(f"{site}/category/{category.slug}/", moment) for category in CATEGORIES)
    elif name == "news-sitemap":
        body = _news(world, numbers)
    elif name.startswith("post-sitemap"):
        digits = name.removeprefix("post-sitemap") or "1"
        if digits.isdigit() and 1 <= int(digits) <= files:
            # Yoast lists the page of posts, too: the site's front page.
            front = [_url(f"{site}/", moment)] if digits == "1" else []
            body = _urls([*front, *(entry(number) for number in chunk(int(digits)))])
    if body is None:
        return None
    data = gzip.compress(body.encode(), mtime=0) if packed else body.encode()
    kind = "application/x-gzip" if packed else _XML
    headers = {"Content-Type": kind, "X-Robots-Tag": "noindex, follow", **_validators(moment, path, len(numbers), size)}
    return Answer(200, data, headers)
