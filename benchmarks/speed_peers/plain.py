"""The spider that a user would write instead: the API's posts, their originals by trafilatura, JSON Lines.

Runs with the Python of an environment of its own: ``python plain.py PORT OUT trafilatura|bare [SETTINGS]``.
"""

import json
import sys
from pathlib import Path

import scrapy
from scrapy.crawler import AsyncCrawlerProcess

sys.path.append(str(Path(__file__).parent.parent.parent))  # for the meter of `benchmarks.speed_parts`
PORT, OUT, KIND = int(sys.argv[1]), sys.argv[2], sys.argv[3]
SETTINGS = json.loads(sys.argv[4]) if len(sys.argv) > 4 else {"DOWNLOAD_DELAY": 0}


class Plain(scrapy.Spider):
    name = "plain"

    async def start(self):
        yield self.listing(1)

    def listing(self, page):
        address = f"http://127.0.0.1:{PORT}/wp-json/wp/v2/posts?per_page=100&page={page}"
        return scrapy.Request(address, self.parse, cb_kwargs={"page": page})

    def parse(self, response, page):
        for post in response.json():
            yield scrapy.Request(post["original"], self.article, cb_kwargs={"post": post}, errback=self.lost)
        if page < int(response.headers["X-WP-TotalPages"]):
            yield self.listing(page + 1)

    def lost(self, failure):
        pass

    def article(self, response, post):
        found = {"url": response.url, "post": post["link"]}
        if KIND == "trafilatura":
            import trafilatura

            page = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
            if page is not None:
                found |= {"title": page.title, "author": page.author, "date": page.date, "text": page.text}
        else:
            found["title"] = response.css("title::text").get()
        yield found


process = AsyncCrawlerProcess(
    {
        "FEEDS": {OUT: {"format": "jsonlines", "overwrite": True}},
        "LOG_LEVEL": "WARNING",
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        **SETTINGS,
    }
)
process.crawl(Plain)
process.start()
