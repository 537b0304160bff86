"""What `benchmarks.speed` crawls: one aggregator with a WordPress API, publishers with ten articles each, on loopback.

The pages are real ones of ``../shared/data/pages`` where they are there, made-up ones of the same size elsewhere. Each
publisher has an address of its own in 127.0.0.0/8, so that crawlers that know no host overrides keep them apart too.
It stays apart from `tests.site.serve_site`: its server is a process of its own with one thread for all connections,
since what it costs must be nobody's, and it keeps connections open as real sites do.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import html
import json
import multiprocessing
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.common import SHARED
from newscrawl.demo import prose

__all__ = [
    "MEAN_BYTES",
    "POSTS_EACH",
    "Page",
    "Served",
    "World",
    "make_pages",
    "make_small_pages",
    "publisher_of",
    "serve",
]

#: Posts of each publisher, and the mean size of a page.
POSTS_EACH = 10
MEAN_BYTES = 279_000
#: What a page of a post holds at least, in words.
LEAST_WORDS = 150
#: The newest post, so that two runs crawl the same.
NEWEST = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
#: Between a post of the list and the next.
BETWEEN = dt.timedelta(minutes=7)


@dataclass(frozen=True, slots=True)
class Page:
    """One publisher's page, its title, and the text of its article as paragraphs."""

    body: bytes
    title: str
    paragraphs: tuple[str, ...]


# --- pages -------------------------------------------------------------------------------------------------------


def make_pages(count: int, *, real: bool, seed: int = 1) -> list[Page]:
    """*count* pages of about `MEAN_BYTES` in the mean, in an order that *seed* draws."""
    folder = SHARED / "data" / "pages"
    found = _real_pages(folder, count) if real and folder.is_dir() else [_made_up(seed, at) for at in range(count)]
    random.Random(seed).shuffle(found)
    return found


def _real_pages(folder: Path, count: int) -> list[Page]:
    """Those *count* neighbours, in the order of their sizes, whose mean is nearest to `MEAN_BYTES`."""
    from newscrawl.extraction import extract

    rows = [json.loads(line) for line in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    bodies = sorted(
        ((gzip.decompress((folder / f"{row['name']}.html.gz").read_bytes()), row) for row in rows),
        key=lambda one: len(one[0]),
    )
    found: list[Page] = []
    sizes = [len(body) for body, _ in bodies]
    most = min(count + 60, len(bodies))  # some are no articles, or short
    first = min(
        range(len(bodies) - most + 1), key=lambda at: abs(sum(sizes[at : at + most]) / most - MEAN_BYTES), default=0
    )
    for body, row in bodies[first : first + most]:
        page = extract(body, row.get("url") or "https://example.org/")
        text = row.get("body") or page.text or ""
        if len(text.split()) >= LEAST_WORDS and page.reason is None:
            found.append(Page(body, page.title or "An article", tuple(one for one in text.split("\n") if one.strip())))
        if len(found) == count:
            break
    return found


def _made_up(seed: int, number: int) -> Page:
    rng = random.Random(f"{seed}/speed/{number}")
    cast = prose.Cast(rng)
    paragraphs = tuple(prose.paragraphs(rng, cast, language="en", words_wanted=rng.choice((350, 600, 900))))
    title = f"{cast.places[0]} votes on bridge {number}"
    menu = "".join(f'<li class="nav-item"><a href="/topic/{at}/">Topic {at}</a></li>' for at in range(250))
    cards = "".join(
        f'<div class="card"><a href="/2026/{at}/"><img src="/i/{at}.jpg" alt=""><h3>Story {at}</h3></a>'
        f"<p>In short, what happened on day {at}.</p></div>"
        for at in range(200)
    )
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": "2026-03-01T10:00:00Z",
        "author": {"@type": "Person", "name": " ".join(cast.people[0])},
    }
    text = "".join(f"<p>{html.escape(one)}</p>" for one in paragraphs)
    state = json.dumps({f"key{at}": rng.random() for at in range(6_000)})
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - Paper</title>'
        f'<meta property="og:title" content="{title}"><script type="application/ld+json">{json.dumps(data)}</script>'
        f"<script>window.state={state}</script></head><body><nav><ul>{menu}</ul></nav>"
        f"<main><article><h1>{title}</h1>{text}</article><aside>{cards}</aside></main>"
    )
    rest = max(0, MEAN_BYTES - len(page.encode()) - 20)
    return Page(f"{page}<script>/*{'x' * rest}*/</script></body></html>".encode(), title, paragraphs)


def make_small_pages(count: int, seed: int = 1) -> list[Page]:
    """*count* made-up pages of some 2 KB: for what is not about reading them."""
    found = []
    for number in range(count):
        rng = random.Random(f"{seed}/small/{number}")
        cast = prose.Cast(rng)
        paragraphs = tuple(prose.paragraphs(rng, cast, language="en", words_wanted=160))
        title = f"{cast.places[0]} votes on bridge {number}"
        text = "".join(f"<p>{html.escape(one)}</p>" for one in paragraphs)
        page = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body><article><h1>{title}</h1>{text}</article></body></html>"
        )
        found.append(Page(page.encode(), title, paragraphs))
    return found


# --- the world ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class World:
    """Posts and pages. A publisher is ``paper<N>.test`` to us and an address of its own to others.

    ``slow``: seconds that a publisher lets each answer wait, by its number; ``None``: it does not answer at all.
    ``order``: numbers of posts, newest first. ``owners``: the publisher of each post; without it they take turns.
    """

    pages: Sequence[Page]
    publishers: int
    order: Sequence[int] = ()
    slow: Mapping[int, float | None] = field(default_factory=dict)
    owners: Sequence[int] = ()
    port: int = 0

    def publisher(self, post: int) -> int:
        """Whose article post number *post* is."""
        return self.owners[post] if self.owners else post % self.publishers

    def path(self, post: int) -> str:
        return f"/2026/03/01/story-{post}"

    def peer_url(self, post: int) -> str:
        """The original's address for crawlers that know no overrides."""
        return f"http://{address_of(self.publisher(post))}:{self.port}{self.path(post)}"

    def post(self, at: int) -> dict[str, object]:
        """The post at place *at* of the list, newest first, as WordPress gives it."""
        number = self.order[at] if self.order else at
        page = self.pages[number % len(self.pages)]
        when = (NEWEST - BETWEEN * at).strftime("%Y-%m-%dT%H:%M:%S")
        house = f"http://paper{self.publisher(number)}.test:{self.port}"
        title = html.escape(page.title)
        body = "\n".join(f"<p>{html.escape(one)}</p>" for one in page.paragraphs)
        named = f'<a href="{house}/">Paper {self.publisher(number)}</a>'
        said = f'<p>The post <a href="{house}{self.path(number)}">{title}</a> appeared first on {named}.</p>'
        return {
            "id": 100_000 - at, "date": when, "date_gmt": when, "modified": when, "modified_gmt": when,
            "slug": f"post-{number}", "type": "post", "status": "publish",
            "link": f"http://agg.test:{self.port}/2026/03/01/post-{number}/",
            "title": {"rendered": title}, "content": {"rendered": f"{body}\n{said}", "protected": False},
            "excerpt": {"rendered": "<p>In short.</p>", "protected": False},
            "categories": [], "tags": [], "author": 1, "original": self.peer_url(number),
        }  # fmt: skip


def address_of(publisher: int) -> str:
    """The loopback address of a publisher."""
    return f"127.1.{publisher // 250}.{publisher % 250 + 1}"


def _bounded(query: Mapping[str, Sequence[str]]) -> int:
    """How many posts at the head of the list a request leaves out. WordPress's ``before`` is exclusive."""
    before = query.get("before")
    if not before:
        return 0
    at = dt.datetime.fromisoformat(before[0]).replace(tzinfo=dt.UTC)
    return max(0, (NEWEST - at) // BETWEEN + 1)


def listed(query: Mapping[str, Sequence[str]]) -> range:
    """The places that a request for posts names, in a list without end."""
    each, page = int(query.get("per_page", ["10"])[0]), int(query.get("page", ["1"])[0])
    first = _bounded(query) + (page - 1) * each
    return range(first, first + each)


# --- the server --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Served:
    """A world that is being served."""

    world: World
    port: int
    _pipe: Connection

    def requests(self) -> list[tuple[float, str, str]]:
        """Time (monotonic), host and path of each request since the last call."""
        self._pipe.send("requests")
        found: list[tuple[float, str, str]] = self._pipe.recv()
        return found


class _Peer(asyncio.Protocol):
    """One connection; keeps it open, answers one request after the other."""

    def __init__(self, world: World, log: list[tuple[float, str, str]], loop: asyncio.AbstractEventLoop) -> None:
        self.world, self.log, self.loop = world, log, loop
        self.held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        while (end := self.held.find(b"\r\n\r\n")) >= 0:
            head, self.held = self.held[:end].decode("latin-1"), self.held[end + 4 :]
            target = head.split(" ", 2)[1]
            host = next(
                (line[5:].strip() for line in head.split("\r\n")[1:] if line.lower().startswith("host:")), ""
            ).partition(":")[0]
            self.log.append((time.monotonic(), host, target))
            publisher = publisher_of(host)
            wait = self.world.slow.get(publisher, 0.0) if publisher is not None else 0.0
            if wait is None:
                continue  # dead: it takes the request and says nothing
            answer = _answer(self.world, publisher, target)
            if wait:
                self.loop.call_later(wait, self._write, answer)
            else:
                self._write(answer)

    def _write(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


def publisher_of(host: str) -> int | None:
    """The number of the publisher at *host*, a name or an address; ``None`` for the aggregator."""
    if host.startswith("paper"):
        return int(host[5:].partition(".")[0])
    if host.startswith("127.1."):
        _, _, block, place = host.split(".")
        return int(block) * 250 + int(place) - 1
    return None


def _answer(world: World, publisher: int | None, target: str) -> bytes:
    parts = urlsplit(target)
    if parts.path == "/robots.txt":
        return _http(b"User-agent: *\nAllow: /\n", "text/plain")
    if publisher is not None and parts.path.startswith("/2026/"):
        number = int(parts.path.rpartition("-")[2])
        return _http(world.pages[number % len(world.pages)].body, "text/html; charset=utf-8")
    if publisher is None and parts.path == "/wp-json/wp/v2/posts":
        query = parse_qs(parts.query)
        places = listed(query)
        total = len(world.order) or len(world.pages)
        found = [world.post(at) for at in places if at < total]
        left, each = max(0, total - _bounded(query)), len(places)
        extra = f"X-WP-Total: {left}\r\nX-WP-TotalPages: {-(-left // each)}\r\n"
        return _http(json.dumps(found).encode(), "application/json", extra)
    return _http(b"no", "text/plain", status="404 Not Found")


def _http(body: bytes, kind: str, extra: str = "", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body


def _serve(world: World, pipe: Connection) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        log: list[tuple[float, str, str]] = []

        def factory() -> _Peer:
            return _Peer(world, log, loop)

        first = await loop.create_server(factory, "127.0.0.1", 0, backlog=500)
        world.port = first.sockets[0].getsockname()[1]
        others = [address_of(one) for one in range(world.publishers)]
        await loop.create_server(factory, others, world.port, backlog=50)
        pipe.send(world.port)
        ended = asyncio.Event()

        def asked() -> None:
            try:
                pipe.recv()
            except EOFError:
                ended.set()
                return
            pipe.send(list(log))
            log.clear()

        loop.add_reader(pipe.fileno(), asked)
        await ended.wait()

    asyncio.run(run())


@contextmanager
def serve(world: World) -> Iterator[Served]:
    """Serve *world* from a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_server, args=(world, ours, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        world.port = ours.recv()
        yield Served(world, world.port, ours)
    finally:
        ours.close()
        process.join(5)
        process.kill()


def _server(world: World, ours: Connection, theirs: Connection) -> None:
    ours.close()
    _serve(world, theirs)
