"""Real articles, edits of them, and texts that look alike and are not: what clusters are measured on.

Everything is made from ``../shared`` with a fixed seed. A *family* is an article and its edits; records of different
families are unlike. Domains are parted in two: thresholds are chosen on one part and measured on the other.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from benchmarks.common import need_shared
from newscrawl.text import shingles
from newscrawl.urls import registrable_domain

__all__ = ["SEED", "Item", "articles", "families", "unlike"]

SEED = 15
#: Characters of an article that are taken.
MOST = 30_000
#: Articles of this Jaccard similarity are one. There are two such pairs, read and found to be the same articles.
TWINS = 0.5
#: What the slots of a template are filled with.
_FILL = (
    "amber birch cedar delta ember fjord grove hazel indigo juniper kestrel laurel maple nectar olive poplar quartz "
    "river saffron tundra umber violet willow yarrow zephyr bishop carver dawson ellery fisher gardner"
    " holden irving jarvis"
).split()
_HOROSCOPE = (
    "Your stars for today. This is a day on which patience pays, and {s} may bring what you have long been waiting "
    "for. In love, be open for {w} and do not take every word to heart. At work somebody will ask you about {s}, and "
    "the answer should wait until the evening. Money matters are calm, but keep an eye on {w}. "
    "Your lucky colour is {w}. "
    "Come back tomorrow for what the stars hold for you, and share this page with the ones you love."
)
_OBITUARY = (
    "{p}, of {w}, passed away peacefully at home, surrounded by family and friends. Born in {w} to {p} and {p}, the "
    "deceased worked for many years as a teacher at {w} and was known to all for kindness and good humour. A service "
    "will be held at the church of {w}, followed by a gathering at the hall. In place of flowers the family asks for "
    "gifts to {p} House. Condolences may be left with the funeral home, which has served families in this area for "
    "generations and will be glad to help you in your time of need."
)
_MATCH = (
    "How to watch {p} against {p}: time, channel and stream. The {w} league goes on this week when {p} meet {p} at the "
    "{w} arena. Fans can follow the game on television or by a stream on their phones, tablets and computers. The home "
    "side comes off {s}, while the visitors hope for a turn after {s}. We may earn a commission if you buy something "
    "through links on this page. Prices and availability are as of the time of publication and may change at any time."
)
_SHARES = (
    "Shares of {p} Inc. traded {w} on {w}day and closed at ${n}.{n}, a change of {n} per cent. The company has a "
    "market capitalisation of ${n} billion and a price to earnings ratio of {n}. Analysts at {p} raised their target "
    "from ${n} to ${n}. The stock has a fifty day average of ${n}.{n}. {n} per cent of the shares are held "
    "by institutions. "
    "Receive a daily summary of the latest news and ratings for the company and its competitors by our newsletter."
)
_BREAK = re.compile(r"\n\s*\n|\n")


@dataclass(frozen=True, slots=True)
class Item:
    """One record to be: ``family`` names what it is an edit of, ``kind`` the edit."""

    name: str
    family: str
    kind: str
    text: str


@cache
def articles(part: str) -> list[tuple[str, str]]:
    """(name, text) of the articles whose domain falls into *part*: ``choose`` or ``measure``."""
    found: list[tuple[str, str, str]] = []
    for line in (need_shared("data/pages") / "gold.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row.get("body") and row["set"] in ("scrapinghub", "fundus"):
            found.append((row["name"], row["url"], row["body"]))
    with gzip.open(need_shared("data/wcxb/gold.jsonl.gz"), "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row["type"] == "article" and row.get("body"):
                found.append((f"wcxb-{row['name']}", row["url"], row["body"]))
    chosen = []
    for name, url, body in found:
        domain = registrable_domain(url) or name
        odd = hashlib.sha256(domain.encode()).digest()[0] % 2
        if ("choose" if odd else "measure") == part:
            chosen.append((name, body[:MOST]))
    return _without_twins(sorted(chosen))


def _without_twins(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each article once: some are in the data twice, saved at another time, and rightly end in one cluster."""
    kept: list[tuple[str, str]] = []
    sets: list[set[tuple[str, ...]]] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for name, text in found:
        own = shingles(text)
        common = Counter(number for one in own for number in holders.get(one, ()))
        if any(shared / (len(own) + len(sets[number]) - shared) >= TWINS for number, shared in common.items()):
            continue
        for one in own:
            holders.setdefault(one, []).append(len(sets))
        kept.append((name, text))
        sets.append(own)
    return kept


def _paragraphs(text: str) -> list[str]:
    return [one for one in _BREAK.split(text) if one.strip()]


def _words(text: str) -> list[str]:
    return text.split(" ")


def _change(rng: random.Random, text: str, pool: list[str], share: float) -> str:
    """*text* with *share* of its words replaced by words of other articles; single characters where there are none."""
    words = _words(text)
    if len(words) * 12 < len(text):
        return "".join(
            rng.choice("的一是不了人我在有他这为之大来以个中上们") if rng.random() < share / 2 else one for one in text
        )
    return " ".join(rng.choice(pool) if rng.random() < share else word for word in words)


def _cut(rng: random.Random, text: str, share: float) -> str:
    parts = _paragraphs(text)
    wanted = len(text) * (1 - share)
    while len(parts) > 1 and sum(map(len, parts)) > wanted:
        parts.pop(rng.randrange(len(parts)))
    return "\n\n".join(parts)


def _add(rng: random.Random, text: str, others: list[str], share: float) -> str:
    parts, added = _paragraphs(text), 0
    while added < len(text) * share:
        one = rng.choice(others)
        parts.insert(rng.randrange(len(parts) + 1), one)
        added += len(one)
    return "\n\n".join(parts)


def _lead(rng: random.Random, text: str, others: list[str]) -> str:
    parts = _paragraphs(text)
    return "\n\n".join([*rng.sample(others, 2), *parts[1:]])


def _translated(text: str, key: int) -> str:
    """Another language that keeps names and figures: each word in small letters becomes another one."""

    def other(found: re.Match[str]) -> str:
        digest = hashlib.blake2b(f"{key}{found[0]}".encode(), digest_size=len(found[0]) // 2 + 1).digest()
        return "".join(chr(97 + one % 26) for one in digest)

    # Words that are written small; where a script has no capitals all of them.
    return re.sub(r"\b[^\W\d_]{2,}\b", lambda found: found[0] if found[0][0].isupper() else other(found), text)


def families(part: str, *, seed: int = SEED) -> list[Item]:
    """Each article of *part* with ten edits, and a translation in a family of its own."""
    rng = random.Random(f"{seed}-{part}")
    bases = articles(part)
    pool = [word for _, text in bases for word in _words(text)[:300]]
    others = [one for _, text in bases for one in _paragraphs(text) if 100 < len(one) < 600]
    items = []
    for name, text in bases:
        edits = {
            "same": text,
            "spaces": text.replace(" ", "  ").replace("\n", "\n\n").upper(),
            "words 1 %": _change(rng, text, pool, 0.01),
            "words 3 %": _change(rng, text, pool, 0.03),
            "words 6 %": _change(rng, text, pool, 0.06),
            "cut a fifth": _cut(rng, text, 0.2),
            "cut two fifths": _cut(rng, text, 0.4),
            "added a fifth": _add(rng, text, others, 0.2),
            "added two fifths": _add(rng, text, others, 0.4),
            "headline": f"{' '.join(rng.choices(pool, k=12))}\n\n{text}",
            "lead": _lead(rng, text, others),
            "other lead": _lead(rng, text, others),
            "cut and words": _change(rng, _cut(rng, text, 0.15), pool, 0.02),
        }
        items += [Item(f"{name} {kind}", name, kind, edit) for kind, edit in edits.items()]
        items.append(Item(f"{name} translated", f"{name} translated", "translated", _translated(text, 1)))
    return items


def unlike(part: str, *, seed: int = SEED) -> list[Item]:
    """Records of one family each that share a footer, captions or a template."""
    rng = random.Random(f"{seed}-{part}-unlike")
    bases = [text for _, text in articles(part)]
    pool = [word for text in bases for word in _words(text)[:300]]
    pieces = [one for text in bases for one in _paragraphs(text) if 150 < len(one) < 900]
    rng.shuffle(pieces)
    items: list[Item] = []

    def add(kind: str, text: str) -> None:
        items.append(Item(f"{kind} {len(items)}", f"{kind} {len(items)}", kind, text))

    for size in (20, 40, 60, 90):
        footer = " ".join(rng.choices(pool, k=size))
        for number in range(40):
            body = "\n\n".join(pieces[(number * 3 + size * 7) % len(pieces) :][:2])
            add(f"footer of {size} words", f"{body}\n\n{footer}")
        for _ in range(20):
            brief = " ".join(rng.choices(pool, k=max(15, size // 3)))
            add(f"brief with a footer of {size} words", f"{brief}\n\n{footer}")
    captions = "\n\n".join(" ".join(rng.choices(pool, k=15)) for _ in range(8))
    for number in range(40):
        add("captions", "\n\n".join([*pieces[number * 4 : number * 4 + 4], captions]))
    for number in range(60):
        one, two, three = (rng.randint(1, 40) for _ in range(3))
        add(
            "weather",
            f"Forecast number {number} for today. In the morning the temperature will be around {one} degrees with "
            f"light winds from the west at {two} kilometres an hour. In the afternoon it will reach {three} degrees, "
            f"and the chance of rain is {rng.randint(5, 95)} per cent. Sunrise is at 6.{rng.randint(10, 59)} and "
            f"sunset at 7.{rng.randint(10, 59)} in the evening. Please check back tomorrow "
            "for the next forecast of our desk.",
        )
        numbers = ", ".join(str(rng.randint(1, 69)) for _ in range(6))
        add(
            "lottery",
            f"The winning numbers of the draw have been announced. They are {numbers}, and the bonus is "
            f"{rng.randint(1, 26)}. The estimated jackpot was {rng.randint(20, 900)} million dollars. Players have 180 "
            f"days to claim their prizes at any office of the lottery. Tickets cost two dollars and are sold until one "
            f"hour before each draw. If you or somebody you know has a gambling problem, help is there for you.",
        )
    for kind, text in _more_unlike(rng, pool, pieces):
        add(kind, text)
    return items


def _more_unlike(rng: random.Random, pool: list[str], pieces: list[str]) -> Iterator[tuple[str, str]]:
    """Longer footers and lists, templates that differ in names alone, and articles on one topic."""

    def some(size: int) -> str:
        return " ".join(rng.choices(pool, k=size))

    for size in (130, 180):
        footer = some(size)
        for _ in range(20):
            yield f"article with a footer of {size} words", f"{some(200)}\n\n{footer}"
            yield f"brief with a footer of {size} words", f"{some(rng.randint(30, 70))}\n\n{footer}"
    headlines = "\n\n".join(some(11) for _ in range(10))
    for number in range(30):
        yield "list of headlines", f"{' '.join(pieces[number * 2 : number * 2 + 2])}\n\nRead more\n\n{headlines}"
    gallery = [some(14) for _ in range(12)]
    for _ in range(30):
        yield "gallery", "\n\n".join([some(60), *rng.sample(gallery, 9)])
    for _ in range(40):
        yield "horoscope", _template(rng, _HOROSCOPE)
        yield "obituary", _template(rng, _OBITUARY)
        yield "match", _template(rng, _MATCH)
        yield "shares", _template(rng, _SHARES)
    quote = some(55)
    for _ in range(30):
        yield "one topic", f"{some(90)}\n\n{quote}\n\n{some(120)}"


def _template(rng: random.Random, template: str) -> str:
    """*template* with its slots filled: {n} a figure, {w} a word, {p} a name of two words, {s} a few words."""
    fill: dict[str, Callable[[], str]] = {
        "n": lambda: str(rng.randint(2, 98)),
        "w": lambda: rng.choice(_FILL),
        "p": lambda: f"{rng.choice(_FILL).title()} {rng.choice(_FILL).title()}",
        "s": lambda: " ".join(rng.choices(_FILL, k=7)),
    }
    return re.sub(r"\{(\w)\}", lambda found: fill[found[1]](), template)
