"""Originals: asked for and read (:mod:`~newscrawl.originals.asking`), and found where no link leads to them.

The finding's pure half: :mod:`~newscrawl.originals.ranking` chooses among the entries of a publisher's own lists,
:mod:`~newscrawl.originals.publishers` knows which domain a name means.
"""

from newscrawl.originals.asking import (
    ACCEPT_PAGE,
    ANSWERS,
    asked_pause,
    charset_of,
    header_pairs,
    original_request,
    read_original,
    unasked,
)

__all__ = [
    "ACCEPT_PAGE",
    "ANSWERS",
    "asked_pause",
    "charset_of",
    "header_pairs",
    "original_request",
    "read_original",
    "unasked",
]
