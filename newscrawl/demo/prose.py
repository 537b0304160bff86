# ruff: noqa: E501 - long lines of text and markup read better whole
"""Seeded news prose: plausible, varied, and made up. Pure: the same random source gives the same words."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass

from newscrawl.demo import words

__all__ = ["LANGUAGES", "Cast", "headline", "paragraphs", "slugify"]

LANGUAGES = ("en", *words.PHRASES)

_IRREGULAR_PAST = {
    "uncover": "uncovered",
    "trim": "trimmed",
    "map": "mapped",
    "plan": "planned",
    "transfer": "transferred",
}
_SLUG_CUT = re.compile(r"[^a-z0-9]+")


def slugify(title: str, max_words: int = 10) -> str:
    """A WordPress-like slug: ASCII, lower case, hyphens, at most *max_words* words."""
    folded = unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode()
    parts = [part for part in _SLUG_CUT.sub("-", folded.lower().replace("'", "")).split("-") if part]
    return "-".join(parts[:max_words])


def _past(verb: str) -> str:
    if verb in _IRREGULAR_PAST:
        return _IRREGULAR_PAST[verb]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + "ed"


def _present(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def _gerund(verb: str) -> str:
    if verb in ("trim", "map", "plan", "transfer"):
        return verb + verb[-1] + "ing"
    return (verb[:-1] if verb.endswith("e") else verb) + "ing"


def _plural(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeio" or word.startswith(("un", "up")) else f"a {word}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


class Cast:
    """People, places and organisations of one article: their made-up names keep texts apart from each other."""

    def __init__(self, rng: random.Random) -> None:
        pick = rng.choice
        self.people = [
            (pick(words.FIRST_NAMES), pick(words.NAME_HEADS) + pick(words.SURNAME_TAILS))
            for _ in range(rng.randint(2, 4))
        ]
        self.places = [pick(words.NAME_HEADS) + pick(words.PLACE_TAILS) for _ in range(rng.randint(2, 4))]
        kinds = (
            "Group",
            "Institute",
            "Works",
            "Trust",
            "Foundation",
            "Holdings",
            "Labs",
            "Line",
            "Partners",
            "& Daughters",
        )
        self.orgs = [f"{pick(words.NAME_HEADS)}{pick(words.SURNAME_TAILS)} {pick(kinds)}" for _ in range(2)]
        self.nouns = rng.sample(words.NOUNS, 24)
        self.agents = rng.sample(words.AGENTS, 12)
        self.introduced: set[str] = set()

    def person(self, rng: random.Random) -> tuple[str, str]:
        """A person's name as it is written this time (full at first mention) and a role, empty later on."""
        first, last = rng.choice(self.people)
        if last in self.introduced:
            return last, ""
        self.introduced.add(last)
        return f"{first} {last}", rng.choice(self.agents)[1]


def _thing(rng: random.Random, cast: Cast) -> str:
    noun, adjective = rng.choice(cast.nouns), rng.choice(words.ADJECTIVES)
    form = rng.randrange(8)
    if form == 0:
        return f"{rng.choice(cast.orgs)}’s {noun}"
    if form == 1:
        return f"{rng.randint(2, 940)} {_plural(noun)}"
    if form == 2:
        return f"the {noun} at {rng.choice(cast.places)}"
    if form == 3:
        return _article(f"{adjective} {noun}")
    if form == 4:
        return f"{rng.choice(cast.places)}’s {adjective} {noun}"
    if form == 5:
        return f"{adjective} {_plural(noun)}"
    return f"the {adjective} {noun}"


def _subject(rng: random.Random, cast: Cast) -> str:
    form = rng.randrange(6)
    if form == 0:
        return rng.choice(cast.orgs)
    if form == 1:
        return cast.person(rng)[0]
    if form == 2:
        return f"{rng.choice(cast.agents)[0]} of {rng.choice(cast.places)}"
    return rng.choice(cast.agents)[0]


def _clause(rng: random.Random, cast: Cast) -> str:
    verb, other = rng.choice(words.VERBS), rng.choice(words.VERBS)
    form = rng.randrange(6)
    middle = _past(verb)
    if form == 0:
        middle = f"had {_past(verb)}"
    elif form == 1:
        middle = f"will {verb}"
    elif form == 2:
        middle = f"{_past(verb)} and {_past(other)}"
    return f"{_subject(rng, cast)} {middle} {_thing(rng, cast)}"


def _sentence(rng: random.Random, cast: Cast) -> str:
    clause = _clause(rng, cast)
    form = rng.randrange(16)
    adverbial, reason = rng.choice(words.ADVERBIALS), rng.choice(words.REASONS)
    if form in (0, 1):
        name, role = cast.person(rng)
        speaker = f"{name}, a {role}" if role else name
        start = rng.choice(words.QUOTE_STARTS)
        return f"“{start} {clause},” {'said' if form else 'argued'} {speaker}{', ' if role else ' '}{adverbial}."
    if form == 2:
        return f"{rng.choice(words.OPENERS)}, {clause} {adverbial}."
    if form == 3:
        return f"{_upper(clause)}, {reason}."
    if form == 4:
        return f"According to {rng.choice(cast.orgs)}, {clause} {adverbial}."
    if form == 5:
        return f"After {_gerund(rng.choice(words.VERBS))} {_thing(rng, cast)}, {clause}."
    if form == 6:
        return f"{_upper(clause)} {adverbial}; {_clause(rng, cast)}."
    if form == 7:
        return f"In {rng.choice(cast.places)}, {clause} {reason}."
    if form == 8:
        return f"By {rng.randint(1962, 2024)}, {rng.randint(3, 97)} per cent of {_plural(rng.choice(cast.nouns))} had been {_past(rng.choice(words.VERBS))}."
    if form == 9:
        unit = rng.choice(("million", "thousand", "billion"))
        return f"{_upper(_thing(rng, cast))} cost {rng.choice('£€$')}{rng.randint(2, 99)}.{rng.randint(1, 9)} {unit}, and {clause}."
    if form == 10:
        name, role = cast.person(rng)
        lead = f"{name}, {_article(role)}," if role else name
        return f"{lead} called {_thing(rng, cast)} “{rng.choice(words.ADJECTIVES)} and {rng.choice(words.ADJECTIVES)}”."
    if form == 11:
        return f"Would {_subject(rng, cast)} {rng.choice(words.VERBS)} {_thing(rng, cast)}? {_upper(clause)}."
    if form == 12:
        return f"{_upper(_thing(rng, cast))} – {rng.choice(words.ADJECTIVES)}, {rng.choice(words.ADJECTIVES)} – was {_past(rng.choice(words.VERBS))} {adverbial}."
    if form == 13:
        return f"{_upper(clause)} {adverbial}, {rng.choice(words.REASONS)}, but {_clause(rng, cast)}."
    return f"{_upper(clause)} {adverbial}."


@dataclass(frozen=True, slots=True)
class _Idiom:
    """How a language puts phrases together. Patterns name ``place``, ``year`` and ``count``."""

    near: str
    joint: str
    open_quote: str
    close_quote: str
    census: str
    comma: str = ", "
    verb_second: bool = False
    verb_first: bool = False


_IDIOMS = {
    "de": _Idiom("in {place}", "und", "„", "“", "Im Jahr {year} zählte {place} {count} Einwohner", verb_second=True),
    "fr": _Idiom("à {place}", "et", "« ", " »", "En {year}, {place} comptait {count} habitants"),
    "es": _Idiom("en {place}", "y", "«", "»", "En {year}, {place} tenía {count} habitantes"),
    "ru": _Idiom("в городе {place}", "и", "«", "»", "В {year} году в городе {place} жили {count} человек"),
    "ar": _Idiom(
        "في {place}", "و", "«", "»", "في عام {year} بلغ عدد سكان {place} نحو {count} نسمة", "، ", verb_first=True
    ),
}


def _foreign_sentence(rng: random.Random, cast: Cast, language: str) -> str:
    lists, idiom = words.PHRASES[language], _IDIOMS[language]
    subject, verb = rng.choice(lists["subjects"]), rng.choice(lists["verbs"])
    thing, adverbial = rng.choice(lists["objects"]), rng.choice(lists["adverbials"])
    place, name = rng.choice(cast.places), cast.person(rng)[0]
    near, comma = idiom.near.format(place=place), idiom.comma
    verb2, thing2 = rng.choice(lists["verbs"]), rng.choice(lists["objects"])
    acts = f"{verb} {subject}" if idiom.verb_first else f"{subject} {verb}"
    form = rng.randrange(7)
    if form == 0:
        said = rng.choice(lists["said"])
        return f"{idiom.open_quote}{_upper(acts)} {thing} {adverbial}{idiom.close_quote}{comma}{said} {name} {near}."
    if form == 1:
        opener = rng.choice(lists["openers"])
        if idiom.verb_second:
            return f"{opener} {verb} {subject} {near} {thing} {adverbial}."
        return f"{opener}{comma}{acts} {near} {thing} {adverbial}."
    if form == 2:
        return f"{_upper(acts)} {thing} {near} {idiom.joint} {verb2} {thing2} {adverbial}."
    if form == 3:
        census = idiom.census.format(year=rng.randint(1962, 2024), place=place, count=rng.randint(200, 99999))
        return f"{census}; {acts} {thing}."
    if form == 4:
        return f"{name} {verb} {thing} {adverbial}{comma}{subject} {verb2} {thing2} {near}."
    if form == 5:
        return (
            f"{_upper(rng.choice(lists['adverbials']))}: {acts} {thing}{comma}{rng.choice(cast.orgs)} {verb2} {thing2}."
        )
    return f"{_upper(acts)} {near} {thing} {adverbial}."


def paragraphs(rng: random.Random, cast: Cast, *, language: str = "en", words_wanted: int = 400) -> list[str]:
    """Paragraphs of one to four sentences in *language*, about *words_wanted* words together."""
    found: list[str] = []
    have = 0
    while have < words_wanted:
        sentences = []
        for _ in range(rng.randint(2, 4)):
            sentences.append(_sentence(rng, cast) if language == "en" else _foreign_sentence(rng, cast, language))
        paragraph = " ".join(sentences)
        have += len(paragraph.split())
        found.append(paragraph)
    return found


def headline(rng: random.Random, place: str, verb: str, *, language: str = "en") -> str:
    """A headline that holds *place* and, in English, *verb*: together they keep titles apart."""
    if language != "en":
        lists = words.PHRASES[language]
        thing, adverbial = rng.choice(lists["objects"]), rng.choice(lists["adverbials"])
        subject, action = rng.choice(lists["subjects"]), rng.choice(lists["verbs"])
        acts = f"{action} {subject}" if _IDIOMS[language].verb_first else f"{subject} {action}"
        return f"{place}: {_upper(acts)} {thing} {adverbial}"
    noun, adjective = rng.choice(words.NOUNS), rng.choice(words.ADJECTIVES)
    form = rng.randrange(5)
    tail = rng.choice(words.HEADLINE_TAILS)
    if form == 0:
        return f"{place} {_present(verb)} {adjective} {noun} {tail}"
    if form == 1:
        return f"Why {place} {_past(verb)} its {adjective} {noun}"
    if form == 2:
        return f"‘{_upper(adjective)} and {rng.choice(words.ADJECTIVES)}’: {place} {_present(verb)} the {noun} {tail}"
    if form == 3:
        return f"{place}’s {noun}: {_upper(rng.choice(words.AGENTS)[0])} {_past(verb)} {_article(adjective)} plan"
    return f"{_upper(adjective)} {noun} & {adjective.split('-')[0]} {rng.choice(words.NOUNS)}: how {place} {_past(verb)} both"


def placename(number: int) -> str:
    """The *number*-th of ``len(NAME_HEADS) * len(NAME_HEADS) * len(PLACE_TAILS)`` two-part place names."""
    number, tail = divmod(number, len(words.PLACE_TAILS))
    second, first = divmod(number, len(words.NAME_HEADS))
    head = words.NAME_HEADS[first]
    return (
        f"{head}{words.PLACE_TAILS[tail]}"
        if second == 0
        else f"{head}{words.PLACE_TAILS[tail]} {words.NAME_HEADS[second]}"
    )
