"""The closed list of outcomes and reasons, work states and stat names.

Every discovered post ends in exactly one :class:`Outcome`; whatever is not
``original`` carries exactly one :class:`Reason` (or ``http_NNN``). Users
script against these words: see ``docs/outcomes-stats-logs.md``.
"""

from __future__ import annotations

import re
from enum import StrEnum

__all__ = [
    "PASSING_REASONS",
    "Outcome",
    "Reason",
    "http_reason",
    "is_passing",
    "is_reason",
]


class Outcome(StrEnum):
    """How a discovered post ended."""

    ORIGINAL = "original"
    ORIGINAL_PARTIAL = "original_partial"
    POST_ONLY = "post_only"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a record's outcome is not ``original``; ``http_NNN`` comes beside these."""

    NO_ATTRIBUTION = "no_attribution"
    NO_ORIGINAL_URL = "no_original_url"
    AMBIGUOUS_ORIGINAL = "ambiguous_original"
    NOT_FOLLOWED = "not_followed"
    ROBOTS = "robots"
    REFUSED = "refused"
    DNS = "dns"
    TLS = "tls"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    BAD_ENCODING = "bad_encoding"
    NEEDS_BROWSER = "needs_browser"
    CHALLENGE = "challenge"
    CONSENT = "consent"
    LOGIN = "login"
    PAYWALL = "paywall"
    NOT_ARTICLE = "not_article"
    DIFFERENT_ARTICLE = "different_article"
    INVALID = "invalid"
    UNREACHABLE_POST = "unreachable_post"
    TAKEN_DOWN = "taken_down"


_HTTP_REASON = re.compile(r"http_[1-5]\d\d\Z")

#: Reasons that may pass by themselves: worth another try in a later run.
PASSING_REASONS: frozenset[str] = frozenset(
    {
        Reason.DNS,
        Reason.TIMEOUT,
        Reason.CONNECTION,
        Reason.TRUNCATED,
        "http_408",
        "http_425",
        "http_429",
    }
)


def http_reason(status: int) -> str:
    """The reason for an HTTP *status* that is not an answer: ``http_404``.

    Raises ``ValueError`` for a number that is no HTTP status.
    """
    if not 100 <= status <= 599:
        raise ValueError(f"not an HTTP status: {status}")
    return f"http_{status}"


def is_reason(value: str) -> bool:
    """Whether *value* belongs to the closed list."""
    return value in Reason._value2member_map_ or _HTTP_REASON.match(value) is not None


def is_passing(reason: str) -> bool:
    """Whether a failure for *reason* may go away by itself (5xx, 429, timeouts, DNS)."""
    return reason in PASSING_REASONS or bool(re.match(r"http_5\d\d\Z", reason))
