from __future__ import annotations

import pytest

from newscrawl.attribution import find_attribution, judge_claims
from newscrawl.attribution.names import base_form, plain_name

U = "https://harbour-post.example/2026/old-bridge"


def _read(line: str) -> tuple[str | None, str | None]:
    """Address and name that the likeliest claim of *line* gives."""
    best = judge_claims(f"<p>The council met on Monday.</p><p>{line}</p>")[0].attribution
    return best.original_url, best.publisher_name


@pytest.mark.parametrize(
    ("stretch", "language", "name"),
    [
        ("Kalevassa 5.6.2019", "fi", "Kaleva"),
        ("Saaristolehdessä 12.3.2026", "fi", "Saaristolehti"),
        ("Rannikon Sanomissa", "fi", "Rannikon Sanomat"),
        ("Majaka Teatajas", "et", "Majaka Teataja"),
        ("Dunai Szemlében", "hu", "Dunai Szemle"),
        ("Parti Lapban", "hu", "Parti Lap"),
        ("satama.example-sivustolla", "fi", "satama.example"),
        ("Φωνή του Λιμανιού", "el", "Φωνή του Λιμανιού"),
        ("Θάλασσα και Γη", "el", "Θάλασσα και Γη"),
    ],
)
def test_a_name_is_cut_out_of_its_sentence_without_date_and_ending(stretch: str, language: str, name: str) -> None:
    assert plain_name(stretch, language) == name


@pytest.mark.parametrize("name", ["Massa", "Kaleva", "Hessen", "Urban", "Les Échos"])
def test_a_name_that_only_looks_as_if_it_had_an_ending_stays_in_other_languages(name: str) -> None:
    assert base_form(name, "de") == name


@pytest.mark.parametrize(
    "line",
    [
        f'Перевод статьи Ивана Причалова: <a href="{U}">«Closing the old bridge for good»</a>',
        f'本文翻译自港口记者王小明的文章 <a href="{U}">Closing the old bridge for good this summer</a>',
    ],
)
def test_who_wrote_a_translated_article_is_not_its_publisher(line: str) -> None:
    assert _read(line) == (U, None)


@pytest.mark.parametrize("line", ["本文首发于微信公众号，欢迎转载，请注明出处。", "本文首发于个人博客"])
def test_a_channel_is_no_publisher(line: str) -> None:
    assert find_attribution(f"<p>市议会周一开会。</p><p>{line}</p>") is None


@pytest.mark.parametrize(
    "line",
    [
        f'This post was first published on <a href="{U}">Harbour Post</a>, a blog from the people at the old pier.',
        f'Cet article a été initialement publié sur <a href="{U}">Harbour Post</a>, un site qui héberge des récits.',
    ],
)
def test_what_a_publication_is_may_stand_behind_its_name(line: str) -> None:
    found = find_attribution(f"<p>The council met on Monday.</p><p>{line}</p>")
    assert found is not None
    assert (found.original_url, found.publisher_name) == (U, "Harbour Post")


@pytest.mark.parametrize("label", ["Δείτε το πρωτότυπο άρθρο", "Vezi articolul original", "Katso alkuperäinen juttu"])
def test_a_link_that_says_where_to_look_names_nobody(label: str) -> None:
    assert _read(f'Source: <a href="{U}">{label}</a>') == (U, None)
