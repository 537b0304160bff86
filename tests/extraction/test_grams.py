"""Words and shingles as numbers, against the plain way of making them."""

from __future__ import annotations

import random
import re
import time

import numpy as np
import pytest

from newscrawl.extraction import lexical
from newscrawl.extraction.grams import CJK, HEAD, Grams, marks_of, ranked, unspaced_characters

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
    ordered = grams.read(other).gram
    own = plain(other)
    assert len(ordered) == len(own)
    assert [ordered.tolist().index(gram) for gram in ordered] == [own.index(gram) for gram in own]
    shared = set(ordered.tolist())
    for i, text in enumerate(texts):
        assert len(grams.of(i) & shared) == len(set(plain(text)) & set(own))
        for j in range(i):
            assert len(grams.of(i) & grams.of(j)) == len(set(plain(text)) & set(plain(texts[j])))


def test_the_number_of_characters_without_spaces_only_spares_work() -> None:
    number = np.array([len(CJK.findall(text)) for text in TEXTS])
    given, found = Grams(TEXTS, number).pairs(), Grams(TEXTS).pairs()
    assert given.size.tolist() == found.size.tolist()
    assert given.gram.tolist() == found.gram.tolist()


@pytest.mark.parametrize("text", [*TEXTS, "港口" * 20 + "、。Ａ" * 400, "x’y" * 400 + "ｱ\U00020000"])
def test_characters_without_spaces_are_counted(text: str) -> None:
    assert unspaced_characters(text) == len(CJK.findall(text))
    assert lexical.count([text]).unspaced_characters.tolist() == [len(CJK.findall(text))]


def test_every_character_is_cut_and_folded_as_in_the_plain_way() -> None:
    characters = [chr(code) for code in (*range(0x10000), *range(0x10000, 0x110000, 61)) if not 0xD800 <= code < 0xE000]
    texts = ["".join(characters[at : at + 50]) for at in range(0, len(characters), 50)]
    grams = Grams([*texts, "a\ud800b"])
    words = [word for text in texts for word in re.findall(r"\w+", text.casefold())] + ["a", "b"]
    assert len(grams.words) == len(words)
    assert len(set(words)) == len(set(zip(grams.words.tolist(), words, strict=True))) == grams.count


@pytest.mark.parametrize("seed", range(5))
def test_words_that_differ_little_are_told_apart(seed: int) -> None:
    rng = random.Random(seed)
    words = list(
        {"".join(rng.choices("abé港", k=rng.randrange(1, 8))) for _ in range(3_000)} | {"x" * n for n in range(1, 300)}
    )
    grams = Grams([" ".join(words[at : at + 40]) for at in range(0, len(words), 40)])
    assert (grams.numbers(marks_of(words)) > 0).all()
    assert len(set(grams.numbers(marks_of(words)).tolist())) == len(words)


def test_a_text_of_more_characters_than_powers_are_kept() -> None:
    text = "zero " + "one two three four " * 5_000
    grams = Grams([text])
    assert len(grams.pairs().kinds) == 5
    assert len(grams.of(0) & set(Grams([text]).read("zero one two").gram.tolist())) == 1


@pytest.mark.parametrize("size", range(HEAD - 7, HEAD + 2))
@pytest.mark.parametrize("word", ["straße", "Harbour"])
def test_a_word_across_the_end_of_the_beginning(size: int, word: str) -> None:
    text = "a " * (size // 2) + " " * (size % 2) + word + " and more of it"
    grams = Grams([text, "Short"])
    assert len(grams.of(0) & set(grams.read(f"{word.upper()} and more").gram.tolist())) == 1


def test_names_are_looked_for_where_they_may_stand() -> None:
    texts = ["By Ann-Marie O’Dell, STRASSE", "", "ann-marie", "ann marie o-dell", "Strasse"]
    for others in ((), ("straße",)):
        grams = Grams(texts, others=others)
        assert grams.may_hold(["ann-marie o’dell"]) == [0, 3]
        assert grams.may_hold(["ann-marie o’dell", "straße".casefold()]) == [0, 3, 4]
        assert grams.may_hold(["mary o"]) == []
        assert grams.may_hold(["—"]) == list(range(5))


def test_a_page_of_one_character_costs_no_more_than_another() -> None:
    for character in ("a", "\U0001f600", "\U00010400", "ß"):
        texts = [character * 10_000] * 20
        begun = time.thread_time()
        grams = Grams(texts)
        assert grams.may_hold(["aaaa"]) == (list(range(20)) if character == "a" else [])
        grams.pairs()
        assert time.thread_time() - begun < 1


def test_other_texts_are_told_in_the_words_of_the_page() -> None:
    texts = ["The northern quay was closed", "港口星期二关闭" * 9, "quay " * 200]
    others = ["Quay, elsewhere", "", "northern quay was open", "港口星期二关"]
    grams = Grams(texts, others=others)
    quay = grams.words[2]
    assert grams.others[0][0] == quay
    assert grams.others[0][1] not in grams.words
    assert [len(one) for one in grams.others] == [2, 0, 4, 1]
    assert grams.pairs().block[grams.among(others[2], grams.others[2])].tolist() == [0]
    assert set(grams.pairs().block[grams.among(others[3], grams.others[3])].tolist()) == {1}
    assert grams.pairs().size.tolist() == Grams(texts).pairs().size.tolist()


def test_lines_of_another_text() -> None:
    grams = Grams(["The Port", "the port closed", "— —", "port the"])
    told = grams.read("Elsewhere\n THE port!\n\nmore of it")
    assert np.diff(told.start).tolist() == [1, 2, 0, 3]
    assert told.words[1:3].tolist() == grams.words[:2].tolist()


def test_a_lone_surrogate_of_another_text_parts_nothing() -> None:
    grams = Grams(["one two three four", "five six seven"])
    assert len(grams.read("one \ud800 two three").gram) == 1
    assert set(grams.read("one \ud800 two three").gram.tolist()) < grams.of(0)


def test_the_beginning_of_a_long_text() -> None:
    grams = Grams(TEXTS)
    for i, text in enumerate(TEXTS):
        assert int(grams.start[i + 1] - grams.start[i]) == len(re.findall(r"\w+", text[:HEAD].casefold()))
    assert (grams.numbers(marks_of(["word", "tail", "nowhere"])) > 0).tolist() == [True, True, False]


def test_no_texts() -> None:
    grams = Grams([])
    assert len(grams.pairs().gram) == 0
    assert grams.words.tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_numbers_are_ranked_as_numpy_does(seed: int) -> None:
    numbers = np.array(random.Random(seed).choices(range(-50, 50), k=seed * 40), dtype=np.int64)
    kinds, rank, times = np.unique(numbers, return_inverse=True, return_counts=True)
    found = ranked(numbers)
    assert found.kinds.tolist() == kinds.tolist()
    assert found.rank.tolist() == rank.tolist()
    assert np.diff(found.begin, append=len(numbers)).tolist() == times.tolist()
    assert numbers[found.order].tolist() == sorted(numbers.tolist())
