"""The way of one post: read it, see whom it names, let it wait for its original, join the two."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future
from dataclasses import asdict
from typing import TYPE_CHECKING

from newscrawl.attribution import is_foreign
from newscrawl.crawling.run import Run
from newscrawl.crawling.site import Site
from newscrawl.errors import OperationError
from newscrawl.items import OriginalResult, Record
from newscrawl.join import join
from newscrawl.ledger.claims import ClaimedPost, Work
from newscrawl.ledger.work import park_post, postpone
from newscrawl.net.policy import UrlRefused, check_url
from newscrawl.net.rights import merge
from newscrawl.net.robots import RobotsMiddleware
from newscrawl.outcomes import Reason
from newscrawl.posts import PostCopy
from newscrawl.surfaces.parsing.content import PostContent, post_text
from newscrawl.urls import canonical_url, host_of, record_id
from newscrawl.workers import WorkerKilledError, Workers

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Posts", "put_aside", "read_post", "robots_signals"]

logger = logging.getLogger("newscrawl.crawling.posts")

#: What shows that a page is not the post's original, so that another may be.
_NOT_IT = frozenset({Reason.DIFFERENT_ARTICLE, Reason.NOT_ARTICLE, "http_404", "http_410"})

#: Seconds until work that a defect kept from being done is due again: not in this run, which would meet it again.
AFTER_DEFECT = 900.0


async def robots_signals(crawler: Crawler, url: str) -> dict[str, str]:
    """What the robots.txt that governs *url* says of the use of what stands there, as far as it is known."""
    middleware = crawler.get_downloader_middleware(RobotsMiddleware)
    return {} if middleware is None else await middleware.signals_for(url)


class Posts:
    """From a claimed post to its record, or to its wait for an original."""

    def __init__(self, run: Run, site: Site) -> None:
        self.run = run
        self.site = site
        self._parked: list[Future[str]] = []

    async def handle(self, post: ClaimedPost) -> Record | None:
        """The post's record, or ``None`` where it now waits for its original."""
        copy = PostCopy.from_json(post.given)
        try:
            if post.original is not None:
                return await self._judge(post.id, copy, post.original)
            return await self.attribute(post.id, copy, None)
        except OperationError:
            raise
        except WorkerKilledError as killed:
            logger.warning("Post %s is invalid: %s", post.id, killed)
            return self._invalid(copy)
        except Exception:
            # One post must not end the crawl; its record says that it could not be read.
            self.run.defects += 1
            logger.exception("Post %s could not be read", post.id)
            return self._invalid(copy)

    async def _judge(self, post_id: str, copy: PostCopy, original: OriginalResult) -> Record | None:
        """The record of a post and its original, or ``None`` where it now waits for the next candidate."""
        record = self.site.join_post(copy, original)
        if record.reason not in _NOT_IT or not (copy.candidates or copy.stated is not None):
            return self._stamp(record)
        alike = record.original.similarity if record.original is not None else None
        copy.tried.append({"url": original.url, "reason": record.reason, "similarity": alike})
        if self._take_candidate(copy):
            self._park(post_id, copy)
            return None
        if copy.stated is None:
            return self._stamp(record)
        # No candidate proved to be the source: the post ends as what it states ended.
        copy.back_to_stated()
        logger.info("Post %s: %d candidates tried, none is its original", copy.url, len(copy.tried))
        reason = self._why_not_asked(copy) or copy.tried[0]["reason"]
        return self._stamp(join(copy, None, reason))

    def _take_candidate(self, copy: PostCopy) -> bool:
        """Let the next candidate that may be asked stand in *copy*; whether there is one."""
        if not (self.run.arguments.follow and self.run.arguments.candidates):
            return False
        asked = {one["url"] for one in copy.tried}
        while copy.next_candidate():
            url = str((copy.attribution or {})["original_url"])
            if url not in asked and self._why_not_asked(copy) is None:
                return True
        return False

    def _invalid(self, copy: PostCopy) -> Record:
        return self._stamp(join(PostCopy(site=copy.site, url=copy.url, surface=copy.surface), None, Reason.INVALID))

    async def attribute(self, post_id: str, copy: PostCopy, content: PostContent | None) -> Record | None:
        """Read whom the post names; its record, or ``None`` where it now waits for its original.

        *content*: what its page gave, where that was asked for.
        """
        await read_post(copy, self.run.workers, content)
        copy.rights = merge(copy.rights, await robots_signals(self.site.crawler, copy.url))
        reason = self._why_not_asked(copy)
        if reason in (Reason.NO_ATTRIBUTION, Reason.NO_ORIGINAL_URL) and copy.text and self._take_candidate(copy):
            reason = None
        elif copy.stated is not None:
            copy.back_to_stated()
        if reason is not None:
            return self._stamp(join(copy, None, reason))
        self._park(post_id, copy)
        return None

    def _park(self, post_id: str, copy: PostCopy) -> None:
        """Let the post wait for the page that stands in its attribution."""
        url = str((copy.attribution or {})["original_url"])
        given = copy.to_json()
        self._parked.append(
            self.run.writer.submit(
                lambda connection: park_post(
                    connection,
                    post_id,
                    given=given,
                    original_id=record_id(canonical_url(url)),
                    url=url,
                    host=host_of(url),
                )
            )
        )

    async def settle(self) -> None:
        """Wait until the posts that were parked are committed: many share one commit."""
        parked, self._parked = self._parked, []
        if parked:
            await asyncio.gather(*(asyncio.wrap_future(one) for one in parked))
            # There may be an original to claim now, or a post whose original is known.
            self.run.wake.set()

    def _why_not_asked(self, copy: PostCopy) -> str | None:
        """The reason why the post's original is not asked for, or ``None`` where it is."""
        if copy.attribution is None:
            return Reason.NO_ATTRIBUTION
        url = copy.attribution.get("original_url")
        if not url:
            return Reason.NO_ORIGINAL_URL
        if not self.run.arguments.follow:
            return Reason.NOT_FOLLOWED
        try:
            check_url(url, policy=self.run.config.policy)
            canonical_url(url)
        except UrlRefused as refused:
            logger.info("The original that post %s names is refused: %s", copy.url, refused)
            return Reason.REFUSED
        except ValueError:
            return Reason.REFUSED
        return None

    def _stamp(self, record: Record) -> Record:
        return self.run.stamp(record, self.site.name)


async def put_aside(run: Run, kind: str, work: Work, error: BaseException) -> None:
    """A fault in code, and not of the site, kept *work* from being asked for: a later run takes it up."""
    run.defects += 1
    logger.error("%s %s was not asked for: a defect", kind, work.id, exc_info=error)
    await run.write(
        lambda connection: postpone(
            connection, run.id, kind, work.id, work.url, reason="defect", status=None, wait=AFTER_DEFECT, counts=False
        )
    )


async def read_post(copy: PostCopy, workers: Workers, content: PostContent | None = None) -> None:
    """Read the post's body (*content*: read already): its text, and whom it names as its source."""
    if content is None and copy.html is None and copy.text is not None:
        return  # its page was read by a run before
    if content is None:
        content = await workers.run(post_text, copy.html or "", base_url=copy.url)
    attribution = content.attribution
    if attribution is not None and not is_foreign(attribution, copy.site):
        attribution = None  # a site that names itself names no source
    copy.text, copy.truncated, copy.word_count = content.text, content.truncated, content.word_count or None
    copy.image_url = copy.image_url or content.image_url
    copy.candidates = [asdict(one) for one in content.candidates]
    if attribution is not None:
        copy.attributed(attribution)
    copy.html = None
