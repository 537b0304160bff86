"""What a run may work on."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """What a run may work on: its scope's posts published in ``[since, until)`` (UTC strings; ``None`` is open)."""

    scope_id: str
    since: str | None = None
    until: str | None = None
    #: Posts that were taken up again because they changed belong to it, whenever they were published.
    changed_too: bool = False
