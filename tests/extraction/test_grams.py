"""Words and shingles as numbers, against the plain way of making them."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from newscrawl.extraction.grams import CJK, HEAD, Grams

TEXTS = [
    "The northern quay was closed on Tuesday, the port said. The northern quay was closed again.",
    "Two words",
    "One",
    "— … —",
    "Straße und STRASSE, it’s l’été",
    "港口星期二关闭，因为一台起重机掉落了货物。港口星期二关闭",
    "The port (港口) said so in English, at some length.",
    "กรุงเทพมหานครเป็นเมืองหลวง",
    "word " * 200 + "tail",
    "x" * (HEAD - 1) + " cut here",
    "y" * (HEAD + 3) + " cut there",
    "港口" * 300,
]


def plain(text: str) -> list[object]:
    """The shingles of *text*, in order, as tuples of words or as four characters."""
    words = re.findall(r"\w+", text.casefold())
    if len(CJK.findall(text)) * 3 > len(text):
        joined = "".join(words)
        return [joined[i : i + 4] for i in range(max(1, len(joined) - 3))]
    return list(zip(words, words[1:], words[2:], strict=False)) if len(words) > 2 else [tuple(words)]


def test_as_many_shingles_as_the_plain_way_has() -> None:
    pairs = Grams(TEXTS).pairs()
    assert pairs.size.tolist() == [len(set(plain(text))) for text in TEXTS]
    assert pairs.block.tolist() == sorted(pairs.block.tolist())


@pytest.mark.parametrize("seed", range(20))
def test_what_two_texts_share(seed: int) -> None:
    rng = random.Random(seed)
    words = ["quay", "Port", "closed", "été", "STRASSE", "straße", "港口", "星", "it’s", "—", "12.5", "a-b", "ก"]
    texts = [" ".join(rng.choices(words, k=rng.choice((0, 1, 2, 3, 8, 40, 150)))) for _ in range(25)]
    grams = Grams(texts)
    other = " ".join(rng.choices(words, k=60)) + "\n" + rng.choice(texts)
    ordered = grams.in_order(other)
    own = plain(other)
    assert len(ordered) == len(own)
    assert [ordered.tolist().index(gram) for gram in ordered] == [own.index(gram) for gram in own]
    shared = set(ordered.tolist())
    for i, text in enumerate(texts):
        assert len(grams.of(i) & shared) == len(set(plain(text)) & set(own))
        for j in range(i):
            assert len(grams.of(i) & grams.of(j)) == len(set(plain(text)) & set(plain(texts[j])))


def test_the_highest_characters_only_spare_work() -> None:
    highest = np.array([max(map(ord, text), default=0) for text in TEXTS], dtype=np.uint32)
    given, found = Grams(TEXTS, highest).pairs(), Grams(TEXTS).pairs()
    assert given.size.tolist() == found.size.tolist()
    assert given.gram.tolist() == found.gram.tolist()


def test_lines_of_another_text() -> None:
    grams = Grams(["The Port", "the port closed", "— —", "port the"])
    _, lines = grams.in_lines("Elsewhere\n THE port!\n\nmore of it")
    assert [grams.line(i) in lines for i in range(4)] == [True, False, True, False]
    assert grams.line(2) == b""


def test_a_lone_surrogate_of_another_text_parts_nothing() -> None:
    grams = Grams(["one two three four", "five six seven"])
    assert len(grams.in_order("one \ud800 two three")) == 1
    assert set(grams.in_order("one \ud800 two three").tolist()) < grams.of(0)


def test_the_beginning_of_a_long_text() -> None:
    grams = Grams(TEXTS)
    for i, text in enumerate(TEXTS):
        assert int(grams.start[i + 1] - grams.start[i]) == len(re.findall(r"\w+", text[:HEAD].casefold()))
        assert grams.folded[i] == text[:HEAD].casefold()
    assert grams.number_of({"word", "tail", "nowhere"}).keys() == {"word", "tail"}


def test_no_texts() -> None:
    grams = Grams([])
    assert len(grams.pairs().gram) == 0
    assert grams.folded == []
