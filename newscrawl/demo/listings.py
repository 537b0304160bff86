"""Which posts stand on a page of a list: of all, a category, a day, a search. Pure."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from newscrawl.demo.world import CATEGORIES, SITE_OFFSET, World

__all__ = ["Listing", "select"]


@dataclass(frozen=True, slots=True)
class Listing:
    """Numbers of posts, oldest first, and how many stand on a page."""

    numbers: Sequence[int]
    per_page: int = 10

    @property
    def pages(self) -> int:
        return max(1, math.ceil(len(self.numbers) / self.per_page))

    def page(self, page: int) -> list[int] | None:
        """Numbers of *page* (from 1), newest first; ``None`` past the end."""
        if not 1 <= page <= self.pages:
            return None
        end = len(self.numbers) - (page - 1) * self.per_page
        return list(self.numbers[max(0, end - self.per_page) : end])[::-1]


def _day_range(world: World, date: Sequence[int]) -> range | None:
    """Numbers of posts of a year, month or day, in the site's own time; ``None`` for a date that does not exist."""
    year, month, day = (*date, 0, 0)[:3]
    try:
        low = dt.datetime(year, month or 1, day or 1, tzinfo=dt.UTC)
        if day:
            high = low + dt.timedelta(days=1)
        elif month:
            high = dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=dt.UTC)
        else:
            high = dt.datetime(year + 1, 1, 1, tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return None
    return range(world.first_after(low - SITE_OFFSET), world.first_after(high - SITE_OFFSET))


def select(
    world: World,
    *,
    category: str | None = None,
    search: str | None = None,
    date: Sequence[int] = (),
    per_page: int = 10,
) -> Listing | None:
    """The posts of a list; ``None`` for a category or date that does not exist (WordPress answers 404)."""
    numbers: Sequence[int] = range(world.total)
    if date:
        found = _day_range(world, date)
        if not found:
            return None
        numbers = found
    if category is not None:
        if category not in {known.slug for known in CATEGORIES}:
            return None
        numbers = [number for number in world.of_category(category) if not date or number in numbers]
    if search:
        needle = search.casefold().split()
        numbers = [
            number
            for number in numbers
            if all(word in f"{world.title(number)} {world.post(number).text}".casefold() for word in needle)
        ]
    if world.deleted:
        numbers = [number for number in numbers if number not in world.deleted]
    return Listing(numbers, per_page)
