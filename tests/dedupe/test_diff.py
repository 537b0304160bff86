"""Differences in words: right, and bounded."""

from __future__ import annotations

import time

from newscrawl.dedupe.diff import MOST_CHANGES, compare


def test_words_that_changed() -> None:
    old = "First paragraph.\n\nThe minister said four people died on Monday.\n\nLast one."
    new = "First paragraph.\n\nThe minister said six people died on Monday night.\n\nLast one."
    told = compare(old, new)
    assert [(one.before, one.gone, one.new) for one in told.changes] == [
        ("The minister said", "four", "six"),
        ("people died on", "Monday.", "Monday night."),
    ]
    assert (told.words_gone, told.words_new, told.left_out) == (2, 3, 0)


def test_paragraphs_that_came_and_went() -> None:
    told = compare("One.\n\nTwo words.\n\nThree.", "One.\n\nThree.\n\nA new end.")
    assert [(one.gone, one.new) for one in told.changes] == [("Two words.", ""), ("", "A new end.")]


def test_white_space_is_no_change() -> None:
    assert compare("a  b\n\n\n\nc", "a b\n\nc").changes == ()
    assert compare(None, None).changes == ()
    assert compare(None, "new").words_new == 1


def test_hostile_texts_are_bounded() -> None:
    old = "\n\n".join("a b " * 200 + str(n) for n in range(600))
    new = "\n\n".join("b a " * 200 + str(n) for n in range(600))
    started = time.process_time()
    told = compare(old, new)
    many = compare("\n\n".join(f"x{n}\n\ny{n}" for n in range(240)), "\n\n".join(f"x{n}\n\nz{n}" for n in range(240)))
    assert time.process_time() - started < 20
    assert len(told.changes) <= MOST_CHANGES
    assert len(many.changes) == MOST_CHANGES
    assert many.left_out == 40


def test_a_word_in_each_of_many_paragraphs() -> None:
    """All paragraphs changed, and yet only the words that did are told."""
    parts = [
        [f"Word{n} stands here. " + " ".join(f"p{n}w{k}" for k in range(60)) + f". End of {n}."] for n in range(40)
    ]
    old = "\n\n".join(part for (part,) in parts)
    new = "\n\n".join(part.replace("w30 ", "w30x ") for (part,) in parts)
    told = compare(old, new)
    assert (told.words_gone, told.words_new) == (40, 40)
    assert [(one.gone, one.new) for one in told.changes[:2]] == [("p0w30", "p0w30x"), ("p1w30", "p1w30x")]


def test_a_script_without_spaces_is_compared_by_its_characters() -> None:
    told = compare("今日は天気がいい。明日も晴れるでしょう。", "今日は天気が悪い。明日も晴れるでしょう。")
    assert [(one.before, one.gone, one.new) for one in told.changes] == [("は天気が", "い", "悪")]
    assert (told.words_gone, told.words_new) == (1, 1)
