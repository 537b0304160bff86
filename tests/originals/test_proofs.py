from __future__ import annotations

from typing import Any

from newscrawl.originals.proofs import MOST_COUNTED, UNLIKELY, Key, Proofs, key_of, worth_asking

STATED: dict[str, Any] = {"original_url": "https://www.paper.example/a", "phrase": "originally", "confidence": 0.9}
BESIDE: dict[str, Any] = {"original_url": "https://other.example/b", "phrase": "via", "confidence": 0.4}


def test_what_is_remembered_of_an_attribution() -> None:
    assert key_of(STATED) == Key("paper.example", "originally")
    assert key_of({"publisher_url": "https://paper.example/", "phrase": "yoast:en"}) == Key("paper.example", "yoast:en")
    assert key_of({"publisher_name": "The Paper"}) is None


def test_what_was_proven_comes_first_and_what_always_failed_last() -> None:
    proofs, fresh = Proofs(), {"original_url": "https://third.example/c", "phrase": "via", "confidence": 0.35}
    stated, beside = key_of(STATED), key_of(BESIDE)
    assert stated is not None
    assert beside is not None

    def order() -> list[dict[str, Any]]:
        return worth_asking([STATED, fresh, BESIDE], "A title", proofs, unlikely=True)

    assert order() == [STATED, BESIDE, fresh]
    proofs.learn(stated, proven=False)
    proofs.learn(beside, proven=True)
    assert (proofs.doubts(stated), proofs.trusts(stated)) == (True, False)
    assert (proofs.doubts(beside), proofs.trusts(beside)) == (False, True)
    assert order() == [BESIDE, fresh, STATED]
    # One proof ends the doubt; it is trusted again when proofs outnumber failures.
    proofs.learn(stated, proven=True)
    assert (proofs.doubts(stated), proofs.trusts(stated)) == (False, False)


def test_links_that_nothing_is_said_of() -> None:
    bare = [
        {"original_url": f"https://paper.example/{slug}/", "phrase": "link", "confidence": 0.03, "sentence": text}
        for slug, text in (("2026/05/a-mill-for-sale", "see there"), ("x", "The Old Bridge Opens Again"), ("y", "here"))
    ]
    # One that is called like the post is asked for in any case; of the others two, where that pays.
    assert worth_asking(bare, "A Mill Is for Sale", Proofs(), unlikely=False) == [bare[0]]
    assert worth_asking(bare, "Old Bridge Opens Again", Proofs(), unlikely=False) == [bare[1]]
    assert worth_asking(bare, "Something Else Altogether", Proofs(), unlikely=False) == []
    assert worth_asking(bare, "Something Else Altogether", Proofs(), unlikely=True) == bare[:2]
    assert worth_asking([{"phrase": "link"}], None, Proofs(), unlikely=True) == []
    proofs = Proofs()
    assert proofs.pays(UNLIKELY)
    proofs.learn(UNLIKELY, proven=False)
    assert not proofs.pays(UNLIKELY)
    proofs.learn(UNLIKELY, proven=True)
    assert proofs.pays(UNLIKELY)


def test_counting_ends_and_so_does_writing() -> None:
    proofs, key = Proofs(), Key("paper.example", "via")
    for _ in range(MOST_COUNTED):
        proofs.learn(key, proven=True)
    assert proofs.take_changes() == {key: (MOST_COUNTED, 0)}
    proofs.learn(key, proven=True)
    assert proofs.take_changes() == {}
