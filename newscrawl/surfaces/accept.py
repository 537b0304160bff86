"""The one door between strangers' listings and the ledger: each entry is cleaned and judged alone. Pure.

Whatever a listing holds, one bad entry costs itself: it is skipped with a reason, and its neighbours are taken.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from newscrawl.clock import format_time, now_text, parse_time
from newscrawl.html.repair import clean_markup
from newscrawl.posts import Discovered, PostCopy, possible_times
from newscrawl.text import clean_line, clean_text
from newscrawl.urls import frozen_form, record_id, registrable_domain

__all__ = ["FAULTS", "Accepted", "Skipped", "accept", "accept_all"]

#: Longest address that is taken, in characters (the address policy's bound).
MAX_URL = 8_192
#: A post dated further ahead than this is undated: a clock may be off by a day, not by a year.
AHEAD = dt.timedelta(days=2)
#: Dates that stand for an empty field: Unix time 0, and everything before.
NO_DATE_BEFORE = "1970-01-02"
_PRECISIONS = ("second", "minute", "day")


#: Reasons for which an entry is left out that is a fault of the list, and no choice of the crawl's.
FAULTS = frozenset({"address", "address_too_long", "no_address", "no_id", "no_link", "not_an_object", "unreadable"})


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that is left out. ``reason``: ``address``, ``address_too_long`` or ``unreadable``."""

    reason: str
    url: str


@dataclass(slots=True)
class Accepted:
    """What :func:`accept_all` made of one answer's entries."""

    found: list[Discovered] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def accept(
    copy: PostCopy, *, since: str | None = None, until: str | None = None, now: str | None = None
) -> Discovered | Skipped:
    """*copy* cleaned and under its id, or why it is left out. Never raises.

    Args:
        copy: as a surface made it of a stranger's entry; it is not changed.
        since: start of the run's window, a UTC string; ``None`` is open.
        until: its end; ``None`` is open.
        now: the present, a UTC string, for dates that lie ahead; the clock's where it is ``None``.
    """
    try:
        return _accept(copy, since, until, now or now_text())
    except Exception:
        # The door is the last place where an entry that nobody thought of costs itself alone.
        return Skipped("unreadable", str(getattr(copy, "url", ""))[:500])


def accept_all(copies: Iterable[PostCopy], *, since: str | None = None, until: str | None = None) -> Accepted:
    """All of an answer's *copies* through :func:`accept`."""
    done, now = Accepted(), now_text()
    for copy in copies:
        got = accept(copy, since=since, until=until, now=now)
        if isinstance(got, Skipped):
            done.skipped.append(got)
        else:
            done.found.append(got)
    return done


def _accept(copy: PostCopy, since: str | None, until: str | None, now: str) -> Discovered | Skipped:
    url = copy.url.strip()
    if len(url) > MAX_URL:
        return Skipped("address_too_long", url[:500])
    try:
        post_id = record_id(url)
        host = registrable_domain(url, private=False) or url.split("/")[2].lower()
    except (ValueError, IndexError):
        return Skipped("address", url[:500])
    published, precision = _time(copy.published_at, copy.published_precision, now)
    modified, _ = _time(copy.modified_at, "second", now)
    clean = dataclasses.replace(
        copy,
        url=url,
        title=_line(copy.title),
        author=_line(copy.author),
        site_name=_line(copy.site_name),
        remote_id=clean_line(copy.remote_id, limit=40) if copy.remote_id else None,
        published_at=published,
        published_precision=precision,
        modified_at=modified,
        categories=_lines(copy.categories),
        tags=_lines(copy.tags),
        image_url=_address(copy.image_url),
        summary=clean_text(copy.summary, limit=20_000) if copy.summary else None,
        html=clean_markup(copy.html) if copy.html is not None else None,
        text=clean_text(copy.text) if copy.text else copy.text,
        attribution=_attribution(copy.attribution),
        rights={_line(name) or "": _line(value) or "" for name, value in list(copy.rights.items())[:50]},
    )
    return Discovered(
        id=post_id,
        url=url,
        published_at=_ledger_time(published, precision, since, until),
        modified_at=modified,
        given=clean.to_json(),
        remote_id=clean.remote_id,
        host=host if copy.incomplete else "",
    )


def _line(value: Any) -> str | None:
    return clean_line(value) if isinstance(value, str) else None


def _lines(values: Sequence[Any]) -> list[str]:
    return list(dict.fromkeys(line for value in list(values)[:500] if (line := _line(value))))


def _address(value: object) -> str | None:
    """*value* where it is an address that can be asked for, else ``None``."""
    if not isinstance(value, str) or not value or len(value) > MAX_URL:
        return None
    try:
        frozen_form(value)
    except ValueError:
        return None
    line = clean_line(value, limit=MAX_URL)
    return line if line == value else None


def _attribution(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the listing itself names as the source; none where its link is no address."""
    if value is None:
        return None
    cleaned = {
        name: (_line(part) if isinstance(part, str) else part)
        for name, part in value.items()
        if part is None or isinstance(part, str | int | float | bool)
    }
    for name in ("original_url", "publisher_url"):
        if cleaned.get(name) is not None:
            cleaned[name] = _address(cleaned[name])
    return cleaned if any(cleaned.get(name) for name in ("original_url", "publisher_url", "publisher_name")) else None


def _time(value: str | None, precision: str | None, now: str) -> tuple[str | None, str | None]:
    """A time that can be one, with its precision; ``(None, None)`` for a senseless one."""
    if value is None:
        return None, None
    try:
        moment = parse_time(value)
        text = format_time(moment)
        ahead = format_time(parse_time(now) + AHEAD)
    except (ValueError, OverflowError):
        return None, None
    if text > ahead or (text < NO_DATE_BEFORE and text >= "1969-12-31") or moment.year < 1900:
        return None, None
    return text, precision if precision in _PRECISIONS else "second"


def _ledger_time(published: str | None, precision: str | None, since: str | None, until: str | None) -> str | None:
    """What the ledger files the post under: ``None`` where its day lies on the edge of the window."""
    if published is None or precision != "day":
        return published
    first, last = possible_times(published, precision)
    on_edge = any(edge is not None and first < edge <= last for edge in (since, until))
    return None if on_edge else published
