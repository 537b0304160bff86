"""The headline of a page, out of what JSON-LD, the headings, ``og:title`` and ``<title>`` say.

No single one of them can be trusted: JSON-LD repeats the search engine's title or is cut at 110 characters, a heading
carries a kicker or is the site's logo, ``og:title`` and ``<title>`` carry the site's name. They are compared by their
letters and digits alone (:func:`_key`); a fixed order decides between those that remain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml.html import HtmlElement

from newscrawl.html.structured import PageData, text_of, unescape
from newscrawl.text import clean_line

__all__ = ["Claims", "choose", "cut_site", "read_title"]

# What parts a headline from a site's name. The last are letters and marks used as bars in Korean and Chinese titles.
_PARTS = re.compile(r"\s+[|–—\-·•»«›⋆~]+(?:\s+|\Z)|\s*[|｜ㅣ]\s*|\s+/\s+|\s+::\s+|(?<=[^\x00-\u024f])[_:：\-]")
_COLON = re.compile(r":\s+")
_BAR = re.compile(r"\s+[|｜]\s+|[｜ㅣ]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_PUBLISHED = re.compile(r"\s*\(Published (?:19|20)\d\d\)\Z")
_SPACE = re.compile(r"\s+")
# A headline that its editor's system left in Markdown, or in quotation marks that are not its own.
_WRAPPED = re.compile(r'\A(?:#{1,6}\s+(\S[^\n]*)|"([^"]{4,})")\Z')
_WORD = re.compile(r"\w+")
_BEFORE_MARK = re.compile(r" ([:;,.!?…])(?=\s|\Z)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_CUT = re.compile(r"\s*(?:…|\.\.\.)\s*\Z")
#: A JSON-LD headline from this length on may be cut: Google once asked for at most 110 characters.
_CUT_FROM = 100
#: A heading of this length is a headline, however long the site's name is that follows it in the title.
_LONG_HEAD = 20
_MOST_PARTS = 40
#: What stands before a headline in its heading is a kicker from so many letters on; less is an article ("The").
_SHORTEST_KICKER = 5
#: A heading all in capitals and a title with this share of words in common are one headline.
_SAME_WORDS = 0.8
#: A longer heading is a description where the page has another title.
_LONGEST_HEADING = 200
#: A heading of more words is no site's name.
_LONGEST_NAME = 6
#: The beginning of a site's name has at least so many letters.
_LONG_NAME = 10
#: Digits of a number that one reading of a headline may lack: of a list, or a year.
_NUMBER = re.compile(r"\d{1,4}")
#: A shorter heading is no headline.
_SHORTEST = 8


@lru_cache(maxsize=512)
def _key(text: str) -> str:
    """The letters and digits of *text*, casefolded. Remembered: the titles of a page are compared with each other."""
    return _NOT_LETTERS.sub("", text.casefold())


def _runs(heading: str) -> list[str]:
    """A heading whole, and without its first and its last parts."""
    parts = heading.split("\n")
    runs = [parts[start:] for start in range(len(parts))] + [parts[:end] for end in range(1, len(parts))]
    return [_join(run) for run in runs]


def _join(parts: list[str]) -> str:
    """*parts* with a space between, but none before a colon or comma that begins a part."""
    return _BEFORE_MARK.sub(r"\1", " ".join(parts))


def cut_site(title: str, names: list[str], headings: list[str]) -> str:
    """*title* without a leading or trailing site or section name.

    A part goes when what remains is one of the page's *headings*, when it is
    one of the site's *names*, or when a bar parts it from a headline of some length.
    """
    title = _PUBLISHED.sub("", _SPACE.sub(" ", title).strip())
    keys = {_key(name) for name in names} - {""}
    heads = {run.casefold() for heading in headings for run in _runs(heading)}
    wholes = {_key(heading) for heading in headings if "\n" in heading}
    for _ in range(3):
        cuts = list(_PARTS.finditer(title))
        # A heading that ends in the site's name ("Headline – Site") loses it as a title does.
        named = bool(cuts) and _key(title[cuts[-1].end() :]) in keys and _key(title[: cuts[-1].start()]) not in keys
        if (title.casefold() in heads and not named) or (_key(title) in wholes and cuts and cuts[-1].group() == " - "):
            return title
        if not cuts:
            # "Site: Headline"; a colon parts nothing else safely.
            colon = _COLON.search(title)
            return title[colon.end() :] if colon and _key(title[: colon.start()]) in keys else title
        for cut in cuts:
            for part in (title[: cut.start()].strip(), title[cut.end() :].strip()):
                if part.casefold() in heads and (len(part) * 2 >= len(title) or len(part) >= _LONG_HEAD):
                    return part
        head, tail = title[: cuts[-1].start()].strip(), title[cuts[-1].end() :].strip()
        first, rest = title[: cuts[0].start()].strip(), title[cuts[0].end() :].strip()
        inner = _key(title[cuts[-2].end() : cuts[-1].start()]) if len(cuts) > 1 else ""
        if head and _is_site(tail, keys):
            title = head
        elif rest and _is_site(first, keys):
            title = rest
        elif inner and inner in keys:
            title = title[: cuts[-2].start()].strip()  # "Headline – Site – tagline"
        elif cuts[-1].group() in "_-" and len(tail) * 3 < len(head) and len(tail) < 9 and not tail.isascii():
            title = head  # headline_section_site, as Chinese and Korean pages write it
        elif _BAR.fullmatch(cuts[-1].group()) and len(head) >= max(12, len(tail)) and len(tail) < 40:
            title = head
        else:
            return title
    return title


def _is_site(part: str, keys: set[str]) -> bool:
    """Whether *part* of a title is one of the site's names (*keys*), or some words that one of them begins with."""
    key = _key(part)
    if not key or key in keys:
        return True
    return len(part.split()) > 1 and len(key) >= _LONG_NAME and any(name.startswith(key) for name in keys)


def site_names(data: PageData, publisher: str | None, host: str) -> list[str]:
    """What the site calls itself, for cutting it off titles."""
    bare = host.removeprefix("www.")
    names = [publisher or "", data.first("og:site_name") or "", data.first("application-name") or "", bare]
    names += [bare.rsplit(".", 1)[0], bare.split(".")[0], *(bare.split(".")[-2:-1])]
    return [name for name in names if name]


def _likeness(one: str, other: str) -> float:
    """Share of the shorter one's words (characters where a script has no spaces) that stand in the other."""
    if not one or not other:
        return 0.0
    a: set[str] = set(_WORD.findall(one.casefold()))
    b: set[str] = set(_WORD.findall(other.casefold()))
    if not one.isascii() and max(one) >= "\u0e00":
        a, b = set("".join(a)), set("".join(b))
    return len(a & b) / max(1, min(len(a), len(b)))


@dataclass(slots=True)
class Claims:
    """What a page says its headline is, each on one line; absent is ``None``.

    ``headings``: the texts of its ``<h1>`` in order, a line for each part of one that is an element of its own;
    ``subheadings``: those of its first ``<h2>``. ``names``: what the site calls itself.
    """

    headline: str | None = None
    headings: list[str] = field(default_factory=list)
    subheadings: list[str] = field(default_factory=list)
    og: str | None = None
    tag: str | None = None
    names: list[str] = field(default_factory=list)


def _without_names(claims: Claims) -> Claims:
    """*claims* with the site's names cut off, and without headings that are nothing else."""
    keys = {_key(name) for name in claims.names} - {""}
    titled = bool(claims.headline or claims.og or claims.tag)
    headings = [
        heading
        for heading in claims.headings
        if _key(heading)
        and _key(heading).removeprefix("the") not in keys
        and not (titled and len(heading) > _LONGEST_HEADING)
    ]
    logos = _logos(claims)
    names = claims.names + logos
    keys |= {_key(name) for name in logos}
    headings = [heading for heading in headings if _key(heading) not in keys] or headings

    def plain(title: str | None, *known: str | None) -> str | None:
        cut = cut_site(title, names, headings + [one for one in known if one]) if title else None
        return cut if cut and _key(cut) not in keys else None

    og = plain(claims.og)
    if not (og or claims.headline) and claims.tag and (bare := _without_logo(claims.tag, claims)):
        return Claims(None, headings, claims.subheadings, None, plain(bare), names)
    return Claims(plain(claims.headline), headings, claims.subheadings, og, plain(claims.tag, og), names)


def _without_logo(tag: str, claims: Claims) -> str | None:
    """*tag* without the site's address or logo in front that nothing parts from the headline; ``None`` without one."""
    keys = {_key(name) for name in claims.names} - {""}
    logos = [name for name in claims.names if "." in name]
    logos += [heading for heading in claims.headings if _key(heading).removeprefix("the") in keys]
    for logo in logos:
        rest = tag[len(logo) :]
        if (
            tag.casefold().startswith(logo.casefold())
            and rest[:1] == " "
            and len(rest.split()) > 1
            and rest[1].isalnum()
        ):
            return rest.strip()
    return None


def _logos(claims: Claims) -> list[str]:
    """Headings that are the site's name: ``<title>`` is such a one and, parted from it, what else is a title here."""
    tag = claims.tag or ""
    cuts = [*_PARTS.finditer(tag), *_COLON.finditer(tag)]
    pairs = [(_key(tag[: cut.start()]), _key(tag[cut.end() :])) for cut in cuts]
    found = []
    for heading in claims.headings:
        if len(heading.split()) > _LONGEST_NAME:
            continue
        own = _key(heading)
        titles = [title for title in (claims.headline, claims.og) if title]
        longer = [one for one in claims.headings if len(one) > len(heading)]
        known = {_key(title) for title in [*(titles or longer), *claims.subheadings]}
        if own not in known and any(
            (one == own and other in known) or (other == own and one in known) for one, other in pairs
        ):
            found.append(heading)
    return found


def _heading(claims: Claims) -> str | None:
    """The heading that is this page's own: the one most like what the page calls itself elsewhere."""
    others = [title for title in (claims.headline, claims.og, claims.tag) if title]
    tag = claims.tag or ""
    long = [h for h in claims.headings if len(h.split()) > max(4, len(tag.split()))]
    if not claims.headline and not claims.og and len(tag.split()) <= 4 and len(long) == 1:
        # An application's <title> is often its own name, on every page: the one long heading is the article's.
        return _join(long[0].split("\n"))

    def weight(heading: str) -> float:
        return max((_likeness(heading, t) * min(len(heading), len(t)) for t in others), default=0)

    plausible = [h for h in claims.headings if not others or max(_likeness(h, t) for t in others) >= 0.4]
    plausible.sort(key=weight, reverse=True)
    return plausible[0] if plausible and len(plausible[0]) > _SHORTEST else None


def _without_kicker(heading: str, others: list[str]) -> str:
    """*heading* as one of *others* writes it, where it holds that one and a kicker or a sub-heading beside it."""
    parts = heading.split("\n")
    whole = _key(heading)
    runs = {_key(run) for run in _runs(heading)}
    keys = [_key(other) for other in others]
    for other, key in sorted(zip(others, keys, strict=True), key=lambda pair: -len(pair[1])):
        if len(key) <= _SHORTEST:
            continue
        # A heading made of several elements loses its punctuation, one in capitals its letters.
        if key == whole and (len(parts) > 1 or heading.isupper()):
            return other
        same_start = heading.split()[0].casefold() == other.split()[0].casefold()
        if heading.isupper() and not other.isupper() and same_start and _alike(heading, other) >= _SAME_WORDS:
            return other
        kicker = len(whole) - len(key) >= _SHORTEST_KICKER and whole.endswith(key)
        if key != whole and (key in runs or (kicker and keys.count(key) > 1)):
            return other
    return _join(parts)


def _alike(one: str, other: str) -> float:
    """Share of the words of both that stand in both."""
    a, b = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    return len(a & b) / max(1, len(a | b))


def _at_edge(part: str, whole: str) -> bool:
    return part != whole and (whole.startswith(part) or whole.endswith(part))


def _is_cut(headline: str, others: list[str | None]) -> str | None:
    """The whole title that *headline* is a cut beginning of, or ``None``."""
    marked = _CUT.search(headline)
    start = _key(_CUT.sub("", headline))
    for other in others:
        longer = other and len(_key(other)) > len(start) and _key(other).startswith(start)
        if longer and (marked or len(headline) >= _CUT_FROM):
            return other
    return None


def _over_headline(claims: Claims, heading: str | None) -> str | None:
    """What stands above the JSON-LD headline, or ``None`` where that is the title.

    A headline that only repeats ``<title>`` is the one written for search engines, and one that all others
    contradict is another one's: there the heading is what readers see.
    """
    headline = claims.headline
    assert headline is not None
    if whole := _is_cut(headline, [heading, claims.og, claims.tag]):
        return whole
    if heading is None or len(claims.headings) > 2:
        return None
    mine, seen = _key(headline), _key(heading)
    if mine in seen or seen in mine:
        both = claims.og and claims.tag and _key(claims.og) == seen == _key(claims.tag)
        return heading if both and mine != seen and not _at_edge(mine, seen) else None
    tag, og = _key(claims.tag or ""), _key(claims.og or "")
    if tag == mine or (tag == seen == og):
        return heading
    return None


def choose(claims: Claims) -> tuple[str | None, str | None]:
    """(title, source) out of *claims*."""
    claims = _without_names(claims)
    heading = _heading(claims)
    others = [title for title in (claims.headline, claims.og, claims.tag) if title]
    own = _without_kicker(heading, others) if heading else None
    found, source = _likeliest(claims, heading, own)
    readings = ((claims.headline, "json-ld"), (own, "html"), (claims.og, "opengraph"), (claims.tag, "html"))
    for other, its_source in readings if found else ():
        if other and found and _adds_number(other, found):
            return other, its_source
    return found, source


def _likeliest(claims: Claims, heading: str | None, own: str | None) -> tuple[str | None, str | None]:
    """(title, source) of *claims* without the site's names. *heading*: the page's; *own*: the same without a kicker."""
    if claims.headline:
        over = _over_headline(claims, own)
        return (over, "html") if over else (claims.headline, "json-ld")
    if own and claims.og and own == claims.og:
        return own, "opengraph"
    if heading and own and claims.og and not _outvoted(heading, own, claims):
        return cut_site(own, claims.names, []), "html"
    if own and not claims.og:
        return cut_site(own, claims.names, []), "html"
    if claims.og:
        return claims.og, "opengraph"
    return (claims.tag, "html") if claims.tag else (None, None)


def _outvoted(heading: str, own: str, claims: Claims) -> bool:
    """Whether all else agrees on another title than a heading that holds its subtitle."""
    if not claims.og or _key(claims.og) != _key(claims.tag or "") or _key(own) == _key(claims.og):
        return False
    first, more, _ = heading.partition("\n")
    return bool(more) and first[-1:].isalnum() and _key(own) == _key(heading)


def _adds_number(other: str, title: str) -> bool:
    """Whether *other* is *title* and a number: the length of a list, or a year."""
    if not 0 < len(other) - len(title) <= 8 or "[" in other:
        return False
    mine, its = _WORD.findall(title.casefold()), _WORD.findall(other.casefold())
    numbers = [word for word in its if _NUMBER.fullmatch(word)]
    bare = [word for word in mine if not _NUMBER.fullmatch(word)]
    return len(its) == len(mine) + 1 and [word for word in its if word not in numbers] == bare and bool(bare)


_ANCHOR_MARKS = frozenset("#¶§🔗")


def _heading_text(element: HtmlElement) -> str | None:
    """The text of a heading; a line for each element in it, so that a kicker is not glued to the headline."""
    joined = clean_line("".join(element.itertext())[:3000])
    if joined and len(element) and joined[-1] in _ANCHOR_MARKS and joined[-2:-1] in ("", " "):
        # The mark of a link to the heading itself.
        joined = clean_line(joined[:-1])
    if len(element) == 0 or joined is None:
        return joined
    if _inline(element):
        return joined
    parts = [clean_line(text) for text in element.itertext()][:_MOST_PARTS]
    parts = [part for part in parts if part and part not in _ANCHOR_MARKS]
    return "\n".join(part for part in parts if part)[:3000]


def _headings(data: PageData) -> list[str]:
    """The texts of the ``<h1>`` elements, without linked ones behind one that is not: those head other stories."""
    texts: list[str] = []
    found = False
    for element in data.h1:
        text = _heading_text(element)
        if not text:
            continue
        linked = _is_linked(element)
        if not (linked and found):
            texts.append(text)
        found = found or (not linked and len(text.split()) > 2)
    return texts


def _is_linked(element: HtmlElement) -> bool:
    inner = element[0] if len(element) == 1 and not (element.text or "").strip() else None
    parent = element.getparent()
    return any(one is not None and one.tag == "a" and one.get("href") for one in (inner, parent))


_RUN_ON = frozenset("a abbr b bdi em font i mark q s small strong sub sup u wbr".split())


def _inline(element: HtmlElement) -> bool:
    return all(child.tag in _RUN_ON for child in element.iter() if child is not element and isinstance(child.tag, str))


def _plain(value: str | None) -> str | None:
    """*value* on one line, entities resolved and tags taken out."""
    if not value:
        return None
    value = unescape(value)
    line = clean_line(_TAG.sub(" ", value) if "<" in value else value)
    if line and (found := _WRAPPED.match(line)):
        return found[1] or found[2]
    return line


def read_title(
    data: PageData, article: dict[str, Any] | None, publisher: str | None, host: str
) -> tuple[str | None, str | None]:
    """(title, source)."""
    found, source = choose(
        Claims(
            headline=_plain(text_of(article.get("headline"))) if article else None,
            headings=_headings(data),
            subheadings=[text for element in data.h2 if (text := clean_line("".join(element.itertext())[:3000]))],
            og=_plain(data.first("og:title", "twitter:title")),
            tag=_plain(data.title_tag),
            names=site_names(data, publisher, host),
        )
    )
    if found and source != "html":
        return found, source
    for element in data.itemprops.get("headline", ())[:1]:
        if not found and (prop := clean_line(element.get("content") or element.text_content()[:2000])):
            return prop, "microdata"
    if found:
        return found, source
    for element in data.h1:
        if text := _heading_text(element):
            return _join(text.split("\n")), "html"
    return _plain(data.title_tag), "html" if data.title_tag else None
