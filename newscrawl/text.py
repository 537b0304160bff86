"""Text at one door: cleaning, counting, hashing, comparing. Pure, no I/O.

Whatever comes from the web passes :func:`clean_text` or :func:`clean_line`
before it is stored: NUL and other C0 controls, lone surrogates, bidi
controls and noncharacters never reach a sink.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

import regex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "MAX_LINE",
    "MAX_TEXT",
    "clean_line",
    "clean_text",
    "content_hash",
    "counted",
    "escape_controls",
    "folded",
    "normalized",
    "shingles",
    "similarity",
    "token_count",
    "tokens",
    "word_count",
]

#: Longest line (a title, a name) and longest text kept, in characters.
MAX_LINE = 2_000
MAX_TEXT = 2_000_000

# C0 but tab and newline, DEL, C1, zero-width space and word joiner (they cut words in
# two), the bidi embeddings, overrides and isolates
# (U+202A-E, U+2066-9: they can reorder a whole terminal line), BOM, soft hyphen,
# interlinear annotation, noncharacters. LRM/RLM and ZWJ/ZWNJ stay: Hebrew,
# Arabic, Persian and Indic text needs them. CR is turned into a newline first.
_DROP = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufdd0-\ufdef"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
    + "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_PARAGRAPHS = re.compile(r"\n\s*\n")
# Characters of most European texts: each is in NFC alone and beside any other, none is dropped, and the two `\w`,
# of `re` and of `regex`, agree on them. Texts of these alone, which is most, go a shorter way to the same answers.
_PLAIN = re.compile(
    "[\t\n\x20-\x7e\xa0-\xac\xae-\xb1\xb4-\xb7\xba\xbb\xbf-\u024f\u0400-\u0482\u048a-\u052f"
    "\u2010-\u2027\u2030-\u203e\u2041-\u2053\u20a0-\u20bf]*+\\Z"
)

# Scripts written without spaces between words: each character is a token.
_TOKEN = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*"
    r"|[\w--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]+",
    flags=regex.V1,
)
#: Tokens in a shingle.
_SIZE = 4
# Combining marks past the thirtieth in a row. No language writes more than a handful.
_TOO_MANY_MARKS = regex.compile(r"(\p{M}{30})\p{M}++")
_SEGMENT = regex.compile(r"\b(?=\w)", flags=regex.WORD | regex.V1)
# The same of a text of `_PLAIN` characters (UAX #29, WB3 to WB13b): some marks part neither letters nor digits.
# The mark is looked at before what stands around it: most words end at a space.
_PLAIN_SEGMENT = re.compile(r"\w++(?:(?:['.:·‘’․‧](?<=[^\W\d_].)(?=[^\W\d_])|['.,;‘’․⁄](?<=\d.)(?=\d))\w++)*+")
_PLAIN_TOKEN = re.compile(r"\w+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def _scrub(value: str) -> str:
    if _PLAIN.match(value):
        return value  # most lines of most pages: nothing below would change them
    value = _BREAKS.sub("\n", value)
    value = _DROP.sub("", value)
    value = _SURROGATE.sub("\ufffd", value)
    return normalized(value)


def normalized(value: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"] = "NFC") -> str:
    """*value* in a normal form of Unicode, with at most 30 combining marks in a row.

    That is the bound of the Stream-Safe Text Format (UAX #15, section 13). Without it the time of
    ``unicodedata.normalize`` is the square of the marks in a row, 1.6 s for 40,000, in one call that nothing ends.
    """
    if value.isascii() or (form == "NFC" and _PLAIN.match(value)):
        return value
    return unicodedata.normalize(form, _TOO_MANY_MARKS.sub(r"\1", value))


def clean_text(value: str | None, *, limit: int = MAX_TEXT) -> str | None:
    """*value* as NFC text of paragraphs parted by one blank line, or ``None`` when nothing is left.

    A single newline inside a paragraph stays (verse, addresses); runs of other
    white space become one space. Cut at *limit* characters.
    """
    if not value:
        return None
    if len(value) <= limit and _PLAIN.match(value) and _is_tidy(value):
        return value  # cleaned before, as most that comes here is
    paragraphs = []
    for block in _PARAGRAPHS.split(_scrub(value[: limit * 2])):
        lines = [(line if _is_spaced(line) else _SPACES.sub(" ", line)).strip() for line in block.split("\n")]
        paragraph = "\n".join(line for line in lines if line)
        if paragraph:
            paragraphs.append(paragraph)
    return "\n\n".join(paragraphs)[:limit].rstrip() or None


def _is_tidy(value: str) -> bool:
    """Whether `clean_text` would change nothing in *value*, a text of `_PLAIN` characters, but its length."""
    return not (
        value[0].isspace()
        or value[-1].isspace()
        or "  " in value
        or " \n" in value
        or "\n " in value
        or "\n\n\n" in value
        or "\t" in value
        or "\xa0" in value
    )


def _is_spaced(line: str) -> bool:
    """Whether *line* holds no white space but single spaces: none but a space is printable."""
    return "  " not in line and line.isprintable()


def clean_line(value: str | None, *, limit: int = MAX_LINE) -> str | None:
    """*value* on one line (titles, names), NFC, cut at *limit* characters; ``None`` when nothing is left."""
    if not value:
        return None
    if (
        len(value) <= limit
        and value.isascii()
        and value.isprintable()
        and "  " not in value
        and value[0] != " " != value[-1]
    ):
        return value  # names and codes, as most that comes here is
    return " ".join(_scrub(value[: limit * 4]).split())[:limit].rstrip() or None


def counted(number: int, noun: str, plural: str = "") -> str:
    """*number* with the noun in its number: ``1 post``, ``2 posts``; *plural* where an added ``s`` is not it."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def escape_controls(value: object) -> str:
    r"""*value* for a log line or a terminal: control, bidi and line-breaking characters as ``\xNN`` or ``\uNNNN``."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), str(value))


def content_hash(title: str | None, text: str | None) -> str:
    """SHA-256 (64 hex digits) of the NFC, casefolded, white-space-collapsed title, a newline, and the text likewise."""
    made = _hash if len(title or "") + len(text or "") <= _REMEMBERED else _make_hash
    return made(title or "", text or "")


def _make_hash(title: str, text: str) -> str:
    one, other = folded(normalized(title)), folded(normalized(text))
    return hashlib.sha256(f"{one}\n{other}".encode("utf-8", "replace")).hexdigest()


@lru_cache(maxsize=32)
def _hash(title: str, text: str) -> str:
    """Of a record as it was joined, and again as it was cleaned: mostly the same."""
    return _make_hash(title, text)


def folded(value: str) -> str:
    """*value* casefolded, its white space collapsed."""
    return _fold(value) if _LINE <= len(value) <= _REMEMBERED else " ".join(value.casefold().split())


@lru_cache(maxsize=64)
def _fold(value: str) -> str:
    return " ".join(value.casefold().split())


def word_count(text: str | None) -> int:
    """Number of words by Unicode's default word segmentation (UAX #29): segments that begin with a word character."""
    if not text:
        return 0
    return _count_words(text) if len(text) <= _REMEMBERED else _count_segments(text)


#: Characters of a text up to which it is remembered: each step of a record's way counts and compares the same texts.
_REMEMBERED = 65_536
#: A line is folded sooner than it is found among what is remembered.
_LINE = 400


def _count_segments(text: str) -> int:
    return sum(
        (_count_plain(part) if len(part) >= _BY_TABLE else len(_PLAIN_SEGMENT.findall(part)))
        if plain
        else len(_SEGMENT.findall(part))
        for part, plain in _by_lines(text)
    )


def _by_lines(text: str) -> list[tuple[str, bool]]:
    """*text* in stretches of whole lines, each with whether it is of `_PLAIN` characters alone.

    No word goes over the end of a line, and one picture among a thousand words makes a text slow to read: by its line
    alone.
    """
    if _PLAIN.match(text):
        return [(text, True)]
    return [
        ("\n".join(lines), plain)
        for plain, lines in groupby(text.split("\n"), key=lambda line: _PLAIN.match(line) is not None)
    ]


def _count_plain(text: str) -> int:
    """What `_PLAIN_SEGMENT` finds in a text of `_PLAIN` characters, by table: a tenth of the time."""
    import numpy as np

    kinds = _tables().kinds.take(code_points(text), mode="clip")
    words = kinds & _WORD
    runs = int(np.count_nonzero(words[1:] > words[:-1])) + int(words[0])
    # A mark that may join, and what stands around it: two letters, or two digits.
    (at,) = np.nonzero(kinds[1:-1] & (_JOINS_LETTERS | _JOINS_DIGITS))
    joined = (kinds[at + 1] >> 2) & kinds[at] & kinds[at + 2]
    return runs - int(np.count_nonzero(joined))


@lru_cache(maxsize=32)
def _count_words(text: str) -> int:
    return _count_segments(text)


def token_count(text: str | None) -> int:
    """How many :func:`tokens` *text* has."""
    if not text:
        return 0
    compared = _compared(text)
    return len(_tokens(text)) if compared is None else compared.tokens


def tokens(text: str | None) -> list[str]:
    """Casefolded tokens: words, and single characters where a script writes no spaces (Han, Thai, ...)."""
    return list(_tokens(text)) if text else []


def _tokens(text: str) -> tuple[str, ...]:
    return _split(text) if len(text) <= _REMEMBERED else _find_tokens(text)


def _find_tokens(text: str) -> tuple[str, ...]:
    return tuple(
        token
        for part, plain in _by_lines(text.casefold())
        for token in (_PLAIN_TOKEN if plain else _TOKEN).findall(part)
    )


@lru_cache(maxsize=8)
def _split(text: str) -> tuple[str, ...]:
    return _find_tokens(text)


def shingles(text: str | None, size: int = _SIZE) -> set[tuple[str, ...]]:
    """The set of *size*-token shingles of *text*; a shorter text is one shingle, an empty one none."""
    items = _tokens(text) if text else ()
    if len(items) < size:
        return {items} if items else set()
    return set(zip(*(items[start:] for start in range(size)), strict=False))


def similarity(one: str | None, other: str | None) -> float:
    """Share (0 to 1) of the shorter text's 4-token shingles that stand in the other; 0 where either is empty."""
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0 if token_count(one) else 0.0
    if min(token_count(one), token_count(other)) < _SIZE:
        first, second = shingles(one), shingles(other)
        shared, least = len(first & second), min(len(first), len(second))
    else:
        import numpy as np

        a, b = _compared(one), _compared(other)
        if a is None or b is None:
            # Numbers of both, made in the same way.
            numbers, others = _numbers_of_words(_tokens(one)), _numbers_of_words(_tokens(other))
        else:
            numbers, others = a.numbers, b.numbers
        shared, least = len(np.intersect1d(numbers, others, assume_unique=True)), min(len(numbers), len(others))
    return shared / least if least else 0.0


#: An odd number (of the SplitMix64 generator) by whose powers the tokens of a shingle are weighted.
_WEIGHT = 0x9E3779B97F4A7C15


def _numbers_of_words(items: tuple[str, ...]) -> Any:
    """A number for each different shingle of *items*, of which there are at least `_SIZE`; sorted.

    Numbers in place of tuples of words: a third of the time. Two shingles in 2**64 have one number by chance.
    """
    import numpy as np

    return _numbers(np.fromiter(map(hash, items), np.int64, len(items)).view(np.uint64))


def _numbers(hashes: Any) -> Any:
    import numpy as np

    count = len(hashes) - _SIZE + 1
    made = hashes[:count].copy()
    for start in range(1, _SIZE):
        made *= np.uint64(_WEIGHT)
        made += hashes[start : start + count]
    made.sort()
    return made[np.append(True, made[1:] != made[:-1])]


# --- by table ------------------------------------------------------------------------------------------------------
#
# Of a text of `_PLAIN` characters words are told apart many characters at a time: a search by pattern takes ten times
# as long, and each record has three texts in which words are counted or compared.

#: Characters from which on a table is faster than a pattern.
_BY_TABLE = 200
#: Bits of a character's kind. A mark that joins letters, or digits, stands two bits above what it joins.
_WORD, _LETTER, _DIGIT, _JOINS_LETTERS, _JOINS_DIGITS = 1, 2, 4, 8, 16
#: One whose case is folded to none of `_PLAIN`, or to several characters.
_FOLDS_TO_OTHERS = 32
#: The last character of `_PLAIN`.
_LAST_PLAIN = 0x20BF


@dataclass(frozen=True, slots=True)
class _Tables:
    """By character: its kind, and a number for its folded case, 0 where it is no part of a word.

    Powers of `_BASE`, and their inverses.
    """

    kinds: Any
    values: Any
    powers: Any
    inverses: Any


@dataclass(frozen=True, slots=True)
class _Compared:
    """How many tokens a text has, and the numbers of its shingles, sorted, each once (none for fewer than `_SIZE`)."""

    tokens: int
    numbers: Any


_BASE = 0x243F6A8885A308D3  # odd, so that it has an inverse modulo 2**64; of the digits of pi


@cache
def _tables() -> _Tables:
    import numpy as np

    kinds = np.zeros(_LAST_PLAIN + 1, np.uint8)
    cases = np.zeros(_LAST_PLAIN + 1, np.uint64)
    for point in range(_LAST_PLAIN + 1):
        one = chr(point)
        if not _PLAIN.match(one):
            continue
        if _PLAIN_TOKEN.match(one):
            kinds[point] = _WORD | (_DIGIT if re.match(r"\d", one) else 0 if one == "_" else _LETTER)
            case = one.casefold()
            cases[point] = ord(case[0])
            if len(case) > 1 or not _PLAIN.match(case):
                kinds[point] |= _FOLDS_TO_OTHERS
        else:
            kinds[point] = (_JOINS_LETTERS * (one in "'.:·‘’․‧")) | (_JOINS_DIGITS * (one in ".,;'‘’․⁄"))
    values = _mixed(cases) * (kinds & np.uint8(_WORD))
    return _Tables(kinds, values, _powers(_BASE), _powers(pow(_BASE, -1, 1 << 64)))


def _powers(base: int) -> Any:
    import numpy as np

    out = np.full(_REMEMBERED, base, np.uint64)
    out[0] = 1
    return np.multiply.accumulate(out)


def _mixed(values: Any) -> Any:
    """*values* spread over all 64 bits (the finaliser of SplitMix64)."""
    import numpy as np

    out = values ^ (values >> np.uint64(30))
    out *= np.uint64(0xBF58476D1CE4E5B9)
    out ^= out >> np.uint64(27)
    out *= np.uint64(0x94D049BB133111EB)
    return out ^ (out >> np.uint64(31))


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of *text*, lone surrogates among them."""
    import numpy as np  # quick commands count no characters

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _compared(text: str) -> _Compared | None:
    """What is compared of *text*; ``None`` where its words are found by pattern: other scripts, and huge texts."""
    return _kept(text) if len(text) <= _REMEMBERED else None


@lru_cache(maxsize=8)
def _kept(text: str) -> _Compared | None:
    import numpy as np

    if not _PLAIN.match(text):
        return None
    tables, points = _tables(), code_points(text)
    kinds = tables.kinds.take(points, mode="clip")
    if kinds.max() >= _FOLDS_TO_OTHERS:
        text = text.casefold()
        if len(text) > _REMEMBERED or not _PLAIN.match(text):
            return None
        points = code_points(text)
        kinds = tables.kinds.take(points, mode="clip")
    words = (kinds & _WORD).view(np.bool_)
    starts = words.copy()
    starts[1:] &= ~words[:-1]
    (at,) = np.nonzero(starts)
    if len(at) < _SIZE:
        return _Compared(len(at), ())
    # What parts words counts 0, so that a word may be summed up to the next. Each character is weighted by its place.
    upto = np.cumsum(tables.values.take(points, mode="clip") * tables.powers[: len(points)])
    sums = np.empty(len(at), np.uint64)
    sums[:-1] = upto[at[1:] - 1]
    sums[-1] = upto[-1]
    sums[1:] -= sums[:-1].copy()
    return _Compared(len(at), _numbers(_mixed(sums * tables.inverses[at])))
