"""The recogniser of languages, and where its model is loaded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from newscrawl import language
from newscrawl.crawling.posts import tell_language
from newscrawl.extraction.result import Extraction, Kind
from newscrawl.items import OriginalResult
from newscrawl.join import join
from newscrawl.outcomes import Reason
from newscrawl.posts import PostCopy
from newscrawl.workers import Workers

ENGLISH = "The council of the town met at the harbour and spoke of the bridge that the winter had taken. " * 5
COPY = PostCopy(site="https://agg.test", url="https://agg.test/1/", surface="rest", text=ENGLISH)


@pytest.fixture(autouse=True)
def _unloaded() -> Iterator[None]:
    language._identifier.cache_clear()
    yield
    language.load()  # other tests of this process count what a page costs, once it is


def _page(told: str | None) -> OriginalResult:
    page = Extraction(kind=Kind.ARTICLE, text=ENGLISH, language=told)
    return OriginalResult(id="1", url="https://paper.test/1", reason=None, extraction=page)


def test_a_language_is_recognised_beside_the_event_loop() -> None:
    async def main() -> tuple[PostCopy, float, float]:
        async with Workers(preload=("newscrawl.language",)) as workers:
            copy, loop, whole = replace(COPY), time.thread_time(), time.process_time()
            await tell_language(copy, _page(None), workers)
            return copy, time.thread_time() - loop, time.process_time() - whole

    copy, loop, whole = asyncio.run(main())
    assert copy.language == "en"
    # CPU of this thread against that of all: no clock of the wall, which also tells what else the machine does.
    assert loop < whole / 2


@pytest.mark.slow
def test_a_worker_that_is_there_recognises_it() -> None:
    async def main() -> PostCopy:
        async with Workers(count=1, preload=("newscrawl.language",)) as workers:
            await workers.run(len, ENGLISH, inline=False)
            copy = replace(COPY)
            await tell_language(copy, None, workers)
            return copy

    assert asyncio.run(main()).language == "en"
    assert not language._identifier.cache_info().currsize


def test_what_nobody_asks_is_not_recognised() -> None:
    async def main(copy: PostCopy, page: OriginalResult | None) -> str | None:
        async with Workers() as workers:
            await tell_language(copy, page, workers)
            return copy.language

    assert asyncio.run(main(replace(COPY), _page("en"))) is None
    assert asyncio.run(main(replace(COPY, text="Too short."), None)) is None
    assert asyncio.run(main(replace(COPY, language=""), None)) == ""
    assert not language._identifier.cache_info().currsize


def test_a_language_that_is_not_sure_is_not_asked_for_again() -> None:
    record = join(replace(COPY, language=""), None, Reason.NO_ATTRIBUTION)
    assert record.language is None
    assert join(COPY, None, Reason.NO_ATTRIBUTION).language == "en"
