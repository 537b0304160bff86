"""Surface ``textfile``: addresses of posts, one a line, as sitemaps.org's protocol has them in a text file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from newscrawl.posts import PostCopy
from newscrawl.surfaces.addresses import may_be_post, post_url
from newscrawl.surfaces.answers import Answer, End, SurfaceRequest, refused_status
from newscrawl.surfaces.fetcher import Fetcher

__all__ = ["TextFileSurface"]

#: Addresses that such a file may hold (sitemaps.org).
MOST = 50_000


class TextFileSurface:
    """``/sitemap.txt``: undated, so the page of each post tells whether it belongs to the window."""

    name: ClassVar[str] = "textfile"
    tells: ClassVar[frozenset[str]] = frozenset()
    look: ClassVar[int] = 1

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self.kept: Mapping[str, Any] = {}
        self._fetcher = fetcher
        self._request = request

    @classmethod
    def begins(cls, request: SurfaceRequest) -> Sequence[str]:
        return (f"{request.site}/sitemap.txt",)

    async def pages(self, cursor: dict[str, Any] | None) -> AsyncIterator[Answer]:
        (url,) = self.begins(self._request)
        response = await self._fetcher.get(url, accept="text/plain")
        if response.status != 200:
            raise refused_status(self.name, url, response.status)
        lines = response.body.decode("utf-8", "replace").split()
        site = self._request.site
        posts = [
            PostCopy(site=site, url=post_url(line, site), surface=self.name, incomplete=True)
            for line in dict.fromkeys(lines[:MOST])
            if may_be_post(line, site)
        ]
        cut = (f"{url} has more than {MOST} addresses",) if len(lines) > MOST else ()
        yield Answer(posts, end=End(cut))
