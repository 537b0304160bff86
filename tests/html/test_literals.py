"""What a text must hold for a pattern to match: never more than the pattern itself asks for."""

from __future__ import annotations

import random
import re

import pytest

from newscrawl.extraction import authors, beside, classify, features
from newscrawl.extraction import dates as dates_of_pages
from newscrawl.html import dates
from newscrawl.html.literals import Beginnings, Keys, Phrases, fold, may_match, needed

SEARCHED = [
    classify._CHALLENGE,
    classify._CHALLENGE_MARKUP,
    classify._CONSENT,
    classify._LOGIN,
    classify._NOT_FOUND,
    classify._PAYWALL,
    authors._STATE_AUTHOR.pattern,
    beside._CONSENT,
    dates_of_pages._STATE_DATE.pattern,
]
MATCHED = [features.LEADS_ON, features._BYLINE, dates._PUBLISHED]
TEXTS = [
    "We value your privacy: ACCEPT ALL COOKIES, or see our 120 partners.",
    "Wir und unsere 80 Partner. Mit Werbung weiterlesen; Einwilligung.",
    "Vos préférences sur les cookies. Continuer sans accepter",
    "Log in or sign  up. SIGNIN. Forgotten your password? 登录 ログイン",
    "Sıgn up, ſign in, LOGİN: letters that count as others",
    "残り 1,234文字 この記事は有料 会員限定. Subscribe now, already a MEMBER",
    "Just a moment... Verifying that you are human. Ray ID: 1. akamai bot challenge. CF-CHL",
    "Page not found, error 404. Sayfa bulunamadı. SAYFA BULUNAMADI. Oops, GONE",
    '{"page_author": "Ada", \'AuthorName\': \'x\', "post_AUTHORS": [{"name":"Jo Li"}]}',
    '{\'datePublished\': \'2020-05-03\', "FIRST_PUBLISHED_AT":"2020-05-03", \\"created_at\\": \\"2020-05-03\\"}',
    "plus-Artikel. dostęp do pełnego. 유료회원. Nur für Abonnenten. Il vous reste 80 % à lire",
]
LINES = [
    "Read more: x", "READ also", "lire aussi", "  Más noticias", "ещё", "関連記事", "Don't miss", "See, here",
    "By Ada", "BY ADA", "Von Ada", "Veröffentlicht am", "Mis à jour", "Autorin: x", "Опубликовано", "Last updated",
    "Published", "first seen", "発行 2020", "ĐĂNG lúc", "Δημοσίευση", "Birt 3. maí", "İlk", "ılk", "x", "", " ",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SEARCHED, ids=lambda pattern: pattern.pattern[:30])
def test_a_text_that_matches_may_match(pattern: re.Pattern[str]) -> None:
    found = 0
    for text in TEXTS:
        for piece in (text, text.upper(), text.lower(), text.title(), text.swapcase()):
            if pattern.search(piece):
                found += 1
                assert may_match(pattern, fold(piece)), piece
    assert found
    assert not may_match(pattern, fold("The harbour stood still on Tuesday."))


@pytest.mark.parametrize("pattern", MATCHED, ids=lambda pattern: pattern.pattern[:30])
def test_a_line_that_matches_may_begin_so(pattern: re.Pattern[str]) -> None:
    beginnings = Beginnings(pattern)
    found = 0
    for line in LINES:
        for one in (line, line.upper(), line.lower(), line.swapcase()):
            if pattern.match(one.lstrip()):
                found += 1
                assert beginnings[one.lstrip()[:2]], one
    assert found >= 4
    assert not beginnings["Xy"]
    assert not beginnings[""]


def test_what_is_needed() -> None:
    assert needed(re.compile(r"(?i)Ab?cdef|x(?:yz1|yz2)w|[ab]{2}literal.{0,40}of it")) == (
        "cdef",
        "yz1",
        "yz2",
        "literal",
    )
    assert needed(re.compile(r"(?i)\b(?:one more|(?:two|three)s?)\b")) == ("one more", "two", "three")
    assert needed(re.compile(r"re\.d\|x+longer{2}")) == ("re.d|x",)
    assert needed(re.compile(r"(?:maybe)?sure(?:ly){0,2}[^)|]*(?!not)ab")) == ("sure",)


def test_a_pattern_that_needs_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no string"):
        needed(re.compile(r"(?i)long enough|\w+\s?x"))
    with pytest.raises(ValueError, match="no plain letter"):
        Beginnings(re.compile(r"(?i)\s*(?:plain|s?option)"))


def test_folding_keeps_the_length() -> None:
    for code in range(0x10000):
        if not 0xD800 <= code < 0xE000:
            assert len(fold(chr(code))) == 1, hex(code)


def test_folding_is_what_ignoring_case_ignores() -> None:
    for code in range(0x20, 0x250):
        letter = chr(code)
        for other in "abcdefghijklmnopqrstuvwxyzäöüßéñşıſ":
            if re.fullmatch(re.escape(other), letter, re.IGNORECASE):
                assert fold(letter) == fold(other), (letter, other)


def test_phrases_are_those_of_the_pattern() -> None:
    rng = random.Random(3)
    alternatives = r"bot(?:s|tle)?|2nd|été|on(?: the)? page|page \d+|next|next page|note:|postings?|post"
    phrases = Phrases(alternatives)
    assert phrases.findall("bots bottle botch été 2nd") == ["bots", "bottle", "été", "2nd"]
    plain = re.compile(rf"\b(?:{alternatives})\b")
    words = "bot bots bottle x2nd 2nd été on the page 3 page 12 next note:x note: post posting . - _ \n étés".split(" ")
    for _ in range(300):
        text = rng.choice(("", " ", "-")).join(rng.choices(words, k=30))
        assert phrases.findall(text) == plain.findall(text)
    with pytest.raises(ValueError, match="no plain character"):
        Phrases("read|(?:un)?read")


@pytest.mark.parametrize("keys", [authors._STATE_AUTHOR, dates_of_pages._STATE_DATE])
def test_keys_are_those_of_the_pattern(keys: Keys) -> None:
    rng = random.Random(4)
    words = (
        '{ } [ ] : , " \' \\" \\\' x author authors AUTHOR page_author postAuthor author_names "author":"Ada_Lee" name'
        ' "author":{"name":"Jo_Li" date_published created_at "created_at":"2020-05-03" publish_date deploy_dt posted'
        ' "date_posted":"2020-05-03T10:00" \\"author\\":\\"Ada_Lee\\" firstPublishedAt 2020-05-03 \u0130 \u0131'
    ).split(" ")
    found = 0
    for _ in range(4_000):
        text = "".join(rng.choices(words, k=14))
        spans = [match.span() for match in keys.finditer(text)]
        assert spans == [match.span() for match in keys.pattern.finditer(text)], text
        found += len(spans)
    assert found > 400


@pytest.mark.parametrize("pattern", classify._WITHIN_LINES, ids=lambda pattern: pattern.pattern[:30])
def test_a_pattern_within_lines_crosses_none(pattern: re.Pattern[str]) -> None:
    for text in TEXTS:
        for found in pattern.finditer(text):
            broken = re.sub(r" ", "\n", found[0])
            assert broken == found[0] or not any("\n" in other[0] for other in pattern.finditer(broken))
    assert not re.search(r"\\[snSWD]|\[\^|\(\?s", pattern.pattern)
