"""How two texts are related: symmetric, and no relation by a footer or a template."""

from __future__ import annotations

import itertools
import random

import pytest

from newscrawl.dedupe import relate, shingle
from newscrawl.dedupe.relation import NEAR
from tests.dedupe.world import edited, paragraphs, story, words


def texts() -> dict[str, str]:
    rng = random.Random(6)
    base, footer = story(rng, 5, 60), words(rng, 45)
    return {
        "base": paragraphs(base),
        "edited": paragraphs(edited(rng, base, 0.03)),
        "cut": paragraphs(base[:-1]),
        "other lead": paragraphs([words(rng, 25), *base[1:]]),
        "longer": paragraphs([*story(rng, 8, 60), *base]),
        "brief": paragraphs([words(rng, 14), footer]),
        "other brief": paragraphs([words(rng, 15), footer]),
        "footer": paragraphs([footer]),
        "stub": "Watch the video above.",
        "none": "",
    }


def test_it_is_symmetric() -> None:
    for one, other in itertools.permutations(texts().values(), 2):
        here, there = relate(shingle(one), shingle(other)), relate(shingle(other), shingle(one))
        assert (here.shared, here.similarity, here.near, here.why_not) == (
            there.shared, there.similarity, there.near, there.why_not,
        )  # fmt: skip
        assert (here.one_within, here.other_within) == (there.other_within, there.one_within)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("base", "edited", True),
        ("base", "cut", True),
        ("base", "other lead", True),
        ("base", "longer", False),
        ("base", "brief", False),
        ("brief", "other brief", False),
        ("stub", "stub", False),  # equal texts are one text; what is short is not compared
        ("none", "none", False),
    ],
)
def test_alike(one: str, other: str, near: bool) -> None:
    made = texts()
    assert relate(shingle(made[one]), shingle(made[other])).near is near


def test_a_footer_is_refused_with_its_reason() -> None:
    made = texts()
    relation = relate(shingle(made["brief"]), shingle(made["other brief"]))
    assert relation.similarity >= NEAR
    assert relation.why_not == "boilerplate"


def test_within() -> None:
    made = texts()
    relation = relate(shingle(made["base"]), shingle(made["longer"]))
    assert (relation.one_within, relation.other_within) == (True, False)
    # A text that is hardly longer holds nothing.
    assert not relate(shingle(made["base"]), shingle(made["edited"])).one_within


def template(rng: random.Random) -> str:
    low, high, wind, rain, hour = (rng.randint(1, 99) for _ in range(5))
    return (
        f"The forecast for today: temperatures between {low} and {high} degrees with light winds of {wind} kilometres"
        f" an hour from the west, and a chance of rain of {rain} per cent until {hour} o'clock. Roads may be wet in the"
        " morning hours and drivers are asked to take care. Check back tomorrow for the next forecast of our desk, and"
        " send us your pictures of the weather where you are."
    )


def test_one_template_with_other_figures_is_refused() -> None:
    rng = random.Random(7)
    found = [relate(shingle(template(rng)), shingle(template(rng))) for _ in range(50)]
    assert not any(one.near for one in found)
    assert any(one.why_not == "figures" for one in found)


def test_an_edit_keeps_its_figures() -> None:
    text = template(random.Random(8))
    assert relate(shingle(text), shingle(text.replace("light winds", "mild winds"))).near
    assert relate(shingle(text), shingle(f"UPDATE 3: {text} By the desk, 2024.")).near


OBITUARY = (
    "{} {}, of {}, passed away peacefully at home, surrounded by family and friends. Born in {} to {} and {}, the"
    " deceased worked for many years as a teacher at {} and was known to all for kindness and good humour. A service"
    " will be held at the church of {}, followed by a gathering at the hall. Condolences may be left with the home,"
    " which has served families in this area for generations and will be glad to help you in your time of need."
)


def test_one_form_with_other_names_is_refused() -> None:
    rng = random.Random(9)
    made = [OBITUARY.format(*words(rng, 8)) for _ in range(12)]
    found = [relate(shingle(one), shingle(other)) for one, other in itertools.combinations(made, 2)]
    assert not any(one.near for one in found)
    assert any(one.why_not == "short" for one in found)
    assert relate(shingle(made[0]), shingle(made[0].replace("home", "house", 1))).near


def test_a_long_footer_under_briefs_is_refused() -> None:
    rng = random.Random(10)
    footer = words(rng, 180)
    one, other = (paragraphs([words(rng, 40), footer]) for _ in range(2))
    found = relate(shingle(one), shingle(other))
    assert found.similarity > NEAR
    assert (found.near, found.why_not) == (False, "boilerplate")
