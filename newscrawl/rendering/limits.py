"""The settings that bound rendering, checked and typed. Imports no browser library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["RENDER_SETTINGS", "Limits", "check_limits"]

_MIB = 1024 * 1024

#: Defaults. What each is for: ``docs/settings.md``.
RENDER_SETTINGS: dict[str, Any] = {
    "NEWSCRAWL_RENDER_BROWSER": "auto",
    "NEWSCRAWL_RENDER_SANDBOX": "auto",
    "NEWSCRAWL_RENDER_PAGES": 2,
    "NEWSCRAWL_RENDER_TIMEOUT": 20,
    "NEWSCRAWL_RENDER_BYTES": 20 * _MIB,
    "NEWSCRAWL_RENDER_MEMORY_MB": 2500,
}
_RANGES: dict[str, tuple[float, float]] = {
    "NEWSCRAWL_RENDER_PAGES": (1, 16),
    "NEWSCRAWL_RENDER_TIMEOUT": (1, 120),
    "NEWSCRAWL_RENDER_BYTES": (1024, 256 * _MIB),
    # An empty Chromium has a gigabyte, what its processes share counted for each.
    "NEWSCRAWL_RENDER_MEMORY_MB": (1024, 65536),
}
_SANDBOX = ("auto", "yes", "no")


@dataclass(frozen=True, slots=True)
class Limits:
    """``pages`` open at once; ``seconds`` and ``bytes`` (moved) of one page; ``memory``: bytes of the browser."""

    pages: int
    seconds: float
    bytes: int
    memory: int
    #: Largest page taken, in characters.
    size: int
    sandbox: str

    @classmethod
    def from_settings(cls, settings: Any) -> Limits:
        """Raises ``ValueError`` where a setting is no number."""

        def number(name: str) -> float:
            return float(settings.get(name, RENDER_SETTINGS[name]))

        return cls(
            pages=int(number("NEWSCRAWL_RENDER_PAGES")),
            seconds=number("NEWSCRAWL_RENDER_TIMEOUT"),
            bytes=int(number("NEWSCRAWL_RENDER_BYTES")),
            memory=int(number("NEWSCRAWL_RENDER_MEMORY_MB")) * _MIB,
            size=settings.getint("DOWNLOAD_MAXSIZE") or 10 * _MIB,
            sandbox=str(settings.get("NEWSCRAWL_RENDER_SANDBOX", "auto")),
        )


def check_limits(settings: Any) -> Iterator[str]:
    """What is wrong with the settings of rendering, a line each."""
    for name, (least, most) in _RANGES.items():
        try:
            value = float(settings.get(name, RENDER_SETTINGS[name]))
        except (TypeError, ValueError):
            yield f"{name} is not a number"
            continue
        if not least <= value <= most:
            yield f"{name} must be between {least:g} and {most:g}"
    if settings.get("NEWSCRAWL_RENDER_SANDBOX", "auto") not in _SANDBOX:
        yield f"NEWSCRAWL_RENDER_SANDBOX must be one of {', '.join(_SANDBOX)}"
