"""Attacks on memory, time and the parser, each beside 100 good pages in a crawl and a process of its own.

An aggregator on loopback lists 100 posts whose originals are good pages on 50
hosts, and one whose original (or whose own body, or robots.txt) attacks. The
crawl is the project's own with its own settings. It holds when every attack is
over in time, peak memory stays near that of the same crawl without it, and all
100 good pages are stored whole.

The server stays apart from `tests.site.serve_site`: the attacker writes to the bare socket what no HTTP server sends,
and the time of each exchange is taken there.

    python -m benchmarks.net_attacks [NAME ...]
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import brotli  # type: ignore[import-untyped]
from backports import zstd

from benchmarks.common import ROOT, write_result
from newscrawl.html.opening import MAX_CHARS, MAX_TAGS

__all__ = ["Attack", "Run", "attack", "attacks", "besiege", "judge"]

GOOD = 100
#: Seconds that a request may take in these crawls (the project's default is 30), and the tolerance.
TIMEOUT = 10
TOLERANCE = 5
#: MiB of peak memory above the same crawl without the attack.
MAX_EXTRA = 150

_WORDS = (
    "river harvest council bridge engine market winter signal garden letter teacher station village copper window "
    "budget captain lantern meadow orchard painter railway saddle timber valley weather workshop anchor barrel canvas "
    "dealer ember fabric gravel hammer island jacket kettle ladder marble needle oyster pebble quarry ribbon"
).split()


def _text(seed: str, paragraphs: int = 12) -> list[str]:
    source = random.Random(seed)
    made = []
    for _ in range(paragraphs):
        sentences = []
        for _ in range(4):
            words = [source.choice(_WORDS) for _ in range(source.randint(9, 16))]
            sentences.append(" ".join(words).capitalize() + ".")
        made.append(" ".join(sentences))
    return made


def _title(number: int) -> str:
    source = random.Random(f"title {number}")
    return " ".join(source.choice(_WORDS) for _ in range(6)).capitalize() + f" {number}"


def _page(number: int, *, head: str = "", body: str = "", title: str | None = None) -> bytes:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in _text(f"page {number}"))
    title = title or _title(number)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f"<header><nav>Home</nav></header><article><h1>{title}</h1>{text}{body}</article></body></html>"
    ).encode()


def _answer(
    body: bytes, status: str = "200 OK", content_type: str = "text/html; charset=utf-8", headers: str = ""
) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
        + body
    )


Script = Callable[[socket.socket], None]


@dataclass
class Attack:
    """What one party does.

    *routes*: by path of ``evil.test``. *post*: extra HTML in the post's own
    body. *listing*: its entry in the aggregator's listing, changed.
    """

    name: str
    routes: dict[str, bytes | Script] = field(default_factory=dict)
    post: str = ""
    listing: Callable[[dict[str, Any]], Any] | None = None


def _page_attack(name: str, body: bytes, headers: str = "", content_type: str = "text/html; charset=utf-8") -> Attack:
    return Attack(name, {"/story": _answer(body, headers=headers, content_type=content_type)})


def _flood(start: bytes, piece: bytes, seconds: float = 60) -> Script:
    def script(peer: socket.socket) -> None:
        peer.sendall(start)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            peer.sendall(piece)

    return script


def _drip(start: bytes, gap: float, piece: bytes = b"x") -> Script:
    def script(peer: socket.socket) -> None:
        peer.sendall(start)
        for _ in range(200):
            time.sleep(gap)
            peer.sendall(piece)

    return script


def _reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _silent(peer: socket.socket) -> None:
    with contextlib.suppress(OSError):
        peer.recv(1)


def _endless_redirect() -> Script:
    count = iter(range(10**9))

    def script(peer: socket.socket) -> None:
        peer.sendall(_answer(b"", "302 Found", headers=f"Location: /story?{next(count)}\r\n"))

    return script


def _zip_of(coding: str, size: int = 500 * 2**20) -> bytes:
    """*size* zero bytes packed by *coding*, made in pieces."""
    piece = b"\0" * 2**20
    if coding in ("gzip", "deflate"):
        # After a full flush each piece is packed alike: it is packed once, and stands in the stream many times.
        packer = zlib.compressobj(9, wbits=-15)
        packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
        end = zlib.compressobj(9, wbits=-15).flush()
        check, sum_of = (0, zlib.crc32) if coding == "gzip" else (1, zlib.adler32)
        for _ in range(size >> 20):
            check = sum_of(piece, check)
        if coding == "gzip":
            head, tail = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff", struct.pack("<II", check, size)
        else:
            head, tail = b"\x78\xda", struct.pack(">I", check)
        return head + packed * (size >> 20) + end + tail
    if coding == "br":
        compressor = brotli.Compressor(quality=5)
        return b"".join(compressor.process(piece) for _ in range(size >> 20)) + compressor.finish()
    stream = zstd.ZstdCompressor()
    return b"".join(stream.compress(piece) for _ in range(size >> 20)) + stream.flush()


def _bomb(coding: str, *, twice: bool = False) -> Attack:
    """*twice*: packed by gzip once more. Packed when it is asked for: it takes seconds."""

    def script(peer: socket.socket) -> None:
        packed, codings = _zip_of(coding), coding
        if twice:
            packed, codings = gzip.compress(packed), f"{coding}, gzip"
        peer.sendall(_answer(packed, headers=f"Content-Encoding: {codings}\r\n"))

    return Attack(f"bomb-double-{coding}" if twice else f"bomb-{coding}", {"/story": script})


def _robots(name: str, robots: bytes | Script) -> Attack:
    sent = robots if callable(robots) else _answer(robots, content_type="text/plain")
    return Attack(f"robots-{name}", {"/robots.txt": sent, "/story": _answer(_page(0))})


_HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
_MB = 2**20
#: As large as the extraction still reads, and as many tags: less than its caps by what the good page around takes.
_CHARS = MAX_CHARS - 100_000
_TAGS = MAX_TAGS - 1_000


def attacks() -> Iterator[Attack]:
    """Every attack, made as it is asked for: some are 10 MB."""
    # Compression.
    for coding in ("gzip", "deflate", "br", "zstd"):
        yield _bomb(coding)
    yield _bomb("gzip", twice=True)
    yield _page_attack("gzip-members", gzip.compress(b"") * (9 * _MB // 20), "Content-Encoding: gzip\r\n")
    yield _page_attack("codings", b"x" * 1000, "Content-Encoding: " + "gzip, " * 500 + "gzip\r\n")
    # The wire.
    yield Attack("endless-body", {"/story": _flood(_HTTP + b"\r\n", b"<p>x</p>" * 8192)})
    yield Attack(
        "endless-chunks",
        {"/story": _flood(_HTTP + b"Transfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + b"x" * 16384 + b"\r\n")},
    )
    yield Attack(
        "tiny-chunks", {"/story": _flood(_HTTP + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 10_000)}
    )
    yield Attack(
        "chunk-extensions",
        {"/story": _flood(_HTTP + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 60_000 + b"\r\nx\r\n")},
    )
    yield Attack(
        "endless-trailers",
        {"/story": _flood(_HTTP + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: y\r\n" * 1000)},
    )
    yield Attack("length-of-100-gb", {"/story": _flood(_HTTP + b"Content-Length: 107374182400\r\n\r\n", b"x" * 65536)})
    yield Attack("slow-body", {"/story": _drip(_HTTP + b"Content-Length: 100000\r\n\r\n", 0.3)})
    yield Attack("slow-headers", {"/story": _drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", 0.3)})
    yield Attack("slow-status", {"/story": _drip(b"HTTP", 0.3, b"/")})
    yield Attack("silent", {"/story": _silent})
    yield Attack("reset", {"/story": _reset})
    yield Attack("headers-512-mb", {"/story": _flood(b"HTTP/1.1 200 OK\r\n", b"X-Fill: " + b"v" * 8000 + b"\r\n")})
    yield Attack("one-header-line", {"/story": _flood(b"HTTP/1.1 200 OK\r\nX-Fill: ", b"v" * 65536)})
    yield Attack("folded-header", {"/story": _flood(b"HTTP/1.1 200 OK\r\nX-Fill: a\r\n", b" more\r\n" * 1000)})
    yield Attack("interim-answers", {"/story": _flood(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 500)})
    yield _page_attack("cookies", _page(0), "".join(f"Set-Cookie: c{n}={'v' * 400}\r\n" for n in range(120)))
    # Redirects.
    yield Attack("redirect-loop", {"/story": _answer(b"", "302 Found", headers="Location: /story\r\n")})
    yield Attack("redirect-endless", {"/story": _endless_redirect()})
    yield Attack("redirect-long-url", {"/story": _answer(b"", "302 Found", headers=f"Location: /{'a' * 50_000}\r\n")})
    refresh = b'<html><head><meta http-equiv="refresh" content="0;url=/story?'
    yield Attack("refresh-loop", {"/story": _answer(refresh + b'x"></head><body></body></html>')})
    yield _page_attack("refresh-long", refresh + b"a" * 5 * _MB + b'"></head><body></body></html>')
    # The parser and the extraction.
    yield _page_attack("nested-100k", _page(0, body="<div>" * 100_000 + "deep" + "</div>" * 100_000))
    yield _page_attack("nested-1m", b"<html><body>" + b"<i>" * 1_000_000 + b"deep</body></html>")
    yield _page_attack("nested-tables", _page(0, body="<table><tr><td>" * 20_000))
    # Once just below the extraction's own cap, once just below that of the download.
    for name, size in (("most", _CHARS), ("9-mb", 9 * _MB)):
        yield _page_attack(f"attribute-{name}", _page(0, body=f'<p title="{"a" * size}">x</p>'))
        yield _page_attack(f"text-{name}", _page(0, body="<p>" + "word " * (size // 5) + "</p>"))
        yield _page_attack(f"no-spaces-{name}", _page(0, body="<p>" + "a" * size + "</p>"))
        yield _page_attack(f"spaces-{name}", _page(0, body="<p>" + " \n\t" * (size // 3) + "</p>"))
    flood = " ".join(f"a{n}=1" for n in range(100_000))
    yield Attack("attributes-on-a-404", {"/story": _answer(_page(0, body=f"<p {flood}>x</p>"), "404 Not Found")})
    yield _page_attack("attributes-100k", _page(0, body="<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x</p>"))
    yield _page_attack("links-300k", _page(0, body="".join(f'<a href="/{n}">x</a>' for n in range(300_000))))
    yield _page_attack("paragraphs-300k", _page(0, body="<p>some words here</p>" * 300_000))
    # As many tags as the extraction still reads.
    yield _page_attack("links-most", _page(0, body="".join(f'<a href="/{n}">x</a>' for n in range(_TAGS // 2))))
    yield _page_attack("paragraphs-most", _page(0, body="<p>some words here</p>" * (_TAGS // 2)))
    yield _page_attack("nested-most", _page(0, body="<div>" * _TAGS))
    yield _page_attack("inline-most", _page(0, body="<b>" * _TAGS))
    yield _page_attack("lists-most", _page(0, body="<ul><li>" * (_TAGS // 2)))
    yield _page_attack("metas-most", _page(0, head='<meta name="author" content="A B">' * _TAGS))
    yield _page_attack("metas-200k", _page(0, head='<meta name="author" content="A B">' * 200_000))
    yield _page_attack("entities-most", _page(0, body="&amp;&lt;&#x41;" * (_CHARS // 15)))
    yield _page_attack("title-1-mb", _page(0, title="word " * (_MB // 5)))
    yield _page_attack("comments-500k", _page(0, body="<!-- -->" * 500_000))
    yield _page_attack("comments-most", _page(0, body="<!-- -->" * _TAGS))
    yield _page_attack("open-comment", _page(0, body="<!--" + "-" * 3 * _MB))
    yield _page_attack("scripts-100k", _page(0, body="<script>var a=1</script>" * 100_000))
    yield _page_attack("scripts-most", _page(0, body="<script>var a=1</script>" * (_TAGS // 2)))
    ld = '<script type="application/ld+json">'
    yield _page_attack("ld-deep", _page(0, head=ld + '{"a":' * 100_000 + "1" + "}" * 100_000 + "</script>"))
    yield _page_attack("ld-list-deep", _page(0, head=ld + "[" * 500_000 + "]" * 500_000 + "</script>"))
    graph = ",".join(f'{{"@type":"NewsArticle","headline":"h{n}"}}' for n in range(100_000))
    yield _page_attack("ld-graph", _page(0, head=f'{ld}{{"@graph":[{graph}]}}</script>'))
    yield _page_attack("ld-blocks", _page(0, head=f'{ld}{{"@type":"NewsArticle"}}</script>' * (_TAGS // 2)))
    date = f'<meta property="article:published_time" content="{"1" * _MB}">'
    yield _page_attack("date-1-mb", _page(0, head=date, body=f"<time datetime='{'2-' * 500_000}'>x</time>"))
    byline = "By " + "A. " * 300_000
    yield _page_attack("byline-900-kb", _page(0, body=f'<p class="byline">{byline}</p><a rel="author">{byline}</a>'))
    yield _page_attack(
        "paywall-words", _page(0, body="<p>subscribe to continue reading log in to read more</p>" * (_TAGS // 2))
    )
    yield _page_attack("utf-16-noise", os.urandom(5 * _MB), content_type="text/html; charset=utf-16")
    yield _page_attack("utf-7", b"+ADw-script+AD4-" * 400_000, content_type="text/html; charset=utf-7")
    yield _page_attack("binary-as-html", b"<html>" + os.urandom(9 * _MB))
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(12)
    )
    xml = f'<?xml version="1.0"?>{laughs}]><rss><channel><title>&m;</title></channel></rss>'.encode()
    yield _page_attack("billion-laughs", xml, content_type="application/xml")
    yield _page_attack(
        "quadratic-entity",
        f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "{"a" * 100_000}">]><r>{"&a;" * 100_000}</r>'.encode(),
        content_type="text/xml",
    )
    # robots.txt.
    yield _robots("14-mb", b"User-agent: *\nAllow: /\n" + b"# filler\n" * 1_600_000)
    yield _robots("wildcards", b"User-agent: *\n" + b"Disallow: /*a*b*c*d*e*f*g*h$\n" * 17_000)
    yield _robots("groups", b"".join(b"User-agent: a%d\nDisallow: /\n" % n for n in range(17_000)))
    yield _robots("slow", _drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", 0.3, b"#"))
    yield _robots("endless", _flood(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"# x\n" * 16384))
    yield _robots("crawl-delay-a-day", b"User-agent: *\nCrawl-delay: 86400\nAllow: /\n")
    yield _robots("loop", _answer(b"", "301 Moved", headers="Location: /robots.txt\r\n"))
    # The aggregator's own post.
    yield Attack("post-nested", {"/story": _answer(_page(0))}, post="<blockquote>" * 50_000)
    attributes = " ".join(f"a{n}=1" for n in range(100_000))
    yield Attack("post-attributes", {"/story": _answer(_page(0))}, post=f"<p {attributes}>x</p>")
    yield Attack("post-8-mb", {"/story": _answer(_page(0))}, post="<p>words of a post</p>" * 380_000)
    phrases = "The post appeared first on <a href='http://x.test/'>x</a>. " * 20_000
    yield Attack("post-phrases", {"/story": _answer(_page(0))}, post=f"<p>{phrases}</p>")
    yield Attack("post-links", {"/story": _answer(_page(0))}, post="<a href='http://evil.test/a'>a</a> " * 100_000)
    yield Attack("post-words", {"/story": _answer(_page(0))}, post="<p>" + "appeared first on " * 300_000 + "</p>")
    # The listing beside the good one.
    yield Attack("listing-deep", listing=lambda post: {**post, "yoast_head_json": json.loads("[" * 900 + "]" * 900)})
    yield Attack(
        "listing-huge-fields", listing=lambda post: {**post, "slug": "s" * _MB, "title": {"rendered": "t" * _MB}}
    )
    yield Attack("listing-wrong-types", listing=lambda post: {key: [None] * 1000 for key in post} | {"id": post["id"]})


def attack(name: str) -> Attack:
    """The attack of this *name*."""
    return next(one for one in attacks() if one.name == name)


class World:
    """Aggregator, good publishers and one that attacks, on one loopback port, told apart by the Host header."""

    def __init__(self, attack: Attack | None, good: int = GOOD) -> None:
        self.attack = attack
        self.good = good
        self.longest = 0.0
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._socket.getsockname()[1]
        self._posts = [self._post(number) for number in range(good + 1)]
        threading.Thread(target=self._accept, daemon=True).start()

    def _post(self, number: int) -> dict[str, Any]:
        evil = number == self.good // 2
        host = f"evil.test:{self.port}" if evil else f"good{number % 50}.test:{self.port}"
        story = f"http://{host}/story" + ("" if evil else f"-{number}")
        link = f"http://agg.test:{self.port}/2026/{number}/"
        when = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=1, minutes=number)).strftime("%Y-%m-%dT%H:%M:%S")
        extra = self.attack.post if evil and self.attack else ""
        title = _title(0 if evil else number)
        lead = "".join(f"<p>{paragraph}</p>" for paragraph in _text(f"page {0 if evil else number}")[:3])
        content = (
            f"{lead}{extra}<p>The post <a href='{story}'>{title}</a> appeared first on "
            f"<a href='{story}'>Publisher {number}</a>.</p>"
        )
        post: dict[str, Any] = {
            "id": 1000 - number,
            "date": when,
            "date_gmt": when,
            "modified": when,
            "modified_gmt": when,
            "slug": f"post-{number}",
            "status": "publish",
            "type": "post",
            "link": link,
            "guid": {"rendered": link},
            "title": {"rendered": title},
            "content": {"rendered": content, "protected": False},
            "excerpt": {"rendered": "", "protected": False},
            "author": 1,
            "categories": [],
            "tags": [],
        }
        if evil and self.attack and self.attack.listing:
            changed: dict[str, Any] = self.attack.listing(post)
            return changed
        return post

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        peer.settimeout(120)
        started = 0.0
        try:
            with peer:
                while True:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        data = peer.recv(65536)
                        if not data:
                            return
                        head += data
                    target = head.split(b" ", 2)[1].decode("latin-1")
                    host = next(
                        (
                            line[5:].strip()
                            for line in head.decode("latin-1").split("\r\n")
                            if line.lower().startswith("host:")
                        ),
                        "",
                    )
                    if host.startswith("evil.") and self.attack is not None:
                        started = time.monotonic()
                        sent = self.attack.routes.get(urlsplit(target).path)
                        if callable(sent):
                            sent(peer)
                            return
                        peer.sendall(sent if sent is not None else self._good(host, target))
                        self._note(started)
                        started = 0.0
                    else:
                        peer.sendall(self._good(host, target))
        except OSError:
            pass
        finally:
            if started:
                self._note(started)

    def _note(self, started: float) -> None:
        with self._lock:
            self.longest = max(self.longest, time.monotonic() - started)

    def _good(self, host: str, target: str) -> bytes:
        parts = urlsplit(target)
        if parts.path == "/robots.txt":
            return _answer(b"User-agent: *\nAllow: /\n", content_type="text/plain")
        if host.startswith("agg."):
            if not parts.path.startswith("/wp-json/wp/v2/posts"):
                return _answer(b"[]", content_type="application/json")
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            return self._listing(query)
        name = parts.path.rpartition("-")[2]
        return _answer(_page(int(name) if name.isdigit() else 0))

    def _listing(self, query: dict[str, str]) -> bytes:
        dated = [post for post in self._posts if not query.get("before") or str(post["date"]) < query["before"]]
        size = int(query.get("per_page", "10"))
        start = (int(query.get("page", "1")) - 1) * size
        body = json.dumps(dated[start : start + size]).encode()
        pages = -(-len(dated) // size)
        return _answer(
            body,
            content_type="application/json",
            headers=f"X-WP-Total: {len(dated)}\r\nX-WP-TotalPages: {pages}\r\n",
        )

    def close(self) -> None:
        self._socket.close()


@dataclass
class Run:
    """One crawl. *peak*: MiB; *longest*: seconds of the longest exchange with the attacker; *good*: pages stored, *of*
    so many."""

    status: int
    seconds: float
    peak: float
    longest: float
    good: int
    attacked: dict[str, Any] | None
    log: str
    of: int = GOOD


def _high_water(pid: int) -> float:
    """The most memory that the process has had, in MiB; 0 where it has gone.

    Not `ru_maxrss`: that of a child begins with what its parent had, and this one holds the attacks.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def besiege(attack: Attack | None, folder: Path, *, good: int = GOOD, **settings: Any) -> Run:
    """Crawl the world with *attack* in it (None: the same with a good page in its place) beside *good* pages.

    *settings*: on top of those that every one of these crawls has.
    """
    world = World(attack, good)
    output = folder / "records.jsonl"
    log_path = folder / "crawl.log"
    given = {
        "NEWSCRAWL_DATABASE": f"sqlite:///{folder / 'newscrawl.db'}",
        "NEWSCRAWL_HOST_OVERRIDES": json.dumps({f"*.test:{world.port}": f"127.0.0.1:{world.port}"}),
        "NEWSCRAWL_RENDER": "never",
        "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_TIMEOUT": TIMEOUT,
        "RETRY_TIMES": 1,
        "NEWSCRAWL_ROBOTS_RETRY_DELAY": 0.5,
        **settings,
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "dnyuz"]
    command += ["-a", f"site=http://agg.test:{world.port}", "-a", "since=all", "-O", str(output)]
    for name, value in given.items():
        command += ["-s", f"{name}={value}"]
    start = time.monotonic()
    clean = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=clean)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _high_water(process.pid))
            if time.monotonic() - start > 240:
                process.kill()
            time.sleep(0.02)
    seconds = time.monotonic() - start
    world.close()
    records = [json.loads(line) for line in output.read_text().splitlines()] if output.exists() else []
    evil = f"/2026/{good // 2}/"
    stored = sum(
        1
        for record in records
        if not record["post"]["url"].endswith(evil) and record["outcome"] == "original" and record["word_count"] > 300
    )
    attacked = next((record for record in records if record["post"]["url"].endswith(evil)), None)
    return Run(
        process.returncode,
        seconds,
        peak,
        world.longest,
        stored,
        attacked and {key: attacked[key] for key in ("outcome", "reason", "text_source", "word_count")},
        log_path.read_text(errors="replace"),
        good,
    )


def judge(run: Run, baseline: Run) -> list[str]:
    """What does not hold of *run*."""
    wrong = []
    if run.good != run.of:
        wrong.append(f"{run.good} of {run.of} good pages")
    if run.peak > baseline.peak + MAX_EXTRA:
        wrong.append(f"{run.peak - baseline.peak:.0f} MiB above the same crawl without it")
    if run.longest > TIMEOUT + TOLERANCE:
        wrong.append(f"an exchange of {run.longest:.1f} s")
    # Two tries of robots.txt and of the page, one after another, are four timeouts at most; the rest is a busy machine.
    if run.seconds > baseline.seconds + 4 * TIMEOUT + 6 * TOLERANCE:
        wrong.append(f"{run.seconds:.0f} s, {baseline.seconds:.0f} s without it")
    if run.status not in (0, 4):
        wrong.append(f"exit status {run.status}")
    if "Traceback (most recent call last)" in run.log:
        wrong.append("a traceback")
    return wrong


def main() -> int:
    wanted = set(sys.argv[1:])
    first = os.environ.get("NET_ATTACKS_FROM")
    with tempfile.TemporaryDirectory() as folder:
        baseline = besiege(None, Path(folder))
    print(f"{'baseline':22} {baseline.seconds:5.1f} s  {baseline.peak:5.0f} MiB  good {baseline.good}")
    figures: dict[str, Any] = {
        "good_pages": GOOD,
        "timeout_seconds": TIMEOUT,
        "baseline": {"seconds": round(baseline.seconds, 1), "peak_mib": round(baseline.peak), "good": baseline.good},
        "attacks": {},
    }
    failed = tried = 0
    for one in attacks():
        if first == one.name:
            first = None
        if first or (wanted and one.name not in wanted):
            continue
        tried += 1
        with tempfile.TemporaryDirectory() as folder:
            run = besiege(one, Path(folder))
        wrong = judge(run, baseline)
        failed += bool(wrong)
        print(
            f"{one.name:22} {run.seconds:5.1f} s  {run.peak - baseline.peak:+5.0f} MiB  exchange {run.longest:4.1f} s"
            f"  good {run.good}  {run.attacked}  {'; '.join(wrong)}",
            flush=True,
        )
        if wrong and os.environ.get("NET_ATTACKS_LOG"):
            print(run.log[-5000:])
        figures["attacks"][one.name] = {
            "seconds": round(run.seconds, 1),
            "extra_mib": round(run.peak - baseline.peak),
            "longest_exchange": round(run.longest, 1),
            "good": run.good,
            "record": run.attacked,
            "wrong": wrong,
        }
    figures["held"] = tried - failed
    figures["of"] = tried
    if not wanted:
        write_result("net_attacks", figures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
