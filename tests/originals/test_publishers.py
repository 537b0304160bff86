from __future__ import annotations

import pytest

from newscrawl.attribution.sites import name_fits_domain
from newscrawl.originals.publishers import Directory


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


def test_what_proven_links_teach() -> None:
    directory = Directory()
    assert directory.find("港湾新聞") is None
    directory.learn("港湾新聞", "https://kowan.example/2026/1")
    assert directory.find("港湾新聞") == "kowan.example"
    directory.learn("Tribune", "https://one.example/")
    directory.learn("The Tribune", "https://two.example/")
    assert directory.find("Tribune") is None  # two papers of one name
    directory.learn("nothing", "no address at all")
