"""Each way of failing, as a client meets it, and its end."""

from __future__ import annotations

import gzip
import http.client
import socket
import time
import zlib

import pytest

from newscrawl.demo.faults import KINDS
from newscrawl.demo.server import DemoServer
from tests.demo.conftest import Client

HOST = "northfieldcourier.test"


@pytest.fixture
def link(server: DemoServer) -> str:
    world = server.world
    number = next(n for n in range(world.total) if world.case(n).name == "plain" and HOST in str(world.original_url(n)))
    return str(world.original_url(number))


def test_every_kind_is_tried_here() -> None:
    assert set(KINDS) == {
        *("reset", "close", "truncate", "cut_chunks", "lie", "drip", "hang"),
        *("garbage", "bad_gzip", "bomb", "huge", "empty"),
    }


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("reset", ConnectionResetError),
        ("close", http.client.RemoteDisconnected),
        ("truncate", http.client.IncompleteRead),
        ("cut_chunks", http.client.IncompleteRead),
        ("garbage", http.client.BadStatusLine),
    ],
)
def test_broken_answers(server: DemoServer, client: Client, link: str, kind: str, raised: type[Exception]) -> None:
    fault = server.fail(HOST, kind)
    with pytest.raises(raised):
        client.get(link)
    assert fault.hits == 1
    assert server.requests[-1].status == 0
    server.heal(HOST)
    assert client.get(link).status == 200


def test_lie_about_the_length(server: DemoServer, client: Client, link: str) -> None:
    whole = client.get(link).body
    server.fail(HOST, "lie")
    assert client.get(link).body == whole[: len(whole) // 2]


def test_slow_ones_hold_nobody_else_up(server: DemoServer, client: Client, link: str) -> None:
    server.fail(HOST, "hang", times=1)
    with pytest.raises(TimeoutError):
        client.get(link, timeout=0.3)
    server.fail(HOST, "drip", rate=8)
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(f"GET {link.partition(str(server.port))[2]} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        assert client.get("/feed/").status == 200
        time.sleep(0.8)
        assert 2 <= len(connection.recv(1000)) <= 20


def test_packed_badly(server: DemoServer, client: Client, link: str) -> None:
    server.fail(HOST, "bad_gzip")
    reply = client.get(link)
    assert reply.headers["content-encoding"] == "gzip"
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(reply.body)
    server.heal()
    server.fail(HOST, "bomb")
    reply = client.get(link, timeout=30)
    assert len(reply.body) < 1_000_000
    assert len(zlib.decompressobj(wbits=31).decompress(reply.body, 150_000_000)) == 150_000_000


def test_huge_and_empty(server: DemoServer, client: Client, link: str) -> None:
    server.fail(HOST, "huge", times=1)
    assert int(client.get(link, limit=1000).headers["content-length"]) == 64 * 1024 * 1024
    server.fail(HOST, "empty")
    reply = client.get(link)
    assert (reply.status, reply.body) == (200, b"")


def test_statuses_times_and_retry_after(server: DemoServer, client: Client, link: str) -> None:
    fault = server.fail(HOST, "429", times=2, retry_after=7)
    replies = [client.get(link) for _ in range(3)]
    assert [reply.status for reply in replies] == [429, 429, 200]
    assert replies[0].headers["retry-after"] == "7"
    assert fault.hits == 2
    server.fail("*", "503")
    assert client.get("/feed/").status == 503


def test_scope_of_a_fault(server: DemoServer, client: Client, link: str) -> None:
    server.fail(HOST, "503", prefix="/news/")
    assert client.get(link).status == 503
    assert client.get(server.url("/", HOST)).status == 200
    assert client.get(server.url("/robots.txt", HOST)).status == 200
    assert client.get("/feed/").status == 200
    server.heal()
    server.fail(HOST, "503", robots=True)
    assert client.get(server.url("/robots.txt", HOST)).status == 503
    server.heal()
    server.fail(HOST, "503", seconds=0.2)
    assert client.get(link).status == 503
    time.sleep(0.25)
    assert client.get(link).status == 200
    with pytest.raises(ValueError, match="unknown fault"):
        server.fail(HOST, "gremlins")
