"""Whatever a server says, in each place that it may: the log of a real crawl holds no control character of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.crawl.harness import Crawl
from tests.net.harness import Server, answer, pages

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

ESC = "\x1b[2J\x1b]0;owned\x07\x9b31m"
RAW = ESC.encode("latin-1")
FORGED = "2026-01-01 00:00:00 [newscrawl] CRITICAL: forged"
BODY = b"<!doctype html><html><head><title>A story</title></head><body><p>Text of it.</p></body></html>"


def _headers(*lines: bytes, status: bytes = b"200 OK", body: bytes = BODY) -> bytes:
    start = b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n" % len(body)
    return start + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


ANSWERS = {
    "content-encoding": _headers(b"Content-Type: text/html", b"Content-Encoding: x" + RAW),
    "content-encodings": _headers(b"Content-Type: text/html", b"Content-Encoding: gzip, x" + RAW + b", gzip"),
    "content-encoding-ascii": _headers(b"Content-Type: text/html", b"Content-Encoding: \x1b]0;pwned\x07evil"),
    "content-type": _headers(b"Content-Type: text/" + RAW),
    "charset": _headers(b"Content-Type: text/html; charset=" + RAW),
    "reason-phrase": _headers(b"Content-Type: text/html", status=b"200 " + RAW),
    "status-404": _headers(b"Content-Type: text/html", status=b"404 " + RAW),
    "status-999": _headers(b"Content-Type: text/html", status=b"999 " + RAW),
    "no-status": b"HTTP/1.1 " + RAW + b"\r\n\r\n",
    "no-http": RAW + b"\r\n" + FORGED.encode() + b"\r\n\r\n",
    "header-name": _headers(b"X" + RAW + b": y", b"Content-Type: text/html"),
    "bad-header": _headers(RAW + b" no colon", b"Content-Type: text/html"),
    "location": _headers(b"Location: http://elsewhere.test/" + RAW, status=b"302 Found"),
    "location-scheme": _headers(b"Location: " + RAW + b":x", status=b"302 Found"),
    "location-host": _headers(b"Location: http://" + RAW + b".test/", status=b"302 Found"),
    "location-private": _headers(b"Location: http://127.0.0.1/" + RAW, status=b"302 Found"),
    "location-nonsense": _headers(b"Location: http://[" + RAW + b"/", status=b"302 Found"),
    "retry-after": _headers(b"Retry-After: " + RAW, status=b"429 Slow"),
    "bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: " + RAW + b"\r\n\r\n",
    "bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + RAW + b"\r\n",
    "transfer-encoding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + RAW + b"\r\n\r\nx",
    "refresh": _headers(
        b"Content-Type: text/html",
        body=b'<html><head><meta http-equiv="refresh" content="0; url=http://10.0.0.1/' + RAW + b'"></head></html>',
    ),
    "title": _headers(b"Content-Type: text/html", body=BODY.replace(b"A story", RAW)),
    "json-ld": _headers(
        b"Content-Type: text/html",
        body=BODY.replace(
            b"</head>",
            b'<script type="application/ld+json">{"@type": "NewsArticle", "headline": "\\u001b[2J\\n'
            + FORGED.encode()
            + b'", "datePublished": "\\u001b[2J"}</script></head>',
        ),
    ),
    "canonical": _headers(
        b"Content-Type: text/html",
        body=BODY.replace(b"</head>", b'<link rel=canonical href="http://' + RAW + b'"></head>'),
    ),
}  # fmt: skip
ROBOTS = answer(
    b"User-agent: *\nCrawl-delay: " + RAW + b"\nAllow: /\nSitemap: http://" + RAW + b"/\n" + RAW + b"\n",
    content_type="text/plain",
)


def test_no_control_character_reaches_the_log(tmp_path: Path) -> None:
    def hostile(data: bytes) -> object:
        def script(peer: object, head: bytes) -> bool:
            peer.sendall(data)  # type: ignore[attr-defined]
            return False

        return script

    routes = {f"/{name}": hostile(data) for name, data in ANSWERS.items()}
    with Server(pages({"/robots.txt": ROBOTS, **routes})) as server:  # type: ignore[dict-item]
        overrides = json.dumps({f"*.test:{server.port}": f"127.0.0.1:{server.port}"})
        resolver = "tests.net.resolvers.TableResolver"  # over an empty table: no name server is asked
        settings = {"NEWSCRAWL_HOST_OVERRIDES": overrides, "RETRY_TIMES": 0, "TWISTED_DNS_RESOLVER": resolver}
        crawl = Crawl(tmp_path, None, LOG_LEVEL="DEBUG", **settings)
        urls = tmp_path / "urls.txt"
        urls.write_text("\n".join(f"http://{name}.test:{server.port}/{name}" for name in ANSWERS))
        done = crawl.run("crawl", "articles", "-a", f"urls={urls}", timeout=150)
        asked = set(server.paths())
    told = [line for line in done.err.splitlines() if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", line)]
    assert told == []
    # It is there, escaped or encoded: the log speaks of what came.
    assert re.search(r"%1B|\\x1b", done.err)
    assert not any(line.startswith(FORGED) for line in done.err.splitlines())
    assert "Traceback" not in done.err
    assert {f"/{name}" for name in ANSWERS} - asked == set()
    for words in (("status",), ("show", f"http://json-ld.test:{server.port}/json-ld")):
        out = crawl.run(*words).out
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", out)
        assert FORGED not in out.splitlines()
