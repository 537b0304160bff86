"""What is taken out of a tree leaves the text around it in place, in linear time."""

from __future__ import annotations

import random
import time

import pytest

from newscrawl.html import dom
from newscrawl.surfaces.parsing.content import post_text


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<div>a<b>B</b>c<i>D</i>e</div>", "<div>ace</div>"),
        ("<div><b>B</b></div>", "<div></div>"),
        ("<div>a<p>p</p>b<b>B</b>c<b>B</b>d<p>q</p>e</div>", "<div>a<p>p</p>bcd<p>q</p>e</div>"),
        ("<div><b>B</b>a<p>p<b>C</b>q</p>z</div>", "<div>a<p>pq</p>z</div>"),
        ("<div>x<i>i<b>B</b>j</i>y</div>", "<div>xy</div>"),
        ("<p>one</p>", "<p>one</p>"),
    ],
)
def test_text_stays(html: str, left: str) -> None:
    body = dom.fragment(html)
    assert body is not None
    dom.remove_all(list(body.iter("b", "i")))
    assert dom.inner_html(body) == left


def test_the_text_is_the_same_as_of_one_removal_after_the_other() -> None:
    rng = random.Random(7)
    for _ in range(200):
        html = "".join(rng.choice(["<b>x</b>", "t", "<p>", "</p>", "<i>y<b>z</b>w</i>", "u "]) for _ in range(30))
        body = dom.fragment(f"<div>{html}</div>")
        assert body is not None
        gone = [element for element in body.iter("b", "i", "p") if rng.random() < 0.5]
        for element in gone:
            for part in element.iter():
                part.set("gone", "yes")
        expected = "".join(body.xpath("//text()[not(ancestor::*[@gone])]"))
        dom.remove_all(gone)
        assert "".join(body.itertext()) == expected


@pytest.mark.slow
def test_forty_thousand_side_by_side() -> None:
    """They took 132 s."""
    for thing in ("<input>", "<div class=sidebar>x</div>"):
        begun = time.process_time()
        assert post_text("<div>" + f"{thing}text some words" * 40_000).text
        assert time.process_time() - begun < 15
