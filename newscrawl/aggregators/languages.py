"""Which languages a WordPress has posts in, beside the one of its front page: looked up once a day."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from newscrawl.clock import format_time, now_text, parse_time
from newscrawl.surfaces.answers import SurfaceError, SurfaceRequest
from newscrawl.surfaces.fetcher import Fetcher
from newscrawl.surfaces.parsing.links import Language, site_languages
from newscrawl.text import escape_controls

__all__ = ["LISTED_BY", "languages_of", "remembered_languages", "request_in", "to_memory"]

logger = logging.getLogger(__name__)

#: For how long the languages of a site are remembered.
LOOK_EVERY = dt.timedelta(days=1)
#: Surfaces that show one language at a time; sitemaps name the posts of all.
LISTED_BY = frozenset({"rest", "feed", "archive"})


def remembered_languages(kept: object) -> list[Language] | None:
    """What :func:`to_memory` made, or ``None`` where it is older than a day, or none was kept."""
    if not isinstance(kept, Mapping):
        return None
    oldest = format_time(parse_time(now_text()) - LOOK_EVERY)
    found = kept.get("found")
    if str(kept.get("looked_at") or "") < oldest or not isinstance(found, list):
        return None
    return [Language(str(code), str(home), bool(wpml)) for code, home, wpml in found]


def to_memory(languages: Sequence[Language]) -> dict[str, Any]:
    """*languages* as plain JSON types, with when they were looked up."""
    return {"looked_at": now_text(), "found": [[one.code, one.home, one.wpml] for one in languages]}


async def languages_of(fetcher: Fetcher, site: str) -> list[Language] | None:
    """The other languages that the front page of *site* names; ``None`` where it cannot be had."""
    try:
        response = await fetcher.get(f"{site}/", accept="text/html,*/*;q=0.1", tries=1)
        if response.status != 200:
            return None
        found = await fetcher.parsed(site_languages, response.body, response.url)
    except SurfaceError as error:
        logger.debug("Languages of the site are not known: %s", escape_controls(error))
        return None
    if found:
        logger.info("The site has posts in other languages, too: %s", ", ".join(one.code for one in found))
    return found


def request_in(request: SurfaceRequest, language: Language, surface: str) -> SurfaceRequest | None:
    """*request* for the posts of *language*; ``None`` where *surface* has listed them with the others."""
    if surface == "rest":
        # Polylang's API lists all languages unless it is asked for one.
        return replace(request, language=language.code) if language.wpml else None
    return replace(request, site=language.home, sitemaps=(), kept={})
