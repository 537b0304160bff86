"""The filtering proxy by itself: who may use it, what it dials, what it passes on."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from newscrawl.net.overrides import HostOverrides
from newscrawl.net.policy import Policy, UrlRefused, check_answer
from newscrawl.rendering import proxy as module
from newscrawl.rendering.proxy import FilteringProxy, PageTraffic

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello"


class Origin:
    """Answers each connection with *reply* and keeps what was asked."""

    def __init__(self, reply: bytes = OK) -> None:
        self.reply = reply
        self.asked: list[bytes] = []

    async def start(self) -> int:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self.server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                self.asked.append(data)
                writer.write(self.reply)
                await writer.drain()
                told = b"".join(self.asked)
                if b"Connection: close" in told and (b"POST" not in told or told.endswith(b"abc")):
                    return
        except OSError:
            pass
        finally:
            writer.close()


class Bench:
    def __init__(
        self, proxy: FilteringProxy, page: PageTraffic, origin: Origin, port: int, stats: Counter[str]
    ) -> None:
        self.proxy, self.page, self.origin, self.port, self.stats = proxy, page, origin, port, stats
        self.looked_up: list[tuple[str, int]] = []

    def credential(self, user: str | None = None, password: str | None = None) -> bytes:
        pair = f"{user or self.page.user}:{password or self.page.password}"
        return b"Proxy-Authorization: Basic " + base64.b64encode(pair.encode()) + b"\r\n"

    async def ask(self, head: bytes, body: bytes = b"", *, until: float = 3.0) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        try:
            writer.write(head + body)
            async with asyncio.timeout(until):
                return await reader.read(-1)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def get(self, url: str, more: bytes = b"") -> bytes:
        return await self.ask(b"GET %b HTTP/1.1\r\nHost: x\r\n%b%b\r\n" % (url.encode(), self.credential(), more))

    async def connect(self, target: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        writer.write(b"CONNECT %b HTTP/1.1\r\nHost: x\r\n%b\r\n" % (target.encode(), self.credential()))
        async with asyncio.timeout(3):
            answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        return answer


def run(test: Callable[[Bench], Awaitable[None]], *, reply: bytes = OK, limit: int = 1_000_000) -> None:
    """Run *test* against a proxy that leads `paper.test` to the origin, and looks two names up."""

    async def main() -> None:
        origin = Origin(reply)
        port = await origin.start()
        policy = Policy(
            overrides=HostOverrides.parse(f'{{"paper.test:80": "127.0.0.1:{port}", "dead.test:80": "127.0.0.1:1"}}')
        )
        answers = {"public.example.com": ["93.184.216.34"], "inside.example.com": ["10.0.0.1"],
                   "mixed.example.com": ["93.184.216.34", "10.0.0.1"]}  # fmt: skip

        async def lookup(host: str, asked: int) -> tuple[Sequence[str], int]:
            bench.looked_up.append((host, asked))
            if (override := policy.overrides.lookup(host, asked)) is not None:
                return [override[0]], override[1]
            if host not in answers:
                raise socket.gaierror(socket.EAI_NONAME, "no address")
            check_answer(host, answers[host])
            return answers[host], asked

        stats: Counter[str] = Counter()
        proxy = FilteringProxy(policy, lookup=lookup, count=lambda stat: stats.update([stat]))
        await proxy.start()
        bench = Bench(proxy, proxy.open_page(limit), origin, port, stats)
        try:
            await test(bench)
        finally:
            await proxy.stop()
            origin.server.close()

    asyncio.run(main())


def test_a_request_goes_where_its_name_leads_and_the_credential_stays_here() -> None:
    async def test(bench: Bench) -> None:
        answer = await bench.get("http://paper.test/a?b=c", b"X-Own: 1\r\nConnection: keep-alive\r\nUpgrade: x\r\n")
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"\r\n\r\nhello")
        # One request a connection: the next might be for another host.
        assert answer.count(b"Connection: close") == 1
        assert b"keep-alive" not in answer
        (asked,) = bench.origin.asked
        assert asked.startswith(b"GET /a?b=c HTTP/1.1\r\n")
        assert b"X-Own: 1" in asked
        assert b"roxy" not in asked
        assert b"Upgrade" not in asked
        assert bench.page.bytes > 0

    run(test)


def test_a_body_is_passed_on_and_what_follows_it_is_not() -> None:
    async def test(bench: Bench) -> None:
        head = b"POST http://paper.test/ HTTP/1.1\r\nHost: x\r\n" + bench.credential() + b"Content-Length: 3\r\n\r\n"
        await bench.ask(head, b"abcGET http://127.0.0.1/ HTTP/1.1\r\n\r\n")
        asked = b"".join(bench.origin.asked)
        assert asked.endswith(b"\r\n\r\nabc")

    run(test)


@pytest.mark.parametrize("user", [None, "nobody"])
def test_without_its_credential_nothing_is_dialled(user: str | None) -> None:
    async def test(bench: Bench) -> None:
        credential = b"" if user is None else bench.credential(user)
        answer = await bench.ask(b"GET http://paper.test/ HTTP/1.1\r\nHost: x\r\n" + credential + b"\r\n")
        assert answer.startswith(b"HTTP/1.1 407 ")
        wrong = await bench.ask(b"CONNECT paper.test:80 HTTP/1.1\r\n" + bench.credential(None, "guess") + b"\r\n")
        assert wrong.startswith(b"HTTP/1.1 407 ")
        bench.proxy.close_page(bench.page)
        assert (await bench.get("http://paper.test/")).startswith(b"HTTP/1.1 407 ")
        assert not bench.origin.asked
        assert not bench.looked_up

    run(test)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("http://127.0.0.1/", "private-address"),
        ("http://127.0.0.1:PORT/", "port"),
        ("http://2130706433/", "private-address"),
        ("http://[::1]/", "private-address"),
        ("http://[::ffff:127.0.0.1]/", "private-address"),
        ("http://169.254.169.254/latest/", "private-address"),
        ("http://localhost/", "private-name"),
        ("http://router/", "single-label"),
        ("http://inside.example.com/", "private-address"),
        ("http://mixed.example.com/", "mixed-dns"),
        ("http://public.example.com:22/", "port"),
        ("127.0.0.1:443", "private-address"),
        ("[::1]:443", "private-address"),
        ("inside.example.com:443", "private-address"),
        ("public.example.com:25", "port"),
        ("localhost:443", "private-name"),
    ],
)
def test_the_inside_is_refused(target: str, why: str) -> None:
    async def test(bench: Bench) -> None:
        wanted = target.replace("PORT", str(bench.port))
        answer = await (bench.get(wanted) if "://" in wanted else bench.connect(wanted))
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert bench.page.refused == {why: 1}
        assert bench.stats == {
            "newscrawl/rendering/refused_connections": 1,
            f"newscrawl/rendering/refused_connections/{why}": 1,
        }
        assert not bench.origin.asked

    run(test)


def test_what_the_connect_guard_stops_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stopped(*_arguments: Any, **_options: Any) -> Any:
        raise PermissionError(13, "refused")

    async def test(bench: Bench) -> None:
        asking = bench.ask(b"GET http://public.example.com/ HTTP/1.1\r\nHost: x\r\n" + bench.credential() + b"\r\n")
        task = asyncio.ensure_future(asking)
        await asyncio.sleep(0)  # our own connection is under way
        monkeypatch.setattr(module.asyncio, "open_connection", stopped)
        answer = await task
        monkeypatch.undo()
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert bench.page.refused == {"socket": 1}

    run(test)


def test_a_tunnel_carries_both_ways() -> None:
    async def test(bench: Bench) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.proxy.port)
        writer.write(b"CONNECT paper.test:80 HTTP/1.1\r\n" + bench.credential() + b"\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        for _ in range(3):
            writer.write(b"ping")
            assert await reader.readexactly(len(OK)) == OK
        assert bench.origin.asked == [b"ping"] * 3
        bench.proxy.close_page(bench.page)
        async with asyncio.timeout(2):
            assert await reader.read() == b""
        writer.close()

    run(test)


def test_a_page_has_its_share_of_bytes() -> None:
    async def test(bench: Bench) -> None:
        answer = await bench.get("http://paper.test/")
        assert len(answer) < 200_000
        assert bench.page.exceeded
        assert (await bench.get("http://paper.test/")).startswith(b"HTTP/1.1 503 ")

    run(test, reply=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, limit=100_000)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: paper.test\r\nC\r\n",
        b"GET ftp://paper.test/ HTTP/1.1\r\nC\r\n",
        b"GET http://user:secret@paper.test/ HTTP/1.1\r\nC\r\n",
        b"TRACE http://paper.test/ HTTP/1.1\r\nC\r\n",
        b"CONNECT paper.test HTTP/1.1\r\nC\r\n",
        b"CONNECT user@paper.test:80 HTTP/1.1\r\nC\r\n",
        b"GET http://paper.test/ HTTP/1.1\r\nC Folded: x\r\n y\r\n\r\n",
        b"GET http://paper.test/ HTTP/1.1\r\nC : x\r\n\r\n",
        b"GET http://paper.test/ HTTP/1.1\r\nC" + b"A: b\r\n" * 300 + b"\r\n",
        b"GET http://paper.test/\xff HTTP/1.1\r\nC\r\n",
        b"\r\n\r\n",
        b"POST http://paper.test/ HTTP/1.1\r\nCTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST http://paper.test/ HTTP/1.1\r\nCContent-Length: 99999999\r\n\r\n",
        b"POST http://paper.test/ HTTP/1.1\r\nCContent-Length: -1\r\n\r\n",
        b"GET http://paper.test/ HTTP/1.1\r\nC" + b"A: " + b"b" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_nowhere(head: bytes) -> None:
    async def test(bench: Bench) -> None:
        answer = await bench.ask(head.replace(b"\r\nC", b"\r\n" + bench.credential(), 1))
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 ")) or answer == b""
        assert not bench.origin.asked

    run(test)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (b"HTTP/1.1 407 Pay\r\nProxy-Authenticate: Basic realm=x\r\n\r\n", b"502"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", b"502"),
        (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK, b"200"),
        (b"no http at all\r\n\r\n", b"502"),
        (b"HTTP/1.1 1" + b"00 C\r\n\r\n" * 1 + b"HTTP/1.1 100 C\r\n\r\n" * 40, b"502"),
    ],
)
def test_answers_between_two_hops_stay_there(reply: bytes, status: bytes) -> None:
    async def test(bench: Bench) -> None:
        answer = await bench.get("http://paper.test/")
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert b"Proxy-Authenticate" not in answer

    run(test, reply=reply)


def test_names_and_hosts_that_are_not_there() -> None:
    async def test(bench: Bench) -> None:
        assert (await bench.get("http://nowhere.example.com/")).startswith(b"HTTP/1.1 502 ")
        assert (await bench.get("http://dead.test/")).startswith(b"HTTP/1.1 502 ")
        assert not bench.page.refused

    run(test)


def test_it_listens_on_loopback_alone() -> None:
    async def test(bench: Bench) -> None:
        server = bench.proxy._server
        assert server is not None
        assert [one.getsockname()[0] for one in server.sockets] == ["127.0.0.1"]
        await bench.proxy.stop()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", bench.proxy.port)

    run(test)


def test_without_the_guarded_resolver_nothing_is_dialled() -> None:
    async def main() -> None:
        with pytest.raises(UrlRefused, match="nothing to check"):
            await module.guarded_lookup("public.example.com", 80)

    asyncio.run(main())
