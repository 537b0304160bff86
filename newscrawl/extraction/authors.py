# ruff: noqa: E501 - tables of words
"""Authors: people and organisations, split and cleaned, in all scripts.

Order: JSON-LD, ``<meta>``, microdata and ``rel=author``, byline classes.
"""

from __future__ import annotations

import re
from typing import Any

from lxml.html import HtmlElement

from newscrawl.html.structured import PageData, unescape
from newscrawl.text import clean_line

__all__ = ["clean_authors", "read_authors"]

MAX_AUTHORS = 40
MAX_NAME = 120

_LEAD = re.compile(
    r"(?i)\A\s*(?:(?:written|reported|story|words|text|posted|published|edited|compiled|article|review|analysis|opinion|interview|report|post"
    r"|geschrieben|verfasst|écrit|publié|escrito|scritto|geplaatst|skrevet|texte?|tekst)\s+)?"
    r"(?:by|von|par|por|di|af|av|door|da|przez|autor(?:in)?|author|автор|yazar|ein(?:e)?\s+(?:analyse|kommentar|gastbeitrag|bericht|interview|reportage|kolumne)\s+von|"
    r"(?:aus|from)\s+\S{2,20}\s+(?:von|by))(?:s|en|innen)?\s*[:\-–]?\s+(?=\S)"
)
_LABEL = re.compile(
    r"(?i)\A\s*(?:by|von|par|por|author|autor|autoren|authors|text|foto|photo|written by|redaktion)\s*:\s*"
)
_SPLIT = re.compile(
    r"\s*(?:;|\||•|·|／|、|\n|\s/\s|\s+(?:and|und|et|y|e|og|och|en|i|és|ja|ve|и|та|und|&|with|mit|avec|con)\s+)\s*",
    re.I,
)
_SPLIT_SOFT = re.compile(r"\s*(?:;|\||•|·|／|、|\n)\s*")
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
_ROLE_ONLY = re.compile(rf"(?i)\A(?:the |our |an? )?{_ROLE_WORDS}s?\Z")
_CJK_ROLE = re.compile(
    r"(?<=[^\x00-\u0fff])\s*(?:기자|특파원|선임기자|記者|记者|編集委員|編集部員|특별취재팀|論説委員)\Z"
)
_TAIL = re.compile(
    r"(?i)\s*(?:[,\-–—|]\s*)?(?:updated|published|posted|last modified|aktualisiert|veröffentlicht|stand|follow|view|see|more|read)\b.{0,200}\Z"
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
        "see more", "biography", "rss", "print", "photo", "video", "advertisement", "true", "false", "person", "organization", "default",
    }
)  # fmt: skip
_SPACE = re.compile(r"\s+")
_LATIN_NAME = re.compile(r"[^\W\d_]")


def _one(name: str) -> str | None:
    name = _EMAIL.sub(" ", name)
    name = _URL.sub(" ", name)
    name = _HANDLE.sub(" ", name)
    name = _DATE_TAIL.sub("", _TAIL.sub("", name))
    for _ in range(2):
        name = _LABEL.sub("", _LEAD.sub("", name))
    name = _CJK_ROLE.sub("", _ROLE.sub("", name))
    name = _SPACE.sub(" ", name).strip(" \t\r\n,;:|/·•-–—*\"“”„«»<>'’‘")
    if not name or len(name) > MAX_NAME or not _LATIN_NAME.search(name):
        return None
    if name.casefold() in _NOT_NAME or _ROLE_ONLY.match(name):
        return None
    if len(name.split()) > 9 or name.endswith(("…", "...", "?", "!")):
        return None
    return name


def _pieces(raw: str) -> list[str]:
    raw = _PAREN.sub(" ", raw) if not raw.startswith(("(", "[")) else raw.strip("()[]")
    raw = _LABEL.sub("", _LEAD.sub("", _SPACE.sub(" ", raw.replace("\n", " ; ")).strip()))
    out = []
    for part in _SPLIT.split(raw):
        # A comma parts names where what stands on both sides looks like a full name ("Doe, Jane" does not).
        bits = [b for b in re.split(r"\s*[,，]\s*", part) if b]
        if len(bits) > 1 and all(_wordy(b) for b in bits):
            out += bits
        elif len(bits) > 1 and _wordy(bits[0]):
            out.append(bits[0]) if any(_ROLE_ONLY.match(b) for b in bits[1:]) else out.extend(bits)
        else:
            out.append(part)
    return out


def _wordy(text: str) -> bool:
    return len(text.split()) >= 2 or not text.isascii()


def clean_authors(values: list[str], *, split: bool = True) -> list[str]:
    """*values* split into single names and cleaned, without repeats, in order.

    *split* false: each value is one name already (a JSON-LD object), only an
    unmistakable list inside it is parted.
    """
    out: list[str] = []
    seen: set[str] = set()
    for value in values[: MAX_AUTHORS * 2]:
        line = clean_line(unescape(value[:2000]))
        if not line:
            continue
        for piece in _pieces(line) if split else _SPLIT_SOFT.split(line):
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


def _names(data: PageData, value: Any, depth: int = 0) -> list[str]:
    if depth > 3:
        return []
    value = data.resolve(value)
    if isinstance(value, str):
        return [] if value.startswith(("http://", "https://", "//", "/")) else [value]
    if isinstance(value, list):
        return [name for item in value[:MAX_AUTHORS] for name in _names(data, item, depth + 1)]
    if isinstance(value, dict):
        name = value.get("name")
        if name is None and (value.get("givenName") or value.get("familyName")):
            name = " ".join(str(value.get(k) or "") for k in ("givenName", "familyName"))
        return _names(data, name, depth + 1)
    return []


_META = (
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
    "citation_author",
    "authors",
    "article:author",
    "og:article:author",
    "creator",
    "lp.article:author",
    "rbauthors",
    "vr:author",
)
_BYLINE = re.compile(
    r"(?i)(?:^|[\s_-])(?:byline|by-line|author|authors|autor|autoren|auteur|auteurs|writer|contributor|journalist|dc-creator)(?:[\s_-]|name|s?$|link)|byline|authorname|author-name"
)
_BYLINE_NOT = re.compile(
    r"(?i)bio|box|avatar|image|img|photo|social|comment|related|more|desc|about|date|follow|related|card|recirc|role|title"
)


_WRITTEN_BY = re.compile(
    r"(?i)\s{0,9}(?:written by|author|verfasst von|geschrieben von|autor(?:in)?|écrit par|rédigé par|escrito por|escrit per|scritto da"
    r"|geschreven door|skrevet av|skrevet af|skriven av|napisane przez|написано|автор|yazan|ditulis oleh|作者|執筆者)\s{0,9}:?\s{0,9}\Z"
)
_AND = re.compile(r"(?i)^\s*(?:,|&|and|und|et|y|e|og|och|en|i|y|con|with|mit|avec)\s*$")
_DATE_LIKE = re.compile(
    r"(?i)\b(?:\d{1,2}[:.]\d{2}|(?:19|20)\d\d|january|february|march|april|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?\s+\d|ago|minutes?|hours?|monday|tuesday|wednesday|thursday|friday|saturday|sunday|uhr)\b|\d{1,2}[./]\d{1,2}[./]"
)
_PREPOSITION = re.compile(r"(?i)\s+(?:in|on|at|for|of|auf|bei|pour|para|em|su)\s.{0,100}\Z")


def _text(element: HtmlElement) -> str:
    return " ".join(piece for piece in (t.strip() for t in element.itertext()) if piece)[:400]


def _byline(element: HtmlElement) -> list[str]:
    """The names of a byline element: its links where it has any, else its first piece of text that is a name."""
    linked = [t for a in element.iter("a") if 3 <= len(t := _text(a)) <= 60 and not _DATE_LIKE.search(t)]
    if names := clean_authors(linked):
        return names
    pieces = [p for p in (" ".join(t.split()) for t in element.itertext()) if p][:12]
    out: list[str] = []
    for piece in pieces:
        if len(piece) > 160 or _AND.match(piece):
            continue
        by = _LEAD.match(piece + " x") or _LABEL.match(piece)
        if by and by.end() >= len(piece):
            continue  # "By" alone: the name is the next piece
        found = clean_authors([_PREPOSITION.sub("", _DATE_CUT.sub("", piece))])
        found = [n for n in found if not _DATE_LIKE.search(n) and 1 < len(n) < 60]
        if found:
            out += found
            break
    return out


_DATE_CUT = re.compile(
    r"(?i)\s*[,|·•\-–—]?\s*(?:on\s+)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?\s+\d{1,2}|\d{1,2}\.?\s+(?:jan|feb|mar|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])|(?:19|20)\d\d[\-./年]|\d{1,2}[./]\d{1,2}[./]).{0,200}\Z"
)


def _html_authors(data: PageData, root: HtmlElement) -> tuple[list[str], str] | None:
    props = data.itemprops.get("author", []) + data.itemprops.get("creator", [])
    values = []
    for element in props[:MAX_AUTHORS]:
        inner = element.xpath(".//*[@itemprop='name']")
        target = inner[0] if inner else element
        values.append(_DATE_CUT.sub("", target.get("content") or _text(target)))
    if names := clean_authors(values):
        return names, "microdata"
    rels = root.xpath("//a[@rel='author']|//a[contains(concat(' ',@rel,' '),' author ')]")[:12]
    if names := clean_authors([_text(e) for e in rels]):
        return names, "html"
    marked = root.xpath(
        "//*[contains(@class,'yline') or contains(@class,'uthor') or contains(@class,'utor') or contains(@data-testid,'yline')"
        " or contains(@data-testid,'uthor') or contains(@class,'ontributor')]"
    )
    for element in marked[:60]:
        marks = (element.get("class") or "")[:200] + " " + (element.get("data-testid") or "")[:60]
        if not _BYLINE.search(marks) or _BYLINE_NOT.search(marks):
            continue
        if 3 <= len(_text(element)) <= 300 and (names := _byline(element)):
            return names, "html"
    links = root.xpath(
        "//a[contains(@href,'/author/') or contains(@href,'/authors/') or contains(@href,'/autor/') or contains(@href,'/profile/')]"
    )
    if names := clean_authors([t for a in links[:3] if 3 <= len(t := _text(a)) <= 60])[:1]:
        return names, "html"
    return None


def read_authors(
    data: PageData, article: dict[str, Any] | None, root: HtmlElement, publisher: str | None = None, host: str = ""
) -> tuple[list[str], str | None]:
    """(names, source); ``([], None)`` where the page names nobody."""
    if article:
        for key in ("author", "creator"):
            raw = _names(data, article.get(key))
            if names := clean_authors(raw, split=len(raw) == 1):
                return names, "json-ld"
    site: tuple[list[str], str] | None = None
    for name in _META:
        values = [v for v in data.meta.get(name, ()) if not v.startswith(("http://", "https://", "//", "/"))]
        if names := clean_authors(values):
            source = "opengraph" if name.startswith(("og:", "article:")) else "meta"
            people = [n for n in names if not _is_site(n, publisher, host)]
            if people:
                return people, source
            # The site itself as author: kept only where no byline names a person.
            site = site or (names, source)
    # Cards for link previews, as WordPress's SEO plugins write them: twitter:label1 "Written by", twitter:data1 the name.
    for number in "12":
        if _WRITTEN_BY.match(data.first(f"twitter:label{number}") or ""):
            names = clean_authors(data.meta.get(f"twitter:data{number}", []))
            if people := [n for n in names if not _is_site(n, publisher, host)]:
                return people, "meta"
    return _html_authors(data, root) or site or ([], None)


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
