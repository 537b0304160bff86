"""Markup that a parser would choke on never reaches one, whichever door it comes by."""

from __future__ import annotations

import time

from newscrawl.attribution import find_attribution
from newscrawl.extraction import extract
from newscrawl.surfaces.parsing.archive import parse_listing
from newscrawl.surfaces.parsing.content import post_text
from newscrawl.surfaces.parsing.post_page import parse_post_page

SENTENCE = '<p>The post <a href="https://a.test/x">X y z</a> appeared first on <a href="https://a.test/">A</a>.</p>'
ATTRIBUTES = " ".join(f"a{number}=1" for number in range(60_000))
COSTLY = f"<p {ATTRIBUTES}>x</p>{SENTENCE}"


def test_every_door() -> None:
    began = time.process_time()
    assert post_text(COSTLY).text is None
    assert find_attribution(COSTLY) is None
    assert parse_post_page(f"<html><body>{COSTLY}</body></html>", "https://b.test/p/").title is None
    assert parse_listing(f"<html><body>{COSTLY}</body></html>", "https://b.test/").entries == []
    page = extract(f"<html><body>{COSTLY}</body></html>", "https://a.test/x")
    assert page.text is None
    assert page.reason is not None
    # One parse of it takes longer than all of these (8 s where this was written).
    assert time.process_time() - began < 3
