"""What a feed's entry becomes: a post of the site, or of wherever its link leads. Pure."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from newscrawl.clock import now_text
from newscrawl.posts import PostCopy
from newscrawl.surfaces.addresses import number_in, post_url
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.surfaces.parsing.feed import Feed, FeedEntry
from newscrawl.urls import same_site, unwrap_redirect

__all__ = ["feed_copies", "feed_copy"]

#: Excerpts are 55 words by default; what is longer is no summary.
_MOST_SUMMARY = 3_000
# Google News gives its entries links of its own, whose target stands nowhere in them.
_OPAQUE = re.compile(r"/(?:__i/)?(?:rss/)?(?:articles|read)/[\w-]+")
_GOOGLE = re.compile(r"(?:news\.|www\.)?google(?:\.[a-z]{2,3}){1,2}")


def feed_copies(feed: Feed, site: str, surface: str = "feed") -> tuple[list[PostCopy], Counter[str]]:
    """The posts of *feed*, in its order, and its other entries counted by reason."""
    copies: list[PostCopy] = []
    skipped: Counter[str] = Counter(feed.skipped)
    for entry in feed.entries:
        copy = feed_copy(entry, site, feed, surface)
        if copy is None:
            skipped["no_address"] += 1
        else:
            copies.append(copy)
    return copies, skipped


def feed_copy(entry: FeedEntry, site: str, feed: Feed, surface: str = "feed") -> PostCopy | None:
    """The post that *entry* is, or ``None`` where it has no address.

    A post whose entry is an excerpt is marked as incomplete: its page is asked for.
    """
    if entry.url is None:
        return None
    # Search feeds (Google Alerts, Bing News) wrap their links: the post is where the link leads.
    link = unwrap_redirect(entry.url)
    opaque = link == entry.url and _is_opaque(link)
    # FeedWordPress and its like make the link lead to the source; the post's own address is its guid then.
    own = entry.guid if number_in(entry.guid) and entry.guid and same_site(entry.guid, site) else None
    away = own is not None and not same_site(link, site)
    summary = entry.summary_html if entry.summary_html != entry.content_html else None
    copy = PostCopy(
        site=site,
        url=post_url(own if away and own else link, site),
        attribution={"original_url": link, "phrase": "permalink"} if away else None,
        surface=surface,
        source="feed",
        site_name=feed.title,
        remote_id=number_in(entry.guid) or number_in(link),
        title=entry.title,
        author=entry.author,
        published_at=entry.published_at,
        published_precision=entry.published_precision,
        modified_at=entry.modified_at,
        categories=entry.categories,
        image_url=entry.image_url,
        # As of the REST API's excerpts: made of the first words, it may hold the attribution of a short post.
        summary=post_text(summary, base_url=link).text if summary and len(summary) <= _MOST_SUMMARY else None,
        html=entry.content_html if entry.full_text else None,
        incomplete=not entry.full_text,
        looked_at=now_text(),
    )
    if opaque:
        _as_search_result(copy, entry)
    return copy


def _is_opaque(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_GOOGLE.fullmatch(parts.hostname or "") and _OPAQUE.match(parts.path))


def _as_search_result(copy: PostCopy, entry: FeedEntry) -> None:
    """A result of a news search: its page is the search engine's, its title and source are the publisher's."""
    copy.incomplete = False
    copy.summary = None
    if entry.source_name and copy.title:
        copy.title = copy.title.removesuffix(f" - {entry.source_name}").strip() or copy.title
    # The description of such an entry is a link with the title; the headline is all the text that there is.
    copy.html = entry.content_html or copy.title or ""
    if entry.source_name or entry.source_url:
        copy.attribution = {
            "original_url": None,
            "publisher_name": entry.source_name,
            "publisher_url": entry.source_url,
            "original_title": copy.title,
            "phrase": "source",
            "confidence": 0.9,
        }
