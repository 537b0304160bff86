"""Spider arguments, checked before the first request. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import ada_url

from newscrawl.clock import format_time
from newscrawl.errors import UserError
from newscrawl.net.policy import Policy, UrlRefused, check_url
from newscrawl.surfaces.registry import names
from newscrawl.text import escape_controls

__all__ = ["ALL", "Arguments", "parse_arguments", "parse_moment"]

#: ``since=all``: everything the site has.
ALL = "all"

_SLUG = re.compile(r"[\w%.-]{1,200}\Z")
# ISO 8601, stricter than `fromisoformat`, which takes any character between day and time.
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|\d{8}|\d{4}-?W\d\d(?:-?\d)?)(?P<time>[T ][\d:.,]{2,20}(?:Z|[+-][\d:]{2,6})?)?\Z", re.ASCII
)
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?\Z", re.ASCII)
MOST_SITE = 300
MOST_QUERY = 500
# scrapyd passes the job's id as a spider argument.
_IGNORED = frozenset({"_job"})
_CHOICES = {
    "surface": ("auto", *names()),
    "follow": ("yes", "link", "no"),
    "deliver": ("new", "all"),
    "refresh": ("posts", "originals"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a run was asked for. ``since``: UTC string, :data:`ALL`, or ``None`` for the default."""

    site: str = ""
    since: str | None = None
    until: str | None = None
    categories: tuple[str, ...] = ()
    query: str = ""
    post_types: tuple[str, ...] = ()
    limit: int | None = None
    surface: str = "auto"
    follow: bool = True
    candidates: bool = True  # where the stated source is not it: `follow=link` asks for that alone
    deliver: str = "new"
    refresh: str | None = None
    wait: float = 0.0
    sources: tuple[str, ...] = ()  # feeds, url, urls: as given
    given: Mapping[str, str] = field(default_factory=dict)


def parse_moment(value: str) -> str:
    """``YYYY-MM-DD`` or ISO 8601 (without a zone: UTC) as a UTC string. Raises ``ValueError`` for anything else.

    Years outside 1900 to 2200 are refused, as in what sites send.
    """
    found = _MOMENT.match(value)
    if found is None:
        raise ValueError(value[:100])
    moment = dt.datetime.fromisoformat(value if found["time"] else f"{value}T00:00:00")
    moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    if not 1900 <= moment.year <= 2200:
        raise ValueError(value)
    return format_time(moment)


def parse_arguments(
    spider: str,
    given: Mapping[str, Any],
    *,
    known: Collection[str],
    site: str = "",
    required: Collection[str] = (),
    policy: Policy,
) -> Arguments:
    """Check *given* (names to strings, as ``-a`` leaves them) against what *spider* knows.

    Args:
        known: names this spider takes.
        site: the spider's own base URL.
        required: names that must be given.
        policy: the address policy that ``site`` must pass.

    Raises:
        UserError: one line naming the argument and what is wrong.
    """
    values = {name: str(value).strip() for name, value in given.items() if name not in _IGNORED}
    for name in values:
        if name not in known:
            raise UserError(f"spider {spider}: unknown argument {_show(name)} (it takes {', '.join(sorted(known))})")
    for name in required:
        if not values.get(name):
            raise UserError(f"spider {spider}: argument {name} is required: -a {name}=…")
    for name, value in values.items():
        if not value:
            raise UserError(f"argument {name} is empty")
    for name, allowed in _CHOICES.items():
        if name in values and values[name] not in allowed:
            raise _fault(name, values[name], f"must be one of {', '.join(allowed)}")
    since, until = _moment("since", values), _moment("until", values)
    if since and until and since != ALL and since >= until:
        raise UserError(f"arguments since={since} and until={until}: since must be before until")
    if len(values.get("query", "")) > MOST_QUERY:
        raise UserError(f"argument query: at most {MOST_QUERY} characters")
    follow = values.get("follow", "yes") != "no"
    if not follow and values.get("refresh") == "originals":
        raise UserError("arguments follow=no and refresh=originals contradict each other")
    return Arguments(
        site=_site(values.get("site", site), policy),
        since=since,
        until=until,
        categories=_slugs(values.get("categories", "")),
        query=values.get("query", ""),
        post_types=_slugs(values.get("post_types", ""), "post_types"),
        limit=_limit(values.get("limit")),
        surface=values.get("surface", "auto"),
        follow=follow,
        candidates=values.get("follow", "yes") == "yes",
        deliver=values.get("deliver", "new"),
        refresh=values.get("refresh"),
        wait=_wait(values.get("wait", "0")),
        sources=tuple(values[name] for name in ("feeds", "url", "urls") if name in values),
        given=values,
    )


def _show(value: str) -> str:
    return repr(escape_controls(value[:100]))


def _fault(name: str, value: str, what: str) -> UserError:
    return UserError(f"argument {name}={_show(value)}: {what}")


def _moment(name: str, values: Mapping[str, str]) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if value == ALL and name == "since":
        return ALL
    try:
        return parse_moment(value)
    except (ValueError, OverflowError):
        raise _fault(name, value, "must be a date such as 2025-06-20 or 2025-06-20T12:00:00Z") from None


def _site(value: str, policy: Policy) -> str:
    if not value:
        return ""
    try:
        check_url(value, policy=policy)
    except UrlRefused as refused:
        bare = refused.reason == "invalid" and "://" not in value and "." in value
        raise _fault("site", value, str(refused) + (f" (https://{value}?)" if bare else refused.way_out)) from None
    # As the policy read it: one site is written one way, whatever the notation.
    parts = ada_url.URL(value)
    if parts.search or parts.hash:
        raise _fault("site", value, "must be a base URL, without query or fragment")
    site = f"{parts.protocol}//{parts.host}{parts.pathname.rstrip('/')}"
    if len(site) > MOST_SITE:
        raise _fault("site", value, f"longer than {MOST_SITE} characters")
    return site


def _slugs(value: str, argument: str = "categories") -> tuple[str, ...]:
    slugs = tuple(dict.fromkeys(part.strip().lower() for part in value.split(",") if part.strip()))
    for slug in slugs:
        if not _SLUG.match(slug):
            raise _fault(argument, slug, "is no category slug" if argument == "categories" else "is no post type")
    if len(slugs) > 50:
        raise UserError(f"argument {argument}: at most 50 at once")
    if value and not slugs:
        raise _fault(argument, value, "names none")
    return slugs


def _limit(value: str | None) -> int | None:
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 9 or int(value) == 0:
        raise _fault("limit", value, "must be a whole number from 1 up")
    return int(value)


def _wait(value: str) -> float:
    if value == "forever":
        return float("inf")
    if not _SECONDS.match(value):
        raise _fault("wait", value, "must be seconds, or forever")
    return float(value)
