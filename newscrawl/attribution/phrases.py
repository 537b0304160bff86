"""The wordings that name a source, and how each is read from a block of text.

Yoast's sentence in its languages, *originally published on* and its kin, and lines such as *Source: NAME*. Wordings
are data (``newscrawl/data/attribution.json``); English statements, the richest, are written out here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from newscrawl.attribution.blocks import BREAK, CLOSE, OPEN, Block, Link
from newscrawl.attribution.contained import Strings
from newscrawl.attribution.later import Later
from newscrawl.attribution.names import (
    DATE,
    NO_PUBLISHER_HOSTS,
    is_article_like,
    is_date,
    is_home,
    is_name,
    is_title,
    name_of,
    title_of,
)
from newscrawl.text import clean_line
from newscrawl.urls import registrable_domain, same_site

__all__ = [
    "WORDS_OF_ENGLISH",
    "Found",
    "Phrases",
    "find_footers",
    "find_statements",
    "may_hold_english",
    "usable_href",
    "wordings",
]

# White space with the invisible characters that editors leave; in statements links may open and close within.
_W = r"[\s\u200b\u200e\u200f\u2060\ufeff]"
_WL = rf"[\s\u200b\u200e\u200f\u2060\ufeff{OPEN}{CLOSE}]"
_APOSTROPHE = "['’‘ʼ`´]"
_QUOTES = r"\"'“”„‟«»‘’‚「」『』《》\[\]()*_"
_LIMIT = 20  # occurrences of one wording looked at in one block
_TITLE = 600  # characters that a title may take
_END = 4000  # of a longer paragraph this much of either end is searched for statements
_BOUNDARY = re.compile(
    rf"(?:^|[.!?…:;。！？।)\]\"”»*_|–—\-{BREAK}{CLOSE}]{_W}*|\n{_W}*\n{_W}*|{BREAK}{_W}*)[{_QUOTES}{OPEN}]*$"
)
_PARAGRAPH = re.compile(rf"\n[ \t\r\xa0]*\n|{BREAK}")
_SENTENCE_END = re.compile(rf"[.!?。！？।](?=[\s{_QUOTES}{OPEN}{CLOSE}]|$)")


@dataclass(slots=True)
class Found:
    """One attribution read from a block: addresses as written, and the stretch of the block that says so."""

    block: Block
    start: int
    end: int
    phrase: str
    language: str
    pattern: str
    rank: int
    original: str | None = None
    title: str | None = None
    name: str | None = None
    publisher: str | None = None
    # Further sentences of the block that belong to it ("Read the original article.").
    also: tuple[tuple[int, int], ...] = ()


def _pattern(text: str, space: str = _W) -> str:
    escaped = re.escape(text.strip()).replace(r"\ ", f"{space}+")
    return re.sub("['’]", _APOSTROPHE, escaped)


def _regex(source: str, space: str = _WL) -> str:
    """A pattern of the data file: a space is any white space, an apostrophe any apostrophe."""
    return re.sub("['’]", _APOSTROPHE, source).replace(" ", f"{space}+")


@dataclass(frozen=True, slots=True)
class Footer:
    """Yoast's sentence in one wording: [noun] title *between* publisher [closing]."""

    key: str
    language: str
    noun: Later | None
    between: Later | None
    closing: Later | None
    anchored_by_closing: bool
    weak: bool
    bare: bool
    trigger: str


@dataclass(frozen=True, slots=True)
class Statement:
    """*This article was originally published on*, in one wording; the publisher follows, then perhaps a closing."""

    key: str
    language: str
    opening: Later
    closing: Later | None
    triggers: tuple[str, ...]
    linked_only: bool = False
    whole: bool = False
    #: Of an English one: words of which one stands (casefolded) in what it matches.
    needs: tuple[str, ...] = ()


_NOUN = (
    r"(?:article|story|post|piece|essay|report|column|commentary|analysis|content|text|op[-\u2010 ]?ed|editorial|"
    r"feature|"
    r"interview|excerpt|dispatch|investigation|blog|entry|item|letter|opinion|update|news|publication|work|explainer)"
)
_SUBJECT = (
    rf"(?:(?:An?|The|a) (?:[\w\-’']+ ){{0,2}}version of )?"
    rf"(?:(?:This|The (?:above|following|preceding)|this|Today[’']s) "
    rf"(?:[\w\-’']+ ){{0,3}}?{_NOUN}|This)"
)
_ADVERB = r"(?:first|originally|previously|initially)"
_VERB = r"(?:published|posted|appeared|appears|printed|ran|written|released|featured|produced|cross-?posted|aired)"
_AGAIN = r"(?:re-?published|re-?posted|reprinted|reproduced|cross-?posted|syndicated)"
_WHERE = r"(?:over )?(?:on|by|in|at|with|to|via|for)"
_TITLED = (
    rf"(?:,?(?: titled| entitled| headlined)?{_WL}*[“\"‘'«][^\n]{{1,300}}?[”\"’'»],?"
    rf"|,?{_W}*{OPEN}[^{OPEN}{CLOSE}]{{1,300}}{CLOSE},?)?"
)
_ASIDE = r"(?:,? (?:by|written by) [^\n]{1,80}?,?)?(?: was (?:co-?)?written (?:by|with) [^\n]{1,120}?,? and)?"
_DID = rf"(?: (?:was|were|is|has|had|been|also|which|that))*(?: {_ADVERB})+(?: been)? {_VERB}(?: online| here)?"
_DID_TOO = rf"(?: (?:was|has|had|been|also))*(?: {_VERB}) {_ADVERB}"
_ON_DATE = rf"(?: (?:on|in) {DATE},?)?"
_PLACE = rf"(?:,? {_WHERE}|(?= here))"
_PERMISSION = r"(?: here)?(?: with (?:the )?(?:kind |full )?permission)?"
# (key, pattern in which a space is any white space, only with a link, only at the start of a paragraph)
_ENGLISH = (
    ("originally:en", rf"{_SUBJECT}{_TITLED}{_ASIDE}(?:{_DID}|{_DID_TOO}){_ON_DATE}{_PLACE}", False, False),
    (
        "republished:en",
        rf"{_SUBJECT}{_TITLED}(?: (?:is|was|has|been|also))* {_AGAIN}{_PERMISSION} (?:from|of|by)",
        False,
        False,
    ),
    (
        "originally:en",
        rf"(?:(?:[Ff]irst|[Oo]riginally|[Pp]reviously) {_VERB}|Appeared first|Published first){_ON_DATE}{_PLACE}",
        False,
        True,
    ),
    (
        "republished:en",
        rf"(?:[Rr]e-?published|[Rr]e-?posted|[Rr]eprinted|[Cc]ross-?posted|[Ss]yndicated){_PERMISSION} (?:from|at|on)",
        False,
        True,
    ),
    ("originally:en", rf"(?:Article|Story|Post|Essay|Column|Text)(?: was)? {_ADVERB} {_VERB} {_WHERE}", False, True),
    (
        "originally:en",
        rf"[“\"‘'«][^\n]{{1,300}}?[”\"’'»](?: by [^\n]{{1,80}}?)?(?: was)? {_ADVERB} {_VERB} (?:on|at)",
        True,
        True,
    ),
    (
        "originally:en",
        rf"{OPEN}[^{OPEN}{CLOSE}]{{20,400}}{CLOSE}[”\"’'»]?,?(?: was)? {_ADVERB} (?:appeared|published|posted)"
        r" (?:on|at|in|by)",
        True,
        True,
    ),
    (
        "original-question:en",
        rf"[^\n{BREAK}]{{8,250}}\?(?: was)? {_ADVERB} (?:appeared|published|posted) (?:on|at)",
        False,
        True,
    ),
    (
        "read-original:en",
        rf"(?:Read|View|See)(?: this| the)?(?: full)? original(?: {_NOUN}| version)?(?: here)? (?:on|at|from|in)",
        True,
        True,
    ),
)
_FOLLOWED = re.compile(rf"{_WL}+(?:been{_WL}+)?{_VERB}")
_PRECEDED = re.compile(rf"(?:{_VERB}|\b(?:read|view|see){_WL}+(?:[a-z]+{_WL}+){{0,2}}){_WL}*$")
_REPEATED = (
    "republish",
    "re-publish",
    "repost",
    "re-post",
    "reprinted",
    "reproduced",
    "crosspost",
    "cross-post",
    "syndicated",
)


_VERBAL = ("original", "first", "previously", "initially")
#: One of them stands in each English statement.
WORDS_OF_ENGLISH = (*_REPEATED, *_VERBAL)


def may_hold_english(text: str, words: Iterable[str] = WORDS_OF_ENGLISH) -> bool:
    """Whether *text* (casefolded) holds what every English statement does: cheap, asked before the statements.

    *words*: those of `WORDS_OF_ENGLISH` that stand in a text of which this is a part.
    """
    for word in words:
        place = text.find(word)
        if place < 0:
            continue
        if word not in _VERBAL:
            return True
        while place >= 0:
            end = place + len(word) + (2 if word == "original" and text.startswith("ly", place + 8) else 0)
            if _FOLLOWED.match(text, end) or _PRECEDED.search(text, max(0, place - 40), place):
                return True
            place = text.find(word, end)
    return False


_NOTE = re.compile(
    rf"(?:[(\[*_]*(?:(?:Editor|EDITOR|Ed){_APOSTROPHE}?[sS]?{_APOSTROPHE}?\.?{_W}+)?(?:[Nn]ote|NOTE|Disclosure|Disclaimer|"
    rf"Credit){_W}*[:.–—\-]{_WL}*|[(\[*_–—\-]+{_WL}*)$"
)
_AFTER_DATE = re.compile(rf"{DATE},?{_WL}+(?:by|on|in|at){_WL}+", re.IGNORECASE)
# Where a name without a link ends: punctuation, a turn of the sentence, a date, a full stop not of an abbreviation.
_NAME_END = re.compile(
    rf"[,;:()\[\]\n{BREAK}{OPEN}{CLOSE}*_|]|\s[–—\-]\s"
    r"|\s(?:(?:at\s)?https?://|under\b|with\b|and\s(?:is|was|has|are|can|may|will|later|then|also|appears|reprinted|[a-z]+ed)\b"
    r"|as\s(?:part|a)\b|by\s|where\b|here\b|before\b|which\b"
    rf"|in\s(?:collaboration|partnership|(?:the\s)?(?:1[0-9]|20)\d\d)|on\s{DATE}"
    r"|in\s(?:January|February|March|April|May|June|July|August|September|October|November|December)\b)"
    rf"|(?<!\bSt)(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bU\.S)(?<!\bVol)[.!?。](?=\s|$|[{_QUOTES}])"
)
_ARTICLE = re.compile(rf"(?:(?:the|a|an|my|our|his|her|its|their|el|la|le|il|lo|der|die|das|dem|den|de|het){_W}+)?")
_BARE_URL = re.compile(rf"{_WL}*+(?:(?:at|on|here:?|:){_WL}*+)?(https?://[^\s<>\"'{OPEN}{CLOSE}]{{4,2000}})")
_ORIGINAL_LINK = re.compile(
    rf"(?:original{_WL}+(?:[\w-]+{_WL}+)?(?:article|story|post|version|piece|report|essay|publication)|original|here)\b",
    re.IGNORECASE,
)


class Phrases:
    """All wordings, each compiled once, when it is first looked for."""

    def __init__(self) -> None:
        data = json.loads(resources.files("newscrawl.data").joinpath("attribution.json").read_text(encoding="utf-8"))
        # The longest first: "appeared on" would else take the "on the" of a longer wording for a name.
        self.footers = tuple(sorted(_footers(data), key=lambda one: -len(one.between.pattern if one.between else "")))
        self.statements = tuple(_statements(data))
        labels = {label: language for language, words in data["source_labels"].items() for label in words}
        self.labels = {label.casefold(): language for label, language in labels.items()}
        self.triggers = Strings(
            [footer.trigger for footer in self.footers]
            + [trigger for statement in self.statements for trigger in statement.triggers]
            + list(WORDS_OF_ENGLISH)
        )
        self._footers = _by_trigger((footer.trigger,) for footer in self.footers)
        self._statements = _by_trigger(statement.triggers for statement in self.statements)

    def footers_of(self, triggers: set[str]) -> list[Footer]:
        """Those whose trigger is one of *triggers*, in their order."""
        places = {place for trigger in triggers for place in self._footers.get(trigger, ())}
        return [self.footers[place] for place in sorted(places)]

    def statements_of(self, triggers: set[str]) -> list[Statement]:
        """Those that have one of *triggers*, in their order."""
        places = {place for trigger in triggers for place in self._statements.get(trigger, ())}
        return [self.statements[place] for place in sorted(places)]


def _by_trigger(triggers: Iterable[tuple[str, ...]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, some in enumerate(triggers):
        for one in some:
            found.setdefault(one, []).append(place)
    return found


@lru_cache(maxsize=1)
def wordings() -> Phrases:
    """The wordings, read from the package's data on first use."""
    return Phrases()


def _footers(data: dict[str, Any]) -> Iterator[Footer]:
    nouns: dict[str, list[str]] = {language: list(words) for language, words in data["nouns"].items()}
    rows = [(row["language"], text, "yoast") for row in data["templates"] for text in row["texts"]]
    rows += [(row["language"], text, "variant") for row in data["variants"] for text in row["texts"]]
    taken = []
    for language, text, kind in rows:
        before, _, rest = text.partition("{P}")
        between, _, after = rest.partition("{B}")
        taken.append((str(language), before.strip(" 《"), between.strip(" 》"), after.strip(" .。।"), kind, text))
        if taken[-1][1]:
            nouns.setdefault(str(language), []).append(taken[-1][1])
    done = set()
    for language, before, between, after, kind, text in taken:
        if (language, between, after) in done:
            continue
        done.add((language, between, after))
        words = sorted({_pattern(word) for word in nouns.get(language, [])}, key=len, reverse=True)
        noun = Later(rf"(?<!\w)(?:{'|'.join(words)})") if words else None
        longest = max(re.findall(r"[^\W_]+", f"{between} {after}"), key=len)
        yield Footer(
            key=f"{kind}:{language}",
            language=language,
            noun=noun,
            between=Later(_pattern(between)) if between else None,
            closing=Later(rf"[\s{_QUOTES}.…]{{0,4}}?{_pattern(after)}") if after else None,
            anchored_by_closing=len(after) > len(between),
            weak=text in data["weak"],
            bare=not before and text not in data["weak"],
            trigger=longest.casefold(),
        )


def _statements(data: dict[str, Any]) -> Iterator[Statement]:
    for key, source, linked, whole in _ENGLISH:
        needs = _REPEATED if key == "republished:en" else _VERBAL
        yield Statement(key, "en", Later(source.replace(" ", f"{_WL}+")), None, (), linked, whole, needs)
    for row in data["statements"]:
        closing = Later(rf"{_WL}*{_regex(row['closing'])}") if "closing" in row else None
        opening, triggers = Later(_regex(row["pattern"])), tuple(row["triggers"])
        whole = bool(row.get("whole"))
        # Without a link these are told from prose less surely than English ones.
        yield Statement(row["phrase"], row["language"], opening, closing, triggers, linked_only=True, whole=whole)


# --- Yoast's sentence --------------------------------------------------------------------------------


def find_footers(block: Block, footer: Footer) -> Iterator[Found]:
    """Every occurrence of *footer* in *block* that holds up."""
    anchor = footer.closing if footer.anchored_by_closing else footer.between
    if anchor is None:
        return
    for number, hit in enumerate(anchor.finditer(block.text)):
        if number >= _LIMIT:
            return
        found = _read_footer(block, footer, hit)
        if found is not None:
            yield found


def _read_footer(block: Block, footer: Footer, hit: re.Match[str]) -> Found | None:
    if footer.anchored_by_closing:
        read = _publisher_before(block, footer, hit)
    else:
        read = _publisher_after(block, footer, hit)
    if read is None:
        return None
    title_end, name_text, publisher, end = read
    text = block.text
    stop = len(text[:title_end].rstrip(f" \t\r\n\xa0{BREAK}\u200b\u200e\u200f,"))
    quoteless = len(text[:stop].rstrip("\"'”’»」』》)]"))
    link = block.link_ending(quoteless)
    if (byline := _BYLINE.search(text, max(0, stop - 160), stop)) is not None:
        link = block.link_ending(byline.start() + 1) or link
    href = usable_href(publisher.href) if publisher else None
    if publisher is not None and (href is None or registrable_domain(href) in NO_PUBLISHER_HOSTS):
        return None
    name = name_of(name_text, linked=publisher is not None)
    if name is None and publisher is not None:
        # "Post" or "The Column" is a name where the sentence can mean nothing else.
        name = clean_line(name_text)
    if link is not None:
        return _linked_title(block, footer, link, publisher, href, name, end)
    return _plain_title(block, footer, stop, publisher, href, name, end)


# "<title> by <author> appeared first on": the link that counts is the one before.
_BYLINE = re.compile(
    rf"{CLOSE}[{_QUOTES}]?,?{_W}+(?:was{_W}+)?(?:written{_W}+)?by{_W}+[^{BREAK}\n]{{2,100}}?(?:{_W}+and)?$"
)


_THIS_ARTICLE = re.compile(rf"(?:this|the|an?|original)\s+(?:original\s+)?{_NOUN}|this", re.IGNORECASE)


def _linked_title(
    block: Block, footer: Footer, link: Link, publisher: Link | None, href: str | None, name: str | None, end: int
) -> Found | None:
    title = title_of(block.inside(link), linked=True)
    if title is not None and _THIS_ARTICLE.fullmatch(title):
        return None
    left = block.text[max(0, link.start - 60) : link.start]
    start, noun = link.start, footer.bare
    if footer.noun is not None:
        for hit in footer.noun.finditer(left):
            if not left[hit.end() :].strip(f" \t\r\n\xa0\u200b\u200e\u200f:,{_QUOTES}\\"):
                start, noun = link.start - len(left) + hit.start(), True
                break
    original = usable_href(link.href)
    if original is None and not noun:
        return None
    if publisher is None:
        if not noun or name is None or not is_name(name, strict=footer.weak):
            return None
    elif not noun:
        # Without the noun the links must fit each other: a page, and the front page of its site.
        if (
            href is None
            or original is None
            or not same_site(original, href)
            or is_article_like(href)
            or is_home(original)
        ):
            return None
        if len(original.rstrip("/")) <= len(href.rstrip("/")):
            return None
        start = _lead_in(block.text, link.start)
    if title is None and (not noun or publisher is None):
        return None
    return Found(
        block,
        start,
        end,
        footer.key,
        footer.language,
        "first_appeared_on" if footer.language == "en" and _is_first_appeared(block, link.end) else "yoast_footer",
        0,
        original=None if original is None or ("://" in original and is_home(original)) else original,
        title=title,
        name=name,
        publisher=href,
    )


def _is_first_appeared(block: Block, position: int) -> bool:
    return re.match(rf"[\s{_QUOTES}]*(?:was{_W}+)?first{_W}", block.text[position : position + 20]) is not None


def _lead_in(text: str, start: int) -> int:
    """Where the few words begin that lead to a linked title and are part of its sentence."""
    left = text[max(0, start - 40) : start]
    cut = max((hit.end() for hit in re.finditer(rf"[.!?…。！？]\s|\n\s*\n|{BREAK}|{CLOSE}", left)), default=-1)
    if cut < 0:
        return start - len(left) if start <= 40 else start
    return start - len(left) + cut


# "on the West Coast": a site's name stands by itself.
_OWNED = re.compile(rf"\b(?:on|at|in){_W}+(?:the|a|an|my|our|his|her|their){_W}")
_PARAGRAPH_START = re.compile(rf"\n[ \t\r\xa0]*\n|{BREAK}|\[(?:…|\.\.\.)\]")
_NOTHING = re.compile("")


def _plain_title(
    block: Block, footer: Footer, stop: int, publisher: Link | None, href: str | None, name: str | None, end: int
) -> Found | None:
    text = block.text
    window = max(0, stop - _TITLE)
    # A noun of which only the beginning was needed for the title: the earliest that opens a sentence, else the last.
    hits = list(footer.noun.finditer(text, window, stop)) if footer.noun is not None else []
    if not hits and footer.bare:
        # The wording is telling enough without a noun before the title, which then begins the paragraph.
        begun = [found.end() for found in _PARAGRAPH_START.finditer(text, window, stop)]
        hits = list(_NOTHING.finditer(text, begun[-1] if begun else window, stop))[:1]
    opening = [hit for hit in hits if hit.start() == 0 or _BOUNDARY.search(text, max(0, hit.start() - 80), hit.start())]
    whole = (
        not text[end:].strip(f' \t\r\n\xa0.。।)]"”*_{CLOSE}{BREAK}\u200b')
        or _PARAGRAPH.match(text[end:].lstrip(" .。।")) is not None
    )
    for hit in (*opening, *reversed(hits)):
        raw = text[hit.end() : stop]
        if OPEN in raw or CLOSE in raw or _PARAGRAPH.search(raw):
            continue
        title = title_of(raw)
        if title is None:
            # "The post appeared first on <publisher>", with the title lost.
            if footer.language == "en" and not hit[0].startswith("The"):
                continue
            if publisher is not None and not footer.weak and href is not None and is_home(href) and name:
                return Found(
                    block, hit.start(), end, footer.key, footer.language, "yoast_footer", 1, None, None, name, href
                )
            continue
        if re.search(r"(?:\[…\]|\[\.\.\.\]|[.…])\s+(?:The post|Der Beitrag)\s", raw):
            continue
        if not is_title(title) or name is None:
            continue
        if publisher is not None and href is not None:
            if footer.weak and not is_home(href):
                continue
            article = is_article_like(href)
            return Found(
                block,
                hit.start(),
                end,
                footer.key,
                footer.language,
                "first_appeared_on" if footer.language == "en" and _is_first_appeared(block, stop) else "yoast_footer",
                1,
                original=href if article else None,
                title=title,
                name=name,
                publisher=None if article else href,
            )
        if not whole or not is_name(name) or (footer.weak and len(title.split()) < 3):
            continue
        if (hit[0] == "" and len(title) < 8) or _OWNED.search(text[stop:end]):
            continue
        if footer.language == "en" and hit[0] != "The post" and not re.match(r"\s*[“\"‘'«]", raw):
            continue
        around = block.link_around(hit.start(), end)
        address = usable_href(around.href) if around else None
        return Found(
            block,
            around.start if around else hit.start(),
            around.end if around else end,
            footer.key,
            footer.language,
            "yoast_footer_text",
            2,
            original=address if address and not is_home(address) else None,
            title=title,
            name=name,
            publisher=address if address and is_home(address) else None,
        )
    return None


_LEAD = re.compile(rf"[\s{_QUOTES}:\u200b\u200e\u200f]{{0,12}}")


def _publisher_after(block: Block, footer: Footer, hit: re.Match[str]) -> tuple[int, str, Link | None, int] | None:
    """(end of the title, name, link, end of the sentence) where the publisher follows the wording."""
    text = block.text
    at = _after(_LEAD, text, hit.end())
    link = block.link_at(at) or block.link_at(_after(_ARTICLE, text, at))
    if link is not None:
        end = link.end
        if footer.closing is not None and (closed := footer.closing.match(text, end)):
            end = closed.end()
        return hit.start(), block.inside(link), link, _closed(text, end)
    # Latin names are words of their own.
    if at == hit.end() and text[at : at + 1].isalpha() and text[at - 1 : at].isalpha() and _spaced(text[at - 1]):
        return None
    stop = _plain_end(text, at)
    if footer.closing is not None:
        closed = footer.closing.search(text, at, stop)
        if closed is None:
            return None
        return hit.start(), text[at : closed.start()], None, _closed(text, closed.end())
    if stop - at > 160 or (text[stop : stop + 1] == OPEN and not re.search(rf"[.,!;|(–—\-]{_W}*$", text[at:stop])):
        return None
    name = name_of(text[at:stop], linked=False)
    end = text.find(name, at) + len(name) if name and name in text[at:stop] else stop
    return hit.start(), text[at:end], None, _closed(text, end)


def _spaced(char: str) -> bool:
    """Whether *char* is of a script that parts words by spaces and joins no prefix to a name (Hebrew does)."""
    return not ("\u0590" <= char <= "\u05ff" or char >= "\u2e80")


def _publisher_before(block: Block, footer: Footer, hit: re.Match[str]) -> tuple[int, str, Link | None, int] | None:
    """The same where only the words after the publisher are telling."""
    text = block.text
    stop = len(text[: hit.start()].rstrip(' \t\r\n\xa0"”’」』)'))
    link = block.link_ending(stop)
    start = link.start if link else max(0, stop - 160)
    if footer.between is None:
        if link is None:
            title = max((one.end for one in block.links if start <= one.end <= stop), default=-1)
            return (title, text[title:stop], None, _closed(text, hit.end())) if title >= 0 else None
        return start, block.inside(link), link, _closed(text, hit.end())
    if link is not None:
        region = text[max(0, start - 60) : start].rstrip(f" \t\r\n\xa0\u200b{_QUOTES}")
        last = next(reversed(list(footer.between.finditer(region))), None)
        if last is None or last.end() != len(region):
            return None
        return max(0, start - 60) + last.start(), block.inside(link), link, _closed(text, hit.end())
    spaced = None
    for candidate in footer.between.finditer(text, start, stop):
        loose = (
            text[candidate.start() - 1 : candidate.start()].isspace()
            and text[candidate.end() : candidate.end() + 1].isspace()
        )
        if spaced is None or loose or not spaced[1]:
            spaced = (candidate, loose)
    if spaced is None or (OPEN in text[spaced[0].end() : stop]):
        return None
    return spaced[0].start(), text[spaced[0].end() : stop], None, _closed(text, hit.end())


def _plain_end(text: str, start: int) -> int:
    """Where a name without a link must end: the paragraph, or the next link."""
    limit = min(len(text), start + 400)
    broken = _PARAGRAPH.search(text, start, limit)
    stops = [limit, broken.start() if broken else limit]
    for marker in (OPEN, CLOSE):
        place = text.find(marker, start, limit)
        stops.append(place if place >= 0 else limit)
    return min(stops)


def _after(pattern: re.Pattern[str], text: str, start: int) -> int:
    hit = pattern.match(text, start)
    return hit.end() if hit else start


_CLOSERS = re.compile(rf"[{CLOSE}\s\u200b]*[.。।]?[{CLOSE}\s\u200b]*[\])*_”\"]*[.。]?")


def _closed(text: str, end: int) -> int:
    """*end* moved past the full stop and closing brackets."""
    return _after(_CLOSERS, text, end)


def usable_href(href: str) -> str | None:
    """An address that leads to a page: http(s), relative or empty; no scripts, mails or fragments."""
    href = href.strip(" \t\r\n\xa0")
    if href.startswith("#") or len(href) > 8000 or "%%" in href:
        return None
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.\-]*):", href)
    if scheme and scheme[1].lower() not in {"http", "https"}:
        return None
    return href


# --- statements --------------------------------------------------------------------------------------


def find_statements(block: Block, statement: Statement) -> Iterator[Found]:
    """Every occurrence of *statement* in *block* that opens a sentence and names a publisher."""
    text = block.text
    position = 0
    for _ in range(_LIMIT):
        hit = statement.opening.search(text, position, min(len(text), _END)) if position < _END else None
        if hit is None and len(text) > _END:
            hit = statement.opening.search(text, max(position, len(text) - _END))
        if hit is None:
            return
        position = hit.end()
        note = _NOTE.search(text, max(0, hit.start() - 60), hit.start())
        start = note.start() if note else hit.start()
        at_start = not text[:start].strip(f" \t\r\n\xa0\u200b{OPEN}{BREAK}{_QUOTES}") or _opens_paragraph(text, start)
        if statement.whole and not at_start and not _after_byline(block, start, hit.end()):
            continue
        if not at_start and not note and not statement.whole and not _BOUNDARY.search(text, max(0, start - 80), start):
            continue
        found = _read_statement(block, statement, start, hit)
        if found is not None:
            yield found


def _after_byline(block: Block, start: int, end: int) -> bool:
    """Whether a bare *originally published by <link>* follows a byline or a short sentence, and not running text."""
    text = block.text
    if len(text) > 300 or block.link_at(_after(_LEAD, text, end)) is None or text[:end].endswith(" in"):
        return False
    return re.search(rf"(?:\.{_W}+|^{_W}*[Bb]y{_W}[^.\n]{{3,80}},{_W}*|[|·•–—]{_W}*)$", text[:start]) is not None


def _opens_paragraph(text: str, start: int) -> bool:
    left = text[max(0, start - 80) : start].rstrip(f" \t\xa0{OPEN}{_QUOTES}")
    return not left.strip() or left.endswith((BREAK, "\n\n")) or re.search(r"\n\s*\n$", left) is not None


def _read_statement(block: Block, statement: Statement, start: int, hit: re.Match[str]) -> Found | None:
    text = block.text
    at = _after(re.compile(rf"[\s\u200b{_QUOTES}{CLOSE}]{{0,12}}"), text, hit.end())
    if dated := _AFTER_DATE.match(text, at):
        at = dated.end()
        # The pattern may have stepped over the mark that opens a link.
        at -= 1 if text[at - 1 : at] == OPEN else 0
    link = block.link_at(at) or block.link_at(_after(_ARTICLE, text, at))
    subject = [
        one for one in block.links if hit.start() - 1 <= one.start and one.end <= hit.end() and usable_href(one.href)
    ]
    around = block.link_around(hit.start(), hit.end())
    original = publisher = None
    title = None
    bare = _BARE_URL.match(text, at) if link is None else None
    if bare is not None:
        original, name = bare[1].rstrip(".,;)]"), None
        end = bare.start(1) + len(original)
    elif link is not None:
        href = usable_href(link.href)
        if href is None or registrable_domain(href) in NO_PUBLISHER_HOSTS:
            return None
        if is_date(block.inside(link)):
            return None
        name, end = name_of(block.inside(link), linked=True), link.end
        if statement.whole and (_old(text[end : end + 30]) or re.search(r"posted\s+by$", hit[0])):
            return None
        if is_home(href):
            publisher = href
        else:
            original = href
    else:
        at = _after(_ARTICLE, text, at)
        if statement.closing is not None:
            return None
        stop = _NAME_END.search(text, at, at + 300)
        end = stop.start() if stop else min(len(text), at + 300)
        name = name_of(text[at:end], linked=False)
        if name is None or not is_name(name) or is_date(text[at : at + 40]):
            return None
        if _old(text[end : end + 30]) or _HISTORY.search(hit[0]):
            return None
        if (
            statement.whole
            and re.match(rf"{_W}*(?:$|[.)\]:*_{BREAK}{CLOSE}\n]|(?:at{_W}+)?https?:|on\s|under\s|with\s)", text[end:])
            is None
        ):
            return None
        bare = _BARE_URL.match(text, end)
        if bare is not None:
            original = bare[1].rstrip(".,;)]")
            end = bare.start(1) + len(original)
    if statement.closing is not None:
        closed = statement.closing.match(text, end)
        if closed is None:
            return None
        end = closed.end()
    for one in subject:
        if not is_home(one.href) and usable_href(one.href):
            if original is not None and publisher is None and not is_article_like(original):
                publisher = original
            original = one.href.strip()
            inner = title_of(block.inside(one), linked=True)
            title = (
                inner
                if inner and len(inner.split()) > 2 and not re.match(r"(?i)this\b|the\b.*\barticle$", inner)
                else None
            )
            break
    if title is None and not subject:
        title = _quoted_title(hit[0], statement.key) or _title_after(text, end)
    if around is not None and original is None and usable_href(around.href):
        if is_home(around.href):
            publisher = around.href
        else:
            original = around.href
    if statement.linked_only and not (original or publisher):
        return None
    sentence_end = _end_of_sentence(text, end)
    also: tuple[tuple[int, int], ...] = ()
    if original is None and (extra := _original_link(block, end, publisher)) is not None:
        original = extra.href.strip()
        if extra.start >= sentence_end:
            also = ((sentence_end, _end_of_sentence(text, extra.end)),)
    if original is None and publisher is None and name is None:
        return None
    markdown = link is not None and link.end < len(text) and text[link.end] == "\u200b"
    pattern = "one_link_markdown" if markdown else "originally_appeared"
    if statement.language != "en" and not markdown:
        pattern = "one_link" if link is not None else "originally_appeared"
    return Found(
        block,
        start,
        sentence_end,
        statement.key,
        statement.language,
        pattern,
        3,
        original,
        title,
        name,
        publisher,
        also,
    )


# What was written, aired or released first, and features of products: no republished article, unless linked.
_HISTORY = re.compile(
    r"\b(?:written|aired|released|produced)\b|^(?:This|this)(?:\s+[\w\-]+){0,3}?\s+(?:features?|update|item|letter|work|publication)\b"
)


def _title_after(text: str, end: int) -> str | None:
    """The title in "originally appeared on NAME: TITLE", where nothing follows it."""
    rest = re.fullmatch(
        rf":{_W}+([A-Z\d“\"‘][^\n{BREAK}{OPEN}{CLOSE}]{{8,300}})", text[end:].strip(f" \t\r\n\xa0{_QUOTES}")
    )
    title = title_of(rest[1]) if rest else None
    return title if title and is_title(title) and not _SENTENCE_END.search(title, 0, len(title) - 1) else None


def _quoted_title(text: str, key: str) -> str | None:
    if key == "original-question:en":
        return title_of(text[: text.rfind("?") + 1])
    quoted = re.search(r"[“\"«]([^\n]{3,300}?)[”\"»]", text)
    return title_of(quoted[1]) if quoted else None


def _old(rest: str) -> bool:
    """Whether what follows dates the text before the Web, or only to a year: a history, not a republication."""
    return re.match(r"[,\s]+in\s+(?:the\s+)?(?:1[0-9]|20)\d\d", rest) is not None


def _end_of_sentence(text: str, end: int) -> int:
    limit = min(len(text), end + 600)
    hit = _CLOSERS.match(text, end)
    if hit is not None and (re.search(r"[.。।]", hit[0]) or hit.end() >= len(text)):
        return hit.end()
    stop = _SENTENCE_END.search(text, end, limit)
    broken = _PARAGRAPH.search(text, end, limit)
    if stop is None or (broken is not None and broken.start() < stop.start()):
        return broken.start() if broken else limit
    return _closed(text, stop.end())


def _original_link(block: Block, start: int, publisher: str | None) -> Link | None:
    """A link after *start* that says it leads to the original, on the publisher's site where that is known."""
    known = publisher is not None and "://" in publisher
    for link in block.links:
        if link.start < start or usable_href(link.href) is None or is_home(link.href):
            continue
        context = block.text[max(start, link.start - 60) : link.end]
        said = _ORIGINAL_LINK.search(block.inside(link)) and re.search(r"\boriginal\b", context, re.IGNORECASE)
        if said and (not known or same_site(link.href, publisher or "")):
            return link
    return None
