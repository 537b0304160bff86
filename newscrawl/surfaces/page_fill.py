"""What a post's page adds to what its surface gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newscrawl.clock import now_text
from newscrawl.net.rights import merge, page_signals
from newscrawl.originals import header_pairs

if TYPE_CHECKING:
    from scrapy.http import Response

    from newscrawl.posts import PostCopy
    from newscrawl.surfaces.parsing.post_page import PostPage

__all__ = ["fill_from_page"]

_PRECISION = {None: 0, "day": 1, "minute": 2, "second": 3}


def fill_from_page(copy: PostCopy, page: PostPage, response: Response) -> None:
    """Fill *copy* from its *page*: what the page says holds, unless the surface knew a time more exactly."""
    copy.title = page.title or copy.title
    copy.author = page.author or copy.author
    if _PRECISION[page.published_precision] > _PRECISION[copy.published_precision] or copy.published_at is None:
        copy.published_at, copy.published_precision = page.published_at, page.published_precision
    copy.modified_at = page.modified_at or copy.modified_at
    copy.categories = page.categories or copy.categories
    copy.tags = page.tags or copy.tags
    copy.image_url = page.image_url or copy.image_url
    copy.displayed_shares, copy.displayed_views = page.displayed_shares, page.displayed_views
    copy.incomplete = False
    copy.looked_at = now_text()
    copy.source = "html"
    said = page_signals(
        header_pairs(response),
        page.usage_metas,
        licence=page.licence,
        licence_source=page.licence_source,
        free_access=page.free_access,
    )
    copy.rights = merge(copy.rights, said)
