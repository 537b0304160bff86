"""A small collection that what is told can be compared with."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Connection

from newscrawl.ledger.work import finish_record, postpone
from tests.ledger.helpers import RUN, enter, oid, park, post, record, scope

LINK = "https://www.paper.test/story"


@pytest.fixture
def filled(connection: Connection) -> Connection:
    """Two posts done, one waiting for an original that is due later, one discovered."""
    news = scope(connection)
    enter(connection, [post(name) for name in "abcd"], news)
    finish_record(connection, record("a", "same"), RUN)
    finish_record(connection, record("b", "same", outcome="post_only", reason="http_404"), RUN)
    park(connection, "c", LINK)
    postpone(connection, RUN, "original", oid(LINK), LINK, reason="http_503", status=503, wait=2e9)
    return connection
