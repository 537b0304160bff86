"""Bodies that lie: each is found, and never passes for whole."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import time
import tracemalloc
import zlib
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from backports import zstd
from scrapy import Request
from scrapy.http import HtmlResponse, Response, TextResponse, XmlResponse
from scrapy.utils.test import get_crawler

from newscrawl.net.bodies import MAX_CODINGS, CompressionMiddleware, best_encoding, check_body, decompress
from newscrawl.net.failures import BodyTooLarge
from newscrawl.net.middleware import MetaRefreshMiddleware
from tests.net.harness import PAGE, Server, answer, crawl, pages

PARAGRAPHS = "".join(f"<p>Paragraph {n} of a page that is long enough to be cut somewhere.</p>" for n in range(200))
LONG = f"<!doctype html><html><head><title>Long</title></head><body><main>{PARAGRAPHS}</main></body></html>"
RAW = LONG.encode()
ROBOTS = answer("", "404 Not Found")

PACKED = {
    "gzip": gzip.compress(RAW),
    "deflate": zlib.compress(RAW),
    "br": brotli.compress(RAW),
    "zstd": zstd.compress(RAW),
}


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("coding", PACKED)
def test_whole_streams_are_whole_and_cut_ones_are_not(coding: str) -> None:
    packed = PACKED[coding]
    assert decompress(packed, coding, 0) == (RAW, True)
    for share in (0.3, 0.6, 0.95):
        piece = packed[: int(len(packed) * share)]
        try:
            got, complete = decompress(piece, coding, 0)
        except OSError:
            continue  # too little to begin with
        assert not complete
        assert RAW.startswith(got)
    # Only the trailer is gone: every byte of the page came, but nothing vouches for it.
    if coding == "gzip":
        assert decompress(packed[:-8], coding, 0) == (RAW, False)


def test_what_servers_send_beside_the_standard() -> None:
    assert decompress(_raw_deflate(RAW), "deflate", 0) == (RAW, True)
    assert decompress(_raw_deflate(RAW)[:-50], "deflate", 0)[1] is False
    assert decompress(PACKED["gzip"] + b"\0" * 100, "gzip", 0) == (RAW, True)
    assert decompress(PACKED["gzip"] + b"padding", "x-gzip", 0) == (RAW, True)
    assert decompress(gzip.compress(RAW[:5000]) + gzip.compress(RAW[5000:]), "gzip", 0) == (RAW, True)
    assert decompress(gzip.compress(b""), "gzip", 0) == (b"", True)


@pytest.mark.parametrize("coding", [*PACKED, "x-unknown"])
def test_what_is_not_of_its_coding_fails(coding: str) -> None:
    with pytest.raises((OSError, zlib.error)):
        decompress(b"<html>not packed at all</html>" * 10, coding, 0)


@pytest.mark.parametrize("coding", PACKED)
def test_bombs_stop_at_the_limit(coding: str) -> None:
    data = b"\0" * 50_000_000
    bomb = {
        "gzip": gzip.compress(data, 9),
        "deflate": zlib.compress(data, 9),
        "br": brotli.compress(data, quality=5),
        "zstd": zstd.compress(data),
    }[coding]
    start = time.process_time()
    with pytest.raises(BodyTooLarge):
        decompress(bomb, coding, 1_000_000)
    assert time.process_time() - start < 1.0


def test_many_members_cost_little() -> None:
    start = time.process_time()
    for coding, member in (("gzip", gzip.compress(b"")), ("zstd", zstd.compress(b""))):
        decompress(member * (5_000_000 // len(member)), coding, 10_000_000)
    assert time.process_time() - start < 2.0


def test_random_bytes_never_crash() -> None:
    source = random.Random(7)
    for _ in range(300):
        coding = source.choice(list(PACKED))
        data = bytearray(PACKED[coding])
        for _ in range(source.randrange(1, 20)):
            data[source.randrange(len(data))] = source.randrange(256)
        with contextlib.suppress(OSError, zlib.error, BodyTooLarge):
            decompress(bytes(data[: source.randrange(1, len(data))]), coding, 1_000_000)


def html(body: bytes | str, *flags: str, **headers: str) -> HtmlResponse:
    data = body.encode() if isinstance(body, str) else body
    return HtmlResponse("http://a.example/", body=data, flags=list(flags), headers=headers)


def test_whole_pages_pass() -> None:
    for page in (
        LONG,
        LONG.replace("</body></html>", "</body>"),
        LONG + "\n<!-- generated in 0.2 s -->\n\n",
        LONG.replace("</main></body></html>", "</main>"),  # an author who drops optional tags
        "<p>a fragment",
        "",
        "<html><body>x</BODY >",
    ):
        assert check_body(html(page)) is None, page[-60:]
    assert check_body(html(LONG, "partial")) is None
    assert check_body(Response("http://a.example/i.png", body=b"\x89PNG\x00\xff")) is None
    assert check_body(html("<html>gone", "partial").replace(status=404)) is None


def test_a_page_of_its_named_length_is_whole_however_its_markup_ends() -> None:
    stops = LONG[: LONG.index("Paragraph 100")]
    assert check_body(html(stops)) == "truncated"
    assert check_body(html(stops, **{"Content-Length": str(len(stops))})) is None
    # The wire knows better.
    assert check_body(html(stops, "dataloss", **{"Content-Length": str(len(LONG))})) == "truncated"


def test_looking_at_a_body_decodes_no_page_for_good() -> None:
    """Scrapy keeps the text that it decodes once: up to four times the body, for each page in flight."""
    refresh = MetaRefreshMiddleware.from_crawler(get_crawler())
    page = html(LONG * 20)  # no charset is declared
    tracemalloc.start()
    assert refresh.process_response(Request(page.url), page) is page
    assert check_body(page) is None
    kept, _ = tracemalloc.get_traced_memory()
    assert page.text
    whole, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert whole - kept > len(page.body) * 0.9  # what it would have cost
    assert kept < len(page.body) * 0.1


@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-16-be", "shift_jis"])
def test_a_meta_refresh_is_followed_in_any_encoding(coding: str) -> None:
    refresh = MetaRefreshMiddleware.from_crawler(get_crawler())
    text = '<html><head><META HTTP-EQUIV="Refresh" content="0; url=/next"></head><body>記事</body></html>'
    page = HtmlResponse("http://a.example/", body=text.encode(coding), encoding=coding)
    led = refresh.process_response(Request(page.url), page)
    assert isinstance(led, Request)
    assert led.url == "http://a.example/next"


def test_cut_pages_do_not() -> None:
    assert check_body(html(RAW[:8000])) == "truncated"
    assert check_body(html(LONG[: LONG.index("Paragraph 100")])) == "truncated"
    assert check_body(html(LONG.replace("</body></html>", ""), "partial")) == "truncated"
    for flag in ("dataloss", "download_stopped", "newscrawl-truncated"):
        assert check_body(html(LONG, flag)) == "truncated"


def test_other_kinds_of_unknown_length_are_judged_by_their_end() -> None:
    def kind(cls: type[TextResponse], body: bytes, content_type: str) -> str | None:
        found = check_body(
            cls("http://a.example/", body=body, flags=["partial"], headers={"Content-Type": content_type})
        )
        return found.value if found else None

    assert kind(TextResponse, b'[{"id": 1}]', "application/json") is None
    assert kind(TextResponse, b'[{"id": 1}', "application/json") == "truncated"
    assert kind(TextResponse, b"[" * 100_000, "application/json") == "truncated"
    assert kind(XmlResponse, b'<?xml version="1.0"?><rss version="2.0"><a/></rss>\n', "text/xml") is None
    assert kind(XmlResponse, b'<?xml version="1.0"?><rss version="2.0"><a/>', "text/xml") == "truncated"
    assert kind(TextResponse, b"plain text", "text/plain") == "truncated"


JAPANESE = "<html><head><title>記事</title></head><body>" + "<p>日本語の文章です。</p>" * 50 + "</body></html>"


def test_encodings_that_lie() -> None:
    sjis, utf8 = JAPANESE.encode("shift_jis"), JAPANESE.encode()
    assert best_encoding(utf8, "iso-8859-1") == "utf-8"
    assert best_encoding(utf8, "utf-16") == "utf-8"
    assert best_encoding(b"\xef\xbb\xbf" + utf8, "ascii") == "utf-8"
    assert best_encoding(JAPANESE.encode("utf-16"), None) == "utf-16"
    assert best_encoding(sjis, "shift_jis") == "shift_jis"
    assert best_encoding(sjis, "utf-16") is None
    assert best_encoding(b"<meta charset=shift_jis>" + sjis, "utf-16") == "shift_jis"
    assert best_encoding(sjis, "no-such-encoding") is None
    assert best_encoding(b"plain", None) == "utf-8"
    response = HtmlResponse("http://a.example/", body=sjis, encoding="utf-16")
    assert check_body(response) == "bad_encoding"
    assert check_body(html(sjis, **{"Content-Type": "text/html; charset=shift_jis"})) is None
    noise = random.Random(1).randbytes(20_000)
    assert check_body(HtmlResponse("http://a.example/", body=noise, encoding="utf-8")) == "bad_encoding"


def _send(*data: bytes, reset: bool = False) -> Any:
    def script(peer: Any, head: bytes) -> bool:
        import socket
        import struct

        for piece in data:
            peer.sendall(piece)
        if reset:
            time.sleep(0.1)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return script


def packed(coding: str, body: bytes) -> bytes:
    return answer(body, headers=[("Content-Encoding", coding)])


_START = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
#: The fifteen: what is sent, and what it may read as. None of them is a whole page.
LIES: dict[str, tuple[Any, set[str]]] = {
    "short-of-length": (_send(_START + b"Content-Length: 99999\r\n\r\n" + RAW), {"truncated"}),
    "reset": (_send(_START + b"Content-Length: 99999\r\n\r\n" + RAW[:5000], reset=True), {"truncated", "connection"}),
    "chunk-cut": (_send(_START + b"Transfer-Encoding: chunked\r\n\r\nFFFF\r\n" + RAW[:5000]), {"truncated"}),
    "no-last-chunk": (
        _send(_START + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % len(RAW) + RAW + b"\r\n"),
        {"truncated"},
    ),
    "no-length-cut": (_send(_START + b"\r\n" + RAW[:6000]), {"truncated"}),
    "no-length-cut-after-a-tag": (_send(_START + b"\r\n" + RAW[: RAW.index(b"<p>Paragraph 90")]), {"truncated"}),
    "gzip-cut": (packed("gzip", PACKED["gzip"][:-200]), {"truncated"}),
    "gzip-without-trailer": (packed("gzip", PACKED["gzip"][:-8]), {"truncated"}),
    "deflate-cut": (packed("deflate", PACKED["deflate"][:-100]), {"truncated"}),
    "br-cut": (packed("br", PACKED["br"][:-20]), {"truncated"}),
    "zstd-cut": (packed("zstd", PACKED["zstd"][:-50]), {"truncated"}),
    "gzip-that-is-none": (packed("gzip", RAW), {"truncated"}),
    "utf-16-that-is-shift-jis": (
        answer(JAPANESE.encode("shift_jis"), content_type="text/html; charset=utf-16"),
        {"bad_encoding"},
    ),
    "utf-8-that-is-noise": (answer(b"<html><body>" + os.urandom(30_000) + b"</body></html>"), {"bad_encoding"}),
    "cut-inside-two-codings": (
        answer(gzip.compress(PACKED["br"])[:-30], headers=[("Content-Encoding", "br, gzip")]),
        {"truncated"},
    ),
}  # fmt: skip


@pytest.mark.slow
def test_no_lying_body_passes_for_whole() -> None:
    routes = {f"/{name}": sent for name, (sent, _) in LIES.items()}
    whole = {f"/whole-{coding}": packed(coding, data) for coding, data in PACKED.items()}
    with Server(pages({"/robots.txt": ROBOTS, **routes, **whole})) as server:
        base = f"http://site.test:{server.port}"
        crawled = crawl(
            [base + path for path in (*routes, *whole)],
            overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"},
        )
    for name, (_, reasons) in LIES.items():
        assert crawled.reason(f"{base}/{name}") in reasons, (name, crawled.by_url[f"{base}/{name}"])
    for path in whole:
        assert crawled.reason(base + path) is None
        assert crawled.by_url[base + path]["size"] == len(RAW)


def test_codings_over_each_other_are_few() -> None:
    body = PAGE.encode()
    for _ in range(MAX_CODINGS + 1):
        body = gzip.compress(body)
    many = [("Content-Encoding", ", ".join(["gzip"] * (MAX_CODINGS + 1)))]
    with Server(pages({"/robots.txt": ROBOTS, "/": answer(body, headers=many)})) as server:
        url = f"http://site.test:{server.port}/"
        crawled = crawl([url], overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"})
    assert crawled.reason(url) == "too_large"


def test_scrapys_own_lets_a_cut_gzip_pass() -> None:
    """Why there is a middleware of ours: with it off, half a page is delivered with no flag."""
    routes = {"/robots.txt": ROBOTS, "/": packed("gzip", PACKED["gzip"][:-200])}
    with Server(pages(routes)) as server:
        url = f"http://site.test:{server.port}/"
        crawled = crawl(
            [url],
            overrides={f"site.test:{server.port}": f"127.0.0.1:{server.port}"},
            settings={
                "TEST_UNSAFE": True,
                "DOWNLOADER_MIDDLEWARES": {"newscrawl.net.middleware.AddressPolicyMiddleware": 10},
            },
        )
    assert crawled.by_url[url]["flags"] == []
    assert 0 < crawled.by_url[url]["size"] < len(RAW)


@pytest.mark.parametrize("coding", [b"\x1b]0;pwned\x07evil", b"x\x9b31m\xff", b"gzip, \x1b[2J", b"x" * 10_000])
def test_a_coding_that_nobody_knows_commands_no_terminal(coding: bytes, caplog: pytest.LogCaptureFixture) -> None:
    middleware = CompressionMiddleware(crawler=get_crawler())
    response = HtmlResponse("http://a.example/", body=b"<p>x", headers={"Content-Encoding": coding})
    with caplog.at_level("DEBUG"):
        answered = middleware.process_response(Request("http://a.example/"), response)
    assert isinstance(answered, Response)
    assert answered.body == b"<p>x"
    (told,) = [record.getMessage() for record in caplog.records if "nobody knows" in record.getMessage()]
    assert told.isprintable()
    assert len(told) < 1000
