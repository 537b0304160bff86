"""Markup that a parser would choke on, found before it is parsed. Pure, linear.

A parse cannot be interrupted, and both libxml2 and lexbor compare each
attribute of a tag with all before it: 100,000 in one tag take 20 s, the million
that fit into 10 MB an hour. Memory goes with the number of tags.
"""

from __future__ import annotations

import re

__all__ = ["has_costly_tags", "is_costly"]

#: ``<`` in a page; the most of 796 real pages has 23,000.
MAX_TAGS = 120_000
#: Sum over tags of the square of their attributes; the most of the same pages is 2.4 million.
MAX_COMPARISONS = 100_000_000
#: Shorter markup cannot hold enough attributes of different names to matter (half a second).
_SMALL = 65_536
#: Shorter tags have too few attributes to matter.
_LONG_TAG = 1_000

#: Of markup up to this length the tags are held all at once.
_AS_LIST = 2_000_000

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


def is_costly(markup: bytes | str) -> bool:
    """Whether parsing *markup* (HTML or XML, in an encoding that contains ASCII) would cost out of all proportion."""
    if len(markup) < _SMALL:
        return False
    global _last
    known, answer = _last
    if type(known) is not type(markup) or known != markup:
        if isinstance(markup, bytes):
            answer = (len(markup) > MAX_TAGS < markup.count(b"<")) or _comparisons(_BYTES, markup)
        else:
            answer = (len(markup) > MAX_TAGS < markup.count("<")) or _comparisons(_TEXT, markup)
        _last = (markup, answer)
    return answer


#: The markup that was looked at last, and what was found: an answer is judged before it is read, and again where it is
#: parsed. Markup of another length, or with another beginning, is told from it at once.
_last: tuple[bytes | str, bool] = (b"", False)


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
    """The tags of *markup* that are long enough to matter."""
    if len(markup) <= _AS_LIST:
        # To make a list of all tags takes half of a loop over them.
        return [one for one in tag.findall(markup) if len(one) > _LONG_TAG]
    return [found[0] for found in tag.finditer(markup) if found.end() - found.start() > _LONG_TAG]
