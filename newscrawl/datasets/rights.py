"""What may leave of a record under a policy on rights. Pure: feeds and exports ask the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from newscrawl.items import Record
from newscrawl.net.rights import POLICIES, is_open, opted_out

__all__ = ["POLICIES", "WITH_TEXT", "judge", "released", "withhold"]

#: Fields that go with the text of a record that opted out.
WITH_TEXT = ("text", "text_source", "word_count", "summary")


def withhold(plain: dict[str, Any], rights: str) -> dict[str, Any] | None:
    """*plain* (a record as JSON types) as it may leave under the policy *rights*, or ``None`` where it may not.

    Where the text is withheld, ``sources`` says why. *plain* itself is left as it is.
    """
    kept = judge(plain["rights"]["effective"], rights, plain["text"] is not None)
    if kept is None or not kept:
        return None if kept is None else plain
    return {**plain, **dict.fromkeys(WITH_TEXT), "sources": _sources(plain["sources"], kept)}


def released(record: Record, rights: str) -> Record | None:
    """*record* as it may leave under *rights*, or ``None`` where it may not; see :func:`withhold`."""
    kept = judge(record.rights.effective, rights, record.text is not None)
    if kept is None or not kept:
        return None if kept is None else record
    return replace(
        record, text=None, text_source=None, word_count=None, summary=None, sources=_sources(record.sources, kept)
    )


def judge(signals: Mapping[str, str], rights: str, has_text: bool) -> str | None:
    """``None``: the record stays here. ``""``: it leaves as it is. Else: its text is withheld, and why."""
    if rights == "all":
        return ""
    if rights == "open" and not is_open(signals):
        return None
    return (opted_out(signals) or "") if has_text else ""


def _sources(sources: Mapping[str, str], why: str) -> dict[str, str]:
    return {**{name: one for name, one in sources.items() if name != "summary"}, "text": f"withheld: {why}"}
