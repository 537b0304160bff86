# ruff: noqa: E501 - markup in long lines
"""An aggregator of its own HTML, declared as the documents say, crawled as they say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from newscrawl.demo.run import crawl_environment
from tests.surfaces.sites import ago

ROOT = Path(__file__).resolve().parents[2]
PAGES = 3
STORY = "".join(
    f"<div>Quay {n} will be closed for repairs, the harbour master said on the radio.</div>" for n in range(9)
)


def spider_of_the_document() -> str:
    text = (ROOT / "docs" / "add-an-aggregator.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text[text.index("## Of its own HTML") :], re.DOTALL)
    return blocks[0]


def list_page(number: int) -> str:
    entries = "".join(
        f"<div class='entry'><b><a href='/n/{n}.html'>News {n}</a></b> <i class='when'>{ago(hours=n):%d %B %Y, %H:%M} UTC</i></div>"
        for n in range(10 * number - 9, 10 * number + 1)
    )
    more = f"<p><a href='/more{number + 1}.html'>earlier news</a></p>" if number < PAGES else ""
    return f"<html lang='en'><body><div class='entry'><a href='/imprint.html'>Imprint</a></div>{entries}{more}</body></html>"


def post_page(number: int) -> str:
    return (
        f"<html lang='en'><head><title>Harbour Watch</title></head><body><div class='headline'>News {number}</div>"
        f"<span class='by'>Ann Writer</span><span class='stamp' title='{ago(hours=number):%Y-%m-%dT%H:%M:%SZ}'>x</span>"
        f"<div class='story'>{STORY}</div><div>Advertisement: buy boats</div>"
        f"<p class='taken-from'><a href='http://ledger.test:{{port}}/{number}'>Source</a></p></body></html>"
    )


@pytest.fixture
def port() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def do_GET(self) -> None:
            body = self.page()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "text/html; charset=utf-8")
            raw = (body or "<html><body>no</body></html>").encode()
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def page(self) -> str | None:
            if self.path == "/robots.txt":
                return "User-agent: *\nAllow: /\n"
            if self.path == "/latest.html":
                return list_page(1)
            more = re.fullmatch(r"/more(\d)\.html", self.path)
            if more:
                return list_page(int(more[1]))
            post = re.fullmatch(r"/n/(\d+)\.html", self.path)
            return post_page(int(post[1])).replace("{port}", str(server.server_port)) if post else None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_the_declaration_is_short() -> None:
    code = [line for line in spider_of_the_document().splitlines() if line.strip()]
    assert len(code) <= 25
    assert "def " not in "".join(code)


@pytest.mark.slow
def test_the_document_followed_to_the_letter(tmp_path: Path, port: int) -> None:
    (tmp_path / "harbourwatch.py").write_text(spider_of_the_document(), "utf-8")
    overrides = {f"*.test:{port}": f"127.0.0.1:{port}"}
    done = subprocess.run(
        [
            sys.executable, "-m", "scrapy", "runspider", str(tmp_path / "harbourwatch.py"),
            "-a", f"site=http://harbourwatch.test:{port}", "-a", "follow=no", "-o", str(tmp_path / "out.jsonl"),
            "-s", f"NEWSCRAWL_DATABASE=sqlite:///{tmp_path / 'x.db'}", "-s", "DOWNLOAD_DELAY=0",
            "-s", f"NEWSCRAWL_HOST_OVERRIDES={json.dumps(overrides)}", "-s", "NEWSCRAWL_RENDER=never",
            "-s", "NEWSCRAWL_ROBOTS_RETRY_DELAY=0",
        ],
        cwd=ROOT, env=crawl_environment(), capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert (tmp_path / "out.jsonl").exists(), done.stderr[-3000:]
    records = {one["post"]["title"]: one for one in map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())}
    assert set(records) == {f"News {n}" for n in range(1, 31)}, done.stderr[-3000:]
    one = records["News 7"]
    assert one["text"].startswith("Quay 0 will be closed")
    assert "boats" not in one["text"]
    assert (one["post"]["author"], one["published_at"]) == ("Ann Writer", f"{ago(hours=7):%Y-%m-%dT%H:%M:%SZ}")
    assert one["attribution"]["original_url"] == f"http://ledger.test:{port}/7"
    assert (one["outcome"], one["reason"]) == ("post_only", "not_followed")
