# ruff: noqa: E501 - tables of words
"""Authors: people and organisations, split and cleaned, in all scripts.

Order: JSON-LD, ``<meta>``, microdata and ``rel=author``, byline classes, a line near the heading that begins as a
byline does, the page's data. A name that is the site's own, or a login, counts only where none of them names a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from newscrawl.html.dates import around_dates
from newscrawl.html.literals import Keys
from newscrawl.html.structured import PageData, types_of, unescape
from newscrawl.text import clean_line

from .byline_words import AND, BY, BY_OF_LANGUAGE, BY_OR_NAME, FIRST_WORDS, GLUED, LABEL, WITH_AND, alternatives
from .scope import Scope

__all__ = ["clean_authors", "read_authors", "read_contradicted", "read_owner", "read_unmarked"]

MAX_AUTHORS = 40
MAX_NAME = 120

_BY = rf"{alternatives(BY)}|(?:{alternatives(BY_OR_NAME)})(?=\s*[:：]|\s+[^\s,;]+\s+[^\s,;])"
_LEAD = re.compile(
    r"(?i)\A\s*(?:(?:written|reported|story|words|text|posted|published|edited|compiled|article|review|analysis|opinion|interview|report|post"
    r"|geschrieben|verfasst|écrit|rédigé|publié|propos recueillis|escrito|redactado|scritto|a cura|testo|texto|geplaatst|geschreven|skrevet|ditulis|texte?|tekst)\s+)?"
    rf"(?:(?:view )?all posts by|more (?:posts )?(?:by|from)|posts by|{_BY}|autor(?:in)?|author|автор|yazar|ein(?:e)?\s+(?:analyse|kommentar|gastbeitrag|bericht|interview|reportage|kolumne)\s+von|"
    r"(?:aus|from)\s+\S{2,20}\s+(?:von|by))(?:s|en|innen)?\s*[:\-–]?\s+(?=\S)"
)
_LABEL = re.compile(rf"(?i)\A\s*(?:foto|photo|{alternatives(LABEL)})\s*(?:[:：=]|[／/|](?=\s*[^\x00-\x7f]))\s*")
# What parts names whatever stands beside it.
_SPLIT_SOFT = re.compile(r"\s*(?:;|\||•|·|／|、|\n)\s*")
_SPLIT_HARD = re.compile(r"\s*(?:;|\||•|·|／|、|\n|\s/\s|\s+(?:with|mit|avec|con)\s+)\s*", re.I)
# "and" in the languages of the press. One name may hold such a word too ("Ramón y Cajal", "Health and Welfare").
_CONJUNCTION = re.compile(rf"\s+(?:{alternatives(AND)})\s+")
_CONJUNCTION_IN_CAPITALS = re.compile(_CONJUNCTION.pattern, re.I)
_OF = re.compile(r"(?i)\b(?:of|for|du|de la|für|der)\b")
_EMAIL = re.compile(r"(?:\(\s*)?[\w.+\-]{1,64}@[\w\-]{1,64}(?:\.[\w\-]{1,32}){1,4}(?:\s*\))?")
_HANDLE = re.compile(r"(?:\A|\s)@\w{2,30}")
_URL = re.compile(r"(?:https?://|www\.)\S{1,300}")
_PAREN = re.compile(r"\s*[(\[（][^()\[\]（）]{0,80}[)\]）]\s*")
_ROLE_WORDS = (
    r"(?:senior |chief |deputy |staff |special |political |health |science |environment |business |world |national |foreign |digital |news |"
    r"economics |education |sports? |crime |technology |tech |royal |diplomatic |defence |defense |white house |managing |associate |assistant |"
    r"contributing |executive |general |guest |freelance |lead |principal |us |uk |europe |asia |africa |middle east |global |city |media |legal )*"
    r"(?:correspondent|reporter|editor|editor[- ]in[- ]chief|writer|columnist|journalist|producer|contributor|analyst|critic|author|"
    r"redakteur(?:in)?|reporter(?:in)?|korrespondent(?:in)?|chefredakteur(?:in)?|autor(?:in)?|volont[äa]r(?:in)?|journalist(?:in)?|"
    r"redactor(?:a)?|periodista|corresponsal|journaliste|r[ée]dacteur|r[ée]dactrice|giornalista|redattore|journalista|"
    r"기자|특파원|記者|编辑|記者)"
)
_ROLE = re.compile(rf"(?i)\s*(?:[,\-–—|]|\bis an?\b|\bis the\b)\s*(?:the\s+)?{_ROLE_WORDS}(?:[\s,].{{0,80}})?\Z")
# "Jane Doe Senior Autos Reporter": templates put the role into an element of its own, without a sign between.
_ROLE_GLUED = re.compile(
    r"(?<=\w\s)(?:senior|deputy|staff|lead|managing|associate|assistant|contributing|executive|freelance|guest|special)\s(?:[\w&]{2,20}\s){0,2}"
    r"(?:correspondent|reporter|editor|writer|columnist|journalist|producer|contributor|analyst)\Z",
    re.I,
)
# "Jane Doe - Valley Editorial Team"
_TEAM = re.compile(r"(?i)\s[-–—|]\s(?:[\w'’&.]{1,30}\s){0,4}(?:team|staff|desk|newsroom)\Z")
_ROLE_ONLY = re.compile(rf"(?i)\A(?:the |our |an? )?{_ROLE_WORDS}s?\Z")
_CJK_ROLE = re.compile(
    r"(?<=[^\x00-\u0fff])\s*(?:기자|특파원|선임기자|記者|记者|編集委員|編集部員|특별취재팀|論説委員)\Z"
)
_CJK_LEAD = re.compile(r"\A(?:本报|本刊|新华社)?(?:记者|記者|通讯员|作者|撰文|撰稿)\s+(?=\S)")
_TAIL = re.compile(
    r"(?i)(?:\s*[,\-–—|:]\s*|\s+)(?:(?:updated|published|posted|last modified|aktualisiert|veröffentlicht)\b"
    r"|(?:stand:|follow (?:\w+ )?on|view (?:all|profile|bio|more|posts)|see (?:all|more|full)|more (?:from|by|posts|stories|articles)"
    r"|read (?:more|full|bio|next)|follow\Z|bio\Z|profile\Z)).{0,200}\Z"
)
_DATE_TAIL = re.compile(
    r"(?i)\s*[,|\-–]?\s*(?:\w{3,9}\.?\s\d{1,2},?\s\d{4}|\d{1,2}\.?\s\w{3,10}\.?\s\d{4}|\d{1,2}[./]\d{1,2}[./]\d{2,4}).{0,60}\Z"
)
_NOT_NAME = frozenset(
    {
        "admin", "administrator", "author", "authors", "by", "editor", "root", "none", "null", "undefined", "unknown", "user",
        "webmaster", "anonymous", "n/a", "na", "-", "von", "autor", "redaktion", "redaktør", "superuser", "wordpress", "webredaktion",
        "follow", "share", "subscribe", "facebook", "twitter", "instagram", "linkedin", "email", "e-mail", "mail", "comments", "comment",
        "contributor", "guest", "staff", "home", "news", "about", "contact", "more", "read more", "view profile", "profile", "x", "website",
        "see more", "biography", "bio", "rss", "bluesky", "mastodon", "threads", "tiktok", "youtube", "manufacturer", "nachrichten", "account", "print", "photo", "view", "head", "spotlight", "blue sky",
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "video", "advertisement", "true", "false", "person", "organization", "default",
    }
)  # fmt: skip
_SPACE = re.compile(r"\s+")
# Academic and professional letters behind a name, which are no names; "Jr." and "III" belong to the one before them.
_DEGREE = re.compile(
    r"(?i)\A(?:(?:ph\.?\s?d|m\.?\s?d|d\.?\s?o|r\.?\s?d\.?\s?n?|r\.?\s?n|b\.?\s?s\.?\s?n?|b\.?\s?a|m\.?\s?a|m\.?\s?s\.?\s?[cnw]?|m\.?\s?b\.?\s?a|m\.?\s?p\.?\s?h"
    r"|j\.?\s?d|ll\.?\s?[bmd]|esq|d\.?\s?d\.?\s?s|d\.?\s?m\.?\s?d|d\.?\s?v\.?\s?m|pharm\.?\s?d|psy\.?\s?d|ed\.?\s?d|dr\.?\s?ph|cpa|cfa|cfp|cscs|np|aprn|dnp|lcsw|lmft"
    r"|lpc|ldn|pt|dpt|ot|pmp|pe|faap|facp|facs|facc|face|facog|faan|fnp(?:-?bc)?|rdn|cde|cdces|obe|mbe|cbe|qc|kc|mp|mep|frcp|dabom|foma|faclm|dipablm|rvt|cpt|ace|nasm)\.?"
    r"[\s,/]*)+\Z"
)
_JUNIOR = re.compile(r"(?i)\A(?:jr|sr|jun|sen|ii|iii|iv)\.?\Z")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
# What templates and content systems leave behind in place of a name.
_PLACEHOLDER = re.compile(
    r"\A(?:[\w-]+(?:\.[\w-]+){2,}|\{.*\}|\[.*\]|%.*%|\$.*|.*\b(?:min(?:ute)?s?(?: read)?|views|likes|comments?|kommentare?|commentaires?|comentarios?))\Z",
    re.I,
)
# Words of links that stand where names do: "View all posts by", "Member Login", "Insights from".
_NOT_START = re.compile(
    r"(?i)\A(?:view|get|read|see|follow|subscribe|more|all|click|sign|log|share|updated|insights|about|posts|member|your|my)\s+(\w+)"
)
_LINK_WORDS = frozenset("about login more all posts archive profile team us by from in up rss".split())
_LOGIN = re.compile(r"\A[a-z0-9._-]+\Z|admin|webmaster", re.A)
_LATIN_NAME = re.compile(r"[^\W\d_]")


def _one(name: str) -> str | None:
    if "<" in name:
        name = _MARKUP.sub(" ", name)
    name = _EMAIL.sub(" ", name)
    name = _URL.sub(" ", name)
    name = _HANDLE.sub(" ", name)
    name = _DATE_TAIL.sub("", _TAIL.sub("", name))
    for _ in range(2):
        name = _CJK_LEAD.sub("", _LABEL.sub("", _LEAD.sub("", name)))
    name = _CJK_ROLE.sub("", _ROLE.sub("", name))
    glued = _ROLE_GLUED.search(name)
    if glued and len(name[: glued.start()].split()) >= 2:
        name = name[: glued.start()]
    name = _SPACE.sub(" ", name).strip(" \t\r\n,;:|/·•-–—*\"“”„«»<>'’‘")
    if name.startswith("."):
        return None
    if not name or len(name) > MAX_NAME or not _LATIN_NAME.search(name):
        return None
    if (
        name.casefold() in _NOT_NAME
        or _ROLE_ONLY.match(name)
        or _PLACEHOLDER.match(name)
        or _DEGREE.match(name)
        or _is_label(name)
    ):
        return None
    if len(name.split()) > 9 or name.endswith(("…", "...", "?", "!")):
        return None
    return name


def _is_label(name: str) -> bool:
    """Whether *name* is a link's label: a verb or pronoun before a word in small letters or one of a link's words."""
    found = _NOT_START.match(name)
    return found is not None and (found[1].lower() in _LINK_WORDS or found[1].islower())


# Behind the authors: who took the pictures, who edited.
_OTHER_CREDIT = re.compile(
    r"(?i)(?<=\S)[\s,;/|.]{1,5}(?:photo(?:s|graphs?|graphy)?|fotos?|bild(?:er)?|images?|illustrations?|videos?|graphics?|editing|edited|edition|edici[óo]n"
    r"|编辑|編輯|责编|责任编辑|图|圖|摄影|攝影|校对|写真|撮影|編集|фото|видео|редактор|사진|영상|편집|تصوير|צילום|ภาพ)\s{0,3}(?:by\b|von\b|par\b|por\b|[:：／/]).*\Z"
)


def _pieces(raw: str) -> list[str]:
    """*raw*, a byline, as single names."""
    raw = _PAREN.sub(" ", raw) if not raw.startswith(("(", "[")) else raw.strip("()[]")
    raw = _LABEL.sub("", _LEAD.sub("", _SPACE.sub(" ", raw.replace("\n", " ; ")).strip()))
    raw = _OTHER_CREDIT.sub("", raw)
    return [name for part in _SPLIT_HARD.split(raw) for name in _between_commas(part)]


def _between_commas(part: str) -> list[str]:
    """*part* at its commas and its "and", where they part names and not one name from its letters."""
    bits: list[str] = []
    for bit in filter(None, _COMMA.split(part)):
        if bits and _JUNIOR.match(bit):
            bits[-1] = f"{bits[-1]}, {bit}"
        elif not (bits and _DEGREE.match(bit)):
            bits.append(bit)
    whole = [name for bit in bits for name in _at_and(bit)]
    # A comma parts names where what stands on both sides looks like a full name ("Doe, Jane" does not).
    if len(bits) > 1 and all(_wordy(bit) for bit in whole):
        return whole
    if len(bits) > 1 and _wordy(bits[0]):
        # One word behind a full name is a place or a paper: "Von Jana Brückner, Berlin".
        return whole[:1] if any(_ROLE_ONLY.match(bit) for bit in bits[1:]) else [bit for bit in whole if _wordy(bit)]
    return [", ".join(bits)] if len(bits) > 1 else whole


_COMMA = re.compile(rf"\s*[,，،]\s*(?:(?:{alternatives(AND)})\s+)?")


def _apart(part: str) -> str:
    """*part* with a space behind each "and" that Arabic and Hebrew write together with the next name."""
    words = part.split()
    for at in range(2, len(words) - 1):
        names = WITH_AND.get(words[at][0])
        if names is not None and len(words[at]) > 2 and words[at] not in names:
            words[at] = f"& {words[at][1:]}"
    return " ".join(words)


def _at_and(part: str) -> list[str]:
    """*part* at its conjunctions: two surnames of one person and two fields of one ministry are one name."""
    if not part.isascii():
        part = _apart(part)
    conjunction = _CONJUNCTION_IN_CAPITALS if part.isupper() else _CONJUNCTION
    bits = conjunction.split(part)
    if len(bits) == 1 or _OF.search(bits[0]):
        return [part] if len(bits) > 1 and _OF.search(bits[0]) else bits
    marks = [found[0] for found in conjunction.finditer(part)]
    out = [bits[0]]
    for mark, bit in zip(marks, bits[1:], strict=True):
        single = len(bit.split()) == 1
        if single and (len(out[-1].split()) > 1 or len(mark.strip()) == 1) and not _cased_out(bit):
            out[-1] += mark + bit
        else:
            out.append(bit)
    return out


def _wordy(text: str) -> bool:
    return len(text.split()) >= 2 or _cased_out(text)


def _cased_out(text: str) -> bool:
    """Whether *text* is in a script without spaces between words, where one word may be a full name."""
    return not text.isascii() and max(text) >= "\u0e00"


def clean_authors(values: list[str], *, split: bool = True) -> list[str]:
    """*values* split into single names and cleaned, without repeats, in order.

    *split* false: each value is one name already (a JSON-LD object), only an
    unmistakable list inside it is parted.
    """
    out: list[str] = []
    seen: set[str] = set()
    for value in values[: MAX_AUTHORS * 2]:
        line = clean_line(_MARKUP.sub(" ", unescape(value[:2000])))
        if not line:
            continue
        team = _TEAM.search(line)
        if team and len(line[: team.start()].split()) > 1:
            line = line[: team.start()]
        for piece in _pieces(line) if split else _single(line):
            name = _one(piece)
            if not name:
                continue
            key = name.casefold()
            if key in seen:
                continue
            seen.add(key)
            out.append(name)
            if len(out) >= MAX_AUTHORS:
                return out
    return out


def _single(line: str) -> list[str]:
    """One name as it stands, without letters behind it; only an unmistakable list inside it is parted."""
    out = []
    for part in _SPLIT_SOFT.split(line):
        bits = re.split(r"\s*,\s*", part)
        kept = [bits[0], *(bit for bit in bits[1:] if not _DEGREE.match(bit))]
        out.append(", ".join(bit for bit in kept if bit))
    return out


def _names(data: PageData, value: Any, depth: int = 0) -> list[str]:
    if depth > 3:
        return []
    value = data.resolve(value)
    if isinstance(value, str):
        return [] if value.startswith(("http://", "https://", "//", "/")) else [value]
    if isinstance(value, list):
        return [name for item in value[:MAX_AUTHORS] for name in _names(data, item, depth + 1)]
    if isinstance(value, dict):
        if inner := value.get("@value") or value.get("@list"):
            return _names(data, inner, depth + 1)
        name = value.get("name")
        if name is None and (value.get("givenName") or value.get("familyName")):
            name = " ".join(str(value.get(k) or "") for k in ("givenName", "familyName"))
        return _names(data, name, depth + 1)
    return []


_META = (
    "citation_author",
    "citation_authors",
    "author",
    "article:author_name",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "dc.creator.personalname",
    "byl",
    "byline",
    "cxenseparse:author",
    "authors",
    "article:author",
    "og:article:author",
    "creator",
    "lp.article:author",
    "rbauthors",
    "vr:author",
)
# Journals write "Family, Given" there (Google Scholar's inclusion guidelines); each meta element holds one name.
_SURNAME_FIRST = frozenset(("citation_author", "citation_authors"))


def _given_first(name: str) -> str:
    """ "Family, Given" in the order of reading; what has no or several commas stays."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and "," not in given and given.strip() else name


_BYLINE = re.compile(
    r"(?i)(?:^|[\s_-])(?:byline|by-line|author|authors|autor|autoren|auteur|auteurs|writer|contributor|journalist|dc-creator)(?:[\s_-]|name|s?$|link)|byline|authorname|author-name"
)
_BYLINE_NOT = re.compile(
    r"(?i)bio|box|avatar|image|img|photo|social|comment|related|more|desc|about|date|follow|related|card|recirc|role|title"
)


_WRITTEN_BY = re.compile(
    r"(?i)\s{0,9}(?:written by|authors?|author\(s\)|contributors?|verfasst von|geschrieben von|autor(?:in)?|écrit par|rédigé par|escrito por|escrit per|scritto da"
    r"|geschreven door|skrevet av|skrevet af|skriven av|napisane przez|написано|автор|yazan|ditulis oleh|作者|執筆者)\s{0,9}:?\s{0,9}\Z"
)
_AND = re.compile(rf"(?i)^\s*(?:,|con|with|mit|avec|{alternatives(AND)})\s*$")
_DATE_LIKE = re.compile(
    r"(?i)\b(?:\d{1,2}[:.]\d{2}|(?:19|20)\d\d|january|february|march|april|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?\s+\d|ago|minutes?|hours?|monday|tuesday|wednesday|thursday|friday|saturday|sunday|uhr)\b|\d{1,2}[./]\d{1,2}[./]"
)
_PREPOSITION = re.compile(r"(?i)\s+(?:in|on|at|for|of|auf|bei|pour|para|em|su)\s.{0,100}\Z")


def _named(names: list[str]) -> list[str]:
    """*names* without what is no name to look at: a label or a sentence. A login (one word) stays."""
    return [name for name in names if " " not in name or _looks_like_names(name)]


def _text(element: HtmlElement) -> str:
    return " ".join(piece for piece in (t.strip() for t in element.itertext()) if piece)[:400]


# What sets the day off from the name in one piece of text.
_BETWEEN = re.compile(r"\s+[·|•]\s+")
_DATE_ONLY = re.compile(r"(?i)\A(?:\w{3,10},?\s)?(?:\w{3,10}\.?\s\d{1,2},?\s\d{4}|\d{1,2}\.?\s\w{3,10}\.?\s\d{4})\Z")


# What stands in the circle in place of a portrait.
_INITIALS = re.compile(r"\A[A-Z]{2,3}\Z")


@cache
def _lead_of_language(language: str) -> re.Pattern[str] | None:
    words = BY_OF_LANGUAGE.get(language)
    return re.compile(rf"(?i)\A\W{{0,3}}(?:{alternatives(words)})\s*:?\s+(?=\S)") if words else None


def _after_by(line: str, language: str | None) -> str | None:
    """What follows the word for "by" that only the page's own language (BCP 47) has; ``None`` without such a word."""
    lead = _lead_of_language(re.split(r"[-_]", (language or "").strip().lower(), maxsplit=1)[0])
    found = lead.match(line) if lead is not None else None
    return line[found.end() :] if found else None


def _linked_name(link: HtmlElement) -> str:
    """The text of *link*; without the role that stands in an element of its own behind the name."""
    pieces = [piece for text in islice(link.itertext(), _MOST_INNER) if (piece := " ".join(text.split()))]
    if len(pieces) > 1 and _LEAD.match(pieces[0] + " x"):
        pieces = pieces[1:] if _LEAD.sub("", pieces[0] + " x") == "x" else [_LEAD.sub("", pieces[0]), *pieces[1:]]
    if len(pieces) > 1 and _full_name(pieces[0]) and _ROLE_IN.search(" ".join(pieces[1:])[:_LONGEST_LINE]):
        return pieces[0]
    return " ".join(pieces)[:400]


def _byline(element: HtmlElement, language: str | None = None) -> list[str]:
    """The names of a byline element: its links where it has any, else its first piece of text that is a name.

    *language*: of the page.
    """
    linked = [t for a in element.iter("a") if 3 <= len(t := _linked_name(a)) <= 60 and not _DATE_LIKE.search(t)]
    if names := _named(clean_authors(linked)):
        return names
    texts = (" ".join(t.split()) for t in element.itertext())
    pieces = [p for text in texts for p in _BETWEEN.split(text) if p and not _DATE_ONLY.match(p)][:12]
    out: list[str] = []
    for piece in pieces:
        if len(piece) > 160 or _AND.match(piece):
            continue
        piece = _after_by(piece, language) or piece
        by = _LEAD.match(piece + " x") or _LABEL.match(piece)
        if by and by.end() >= len(piece):
            continue  # "By" alone: the name is the next piece
        found = clean_authors([_PREPOSITION.sub("", _DATE_CUT.sub("", piece))])
        found = [n for n in _named(found) if not _DATE_LIKE.search(n) and 1 < len(n) < 60 and not _INITIALS.match(n)]
        if found:
            out += found
            break
    return out


_DATE_CUT = re.compile(
    r"(?i)\s*[,|·•\-–—]?\s*(?:\bon\s+)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?\s+\d{1,2}|\d{1,2}\.?\s+(?:jan|feb|mar|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])|(?:19|20)\d\d[\-./年]|\d{1,2}[./]\d{1,2}[./]).{0,200}\Z"
)


def _people(names: list[str], publisher: str | None, host: str) -> list[str]:
    """*names* without the site itself and without logins."""
    return [name for name in names if not _is_site(name, publisher, host) and not _LOGIN.search(name)]


def _from_microdata(data: PageData, scope: Scope) -> list[str]:
    props = data.itemprops.get("author", []) + data.itemprops.get("creator", [])
    values = []
    for element in props[:MAX_AUTHORS]:
        if not scope.own(element):
            continue
        inner = element.xpath(".//*[@itemprop='name']")
        target = inner[0] if inner else element
        values.append(_DATE_CUT.sub("", target.get("content") or _first_name(target)))
    return clean_authors(values)


def _first_name(element: HtmlElement) -> str:
    """The text of *element*; of several pieces the first that looks like a full name: behind it stands a role."""
    pieces = [piece for text in element.itertext() if (piece := " ".join(text.split()))]
    if len(pieces) > 1 and 2 <= len(pieces[0].split()) <= 4 and not _LEAD.match(pieces[0]):
        return pieces[0]
    return " ".join(pieces)[:400]


def _from_rel(data: PageData, scope: Scope) -> list[str]:
    return _named(clean_authors([_text(element) for element in data.by_rel if scope.own(element)][:12]))


#: Elements looked at that are called a byline.
MAX_MARKED = 120


def _from_classes(data: PageData, scope: Scope) -> list[str]:
    """The first element that is called a byline; after those, the name in an author's box."""
    marked = data.marked.get("byline", [])[:MAX_MARKED]
    boxes = []
    for element in marked:
        marks = " ".join(filter(None, (element.get("class"), element.get("id"), element.get("data-testid"))))[:300]
        if not _BYLINE.search(marks) or not 2 <= len(_text(element)) <= 300:
            continue
        if _BYLINE_NOT.search(_DATE_AND_AUTHOR.sub(" ", marks)):
            if _BOX_NAME.search(marks):
                boxes.append(element)
            continue
        if scope.own(element) and (names := _byline(element, data.html_lang)):
            return names
    for element in boxes[:10]:
        if scope.own(element) and len(_text(element)) <= 60 and (names := _byline(element, data.html_lang)):
            return names[:1]
    return []


_DATE_AND_AUTHOR = re.compile(
    r"(?i)(?:publish(?:ed)?|post(?:ed)?)?[-_]?(?:date|time)[-_]?(?:and)?[-_]?author\w*|author[-_]?(?:and)?[-_]?(?:date|time)"
)
_BOX_NAME = re.compile(r"(?i)(?:author|writer)[\w-]*(?:name|title)\b|name[\w-]*author")


def _from_links(data: PageData, scope: Scope) -> list[str]:
    texts = [text for link in data.to_author if 3 <= len(text := _text(link)) <= 60 and scope.own(link)]
    return _named(clean_authors(texts[:3]))[:1]


# A line that begins as a byline does. What follows must be a name throughout: "By the way" is none.
_BY_LINE = re.compile(
    r"(?i)\A\W{0,3}(?:(?:(?:this (?:post|article|story|piece|blog) (?:was|is) )?(?:(?:co-?)?written|reported|words|story|text|posted|published|edited|compiled|article|post|interview|photos? and text"
    r"|propos recueillis|écrit|rédigé|texte|a cura|testo|scritto|texto|escrito|geschreven|ditulis|eine?\s[^\W\d_]{4,20})\s+)?"
    rf"(?:{_BY}|contributors?(?=\s*:)|de|автор|yazar|yazan|author|autor(?:in|es|a)?(?:[/:*_]-?\w{{2,6}})?|auteur|autore|penulis|tác giả"
    r"|szerző|kirjoittaja|skribent|autors|autorius|συντάκτης|του|της|المؤلف|כתב|लेखक|ผู้เขียน|作者|撰文|撰稿|記者|记者|执笔|執筆|文|글)"
    rf"(?:\s*[:：／/|]\s*|\s+)|(?:{alternatives(LABEL)})\s*[:：=／|]\s*)(?=\S)"
)
_BYLINE_COLON = re.compile(
    r"\A\W{0,3}(?:(?:作者|撰文|撰稿|記者|记者|执笔|執筆)\s*[:：／/|]?|(?:文|글)\s*[:：／/|])\s*(?=\S)"
)
_PARTICLE = frozenset("de da do dos das dal dalla degli del della di du van von der den ter ten la le el al bin ibn y e and und et og och & zu zur of the wa ould abu ben ap bint binti ibnu los las lo vom zum tot á".split())  # fmt: skip
#: Lines looked at after the heading and before it.
_LINES_BELOW, _LINES_ABOVE = 30, 12


def _looks_like_names(text: str) -> bool:
    """Whether each word of *text* may stand in a name: it begins with a capital, or its script has none."""
    words = re.findall(r"[^\s,;&]+", text)
    if not 1 <= len(words) <= 14 or any(character.isdigit() for character in text):
        return False
    real = [word for word in words if word.casefold() not in _PARTICLE]
    return bool(real) and all(_may_name(word) for word in real)


def _may_name(word: str) -> bool:
    head, hyphen, tail = word.partition("-")
    word = tail if hyphen and head in _PARTICLE else word
    first = next((character for character in word if character.isalpha()), "")
    # Georgian has capitals in Unicode that nobody writes names with.
    caseless = first.lower() == first.upper() or "\u10d0" <= first <= "\u10ff"
    return bool(first) and (first.isupper() or caseless) and not word.endswith((":", "!", "?"))


def _lines_near(root: HtmlElement, scope: Scope) -> list[str]:
    """Lines of text around the heading that begin as a byline does, those below it first; pieces set off by two spaces."""
    below: list[str] = []
    above: list[str] = []
    seen = scope.heading is None
    label = False
    for element in islice(root.iter(*_LINE_TAGS), _MOST_LINES):
        if element is scope.heading:
            seen = True
            continue
        if seen and len(below) >= _LINES_BELOW:
            break
        # Most elements end here: collecting their text costs more than all the rest.
        start = _first_text(element)
        if not start or not (label or _may_be_byline(start)):
            label = label and not start
            continue
        pieces = _short_pieces(element)
        text = _AND_BETWEEN.sub(r" \1 ", "  ".join(pieces))
        if label and 0 < len(text) <= 60:
            text = f"By {text}"
        label = bool(_WRITTEN_BY.match(text)) and seen
        if not label and len(text) >= 4 and _may_be_byline(text) and scope.own(element):
            (below if seen else above).append(text)
    return below + above[-_LINES_ABOVE:][::-1]


_LINE_TAGS = ("p", "div", "span", "li", "small", "h1", "h2", "h3", "h4", "h5", "h6", "address", "em", "section", "header", "td")  # fmt: skip
_AND_BETWEEN = re.compile(rf"\s{{1,3}}(,|{alternatives(AND)})\s{{1,3}}")
_LONGEST_LINE = 200
_MOST_INNER = 40
_MOST_LINES = 20_000


def _first_text(element: HtmlElement) -> str:
    """The text that *element* begins with, looked for a few elements down."""
    inner: HtmlElement | None = element
    for _ in range(5):
        if inner is None:
            break
        text = inner.text
        if text and not text.isspace():
            return str(text[:200]).strip()
        inner = inner[0] if len(inner) else None
    return ""


def _short_pieces(element: HtmlElement) -> list[str]:
    """The pieces of the text of *element*, or none where it is longer, or made of more elements, than a byline is."""
    pieces: list[str] = []
    size = 0
    for count, inner in enumerate(element.iter()):
        if count > _MOST_INNER:
            return []
        for text in (inner.text, inner.tail if inner is not element else None):
            if text and (piece := " ".join(text[: _LONGEST_LINE * 2].split())):
                pieces.append(piece)
                size += len(piece)
        if size > _LONGEST_LINE:
            return []
    return pieces


_FIRST_WORD = re.compile(r"[\s\"'“”«»(\[—–•·*~|-]{0,3}([^\s:：=／/|,.;()\[\]*_-]{1,30})")
# Korean and Japanese set the role behind the name: "김민수 기자".
_NAME_BEFORE_ROLE = re.compile(
    r"\A[\u3400-\u9fff\uac00-\ud7a3]{2,5}\s?(?:선임|수석)?\s?(?:기자|특파원|記者|记者)(?:\s+\S+@\S+)?\Z"
)


def _may_be_byline(line: str) -> bool:
    """Whether *line* begins as bylines do. Cheap: most lines of a page end here."""
    found = _FIRST_WORD.match(line)
    if found is None:
        return False
    word = found[1].casefold()
    return word in FIRST_WORDS or word[0] in GLUED or (word[0] >= "\u3400" and bool(_NAME_BEFORE_ROLE.match(line)))


_AT_END = re.compile(r"\s+(?:at|on|in|am|um|le)\s*\Z")


def _told_names(line: str, language: str | None) -> str | None:
    """What *line* says behind the words of a byline, or before a role; ``None`` where it is no byline."""
    if (own := _after_by(line, language)) is not None:
        return own
    if _NAME_BEFORE_ROLE.match(line):
        return line
    lead = _BY_LINE.match(line) or _BYLINE_COLON.match(line)
    return line[lead.end() :] if lead else None


def _from_lines(root: HtmlElement, scope: Scope, language: str | None) -> list[str]:
    """The names of the first line near the heading that begins as a byline does and holds names only."""
    for line in _lines_near(root, scope):
        told = _told_names(line, language)
        names = _names_in(told) if told is not None else []
        if names:
            return names
    return []


def _names_in(told: str) -> list[str]:
    """The names in *told*, what a line says behind the words of a byline; none where it holds anything else."""
    told = _OTHER_CREDIT.sub("", _HANDLE.sub(" ", _EMAIL.sub(" ", told)))
    rest = _AT_END.sub("", _DATE_CUT.sub("", _TAIL.sub("", told)))
    rest = re.split(r"\s[|·•–—]\s|\s-\s|\s{2,}|[。；]", rest)[0].strip(" ,.|·•-–—")
    plain = re.split(r"\s*,\s*", _PAREN.sub(" ", rest))
    if len(plain) > 2 and _DEGREE.match(plain[1]) and plain[2][:1].islower():
        plain = plain[:1]  # "Jane Doe, MD, cardiologist at …"
    kept = [part for part in plain if not _DEGREE.match(part) and not _ROLE_ONLY.match(part)]
    names = clean_authors([", ".join(kept)]) if kept and _looks_like_names(" , ".join(kept)) else []
    return names if all(len(name.split()) <= 5 for name in names) else []


# "By" before a name under the headline; not who took the pictures, edited or reviewed it.
_PLAIN_BY = re.compile(rf"(?i)\A\W{{0,3}}(?:(?:written|words|story|text)\s+)?(?:{alternatives(BY)})\s*[:：]?\s+(?=\S)")


def read_contradicted(near: Sequence[str], declared: Sequence[str], source: str | None) -> list[str]:
    """The full names of a byline right under the heading where the page's data names one other: who posted the article.

    *near*: short lines around the heading, nearest first (``features.near_heading``); *declared*, *source*: what
    :func:`read_authors` found.
    """
    if len(declared) != 1 or source not in _IN_DATA:
        return []
    known = set(declared[0].casefold().split())
    for line in near[1 : 1 + _LINES_FOR_NAMES]:
        lead = _PLAIN_BY.match(line) if len(line) <= _LONGEST_LINE else None
        if lead is None:
            continue
        names = _names_in(line[lead.end() :])
        full = bool(names) and all(_full_name(name) for name in names)
        return names if full and known.isdisjoint(word for name in names for word in name.casefold().split()) else []
    return []


_IN_DATA = frozenset(("json-ld", "meta", "opengraph"))


def _from_byline(data: PageData, root: HtmlElement, scope: Scope) -> list[str]:
    """The byline, found by its class or its words. Where the words name fewer, what else the element holds is no name."""
    marked = _from_classes(data, scope)
    if len(marked) == 1:
        return marked
    told = _from_lines(root, scope, data.html_lang)
    return told if not marked or (told and set(told) < set(marked)) else marked


_STATE_AUTHOR = Keys(
    re.compile(
        r"""(?i)\\?["'](?:page_?|post_?|article_?|content_?)*author(?:s|_?names?|_?full_?name)?\\?["']\s{0,3}:\s{0,3}\[?\s{0,3}"""
        r"""(?:\{\s{0,3}\\?["']name\\?["']\s{0,3}:\s{0,3})?\\?["']([^"'\\<>{}]{3,60})"""
    )
)


def _from_state(data: PageData) -> list[str]:
    """The author that the page's scripts name, where they all name the same one."""
    found = {
        name
        for _, script in data.state[:40]
        for match in _STATE_AUTHOR.finditer(script[:MAX_STATE])
        for name in clean_authors([match[1]])
    }
    return list(found) if len(found) == 1 else []


#: Characters of a script that are read for its author.
MAX_STATE = 300_000


def read_authors(
    data: PageData,
    article: dict[str, Any] | None,
    root: HtmlElement,
    publisher: str | None = None,
    host: str = "",
    title: str | None = None,
    scope: Scope | None = None,
) -> tuple[list[str], str | None]:
    """(names, source); ``([], None)`` where the page names nobody.

    *title*: the page's headline, which tells the page's own byline from those of other stories; *scope*: what was found
    with it.
    """
    weak: tuple[list[str], str] | None = None
    for names, source in _declared(data, article):
        if people := _people(names, publisher, host):
            return people, source
        # The site itself or a login as author: kept only where no byline names a person.
        weak = weak or (names, source)
    scope = scope or Scope(data, title)
    readers: tuple[tuple[Callable[[], list[str]], str], ...] = (
        (lambda: _from_microdata(data, scope), "microdata"),
        (lambda: _from_rel(data, scope), "html"),
        (lambda: _from_byline(data, root, scope), "html"),
        (lambda: _from_links(data, scope), "html"),
        (lambda: _from_state(data), "state"),
    )
    for read, source in readers:
        names = read()
        if people := _people(names, publisher, host):
            return people, source
        if names:
            weak = weak or (names, source)
    return weak or ([], None)


#: Lines looked at around the heading for a name without any word that says so.
_LINES_FOR_NAMES = 5
_BESIDE_NAME = re.compile(
    r"(?i)\b(?:min(?:ute)?s?\.?\s+read|read(?:ing)? time|lesezeit|lecture|last updated|updated)\b"
)
_PART_OF_LINE = re.compile(r"\s*[|•·]\s*|\s+[–—-]\s+|\s+[Bb][Yy]\s+|\A\s*[Bb][Yy]\s*(?=[A-Z])")


def read_unmarked(
    near: Sequence[str], data: PageData, publisher: str | None = None, host: str = "", title: str | None = None
) -> list[str]:
    """The name that stands near the heading without a word or class that calls it the author's.

    *near*: short lines around the heading, nearest first (``features.near_heading``). A line counts that is a full name
    and no more, beside a date, a role or a time of reading, or with the same name on a portrait; and the name in a
    line that holds a date. For pages on which :func:`read_authors` found nobody.
    """
    portraits = _portraits(data).intersection(line.casefold() for line in near)
    lines = [line for line in near[1 : 1 + _LINES_FOR_NAMES] if line != title and len(line) <= _LONGEST_LINE]
    for at, line in enumerate(lines):
        pieces = [part for text in around_dates(line) for part in _PART_OF_LINE.split(text) if part.strip(" ,.·•|-–—")]
        names = [name for piece in pieces[:3] if (name := _full_name(_PREPOSITION.sub("", piece)))]
        if not names or _is_site(names[0], publisher, host):
            continue
        around = (*pieces[1:], *near[1 + at + 1 : 1 + at + 4], *near[max(1, at) : 1 + at])
        told = bool(_GLUED_BY.match(line)) or len(around_dates(line)) > 1 or any(map(_tells_author, around))
        # Several lines that are also called so in pictures are things of a list.
        if told or portraits == {names[0].casefold()}:
            return names[:1]
    return _from_boxes(data, Scope(data, title), publisher, host)


# "ByJane Doe": the word and the name are elements of their own, without a space between.
_GLUED_BY = re.compile(r"By(?=[A-Z])")


def _from_boxes(data: PageData, scope: Scope, publisher: str | None, host: str) -> list[str]:
    """The full name that begins the boxes about an author, where all of them begin with the same one."""
    found: dict[str, str] = {}
    for element in data.marked.get("byline", [])[:MAX_MARKED]:
        marks = f"{element.get('class') or ''} {element.get('id') or ''}"[:300]
        if not _AUTHOR_BOX.search(marks) or not scope.own(element):
            continue
        first = next((text for piece in islice(element.itertext(), _MOST_INNER) if (text := piece.strip())), "")
        if (name := _full_name(_LABEL.sub("", first))) and not _is_site(name, publisher, host):
            found.setdefault(name.casefold(), name)
    return list(found.values()) if len(found) == 1 else []


_AUTHOR_BOX = re.compile(r"(?i)author[\w-]*(?:box|bio|card|info|text|wrap|block|section|detail|profile|content)")


def read_owner(data: PageData, text: str | None, host: str) -> list[str]:
    """The person whose own site the page is from, where the article speaks in the first person and names nobody.

    A site is a person's own where it is called by a full name of which its host holds a word.
    """
    if len(_FIRST_PERSON.findall((text or "")[:_READ_FOR_PERSON])) < _OFTEN:
        return []
    label = re.sub(r"[^a-z]", "", host.removeprefix("www.").lower())
    parts = re.split(r"\s+[|–—•·-]\s+", (data.title_tag or "")[-_LONGEST_LINE:])
    home = (_text(one) for one in data.elements if one.tag == "a" and one.get("href") in ("/", f"https://{host}/"))
    for candidate in (*parts[-1:], *parts[:1], data.first("og:site_name") or "", *islice(home, _HOME_LINKS)):
        name = _full_name(candidate) if len(parts) > 1 or candidate not in parts else None
        words = [re.sub(r"[^a-z]", "", word.lower()) for word in (name or "").split()]
        if name and len(words) <= 3 and any(len(word) >= 4 and word in label for word in words):
            return [name]
    return []


_FIRST_PERSON = re.compile(r"\b(?:I|I['’](?:m|ve|d|ll)|[Mm]y)\b")
#: Links to the front page that are looked at.
_HOME_LINKS = 3
#: Characters of a text that are read for the person it speaks in, and how often it must.
_READ_FOR_PERSON, _OFTEN = 20_000, 4


def _tells_author(line: str) -> bool:
    """Whether *line* is what stands beside an author's name, and little more: a date, a role, a time of reading."""
    if len(line) > _LONGEST_ROLE:
        return False
    rest, most = around_dates(line), _FEW_WORDS
    if len(rest) == 1:
        rest, most = _BESIDE_NAME.split(line), 1
    few = sum(len(_WORDS.findall(part)) for part in rest) <= most
    return (len(rest) > 1 and few) or bool(_ROLE_ONLY.match(line.strip(" |·•")))


_WORDS = re.compile(r"[^\W\d_]+")
#: Words that may stand beside a date which is a line of its own ("Published on", "Last updated").
_FEW_WORDS = 3


#: Characters of a line that is a date, a role or a time of reading.
_LONGEST_ROLE = 60
_ROLE_IN = re.compile(
    rf"(?i)\b{_ROLE_WORDS}\b|\b(?:head|director|manager|founder|officer|president|representative|member|professor|specialist|consultant|engineer"
    r"|coordinator|strategist|marketer|chef|winemaker|attorney|lawyer|counsel|partner|associate|physician|nurse|therapist|nutritionist|dietitian|coach|trainer|owner|ceo|cto|cfo"
    r"|scientist|researcher|educator|teacher|advis[eo]r|planner|designer|developer|architect|executive|lead|expert)\b"
)
_GROUP = frozenset(("team", "staff", "editors"))
_NAME_WORD = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:['’.-][^\W\d_]+)*\.?\Z")


def _full_name(text: str) -> str | None:
    """*text* as a name, where it is one of two to four words that all may stand in one."""
    parts = re.split(r"\s*,\s*", text.strip(" ,.|·•-–—*"))
    if any(not (_DEGREE.match(part) or (_ROLE_IN.search(part) and len(part) < _LONGEST_ROLE)) for part in parts[1:]):
        return None
    words = parts[0].split()
    if not 2 <= len(words) <= 4 or not all(_NAME_WORD.match(word) for word in words) or not _looks_like_names(parts[0]):
        return None
    if words[-1] in _PARTICLE:
        return None
    plain = words[:-1] if words[-1].casefold() in _GROUP else words
    if parts[0].isupper() or any(word.casefold() in _NO_NAME_WORDS for word in plain):
        return None
    found = clean_authors([parts[0]], split=False)
    return found[0] if len(found) == 1 and len(found[0].split()) == len(words) else None


def _portraits(data: PageData) -> set[str]:
    """The names on pictures, in small letters: their alternative texts, whole and up to the first comma."""
    texts = (str(element.get("alt") or "")[:MAX_NAME] for element in data.elements if element.tag == "img")
    cut = (_ON_PORTRAIT.sub("", text).strip() for text in islice(texts, _MOST_PICTURES))
    return {text.casefold() for text in cut if text}


_ON_PORTRAIT = re.compile(
    r"(?i)\s*(?:,.*|\b(?:image|photo|portrait|avatar|headshot|profile picture)\b.*)\Z|\A(?:image|photo|portrait|picture|avatar|headshot) of "
)
_MOST_PICTURES = 300
# Words of labels and headings in capitals that stand near a headline.
_NO_NAME_WORDS = frozenset(
    "about advertisement all and app article articles back best blog business by center comments company contact contents continue copied copy"
    " cookie download email facebook featured follow for free get guide guides health help home how image insights in is join key latest learn link"
    " list listen live login main menu more most my new news newsletter next now of on online open our overview page photo policy popular post posts press previous"
    " print privacy product products read reading recent related resources save search services share shop sign site skip start store"
    " stories story subscribe summary support table takeaways tech the this tips to today top topics tweet updated video view we what"
    " why with you your team staff editors editorial magazine university institute inc llc ltd group association department".split()
)


def _declared(data: PageData, article: dict[str, Any] | None) -> Iterator[tuple[list[str], str]]:
    """What the page's data declares, best first: (names, source)."""
    for key in ("author", "creator") if article else ():
        value = data.resolve((article or {}).get(key))
        raw = _names(data, value)
        if names := clean_authors(raw, split=len(raw) == 1 and not _is_person(value)):
            yield names, "json-ld"
    for name in _META:
        values = [v for v in data.meta.get(name, ()) if not v.startswith(("http://", "https://", "//", "/"))]
        if name in _SURNAME_FIRST:
            values = [_given_first(value) for value in values]
        if names := clean_authors(values):
            yield names, "opengraph" if name.startswith(("og:", "article:")) else "meta"
    # Cards for link previews, as WordPress's SEO plugins write them: twitter:label1 "Written by", twitter:data1 the name.
    for number in "12":
        told = bool(_WRITTEN_BY.match(data.first(f"twitter:label{number}") or ""))
        if told and (names := clean_authors(data.meta.get(f"twitter:data{number}", []))):
            yield names, "meta"


def _is_person(value: Any) -> bool:
    """Whether *value* is one JSON-LD object or list of one, whose name is one person's or one organisation's."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if not isinstance(value, dict) or not types_of(value) & {"person", "organization", "newsmediaorganization"}:
        return False
    # Content systems put a whole byline into one Person: two full names round a conjunction are two.
    bits = _CONJUNCTION.split(str(value.get("name") or ""))
    return not (len(bits) == 2 and all(len(bit.split()) >= 2 for bit in bits) and not _OF.search(bits[0]))


def _is_site(name: str, publisher: str | None, host: str) -> bool:
    key = re.sub(r"[\W_]+", "", name.casefold())
    labels = host.removeprefix("www.").casefold().split(".")
    sites = {
        re.sub(r"[\W_]+", "", (publisher or "").casefold()),
        "".join(labels),
        *labels[:-1],
        "".join(labels[:-1]),
    } - {""}
    return key in sites or any(len(site) > 4 and (key.startswith(site) or site.startswith(key)) for site in sites)
