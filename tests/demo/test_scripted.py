"""Pages that only a script fills: nothing of the text in them, everything behind their interface."""

from __future__ import annotations

import json
from html import unescape

import lxml.html

from newscrawl.demo import scripted
from newscrawl.demo.server import DemoServer
from newscrawl.demo.world import ARTICLE_ID, BLOCK
from newscrawl.text import similarity
from tests.demo.conftest import Client


def stories(server: DemoServer) -> dict[str, int]:
    world = server.world
    found = {}
    for number in range(BLOCK):
        if world.case(number).original == "script":
            found[scripted.KINDS[world.turn(number)]] = number
    return found


def test_twenty_kinds_in_every_block(server: DemoServer) -> None:
    assert len(scripted.KINDS) == 20
    assert set(stories(server)) == set(scripted.KINDS)


def test_shells_hold_no_text(server: DemoServer, client: Client) -> None:
    for kind, number in stories(server).items():
        reply = client.get(str(server.world.original_url(number)))
        html, article = unescape(reply.body.decode()), server.world.article(number)
        assert reply.status == 200
        assert all(paragraph[:60] not in html for paragraph in article.paragraphs[1:]), kind
        root = lxml.html.fromstring(reply.body.decode())
        for element in root.xpath("//script | //style | //noscript"):
            element.drop_tree()
        assert similarity(root.text_content(), article.text) < 0.05, kind
        assert "@" not in html.replace("@media", "").split("<body", 1)[1], f"an unfilled mark in {kind}"


def test_what_the_scripts_ask_for(server: DemoServer, client: Client) -> None:
    world = server.world
    number = stories(server)["parts"]
    host, article, story_id = "www.glassapp.test", world.article(number), ARTICLE_ID + number

    def ask(path: str) -> bytes:
        reply = client.get(server.url(path, host))
        assert reply.status == 200, path
        return reply.body

    story = json.loads(ask(f"/api/stories/{story_id}.json"))
    assert story["paragraphs"] == list(article.paragraphs)
    head = json.loads(ask(f"/api/stories/{story_id}/head.json"))
    assert "paragraphs" not in head
    parts = [json.loads(ask(f"/api/stories/{story_id}/parts/{part}.json")) for part in range(head["parts"])]
    assert [text for part in parts for text in part] == list(article.paragraphs)
    assert ask(f"/api/stories/{story_id}.txt").decode().splitlines() == list(article.paragraphs)
    assert ask(f"/api/stories/{story_id}.js?callback=arrived").startswith(b"arrived({")
    assert b"window.glass" in ask("/static/glass.js")
    assert b"export function render" in ask("/static/render.mjs")
    assert client.get(server.url("/api/stories/999999.json", host)).status == 404
    assert client.get(server.url(f"/api/stories/{story_id}.json", "plainsdispatch.test")).status == 404
