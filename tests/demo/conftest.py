"""A served world and a client that asks it by name."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from newscrawl.demo.server import DemoServer, serve
from newscrawl.demo.world import BLOCK, build_world


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Plain HTTP to the server, whatever the host name says. Follows nothing."""

    def __init__(self, server: DemoServer) -> None:
        self.server = server

    def get(
        self, url: str, *, method: str = "GET", timeout: float = 10, limit: int | None = None, **headers: str
    ) -> Reply:
        """One request; *limit*: read so many bytes of the body and no more."""
        parts = urlsplit(url if "://" in url else self.server.url(url))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=timeout)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, target or "/", headers={"Host": parts.netloc, **sent})
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read(limit))
        finally:
            connection.close()


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with serve(build_world(seed=5, posts=2 * BLOCK), slow=0.3) as running:
        yield running


@pytest.fixture
def client(server: DemoServer) -> Client:
    return Client(server)
