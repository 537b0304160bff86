"""One page to its fields: from standard input and from a site."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.net.harness import Server, answer, pages
from tests.warm import run_module, run_scrapy

WORDS = " ".join(f"Sentence number {n} of this article says something of its own." for n in range(60))
PAGE = f"<!doctype html><title>A title</title><body><article><h1>A title</h1><p>{WORDS}</p></article>".encode()


def extract(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    options = (part for name, value in settings.items() for part in ("-s", f"{name}={value}"))
    return run_scrapy(["extract", *words, *options], env=os.environ)


def test_standard_input() -> None:
    done = run_module("scrapy", "extract", "-", "--url", "https://paper.example/a", env=os.environ, given=PAGE.decode())
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["title"] == "A title"


@pytest.mark.parametrize(("status", "code"), [("200 OK", 0), ("404 Not Found", 4)])
def test_a_url_is_answered_without_a_page_of_logs(status: str, code: int) -> None:
    with Server(pages({"/a": answer(PAGE, status)})) as server:
        overrides = json.dumps({"paper.test:8080": f"127.0.0.1:{server.port}"})
        done = extract("http://paper.test:8080/a", NEWSCRAWL_HOST_OVERRIDES=overrides)
    assert done.returncode == code
    assert json.loads(done.stdout)["kind"]
    said = done.stderr.splitlines()
    assert said == ([f"newscrawl: http://paper.test:8080/a answered with HTTP status {status[:3]}"] if code else [])


def test_ones_own_server_is_reached_by_a_name_and_the_refusal_says_so(tmp_path: Path) -> None:
    done = extract("http://127.0.0.1:8080/a")
    assert done.returncode == 2
    assert "refused (private-address)" in done.stderr
    assert "NEWSCRAWL_HOST_OVERRIDES" in done.stderr
