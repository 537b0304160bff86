"""Surface ``rest``: the WordPress REST API, 100 whole posts a request, newest first.

Paging cannot drift: each request asks for posts before the oldest one seen, in
the site's own local time (which is what WordPress sorts by and what ``before``
without a zone means), so posts that appear meanwhile move nothing. Intervals
that an interrupted listing has covered are skipped.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlencode

from newscrawl.clock import format_time, now_text, parse_time
from newscrawl.net.rights import page_signals
from newscrawl.outcomes import http_reason
from newscrawl.posts import PostCopy
from newscrawl.surfaces.fetcher import MOST_PAGES, TRIES, Fetcher, ListingPage, SurfaceError, SurfaceRequest
from newscrawl.surfaces.parsing.rest import FIELDS, RestAnswer, RestPost, parse_posts, parse_terms, parse_total
from newscrawl.text import escape_controls
from newscrawl.urls import same_site

__all__ = ["IgnoresModifiedAfter", "RestSurface"]

logger = logging.getLogger("newscrawl.surfaces.rest")

PER_PAGE = 100
#: What is asked for when a site's cap is lower than 100 (WordPress's own default last).
SMALLER = (50, 20, 10)
_JSON = "application/json"
# Names of authors, terms and images with the posts: no request of their own.
_EMBED = {"_fields": f"{FIELDS},_links,_embedded", "_embed": "author,wp:featuredmedia,wp:term"}


class IgnoresModifiedAfter(Exception):  # noqa: N818 - what the API does
    """The API does not know ``modified_after``. Raised by :meth:`RestSurface.changes`."""


class RestSurface:
    """Lists one site's posts by ``/wp-json/wp/v2/posts``."""

    name = "rest"

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None:
        self._fetcher = fetcher
        self._request = request
        self._per_page = PER_PAGE
        self._most = 0  # posts that the site gave at once
        self._plain = False  # /?rest_route=… in place of /wp-json/…
        self._terms: dict[tuple[str, int], str] = {}

    async def pages(self, cursor: dict[str, Any] | None) -> AsyncIterator[ListingPage]:
        """List newest first. Raises :class:`SurfaceError` where the API does not serve."""
        fixed = await self._fixed_parameters()
        covered = _Covered(cursor)
        before = self._request.until
        reached: str | None = None  # the site-local time that the walk has come down to
        page_number = 1
        in_order = True
        idle = 0
        seen: set[int] = set()
        for _ in range(MOST_PAGES):
            answer, total = await self._posts({**fixed, **({"before": before} if before else {})}, page_number)
            if answer.kind == "end":
                return
            got = len(answer.posts) + len(answer.skipped)
            fresh = [post for post in answer.posts if post.id not in seen]
            # Only the page before can overlap: ids further back need not be kept.
            seen = {post.id for post in answer.posts}
            idle = 0 if fresh or not got else idle + 1
            if in_order and not _as_asked(answer.posts, reached):
                logger.info("The site sorts or bounds otherwise than asked: walking on by page number")
                in_order = False
            if in_order:
                # What is shown and not taken (an API that ignores `after`) is not covered.
                times = [post.date_local for post in self._wanted(answer.posts) if post.date_local]
                if times:
                    covered.extend(max(times), min(times))
            page = ListingPage(cursor=covered.to_json(), skipped=len(answer.skipped), total=total)
            page.posts = [await self._copy(post) for post in self._wanted(fresh)]
            yield page
            if got == 0 or self._was_last(got, page_number, total, bool(fresh)) or (in_order and self._beyond(answer)):
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
        raise SurfaceError("broken", f"{escape_controls(self._request.site)}: the REST API's list does not end")

    def _beyond(self, answer: RestAnswer) -> bool:
        """Whether all of *answer* is older than what is asked for: the API ignores ``after``."""
        since = self._request.since
        dated = [post.published_at for post in answer.posts if post.published_at]
        return since is not None and bool(dated) and max(dated) < since

    @property
    def per_page(self) -> int:
        """Posts asked for at once: 100, or less where the site's cap is lower."""
        return self._per_page

    async def changes(self, since: str) -> AsyncIterator[ListingPage]:
        """Posts that were modified after *since* (UTC), whenever they were published; the latest change first.

        Raises :class:`IgnoresModifiedAfter` where the API answers with others (WordPress before 5.7).
        """
        fixed = await self._fixed_parameters()
        fixed.pop("after", None)
        fixed |= {"modified_after": since, "orderby": "modified"}
        number = 1
        seen: set[int] = set()
        while number <= MOST_PAGES:
            answer, total = await self._posts(fixed, number)
            if answer.kind == "end":
                return
            if any(post.modified_at is not None and post.modified_at <= since for post in answer.posts):
                raise IgnoresModifiedAfter
            page = ListingPage(skipped=len(answer.skipped), total=total)
            page.posts = [await self._copy(post) for post in answer.posts]
            yield page
            got = len(answer.posts) + len(answer.skipped)
            fresh = any(post.id not in seen for post in answer.posts)
            seen = {post.id for post in answer.posts}
            if got == 0 or self._was_last(got, number, total, fresh):
                return
            number += 1

    async def by_numbers(self, numbers: Sequence[str]) -> ListingPage:
        """The posts with these numbers (at most 100) that the site still has."""
        page = ListingPage()
        left = list(numbers)
        while left:
            # A site that gives less than it was asked for must not make the others look gone.
            parameters = {**_EMBED, "include": ",".join(left), "orderby": "include"}
            answer, total = await self._posts(parameters, 1)
            page.posts += [await self._copy(post) for post in answer.posts]
            page.skipped += len(answer.skipped)
            got = {str(post.id) for post in answer.posts} | {number for number, _ in answer.skipped}
            rest = [number for number in left if number not in got]
            all_given = total is not None and len(answer.posts) + len(answer.skipped) >= total
            if all_given or len(rest) == len(left):
                break
            left = rest
        return page

    def _was_last(self, got: int, page_number: int, total: int | None, fresh: bool) -> bool:
        self._most = max(self._most, got)
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
        if self._request.query:
            parameters["search"] = self._request.query
        if self._request.categories:
            parameters["categories"] = ",".join(map(str, await self._category_ids(self._request.categories)))
        return parameters

    def _wanted(self, posts: Sequence[RestPost]) -> list[RestPost]:
        """Those in the window: an API that ignores ``after`` must not widen the run."""
        since, until = self._request.since, self._request.until
        return [
            post
            for post in posts
            if post.published_at is None
            or ((since is None or post.published_at >= since) and (until is None or post.published_at < until))
        ]

    def _url(self, route: str, parameters: dict[str, str]) -> str:
        if self._plain:
            return f"{self._request.site}/?{urlencode({'rest_route': route, **parameters})}"
        return f"{self._request.site}/wp-json{route}?{urlencode(parameters)}"

    async def _ask(self, route: str, parameters: dict[str, str], parse: Any) -> tuple[RestAnswer, Any]:
        url = self._url(route, parameters)
        attempt = 0
        while True:
            response = await self._fetcher.get(url, accept=_JSON)
            content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
            answer: RestAnswer = parse(response.body, content_type, response.status)
            attempt += 1
            if answer.kind != "broken" or attempt == TRIES:
                return answer, response.headers
            # JSON that ends in the middle says so in no other way.
            await self._fetcher.pause(self._fetcher.delay * 2 ** (attempt - 1), "broken", url)

    async def _posts(self, parameters: dict[str, str], page_number: int) -> tuple[RestAnswer, int | None]:
        while True:
            asked = {**parameters, "per_page": str(self._per_page), "page": str(page_number)}
            if page_number == 1:
                del asked["page"]
            answer, headers = await self._ask("/wp/v2/posts", asked, parse_posts)
            if answer.kind in ("posts", "end"):
                return answer, parse_total(headers).total
            if answer.code == "rest_invalid_param" and self._per_page > SMALLER[-1] and page_number == 1:
                self._per_page = next(size for size in SMALLER if size < self._per_page)
                logger.info("The site's cap is lower: asking for %s posts at a time", self._per_page)
                continue
            if not self._plain and answer.status == 404 and answer.kind in ("html", "disabled"):
                # Without pretty permalinks the API answers under the plain address alone.
                self._plain = True
                continue
            raise _refused(answer, self._request.site)

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
            summary=post.excerpt,
            looked_at=now_text(),
            rights=_meta_robots(post),
        )


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
