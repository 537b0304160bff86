"""The filtering proxy on loopback that all of Chromium's traffic goes through.

HTTP and CONNECT (TLS, WebSocket). Every connection is looked up by the guarded
resolver and judged by the address policy; what was judged is what is dialled.
Each page has a credential of its own, so that bytes, connections and refusals
are counted by page, and no other program on the machine can use the proxy.

It stays small on purpose: one request a connection, nothing cached, nothing
decrypted (``docs/decisions.md`` says why no library fits).
"""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

from newscrawl.net.policy import Policy, UrlRefused, check_url
from newscrawl.net.resolver import GuardedResolver
from newscrawl.text import escape_controls

__all__ = ["FilteringProxy", "PageTraffic", "guarded_lookup"]

logger = logging.getLogger("newscrawl.rendering.proxy")

#: Bytes of the head of a request or an answer; lines of it.
HEAD_BYTES = 64 * 1024
HEAD_LINES = 256
#: Bytes of a request's body: a page reads, it has little to send.
BODY_BYTES = 1024 * 1024
#: Connections of one page at once, and of all. Chromium itself opens 32 to a proxy.
PAGE_CONNECTIONS = 48
CONNECTIONS = 256
#: Seconds: for the head of a request, to connect, without a byte either way.
HEAD_TIME = 10.0
CONNECT_TIME = 10.0
IDLE_TIME = 20.0
#: Refusals of one page that are logged; all are counted.
LOGGED_REFUSALS = 20
_CHUNK = 64 * 1024

#: Headers between two hops (RFC 9110, section 7.6.1), and those of proxies.
_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer upgrade".split()
)
_METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})

#: Addresses that may be dialled for a name and port, and the port. Raises `UrlRefused`, `OSError`.
Lookup = Callable[[str, int], Awaitable[tuple[Sequence[str], int]]]


@implementer(IResolutionReceiver)
class _Receiver:
    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.addresses: list[object] = []

    def resolutionBegan(self, resolutionInProgress: object) -> None:  # noqa: N802, N803
        """Nothing to do: a lookup that nobody waits for any more is only kept."""

    def addressResolved(self, address: object) -> None:  # noqa: N802
        self.addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        if not self.done.done():
            self.done.set_result(None)


async def guarded_lookup(host: str, port: int) -> tuple[Sequence[str], int]:
    """What the reactor's guarded resolver lets be dialled for *host* and *port*: addresses, and the port.

    Raises :class:`UrlRefused` where it forbids it (or where the reactor's
    resolver is not the guarded one), ``socket.gaierror`` where there is none.
    """
    from twisted.internet import reactor

    resolver = getattr(reactor, "nameResolver", None)
    if not isinstance(resolver, GuardedResolver):
        raise UrlRefused("proxy", "nothing to check the target with", host)
    receiver = _Receiver()
    resolver.resolveHostName(receiver, host, port)
    await receiver.done
    # Taking the host of an address that is refused raises the refusal.
    found = [(str(one.host), int(one.port)) for one in receiver.addresses]  # type: ignore[attr-defined]
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    return [address for address, _ in found], found[0][1]


@dataclass(eq=False)
class PageTraffic:
    """What one page may still move through the proxy, and what it did."""

    user: str
    password: str
    limit: int
    #: Bytes both ways so far.
    bytes: int = 0
    exceeded: bool = False
    #: Refused connections by the policy's word.
    refused: Counter[str] = field(default_factory=Counter)
    connections: set[asyncio.Task[None]] = field(default_factory=set)

    def moved(self, count: int) -> None:
        """Count bytes. Raises :class:`_ExceededError` past the limit."""
        self.bytes += count
        if self.bytes > self.limit:
            self.exceeded = True
            raise _ExceededError


class _ExceededError(Exception):
    pass


class _BadRequestError(Exception):
    """The head is not one that a browser sends."""


@dataclass(frozen=True)
class _Head:
    first: tuple[bytes, bytes, bytes]
    lines: tuple[tuple[bytes, bytes], ...]

    def get(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.lines if key.lower() == name), None)

    def forwarded(self) -> list[bytes]:
        return [key + b": " + value for key, value in self.lines if key.lower() not in _HOP]


def _parse_head(raw: bytes) -> _Head:
    first, *rest = raw[:-4].split(b"\r\n")
    parts = first.split(b" ", 2)
    if len(parts) < 2 or len(rest) > HEAD_LINES:
        raise _BadRequestError
    lines = []
    for line in rest:
        name, colon, value = line.partition(b":")
        # White space before a name folds lines, before the colon it hides a header (RFC 9112, section 5).
        if not colon or not name or name != name.strip() or b"\n" in line or b"\r" in line or b"\0" in line:
            raise _BadRequestError
        lines.append((name, value.strip()))
    return _Head((parts[0], parts[1], parts[2] if len(parts) > 2 else b""), tuple(lines))


def _target(head: _Head) -> tuple[str, str, int, bytes]:
    """URL to judge, host, port and the path to ask for (``b""``: a tunnel)."""
    method, target = head.first[0], head.first[1].decode("ascii", "strict")
    if method == b"CONNECT":
        parsed = urlsplit(f"//{target}")
        if not parsed.hostname or not parsed.port or "/" in target or "@" in target:
            raise _BadRequestError
        return f"https://{target}/", parsed.hostname, parsed.port, b""
    parsed = urlsplit(target)
    if method not in _METHODS or parsed.scheme != "http" or not parsed.hostname or "@" in parsed.netloc:
        raise _BadRequestError
    path = (parsed.path or "/") + (f"?{parsed.query}" if parsed.query else "")
    return target, parsed.hostname, parsed.port or 80, path.encode("ascii")


class FilteringProxy:
    """Serve on loopback between :meth:`start` and :meth:`stop`, for the pages of :meth:`open_page` alone.

    *count* gets the name of a stat each time that something is refused;
    *lookup* is replaced in tests alone.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        lookup: Lookup = guarded_lookup,
        count: Callable[[str], None] = lambda stat: None,
    ) -> None:
        self.policy = policy
        self.port = 0
        self._lookup = lookup
        self._count = count
        self._pages: dict[str, PageTraffic] = {}
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def server(self) -> str:
        """Its address as Chromium takes it."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, cut every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in tuple(self._connections):
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=1.0)
        self._pages.clear()

    def open_page(self, limit: int) -> PageTraffic:
        """The credential of a new page, which may move *limit* bytes."""
        page = PageTraffic(secrets.token_hex(8), secrets.token_hex(16), limit)
        self._pages[page.user] = page
        return page

    def close_page(self, page: PageTraffic) -> None:
        """Cut the connections of *page*; its credential is worth nothing any more."""
        self._pages.pop(page.user, None)
        for task in tuple(page.connections):
            task.cancel()

    # --- one connection --------------------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if len(self._connections) > CONNECTIONS:
                await _answer(writer, 503, "too many connections")
            else:
                await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # cut on purpose; nobody waits for this task
        except (OSError, _ExceededError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass
        except Exception:
            logger.exception("the filtering proxy failed on a connection")
        finally:
            self._connections.discard(task)
            _shut(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_TIME):
            raw = await reader.readuntil(b"\r\n\r\n")
        try:
            head = _parse_head(raw)
            url, host, port, path = _target(head)
        except (_BadRequestError, ValueError):
            await _answer(writer, 400, "not a request")
            return
        page = self._page_of(head)
        if page is None:
            await _answer(writer, 407, "no credential", b'Proxy-Authenticate: Basic realm="newscrawl"\r\n')
            return
        if page.exceeded or len(page.connections) >= PAGE_CONNECTIONS:
            await _answer(writer, 503, "no more for this page")
            return
        task = asyncio.current_task()
        assert task is not None
        page.connections.add(task)
        try:
            upstream = await self._dial(page, url, host, port, writer)
            if upstream is None:
                return
            try:
                if path:
                    await self._forward(page, head, path, (reader, writer), upstream)
                else:
                    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    await _tunnel(page, (reader, writer), upstream)
            finally:
                _shut(upstream[1])
        finally:
            page.connections.discard(task)

    def _page_of(self, head: _Head) -> PageTraffic | None:
        scheme, _, value = (head.get(b"proxy-authorization") or b"").partition(b" ")
        if scheme.lower() != b"basic":
            return None
        try:
            user, _, password = base64.b64decode(value.strip(), validate=True).decode("ascii").partition(":")
        except ValueError:
            return None
        page = self._pages.get(user)
        return page if page is not None and secrets.compare_digest(page.password, password) else None

    async def _dial(
        self, page: PageTraffic, url: str, host: str, port: int, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to the target, or ``None`` where the browser was told that there is none."""
        try:
            check_url(url, policy=self.policy)
            addresses, port = await self._lookup(host, port)
        except UrlRefused as refused:
            self._refuse(page, refused.reason, str(refused))
            await _answer(writer, 403, "refused by the address policy")
            return None
        except (OSError, UnicodeError):
            await _answer(writer, 502, "no such host")
            return None
        until = time.monotonic() + CONNECT_TIME
        for address in addresses[:4]:
            try:
                async with asyncio.timeout(max(0.1, until - time.monotonic())):
                    return await asyncio.open_connection(address, port, limit=HEAD_BYTES)
            except PermissionError as error:
                # The connect guard, or an egress rule of the system's.
                self._refuse(page, "socket", str(error))
                await _answer(writer, 403, "refused at the socket")
                return None
            except (OSError, TimeoutError):
                continue
        await _answer(writer, 502, "no connection")
        return None

    def _refuse(self, page: PageTraffic, reason: str, message: str) -> None:
        page.refused[reason] += 1
        self._count("newscrawl/rendering/refused_connections")
        self._count(f"newscrawl/rendering/refused_connections/{reason}")
        if page.refused.total() <= LOGGED_REFUSALS:
            logger.info("the browser was refused a connection: %s", escape_controls(message[:400]))

    async def _forward(
        self,
        page: PageTraffic,
        head: _Head,
        path: bytes,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """One request of plain HTTP, its body, and the answer until its end. The connection is not used again."""
        length = head.get(b"content-length") or b"0"
        if head.get(b"transfer-encoding") is not None or not length.isdigit() or int(length[:12]) > BODY_BYTES:
            await _answer(client[1], 413, "a body that is not taken")
            return
        lines = [b"%b %b HTTP/1.1" % (head.first[0], path), *head.forwarded(), b"Connection: close", b"", b""]
        upstream[1].write(b"\r\n".join(lines))
        left = int(length)
        while left:
            piece = await asyncio.wait_for(client[0].read(min(left, _CHUNK)), IDLE_TIME)
            if not piece:
                return
            page.moved(len(piece))
            left -= len(piece)
            upstream[1].write(piece)
            await upstream[1].drain()
        await self._answer_of(page, client[1], upstream[0])
        await _tunnel(page, client, upstream, both=False)

    @staticmethod
    async def _answer_of(page: PageTraffic, writer: asyncio.StreamWriter, upstream: asyncio.StreamReader) -> None:
        """Pass the head of the answer on: without its interim ones, and without what is said between two hops."""
        for _ in range(10):
            raw = await asyncio.wait_for(upstream.readuntil(b"\r\n\r\n"), IDLE_TIME)
            page.moved(len(raw))
            try:
                head = _parse_head(raw)
                status = int(head.first[1])
            except (_BadRequestError, ValueError):
                break
            if 100 <= status < 200 and status != 101:
                continue
            if status in (101, 407) or not head.first[0].startswith(b"HTTP/1."):
                break  # an origin neither upgrades here nor asks for a proxy's credential
            first = b"HTTP/1.1 %d %b" % (status, head.first[2])
            writer.write(b"\r\n".join([first, *head.forwarded(), b"Connection: close", b"", b""]))
            return
        await _answer(writer, 502, "not an answer")
        raise _ExceededError


def _shut(writer: asyncio.StreamWriter) -> None:
    with suppress(Exception):
        writer.close()


async def _answer(writer: asyncio.StreamWriter, status: int, text: str, headers: bytes = b"") -> None:
    body = f"{text}\n".encode("ascii")
    head = b"HTTP/1.1 %d %b\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n%b\r\n"
    with suppress(OSError, TimeoutError):
        writer.write(head % (status, text.encode("ascii"), len(body), headers) + body)
        await asyncio.wait_for(writer.drain(), IDLE_TIME)


async def _tunnel(
    page: PageTraffic,
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    *,
    both: bool = True,
) -> None:
    """Pass bytes on until either side ends, nothing moves for `IDLE_TIME`, or the page has had its share.

    Not *both*: what the client still sends is thrown away, its request is over.
    """
    moved_at = time.monotonic()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None) -> None:
        nonlocal moved_at
        while True:
            try:
                piece = await asyncio.wait_for(reader.read(_CHUNK), IDLE_TIME)
            except TimeoutError:
                if time.monotonic() - moved_at >= IDLE_TIME:
                    return
                continue
            if not piece:
                return
            moved_at = time.monotonic()
            page.moved(len(piece))
            if writer is not None:
                writer.write(piece)
                await asyncio.wait_for(writer.drain(), IDLE_TIME)

    down = asyncio.ensure_future(pump(upstream[0], client[1]))
    up = asyncio.ensure_future(pump(client[0], upstream[1] if both else None))
    try:
        await asyncio.wait({down, up}, return_when=asyncio.FIRST_COMPLETED)
        if up.done() and not down.done() and up.exception() is None and both:
            with suppress(OSError, RuntimeError):
                upstream[1].write_eof()
            await asyncio.wait({down}, timeout=IDLE_TIME)
    finally:
        for one in (down, up):
            one.cancel()
        for result in await asyncio.gather(down, up, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, OSError | TimeoutError):
                raise result
