"""How a call in a worker may end without a result."""

from __future__ import annotations

from enum import StrEnum

from newscrawl.errors import OperationError

__all__ = ["Ending", "WorkerKilledError", "WorkersClosedError", "WorkersUnavailableError"]


class Ending(StrEnum):
    """Why a call was ended. The words are those of the counts and of the log."""

    #: It used the CPU seconds of its limit.
    CPU = "cpu"
    #: It asked for more memory than its limit.
    MEMORY = "memory"
    #: Its worker died, twice: by a fault in C code, or killed by somebody.
    CRASH = "crash"
    #: Its worker neither answered nor used CPU time, twice.
    STALLED = "stalled"
    #: Its result was larger than a result may be, or could not be pickled.
    RESULT = "result"


class WorkerKilledError(Exception):
    """The call was ended at its limit: what it read is `invalid`. Raised by :meth:`newscrawl.workers.Workers.run`."""

    def __init__(self, reason: Ending, what: str) -> None:
        super().__init__(f"{what}: ended by its limit ({reason})")
        self.reason = reason


class WorkersUnavailableError(OperationError):
    """No worker can be started (memory, processes, a broken installation): it says nothing of any page."""


class WorkersClosedError(OperationError):
    """The workers were closed while the call waited: the run is ending, and the page is read by the next one."""
