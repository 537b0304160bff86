# ruff: noqa: E501 - markup
"""Quotations are whole, and lines that lead elsewhere are no text."""

from __future__ import annotations

import pytest

from newscrawl.extraction import extract

from .pages import page, paragraphs

URL = "https://post.vellmar.example/local/harbour-closed"
SAID = "Nobody on the quay had seen the rope before it broke."


def text_of(between: str) -> str:
    """The text of an article with *between* in its middle."""
    lines = [f"<p>{line}</p>" for line in paragraphs(8)]
    body = f"<h1>Harbour closed after crane accident</h1><div class=body>{''.join(lines[:4])}{between}{''.join(lines[4:])}</div>"
    return extract(page(body), URL).text or ""


@pytest.mark.parametrize(
    "quotation",
    [
        f"<figure><blockquote><p>{SAID}</p></blockquote><figcaption><cite>Hanna Brock, harbour master</cite></figcaption></figure>",
        f'<figure class="quote"><blockquote>{SAID}</blockquote><cite>Hanna Brock</cite></figure>',
        f'<figure class="wp-block-pullquote"><blockquote><p>{SAID}</p><cite>Hanna Brock</cite></blockquote></figure>',
        f"<blockquote><p>{SAID}</p><footer>— Hanna Brock</footer></blockquote>",
        f"<blockquote><p>{SAID}</p><p><cite>Hanna Brock</cite></p></blockquote>",
    ],
)
def test_a_quotation_has_its_speaker(quotation: str) -> None:
    text = text_of(quotation)
    assert SAID in text
    assert "Hanna Brock" in text


@pytest.mark.parametrize(
    "line",
    [
        '<p class="also"><strong>Read more:</strong> <a href="/x">Council welcomes the new pier</a></p>',
        '<p class="also"><strong>Leer más:</strong> <a href="/x">Council welcomes the new pier</a></p>',
        '<p class="also"><strong>المزيد:</strong> <a href="/x">Council welcomes the new pier</a></p>',
    ],
)
def test_a_label_before_a_link_leads_elsewhere(line: str) -> None:
    assert "welcomes the new pier" not in text_of(line)


def test_a_label_before_plain_text_is_text() -> None:
    assert "More than that: the pier" in text_of(
        "<p>More than that: the pier was closed for two years, and nobody told the islanders why.</p>"
    )


def test_the_heading_of_a_newsletter_goes_with_its_box() -> None:
    box = '<div class="c-newsletter"><h4>Vellmar Post am</h4><p>Get our morning briefing in your inbox. Sign up here.</p></div>'
    assert "Vellmar Post am" not in text_of(box)
