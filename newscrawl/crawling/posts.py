"""The way of one post: read it, see whom it names, let it wait for its original, join the two."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from newscrawl import language
from newscrawl.attribution import is_foreign
from newscrawl.crawling.memory import Memory
from newscrawl.crawling.run import Run
from newscrawl.crawling.site import Site
from newscrawl.errors import OperationError
from newscrawl.items import OriginalResult, Record
from newscrawl.join import join
from newscrawl.ledger.claims import ClaimedPost, Work
from newscrawl.ledger.proofs import note_tried
from newscrawl.ledger.work import park_for_lists, park_post, postpone
from newscrawl.net.policy import UrlRefused, check_url
from newscrawl.net.rights import merge
from newscrawl.net.robots import RobotsMiddleware, origin_of
from newscrawl.originals.lists import LIST_NAMES
from newscrawl.originals.proofs import (
    LISTS,
    LOOKS,
    UNLIKELY,
    Key,
    Proofs,
    key_of,
    likely_publisher,
    names_another,
    worth_asking,
)
from newscrawl.outcomes import Reason
from newscrawl.posts import PostCopy
from newscrawl.storage.tables import LOOK
from newscrawl.surfaces.parsing.content import PostContent, post_text
from newscrawl.urls import canonical_url, host_of, record_id, same_site
from newscrawl.workers import WorkerKilledError, Workers

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Posts", "is_of_publisher", "may_look", "put_aside", "read_post", "robots_signals", "tell_language"]

logger = logging.getLogger("newscrawl.crawling.posts")

#: Pages that are asked for beside the stated one, at most.
MOST_MORE = 2
#: What shows that a page is not the post's original, or is gone with its domain, so that another may be it.
_NOT_IT = frozenset({Reason.DIFFERENT_ARTICLE, Reason.NOT_ARTICLE, "http_404", "http_410", "dns"})

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
        self.memory = Memory(run)
        #: Posts that this run read.
        self.handled = 0
        #: Posts that wait, as they are being written: those that were read together are committed together.
        self._parked: list[Future[Any]] = []
        # What the files of the posts' sites say of their use, by origin: being asked for, or known.
        self._signals: dict[str, asyncio.Task[dict[str, str]]] = {}

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
        """The record of a post and its original, or ``None`` where it now waits for another page that may be it."""
        await self._learn_signals(copy)
        await tell_language(copy, original, self.run.workers)
        record = self.site.join_post(copy, original)
        again = any(one["url"] == original.url for one in copy.tried)
        if not again:
            in_lists = (copy.attribution or {}).get("resolved_by") in LIST_NAMES
            named = in_lists and copy.likely is not None and not copy.states_source()
            await self.memory.learn(copy.site, copy.attribution, record, named=named)
        if record.reason not in _NOT_IT:
            return self._done(post_id, copy, record)
        how = str((copy.attribution or {}).get("resolved_by") or "link")
        if not again:
            alike = record.original.similarity if record.original is not None else None
            why = "; ".join((copy.attribution or {}).get("evidence") or ())[:500]
            tried = {"how": how, "url": original.url, "reason": record.reason, "similarity": alike, "why": why}
            copy.tried.append(tried)
        if self._stand_next(post_id, copy):
            return None
        if copy.stated is None:
            return self._done(post_id, copy, record)
        if copy.looked and not copy.states_source():
            return await self.without_statement(post_id, copy)
        return await self._none_proven(post_id, copy)

    async def _none_proven(self, post_id: str, copy: PostCopy) -> Record | None:
        """No page proved to be the source: the post is joined with what it states, or ends without."""
        if copy.stated is not None:
            copy.back_to_stated()
        copy.candidates = []
        reason = self._why_not_asked(copy)
        if copy.tried:
            logger.info("Post %s: %d pages tried, none is its original", copy.url, len(copy.tried))
        if reason is not None:
            return await self._end(post_id, copy, reason)
        self._park(post_id, copy, fresh=False)
        return None

    def _stand_next(self, post_id: str, copy: PostCopy, kept: list[dict[str, Any]] | None = None) -> bool:
        """Let the post wait for the next page that may be its original, or for its publisher's lists, if any may.

        *kept*: all its candidates, of which a post that states no source may have others asked for after the lists.
        """
        if not self._follows_all() or not copy.text:
            return False
        named_alone = is_named_alone(copy)
        if not named_alone and self._take_candidate(copy):
            self._park(post_id, copy)
        elif may_look(copy):
            if kept is not None and not copy.states_source():
                copy.candidates = kept
            self._parked.append(self._submit_for_lists(post_id, copy))
        else:
            return False
        return True

    def _follows_all(self) -> bool:
        return self.run.arguments.follow and self.run.arguments.candidates

    def _take_candidate(self, copy: PostCopy, home: str | None = None) -> bool:
        """Let the next candidate that may be asked stand in *copy*; whether there is one. *home*: its publisher's."""
        asked = {one["url"] for one in copy.tried if one["url"] is not None}
        while len(asked) <= MOST_MORE and copy.next_candidate():
            url = str((copy.attribution or {})["original_url"])
            of_publisher = same_site(url, home) if home is not None else is_of_publisher(url, copy)
            a_copy = copy.attribution is not None and names_another(copy.attribution, copy.likely)
            if url not in asked and of_publisher and not a_copy and self._why_not_asked(copy) is None:
                return True
        return False

    async def found(self, post_id: str, copy: PostCopy, attribution: dict[str, Any], named_by: str) -> Record | None:
        """A publisher's list *named_by* names a page: the post waits for it, or the record that it ends as."""
        copy.stand_in(attribution, named_by)
        if self._why_not_asked(copy) is None:
            self._park(post_id, copy)
            return None
        return await self._none_proven(post_id, copy)

    async def not_found(
        self, post_id: str, copy: PostCopy, why: str, *, ambiguous: bool, home: str | None = None
    ) -> Record | None:
        """The lists of its publisher, at *home*, do not name the post's original, for the reason *why* (in words)."""
        reason = Reason.AMBIGUOUS_ORIGINAL if ambiguous else None
        copy.tried.append({"how": "lists", "url": None, "reason": reason, "similarity": None, "why": why[:500]})
        if copy.stated is not None:
            copy.back_to_stated()
        if not copy.states_source():
            return await self.without_statement(post_id, copy)
        if self._take_candidate(copy, home):
            self._park(post_id, copy)
            return None
        if reason is not None:
            if copy.stated is not None:
                copy.back_to_stated()
            return await self._end(post_id, copy, reason)
        return await self._none_proven(post_id, copy)

    async def without_statement(self, post_id: str, copy: PostCopy) -> Record | None:
        """What a post that states no source ends as, now that links like its own have been tried on other posts."""
        proofs = await self.memory.of(copy.site)
        copy.candidates = worth_asking(copy.candidates, copy.title, proofs, unlikely=proofs.pays(UNLIKELY))
        if self._take_candidate(copy):
            self._park(post_id, copy)
            return None
        if copy.stated is not None:
            copy.back_to_stated()
        return await self._end(post_id, copy, Reason.NO_ATTRIBUTION)

    def look_again(self, post_id: str, copy: PostCopy) -> None:
        """Let a post wait for its publisher's lists once more: they were not read."""
        self._parked.append(self._submit_for_lists(post_id, copy))

    def _submit_for_lists(self, post_id: str, copy: PostCopy) -> Future[str]:
        given = copy.to_json()

        def park(connection: Connection) -> str:
            park_for_lists(connection, post_id, given=given)
            return LOOK

        return self.run.writer.submit(park, urgent=False)

    def _ask_for_signals(self, url: str) -> None:
        """Ask what the files of the site of *url* say of the use of its posts, beside the crawl.

        A record waits for the answer and not its original: the site's ``tdmrep.json`` is asked for in a turn of the
        site, a delay after its list.
        """
        origin = origin_of(url)
        if origin not in self._signals:
            task = self._signals[origin] = asyncio.ensure_future(robots_signals(self.site.crawler, url))
            # Whoever needs the answer asks once more, and hears what went wrong.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def close(self) -> None:
        """Wait for no more answers."""
        for task in self._signals.values():
            task.cancel()

    async def _learn_signals(self, copy: PostCopy) -> None:
        """Let *copy* tell what its site's files say of the use of the post."""
        copy.rights = merge(copy.rights, await robots_signals(self.site.crawler, copy.url))

    async def _end(self, post_id: str, copy: PostCopy, reason: str | None) -> Record:
        """The record of a post that ends without an original, for *reason*."""
        await self._learn_signals(copy)
        return self._done(post_id, copy, join(copy, None, reason))

    def _done(self, post_id: str, copy: PostCopy, record: Record) -> Record:
        """The record a post ends as; what was tried for it is kept for ``scrapy show``."""
        if copy.tried:
            tried = list(copy.tried)
            self.run.writer.submit(note_tried, post_id, self.run.id, tried, urgent=False)
        return self._stamp(record)

    def _invalid(self, copy: PostCopy) -> Record:
        return self._stamp(join(PostCopy(site=copy.site, url=copy.url, surface=copy.surface), None, Reason.INVALID))

    async def attribute(self, post_id: str, copy: PostCopy, content: PostContent | None) -> Record | None:
        """Read whom the post names; its record, or ``None`` where it now waits for its original.

        *content*: what its page gave, where that was asked for.
        """
        await read_post(copy, self.run.workers, content)
        self.handled += 1
        self._ask_for_signals(copy.url)
        copy.tried, copy.looked = [], False
        if copy.stated is not None:
            copy.back_to_stated()
        proofs = await self.memory.of(copy.site)
        copy.likely = likely_publisher(copy.candidates, copy.site)
        if copy.attribution is not None and not (
            names_another(copy.attribution, copy.likely) and float((copy.likely or {})["confidence"]) >= LOOKS
        ):
            copy.likely = None
        if copy.likely is not None:
            copy.attribution = None  # what the post got its text by, where it may name whose it is
        reason = self._why_not_asked(copy)
        waits = False
        if reason == Reason.NO_ATTRIBUTION:
            # A few links that nothing is said of are tried; what they prove decides on the others of this run.
            waits = not self.memory.may_try_unlikely(proofs)
        kept = copy.candidates
        copy.candidates = worth_asking(kept, copy.title, proofs, unlikely=reason == Reason.NO_ATTRIBUTION and not waits)
        copy.misleading = reason is None and first_elsewhere(copy, proofs)
        if reason is None and not copy.misleading:
            self._park(post_id, copy)
            return None
        if reason in (None, Reason.NO_ATTRIBUTION, Reason.NO_ORIGINAL_URL):
            if self._stand_next(post_id, copy, kept):
                self.memory.asked_unlikely(copy.attribution)
                return None
            if reason is None:
                copy.back_to_stated()
                self._park(post_id, copy)
                return None
            if copy.stated is not None:
                copy.back_to_stated()
            if waits and self._follows_all() and copy.text and worth_asking(kept, copy.title, proofs, unlikely=True):
                copy.candidates = kept
                self._parked.append(self._submit_for_lists(post_id, copy))
                return None
        await tell_language(copy, None, self.run.workers)
        return await self._end(post_id, copy, reason)

    def _park(self, post_id: str, copy: PostCopy, *, fresh: bool = True) -> None:
        """Let the post wait for the page that stands in its attribution. *fresh*: a post that changed asks again."""
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
                    fresh=fresh,
                ),
                urgent=False,
            )
        )

    async def settle(self) -> None:
        """Wait until the posts that were parked are committed: many share one commit."""
        parked, self._parked = self._parked, []
        self.memory.settle()
        if parked:
            parked.append(self.run.writer.flush())
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


def is_of_publisher(url: str, copy: PostCopy) -> bool:
    """Whether *url* may be the original of a post that states its publisher: another site's copy of it is not.

    A statement whose page proved to be another article was perhaps misread: it binds no more.
    """
    stated = copy.stated or {}
    home = stated.get("original_url") or stated.get("publisher_url")
    if (
        not home
        or copy.misleading
        or any(one["reason"] == Reason.DIFFERENT_ARTICLE and one["how"] == "link" for one in copy.tried)
    ):
        return True
    return same_site(url, home)


def is_named_alone(copy: PostCopy) -> bool:
    """Whether a post names its publisher and gives no address: whose page a link leads to is not known yet."""
    if not copy.states_source() or not may_look(copy):
        return False
    named = copy.naming()
    return not named.get("original_url") and not named.get("publisher_url")


def may_look(copy: PostCopy) -> bool:
    """Whether a post names its publisher, whose lists may hold the original and were not looked through for it."""
    named = copy.naming()
    return not copy.looked and any(named.get(key) for key in ("original_url", "publisher_url", "publisher_name"))


def first_elsewhere(copy: PostCopy, proofs: Proofs) -> bool:
    """Whether what the post states always failed on its site before, and what stood beside it was proven."""
    key = key_of(copy.attribution or {})
    if key is None or not proofs.doubts(key):
        return False
    trusted = [one for one in copy.candidates if proofs.trusts(key_of(one))]
    return bool(trusted) or proofs.trusts(Key(key.domain, LISTS))


async def tell_language(copy: PostCopy, original: OriginalResult | None, workers: Workers) -> None:
    """Have the language of the post's text recognised, where the page of its original tells none.

    A worker that is there has the recogniser's model in memory, and this process is spared its 60 MB. Else it is loaded
    in a thread: in the event loop that would hold every request for half a second and more.
    """
    page = original.extraction if original is not None else None
    if (page is not None and page.language) or copy.language is not None or not language.is_judged(copy.text):
        return
    text = (copy.text or "")[: language.MOST]
    if workers.are_running:
        found = await workers.run(language.recognise, text, inline=False)
    else:
        found = await asyncio.to_thread(language.recognise, text)
    copy.language = found or ""


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
    copy.language = None
    copy.text, copy.truncated, copy.word_count = content.text, content.truncated, content.word_count or None
    copy.image_url = copy.image_url or content.image_url
    copy.candidates = [one.to_json() for one in content.candidates]
    if attribution is not None:
        copy.attributed(attribution)
    copy.html = None
