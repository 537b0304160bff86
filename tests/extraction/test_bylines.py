# ruff: noqa: E501 - markup, names in many scripts
"""Bylines in the languages of the press: the word for "by", the word for "and", names in every script."""

from __future__ import annotations

import json

import pytest

from newscrawl.extraction import extract
from newscrawl.extraction.authors import clean_authors

from .pages import paragraphs

URL = "https://www.valley-herald.example/2024/bridge-reopens"
TEXT = "".join(f"<p>{one}</p>" for one in paragraphs())
TITLE = "Bridge over the Tarn reopens"

# (language, the byline as it stands, the name)
BYLINES = [
    ("en", "By Ada Quill", "Ada Quill"),
    ("en", "Words by Ada Quill", "Ada Quill"),
    ("de", "Von Jana Brückner", "Jana Brückner"),
    ("de", "Ein Gastbeitrag von Jana Brückner", "Jana Brückner"),
    ("fr", "Par Élodie Marchand", "Élodie Marchand"),
    ("fr", "Propos recueillis par Élodie Marchand", "Élodie Marchand"),
    ("es", "Por Lucía Ferrer", "Lucía Ferrer"),
    ("pt", "Por João Tavares", "João Tavares"),
    ("it", "di Chiara Bellini", "Chiara Bellini"),
    ("it", "A cura di Chiara Bellini", "Chiara Bellini"),
    ("nl", "Door Sanne Vermeulen", "Sanne Vermeulen"),
    ("af", "Deur Pieter Botha", "Pieter Botha"),
    ("da", "Af Mette Kragh", "Mette Kragh"),
    ("nb", "Av Ingrid Solheim", "Ingrid Solheim"),
    ("sv", "Av Karin Lindqvist", "Karin Lindqvist"),
    ("is", "Eftir Jón Sigurðsson", "Jón Sigurðsson"),
    ("fi", "Kirjoittanut Matti Virtanen", "Matti Virtanen"),
    ("fi", "Teksti: Matti Virtanen", "Matti Virtanen"),
    ("et", "Autor: Kadri Tamm", "Kadri Tamm"),
    ("lv", "Autors: Jānis Bērziņš", "Jānis Bērziņš"),
    ("lt", "Autorius: Jonas Kazlauskas", "Jonas Kazlauskas"),
    ("pl", "Autor: Marek Zieliński", "Marek Zieliński"),
    ("pl", "Tekst: Marek Zieliński", "Marek Zieliński"),
    ("cs", "Napsal Petr Novák", "Petr Novák"),
    ("sk", "Autor: Zuzana Kováčová", "Zuzana Kováčová"),
    ("hu", "Írta: Kovács Péter", "Kovács Péter"),
    ("hu", "Szerző: Kiss Ágnes", "Kiss Ágnes"),
    ("ro", "De Andrei Popescu", "Andrei Popescu"),
    ("ca", "Per Marta Puig", "Marta Puig"),
    ("hr", "Piše: Ana Horvat", "Ana Horvat"),
    ("sl", "Avtor: Miha Novak", "Miha Novak"),
    ("sr", "Пише: Марко Јовић", "Марко Јовић"),
    ("bg", "от Иван Петров", "Иван Петров"),
    ("ru", "Автор: Ирина Соколова", "Ирина Соколова"),
    ("ru", "Текст: Анна Петрова", "Анна Петрова"),
    ("uk", "Авторка: Олена Коваль", "Олена Коваль"),
    ("el", "Συντάκτης: Νίκος Παππάς", "Νίκος Παππάς"),
    ("el", "Γράφει ο Νίκος Παππάς", "Νίκος Παππάς"),
    ("sq", "Nga Arben Hoxha", "Arben Hoxha"),
    ("tr", "Yazan: Elif Kaya", "Elif Kaya"),
    ("tr", "Haber: Elif Kaya", "Elif Kaya"),
    ("id", "Oleh: Budi Santoso", "Budi Santoso"),
    ("id", "Penulis: Budi Santoso", "Budi Santoso"),
    ("vi", "Tác giả: Nguyễn Văn An", "Nguyễn Văn An"),
    ("tl", "Ni Juan Bautista", "Juan Bautista"),
    ("ar", "بقلم: أحمد منصور", "أحمد منصور"),
    ("ar", "كتب أحمد منصور", "أحمد منصور"),
    ("fa", "نویسنده: رضا احمدی", "رضا احمدی"),
    ("ur", "تحریر: سارہ خان", "سارہ خان"),
    ("he", "מאת יעל כהן", "יעל כהן"),
    ("he", "מאת: יעל כהן", "יעל כהן"),
    ("hi", "लेखक: राहुल शर्मा", "राहुल शर्मा"),
    ("bn", "লেখক: অনিতা সেন", "অনিতা সেন"),
    ("th", "โดย สมชาย ใจดี", "สมชาย ใจดี"),
    ("th", "ผู้เขียน: สมชาย ใจดี", "สมชาย ใจดี"),
    ("ko", "글: 김민수", "김민수"),
    ("ko", "김민수 기자", "김민수"),
    ("ja", "文：山田太郎", "山田太郎"),
    ("ja", "筆者：山田太郎", "山田太郎"),
    ("zh", "作者：王小明", "王小明"),
    ("zh", "文／王小明", "王小明"),
    ("zh", "记者 王小明", "王小明"),
]


def article_page(byline: str, language: str = "en", head: str = "") -> str:
    return (
        f'<html lang="{language}"><head><title>{TITLE}</title><meta property="og:site_name" content="Valley Herald">{head}</head>'
        f"<body><main><article><h1>{TITLE}</h1>{byline}<div>{TEXT}</div></article></main></body></html>"
    )


@pytest.mark.parametrize(("language", "byline", "name"), BYLINES)
@pytest.mark.parametrize("form", ["<p>{}</p>", "<div class='byline'>{}</div>"], ids=["line", "class"])
def test_by_in_many_languages(language: str, byline: str, name: str, form: str) -> None:
    assert extract(article_page(form.format(byline), language), URL).authors == [name]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Quill and Jon Marsh", ["Ada Quill", "Jon Marsh"]),
        ("Ada Quill, Jon Marsh, and Lena Ostrow", ["Ada Quill", "Jon Marsh", "Lena Ostrow"]),
        ("Jana Brückner und Jonas Weber", ["Jana Brückner", "Jonas Weber"]),
        ("Élodie Marchand et Luc Perrin", ["Élodie Marchand", "Luc Perrin"]),
        ("Lucía Ferrer y Ana Gómez", ["Lucía Ferrer", "Ana Gómez"]),
        ("Lucía Ferrer e Inés Gómez", ["Lucía Ferrer", "Inés Gómez"]),
        ("João Tavares e Rita Melo", ["João Tavares", "Rita Melo"]),
        ("Chiara Bellini ed Elena Conti", ["Chiara Bellini", "Elena Conti"]),
        ("Marta Puig i Jordi Serra", ["Marta Puig", "Jordi Serra"]),
        ("Sanne Vermeulen en Daan Bakker", ["Sanne Vermeulen", "Daan Bakker"]),
        ("Mette Kragh og Lars Holm", ["Mette Kragh", "Lars Holm"]),
        ("Karin Lindqvist och Nils Ek", ["Karin Lindqvist", "Nils Ek"]),
        ("Matti Virtanen ja Aino Laine", ["Matti Virtanen", "Aino Laine"]),
        ("Jānis Bērziņš un Anna Ozola", ["Jānis Bērziņš", "Anna Ozola"]),
        ("Jonas Kazlauskas ir Rūta Jankauskė", ["Jonas Kazlauskas", "Rūta Jankauskė"]),
        ("Marek Zieliński oraz Anna Nowak", ["Marek Zieliński", "Anna Nowak"]),
        ("Marek Zieliński i Anna Nowak", ["Marek Zieliński", "Anna Nowak"]),
        ("Petr Novák a Jana Malá", ["Petr Novák", "Jana Malá"]),
        ("Kovács Péter és Kiss Ágnes", ["Kovács Péter", "Kiss Ágnes"]),
        ("Andrei Popescu și Ioana Radu", ["Andrei Popescu", "Ioana Radu"]),
        ("Arben Hoxha dhe Mira Leka", ["Arben Hoxha", "Mira Leka"]),
        ("Elif Kaya ve Can Demir", ["Elif Kaya", "Can Demir"]),
        ("Νίκος Παππάς και Ελένη Βασιλείου", ["Νίκος Παππάς", "Ελένη Βασιλείου"]),
        ("Ирина Соколова и Олег Титов", ["Ирина Соколова", "Олег Титов"]),
        ("Олена Коваль та Ігор Бойко", ["Олена Коваль", "Ігор Бойко"]),
        ("Олена Коваль і Ігор Бойко", ["Олена Коваль", "Ігор Бойко"]),
        ("Budi Santoso dan Siti Rahma", ["Budi Santoso", "Siti Rahma"]),
        ("Nguyễn Văn An và Trần Thị Bình", ["Nguyễn Văn An", "Trần Thị Bình"]),
        ("أحمد منصور و سارة علي", ["أحمد منصور", "سارة علي"]),
        ("أحمد منصور وسارة علي", ["أحمد منصور", "سارة علي"]),
        ("أحمد منصور، سارة علي", ["أحمد منصور", "سارة علي"]),
        ("רון לוי ויעל כהן", ["רון לוי", "יעל כהן"]),
        ("राहुल शर्मा और नेहा गुप्ता", ["राहुल शर्मा", "नेहा गुप्ता"]),
        ("সুমন দাস ও অনিতা সেন", ["সুমন দাস", "অনিতা সেন"]),
        ("สมชาย ใจดี และ สุดา ทองดี", ["สมชาย ใจดี", "สุดา ทองดี"]),
        ("김민수·이영희 기자", ["김민수", "이영희"]),
        ("김민수, 이영희 기자", ["김민수", "이영희"]),
        ("山田太郎、鈴木花子", ["山田太郎", "鈴木花子"]),
        ("王小明、李华", ["王小明", "李华"]),
    ],
)
def test_and_in_many_languages(line: str, names: list[str]) -> None:
    assert clean_authors([line]) == names


@pytest.mark.parametrize(
    "name",
    [
        "John A Smith",
        "Mary E Jones",
        "Peter I Miller",
        "J. Y. Lee",
        "Wei-Ta Chen",
        "Ana Maria e Costa",
        "محمد أحمد وليد حسن",
        "وليد حسن",
        "ויקטור לוי",
        "李 伟",
        "İbrahim Şahin",
        "Ngũgĩ wa Thiong'o",
        "María José de la Cruz",
        "O’Brien Kelly",
        "สมชาย ใจดี",
        "राहुल शर्मा",
        "ნინო ბერიძე",
        "Արամ Սարգսյան",
    ],
)
@pytest.mark.parametrize("where", ["json-ld", "meta", "line"])
def test_one_name_in_any_script_is_one(name: str, where: str) -> None:
    node = {"@type": "NewsArticle", "headline": TITLE, "author": {"@type": "Person", "name": name}}
    head = {
        "json-ld": f'<script type="application/ld+json">{json.dumps(node)}</script>',
        "meta": f'<meta name="author" content="{name}">',
        "line": "",
    }[where]
    line = f"<p>By {name}</p>" if where == "line" else ""
    assert extract(article_page(line, head=head), URL).authors == [name]


@pytest.mark.parametrize(
    "line",
    [
        "Per the report, the bridge stays shut.",
        "Ni hao from the bridge",
        "Nga means by in Albanian.",
        "De Tarn is a river.",
        "Eftir storminn",
        "от 5 мая",
        "โดยสารเรือ 1,200 คน",
    ],
)
def test_a_sentence_that_begins_like_a_byline_is_none(line: str) -> None:
    assert extract(article_page(f"<p>{line}</p>"), URL).authors == []


PEOPLE = ["Oleh Kovalenko", "Di Cohen", "Von Miller", "Av Edwards", "Byron Tate", "Portia Lane", "Per Olsson", "Ni Wei", "Nga Nguyen", "Andrea Dan", "Na Li", "Abd al-Rahman Munif", "佐藤・エミリー"]  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_names_that_begin_like_a_word_for_by(name: str) -> None:
    node = {"@type": "NewsArticle", "headline": TITLE, "author": {"@type": "Person", "name": name}}
    assert extract(article_page("", head=f'<script type="application/ld+json">{json.dumps(node)}</script>'), URL).authors == [name]  # fmt: skip
    assert extract(article_page(f"<span class='author-name'>{name}</span>"), URL).authors == [name]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("BY ADA QUILL", ["ADA QUILL"]),
        ("By ADA QUILL AND JON MARSH", ["ADA QUILL", "JON MARSH"]),
        ("Von Jana Brückner, Zürich", ["Jana Brückner"]),
        ("By Ada Quill @adaq", ["Ada Quill"]),
        ("By Ada Quill ada@post.example", ["Ada Quill"]),
        ("By Ada Quill With Jon Marsh", ["Ada Quill", "Jon Marsh"]),
        ("Story by Ada Quill; photos by Jon Marsh", ["Ada Quill"]),
        ("Text: Jana Brückner; Fotos: Jonas Weber", ["Jana Brückner"]),
        ("作者：王小明 编辑：李华", ["王小明"]),
        ("Автор: Ирина Соколова, фото: Олег Титов", ["Ирина Соколова"]),
        ("文/王小明 图/李华", ["王小明"]),
    ],
)
@pytest.mark.parametrize("form", ["<p>{}</p>", "<div class='byline'>{}</div>"], ids=["line", "class"])
def test_what_else_a_byline_says_is_no_author(line: str, names: list[str], form: str) -> None:
    assert extract(article_page(form.format(line)), URL).authors == names


@pytest.mark.parametrize(
    "author",
    [
        {"@type": "Person", "name": {"@value": "Ada Quill"}},
        {"@list": [{"@type": "Person", "name": "Ada Quill"}]},
        [[{"name": "Ada Quill"}]],
        {"@type": "Person", "givenName": "Ada", "familyName": "Quill"},
        {"@type": "Person", "name": "Ada&nbsp;Quill"},
    ],
)
def test_shapes_of_an_author_in_json_ld(author: object) -> None:
    node = {"@type": "NewsArticle", "headline": TITLE, "author": author}
    assert extract(article_page("", head=f'<script type="application/ld+json">{json.dumps(node)}</script>'), URL).authors == ["Ada Quill"]  # fmt: skip
