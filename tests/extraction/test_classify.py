# ruff: noqa: E501 - words
"""What is no article is never taken for one: synthetic pages whose answers were written down first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newscrawl.extraction import extract

from .pages import page

FOLDER = Path(__file__).parent.parent / "golden_pages" / "non_articles"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_non_article(name: str) -> None:
    expected = EXPECTED[name]
    found = extract((FOLDER / f"{name}.html").read_bytes(), expected["url"])
    assert found.kind != "article", found.text
    assert found.text is None
    assert (found.kind, found.reason) == (expected["kind"], expected["reason"]), found.detail


def test_enough_fixtures_and_a_fifth_held_back() -> None:
    assert len(EXPECTED) >= 40
    assert sum(e["held_back"] for e in EXPECTED.values()) * 5 >= len(EXPECTED) - 4
    assert {path.stem for path in FOLDER.glob("*.html")} == set(EXPECTED)


SHORT = {
    "en": [f"The {one} of the harbour stands near the {other} since {year}." for year, (one, other) in enumerate(zip("crane quay barge tower market church bridge ferry gate wall mill lock ship boat inn yard".split(), "river town hill wood lake road field shore island square garden station school bank pier park".split(), strict=True), 1980)],
    "de": [f"Seit {year} steht am Hafen von Vellmar auch {one}." for year, one in enumerate("ein Kran,ein Turm,eine Mühle,ein Speicher,eine Kirche,ein Markt,eine Brücke,ein Gasthaus,eine Werft,ein Lager,eine Schule,ein Museum,ein Brunnen,eine Bank,ein Park,ein Tor".split(","), 1980)],
}  # fmt: skip


@pytest.mark.parametrize("language", SHORT)
def test_short_paragraphs_of_finished_sentences_are_an_article(language: str) -> None:
    """A page without date, author and data, each of whose paragraphs is one short sentence."""
    lines = [line.replace(".", f", number {i}.") for i in range(2) for line in SHORT[language]]
    body = "<h1>What stands at the harbour</h1>" + "".join(f"<p>{line}</p>" for line in lines)
    found = extract(page(body, title="What stands at the harbour", lang=language), "https://post.vellmar.example/town")
    assert (found.kind, found.reason) == ("article", None), found.detail
    assert [line for line in lines if line not in (found.text or "")] == []


BRIEF = {
    "ja": (
        "港が閉鎖",
        "ベルマルの港は火曜日、北岸でクレーンが荷を落としたため閉鎖された。|港湾当局によると、けが人はなかったが、二隻のはしけは待たなければならない。|当局は春に、ケーブルが規則より古いと警告し、交換の費用を求めていた。|町議会は金曜日に、秋の市の前に岸壁を再開できるかを決める。|海運会社は最大四日の遅れを見込み、一部の船をさらに南の港へ送った。|技師は水曜日に着き、原因を語るのはまだ早いと話した。|この港では昨年、二百万トンの穀物が積まれた。",
    ),
    "th": (
        "ปิดท่าเรือ",
        "ท่าเรือเวลมาร์ถูกปิดเมื่อวันอังคารหลังจากเครนทำของหล่นเหนือท่าเทียบเรือด้านเหนือ|การท่าเรือกล่าวว่าไม่มีผู้ได้รับบาดเจ็บ แต่เรือบรรทุกสองลำจะต้องรอจนกว่านักดำน้ำจะทำงานเสร็จ|เจ้าหน้าที่ได้เตือนในฤดูใบไม้ผลิว่าสายเคเบิลเก่ากว่าที่กฎอนุญาต และได้ขอเงินเพื่อเปลี่ยนใหม่|สภาเมืองจะประชุมในวันศุกร์เพื่อตัดสินใจว่าจะเปิดท่าเรือได้อีกครั้งก่อนงานฤดูใบไม้ร่วงหรือไม่",
    ),
    "hy": (
        "Նավահանգիստը փակվեց",
        "Վելմարի նավահանգիստը երեքշաբթի փակվեց այն բանից հետո, երբ կռունկը բեռը գցեց հյուսիսային կառամատույցի վրա։|Ոչ ոք չի տուժել, ասաց նավահանգստի վարչությունը, բայց երկու նավ պետք է սպասեն։|Քաղաքային խորհուրդը ուրբաթ օրը կորոշի, թե երբ կբացվի կառամատույցը։|Անցյալ տարի այստեղ բեռնվել է երկու միլիոն տոննա հացահատիկ։",
    ),
}


@pytest.mark.parametrize("language", BRIEF)
def test_short_news_in_scripts_with_other_stops(language: str) -> None:
    title, text = BRIEF[language]
    lines = text.split("|")
    body = f"<h1>{title}</h1>" + "".join(f"<p>{line}</p>" for line in lines)
    found = extract(page(body, title=title, lang=language), "https://post.vellmar.example/town")
    assert found.kind == "article", found.detail
    assert [line for line in lines if line not in (found.text or "")] == []


def test_short_headlines_without_stops_are_none() -> None:
    lines = [line.rstrip(".") for line in SHORT["en"]] * 2
    body = "<h1>Latest</h1>" + "".join(f"<p>{line} {i}</p>" for i, line in enumerate(lines))
    found = extract(page(body, title="Latest", lang="en"), "https://post.vellmar.example/town")
    assert found.kind == "listing"
