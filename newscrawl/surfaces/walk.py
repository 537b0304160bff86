"""Leafing through a list of pages: one walk for feeds and list pages, with one rule of when a list is over.

A window that lies far back is not paged through from today: the page on which it
begins is found by doubling and halving (:func:`first_page`), unless the site has
lists of days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from newscrawl.clock import now_text
from newscrawl.posts import PostCopy
from newscrawl.surfaces.answers import MOST_PAGES, Answer, End, SurfaceError, SurfaceRequest, Times, past
from newscrawl.text import escape_controls

__all__ = ["Cut", "PagedList", "Shown", "first_page", "walk"]


@dataclass(slots=True)
class Shown:
    """One page of a list, as it was read.

    Args:
        copies: its posts in the page's order, those outside the window too.
        times: when each may have been published, in the same order.
        aside: addresses of posts that stand beside the list (heroes): they say nothing of where the list is.
        skipped: entries that are no posts, by reason.
        following: address of the next page: the one that the page names, else the one that its platform would have.
        named: the page itself names it.
        pages: how many pages the list has, as far as its navigation shows.
        absent_is_end: a 404 there is the platform's way to say that the list is over.
        is_last: the page says that it is the last one.
        says_empty: the page says that it has no posts.
        offers_more: it offers more posts in a way that cannot be followed.
    """

    copies: list[PostCopy] = field(default_factory=list)
    times: list[Times] = field(default_factory=list)
    aside: frozenset[str] = frozenset()
    skipped: Counter[str] = field(default_factory=Counter)
    following: str | None = None
    named: bool = False
    pages: int | None = None
    absent_is_end: bool = True
    is_last: bool = False
    says_empty: bool = False
    offers_more: bool = False
    newest: str | None = None


class PagedList(Protocol):
    """A list of posts in pages, as a surface reads it."""

    #: Entries on the fullest page so far; the walk keeps it.
    fullest: int

    def proof(self, entries: int, *, first: bool) -> int:
        """How many of a page's *entries* must lie before the window, at its end, to prove that the list has passed it.

        Args:
            first: it is the first page of the list that was read: what stands beside the list cannot be told from it.
        """

    async def page(self, url: str, *, may_be_absent: bool) -> Shown | None:
        """The page at *url*; ``None`` where there is none (404) and *may_be_absent*.

        Raises :class:`SurfaceError` for everything else that is no page of the list.
        """

    def address(self, url: str, number: int) -> str:
        """Page *number* (from 1) of the list that begins at *url*."""

    def wanted(self, copies: Sequence[PostCopy]) -> list[PostCopy]:
        """Those of *copies* that the run may want."""


class Cut:
    """Collects why lists were cut."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def note(self, url: str, why: str) -> None:
        """The list at *url* ended before it was over."""
        self.reasons.append(f"{escape_controls(url)[:200]}: {why}")

    def end(self) -> End:
        """How it all ended."""
        return End(tuple(dict.fromkeys(self.reasons)))


async def walk(
    lists: PagedList, url: str, start: int, request: SurfaceRequest, cut: Cut, *, of_day: bool = False
) -> AsyncIterator[Answer]:
    """The list that begins at *url*, from page *start* on, until it is over or cut (noted in *cut*).

    Args:
        of_day: a list of one day's posts: it may not exist, and nothing on it lies before the window.
    """
    seen: set[str] = set()
    asked: set[str] = set()
    here = lists.address(url, start)
    before: tuple[str, Shown] | None = None
    by_link = ended = False
    for number in range(start, MOST_PAGES + 1):
        if here in asked:
            cut.note(here, "the list leads back to a page that was read before")
            return
        asked.add(here)
        shown = await lists.page(here, may_be_absent=number > 1 or of_day)
        if shown is None:
            if before is not None:
                await _absent(lists, here, before, cut, of_day=of_day, ended=ended)
            elif start > 1:
                # The window lies behind the last page: whether that is the end is told by the page before.
                async for answer in walk(lists, url, start - 1, request, cut):
                    yield answer
            return
        fresh = [copy for copy in shown.copies if copy.url not in seen]
        seen |= {copy.url for copy in fresh}
        wanted = lists.wanted(fresh)
        yield Answer(posts=wanted, skipped=shown.skipped, usable=len(shown.copies), newest=shown.newest)
        if _is_over(lists, shown, fresh, request, first=number == start, of_day=of_day):
            return
        why = _why_cut(shown, fresh)
        if why is not None:
            if not ended:
                cut.note(here, why)
            return
        assert shown.following is not None
        # A list whose own links led here, and that names no page behind this one, ends here, whatever answers at an
        # address that nobody named: many sites show the last page, the first, or one without posts.
        ended = by_link and not shown.named and not shown.offers_more
        before, here, by_link = (here, shown), shown.following, shown.named
    raise SurfaceError("too_many_pages", f"{escape_controls(request.site)}: its list has no end")


def _is_over(
    lists: PagedList, shown: Shown, fresh: Sequence[PostCopy], request: SurfaceRequest, *, first: bool, of_day: bool
) -> bool:
    """Whether the page proves that nothing of the window stands on the pages behind it."""
    if shown.is_last or (not shown.copies and shown.says_empty):
        return True
    times = {copy.url: time for copy, time in zip(shown.copies, shown.times, strict=True)}
    of_list = [time for address, time in times.items() if address not in shown.aside]
    new = [times[copy.url] for copy in fresh if copy.url not in shown.aside]
    if past(new or of_list, request.since, at_least=lists.proof(len(of_list), first=first)):
        return True
    shorter = len(of_list) < lists.fullest
    lists.fullest = max(lists.fullest, len(of_list))
    return of_day and shorter


def _why_cut(shown: Shown, fresh: Sequence[PostCopy]) -> str | None:
    """Why the list cannot be followed behind a page on which it is not over; ``None`` where it can."""
    if not shown.copies:
        return "a page without posts, that does not say that the list ends"
    if not fresh:
        return "the list shows the same posts again before it has reached the window's begin"
    if shown.following is None:
        return "the list names no next page before it has reached the window's begin"
    return None


async def _absent(
    lists: PagedList, here: str, before: tuple[str, Shown], cut: Cut, *, of_day: bool, ended: bool
) -> None:
    """The page at *here* is not there: the end of the list, unless it was promised or the site has begun to refuse."""
    url, shown = before
    if shown.named:
        cut.note(here, "the list's own link to its next page leads to nothing (404)")
    elif not shown.absent_is_end and not ended:
        cut.note(url, "the list names no next page before it has reached the window's begin")
    elif not of_day:
        await _see_it_still_serves(lists, url)


async def _see_it_still_serves(lists: PagedList, url: str) -> None:
    shown = await lists.page(url, may_be_absent=False)
    if shown is None or not shown.copies:
        raise SurfaceError("html", f"{escape_controls(url)[:200]}: a page of the list that was there has gone")


async def first_page(lists: PagedList, url: str, until: str | None) -> int:
    """The page on which a window that ended long ago begins: doubling steps, then halving."""
    if until is None or until >= now_text():
        return 1
    named = 1  # the last page that a page read so far leads to

    async def reaches(number: int) -> bool:
        nonlocal named
        shown = await lists.page(lists.address(url, number), may_be_absent=number > 1)
        if shown is None:
            if number <= named:
                raise SurfaceError("http_404", f"{escape_controls(url)[:200]}: list pages that it links to answer 404")
            return True
        if shown.pages is not None or shown.named:
            named = max(named, shown.pages or 1, number + shown.named)
        times = [
            time for copy, time in zip(shown.copies, shown.times, strict=True) if copy.url not in shown.aside and time
        ]
        return not times or min(first for first, _ in times) < until

    below, here = 0, 1
    while not await reaches(here):
        below, here = here, min(here * 2, MOST_PAGES)
        if below == here:
            return here
    while here - below > 1:
        middle = (below + here) // 2
        below, here = (below, middle) if await reaches(middle) else (middle, here)
    return here
