"""Many strings looked for at once are found as they are one by one."""

from __future__ import annotations

import random

from newscrawl.attribution import _holding
from newscrawl.attribution.contained import Strings
from newscrawl.attribution.phrases import wordings

WORDS = ("appeared first on", "paru", "源", "来源", "出典:", "ab", "a", "zuerst", "published", "\ud800xy", "🎈🎈🎈")


def test_the_same_as_one_by_one() -> None:
    rng = random.Random(4)
    looked_for = Strings(WORDS)
    for turn in range(2_000):
        # Short texts are looked through string by string, long ones by table; some hold no rare script at all.
        most = 0x7E if turn % 3 == 0 else 0x1F600
        parts = [
            rng.choice(WORDS)[rng.randint(0, 2) :] if rng.random() < 0.4 else chr(rng.randint(32, most))
            for _ in range(rng.randint(0, 30 if turn % 2 else 200))
        ]
        text = "".join(parts)
        assert looked_for.within(text) == {one for one in WORDS if one in text}


def test_of_none_none_is_found() -> None:
    assert Strings(()).within("some text") == set()
    assert Strings(("abc",)).within("") == Strings(("abc",)).within("ab") == set()


def test_the_wordings_of_sources_are_found() -> None:
    assert "zuerst" in wordings().triggers.within("Der Beitrag erschien zuerst auf Beispiel.".casefold())


def test_the_parts_that_hold_a_string_are_found_by_its_places_in_all_of_them() -> None:
    rng = random.Random(14)
    for _ in range(500):
        parts = ["".join(rng.choices("abc ", k=rng.randrange(12))) for _ in range(rng.randrange(8))]
        strings = {"".join(rng.choices("abc", k=rng.randint(1, 3))) for _ in range(3)}
        places = _holding("\n".join(parts), parts, strings)
        assert places == [at for at, part in enumerate(parts) if any(one in part for one in strings)]
