"""A site as a function, listed by a surface in this process: no server, no crawl."""

from __future__ import annotations

import asyncio
import datetime as dt
import html
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from newscrawl.clock import format_time
from newscrawl.posts import Discovered
from newscrawl.surfaces.accept import accept
from newscrawl.surfaces.answers import End, SurfaceError, SurfaceRequest
from newscrawl.surfaces.fetcher import Fetcher
from newscrawl.surfaces.registry import open_surface
from tests.site import HTML, XML, Page, Site, asking

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
SITE = "https://agg.test"
CHALLENGE: Page = (
    200,
    HTML,
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Wait</body></html>",
)
BODY = "".join(f"<p>The council met on item {i} and weighed what the harbour wall would cost.</p>" for i in range(6))


def ago(days: float = 0, hours: float = 0) -> dt.datetime:
    return NOW - dt.timedelta(days=days, hours=hours)


@dataclass
class Listed:
    """What listing a site gave."""

    posts: dict[str, Discovered] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    end: End | None = None
    error: SurfaceError | None = None
    asked: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    #: The latest time that lists showed beside their posts.
    newest: str | None = None

    @property
    def names(self) -> set[str]:
        """Last segments of the posts' paths."""
        return {urlsplit(url).path.rstrip("/").rpartition("/")[2] for url in self.posts}

    @property
    def loud(self) -> bool:
        """The run would say that it is not complete."""
        return self.error is not None or self.end is None or not self.end.over


def listed(
    name: str,
    site: Site,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    changes: bool = False,
    **request: Any,
) -> Listed:
    """List *site* by surface *name* as a crawl does; what its door takes stands in ``posts``."""
    done = Listed()
    first, last = (format_time(one) if one else None for one in (since, until))

    def noted(path: str, query: dict[str, str], url: str) -> Page:
        asked = urlsplit(url)
        done.asked.append(f"{asked.path}?{asked.query}" if asked.query else asked.path)
        return site(path, query, url)

    async def sleep(_seconds: float) -> None:
        return None

    async def main() -> None:
        asked_for = SurfaceRequest(SITE, first, last, changed_since=first if changes else None, **request)
        try:
            surface = open_surface(name, Fetcher(asking(noted), sleep=sleep), asked_for)
            async for answer in surface.pages(None):
                done.end = answer.end
                done.newest = max(filter(None, (done.newest, answer.newest)), default=None)
                for reason, count in answer.skipped.items():
                    done.skipped[reason] = done.skipped.get(reason, 0) + count
                for copy in answer.posts:
                    got = accept(copy, since=first, until=last)
                    if isinstance(got, Discovered):
                        done.posts[got.url] = got
                    else:
                        done.skipped[got.reason] = done.skipped.get(got.reason, 0) + 1
            done.kept = dict(surface.kept)
        except SurfaceError as error:
            done.error = error

    asyncio.run(asyncio.wait_for(main(), 60))
    return done


# --- what sites send ---------------------------------------------------------------------------------


def sitemap(*entries: tuple[str, str | dt.datetime | None], made: str = "") -> Page:
    rows = "".join(f"<url><loc>{html.escape(loc)}</loc>{_lastmod(time)}</url>" for loc, time in entries)
    return 200, XML, f'<?xml version="1.0" encoding="UTF-8"?>{made}<urlset>{rows}</urlset>'


def index(*entries: tuple[str, str | dt.datetime | None], made: str = "") -> Page:
    rows = "".join(f"<sitemap><loc>{html.escape(loc)}</loc>{_lastmod(time)}</sitemap>" for loc, time in entries)
    return 200, XML, f'<?xml version="1.0" encoding="UTF-8"?>{made}<sitemapindex>{rows}</sitemapindex>'


def _lastmod(time: str | dt.datetime | None) -> str:
    text = format_time(time) if isinstance(time, dt.datetime) else time
    return f"<lastmod>{text}</lastmod>" if text else ""


def item(
    name: str, time: dt.datetime | str | None, *, more: str = "", link: str | None = None, body: str = BODY
) -> str:
    date = format_datetime(time) if isinstance(time, dt.datetime) else time
    address = html.escape(f"{SITE}/{name}/" if link is None else link)
    return (
        f"<item><title>{name}</title><link>{address}</link>{f'<pubDate>{date}</pubDate>' if date else ''}"
        f"<guid isPermaLink='false'>{name}</guid><content:encoded><![CDATA[{body}]]></content:encoded>{more}</item>"
    )


def rss(*items: str, head: str = "") -> Page:
    return (
        200,
        {"Content-Type": "application/rss+xml; charset=UTF-8"},
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>T</title>'
        f"<link>{SITE}</link>{head}{''.join(items)}</channel></rss>",
    )


def card(name: str, time: dt.datetime | None = None, kind: str = "post type-post hentry") -> str:
    stamp = f"<time class='entry-date' datetime='{format_time(time)}'>x</time>" if time else ""
    return f"<article class='{kind}'><h2 class='entry-title'><a href='{SITE}/{name}/'>{name}</a></h2>{stamp}</article>"


def list_page(*cards: str, more: str = "", classes: str = "home blog") -> Page:
    return 200, HTML, f"<!DOCTYPE html><html><body class='{classes}'><main>{''.join(cards)}{more}</main></body></html>"


def rest_post(number: int, time: dt.datetime, **fields: Any) -> dict[str, Any]:
    at = time.strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "id": number, "date": at, "date_gmt": at, "modified": at, "modified_gmt": at, "link": f"{SITE}/post-{number}/",
        "slug": f"post-{number}", "status": "publish", "type": "post", "title": {"rendered": f"Post {number}"},
        "content": {"rendered": BODY, "protected": False}, "excerpt": {"rendered": "<p>The council met.</p>"},
        "author": 1, "categories": [], "tags": [], **fields,
    }  # fmt: skip
