"""Markup that a parser would choke on, found before it is parsed. Pure, linear.

A parse cannot be interrupted, and both libxml2 and lexbor compare each
attribute of a tag with all before it: 100,000 in one tag take 20 s, the million
that fit into 10 MB an hour. Memory goes with the number of tags.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr

__all__ = ["SHORTEST_TAG", "has_costly_tags", "is_costly"]

#: ``<`` in a page; the most of 796 real pages has 23,000.
MAX_TAGS = 120_000
#: Characters of the shortest tag: a shorter page than so many times its most tags holds fewer.
SHORTEST_TAG = 3
#: Sum over tags of the square of their attributes; the most of the same pages is 2.4 million.
MAX_COMPARISONS = 100_000_000
#: Shorter markup cannot hold enough attributes of different names to matter (half a second).
_SMALL = 65_536
#: Shorter tags have too few attributes to matter.
_LONG_TAG = 1_000

# A tag and an attribute as HTML tokenises them (WHATWG, section 13.2.5): a quote opens a value only behind `=`, an `=`
# may begin a name, `>` in a quoted value ends nothing. Never shorter than what a parser takes for the tag. Scripts are
# looked at like the rest: in SVG their content is markup. Possessive throughout, so linear.
_ATTRIBUTE = r"""(?:=?[^\s/>=]++|=)(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+"""
# What nearly all tags are made of comes first, and most end there; the general form takes over where they do not.
_PLAIN = r"""(?:\s++[a-zA-Z][a-zA-Z-]*+="[^"]*+")*+"""
_GENERAL = r"(?:[\s/]++|" + _ATTRIBUTE + r")*+"
# Nearly half of all tags end an element and say no more: they are passed over.
_TAG = r"<(?!/[a-zA-Z]++>)/?[a-zA-Z][^\s/>]*+(?:>|" + _PLAIN + r"(?:>|" + _GENERAL + r"))"
_BYTES = (re.compile(_TAG.encode()), re.compile(_ATTRIBUTE.encode()))
_TEXT = (re.compile(_TAG, re.ASCII), re.compile(_ATTRIBUTE, re.ASCII))


#: What begins and ends a tag, what quotes a value, and what may stand before a quote that does.
_SIGNS: tuple[Any, ...] = ("<", ">", '"', "'", "= \t\n\r\f\v")
_SIGNS_OF_BYTES: tuple[Any, ...] = tuple(sign.encode() for sign in _SIGNS)


def is_costly(markup: bytes | str) -> bool:
    """Whether parsing *markup* (HTML or XML, in an encoding that contains ASCII) would cost out of all proportion."""
    if len(markup) < _SMALL:
        return False
    global _last
    known, answer = _last
    if type(known) is not type(markup) or known != markup:
        if isinstance(markup, bytes):
            answer = _has_tags(markup, b"<") or _comparisons(_BYTES, markup)
        else:
            answer = _has_tags(markup, "<") or _comparisons(_TEXT, markup)
        _last = (markup, answer)
    return answer


#: The markup that was looked at last, and what was found: an answer is judged before it is read, and again where it is
#: parsed. Markup of another length, or with another beginning, is told from it at once.
_last: tuple[bytes | str, bool] = (b"", False)


def _has_tags(markup: AnyStr, opening: AnyStr) -> bool:
    """Whether *markup* may hold more than :data:`MAX_TAGS`. They are counted where there is room for them."""
    return len(markup) > MAX_TAGS * SHORTEST_TAG and markup.count(opening) > MAX_TAGS


def has_costly_tags(markup: bytes) -> bool:
    """Whether single tags of *markup* hold so many attributes that parsing them would cost out of all proportion."""
    return len(markup) >= _SMALL and _comparisons(_BYTES, markup)


def _comparisons(patterns: tuple[re.Pattern, re.Pattern], markup: bytes | str) -> bool:  # type: ignore[type-arg]
    tag, attribute = patterns
    tags = _long_tags(tag, markup)
    # Each match is followed by a character that is in none, or has a value: two characters at least. So in hardly any
    # page they need to be counted.
    if sum((len(one) // 2 + 1) ** 2 for one in tags) <= MAX_COMPARISONS:
        return False
    comparisons = 0
    for found in tags:
        comparisons += len(attribute.findall(found)) ** 2
        if comparisons > MAX_COMPARISONS:
            return True
    return False


def _long_tags(tag: re.Pattern, markup: bytes | str) -> list[bytes | str]:  # type: ignore[type-arg]
    """The tags of *markup* that are long enough to matter, as ``tag.finditer`` would find them.

    From a place that no tag stands across, the first one begins at the next ``<``. A long one that begins within a
    length of :data:`_LONG_TAG` from there stands across that length's end. The last ``>`` before the end ends any tag,
    unless a quoted value may hold it: so nearly always the one tag that stands across the end is all that is read.
    """
    # Plain strings for one kind of markup, bytes for the other.
    opening, closing, double, single, before_value = _SIGNS_OF_BYTES if isinstance(markup, bytes) else _SIGNS
    find, rfind, search = markup.find, markup.rfind, tag.search
    found: list[bytes | str] = []
    start = find(opening)
    while start >= 0:
        place = start + _LONG_TAG
        last = rfind(closing, start, place)
        if last >= 0:
            # A value that holds it would begin with the last quote before it, and that stands behind an ``=``.
            two, one = rfind(double, start, last), rfind(single, start, last)
            if not (
                (two >= 0 and markup[two - 1 : two] in before_value)
                or (one >= 0 and markup[one - 1 : one] in before_value)
            ):
                start = find(opening, last, place)
        while start >= 0:
            held = search(markup, start)
            if held is None:
                return found
            begun, end = held.span()
            if begun >= place:
                end = begun
                break
            if end - begun > _LONG_TAG:
                found.append(held[0])
            if end >= place:
                break
            start = end
        else:
            end = place
        start = find(opening, end)
    return found
