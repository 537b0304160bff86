"""What `show` says of a record, on both engines."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from newscrawl.errors import UserError
from newscrawl.items import AttributionPart, OriginalPart, Publisher
from newscrawl.ledger.work import finish_original, finish_record
from newscrawl.reports.show import collect_history, render_history
from newscrawl.storage.tables import posts
from newscrawl.text import content_hash
from tests.ledger.helpers import RUN, SITE, answer, enter, park, pid, post, record, scope

LINK = "https://www.paper.test/story"


def test_what_is_unknown(connection: Connection) -> None:
    assert collect_history(connection, "ab12cd") is None
    assert collect_history(connection, "https://nowhere.test/") is None
    assert collect_history(connection, "no url and no id") is None


def _joined(connection: Connection) -> str:
    news = scope(connection)
    enter(connection, [post("x")], news)
    park(connection, "x", LINK)
    finish_original(connection, RUN, answer(LINK), size=5)
    made = record(
        "x", "The text \x1b[31m of it.", outcome="original", reason=None, authors=["Ann Example"], word_count=4,
        publisher=Publisher(name="The Paper", domain="paper.test"),
        attribution=AttributionPart(original_url=LINK, phrase="yoast:en"),
        original=OriginalPart(url=LINK, similarity=0.9),
    )  # fmt: skip
    made.text_source = "original"
    made.rights.effective = {"tdm": "reserved", "ai_train": "none"}
    finish_record(connection, made, RUN)
    changed = record("x", "Another text.", reason="http_404")
    finish_record(connection, changed, "second")
    finish_record(connection, made, "third")
    return made.id


@pytest.mark.parametrize("key", ["id", "start", f"{SITE}/x/", f"{SITE}/x/#top", LINK, f"{LINK}?utm_source=feed"])
def test_a_record_is_found_by_whatever_one_has(connection: Connection, key: str) -> None:
    made = _joined(connection)
    found = collect_history(connection, {"id": made, "start": made[:8]}.get(key, key))
    assert found is not None
    assert found["id"] == made


def test_its_history_is_told(connection: Connection) -> None:
    history = collect_history(connection, _joined(connection))
    assert history is not None
    assert json.loads(json.dumps(history)) == history
    assert (history["state"], history["post_url"]) == ("done", f"{SITE}/x/")
    assert history["why"].startswith("The original was found")
    assert [version["version"] for version in history["versions"]] == [2, 1]
    assert [version["record"]["outcome"] for version in history["versions"]] == ["post_only", "original"]
    (request,) = history["requests"]
    assert (request["url"], request["status"], request["size"]) == (LINK, 200, 5)
    text = render_history(history)
    for words in (
        "The Paper (paper.test)",
        "Ann Example",
        "90% of the shorter text",
        "tdm reserved",
        "version 2 until",
    ):
        assert words in text
    assert "ai_train none" not in text
    assert "\x1b" not in text


def test_a_post_is_compared_with_its_original(connection: Connection) -> None:
    news = scope(connection)
    copied = "The minister said four people died on Monday.\n\nRead more at our site."
    theirs = "The minister said six people died on Monday.\n\nShe spoke in Paris."
    enter(connection, [post("x")], news)
    park(connection, "x", LINK, text=copied)
    finish_original(connection, RUN, answer(LINK), size=5)
    made = record("x", theirs, outcome="original", reason=None, original=OriginalPart(url=LINK))
    made.text_source = "original"
    assert made.post is not None
    made.title, made.post.title = "Six die", "Four die"
    finish_record(connection, made, RUN)
    assert connection.execute(select(posts.c.given)).scalar() is None
    for version, came in ((1, "She spoke in Paris."), (2, "She spoke in Paris. Updated.")):
        history = collect_history(connection, made.id)
        assert history is not None
        assert history["record"]["version"] == version
        text = render_history(history)
        assert "from post to original" in text
        assert "title: 1 word gone, 1 word new" in text
        assert "… The minister said [-four-] {+six+}" in text
        assert f"[-Read more at our site.-] {{+{came}+}}" in text
        # A version later, that was joined without reading the post again.
        made.text = f"{theirs}\n\nUpdated."
        made.content_hash = content_hash(made.title, made.text)
        finish_record(connection, made, "second")


def test_a_post_without_an_outcome_yet(filled: Connection) -> None:
    history = collect_history(filled, pid("c"))
    assert history is not None
    assert (history["state"], history["record"]) == ("waiting", None)
    assert "It has no outcome yet." in render_history(history)
    assert [request["reason"] for request in history["requests"]] == ["http_503"]


def test_a_failed_record_is_shown_without_text(connection: Connection) -> None:
    enter(connection, [post("a")], scope(connection))
    finish_record(connection, record("a", None, title=None, outcome="failed", reason="unreachable_post"), RUN)
    history = collect_history(connection, pid("a"))
    assert history is not None
    text = render_history(history)
    assert "The post itself could not be had. There is no text." in text
    assert "failed, unreachable_post" in text


def test_a_start_that_fits_several_ids_shows_none_of_them(connection: Connection) -> None:
    news = scope(connection)
    enter(connection, [post(f"n{number}") for number in range(40)], news)
    ids = sorted(connection.execute(select(posts.c.id)).scalars())
    connection.execute(update(posts).where(posts.c.id == ids[1]).values(id=ids[0][:8] + ids[1][8:]))
    both = sorted([ids[0], ids[0][:8] + ids[1][8:]])
    with pytest.raises(UserError, match=f"more than one id begins with {ids[0][:8]}: {', '.join(both)}$"):
        collect_history(connection, ids[0][:8])
    found = collect_history(connection, ids[0])
    assert found is not None
    assert found["id"] == ids[0]


def test_columns_stand_below_each_other(connection: Connection) -> None:
    history = collect_history(connection, _joined(connection))
    assert history is not None
    history["requests"] = [
        {"at": "2026-01-01T00:00:00Z", "status": status, "reason": reason, "url": "https://a.test/"}
        for status, reason in ((200, None), (None, "dns"), (200, "needs_browser"), (200, "different_article"))
    ]
    lines = render_history(history).splitlines()
    assert len({line.index("https://a.test/") for line in lines if line.endswith("https://a.test/")}) == 1
    assert len({len(line) - len(line.split("  ", 1)[1].lstrip()) for line in lines[:6] if line[0] != " "}) == 1
