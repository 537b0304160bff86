"""Surface ``rest``: the WordPress REST API, 100 whole posts a request, newest first.

Paging cannot drift: each request asks for posts before the oldest one seen, in
the site's own local time (which is what WordPress sorts by and what ``before``
without a zone means), so posts that appear meanwhile move nothing. Intervals
that an interrupted listing has covered are skipped.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar
from urllib.parse import unquote, urlencode

from newscrawl.clock import format_time, now_text, parse_time
from newscrawl.net.rights import page_signals
from newscrawl.outcomes import Reason, http_reason
from newscrawl.posts import PostCopy
from newscrawl.surfaces.answers import MOST_PAGES, Answer, SurfaceError, SurfaceRequest
from newscrawl.surfaces.fetcher import TRIES, Fetcher
from newscrawl.surfaces.parsing.rest import (
    FIELDS,
    PLAIN_FIELDS,
    RestAnswer,
    RestPost,
    parse_posts,
    parse_rest_base,
    parse_terms,
    parse_total,
)
from newscrawl.surfaces.walk import Cut
from newscrawl.text import escape_controls
from newscrawl.urls import same_site

__all__ = ["IgnoresModifiedAfter", "RestSurface"]

logger = logging.getLogger("newscrawl.surfaces.rest")

PER_PAGE = 100
#: What is asked for when a site's cap is lower than 100 (WordPress's own default last).
SMALLER = (50, 20, 10)
_JSON = "application/json"
# Names of authors, terms and images with the posts: no request of their own.
_EMBED = {"_embed": "author,wp:featuredmedia,wp:term"}
# What is asked of each post: nested names (WordPress 5.3 and later), whole ones (4.9.8), and everything.
_FIELDS = (f"{FIELDS},_links,_embedded", f"{PLAIN_FIELDS},_links,_embedded", "")
#: Answers to a full page that a smaller one may mend: the site's memory or time was not enough.
_TOO_MUCH = frozenset({"http_500", "http_502", "http_504", "http_508", Reason.TOO_LARGE})
#: A body with so many shortcodes is what a page builder left: the page shows the text.
#: By what no bracket of an editor has: an underscore in the name, an attribute, or a closing.
_SHORTCODE = re.compile(
    r"\[(?:/[a-z][\w-]{1,40}|[a-z][a-z0-9-]{0,20}_[\w-]{1,40}(?:\s[^\]]{0,2000})?|[a-z][\w-]{1,40}\s+[\w-]{1,40}=[^\]]{0,2000})\]",
    re.IGNORECASE | re.ASCII,
)
_MANY_SHORTCODES = 3
_TAG = re.compile(r"<[^<>]{0,5000}>")
_WORD = re.compile(r"\w+")
_MEDIA = re.compile(r"<(?:img|video|audio|iframe|embed|picture|figure)\b", re.IGNORECASE)


class IgnoresModifiedAfter(Exception):  # noqa: N818 - what the API does
    """The API does not know ``modified_after``. Raised by :meth:`RestSurface.changes`."""


class RestSurface:
    """Lists one site's posts by ``/wp-json/wp/v2/posts``."""

    name: ClassVar[str] = "rest"
    tells: ClassVar[frozenset[str]] = frozenset({"categories", "query", "post_types", "numbers"})
    look: ClassVar[int] = 3

    @classmethod
    def begins(cls, request: SurfaceRequest) -> Sequence[str]:
        """Its first address."""
        return [f"{request.site}/wp-json/wp/v2/posts?per_page={PER_PAGE}"]

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self._fetcher = fetcher
        self._request = request
        self._per_page = PER_PAGE
        self._most = 0  # posts that the site gave at once
        self._attempting = False  # the site failed at a larger page
        self._plain = False  # /?rest_route=… in place of /wp-json/…
        self._fields = 0  # which of _FIELDS the site understands
        self._route, self._types = "/wp/v2/posts", ("post",)
        self._terms: dict[tuple[str, int], str] = {}
        self.kept: Mapping[str, Any] = {}

    async def pages(self, cursor: dict[str, Any] | None) -> AsyncIterator[Answer]:
        """List newest first. Raises :class:`SurfaceError` where the API does not serve."""
        cut = Cut()
        async for answer in self._list(cursor, cut):
            yield answer
        for name in self._request.post_types:
            if name == "post":
                continue  # listed above
            self._route, self._types = f"/wp/v2/{await self._rest_base(name)}", (name,)
            try:
                async for answer in self._list(None, cut):
                    answer.cursor = cursor  # what is covered is told of posts alone
                    yield answer
            except SurfaceError as error:
                if error.reason not in ("disabled", "html"):
                    raise
                cut.note(self._request.site, f"it has no post type {escape_controls(name)}, or does not show it")
        yield Answer(cursor=cursor, end=cut.end())

    async def _list(self, cursor: dict[str, Any] | None, cut: Cut) -> AsyncIterator[Answer]:
        """One post type, down to the window's begin; how it ended otherwise is noted in *cut*."""
        fixed = await self._fixed_parameters()
        covered = _Covered(cursor)
        before = self._request.until
        reached: str | None = None  # the site-local time that the walk has come down to
        page_number = 1
        in_order = True
        idle = 0
        seen: set[int] = set()
        shown = _Shown()
        for _ in range(MOST_PAGES):
            answer, total, page_number = await self._posts(
                {**fixed, **({"before": before} if before else {})}, page_number
            )
            if answer.kind == "end":
                return
            got = len(answer.posts) + len(answer.skipped)
            fresh = [post for post in answer.posts if post.id not in seen]
            # Only the page before can overlap: ids further back need not be kept.
            seen = {post.id for post in answer.posts}
            shown.add(answer, total, page_number)
            idle = 0 if fresh or not got else idle + 1
            if in_order and not _as_asked(answer.posts, reached):
                logger.info("The site sorts or bounds otherwise than asked: walking on by page number")
                in_order = False
            if in_order:
                # What is shown and not taken (an API that ignores `after`) is not covered.
                times = [post.date_local for post in self._wanted(answer.posts) if post.date_local]
                if times:
                    covered.extend(max(times), min(times))
            yield await self._answer(self._wanted(fresh), answer, total, covered.to_json())
            if got == 0:
                if total:
                    cut.note(self._request.site, f"the REST API shows none of the {total} posts that it says are left")
                return
            if in_order and self._beyond(answer):
                return
            if self._was_last(got, page_number, total, bool(fresh)):
                if page_number > 1 and shown.lacks:
                    cut.note(self._request.site, f"the REST API shows {len(shown.ids)} of {shown.total} posts")
                return
            if idle > 1:
                where = escape_controls(self._request.site)
                raise SurfaceError("broken", f"{where}: the REST API gives the same posts for every page")
            bottom = covered.below() if in_order else None
            following = _one_second_after(bottom) if bottom else None
            if following is None or following == before:
                # A page full of one second, of posts without a date, or in another order: walk on by number.
                page_number += 1
            else:
                before = reached = following
                page_number = 1
                shown = _Shown()
        raise SurfaceError("broken", f"{escape_controls(self._request.site)}: the REST API's list does not end")

    async def _answer(
        self, posts: Sequence[RestPost], answer: RestAnswer, total: int | None, cursor: dict[str, Any] | None = None
    ) -> Answer:
        return Answer(
            posts=[await self._copy(post) for post in posts],
            cursor=cursor,
            skipped=Counter(why for _, why in answer.skipped),
            usable=len(answer.posts),
            total=total,
        )

    def _beyond(self, answer: RestAnswer) -> bool:
        """Whether all of *answer* is older than what is asked for: the API ignores ``after``."""
        since = self._request.since
        dated = [post.published_at for post in answer.posts if post.published_at]
        return since is not None and bool(dated) and max(dated) < since

    @property
    def per_page(self) -> int:
        """Posts asked for at once: 100, or less where the site's cap is lower."""
        return self._per_page

    async def changes(self, since: str) -> AsyncIterator[Answer]:
        """Posts that were modified after *since* (UTC), whenever they were published; the latest change first.

        Raises :class:`IgnoresModifiedAfter` where the API answers with others (WordPress before 5.7).
        """
        fixed = await self._fixed_parameters()
        fixed.pop("after", None)
        fixed |= {"modified_after": since, "orderby": "modified"}
        number = 1
        seen: set[int] = set()
        while number <= MOST_PAGES:
            answer, total, number = await self._posts(fixed, number)
            if answer.kind == "end":
                return
            if any(post.modified_at is not None and post.modified_at <= since for post in answer.posts):
                raise IgnoresModifiedAfter
            yield await self._answer(answer.posts, answer, total)
            got = len(answer.posts) + len(answer.skipped)
            fresh = any(post.id not in seen for post in answer.posts)
            seen = {post.id for post in answer.posts}
            if got == 0 or self._was_last(got, number, total, fresh):
                return
            number += 1

    async def by_numbers(self, numbers: Sequence[str]) -> Answer:
        """The posts with these numbers (at most 100) that the site still has."""
        page = Answer()
        left = list(numbers)
        while left:
            # A site that gives less than it was asked for must not make the others look gone.
            parameters = {**_EMBED, "include": ",".join(left), "orderby": "include"}
            answer, total, _ = await self._posts(parameters, 1)
            page.posts += [await self._copy(post) for post in answer.posts]
            page.skipped.update(why for _, why in answer.skipped)
            got = {str(post.id) for post in answer.posts} | {number for number, _ in answer.skipped}
            rest = [number for number in left if number not in got]
            all_given = total is not None and len(answer.posts) + len(answer.skipped) >= total
            if all_given or len(rest) == len(left):
                break
            left = rest
        return page

    def _was_last(self, got: int, page_number: int, total: int | None, fresh: bool) -> bool:
        self._most = max(self._most, got)
        if total == 0:
            total = None  # a total of 0 beside posts is none
        if total is None:
            # A site may give less than it was asked for: a short page ends the list only if it is shorter than another.
            return not fresh and got < self._most
        if got < self._per_page and got < total and page_number == 1:
            # The site gives less than it was asked for, and says nothing.
            self._per_page = got
        return (page_number - 1) * self._per_page + got >= total

    async def _fixed_parameters(self) -> dict[str, str]:
        parameters = {"per_page": str(self._per_page), "orderby": "date", "order": "desc", **_EMBED}
        if self._request.since:
            # `after` is exclusive, `since` is not.
            earlier = parse_time(self._request.since) - dt.timedelta(seconds=1)
            parameters["after"] = format_time(earlier)
        if self._request.language:
            parameters["lang"] = self._request.language
        if self._request.query:
            parameters["search"] = self._request.query
        if self._request.categories:
            parameters["categories"] = ",".join(map(str, await self._category_ids(self._request.categories)))
        return parameters

    def _wanted(self, posts: Sequence[RestPost]) -> list[RestPost]:
        """Those in the window: an API that ignores ``after`` must not widen the run."""
        return [post for post in posts if self._request.holds(post.published_at, post.published_precision)]

    def _url(self, route: str, parameters: dict[str, str]) -> str:
        if self._plain:
            return f"{self._request.site}/?{urlencode({'rest_route': route, **parameters})}"
        return f"{self._request.site}/wp-json{route}?{urlencode(parameters)}"

    async def _ask(
        self, route: str, parameters: dict[str, str], parse: Any, *, tries: int = TRIES
    ) -> tuple[RestAnswer, Any]:
        url = self._url(route, parameters)
        attempt = 0
        while True:
            response = await self._fetcher.get(url, accept=_JSON, tries=tries)
            content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
            answer: RestAnswer = await self._fetcher.parsed(parse, response.body, content_type, response.status)
            attempt += 1
            if answer.kind != "broken" or attempt == TRIES:
                return answer, response.headers
            # JSON that ends in the middle says so in no other way.
            await self._fetcher.pause(self._fetcher.delay * 2 ** (attempt - 1), "broken", url)

    async def _posts(self, parameters: dict[str, str], page_number: int) -> tuple[RestAnswer, int | None, int]:
        """An answer of posts, the total that it tells, and the number of the page that it is."""
        while True:
            asked = {**parameters, "per_page": str(self._per_page), "page": str(page_number)}
            if _FIELDS[self._fields]:
                asked["_fields"] = _FIELDS[self._fields]
            if page_number == 1:
                del asked["page"]
            try:
                answer, headers = await self._ask(
                    self._route, asked, partial(parse_posts, types=self._types), tries=self._tries()
                )
            except SurfaceError as error:
                if error.reason not in _TOO_MUCH or not self._can_shrink():
                    raise
                # A site that is down answers so whatever it is asked: two smaller pages are tried, no more.
                self._attempting = True
                page_number = self._shrink(page_number, SMALLER[0] if self._per_page > SMALLER[0] else SMALLER[-1])
                continue
            if answer.kind == "posts" and answer.bare and self._fields < len(_FIELDS) - 1:
                logger.info("The site's WordPress does not know nested names of fields: asking for whole ones")
                self._fields += 1
                continue
            if answer.kind in ("posts", "end"):
                return answer, parse_total(headers).total, page_number
            if answer.code == "rest_invalid_param" and self._can_shrink() and page_number == 1:
                page_number = self._shrink(page_number)
                continue
            if not (self._plain or self._most) and answer.status == 404 and answer.kind in ("html", "disabled"):
                # Without pretty permalinks the API answers under the plain address alone.
                self._plain = True
                continue
            raise _refused(answer, self._request.site)

    def _can_shrink(self) -> bool:
        return self._per_page > SMALLER[-1]

    def _tries(self) -> int:
        """One for a smaller page that is a mere attempt, else as many as ever."""
        return 1 if self._attempting and not self._most else TRIES

    def _shrink(self, page_number: int, size: int | None = None) -> int:
        """Ask for fewer posts at a time from here on; the number of the smaller page that begins no later."""
        done = (page_number - 1) * self._per_page
        self._per_page = size or next(size for size in SMALLER if size < self._per_page)
        logger.info("The site gives fewer at once: asking for %s posts at a time", self._per_page)
        return done // self._per_page + 1

    async def _rest_base(self, post_type: str) -> str:
        """The route of a post type, which may be called otherwise than the type.

        Where the site does not say, it is called like the type (``register_post_type``'s default).
        """
        answer, _ = await self._ask(f"/wp/v2/types/{post_type}", {}, parse_rest_base)
        return answer.code if answer.kind == "type" and answer.code is not None else post_type

    async def _category_ids(self, slugs: Sequence[str]) -> list[int]:
        parameters = {"slug": ",".join(slugs), "per_page": "100", "_fields": "id,slug,name"}
        answer, _ = await self._ask("/wp/v2/categories", parameters, parse_terms)
        if not self._plain and answer.status == 404 and answer.kind in ("html", "disabled"):
            self._plain = True
            answer, _ = await self._ask("/wp/v2/categories", parameters, parse_terms)
        if answer.kind != "terms":
            raise _refused(answer, self._request.site)
        # WordPress keeps slugs of other scripts percent-encoded; people write them either way.
        found = {unquote(term.slug).lower(): term.id for term in answer.terms}
        missing = [slug for slug in slugs if unquote(slug).lower() not in found]
        if missing:
            raise SurfaceError(
                "categories", f"{self._request.site} has no category {escape_controls(', '.join(missing))}"
            )
        return [found[unquote(slug).lower()] for slug in slugs]

    async def _names(self, taxonomy: str, ids: Sequence[int], embedded: Sequence[str]) -> list[str]:
        """Names of terms: embedded where the site sends them, else asked for once and remembered."""
        if embedded or not ids:
            return list(embedded)
        unknown = [number for number in ids if (taxonomy, number) not in self._terms][:100]
        if unknown:
            parameters = {"include": ",".join(map(str, unknown)), "per_page": "100", "_fields": "id,slug,name"}
            answer, _ = await self._ask(f"/wp/v2/{taxonomy}", parameters, parse_terms)
            for term in answer.terms:
                self._terms[taxonomy, term.id] = term.name or term.slug
            for number in unknown:
                self._terms.setdefault((taxonomy, number), "")
        return [name for number in ids if (name := self._terms.get((taxonomy, number), ""))]

    async def _copy(self, post: RestPost) -> PostCopy:
        site = self._request.site
        # FeedWordPress and its like make the permalink lead to the source; the post's own address is its guid then.
        away = not same_site(post.url, site) and post.guid is not None and same_site(post.guid, site)
        return PostCopy(
            site=site,
            url=post.guid if away and post.guid else post.url,
            remote_id=str(post.id),
            attribution={"original_url": post.url, "phrase": "permalink"} if away else None,
            surface=self.name,
            source="wp-rest",
            title=post.title,
            author=post.author_name,
            published_at=post.published_at,
            published_precision=post.published_precision,
            modified_at=post.modified_at,
            categories=await self._names("categories", post.category_ids, post.category_names),
            tags=await self._names("tags", post.tag_ids, post.tag_names),
            image_url=post.image_url,
            html=None if post.protected else post.content_html,
            incomplete=not post.protected and _is_left_out(post.content_html),
            summary=post.excerpt,
            looked_at=now_text(),
            rights=_meta_robots(post),
        )


def _is_left_out(html: str | None) -> bool:
    """Whether the API gives a post without its text: empty, or a page builder's shortcodes. Its page shows it."""
    start = (html or "")[:20_000]
    without, shortcodes = _SHORTCODE.subn("", start) if "[" in start else (start, 0)
    if shortcodes >= _MANY_SHORTCODES:
        return True
    # Mostly the first paragraph tells; it ends with a tag, so that none is cut in two.
    first = without[: without.rfind(">", 0, 1_000) + 1]
    words = _WORD.search(_TAG.sub(" ", first)) or _WORD.search(_TAG.sub(" ", without))
    # A picture or a video may be all that a post is.
    return not words and (shortcodes > 0 or not _MEDIA.search(start))


def _meta_robots(post: RestPost) -> dict[str, str]:
    """The page's meta robots, where an SEO plugin tells it; the API's own `noindex` header speaks of the API alone."""
    directives = post.yoast.get("robots")
    return page_signals(metas=[("robots", directives)]) if directives else {}


class _Covered:
    """Intervals of site-local time that are listed, newest first; the walk extends the one it is in."""

    def __init__(self, cursor: dict[str, Any] | None) -> None:
        kept = cursor.get("covered") if isinstance(cursor, dict) else None
        pairs = [(str(top), str(bottom)) for top, bottom in kept] if isinstance(kept, list) else []
        self._older = sorted(pairs, reverse=True)
        self._current: tuple[str, str] | None = None

    def extend(self, top: str, bottom: str) -> None:
        """The walk has listed everything from its start down to *bottom*."""
        self._current = (self._current[0] if self._current else top, bottom)
        # Reaching an interval that is covered, the walk goes on below it.
        while self._older and self._older[0][0] >= self._current[1]:
            _, below = self._older.pop(0)
            self._current = (self._current[0], min(self._current[1], below))

    def below(self) -> str | None:
        """Where the walk goes on: the oldest time listed without a gap."""
        return self._current[1] if self._current else None

    def to_json(self) -> dict[str, Any]:
        return {"covered": [list(pair) for pair in ([self._current] if self._current else []) + self._older]}


@dataclass(slots=True)
class _Shown:
    """What the pages of one list have shown, however often, and the least total that they told."""

    ids: set[str | tuple[int | str, ...]] = field(default_factory=set)
    total: int | None = None

    def add(self, answer: RestAnswer, total: int | None, page_number: int) -> None:
        self.ids |= {str(post.id) for post in answer.posts}
        # What has no id is known by its place.
        self.ids |= {(page_number, number, why) for number, why in answer.skipped}
        if total:
            self.total = min(total, self.total or total)

    @property
    def lacks(self) -> bool:
        """Pages were counted, and not all that they should hold was on them."""
        return self.total is not None and len(self.ids) < self.total


def _as_asked(posts: Sequence[RestPost], reached: str | None) -> bool:
    """Whether *posts* are newest first and before *reached*: pinned posts, other orders and caches are not."""
    times = [post.date_local for post in posts if post.date_local]
    if any(later > earlier for earlier, later in pairwise(times)):
        return False
    return reached is None or not times or times[0] < reached


def _one_second_after(local: str) -> str | None:
    try:
        return (dt.datetime.fromisoformat(local) + dt.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError):
        return None


def _refused(answer: RestAnswer, site: str) -> SurfaceError:
    where = escape_controls(site)
    code = f" {escape_controls(answer.code)}" if answer.code else ""
    if answer.kind == "disabled":
        return SurfaceError("disabled", f"{where}: the REST API is shut ({answer.status}{code})")
    if answer.kind == "html":
        return SurfaceError("html", f"{where}: an HTML page where the REST API's JSON was due ({answer.status})")
    if answer.kind == "broken":
        return SurfaceError("broken", f"{where}: the REST API's answer is not JSON that can be read")
    reason = http_reason(answer.status) if 100 <= answer.status <= 599 else "broken"
    return SurfaceError(reason, f"{where}: the REST API answers {answer.status}{code}")
