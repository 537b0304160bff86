"""The download handler of newscrawl, on the reactor that a crawl runs on."""

from __future__ import annotations

import json
import subprocess
import sys

#: A request whose connection is there, and a loop that does something else for half a second before it writes.
_BUSY = """
import asyncio, json, time
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler
from newscrawl.net.handler import BoundedHTTP11Handler
from newscrawl.net.turns import set_turns
from tests.site import serve_site

class Stamps:
    noted = []
    def turn(self, url):
        raise AssertionError
    def sent(self, host):
        if not self.noted:
            asyncio.get_running_loop().call_soon(time.sleep, 0.5)
        self.noted.append(time.monotonic())

async def main():
    crawler = get_crawler(Spider, {"DOWNLOAD_HANDLERS": {}})
    crawler.spider = Spider("any")
    stamps = Stamps()
    set_turns(crawler, stamps)
    handler = BoundedHTTP11Handler(crawler)
    with serve_site(lambda *_: (200, {}, "here")) as site:
        answer = await handler.download_request(Request(f"http://127.0.0.1:{site.port}/"))
        print(json.dumps([answer.status, [one - site.log[0].at for one in stamps.noted]]))
    await handler.close()

from twisted.internet import reactor

async def whole():
    try:
        await main()
    finally:
        reactor.stop()
reactor.callWhenRunning(lambda: asyncio.ensure_future(whole()))
reactor.run()
"""


def test_a_request_is_noted_no_earlier_than_it_goes_out() -> None:
    """The delay to the next one begins there: on a busy machine a request is written well after it is made."""
    done = subprocess.run([sys.executable, "-c", _BUSY], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    status, after_arrival = json.loads(done.stdout)
    assert status == 200
    assert after_arrival, "no request was noted"
    assert max(after_arrival) > -0.05, after_arrival
