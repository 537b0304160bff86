"""A small collection that what is told can be compared with."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Connection

from newscrawl.ledger.window import Window
from newscrawl.ledger.work import claim_originals, finish_record, postpone_original
from tests.ledger.helpers import RUN, enter, park, post, record, scope

LINK = "https://www.paper.test/story"


@pytest.fixture
def filled(connection: Connection) -> Connection:
    """Two posts done, one waiting for an original that is due later, one discovered."""
    news = scope(connection)
    enter(connection, [post(name) for name in "abcd"], news)
    finish_record(connection, record("a", "same"), RUN)
    finish_record(connection, record("b", "same", outcome="post_only", reason="http_404"), RUN)
    park(connection, "c", LINK)
    (claimed,) = claim_originals(connection, RUN, Window(news.id), 1, frozenset())
    postpone_original(connection, RUN, claimed, reason="http_503", status=503, due=4e9)
    return connection
