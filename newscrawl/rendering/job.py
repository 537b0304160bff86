"""What a request for a rendered page carries, and how it fails. Imports no browser library."""

from __future__ import annotations

from dataclasses import dataclass

from scrapy import Request
from scrapy.http import Response

__all__ = ["JOB", "RENDERED_FLAG", "Document", "RenderFailed", "render_request"]

#: ``request.meta`` key of the :class:`Document` to render.
JOB = "newscrawl_render"
#: Flag of a response that a browser made.
RENDERED_FLAG = "newscrawl-rendered"

#: Headers of the plain answer that change what its scripts may do.
_KEPT = (
    "Content-Type",
    "Content-Security-Policy",
    "Cross-Origin-Embedder-Policy",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
)

#: Headers of the plain request that the browser says as well.
_ASKED = ("Accept", "User-Agent")


class RenderFailed(Exception):  # noqa: N818
    """The page could not be rendered. Raised by :class:`newscrawl.rendering.handler.RenderingHandler`.

    ``why``: ``crash``, ``hang``, ``memory``, ``bytes`` (more than the page may
    move), ``size`` (the rendered page), ``host`` (its host failed three times
    in a row), ``browser`` (none can be started).
    """

    #: It is the page or the browser that failed: the host has answered before.
    says_nothing_of_the_host = True

    def __init__(self, why: str) -> None:
        super().__init__(f"not rendered: {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Document:
    """The plain answer whose scripts are to run: the browser gets it from here and never asks for it itself."""

    url: str
    body: bytes
    headers: dict[str, str]


def render_request(plain: Response) -> Request:
    """The request for *plain* (an answer with status 200) as a browser shows it.

    It goes through the downloader like any: address policy, robots.txt, the
    host's slot and delay.
    """
    headers = {
        name: b", ".join(plain.headers.getlist(name)).decode("latin-1") for name in _KEPT if name in plain.headers
    }
    cookies = [value.decode("latin-1") for value in plain.headers.getlist("Set-Cookie")]
    if cookies:
        # For this page alone: its context is thrown away with it.
        headers["Set-Cookie"] = "\n".join(cookies)
    assert plain.request is not None
    return Request(
        plain.url,
        headers={name: plain.request.headers[name] for name in _ASKED if name in plain.request.headers},
        meta={
            "playwright": True,
            JOB: Document(plain.url, plain.body, headers),
            "handle_httpstatus_list": plain.meta.get("handle_httpstatus_list"),
            "dont_retry": True,
            # A refresh that a script wrote into the page is not followed: the page is what was asked for.
            "dont_redirect": True,
        },
        dont_filter=True,
    )
