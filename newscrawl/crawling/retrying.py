"""When what could not be had is asked for again: one policy for listings, pages and originals. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from newscrawl.outcomes import is_passing

__all__ = ["PATIENCE", "Next", "Policy"]

#: Seconds that a run waits for a host which asks for a pause; what asks for more is left for a later run.
PATIENCE = 60.0


class Next(Enum):
    """What is to be done with a request that failed."""

    AGAIN = "again"  # in this run
    LATER = "later"  # in a later run
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Policy:
    """How often and how soon a run asks again.

    Args:
        delay: seconds between two requests to a host.
        tries: requests beyond the first for one address in one run.
    """

    delay: float
    tries: int

    def after(self, reason: str, tried: int, asked_pause: float | None = None) -> tuple[Next, float]:
        """What to do after a failure for *reason*, and in how many seconds where it is done in this run.

        Args:
            reason: of the closed list.
            tried: requests for the same address before this one, in this run.
            asked_pause: seconds that the answer's ``Retry-After`` asks for.
        """
        if not is_passing(reason):
            return Next.NEVER, 0.0
        if asked_pause is not None and asked_pause > PATIENCE:
            return Next.LATER, 0.0
        if tried >= self.tries:
            return Next.LATER, 0.0
        # Doubled for each try: what fails for a moment is asked again soon, what fails longer is not pestered.
        wait = max(1.0, self.delay) * 2.0**tried
        return Next.AGAIN, max(wait, asked_pause or 0.0)

    @property
    def longest_wait(self) -> float:
        """The longest that anything is put off within a run, in seconds."""
        return max(PATIENCE, max(1.0, self.delay) * 2.0**self.tries)
