"""Pages built to be slow are read in a few seconds of CPU, or cut off with a reason."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable

import pytest

from newscrawl.extraction import Kind, extract
from newscrawl.html import opening
from newscrawl.outcomes import Reason

from .pages import page

#: CPU seconds of the dearest page; a core that is shared counts up to three for one.
MOST_SECONDS = 3.0
PROSE = "<p>The harbour was closed on Tuesday after a crane lost its load above the quay, the port said.</p>"
SLOW: dict[str, Callable[[], str]] = {
    "deep": lambda: "<html><body>" + "<div>" * 70_000 + PROSE,
    "deep again and again": lambda: "<html><body>" + ("<div>" * 240 + PROSE + "</div>" * 240) * 150,
    "wide": lambda: "<html><body>" + PROSE * 35_000,
    "spans": lambda: "<html><body><p>" + "<span>a b</span> " * 38_000,
    "attribute": lambda: f'<html><body><div class="{"article body " * 300_000}">{PROSE * 9}</div>',
    "classes": lambda: "<html><body>" + "".join(f"<div class='c{i} aB{i}'>{i} it is.</div>" for i in range(30_000)),
    "script JSON": lambda: '<script type="application/ld+json">' + '{"a":[' * 300_000 + "</script>" + PROSE * 20,
    "state": lambda: (
        "<script>window.__STATE__=" + json.dumps({"a": [["The port said so. " * 9] * 20] * 500}) + "</script>"
    ),
    "digits": lambda: f"<html><body><p>{'1' * 2_000_000}</p><p>{'12:34 ' * 200_000}</p>",
    "meta digits": lambda: f'<meta name="date" content="{"1" * 500_000}"><title>{"2020-" * 100_000}</title>{PROSE * 9}',
    "breaks": lambda: "<html><body><p>" + " \n<br> x" * 75_000,
    "entities": lambda: "<html><body><p>" + "&amp;#x26;" * 300_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_slow_page(name: str) -> None:
    html = SLOW[name]()
    extract(page(), "https://a.example/")  # what is loaded once is not the page's fault
    started = time.thread_time()
    found = extract(html, "https://slow.example/2024/05/03/story")
    assert time.thread_time() - started < MOST_SECONDS
    if found.kind != Kind.ARTICLE:
        assert found.reason is not None


def test_more_work_than_a_page_may_cost_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_WORK", 1_000)
    found = extract(page(), "https://slow.example/2024/05/03/story")
    assert (found.kind, found.reason) == (Kind.BROKEN, Reason.INVALID)
    assert found.detail == "more work than one page may cost"


def test_what_a_page_is_does_not_depend_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A live blog of 900 KiB was `invalid` on a slow machine and an article on a fast one."""
    ticks = itertools.count(0, 1000)
    for name in ("perf_counter", "thread_time", "process_time", "monotonic"):
        monkeypatch.setattr(time, name, lambda: float(next(ticks)))
    found = extract("<html><body><article><h1>Title</h1>" + PROSE * 9_000, "https://slow.example/2024/05/03/story")
    assert found.kind == Kind.ARTICLE


def test_more_text_than_is_read_is_told() -> None:
    found = extract("<html><body><article><h1>Title</h1>" + PROSE * 15_000, "https://slow.example/2024/05/03/story")
    assert found.reason == Reason.TRUNCATED


def test_too_many_tags() -> None:
    found = extract("<html><body>" + "<i>a</i>" * 50_000, "https://slow.example/x")
    assert found.reason == Reason.TOO_LARGE
