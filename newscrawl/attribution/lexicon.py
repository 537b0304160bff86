"""Words that tell where a text comes from, by the part they play, in some seventy languages.

The table (``newscrawl/data/attribution_lexicon.json``) holds single word forms, not sentences: *first*, *publish*,
*again* (republish, repost), *source*, *via*, *read*, *original*, *translate*, *courtesy*, *adapt*, *this*, *article*
and some more. Sentences that nobody has listed are made of the same words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from newscrawl.text import normalized

__all__ = ["CORE", "Lexicon", "Tag", "language_of", "lexicon"]

#: Parts that can name a source at all; the others only support them.
CORE = frozenset(("first", "publish", "again", "source", "via", "read", "original", "translate", "courtesy", "adapt"))

# Scripts whose vowel signs and marks are no letters to `\w`, but belong to the word.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u200c"
_WORD = re.compile(rf"[hH]/[tT]|[^\W_][\w'’ʼ‐{_MARKS}-]*")
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff"
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]")
# Marks that are dropped before words are compared: Latin, Greek, Cyrillic, Hebrew, Arabic.
_DROPPED = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640\u200c]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u06ff]")
_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class Tag:
    """A word or words of the lexicon in a text: offsets, and ``(part, language)`` pairs that it may be."""

    start: int
    end: int
    senses: tuple[tuple[str, str], ...]

    def may_name(self) -> bool:
        """Whether it has a core part in some language."""
        return any(part in CORE or part == "full" for part, _ in self.senses)

    def plays(self, language: str) -> set[str]:
        """Its parts in *language*; of a word that *language* does not know, none."""
        return {part for part, spoken in self.senses if spoken == language}


_PARTED = re.compile(r"['‐-]")


def _folded(word: str) -> str:
    word = word.lower().replace("’", "'").replace("ʼ", "'")
    if word.isascii():
        return word
    plain = _DROPPED.sub("", normalized(word[:_LONGEST_WORD], "NFKD"))
    return normalized(plain, "NFC")


_Senses = tuple[tuple[str, str], ...]
# The words after the first, and the sense.
_Phrases = list[tuple[tuple[str, ...], tuple[str, str]]]
# Words whose senses are kept; the rest of a language is looked up anew.
_MOST_KNOWN = 50_000


class Lexicon:
    """The table, ready to be asked."""

    def __init__(self) -> None:
        text = resources.files("newscrawl.data").joinpath("attribution_lexicon.json").read_text(encoding="utf-8")
        parts: dict[str, dict[str, list[str]]] = json.loads(text)["roles"]
        self._whole: dict[str, set[tuple[str, str]]] = {}
        self._stems: dict[str, set[tuple[str, str]]] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, str]]]] = {}
        self._known: dict[str, tuple[_Senses, list[tuple[tuple[str, ...], tuple[str, str]]]]] = {}
        unspaced: dict[str, set[tuple[str, str]]] = {}
        for part, languages in parts.items():
            for language, forms in languages.items():
                for form in forms:
                    sense = (part, language)
                    words = [_folded(word) for word in form.rstrip("*").split()]
                    if _UNSPACED_RUN.search(form):
                        unspaced.setdefault(form.replace(" ", ""), set()).add(sense)
                    elif len(words) > 1:
                        self._phrases.setdefault(words[0], []).append((tuple(words[1:]), sense))
                    elif form.endswith("*") or (len(words[0]) > 1 and "\uac00" <= words[0][0] <= "\ud7a3"):
                        # Korean particles are written with the word.
                        self._stems.setdefault(words[0], set()).add(sense)
                    else:
                        self._whole.setdefault(words[0], set()).add(sense)
        self._stem_begins = frozenset(stem[:2] for stem in self._stems)
        self._unspaced = {form: tuple(sorted(senses)) for form, senses in unspaced.items()}
        self._unspaced_forms = re.compile("|".join(sorted(map(re.escape, unspaced), key=len, reverse=True)))

    def tags(self, text: str) -> list[Tag]:
        """The lexicon's words in *text*, in order. Linear."""
        found: list[Tag] = []
        known = self._known
        hits = list(_WORD.finditer(text))
        for place, hit in enumerate(hits):
            word = hit[0]
            entry = known.get(word)
            if entry is None:
                entry = self._look_up(word)
            senses, phrases = entry
            if phrases:
                senses, end = self._with_phrases(senses, phrases, hits, place)
                if senses:
                    found.append(Tag(hit.start(), end, senses))
            elif senses:
                found.append(Tag(hit.start(), hit.end(), senses))
        if not text.isascii() and _UNSPACED_RUN.search(text):
            found += [
                Tag(hit.start(), hit.end(), self._unspaced[hit[0]]) for hit in self._unspaced_forms.finditer(text)
            ]
            found.sort(key=lambda tag: tag.start)
        return found

    def _with_phrases(
        self,
        senses: _Senses,
        phrases: list[tuple[tuple[str, ...], tuple[str, str]]],
        hits: list[re.Match[str]],
        place: int,
    ) -> tuple[_Senses, int]:
        end = hits[place].end()
        following = _folded(hits[place + 1][0]) if place + 1 < len(hits) else ""
        if not any(rest[0] == following for rest, _ in phrases):
            return senses, end
        more = set(senses)
        for rest, sense in phrases:
            if tuple(_folded(one[0]) for one in hits[place + 1 : place + 1 + len(rest)]) == rest:
                more.add(sense)
                end = max(end, hits[place + len(rest)].end())
        return tuple(sorted(more)), end

    def _look_up(self, word: str) -> tuple[_Senses, list[tuple[tuple[str, ...], tuple[str, str]]]]:
        """The senses of *word* and the phrases that it begins, kept for the next time."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        folded = _folded(word[:_LONGEST_WORD])
        entry = (self._senses(folded), self._phrases.get(folded, []))
        if len(word) <= _LONGEST_WORD:
            self._known[word] = entry
        return entry

    def _senses(self, word: str) -> _Senses:
        forms = [word]
        if _RIGHT_TO_LEFT.match(word):  # a conjunction or preposition is written with the word
            forms += [word[cut:] for cut in (1, 2, 3) if len(word) - cut > 2]
        elif _PARTED.search(word):
            forms += [piece for piece in _PARTED.split(word) if len(piece) > 2 and piece != word][:3]
        senses: set[tuple[str, str]] = set()
        for form in forms:
            if whole := self._whole.get(form):
                senses |= whole
            if form[:2] in self._stem_begins:  # most words begin as no stem does
                for length in range(min(len(form), 20), 1, -1):
                    if stem := self._stems.get(form[:length]):
                        senses |= stem
        return tuple(sorted(senses)) if senses else ()


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon, read from the package's data on first use."""
    return Lexicon()


def language_of(tags: Iterable[Tag]) -> str:
    """The language in which *tags* play most parts, core parts counting twice; ``""`` without tags."""
    seen: set[tuple[str, str]] = {sense for tag in tags for sense in tag.senses}
    counts = Counter[str]()
    for part, language in seen:
        counts[language] += 2 if part in CORE else 1
    # English first among equals: its words are borrowed most.
    return max(counts, key=lambda language: (counts[language], language == "en", language), default="")
