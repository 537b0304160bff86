"""A WordPress REST API on loopback that misbehaves as told, and a plain download function to ask it with."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scrapy import Request
from scrapy.http import Response

__all__ = ["WordPress", "download", "serve"]

_UTC = dt.UTC
#: New York left daylight saving time then: local times from 01:00 to 02:00 come twice.
DST_END = dt.datetime(2025, 11, 2, 6, tzinfo=_UTC)


def local_of(moment: dt.datetime) -> str:
    """The site's wall clock."""
    hours = -4 if moment < DST_END else -5
    return (moment + dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")


@dataclass
class WordPress:
    """The site: its posts by id, and its faults."""

    posts: dict[int, dt.datetime] = field(default_factory=dict)
    modified: dict[int, dt.datetime] = field(default_factory=dict)
    #: 400 for more than this; fewer than asked for without a word; no X-WP-Total.
    cap: int = 100
    silent_cap: int = 100
    headers: bool = True
    #: Parameters that are not looked at (``*``: the same answer to everything).
    ignores: frozenset[str] = frozenset()
    #: Ids that stand first whatever the order.
    pinned: tuple[int, ...] = ()
    embed: bool = True
    pretty: bool = True
    slugs: dict[str, int] = field(default_factory=lambda: {"news": 1, "%d0%bf": 2})
    #: Called before each answer with the number of requests so far; may return (status, headers, body) instead.
    before_answer: Callable[[int], tuple[int, dict[str, str], bytes] | None] = lambda _number: None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def site(self) -> str:
        return f"http://wp.test:{self.port}"

    def publish(self, count: int, at: dt.datetime, step: float = 60.0) -> list[int]:
        """*count* more posts, the last one *at*, each *step* seconds after the one before."""
        first = max(self.posts, default=0) + 1
        for place in range(count):
            self.posts[first + place] = at - dt.timedelta(seconds=step * (count - 1 - place))
        return list(range(first, first + count))

    # --- answers ---

    def answer(self, target: str) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        route = query.pop("rest_route", None)
        self.asked.append((route or parts.path, query))
        instead = self.before_answer(len(self.asked))
        if instead is not None:
            return instead
        if route is None:
            if not self.pretty or not parts.path.startswith("/wp-json"):
                return 404, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Not found</body></html>"
            route = parts.path.removeprefix("/wp-json")
        if "*" in self.ignores:
            query = {name: query[name] for name in ("per_page", "orderby") if name in query}
        query = {name: value for name, value in query.items() if name not in self.ignores}
        if route == "/wp/v2/posts":
            return self._posts(query)
        if route in ("/wp/v2/categories", "/wp/v2/tags"):
            wanted = query.get("slug", "").split(",")
            numbers = query.get("include", "").split(",")
            found = [
                {"id": number, "slug": slug, "name": f"Name {number}"}
                for slug, number in self.slugs.items()
                if slug in wanted or str(number) in numbers or (slug == "%d0%bf" and "п" in wanted)
            ]
            return self._json(found)
        return self._error("rest_no_route", 404)

    @staticmethod
    def _json(value: Any, status: int = 200, **headers: str) -> tuple[int, dict[str, str], bytes]:
        named = {name.replace("_", "-"): one for name, one in headers.items()}
        return status, {"Content-Type": "application/json; charset=UTF-8", **named}, json.dumps(value).encode()

    def _error(self, code: str, status: int) -> tuple[int, dict[str, str], bytes]:
        return self._json({"code": code, "message": "No.", "data": {"status": status}}, status)

    def _posts(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        asked, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        if asked > self.cap:
            return self._error("rest_invalid_param", 400)
        size = min(asked, self.silent_cap)
        found = sorted(self.posts, key=lambda number: (local_of(self.posts[number]), number), reverse=True)
        if "before" in query:
            found = [number for number in found if local_of(self.posts[number]) < _wall(query["before"])]
        if "after" in query:
            found = [number for number in found if local_of(self.posts[number]) > _wall(query["after"])]
        if "modified_after" in query:
            since = dt.datetime.fromisoformat(query["modified_after"])
            found = [number for number in found if self._modified(number) > since]
        if query.get("orderby") == "modified":
            found.sort(key=lambda number: (self._modified(number), number), reverse=True)
        if "include" in query:
            wanted = [int(one) for one in query["include"].split(",")]
            found = [number for number in wanted if number in self.posts]
        found = [one for one in self.pinned if one in found] + [one for one in found if one not in self.pinned]
        total, start = len(found), (page - 1) * size
        if page > 1 and start >= total:
            return self._error("rest_post_invalid_page_number", 400)
        sent = {"X_WP_Total": str(total), "X_WP_TotalPages": str(-(-total // size))} if self.headers else {}
        return self._json([self._post(number) for number in found[start : start + size]], **sent)

    def _modified(self, number: int) -> dt.datetime:
        return self.modified.get(number, self.posts[number])

    def _post(self, number: int) -> dict[str, Any]:
        at, modified = self.posts[number], self._modified(number)
        post: dict[str, Any] = {
            "id": number,
            "date": local_of(at),
            "date_gmt": at.strftime("%Y-%m-%dT%H:%M:%S"),
            "modified": local_of(modified),
            "modified_gmt": modified.strftime("%Y-%m-%dT%H:%M:%S"),
            "link": f"{self.site}/post-{number}/",
            "title": {"rendered": f"Post {number}"},
            "content": {"rendered": f"<p>Body {number}</p>", "protected": False},
            "categories": [1],
            "tags": [],
        }
        if self.embed:
            terms = [[{"taxonomy": "category", "id": 1, "name": "News"}], []]
            post["_embedded"] = {"author": [{"name": "An Author"}], "wp:term": terms}
        return post


def _wall(value: str) -> str:
    """A bound in the site's wall clock; without a zone it is one already."""
    moment = dt.datetime.fromisoformat(value)
    return value if moment.tzinfo is None else local_of(moment)


@contextmanager
def serve(site: WordPress) -> Iterator[WordPress]:
    """Serve *site* on a free port of loopback while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = site.answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_parts: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


async def download(request: Request) -> Response:
    """*request* over loopback, whatever its host's name is."""

    def ask() -> Response:
        parts = urlsplit(request.url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=5)
        try:
            headers = {name.decode(): values[-1].decode() for name, values in request.headers.items()}
            connection.request("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc, **headers})
            answer = connection.getresponse()
            body = answer.read()
            return Response(request.url, status=answer.status, headers=dict(answer.getheaders()), body=body)
        finally:
            connection.close()

    return await asyncio.to_thread(ask)
