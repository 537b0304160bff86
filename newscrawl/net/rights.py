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
``ai_agents``   AI agents that robots.txt denies the page or the site, or a
                directive the page; comma-joined
``tdm``         ``reserved``, ``open``: TDM Reservation Protocol (W3C CG)
``tdm_policy``  its policy URL, only where given
``licence``     URL or text of the licence: ``rel=license`` of links and of the
                Link header, JSON-LD, ``dcterms.license``, RSL in robots.txt
``free_access`` ``yes``, ``no`` (schema.org ``isAccessibleForFree``)
=============== ==========================================================

Beside a signal may stand ``<key>.source``, where it was said (``header``,
``meta``, ``html``, ``json-ld``, ``robots.txt``, ``tdmrep.json``), and
``<key>.at``, when that was looked up (UTC, ISO 8601), where it is another time
than the page's. :func:`detailed` takes the three apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import orjson

from newscrawl.net.robots_rules import AI_AGENTS, RobotsRules, parse
from newscrawl.text import clean_line

__all__ = [
    "POLICIES",
    "SIGNALS",
    "detailed",
    "effective",
    "is_open",
    "merge",
    "opted_out",
    "page_signals",
    "robots_signals",
    "tdm_signals",
]

#: Every signal, in order of its name.
SIGNALS = tuple("ai_agents ai_input ai_train free_access licence robots_meta robots_txt search tdm tdm_policy".split())
#: Under which names a signal, its source and its time stand.
_PLACES = {key: (key, f"{key}.source", f"{key}.at") for key in SIGNALS}

#: What may leave of a record, in feeds and exports. ``all``: as it is. ``no-optout``: the text of a record that opted
#: out of AI training or of text and data mining is withheld. ``open``: only records under an open licence.
POLICIES = ("no-optout", "open", "all")

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


def _by_agent(text: str) -> dict[str | None, str]:
    """The directives of one X-Robots-Tag value by agent; agent None: for all.

    ``otherbot: noindex, newscrawl: noai`` is two lines that a server or a proxy joined (RFC 9110, section 5.3): a
    name begins the directives of another agent.
    """
    found: dict[str | None, list[str]] = {}
    agent: str | None = None
    for part in text.split(",")[:_MAX_VALUES]:
        head, colon, rest = part.partition(":")
        name = head.strip().lower()
        if colon and name not in _VALUED and re.fullmatch(r"[\w.*-]+", name):
            agent, part = name, rest
        found.setdefault(agent, []).append(part)
    return {name: ",".join(parts) for name, parts in found.items()}


_LINK = re.compile(r"<([^<>]{1,2000})>((?:[^,<\"]|\"[^\"]{0,500}\")*)")
_REL = re.compile(r";\s{0,20}rel\s{0,20}=\s{0,20}(?:\"([^\"]{0,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)


def _licence_link(value: str) -> str | None:
    """The target of ``rel=license`` in a Link header (RFC 8288, RFC 4946), or ``None``."""
    for target, parameters in _LINK.findall(value):
        rel = _REL.search(parameters)
        if rel and "license" in (rel[1] or rel[2]).lower().split():
            return str(target).strip() or None
    return None


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
    licence_source: str = "html",
    free_access: bool | None = None,
    agent: str = "newscrawl",
) -> dict[str, str]:
    """Signals of one answer and its page.

    Args:
        headers: name and value of each response header (one pair a line).
        metas: ``name`` and ``content`` of each meta element; those of names that say nothing of use are passed over.
        licence: what the page names as its licence (``rel=license``, JSON-LD), None when it names none.
        licence_source: where it does, ``html`` or ``json-ld``.
        free_access: ``isAccessibleForFree``, None when not said.
        agent: our product token.
    """
    said = _Said(agent)
    for name, value in list(headers)[:_MAX_VALUES]:
        name, value = name.strip().lower(), value[:_MAX_VALUE]
        if name == "x-robots-tag":
            for scope, text in _by_agent(value).items():
                said.robots(scope, text, "header")
        elif name in {"content-signal", "content-usage"}:
            _content_signal(value, said.signals)
        elif name == "link":
            said.licence(_licence_link(value), "header")
        else:
            said.tdm(name, value, "header")
    for name, value in list(metas)[:_MAX_VALUES]:
        name, value = (name or "").strip().lower(), (value or "")[:_MAX_VALUE]
        if name in said.us:
            said.robots(None, value, "meta")
        elif name in _AI_LOWER:
            said.robots(name, value, "meta")
        elif name in {"dcterms.license", "dc.license"}:
            said.licence(value, "meta")
        else:
            said.tdm(name, value, "meta")
    said.licence(licence, licence_source)
    return said.result(free_access)


class _Said:
    """Collects what an answer and its page say."""

    def __init__(self, agent: str) -> None:
        self.us = {"*", "robots", agent.lower()}
        self.signals: dict[str, str] = {}
        self._words: set[str] = set()
        self._agents: set[str] = set()
        self._where: dict[str, set[str]] = {}

    def robots(self, scope: str | None, text: str, where: str) -> None:
        """Directives of X-Robots-Tag or a meta element; *scope*: whom they are said to, None for all."""
        found = _words(text)
        if scope is None or scope in self.us:
            self._words.update(found)
            self._note("robots_meta", where, found)
            self._note("ai_train", where, found & _NO_AI)
        elif scope in _AI_LOWER and found & {"noindex", "noai", "noml"}:
            self._agents.add(_AI_LOWER[scope])
            self._note("ai_agents", where, found)

    def tdm(self, name: str, value: str, where: str) -> None:
        """``tdm-reservation`` or ``tdm-policy``; other names say nothing."""
        if name == "tdm-reservation":
            before = self.signals.get("tdm")
            after = _tdm(value, before)
            if after is not None and after != before:
                self.signals["tdm"] = after
                self._where["tdm"] = {where}
        elif name == "tdm-policy" and "tdm_policy" not in self.signals and (policy := clean_line(value)):
            self.signals["tdm_policy"] = policy
            self._note("tdm_policy", where, policy)

    def licence(self, value: str | None, where: str) -> None:
        """A licence; of several the one that lets least pass."""
        value = clean_line(value, limit=_MAX_VALUE)
        if not value:
            return
        before = self.signals.get("licence")
        if before is None or _licence_rank(value) > _licence_rank(before):
            self.signals["licence"] = value
            self._where["licence"] = {where}

    def _note(self, key: str, where: str, said: object) -> None:
        if said:
            self._where.setdefault(key, set()).add(where)

    def result(self, free_access: bool | None) -> dict[str, str]:
        """All signals, those that were not said as ``none``, with their sources."""
        signals = self.signals
        for key in ("ai_train", "ai_input", "search"):
            if key in signals:
                self._note(key, "header", True)
        if self._words & _NO_AI:
            signals["ai_train"] = "no"
        signals["robots_meta"] = ",".join(sorted(self._words)) or NONE
        signals["ai_agents"] = ",".join(sorted(self._agents)) or NONE
        signals["free_access"] = NONE if free_access is None else "yes" if free_access else "no"
        self._note("free_access", "json-ld", free_access is not None)
        for key in ("ai_train", "ai_input", "search", "tdm", "licence"):
            signals.setdefault(key, NONE)
        for key, places in self._where.items():
            signals[f"{key}.source"] = ",".join(sorted(places))
        return signals


def robots_signals(
    rules: RobotsRules, url: str | None = None, *, reachable: bool = True, at: str | None = None
) -> dict[str, str]:
    """Signals of a site's robots.txt; with *url*, also whether it allows us that URL, and AI agents.

    *at*: when it was answered (UTC, ISO 8601).
    """
    if not reachable:
        return _placed({"robots_txt": "unreachable"}, "robots.txt", at)
    signals: dict[str, str] = {}
    for value in rules.content_signals:
        _content_signal(value, signals)
    for key in ("ai_train", "ai_input", "search"):
        signals.setdefault(key, NONE)
    denied = rules.ai_denied if url is None else rules.ai_denied_at(url)
    signals["ai_agents"] = ",".join(sorted(denied)) or NONE
    if rules.licences:
        signals["licence"] = clean_line(rules.licences[0], limit=_MAX_VALUE) or NONE
    if url is not None:
        signals["robots_txt"] = "allow" if rules.allowed(url) else "disallow"
    return _placed(signals, "robots.txt", at)


#: Objects of a ``tdmrep.json`` that are read.
MAX_TDM_RULES = 1_000


def tdm_signals(body: bytes, url: str, *, at: str | None = None) -> dict[str, str]:
    """Signals of a site's ``/.well-known/tdmrep.json`` for *url* (TDM Reservation Protocol, section "file on the origin
    server"): the first object whose ``location`` matches the path, ``*`` and ``$`` as in robots.txt.

    *at*: when it was answered. An answer that is no such file says nothing. Never raises on account of *body*.
    """
    try:
        rules = orjson.loads(body)
    except orjson.JSONDecodeError:
        rules = None
    signals = {"tdm": NONE}
    for rule in (rules if isinstance(rules, list) else [])[:MAX_TDM_RULES]:
        if not isinstance(rule, dict) or not _covers(rule.get("location"), url):
            continue
        signals["tdm"] = _tdm(str(rule.get("tdm-reservation")), None) or NONE
        policy = rule.get("tdm-policy")
        if signals["tdm"] == "reserved" and isinstance(policy, str) and (policy := clean_line(policy)):
            signals["tdm_policy"] = policy
        break
    return _placed(signals, "tdmrep.json", at)


def _covers(location: object, url: str) -> bool:
    if not isinstance(location, str) or not location.startswith(("/", "*")) or len(location) > _MAX_VALUE:
        return False
    return not parse(f"User-agent: *\nDisallow: {location}\n".encode("utf-8", "replace"), "*").allowed(url)


def _placed(signals: dict[str, str], source: str, at: str | None) -> dict[str, str]:
    """*signals* with where and when each was looked up."""
    placed = dict(signals)
    for key, value in signals.items():
        if value != NONE:
            placed[f"{key}.source"] = source
        if at:
            placed[f"{key}.at"] = at
    return placed


def detailed(signals: Mapping[str, str], at: str | None) -> dict[str, dict[str, str]]:
    """*signals* as a record holds them: by name ``value``, ``at`` (*at* where it has no time of its own), ``source``.

    ``source`` is absent where nothing was said.
    """
    found: dict[str, dict[str, str]] = {}
    for key in SIGNALS:
        if key not in signals:
            continue
        found[key] = {"value": signals[key], "at": signals.get(f"{key}.at") or at or ""}
        if source := signals.get(f"{key}.source"):
            found[key]["source"] = source
    return found


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


#: Signals whose value is a list: the stricter of two is what either says.
_UNIONS = frozenset({"robots_meta", "ai_agents"})


def _licence_rank(value: str) -> int:
    """0 for the freest open licence, a large number for what is not open: nothing said is all rights reserved."""
    low = value.lower()
    for rank, (_, pattern) in enumerate(_OPEN):
        if pattern.search(low):
            return rank
    return 10 if value != NONE else 9


def merge(*parts: Mapping[str, str]) -> dict[str, str]:
    """Several signals of one party as one, the strictest of each; a key that no part looked up stays absent.

    Sources are those of the parts that said what stands; the time is the earliest of theirs.
    """
    parts = tuple(part for part in parts if part)
    if len(parts) == 1:
        # What one alone said: mostly the site's robots.txt, of which the page says nothing.
        only = parts[0]
        return {name: only[name] for key in SIGNALS if key in only for name in _PLACES[key] if name in only}
    # What the pages and posts of a site say is mostly the same: its robots.txt.
    return dict(_merged(tuple(tuple(part.items()) for part in parts)))


@lru_cache(maxsize=256)
def _merged(parts: tuple[tuple[tuple[str, str], ...], ...]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for part in map(dict, parts):
        for key in SIGNALS:
            if key in part:
                _merge_one(merged, part, key)
    return merged


def _merge_one(merged: dict[str, str], part: Mapping[str, str], key: str) -> None:
    if key not in merged:
        merged.update({name: part[name] for name in _PLACES[key] if name in part})
        return
    value = _stricter(key, merged[key], part[key])
    # Who said what stands: one of the two, or both.
    sayers = [one for one in (merged, part) if one[key] == value or (key in _UNIONS and one[key] != NONE)]
    sources = {word for one in sayers for word in one.get(f"{key}.source", "").split(",") if word}
    times = [one[f"{key}.at"] for one in sayers if f"{key}.at" in one]
    merged[key] = value
    for name, told in ((f"{key}.source", ",".join(sorted(sources))), (f"{key}.at", min(times, default=""))):
        merged.pop(name, None)
        if told:
            merged[name] = told


def _stricter(key: str, one: str, other: str) -> str:
    if key in _RANKS:
        ranks = _RANKS[key]
        return max(one, other, key=lambda value: ranks.index(value) if value in ranks else 0)
    if key in _UNIONS:
        union = {word for value in (one, other) if value != NONE for word in value.split(",")}
        return ",".join(sorted(union)) or NONE
    if key == "licence":
        return max(one, other, key=_licence_rank)
    return one if one != NONE else other


def effective(post_signals: Mapping[str, str], original_signals: Mapping[str, str]) -> dict[str, str]:
    """The stricter of both parties for each signal: it governs the text whichever copy it came from.

    A key that only one party was asked for is taken from that one. Sources and times are left out: each party's own
    signals have them.
    """
    return {key: value for key, value in merge(post_signals, original_signals).items() if key in SIGNALS}


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
