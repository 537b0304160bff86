"""``python -m tests.rendering.crawling MODE arguments …``: the `scrapy` command, with defences of rendering off.

Modes: ``whole`` (nothing is taken off), ``proxy`` (the filtering proxy alone: the page may load, open and go where it
likes), ``open`` (and the proxy lets everything through), ``trust`` (the browser takes any certificate),
``impatient`` (one failed page is enough for its host). In all of them two names of the inside can be looked up.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any


def names_of_the_inside() -> None:
    from newscrawl.net.resolver import GuardedResolver, _system_lookup

    answers = {"inside.example.com": ["127.0.0.1"], "mixed.example.com": ["127.0.0.1", "93.184.216.34"]}

    def lookup(self: GuardedResolver, host: str) -> Sequence[str]:
        return answers[host] if host in answers else _system_lookup(host)

    GuardedResolver.lookup = lookup  # type: ignore[method-assign]


def proxy_alone() -> None:
    from newscrawl.rendering import handler

    whole = handler.RenderingHandler._context

    def context(self: Any, job: Any, request: Any) -> dict[str, Any]:
        return {**whole(self, job, request), "service_workers": "allow", "accept_downloads": True}

    def everything(self: Any, context_name: str, **_arguments: Any) -> Any:
        job = self._jobs[context_name]

        async def handle(route: Any, request: Any) -> None:
            with suppress(handler.PlaywrightError):
                if request.is_navigation_request() and not job.served:
                    job.served = True
                    await route.fulfill(status=200, headers=job.document.headers, body=job.document.body)
                else:
                    await route.continue_()

        return handle

    async def begin(page: Any, request: Any) -> None:
        pass

    taken = ("webrtc", "block-new", "imagesEnabled", "no-pings", "remote-fonts", "dns-prefetch")
    handler._SWITCHES = tuple(one for one in handler._SWITCHES if not any(part in one for part in taken))  # type: ignore[misc]
    handler.RenderingHandler._context = context  # type: ignore[method-assign]
    handler.RenderingHandler._make_request_handler = everything  # type: ignore[method-assign]
    handler._begin = begin


def trust_any_certificate() -> None:
    # Chromium has trust stores of its own, which a test's authority is not in.
    from newscrawl.rendering import handler

    handler._SWITCHES = (*handler._SWITCHES, "--ignore-certificate-errors")  # type: ignore[assignment]


def filter_off() -> None:
    import newscrawl.net.audit as audit
    from newscrawl.rendering import proxy

    async def anything(host: str, port: int) -> tuple[Sequence[str], int]:
        return ["::1" if host == "::1" else "127.0.0.1"], port

    audit.check_address = lambda ip: None  # type: ignore[attr-defined]
    proxy.check_url = lambda url, **_policy: None  # type: ignore[attr-defined]
    proxy.FilteringProxy.__init__.__kwdefaults__["lookup"] = anything


def main() -> None:
    mode = sys.argv[1]
    names_of_the_inside()
    if mode == "impatient":
        from newscrawl.rendering import handler

        handler.MOST_FAILURES = 1
    if mode == "trust":
        trust_any_certificate()
    if mode in ("proxy", "open"):
        proxy_alone()
    if mode == "open":
        filter_off()
    from scrapy.cmdline import execute

    execute(["scrapy", *sys.argv[2:]])


if __name__ == "__main__":
    main()
