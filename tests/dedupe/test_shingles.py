"""Shingles are those of the join's similarity, and never change: what is stored of them is compared for years."""

from __future__ import annotations

import random

import numpy as np
import pytest

from newscrawl import text as plain
from newscrawl.dedupe.shingles import MOST_CHARACTERS, shingle

SAMPLES = {
    "english": "The quick brown fox doesn't jump over 12 lazy dogs, said Ms. O'Neil on 3 May 2024.",
    "german": "Straße, Größe und Übermut tun selten gut; das wußten schon die Alten von 1890.",
    "greek": "Ο Σίσυφος σπρώχνει τον λίθο ως την κορυφή, ΚΑΙ ΠΑΛΙ από την αρχή.",
    "russian": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "turkish": "İstanbul'da ışıklar 1923 yılında yandı ve herkes güldü.",
    "hebrew": "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ",
    "persian": "می‌خواهم به خانه بروم و کتاب بخوانم ۱۲۳",
    "hindi": "हिन्दी में एक वाक्य है जो परीक्षण के लिए लिखा गया",
    "thai": "ประเทศไทยมีน้ำ 12 แห่ง",
    "japanese": "今日は天気がいい。明日も晴れるでしょう。カタカナもある 2024年",
    "korean": "한국어 문장을 하나 적어 둡니다 2024년",
    "emoji": "Words 😀 around 🇩🇪 symbols, and 𝒎𝒂𝒕𝒉 and 𠀀𠀁 han",
    "underscores": "snake_case a_b __init__ c++ e-mail 3.14",
    "empty": "",
    "nothing": " .,;– \n\n",
    "short": "two words",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_tokens_and_shingles_are_those_of_the_text_module(name: str) -> None:
    sample = SAMPLES[name]
    made = shingle(sample)
    assert made.tokens == len(plain.tokens(sample))
    assert len(made.unique) == len(plain.shingles(sample))
    assert made.tokens == 0 or len(made.ordered) == max(1, made.tokens - 3)


def test_similarity_is_that_of_the_text_module() -> None:
    rng = random.Random(1)
    words = [word for sample in SAMPLES.values() for word in sample.split()]
    for _ in range(50):
        base = [rng.choice(words) for _ in range(60)]
        other = [word if rng.random() < 0.9 else rng.choice(words) for word in base]
        one, two = " ".join(base), " ".join(other)
        a, b = shingle(one), shingle(two)
        c, d = plain.shingles(one), plain.shingles(two)
        assert len(np.intersect1d(a.unique, b.unique)) == len(c & d)


@pytest.mark.parametrize("name", SAMPLES)
def test_texts_that_are_equal_have_the_same_shingles(name: str) -> None:
    """Case and white space make no difference, as in `text_hash`: which record is compared must not matter."""
    sample = SAMPLES[name]
    for other in (sample.casefold(), "  " + sample.replace(" ", " \n\n ") + "\n"):
        assert np.array_equal(shingle(sample).unique, shingle(other).unique)
        assert np.array_equal(shingle(sample).digits, shingle(other).digits)


def test_a_long_text_is_cut_at_the_same_place() -> None:
    rng = random.Random(2)
    words = [str(rng.randrange(10**6)) for _ in range(20_000)]
    one, other = shingle(" ".join(words)), shingle("\n\n".join(words))
    assert one.cut
    assert np.array_equal(one.ordered, other.ordered)
    assert one.tokens < len(words)
    assert not shingle("x" * MOST_CHARACTERS).cut


def test_figures_are_the_tokens_with_a_digit() -> None:
    assert len(shingle("On 3 May 2024 a B2B and b2b deal of ١٢٣ 3").digits) == 4


def test_hostile_texts_cost_what_they_are_long() -> None:
    for sample in ("a" * 3_000_000, "\u0301" * 100_000, "ß" * 100_000, "\U00020000" * 100_000, "\ud800" * 10):
        shingle(sample)


def test_frozen_shingles() -> None:
    """Stored signatures are made of these numbers. If this fails, SCHEME must grow and stored ones be rebuilt."""
    assert shingle("The quick brown fox jumps").ordered.tolist() == FROZEN_ENGLISH
    assert shingle("Größe 今日は hi 42").ordered.tolist() == FROZEN_MIXED


FROZEN_ENGLISH = [525577293266282593, 2758749649021906745]
FROZEN_MIXED = [15642820849412296850, 3705113941680573070, 5354486539352792295]
