"""What finding an attribution costs: ``python -m benchmarks.attribution_cost``.

CPU time of one post at the median, over the bodies of real posts (../shared/data/wordpress); and how it grows for
content that was made to be long to read, in two sizes: an exponent of 1 is linear.
"""

from __future__ import annotations

import gc
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from benchmarks.common import need_shared, write_result
from newscrawl.attribution import find_attribution, find_candidates

__all__ = ["PAYLOADS", "exponent", "main"]

_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_SENTENCE = (
    '<p>The post <a href="https://a.example/x">X y z</a> appeared first on <a href="https://a.example/">A</a>.</p>'
)

#: Content that is long to read, by its size in units.
PAYLOADS: dict[str, Callable[[int], str]] = {
    "a number without end": lambda size: f"<p>&#{'1' * size};</p>{_SENTENCE}",
    "references to nothing": lambda size: "<p>" + "&#1;&#xFFFE;&#99999999999999999999;" * size + f"</p>{_SENTENCE}",
    "comments before a sentence": lambda size: "<p><!-- x -->" * size + _SENTENCE,
    "combining marks": lambda size: "<p>e" + "\u0301" * size + f"</p>{_SENTENCE}",
    "combining marks in an address": lambda size: (
        f'<p>Source: <a href="https://a.example/e{"%CC%81" * size}">A</a></p>'
    ),
    "input and text": lambda size: "<input>text" * size + _SENTENCE,
    "headings": lambda size: "<h2>Source</h2>" * size + _SENTENCE,
    "nested source blocks": lambda size: '<div class="jeg_post_source">' * size + "A" + "</div>" * size + _SENTENCE,
    "nested quotations": lambda size: "<blockquote>" * size + "A" + "</blockquote>" * size + _SENTENCE,
    "links in one paragraph": lambda size: (
        "<p>" + '<a href="https://a.example/b">Source</a> ' * size + f"</p>{_SENTENCE}"
    ),
    "long addresses in lists": lambda size: "".join(
        f'<li>Via <a href="https://{"a" * 60}.example/{"é" * 300}/{number}">b</a></li>' for number in range(size)
    ),
    "sentences that begin and never end": lambda size: "<p>" + "The post appeared first on " * size + "</p>",
    "a word without end": lambda size: f"<p>{'a' * size}</p>{_SENTENCE}",
    "a line of Han without end": lambda size: f"<p>{'源' * size}</p>{_SENTENCE}",
    "paragraphs": lambda size: "<p>This was originally published somewhere by somebody.</p>" * size + _SENTENCE,
    "line breaks": lambda size: "<p>" + "Source:<br>" * size + f"</p>{_SENTENCE}",
    "brackets": lambda size: "<p>" + "(via (source [" * size + f"</p>{_SENTENCE}",
    "full stops": lambda size: "<p>" + "A. " * size + f"</p>{_SENTENCE}",
    "addresses as text": lambda size: "<p>" + "Source: https://a.example/b " * size + f"</p>{_SENTENCE}",
    "spaces": lambda size: "<p>Source:" + " \n" * size + f"A</p>{_SENTENCE}",
}
#: CPU seconds that the larger size should take at least: less than that is noise.
LEAST = 0.15
#: Units of the first size, and how often it is doubled until it takes long enough.
FIRST, MOST_DOUBLINGS = 500, 11


def _posts() -> Iterator[str]:
    for path in sorted((need_shared("data/wordpress") / "feeds").glob("*.xml")):
        for item in etree.parse(str(path), etree.XMLParser(recover=True, huge_tree=True)).iter("item"):
            markup = item.findtext(f"{{{_CONTENT}}}encoded")
            if markup:
                yield markup


def _seconds(html: str) -> float:
    begun = time.process_time()
    find_attribution(html, "https://aggregator.example/1/")
    return time.process_time() - begun


def exponent(payload: Callable[[int], str]) -> tuple[float, float]:
    """How the CPU time of *payload* grows with its size, and the seconds of the largest that was tried.

    Garbage is not collected meanwhile, as in :mod:`timeit`: a collection looks at all objects that are alive, so that
    its share grows with the size of any tree.
    """
    size, times = FIRST, []
    gc.disable()
    try:
        for _ in range(MOST_DOUBLINGS):
            times.append(min(_seconds(payload(size)) for _ in range(4)))
            if times[-1] >= LEAST and len(times) > 2:
                break
            size *= 2
            gc.collect()
    finally:
        gc.enable()
    if times[-1] < LEAST / 3:
        return 0.0, times[-1]  # what is read of it is bounded
    return round(math.log(times[-1] / max(times[-3], 1e-5)) / math.log(4), 2), round(times[-1], 3)


def main() -> int:
    posts = list(_posts())
    for html in posts[:20]:
        _seconds(html)  # tables are read, words are known
    times = sorted(_seconds(html) * 1000 for html in posts)
    begun = time.process_time()
    for html in posts:
        find_candidates(html, "https://aggregator.example/1/")
    candidates = (time.process_time() - begun) * 1000 / max(1, len(posts))
    grown = {name: exponent(payload) for name, payload in PAYLOADS.items()}
    figures: dict[str, Any] = {
        "posts": len(posts),
        "characters_at_the_median": int(statistics.median(len(html) for html in posts)),
        "milliseconds_at_the_median": round(statistics.median(times), 3),
        "milliseconds_at_95_per_cent": round(times[int(len(times) * 0.95)], 3) if times else None,
        "milliseconds_of_find_candidates_in_the_mean": round(candidates, 3),
        "greatest_exponent": max(power for power, _ in grown.values()),
        "exponents": {name: {"exponent": power, "seconds": seconds} for name, (power, seconds) in grown.items()},
    }
    print(json.dumps(figures, indent=2, ensure_ascii=False))
    write_result("attribution_cost", figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
