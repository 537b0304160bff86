"""robots.txt by RFC 9309: which group is ours, what it allows, and what an answer's status means. Pure, no I/O.

Groups are found here, to the letter (product token, merged groups, other
records never end a group); matching of paths is Protego's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from protego import Protego

__all__ = ["AI_AGENTS", "MAX_ROBOTS_BYTES", "RobotsRules", "decide", "parse"]

#: RFC 9309 section 2.5: a parser takes at least 500 KiB; the rest is not read.
MAX_ROBOTS_BYTES = 500 * 1024
MAX_SITEMAPS = 1_000
MAX_LICENCES = 5
#: Rules for AI agents that are looked at, all together; a file can be written so that each agent has all of its rules.
MAX_AI_RULES = 50_000
MAX_SIGNALS = 100
#: Crawl-delays beyond a day are nonsense or a way to say no; kept as a day.
MAX_CRAWL_DELAY = 86_400.0

#: Agents that collect for AI training or answering, or that act for a user of an AI: who denies one of them has said
#: something about AI. Product tokens of the list that the project ai.robots.txt keeps (November 2026), without those of
#: search engines and link previews that serve other ends as well.
AI_AGENTS = tuple(
    """
    AddSearchBot AI2Bot AI2Bot-DeepResearchEval Ai2Bot-Dolma aiHitBot amazon-kendra Amazonbot AmazonBuyForMe
    Amzn-SearchBot Amzn-User Andibot anthropic-ai Applebot-Extended atlassian-bot AzureAI-SearchBot bedrockbot Bravebot
    Brightbot Bytespider CCBot ChatGLM-Spider ChatGPT-User Claude-Code Claude-SearchBot Claude-User Claude-Web ClaudeBot
    Cloudflare-AutoRAG CloudVertexBot cohere-ai cohere-training-data-crawler Cotoyogi Crawl4AI Crawlspace DeepSeekBot
    Devin Diffbot DuckAssistBot FacebookBot FirecrawlAgent FriendlyCrawler Gemini-Deep-Research Google-Agent
    Google-CloudVertexBot Google-Extended Google-Firebase Google-Gemini-CLI Google-NotebookLM GoogleAgent-Mariner GPTBot
    iAskBot iaskspider ICC-Crawler ImagesiftBot img2dataset kagi-fetcher KlaviyoAIBot laion-huggingface-processor
    LAIONDownloader LinerBot LinkupBot Manus-User meta-externalagent meta-externalfetcher MistralAI-User
    MyCentralAIScraperBot newsai NotebookLM NovaAct OAI-SearchBot omgili omgilibot OpenAI PanguBot Perplexity-User
    PerplexityBot PhindBot Poggio-Citations QuillBot SBIntuitionsBot SemrushBot-OCOB ShapBot TavilyBot Thinkbot
    TikTokSpider Timpibot VelenPublicWebCrawler Webzio-Extended wpbot WRTNBot YouBot
    """.split()
)

_LINE = re.compile(r"\r\n|\r|\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_TOKEN = re.compile(r"[a-z0-9_-]+")
# Misspellings that name what was meant; a rule is better kept than lost.
_DISALLOW = frozenset({"disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"})
_AGENT = frozenset({"user-agent", "useragent", "user agent"})
_SIGNAL = frozenset({"content-signal", "content-usage"})


@dataclass
class _Group:
    agents: set[str] = field(default_factory=set)
    rules: list[tuple[str, str]] = field(default_factory=list)
    crawl_delay: float | None = None
    signals: list[str] = field(default_factory=list)


def _records(text: str) -> Iterator[tuple[str, str]]:
    """Lower-case key and value of each line that has them."""
    for raw in _LINE.split(text):
        line = _CONTROL.sub("", raw).partition("#")[0].strip()
        if not line:
            continue
        key, colon, value = line.partition(":")
        if not colon:
            key, _, value = line.partition(" ")
        yield key.strip().lower(), value.strip()


def _product(value: str) -> str:
    """The product token of a user-agent line: ``*``, or its leading token in lower case."""
    value = value.lower()
    if value.startswith("*"):
        return "*"
    found = _TOKEN.match(value)
    return found[0] if found else ""


def _delay(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    if not math.isfinite(seconds) or seconds < 0:
        return None
    return min(seconds, MAX_CRAWL_DELAY)


@dataclass
class _File:
    """What a robots.txt holds. ``common``: what stands before the first group, and so of all agents."""

    groups: list[_Group] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    licences: list[str] = field(default_factory=list)
    common: _Group = field(default_factory=_Group)


def _read(text: str) -> _File:
    read = _File()
    groups = read.groups
    group: _Group | None = None
    for key, value in _records(text):
        if key in _AGENT:
            # Only a rule ends the list of agents; other records do not (section 2.2.4).
            if group is None or group.rules:
                group = _Group()
                groups.append(group)
            group.agents.add(_product(value))
        elif key == "sitemap":
            if value and len(read.sitemaps) < MAX_SITEMAPS:
                read.sitemaps.append(value)
        elif key == "license":
            # RSL 1.0: the address of a document of licences, of the whole site.
            if value and len(read.licences) < MAX_LICENCES:
                read.licences.append(value)
        elif key in _SIGNAL:
            # Before the first group it is said to nobody in particular: to all.
            signals = (group or read.common).signals
            if len(signals) < MAX_SIGNALS:
                signals.append(value)
        elif group is None:
            continue
        elif key == "allow" or key in _DISALLOW:
            group.rules.append(("allow" if key == "allow" else "disallow", value))
        elif key in {"crawl-delay", "crawl delay"}:
            delay = _delay(value)
            if delay is not None:
                group.crawl_delay = max(delay, group.crawl_delay or 0.0)
    return read


def _for_agent(groups: Iterable[_Group], token: str) -> list[_Group]:
    """The groups that hold for *token* (lower case): its own, all of them, else those of ``*``."""
    groups = list(groups)
    own = [group for group in groups if token in group.agents]
    return own or [group for group in groups if "*" in group.agents]


_PATH_BEGINS = re.compile(r"[/?\\]")


def _path(url: str) -> str:
    """Path and query of *url* as they are requested: two slashes at its start and an empty query stand for themselves.

    ``urlsplit`` and ``urlunsplit`` drop the one and read the other as a host.
    """
    rest = url.partition("#")[0].partition("://")[2]
    start = _PATH_BEGINS.search(rest)
    if start is None:
        return "/"
    path = rest[start.start() :]
    return path if path.startswith("/") else "/" + path


#: Up to so many rules are parsed when their file is read. Of more, those that may match are parsed for each URL: twenty
#: thousand parsed rules are so many objects that each full garbage collection holds the event loop for a second.
FEW_RULES = 500
#: What stands for itself in a URL and in a rule, however either of them is escaped.
_PLAIN = re.compile(r"[A-Za-z0-9_.~/=-]*")
_INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class _Matcher:
    """The rules of one agent; which of them decides is for Protego to say.

    ``leads``: of each line, the plain text that a path it matches begins with. ``parsed``: all of them, where they are
    few.
    """

    lines: tuple[str, ...]
    leads: tuple[str, ...]
    parsed: Protego | None

    @classmethod
    def of(cls, groups: Iterable[_Group]) -> _Matcher | None:
        """The rules of *groups*; ``None`` where there is none."""
        rules = [(key, value) for group in groups for key, value in group.rules if value]
        lines = tuple(f"{key}: {value}" for key, value in rules)
        if not lines:
            return None
        if len(lines) <= FEW_RULES:
            return cls(lines, (), _parsed(lines))
        return cls(lines, tuple(_lead(value) for _, value in rules), None)

    def allows(self, path: str) -> bool:
        """Whether *path*, which begins with a slash, is allowed."""
        # Protego takes a URL or a path; a path of two slashes it reads as a URL. So it is given the URL.
        url = f"http://h{path}"
        if self.parsed is not None:
            return _can_fetch(self.parsed, url)
        plain = _PLAIN.match(path)
        start = plain[0] if plain is not None else ""
        # What follows the plain start of a path may be a plain text that is escaped.
        more = start != path
        near = [
            line
            for line, lead in zip(self.lines, self.leads, strict=True)
            if start.startswith(lead) or (more and lead.startswith(start))
        ]
        return bool(_parsed(near).can_fetch(url, "*"))


@lru_cache(maxsize=256)
def _can_fetch(parsed: Protego, url: str) -> bool:
    """Asked before a page is asked for, and again when its signals are noted."""
    return bool(parsed.can_fetch(url, "*"))


def _parsed(lines: Iterable[str]) -> Protego:
    return Protego.parse("User-agent: *\n" + "\n".join(lines))


def _lead(value: str) -> str:
    """The plain text that each path begins with that the rule *value* matches."""
    found = _PLAIN.match(value) if value.startswith("/") else None
    # Who allows the index page allows its folder: Protego's rule, and Google's.
    return found[0].removesuffix(_INDEX) if found is not None else ""


def _allows(matcher: _Matcher | None, path: str) -> bool:
    """Whether *matcher* (None: no rules) allows *path*, which begins with a slash."""
    return matcher is None or matcher.allows(path)


def _ai_matchers(groups: list[_Group], named: set[str]) -> Iterator[tuple[str, _Matcher]]:
    """The AI agents that *groups* name, each with its rules; agents of the same groups share them."""
    made: dict[tuple[int, ...], _Matcher | None] = {}
    rules = 0
    for name in AI_AGENTS:
        if name.lower() not in named:
            continue
        own = _for_agent(groups, name.lower())
        key = tuple(map(id, own))
        if key not in made:
            rules += sum(len(group.rules) for group in own)
            if rules > MAX_AI_RULES:
                return
            made[key] = _Matcher.of(own)
        if (matcher := made[key]) is not None:
            yield name, matcher


@dataclass(frozen=True)
class RobotsRules:
    """What a site's robots.txt says to one agent.

    ``blanket``: True or False when all paths are allowed or denied without
    rules (no file, an error), else None. ``crawl_delay``: seconds or None.
    ``content_signals``: values of Content-Signal and Content-Usage lines.
    ``ai_denied``: AI agents whom it denies the front page. ``licences``: addresses of RSL documents.
    """

    blanket: bool | None = None
    crawl_delay: float | None = None
    content_signals: tuple[str, ...] = ()
    ai_denied: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    _ai: tuple[tuple[str, _Matcher], ...] = field(default=(), repr=False, compare=False)
    _matcher: _Matcher | None = field(default=None, repr=False, compare=False)

    def allowed(self, url: str) -> bool:
        """Whether *url* (absolute, of this site) may be fetched. ``/robots.txt`` itself always may."""
        path = _path(url)
        if path == "/robots.txt":
            return True
        if self.blanket is not None:
            return self.blanket
        return _allows(self._matcher, path)

    @property
    def is_long(self) -> bool:
        """Whether it holds so many rules that a question takes milliseconds: not to be asked in an event loop."""
        return any(one is not None and one.parsed is None for one in (self._matcher, *(rules for _, rules in self._ai)))

    def ai_denied_at(self, url: str) -> tuple[str, ...]:
        """The AI agents whom it denies *url* or the front page, by name."""
        path = _path(url)
        here = {name for name, matcher in self._ai if not _allows(matcher, path)}
        return tuple(sorted(here.union(self.ai_denied)))


ALLOW_ALL = RobotsRules(blanket=True)
DENY_ALL = RobotsRules(blanket=False)


def parse(body: bytes, agent: str) -> RobotsRules:
    """The rules for *agent* (a product token such as ``newscrawl``) in *body*, of which the first 500 KiB are read.

    Never raises: what is not robots.txt holds no rules.
    """
    if len(body) > MAX_ROBOTS_BYTES:
        body = body[:MAX_ROBOTS_BYTES]
        # A rule cut in half could say the opposite.
        end = max(body.rfind(b"\n"), body.rfind(b"\r"))
        body = body[: end + 1] if end >= 0 else b""
    text = body.decode("utf-8-sig", "replace")
    read = _read(text)
    groups = read.groups
    ours = _for_agent(groups, agent.lower())
    delays = [group.crawl_delay for group in ours if group.crawl_delay is not None]
    named = {token for group in groups for token in group.agents}
    told = list(_ai_matchers(groups, named))
    return RobotsRules(
        crawl_delay=max(delays) if delays else None,
        content_signals=tuple(signal for group in (read.common, *ours) for signal in group.signals),
        ai_denied=tuple(name for name, matcher in told if not _allows(matcher, "/")),
        sitemaps=tuple(read.sitemaps),
        licences=tuple(read.licences),
        _ai=tuple(told),
        _matcher=_Matcher.of(ours),
    )


def decide(status: int | None, body: bytes, agent: str) -> RobotsRules:
    """What an answer to the request for robots.txt means (RFC 9309, section 2.3.1).

    *status*: of the last answer after redirects, ``None`` when there was none
    (timeout, DNS, connection, refusal). 2xx is parsed; 4xx, and redirects that
    lead nowhere, are *unavailable*: everything allowed. 5xx and no answer are
    *unreachable*: everything denied.
    """
    if status is None or status >= 500 or status < 200:
        return DENY_ALL
    if status >= 300:
        return ALLOW_ALL
    return parse(body, agent)
