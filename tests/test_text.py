"""The one door for text: what comes out can go anywhere."""

from __future__ import annotations

import hashlib
import random
import time
import unicodedata

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl import text
from newscrawl.text import (
    clean_line,
    clean_text,
    content_hash,
    counted,
    escape_controls,
    normalized,
    shingles,
    similarity,
    tokens,
    word_count,
)  # fmt: skip

#: Whatever may come: lone surrogates as well, which hypothesis leaves out by itself.
ANYTHING = st.text(
    alphabet=st.one_of(st.characters(), st.characters(categories=["Cs"]), st.sampled_from("\0\r\n\t \u2028\x85"))
)


@given(ANYTHING)
def test_what_is_cleaned_can_go_anywhere(value: str) -> None:
    for cleaned in (clean_text(value), clean_line(value)):
        if cleaned is None:
            continue
        assert cleaned == cleaned.strip() != ""
        assert unicodedata.normalize("NFC", cleaned) == cleaned
        assert orjson.loads(orjson.dumps(cleaned)) == cleaned
        for one in cleaned:
            assert unicodedata.category(one) not in {"Cs"}
            assert one == "\n" or ord(one) >= 0x20
            assert not 0x7F <= ord(one) <= 0x9F
            assert ord(one) & 0xFFFE != 0xFFFE
    assert "\n" not in (clean_line(value) or "")
    assert "\n\n\n" not in (clean_text(value) or "")


@given(ANYTHING)
def test_cleaning_is_done_once(value: str) -> None:
    assert clean_text(clean_text(value)) == clean_text(value)
    assert clean_line(clean_line(value)) == clean_line(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None), ("", None), (" \n\t ", None), ("\0\ufeff\u00ad", None),
        ("a\r\nb\rc", "a\nb\nc"), ("a\n \t\n\n b", "a\n\nb"), ("a \t b\u00a0c", "a b c"),
        ("a\u2028b\u2029c\x85d", "a\nb\nc\nd"),
        ("e\u0301", "é"), ("\u202eabc\u202c \u2066d\u2069", "abc d"), ("\ud83d", "\ufffd"), ("😀", "😀"),
        ("\u05d0\u200f \u0646\u200c\u0645", "\u05d0\u200f \u0646\u200c\u0645"),  # RLM and ZWNJ carry meaning
        ("one\n\n\n\n\ntwo\n\n", "one\n\ntwo"),
    ],
)  # fmt: skip
def test_text(value: str | None, text: str | None) -> None:
    assert clean_text(value) == text


def test_limits() -> None:
    assert clean_text("a" * 50, limit=10) == "a" * 10
    assert clean_line(" ".join("abcdefgh"), limit=6) == "a b c"
    assert len(clean_line("x" * 10_000) or "") == 2_000


def test_hostile_lengths_take_no_time() -> None:
    began = time.perf_counter()
    for value in ("\n " * 500_000, " " * 2_000_000, "\u0301" * 300_000, "a\n\t" * 500_000):
        clean_text(value)
        clean_line(value)
    assert time.perf_counter() - began < 10


def test_the_hash_is_as_written_down() -> None:
    expected = hashlib.sha256(b"a title\nsome text here ss").hexdigest()
    assert content_hash(" A  Title ", "Some\n\ntext\there ß") == expected
    assert content_hash("e\u0301", None) == content_hash("É", "")
    assert content_hash("a", "b") != content_hash("a b", None)
    assert content_hash(None, "\ud800") == content_hash("", "\ud800")


#: Marks that join or part, beside letters and digits, and what is near the bounds of the shorter way's characters.
JOINTS = st.text(alphabet="ab1_ '.,:;’‘·․‧⁄‿\n\t\xa0\xad-é²¼¸ßİŉаЯ\u0307\u0483“—€")


@given(JOINTS)
def test_plain_texts_go_a_shorter_way_to_the_same_answers(value: str) -> None:
    # A CJK letter apart, behind a break, sends the same text the longer way.
    longer = f"{value}\n\n文"
    assert clean_text(longer) == "\n\n".join(part for part in (clean_text(value), "文") if part)
    assert clean_line(longer) == " ".join(part for part in (clean_line(value), "文") if part)
    assert tokens(longer) == [*tokens(value), "文"]
    assert word_count(longer) == word_count(value) + 1


def test_words_by_unicode_segments() -> None:
    assert word_count("Don't stop, 3.14 e-mails — at once!") == 7
    assert word_count("") == word_count(None) == word_count(" … – !") == 0


def test_tokens_of_scripts_without_spaces() -> None:
    assert tokens("Das STRASSE-Fest 2026") == ["das", "strasse", "fest", "2026"]
    assert tokens("中文 news") == ["中", "文", "news"]
    assert tokens("ที่นี่") == ["ที่", "นี่"]


def test_similarity() -> None:
    text = "one two three four five six seven eight"
    assert similarity(text, text.upper()) == 1.0
    assert similarity(text, f"before it {text} and after") == 1.0
    assert similarity(text, text.replace("five", "5")) == pytest.approx(1 / 5)
    assert similarity(text, "nothing of the kind stands in here") == 0
    assert similarity("", text) == similarity(None, None) == 0
    assert shingles("a b") == {("a", "b")}


@given(st.text(), st.text())
def test_similarity_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) <= 1
    assert similarity(one, other) == similarity(other, one)


@given(ANYTHING)
def test_what_is_logged_stays_on_its_line(value: str) -> None:
    shown = escape_controls(value)
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(one) in {"Cc", "Cs"} for one in shown)
    shown.encode("utf-8")


def test_a_number_and_its_noun() -> None:
    assert [counted(n, "post") for n in (0, 1, 2)] == ["0 posts", "1 post", "2 posts"]
    assert counted(2, "category", "categories") == "2 categories"


def test_marks_in_a_row_are_cut_and_cost_little() -> None:
    """400,000 of them took minutes, in one call of C code that no signal ends."""
    begun = time.process_time()
    marks = "\u0316\u0301" * 200_000
    assert clean_text(f"a{marks}b") == unicodedata.normalize("NFC", "a" + "\u0316\u0301" * 15 + "b")
    assert clean_line(f"a{marks}") == clean_line("a" + "\u0316\u0301" * 15)
    # U+0F73 is no mark by its combining class, and two when it is decomposed.
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert len(normalized("a" + "\u0f73" * 200_000, form)) < 100  # type: ignore[arg-type]
    assert content_hash(marks, marks) == content_hash(marks[:30], marks[:30])
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("value", ["हिन्दी में लिखा", "Việt Nam", "שָׁלוֹם עֲלֵיכֶם", "ཧཱུྃ", "Z̴̡̢͎̗͊͋̈́̕a̸l̷g̶o", "नि॒ष्ट॑प्त॒" + "\u0301" * 20])
def test_what_people_write_keeps_its_marks(value: str) -> None:
    for form in ("NFC", "NFKD"):
        assert normalized(value, form) == unicodedata.normalize(form, value)  # type: ignore[arg-type]


_MIXED = "ab12_.,;:'’‘․‧⁄· \n-àŉЖ7é€ÀµßİA"


@pytest.mark.parametrize("seed", range(40))
def test_words_counted_by_table_are_those_that_the_pattern_finds(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(20):
        value = "".join(rng.choices(_MIXED, k=rng.choice((1, 2, 3, 30, 400))))
        assert text._count_plain(value) == len(text._PLAIN_SEGMENT.findall(value)), value


@pytest.mark.parametrize("seed", range(40))
def test_texts_compared_by_table_share_what_their_words_do(seed: int) -> None:
    rng = random.Random(seed)
    for alphabet in (_MIXED, _MIXED + "²½中ไทย٣", "ab c"):
        one, other, third = ("".join(rng.choices(alphabet, k=rng.choice((9, 60, 400)))) for _ in range(3))
        pair = (one + other, other + third)
        for value in pair:
            assert text.token_count(value) == len(text.tokens(value)), value
        first, second = (text.shingles(value) for value in pair)
        least = min(len(first), len(second))
        shared = len(first & second) / least if least else 0.0
        assert text.similarity(*pair) == pytest.approx(shared), pair


@given(st.text(alphabet="ab A.,\n\n\t\xa0\u2028'1ß\u0130\u0301\u200d漢ไ😉\ufe0f™²\r", max_size=80))
def test_a_text_is_read_by_its_lines_as_it_is_read_whole(given_text: str) -> None:
    value = given_text * 9
    if not text._PLAIN.match(value):
        assert text._count_segments(value) == len(text._SEGMENT.findall(value))
    folded = value.casefold()
    whole = (text._PLAIN_TOKEN if text._PLAIN.match(folded) else text._TOKEN).findall(folded)
    assert text.tokens(value) == whole
