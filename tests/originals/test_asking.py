"""What the ledger keeps of an original."""

from __future__ import annotations

import asyncio

import pytest
from scrapy.http import HtmlResponse, Request

from newscrawl.items import OriginalResult
from newscrawl.ledger.claims import Work
from newscrawl.net import bodies
from newscrawl.originals import read_original
from newscrawl.workers import Workers

_URL = "https://news.vellmar.test/local/quay"
_PAGE = """<html><head><title>Quay open again</title>
<meta property="article:published_time" content="2024-03-05T23:10:00-05:00">
<meta property="article:modified_time" content="2024-03-06T09:00:00+01:00">
</head><body><article><h1>Quay open again</h1>{}</article></body></html>"""
_LINE = "<p>Divers found no damage on plan {}, and the northern quay opened again in the morning, officials said.</p>"


def _read(body: bytes, status: int = 200) -> OriginalResult:
    response = HtmlResponse(_URL, status=status, body=body, encoding="utf-8", request=Request(_URL))

    async def read() -> OriginalResult:
        async with Workers(count=0) as workers:
            return await read_original(response, Work("original", "id", _URL, "vellmar.test"), workers)

    return asyncio.run(read())


def test_times_are_kept_in_utc() -> None:
    kept = _read(_PAGE.format("".join(map(_LINE.format, range(12)))).encode()).extraction
    assert kept is not None
    assert kept.published_at == "2024-03-06T04:10:00Z"
    assert kept.modified_at == "2024-03-06T08:00:00Z"


def test_costly_markup_is_found_where_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    monkeypatch.setattr(bodies, "is_costly", lambda markup: looked.append(markup) or False)
    costly = f"<p {' '.join(f'a{n}' for n in range(60_000))}>" + "".join(map(_LINE.format, range(12)))
    assert _read(_PAGE.format(costly).encode()).reason == "invalid"
    assert _read(_PAGE.format(costly).encode("utf-16")).reason == "invalid"
    assert _read(_PAGE.format(costly).encode(), status=404).reason == "http_404"
    # The crawl's loop does not look at it a second time.
    assert not looked
