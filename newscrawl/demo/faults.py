"""Ways in which a server fails, and how each is put on the wire."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import time
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from newscrawl.demo.wordpress import Answer

__all__ = ["KINDS", "Fault", "deliver"]

#: What a fault may be; besides these, a status as a number ("429", "503").
KINDS = {
    "reset": "the connection is reset (RST) once the request is read",
    "close": "the connection is closed without a byte",
    "truncate": "half of the body, then the connection ends; Content-Length is that of the whole",
    "cut_chunks": "a chunked answer that ends without its last chunk",
    "lie": "Content-Length is half of what is sent",
    "drip": "a few bytes a second",
    "hang": "nothing at all, and the connection stays open",
    "garbage": "bytes that are not HTTP",
    "bad_gzip": "Content-Encoding: gzip over something else",
    "bomb": "a small gzip body that unpacks to 200 MB",
    "huge": "64 MB, said in Content-Length",
    "empty": "200 and an empty body",
}
HUGE = 64 * 1024 * 1024


@dataclass(slots=True)
class Fault:
    """A failing host. ``hits`` counts the requests that met it; it ends after ``times`` hits or at ``until``."""

    host: str
    kind: str
    times: int | None = None
    until: float | None = None
    prefix: str = ""
    robots: bool = False
    retry_after: str | None = None
    rate: int = 20
    hits: int = 0

    def holds(self, host: str, path: str) -> bool:
        """Whether a request for *path* on *host* meets the fault."""
        if self.host not in (host, "*") or not path.startswith(self.prefix):
            return False
        if path == "/robots.txt" and not self.robots:
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        return self.until is None or time.monotonic() < self.until


def _head(answer: Answer, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in {**answer.headers, **headers}.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _until_gone(request: web.BaseRequest) -> None:
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.05)


async def deliver(request: web.BaseRequest, answer: Answer, kind: str, *, rate: int = 20) -> None:
    """Put *answer* on the wire as a server does that fails in the way of *kind*; the connection is over afterwards.

    *rate*: bytes a second of ``drip``. Raises ``ValueError`` for an unknown kind.
    """
    transport = request.transport
    if transport is None:
        return
    body = answer.body or b"<!DOCTYPE html><p>This page is well as far as it goes.</p>"
    length = {"Content-Length": str(len(body))}
    if kind == "reset":
        connection = transport.get_extra_info("socket")
        if isinstance(connection, socket.socket) or hasattr(connection, "setsockopt"):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        return
    if kind == "hang":
        await _until_gone(request)
        return
    if kind == "drip":
        data = _head(answer, length) + body
        for start in range(0, len(data), max(1, rate // 4)):
            if transport.is_closing():
                return
            transport.write(data[start : start + max(1, rate // 4)])
            await asyncio.sleep(0.25)
    elif kind == "huge":
        transport.write(_head(answer, {"Content-Length": str(HUGE)}))
        piece = b"<p>" + b"all work and no play " * 3_000 + b"</p>"
        for _ in range(HUGE // len(piece) + 1):
            if transport.is_closing():
                return
            transport.write(piece)
            await asyncio.sleep(0.001)
    elif kind == "bomb":
        packed = await asyncio.get_running_loop().run_in_executor(None, gzip.compress, b"\0" * 200_000_000, 9)
        transport.write(_head(answer, {"Content-Length": str(len(packed)), "Content-Encoding": "gzip"}) + packed)
    else:
        wire = {
            "close": b"",
            "truncate": _head(answer, length) + body[: len(body) // 2],
            "cut_chunks": _head(answer, {"Transfer-Encoding": "chunked"}) + b"%x\r\n%b\r\n" % (len(body), body),
            "lie": _head(answer, {"Content-Length": str(len(body) // 2)}) + body,
            "garbage": b"\x00\x01 hello, this is no HTTP at all\r\n\r\n",
            "bad_gzip": _head(answer, {**length, "Content-Encoding": "gzip"}) + body,
            "empty": _head(answer, {"Content-Length": "0"}),
        }
        if kind not in wire:
            raise ValueError(f"unknown fault: {kind}")
        transport.write(wire[kind])
    transport.close()
