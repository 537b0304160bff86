"""What asking for an original gave, as plain values. Pure: no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["OriginalResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalResult:
    """The answer to one original; ``extraction`` as plain JSON types, ``reason`` where it is no whole article."""

    id: str
    url: str
    reason: str | None
    http_status: int | None = None
    final_url: str | None = None
    fetched_at: str | None = None
    rendered: bool = False
    extraction: dict[str, Any] | None = None
    rights: dict[str, Any] | None = None
