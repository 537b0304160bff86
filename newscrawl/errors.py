"""What ends a command or a run with a message for a person instead of a traceback.

Each class carries the exit status that PRODUCT documents in ``README.md``.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitStatus", "NewscrawlError", "OperationError", "ScopeHeldError", "UserError"]


class ExitStatus(IntEnum):
    """Exit statuses of every command. A signal ends a crawl with 128 + its number."""

    COMPLETE = 0
    DEFECT = 1
    USAGE = 2
    UNHEALTHY = 3
    INCOMPLETE = 4
    SCOPE_HELD = 75
    INTERRUPTED = 130
    TERMINATED = 143


class NewscrawlError(Exception):
    """Base of the errors shown as one line on standard error."""

    exit_status = ExitStatus.DEFECT


class UserError(NewscrawlError):
    """Wrong arguments or settings; raised before the first request."""

    exit_status = ExitStatus.USAGE


class OperationError(NewscrawlError):
    """Something could not be done (disk, database, site unreachable); what was committed stands."""

    exit_status = ExitStatus.INCOMPLETE


class ScopeHeldError(NewscrawlError):
    """Another living run holds the same scope."""

    exit_status = ExitStatus.SCOPE_HELD

    def __init__(self, message: str, scope_id: str = "") -> None:
        super().__init__(message)
        self.scope_id = scope_id
