# ruff: noqa: E501 - HTML
"""Synthetic pages: every sentence here was written for these tests."""

from __future__ import annotations

import json
from typing import Any

SENTENCES = (
    "The harbour of Vellmar was closed on Tuesday after a crane lost its load above the northern quay.",
    "Nobody was hurt, the port authority said, but two barges will have to wait until the divers are done.",
    "Officials had warned in spring that the cables were older than the rules allow, and had asked for money to replace them.",
    "“We wrote three letters and got one answer,” said the harbour master, who has worked there for nineteen years.",
    "The town council will meet on Friday to decide whether the quay can open again before the autumn fair.",
    "Shipping companies expect delays of up to four days, and some have sent their boats to ports further south.",
    "A spokesman for the crane's maker said that its engineers were on their way and that it was too early to speak of causes.",
    "Last year the port handled about two million tonnes of grain, more than in any year since it was built.",
)


def paragraphs(count: int = 8) -> list[str]:
    """*count* distinct paragraphs of two sentences."""
    size = len(SENTENCES)
    return [
        f"{SENTENCES[i % size]} {SENTENCES[(i * 3 + 1) % size]}"
        + (f" That was report number {i}." if i >= size else "")
        for i in range(count)
    ]


def ld(**fields: Any) -> str:
    """A JSON-LD script of a NewsArticle with *fields*."""
    node = {"@context": "https://schema.org", "@type": "NewsArticle", **fields}
    return f'<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script>'


def page(
    body: str | None = None,
    *,
    head: str = "",
    title: str = "Harbour closed after crane accident",
    lang: str = "en",
    count: int = 8,
) -> str:
    """A whole page: navigation, one article, a footer."""
    if body is None:
        body = f"<h1>{title}</h1>" + "".join(f"<p>{p}</p>" for p in paragraphs(count))
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title} - The Vellmar Post</title>{head}</head><body>'
        '<nav><ul><li><a href="/">Home</a></li><li><a href="/local">Local</a></li><li><a href="/sport">Sport</a></li></ul></nav>'
        f"<main><article>{body}</article></main>"
        '<aside><h3>Most read</h3><ul><li><a href="/a">A short headline of another story</a></li>'
        '<li><a href="/b">One more headline of another story</a></li></ul></aside>'
        "<footer><p>© The Vellmar Post. All rights reserved.</p></footer></body></html>"
    )
