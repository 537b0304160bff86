"""The report's part on what changed: right, bounded, and nothing in it acts."""

from __future__ import annotations

import json

from sqlalchemy.engine import Connection

from newscrawl.items import OriginalPart
from newscrawl.ledger.work import finish_original, finish_record
from newscrawl.net.policy import DEFAULT_POLICY
from newscrawl.reports.changes import MOST_CHANGES, MOST_VERSIONS, collect_changes, render_changes
from newscrawl.reports.page import collect_report, render_report
from newscrawl.storage.records import store_record
from tests.ledger.helpers import RUN, answer, enter, park, post, record, scope

LINK = "https://www.paper.test/story"


def test_versions_and_posts_are_shown_in_words(connection: Connection) -> None:
    enter(connection, [post("x")], scope(connection))
    park(connection, "x", LINK, text="Four people <b>died</b> on Monday.")
    finish_original(connection, RUN, answer(LINK), size=5)
    for text in ("Six people <b>died</b> on Monday.", "Nine people <b>died</b> on Monday."):
        made = record("x", text, title="<script>x", outcome="original", reason=None, original=OriginalPart(url=LINK))
        made.text_source = "original"
        finish_record(connection, made, RUN)
    changes = collect_changes(connection)
    assert json.loads(json.dumps(changes)) == changes
    page = render_changes(changes)
    assert "<del>Six</del> <ins>Nine</ins>" in page
    assert "<del>Four</del> <ins>Nine</ins>" in page
    assert "&lt;script&gt;x" in page
    assert "<b>" not in page
    whole = render_report(collect_report(connection), made_at="2026-03-05T10:00:00Z", policy=DEFAULT_POLICY)
    assert "<del>Six</del> <ins>Nine</ins>" in whole


def test_nothing_changed(connection: Connection) -> None:
    store_record(connection, record("x"), RUN)
    assert str(render_changes(collect_changes(connection))).strip() == ""


def test_many_changes_are_counted(connection: Connection) -> None:
    for number in range(MOST_VERSIONS + 2):
        text = "\n\n".join(f"Paragraph {part}.\n\nSaid {part * number + number}." for part in range(MOST_CHANGES + 5))
        store_record(connection, record("x", text), RUN)
    changes = collect_changes(connection)
    assert (len(changes["versions"]), changes["versions_known"]) == (MOST_VERSIONS, MOST_VERSIONS + 1)
    (part,) = changes["versions"][0]["parts"]
    assert (len(part["changes"]), part["more"]) == (MOST_CHANGES, 5)
    assert "5 more changes are not shown" in render_changes(changes)
