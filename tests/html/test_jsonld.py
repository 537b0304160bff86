"""JSON-LD that needs mending, kind by kind."""

from __future__ import annotations

import time

import pytest

from newscrawl.html.jsonld import load

WANTED = {"@type": "NewsArticle", "headline": "Bridge reopens", "datePublished": "2024-03-05"}
PLAIN = '{"@type": "NewsArticle", "headline": "Bridge reopens", "datePublished": "2024-03-05"%s}'


@pytest.mark.parametrize(
    "text",
    [
        PLAIN % "",
        PLAIN % ",",
        PLAIN % "" + ";",
        "<!--" + PLAIN % "" + "-->",
        "/*<![CDATA[*/" + PLAIN % "" + "/*]]>*/",
        "//<![CDATA[\n" + PLAIN % "" + "\n//]]>",
        "// the article\n// of the page\n" + PLAIN % "",
        "/* the article\n of the page */" + PLAIN % "",
        (PLAIN % "").replace('"', "&quot;"),
        (PLAIN % "").replace(", ", ",\n // when\n"),
    ],
)
def test_what_stands_round_the_object_is_taken_off(text: str) -> None:
    assert load(text) == WANTED


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        ('He said "yes" to it', 'He said "yes" to it'),
        ('The "Tarn" bridge, "old" and new', 'The "Tarn" bridge, "old" and new'),
        ('A "quoted" start', 'A "quoted" start'),
        ('An escaped \\"one\\" and a "bare" one', 'An escaped "one" and a "bare" one'),
        ("Two\nlines\tand a tab", "Two\nlines\tand a tab"),
    ],
)
def test_quotes_and_controls_inside_strings(inner: str, value: str) -> None:
    assert load(PLAIN % f', "description": "{inner}"') == {**WANTED, "description": value}


def test_several_documents_in_one_script() -> None:
    assert load('{"a": 1}\n{"b": 2},\n[{"c": 3}]') == [{"a": 1}, {"b": 2}, [{"c": 3}]]


def test_keys_alone_where_nothing_else_helps() -> None:
    text = (PLAIN % ', "author": {"@type": "Person", "name": "Ada Quill"}, "image": oops').replace("{", "{ bad", 1)
    assert load(text) == {**WANTED, "author": "Ada Quill"}
    with pytest.raises(ValueError, match="not JSON"):
        load('{"@type": "WebSite", "headline": "Bridge reopens", bad')


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ['"' * 500_000, "{" * 200_000, '{"a":"' + '" ' * 300_000, "/*" * 300_000, '\\"' * 300_000]
)
def test_the_worst_of_texts_is_read_in_linear_time(text: str) -> None:
    started = time.thread_time()
    with pytest.raises(ValueError, match="not JSON"):
        load(text)
    assert time.thread_time() - started < 5
