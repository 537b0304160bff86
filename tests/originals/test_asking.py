"""What the ledger keeps of an original."""

from __future__ import annotations

import asyncio

from scrapy.http import HtmlResponse, Request

from newscrawl.items import OriginalResult
from newscrawl.ledger.claims import Work
from newscrawl.originals import read_original
from newscrawl.workers import Workers

_URL = "https://news.vellmar.test/local/quay"
_PAGE = """<html><head><title>Quay open again</title>
<meta property="article:published_time" content="2024-03-05T23:10:00-05:00">
<meta property="article:modified_time" content="2024-03-06T09:00:00+01:00">
</head><body><article><h1>Quay open again</h1>{}</article></body></html>"""
_LINE = "<p>Divers found no damage on plan {}, and the northern quay opened again in the morning, officials said.</p>"


def test_times_are_kept_in_utc() -> None:
    body = _PAGE.format("".join(map(_LINE.format, range(12)))).encode()
    response = HtmlResponse(_URL, body=body, encoding="utf-8", request=Request(_URL))

    async def read() -> OriginalResult:
        async with Workers(count=0) as workers:
            return await read_original(response, Work("original", "id", _URL, "vellmar.test"), workers)

    kept = asyncio.run(read()).extraction
    assert kept is not None
    assert kept.published_at == "2024-03-06T04:10:00Z"
    assert kept.modified_at == "2024-03-06T08:00:00Z"
