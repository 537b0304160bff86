from __future__ import annotations

from collections import Counter

import pytest

from newscrawl.attribution.sites import name_fits_domain
from newscrawl.originals.publishers import domain_in_name, surest


@pytest.mark.parametrize(
    ("name", "domain", "fits"),
    [
        ("Harbour Post", "harbourpost.example", True),
        ("The Harbour Post News", "https://www.harbourpost.example/a", True),
        ("ネタフル", "netafull.net", True),
        ("TRAICY（トライシー）", "traicy.com", True),
        ("Гавань | Порт", "gavan.example", True),
        ("Harbour Post", "aggregator.example", False),
        ("港湾新聞", "netafull.net", False),
        ("Post", "aggregator.example", False),
    ],
)
def test_names_in_any_script(name: str, domain: str, fits: bool) -> None:
    assert name_fits_domain(name, domain) is fits


def test_the_surest_of_the_domains_that_were_proven() -> None:
    assert surest("港湾新聞", Counter()) is None
    assert surest("港湾新聞", Counter({"kowan.example": 1})) == "kowan.example"
    assert surest("Tribune", Counter({"one.example": 3, "two.example": 2})) is None  # two papers of one name
    assert surest("Tribune", Counter({"one.example": 5, "two.example": 2})) == "one.example"
    # Of two as likely the one that says the name.
    assert surest("Harbour Post", Counter({"harbourpost.example": 1, "two.example": 1})) == "harbourpost.example"


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("gizmodo.example", "gizmodo.example"),
        ("https://www.paper.example/", "paper.example"),
        ("Harbour Post", None),
        ("", None),
        ("St. Pauli", None),
        ("." * 300, None),
    ],
)
def test_a_name_that_is_an_address(name: str, domain: str | None) -> None:
    assert domain_in_name(name) == domain
