"""WordPress's REST API as a function that misbehaves as told: its posts, terms, windows, caps and totals."""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from tests.site import HTML, JSON, Page
from tests.surfaces.sites import SITE, rest_post

__all__ = ["DST_END", "Limits", "WordPress", "error", "post_json", "posts_answer"]

FORM = "%Y-%m-%dT%H:%M:%S"


class Dated(Protocol):
    """A post as the API sorts it; times in UTC."""

    @property
    def number(self) -> int: ...
    @property
    def published(self) -> dt.datetime: ...
    @property
    def modified(self) -> dt.datetime: ...


P = TypeVar("P", bound=Dated)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an API does not do as it is asked.

    Args:
        cap: 400 for more posts than this.
        silent_cap: fewer than asked for without a word.
        totals: what ``X-WP-Total`` says; ``None``: the header is missing.
        ignores: parameters that are not looked at (``*``: the same answer to everything).
        pinned: ids that stand first whatever the order.
    """

    cap: int = 100
    silent_cap: int = 100
    totals: Callable[[int], int] | None = int
    ignores: frozenset[str] = frozenset()
    pinned: tuple[int, ...] = ()

    def heard(self, query: dict[str, str]) -> dict[str, str]:
        """What of *query* is looked at."""
        if "*" in self.ignores:
            return {name: query[name] for name in ("per_page", "orderby") if name in query}
        return {name: value for name, value in query.items() if name not in self.ignores}


def error(code: str, status: int) -> Page:
    """What the API answers where it refuses."""
    return status, JSON, json.dumps({"code": code, "message": "No.", "data": {"status": status}})


def posts_answer(
    posts: Sequence[P],
    query: dict[str, str],
    limits: Limits,
    wall: Callable[[dt.datetime], dt.datetime],
    made: Callable[[P], dict[str, Any]],
) -> Page:
    """The answer to ``/wp/v2/posts``.

    Args:
        posts: newest first.
        wall: the site's clock at an instant, without a zone: by it WordPress compares, and daylight saving time sets
            it back.
        made: a post as JSON.
    """
    query = limits.heard(query)
    asked, page = int(query.get("per_page", 10)), int(query.get("page", 1))
    if asked > limits.cap:
        return error("rest_invalid_param", 400)
    begin, end = 0, len(posts)
    if "before" in query:
        begin = bisect_right(posts, _age(_edge(query["before"], wall)), key=lambda one: _age(wall(one.published)))
    if "after" in query:
        end = bisect_left(posts, _age(_edge(query["after"], wall)), key=lambda one: _age(wall(one.published)))
    found = list(posts[begin:end])
    if "modified_after" in query:
        since = dt.datetime.fromisoformat(query["modified_after"])
        found = [one for one in found if one.modified > since]
    if query.get("orderby") == "modified":
        found.sort(key=lambda one: (one.modified, one.number), reverse=True)
    if "include" in query:
        by_number = {one.number: one for one in found}
        found = [by_number[number] for number in map(int, query["include"].split(",")) if number in by_number]
    found.sort(key=lambda one: one.number not in limits.pinned)
    size = min(asked, limits.silent_cap)
    start = (page - 1) * size
    if page > 1 and start >= len(found):
        return error("rest_post_invalid_page_number", 400)
    headers = dict(JSON)
    if limits.totals is not None:
        total = limits.totals(len(found))
        headers |= {"X-WP-Total": str(total), "X-WP-TotalPages": str(-(-total // size))}
    return 200, headers, json.dumps([made(one) for one in found[start : start + size]])


def _age(wall: dt.datetime) -> dt.timedelta:
    """What grows along a list with the newest first."""
    return dt.datetime(9999, 1, 1) - wall  # noqa: DTZ001 - a clock on a wall has no zone


def _edge(value: str, wall: Callable[[dt.datetime], dt.datetime]) -> dt.datetime:
    """A bound in the site's wall clock; without a zone it is one already."""
    moment = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return moment if moment.tzinfo is None else wall(moment)


def post_json(one: Dated, wall: Callable[[dt.datetime], dt.datetime], link: str, **fields: Any) -> dict[str, Any]:
    """A post with its times in the site's clock and in UTC."""
    return rest_post(
        one.number,
        one.published,
        link=link,
        date=wall(one.published).strftime(FORM),
        modified=wall(one.modified).strftime(FORM),
        modified_gmt=one.modified.strftime(FORM),
        **fields,
    )


#: New York left daylight saving time then: local times from 01:00 to 02:00 come twice.
DST_END = dt.datetime(2025, 11, 2, 6, tzinfo=dt.UTC)


@lru_cache(maxsize=50_000)
def new_york(moment: dt.datetime) -> dt.datetime:
    """The clock of New York around :data:`DST_END`."""
    hours = -4 if moment < DST_END else -5
    return (moment.astimezone(dt.UTC) + dt.timedelta(hours=hours)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class _Post:
    number: int
    published: dt.datetime
    modified: dt.datetime


@dataclass
class WordPress:
    """A site: its posts by id, and its faults (as of :class:`Limits`)."""

    posts: dict[int, dt.datetime] = field(default_factory=dict)
    modified: dict[int, dt.datetime] = field(default_factory=dict)
    cap: int = 100
    silent_cap: int = 100
    headers: bool = True
    ignores: frozenset[str] = frozenset()
    pinned: tuple[int, ...] = ()
    embed: bool = True
    pretty: bool = True
    slugs: dict[str, int] = field(default_factory=lambda: {"news": 1, "%d0%bf": 2})
    #: Called before each answer with the number of requests so far; may return (status, headers, body) instead.
    before_answer: Callable[[int], Page] = lambda _number: None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    #: Its address.
    site = SITE

    def publish(self, count: int, at: dt.datetime, step: float = 60.0) -> list[int]:
        """*count* more posts, the last one *at*, each *step* seconds after the one before."""
        first = max(self.posts, default=0) + 1
        for place in range(count):
            self.posts[first + place] = at - dt.timedelta(seconds=step * (count - 1 - place))
        return list(range(first, first + count))

    def __call__(self, path: str, query: dict[str, str], _url: str) -> Page:
        route = query.pop("rest_route", None)
        self.asked.append((route or path, query))
        instead = self.before_answer(len(self.asked))
        if instead is not None:
            return instead
        if route is None:
            if not self.pretty or not path.startswith("/wp-json"):
                return 404, HTML, "<!DOCTYPE html><html><body>Not found</body></html>"
            route = path.removeprefix("/wp-json")
        if route == "/wp/v2/posts":
            return self._posts(query)
        if route in ("/wp/v2/categories", "/wp/v2/tags"):
            return self._terms(query)
        return error("rest_no_route", 404)

    def _terms(self, query: dict[str, str]) -> Page:
        wanted = query.get("slug", "").split(",")
        numbers = query.get("include", "").split(",")
        found = [
            {"id": number, "slug": slug, "name": f"Name {number}"}
            for slug, number in self.slugs.items()
            if slug in wanted or str(number) in numbers or (slug == "%d0%bf" and "п" in wanted)
        ]
        return 200, JSON, json.dumps(found)

    def _posts(self, query: dict[str, str]) -> Page:
        posts = [_Post(number, at, self.modified.get(number, at)) for number, at in self.posts.items()]
        posts.sort(key=lambda one: (new_york(one.published), one.number), reverse=True)
        limits = Limits(self.cap, self.silent_cap, int if self.headers else None, self.ignores, self.pinned)
        return posts_answer(posts, query, limits, new_york, self._post)

    def _post(self, one: _Post) -> dict[str, Any]:
        content = {"rendered": f"<p>Body {one.number}</p>", "protected": False}
        terms = [[{"taxonomy": "category", "id": 1, "name": "News"}], []]
        embedded = {"_embedded": {"author": [{"name": "An Author"}], "wp:term": terms}} if self.embed else {}
        link = f"{self.site}/post-{one.number}/"
        return post_json(one, new_york, link, content=content, categories=[1], **embedded)
