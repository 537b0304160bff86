"""The ways to list posts that there are: `auto`, the arguments, `doctor --live` and the demo read them here.

To add one: write a class like :class:`Surface` says, its parser beside the
others in ``parsing/``, and name it below. Nothing else knows surfaces by name.
Their modules are imported with the first question that their names do not answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from newscrawl.surfaces.answers import SurfaceError

if TYPE_CHECKING:
    from newscrawl.surfaces.answers import Answer, SurfaceRequest
    from newscrawl.surfaces.fetcher import Fetcher

__all__ = ["Surface", "begins", "look", "names", "names_for", "open_surface", "tells"]

#: Name, and the module and class that it stands for: the richest first.
_CLASSES = {
    "rest": ("newscrawl.surfaces.rest", "RestSurface"),
    "feed": ("newscrawl.surfaces.feed", "FeedSurface"),
    "sitemap": ("newscrawl.surfaces.sitemap", "SitemapSurface"),
    "archive": ("newscrawl.surfaces.archive", "ArchiveSurface"),
}


class Surface(Protocol):
    """A way to discover posts."""

    #: What `surface=` calls it.
    name: ClassVar[str]
    #: What it can be asked for beside dates: of ``categories``, ``query``, ``post_types``, ``numbers``.
    tells: ClassVar[frozenset[str]]
    #: Requests that one look of `doctor --live` may take.
    look: ClassVar[int]
    #: What later runs of the scope are to know (plain JSON types); read when the list is over.
    kept: Mapping[str, Any]

    def __init__(self, fetcher: Fetcher, request: SurfaceRequest) -> None: ...

    def pages(self, cursor: dict[str, Any] | None) -> AsyncIterator[Answer]:
        """List, newest first, going on from *cursor*; the last answer carries the end.

        Raises :class:`SurfaceError` where the surface does not serve, in the middle of a list as well.
        """

    @classmethod
    def begins(cls, request: SurfaceRequest) -> Sequence[str]:
        """Addresses that it may ask first; where robots.txt forbids all of them it is not allowed."""


@cache
def _class(name: str) -> type[Any]:
    module, kind = _CLASSES[name]
    found: type[Any] = getattr(import_module(module), kind)
    return found


def names() -> tuple[str, ...]:
    """All surfaces, the richest first: the order in which `auto` tries them."""
    return tuple(_CLASSES)


def names_for(request: SurfaceRequest) -> tuple[str, ...]:
    """Those that can tell what *request* asks for."""
    wanted = {name for name in ("categories", "query", "post_types") if getattr(request, name)}
    return tuple(name for name in _CLASSES if wanted <= tells(name))


def tells(name: str) -> frozenset[str]:
    """What surface *name* can be asked for beside dates."""
    return frozenset(_class(name).tells)


def look(name: str) -> int:
    """Requests that one look at surface *name* may take."""
    return int(_class(name).look)


def begins(name: str, request: SurfaceRequest) -> Sequence[str]:
    """Addresses that surface *name* may ask first."""
    return tuple(_class(name).begins(request))


def open_surface(name: str, fetcher: Fetcher, request: SurfaceRequest) -> Surface:
    """Surface *name* for *request*. Raises :class:`SurfaceError` where it cannot tell what is asked for."""
    if name not in names_for(request):
        raise SurfaceError("unable", f"surface {name} cannot tell what is asked for")
    surface: Surface = _class(name)(fetcher, request)
    return surface
