"""What a surface is asked, what it answers, and how a list ends.

One rule for all surfaces: the end of a list is proven, or it is not the end. A
list is *over* where its total is reached, where a page in the list's own order
lies before the window, or where the page after the last one answers as an end.
Whatever else stops a list (a page that repeats, one without posts, a challenge
with status 200, a cap of the site's or of ours) has *cut* it: the run says so,
ends with status 4, moves no mark, and the next run asks again.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from newscrawl.clock import now_text, parse_time
from newscrawl.outcomes import http_reason
from newscrawl.posts import EARLIEST_ZONE, LATEST_ZONE, PostCopy, may_be_in
from newscrawl.text import escape_controls

__all__ = [
    "MOST_PAGES",
    "Answer",
    "End",
    "SurfaceError",
    "SurfaceRequest",
    "Times",
    "past",
    "refused_status",
    "window_days",
]

#: Pages of one list that are followed at most, and days of a window that are asked for one by one.
MOST_PAGES = 20_000
MOST_DAYS = 62

#: The first and the last moment at which an entry may have been published (UTC strings); ``None``: undated.
Times = tuple[str, str] | None


class SurfaceError(Exception):
    """A surface does not serve. ``reason``: of the closed list, or ``disabled``, ``html``, ``broken``.

    Raised by the surfaces; the spider falls back to another one or ends the run with status 4.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SurfaceRequest:
    """What to list: posts published in ``[since, until)`` (UTC strings, ``None`` is open)."""

    site: str
    since: str | None = None
    until: str | None = None
    categories: tuple[str, ...] = ()
    query: str = ""
    #: Posts of any day that changed after this time are wanted as well, where the surface tells.
    changed_since: str | None = None
    #: WordPress post types to list beside `posts`.
    post_types: tuple[str, ...] = ()
    #: One of the site's languages, where its REST API lists one at a time (WPML's codes).
    language: str = ""
    #: Sitemaps that robots.txt names.
    sitemaps: tuple[str, ...] = ()
    #: What the surface kept of earlier runs of the scope (`Surface.kept`), as plain JSON types.
    kept: Mapping[str, Any] = field(default_factory=dict)

    def holds(self, published_at: str | None, precision: str | None = None) -> bool:
        """Whether a post so dated may belong to the window; an undated one may."""
        return may_be_in(published_at, precision, self.since, self.until)


@dataclass(frozen=True, slots=True)
class End:
    """How a list ended: over, or cut with the reasons in words for a person."""

    cut: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Nothing of the window is left to list, and that is proven."""
        return not self.cut


@dataclass(slots=True)
class Answer:
    """One listing answer: posts newest first, and the cursor that stands once they are stored.

    The last answer of a surface carries its ``end``; a surface that stops without one has been cut.
    """

    posts: list[PostCopy] = field(default_factory=list)
    cursor: dict[str, Any] | None = None
    #: Entries left out, by reason.
    skipped: Counter[str] = field(default_factory=Counter)
    #: Entries that can be used, those outside the window too.
    usable: int = 0
    total: int | None = None
    #: The latest time that the answer shows where its posts carry none of their own: a day, or a last change.
    newest: str | None = None
    end: End | None = None


def refused_status(surface: str, url: str, status: int) -> SurfaceError:
    """The error of a *surface* that answers *url* with a *status* other than 200."""
    return SurfaceError(http_reason(status), f"{escape_controls(url)[:200]}: {surface} answers {status}")


def window_days(request: SurfaceRequest) -> list[dt.date] | None:
    """The site's days that a window further back may touch, newest first; ``None`` where the list is read from today.

    The site's zone is not known, but clocks run from UTC-12 to UTC+14.
    """
    if request.since is None:
        return None
    now = parse_time(now_text())
    until = parse_time(request.until) if request.until else now
    first = (parse_time(request.since) - LATEST_ZONE).date()
    last = (until + EARLIEST_ZONE - dt.timedelta(seconds=1)).date()
    if until >= now or not 0 < (last - first).days <= MOST_DAYS:
        return None
    return [last - dt.timedelta(days=back) for back in range((last - first).days + 1)]


def past(times: Sequence[Times], since: str | None, *, at_least: int = 1) -> bool:
    """Whether a list that is newest first has passed *since* with a page whose entries are of these *times*.

    Either all entries lie before *since*, or the page is in order, newest first, and its last *at_least* entries do:
    one old entry at the end may be an advertisement for it. An undated entry proves nothing.
    """
    if since is None or not times:
        return False
    known = [time for time in times if time is not None]
    if len(known) < len(times):
        return False
    if all(last < since for _, last in known):
        return True
    in_order = all(later[0] <= earlier[1] for earlier, later in pairwise(known))
    return in_order and len(known) >= at_least and all(last < since for _, last in known[-at_least:])
