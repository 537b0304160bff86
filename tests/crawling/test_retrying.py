"""When what could not be had is asked for again."""

from __future__ import annotations

import pytest

from newscrawl.crawling.retrying import PATIENCE, Next, Policy


@pytest.mark.parametrize("reason", ["http_404", "robots", "paywall", "tls", "refused", "too_large", "invalid"])
def test_what_does_not_pass_is_not_asked_for_again(reason: str) -> None:
    assert Policy(1.0, 2).after(reason, 0) == (Next.NEVER, 0.0)


@pytest.mark.parametrize("reason", ["timeout", "connection", "dns", "http_503", "http_429", "http_500", "truncated"])
def test_what_passes_is_tried_twice_more_and_then_by_a_later_run(reason: str) -> None:
    policy = Policy(1.0, 2)
    assert [policy.after(reason, tried) for tried in range(3)] == [
        (Next.AGAIN, 1.0),
        (Next.AGAIN, 2.0),
        (Next.LATER, 0.0),
    ]


def test_a_pause_that_is_asked_for_is_kept() -> None:
    policy = Policy(1.0, 2)
    assert policy.after("http_503", 0, 30.0) == (Next.AGAIN, 30.0)
    assert policy.after("http_503", 0, PATIENCE + 1) == (Next.LATER, 0.0)


def test_nothing_is_put_off_for_longer_than_the_run_waits() -> None:
    for delay in (0.0, 1.0, 40.0):
        policy = Policy(delay, 3)
        waits = [policy.after("timeout", tried)[1] for tried in range(4)]
        assert max(waits) <= policy.longest_wait
