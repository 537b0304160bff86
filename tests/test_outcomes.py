"""The closed lists are those that users script against."""

from __future__ import annotations

import pytest

from newscrawl.outcomes import PASSING_REASONS, Outcome, Reason, http_reason, is_passing, is_reason
from newscrawl.reports.show import explain

REASONS = """
no_attribution no_original_url ambiguous_original not_followed robots refused dns tls timeout connection too_large
truncated bad_encoding needs_browser challenge consent login paywall not_article different_article invalid
unreachable_post taken_down
""".split()


def test_the_lists() -> None:
    assert [str(one) for one in Outcome] == ["original", "original_partial", "post_only", "failed"]
    assert [str(one) for one in Reason] == REASONS


@pytest.mark.parametrize("status", [100, 204, 404, 451, 599])
def test_a_status_is_a_reason(status: int) -> None:
    assert http_reason(status) == f"http_{status}"
    assert is_reason(http_reason(status))


@pytest.mark.parametrize("status", [0, 99, 600, -404])
def test_what_is_no_status_is_no_reason(status: int) -> None:
    with pytest.raises(ValueError, match="not an HTTP status"):
        http_reason(status)


@pytest.mark.parametrize(
    "value", ["", "http_", "http_99", "http_600", "http_404\n", "http_4040", "PAYWALL", "original"]
)
def test_what_is_no_reason(value: str) -> None:
    assert not is_reason(value)


def test_what_may_pass() -> None:
    assert {one for one in Reason if is_passing(one)} == {"dns", "timeout", "connection", "truncated"}
    assert all(is_reason(one) for one in PASSING_REASONS)
    assert is_passing("http_503")
    assert is_passing("http_429")
    assert not is_passing("http_404")
    assert not is_passing("http_5033")


@pytest.mark.parametrize("reason", [*REASONS, "http_404"])
def test_every_reason_is_explained(reason: str) -> None:
    told = explain("post_only", reason)
    assert told.endswith("The post's own text was kept.")
    assert len(told) > 45
    assert explain("failed", reason) != told
