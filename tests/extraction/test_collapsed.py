# ruff: noqa: E501 - sentences and HTML
"""Sections that a reader opens: closed in the markup, and text all the same."""

from __future__ import annotations

import pytest

from newscrawl.extraction import extract

URL = "https://paper.test/2026/03/quay-questions"
STORY = [
    f"The harbour was closed for the {name} time on Tuesday, after a crane had lost its load above the northern quay, the port said."
    for name in ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "last")
]
ASKED = {
    "Who pays for the new crane?": "The port pays for the new crane, which costs four million, out of what it has set aside since the flood of 2019.",
    "When does the quay open again?": "The quay opens again in the first week of May, if the divers find no more of the load below the northern wall.",
    "Why was there no warning?": "There was no warning because the sensor of the load had been taken off for repair, and nobody had put another one in.",
}


def text_of(section: str) -> list[str]:
    story = "".join(f"<p>{line}</p>" for line in STORY)
    found = extract(f"<html><body><article><h1>Harbour closed</h1>{story}{section}</article></body></html>", URL)
    assert found.text is not None
    return found.text.split("\n\n")


SECTIONS = {
    "a button in a heading": '<h3><button type="button" aria-expanded="false" aria-controls="s{n}">{q}</button></h3><div id="s{n}" role="region" hidden><p>{a}</p></div>',
    "a heading": '<div class="acc"><h3 class="acc-header">{q}</h3><div aria-hidden="true" hidden="" tabindex="-1"><p>{a}</p></div></div>',
    "a style": '<section><h4>{q}</h4><div style="display:none"><p>{a}</p></div></section>',
    "a term": "<dl><dt>{q}</dt><dd hidden>{a}</dd></dl>",
    "details": "<details><summary>{q}</summary><p>{a}</p></details>",
    "no heading before it": '<div class="q"><p><b>{q}</b></p></div><div class="a"><p>{a}</p></div>',
}


@pytest.mark.parametrize("form", SECTIONS)
def test_what_a_reader_opens_is_text(form: str) -> None:
    section = "".join(SECTIONS[form].format(n=n, q=q, a=a) for n, (q, a) in enumerate(ASKED.items()))
    lines = text_of(f"<h2>Questions and answers</h2>{section}")
    assert [line for line in lines if line in ASKED.values()] == list(ASKED.values())
    assert [line for line in lines if line in ASKED] == list(ASKED)


@pytest.mark.parametrize(
    "hidden",
    [
        "<div hidden><p>{a}</p></div>",
        '<p>Seen by all.</p><div style="display:none"><p>{a}</p></div>',
        "<div hidden><h3>{q}</h3><p>{a}</p></div>",
        "<h3>{q}</h3><p>Seen by all.</p><div hidden><p>{a}</p></div>",
    ],
)
def test_what_nobody_can_open_is_none(hidden: str) -> None:
    section = "".join(hidden.format(q=q, a=a) for q, a in ASKED.items())
    assert not set(text_of(section)) & set(ASKED.values())


def test_other_buttons_are_no_text() -> None:
    lines = text_of(
        "<p>The quay is closed.<button>Share this story with friends</button></p><div><button>Show more of it</button></div>"
    )
    assert not any("Share this" in line or "Show more" in line for line in lines)
