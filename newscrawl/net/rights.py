"""What a page and its site signal about use: robots, AI and TDM opt-outs, licence, free access. Pure, no I/O.

Every function returns signals as ``dict[str, str]``. A key that is absent was
not looked up; the value ``none`` means that it was, and nothing was said.

=============== ==========================================================
key             values
=============== ==========================================================
``robots_txt``  ``allow``, ``disallow``, ``unreachable``: robots.txt, for us
``robots_meta`` directives of X-Robots-Tag and meta robots that hold for us,
                sorted, comma-joined (``noarchive,noindex``)
``ai_train``    ``no``, ``yes``: training of models (Content-Signal
                ``ai-train``, Content-Usage ``train-ai``, ``noai``, ``noml``)
``ai_input``    ``no``, ``yes``: use in answers (Content-Signal ``ai-input``)
``search``      ``no``, ``yes``: Content-Signal ``search``
``ai_agents``   AI agents that robots.txt, or a directive, denies; comma-joined
``tdm``         ``reserved``, ``open``: TDM Reservation Protocol (W3C CG)
``tdm_policy``  its policy URL, only where given
``licence``     URL or text of the licence
``free_access`` ``yes``, ``no`` (schema.org ``isAccessibleForFree``)
=============== ==========================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from newscrawl.net.robots_rules import AI_AGENTS, RobotsRules
from newscrawl.text import clean_line

__all__ = ["effective", "is_open", "merge", "opted_out", "page_signals", "robots_signals"]

NONE = "none"
_MAX_VALUE = 500
_MAX_VALUES = 100

# Directives whose value follows a colon; any other word before one names an agent.
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_DIRECTIVES = frozenset(
    {
        "all", "index", "follow", "archive", "noindex", "nofollow", "noarchive", "nosnippet", "nocache",
        "notranslate", "noimageindex", "noimageclick", "nositelinkssearchbox", "indexifembedded", "noodp", "noydir",
        "none", "noai", "noimageai", "noml", *_VALUED,
    }
)  # fmt: skip
_PERMISSIVE = frozenset({"all", "index", "follow", "archive", "noodp", "noydir"})
_NO_AI = frozenset({"noai", "noml"})
_AI_LOWER = {name.lower(): name for name in AI_AGENTS}
_SIGNAL_KEYS = {
    "ai-train": "ai_train",
    "train-ai": "ai_train",
    "train-genai": "ai_train",
    "ai": "ai_train",
    "ai-input": "ai_input",
    "search": "search",
}
_YES_NO = {"yes": "yes", "y": "yes", "no": "no", "n": "no"}
_PAIR = re.compile(r"([a-z-]{1,40})\s*=\s*([a-z]{1,10})")

# Licences that let anyone pass the text on, the freest first; by what their URLs or names contain.
_OPEN = (
    ("cc0", re.compile(r"publicdomain|\bcc0\b|\bcc-?zero\b")),
    ("by", re.compile(r"licenses/by/|\bcc[ -]by(?![ -](nc|nd|sa))")),
    ("by-sa", re.compile(r"licenses/by-sa/|\bcc[ -]by-sa\b(?!-)")),
)


def _agent_part(text: str) -> tuple[str | None, str]:
    """``(agent, directives)`` of one X-Robots-Tag value; agent None when it holds for all."""
    head, colon, rest = text.partition(":")
    name = head.strip().lower()
    if colon and name and "," not in head and name not in _VALUED and re.fullmatch(r"[\w.*-]+", name):
        return name, rest
    return None, text


def _words(text: str) -> set[str]:
    found = set()
    for part in text.lower().split(",")[:_MAX_VALUES]:
        word = part.partition(":")[0].strip()
        if word in _DIRECTIVES:
            found.add(word)
    if "none" in found:
        found = (found - {"none"}) | {"noindex", "nofollow"}
    return found - _PERMISSIVE


def page_signals(
    headers: Iterable[tuple[str, str]] = (),
    metas: Iterable[tuple[str, str]] = (),
    *,
    licence: str | None = None,
    free_access: bool | None = None,
    agent: str = "newscrawl",
) -> dict[str, str]:
    """Signals of one answer and its page.

    Args:
        headers: name and value of each response header (one pair a line).
        metas: ``name`` and ``content`` of each meta element.
        licence: what the page names as its licence (``rel=license``, JSON-LD), None when it names none.
        free_access: ``isAccessibleForFree``, None when not said.
        agent: our product token.
    """
    words: set[str] = set()
    agents: set[str] = set()
    tdm: str | None = None
    policy: str | None = None
    signals: dict[str, str] = {}
    us = {"*", "robots", agent.lower()}

    def robots(scope: str | None, text: str) -> None:
        found = _words(text)
        if scope is None or scope in us:
            words.update(found)
        elif scope in _AI_LOWER and found & {"noindex", "noai", "noml"}:
            agents.add(_AI_LOWER[scope])

    for name, value in list(headers)[:_MAX_VALUES]:
        name, value = name.strip().lower(), value[:_MAX_VALUE]
        if name == "x-robots-tag":
            robots(*_agent_part(value))
        elif name == "tdm-reservation":
            tdm = _tdm(value, tdm)
        elif name == "tdm-policy":
            policy = policy or clean_line(value)
        elif name in {"content-signal", "content-usage"}:
            _content_signal(value, signals)
    for name, value in list(metas)[:_MAX_VALUES]:
        name, value = (name or "").strip().lower(), (value or "")[:_MAX_VALUE]
        if name in us:
            robots(None, value)
        elif name in _AI_LOWER:
            robots(name, value)
        elif name == "tdm-reservation":
            tdm = _tdm(value, tdm)
        elif name == "tdm-policy":
            policy = policy or clean_line(value)
    if words & _NO_AI:
        signals["ai_train"] = "no"
    for key in ("ai_train", "ai_input", "search"):
        signals.setdefault(key, NONE)
    signals["robots_meta"] = ",".join(sorted(words)) or NONE
    signals["ai_agents"] = ",".join(sorted(agents)) or NONE
    signals["tdm"] = tdm or NONE
    if policy:
        signals["tdm_policy"] = policy
    signals["licence"] = clean_line(licence, limit=_MAX_VALUE) or NONE
    signals["free_access"] = NONE if free_access is None else "yes" if free_access else "no"
    return signals


def robots_signals(rules: RobotsRules, url: str | None = None, *, reachable: bool = True) -> dict[str, str]:
    """Signals of a site's robots.txt; with *url*, also whether it allows us that URL."""
    if not reachable:
        return {"robots_txt": "unreachable"}
    signals: dict[str, str] = {}
    for value in rules.content_signals:
        _content_signal(value, signals)
    for key in ("ai_train", "ai_input", "search"):
        signals.setdefault(key, NONE)
    signals["ai_agents"] = ",".join(sorted(rules.ai_denied)) or NONE
    if url is not None:
        signals["robots_txt"] = "allow" if rules.allowed(url) else "disallow"
    return signals


def _tdm(value: str, before: str | None) -> str | None:
    """``tdm-reservation`` is 1 (reserved) or 0 (open); reserved wins, anything else says nothing."""
    word = value.strip()
    if word == "1":
        return "reserved"
    if word == "0":
        return before or "open"
    return before


def _content_signal(value: str, into: dict[str, str]) -> None:
    """``search=yes, ai-train=no``, also after a path; where one is said twice the ``no`` holds."""
    for name, said in _PAIR.findall(value[:_MAX_VALUE].lower()):
        key, answer = _SIGNAL_KEYS.get(name), _YES_NO.get(said)
        if key and answer and into.get(key) != "no":
            into[key] = answer


_RANKS: Mapping[str, tuple[str, ...]] = {
    # From the freest to the strictest.
    "robots_txt": (NONE, "allow", "unreachable", "disallow"),
    "ai_train": (NONE, "yes", "no"),
    "ai_input": (NONE, "yes", "no"),
    "search": (NONE, "yes", "no"),
    "tdm": (NONE, "open", "reserved"),
    "free_access": ("yes", NONE, "no"),
}


def _licence_rank(value: str) -> int:
    """0 for the freest open licence, a large number for what is not open: nothing said is all rights reserved."""
    low = value.lower()
    for rank, (_, pattern) in enumerate(_OPEN):
        if pattern.search(low):
            return rank
    return 10 if value != NONE else 9


def merge(*parts: Mapping[str, str]) -> dict[str, str]:
    """Several signals of one party as one, the strictest of each; a key that no part looked up stays absent."""
    merged: dict[str, str] = {}
    for part in parts:
        for key, value in part.items():
            merged[key] = value if key not in merged else _stricter(key, merged[key], value)
    return merged


def _stricter(key: str, one: str, other: str) -> str:
    if key in _RANKS:
        ranks = _RANKS[key]
        return max(one, other, key=lambda value: ranks.index(value) if value in ranks else 0)
    if key in {"robots_meta", "ai_agents"}:
        union = {word for value in (one, other) if value != NONE for word in value.split(",")}
        return ",".join(sorted(union)) or NONE
    if key == "licence":
        return max(one, other, key=_licence_rank)
    return one if one != NONE else other


def effective(post_signals: Mapping[str, str], original_signals: Mapping[str, str]) -> dict[str, str]:
    """The stricter of both parties for each signal: it governs the text whichever copy it came from.

    A key that only one party was asked for is taken from that one.
    """
    return merge(post_signals, original_signals)


def opted_out(signals: Mapping[str, str]) -> str | None:
    """Which opt-out *signals* (effective ones) hold, comma-joined in a fixed order, or ``None``."""
    found = []
    if signals.get("tdm") == "reserved":
        found.append("tdm")
    if signals.get("ai_train") == "no":
        found.append("ai_train")
    if signals.get("ai_input") == "no":
        found.append("ai_input")
    if signals.get("ai_agents", NONE) != NONE:
        found.append("ai_agents")
    directives = set(signals.get("robots_meta", "").split(","))
    found.extend(word for word in ("noindex", "noarchive") if word in directives)
    return ",".join(found) or None


def is_open(signals: Mapping[str, str]) -> bool:
    """Whether *signals* name an open licence (CC0, CC BY, CC BY-SA, public domain) and no opt-out."""
    return _licence_rank(signals.get("licence", NONE)) < len(_OPEN) and opted_out(signals) is None
