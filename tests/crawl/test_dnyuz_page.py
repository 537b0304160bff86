"""The one real DNYUZ page at hand, set in JNews markup and crawled: the record is right in every field."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.aggregators.test_real_pages import ARTICLE, set_in_jnews

from .harness import Crawl

PATH = "/2025/06/21/trump-sends-envoy/"


@pytest.mark.skipif(not ARTICLE.exists(), reason="the DNYUZ page (../shared) is not here")
def test_the_record_of_the_dnyuz_page(tmp_path: Path) -> None:
    page, title, paragraphs = set_in_jnews(ARTICLE.read_text(encoding="utf-8"), 1)
    front = (
        '<html><body class="home blog jnews"><div class="jeg_posts"><article class="jeg_post jeg_pl_md_2 post-4711">'
        f'<h3 class="jeg_post_title"><a href="{PATH}">A card</a></h3></article></div></body></html>'
    )
    answers = {"/": front, PATH: page, "/robots.txt": "User-agent: *\nAllow: /\n"}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path.partition("?")[0] if self.path != "/" else "/")
            found = body is not None and "?" not in self.path
            sent = (body if found and body else "<html><body>not found</body></html>").encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        overrides = f'{{"dnyuz.test:{port}": "127.0.0.1:{port}"}}'
        crawl = Crawl(tmp_path, NEWSCRAWL_HOST_OVERRIDES=overrides)
        # REST, feed and sitemap are shut: `auto` takes the list pages.
        words = ["crawl", "dnyuz", "-a", f"site=http://dnyuz.test:{port}", "-a", "since=all"]
        done = crawl.run(*words, "-O", str(tmp_path / "out.jsonl"))
        server.shutdown()
    assert done.status == 0, done.err
    (record,) = crawl.feed()
    assert record["title"] == title
    assert (record["published_at"], record["published_precision"]) == ("2025-06-21T00:00:00Z", "day")
    assert record["post"]["categories"] == ["News"]
    assert (record["post"]["displayed_shares"], record["post"]["displayed_views"]) == (493, 1400)
    assert record["publisher"]["name"] == "New York Times"
    assert record["publisher"]["domain"] == "nytimes.com"
    assert (record["outcome"], record["reason"]) == ("post_only", "no_original_url")
    assert record["attribution"]["original_url"] is None
    assert record["text"] == "\n\n".join(paragraphs)
    assert record["text"].startswith("Unable to broker")
    assert record["text_source"] == "post"
    assert record["authors"] == []
    assert record["post"]["surface"] == "archive"
