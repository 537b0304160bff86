"""What a text must hold for a pattern to match it at all: looked for first, since most patterns match on few pages.

A search for a pattern of forty alternatives tries them at each character. A search for a plain string takes a
hundredth of that, so forty of them are cheaper by far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["MOST_BEGINNINGS", "Beginnings", "Keys", "Phrases", "fold", "may_match", "needed"]

#: A shorter string stands in most texts; in a script of many letters one of two is told apart as well.
_SHORTEST, _SHORTEST_OF_ALL = 3, 2
_FLAGS = re.compile(r"\A\(\?[a-z]+\)")
_PART = re.compile(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|\((?:\?(?:[:=!]|<[=!]))?|\{[^{}]*\}|.", re.DOTALL)
_REPEAT = re.compile(r"[?*+]\??|\{(\d*)[^{}]*\}\??")
#: What a pattern may ask for before its alternatives, beside their group.
_ANCHOR = re.compile(r"(?:\^|\\A)?(?:\\s\*)?(?=\(\?:)")
#: Letters that ``re.IGNORECASE`` takes for another one, beside capitals.
_ALIKE = (("\u0131", "i"), ("\u017f", "s"), ("\u03c2", "\u03c3"))
#: Longest key that is looked for, in characters.
LONGEST_KEY = 200
#: Beginnings of texts that are remembered for one pattern.
MOST_BEGINNINGS = 10_000


def fold(text: str) -> str:
    """*text* as ``re.IGNORECASE`` sees it: in small letters, some replaced by their like; of the same length."""
    if text.isascii():
        return text.lower()
    text = text.replace("\u0130", "i").lower()
    for letter, plain in _ALIKE:
        text = text.replace(letter, plain)
    return text


def may_match(pattern: re.Pattern[str], folded: str) -> bool:
    """Whether *pattern* may match in a text of which *folded* is what :func:`fold` returned."""
    return any(map(folded.__contains__, needed(pattern)))


#: By the identity of a pattern, since to hash one costs more than to look for its literals: it, and what it needs.
_needed: dict[int, tuple[re.Pattern[str], tuple[str, ...]]] = {}


def needed(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Folded strings of which each match of *pattern* holds one. Raises ``ValueError`` where there are none.

    *pattern* is one of a module's own, since it is remembered, and has no flag but ``(?i)`` at its start.
    """
    known = _needed.get(id(pattern))
    if known is not None:
        return known[1]
    found = tuple(dict.fromkeys(fold(literal) for literal in _of_branches(_FLAGS.sub("", pattern.pattern))))
    if min(map(len, found)) < _SHORTEST_OF_ALL:
        raise ValueError(f"an alternative holds no string of {_SHORTEST_OF_ALL} characters: {pattern.pattern[:100]}")
    _needed[id(pattern)] = pattern, found
    return found


class Beginnings(dict[str, bool]):
    """For the first two characters of a text whether a pattern may match at its start.

    The pattern's alternatives begin with plain letters; spaces before them are not looked at.
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        super().__init__()
        self._known = frozenset(map(fold, _beginnings(_FLAGS.sub("", pattern.pattern))))

    def __missing__(self, start: str) -> bool:
        folded = fold(start)
        known = folded in self._known or folded[:1] in self._known
        if len(self) < MOST_BEGINNINGS:
            self[start] = known
        return known


class Phrases:
    """Finds phrases in texts, as ``re.findall`` does for *alternatives* between two ends of words, in less time.

    Each alternative begins with plain characters. *alternatives* and the texts are in small letters.
    """

    def __init__(self, alternatives: str) -> None:
        self.pattern = re.compile(rf"\b(?:{alternatives})\b")
        starts = {_plain_start(branch) for branch in _split(alternatives)}
        if "" in starts:
            raise ValueError(f"an alternative begins with no plain character: {alternatives}")
        # One that begins with another is found with it.
        self._starts = sorted(one for one in starts if not any(one != two and one.startswith(two) for two in starts))

    def findall(self, text: str) -> list[str]:
        """The phrases in *text*, one behind the other."""
        places = [at for start in self._starts for at in _places(start, text)]
        out, end = [], 0
        for at in sorted(places):
            if at >= end and (found := self.pattern.match(text, at)):
                out.append(found[0])
                end = found.end()
        return out


class Keys:
    """Finds what a pattern for a key in JSON and what follows it finds in scripts, in less time.

    The pattern begins with a quotation mark, or with a backslash that may stand before it; the marks are double or
    single, and none stands between the first one and what is :func:`needed`.
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """The matches in *text*, one behind the other. A key of over :data:`LONGEST_KEY` characters is not found."""
        folded = fold(text)
        tried, end = -1, 0
        for at in sorted(at for literal in needed(self.pattern) for at in _places(literal, folded)):
            least = max(end, at - LONGEST_KEY)
            quote = max(text.rfind('"', least, at), text.rfind("'", least, at))
            if quote <= tried:
                continue
            tried = quote
            found = self.pattern.match(text, quote - 1) if quote > end and text[quote - 1] == "\\" else None
            found = found or self.pattern.match(text, quote)
            if found:
                end = found.end()
                yield found


def _places(start: str, text: str) -> Iterator[int]:
    at = text.find(start)
    while at >= 0:
        yield at
        at = text.find(start, at + 1)


def _plain_start(branch: str) -> str:
    """The characters that each match of *branch* begins with."""
    parts = _parts(branch)
    out = ""
    for part, after in zip(parts, [*parts[1:], ""], strict=True):
        if len(part) > 1 or part in ".^$" or after[:1] in ("?", "*", "{"):
            break
        out += part
    return out


def _beginnings(source: str) -> list[str]:
    """The first letter or two of the alternatives of *source*; ``ValueError`` where one begins otherwise."""
    anchor = _ANCHOR.match(source)
    source = source[anchor.end() :] if anchor else source
    out = []
    for branch in _split(source):
        parts = _parts(branch)
        if parts[0] == "(?:":
            out += _beginnings("".join(parts[1 : _end_of_group(parts, 1)]))
            continue
        # What may be left out begins nothing.
        plain = [one for one, after in zip(parts[:2], [*parts[1:3], "", ""], strict=False) if _is_plain(one, after)]
        if parts[0] not in plain:
            raise ValueError(f"an alternative begins with no plain letter: {branch[:100]}")
        out.append("".join(plain))
    return out


def _is_plain(part: str, after: str) -> bool:
    return len(part) == 1 and (part.isalpha() or part == " ") and after[:1] not in ("?", "*", "{")


def _of_branches(source: str) -> list[str]:
    return [literal for branch in _split(source) for literal in _of_branch(branch)]


def _split(source: str) -> list[str]:
    """The alternatives of *source*, those inside groups aside."""
    out, depth = [""], 0
    for part in _parts(source):
        depth += (part[0] == "(") - (part == ")")
        if part == "|" and not depth:
            out.append("")
        else:
            out[-1] += part
    return out


def _parts(source: str) -> list[str]:
    """The characters, escapes, classes, and beginnings and ends of groups that *source* is made of."""
    return [found[0] for found in _PART.finditer(source)]


def _end_of_group(parts: list[str], at: int) -> int:
    """Where in *parts* the group ends whose first part stands at *at*."""
    depth = 1
    while True:
        depth += (parts[at][0] == "(") - (parts[at] == ")")
        if not depth:
            return at
        at += 1


def _of_branch(branch: str) -> list[str]:
    """The longest string that stands in all matches of *branch*, else those of the alternatives of a group in it."""
    runs = [""]
    groups: list[list[str]] = []
    parts = _parts(branch)
    at = 0
    while at < len(parts):
        part, literal, group = parts[at], "", ""
        at += 1
        if part[0] == "(":
            end = _end_of_group(parts, at)
            group = "".join(parts[at:end]) if part in ("(", "(?:") else ""
            at = end + 1
        elif part[0] == "\\":
            literal = "" if part[1].isalnum() else part[1]
        elif part not in ("^", "$", ".") and part[0] != "[":
            literal = part
        repeat = _REPEAT.match("".join(parts[at : at + 2]))
        if repeat:
            at += 2 if len(repeat[0]) > 1 and repeat[0][-1] == "?" else 1
            if repeat[0][0] in "?*" or repeat[1] in ("", "0"):
                literal = group = ""
        if group:
            groups.append(_of_branches(group))
        runs[-1] += literal
        if repeat or not literal:
            runs.append("")
    best = max(runs, key=len)
    return [best] if len(best) >= _SHORTEST else max([*groups, [best]], key=lambda literals: min(map(len, literals)))
