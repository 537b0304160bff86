"""Signals of use: robots directives, AI and TDM opt-outs, licences; the stricter of two parties."""

from __future__ import annotations

from newscrawl.net.rights import effective, is_open, merge, opted_out, page_signals, robots_signals
from newscrawl.net.robots_rules import DENY_ALL, parse


def test_nothing_said_is_none_and_not_looked_is_absent() -> None:
    signals = page_signals()
    assert signals == {
        "ai_train": "none",
        "ai_input": "none",
        "search": "none",
        "robots_meta": "none",
        "ai_agents": "none",
        "tdm": "none",
        "licence": "none",
        "free_access": "none",
    }
    assert "robots_txt" not in signals


def test_x_robots_tag_with_and_without_agents() -> None:
    signals = page_signals(
        [
            ("X-Robots-Tag", "noarchive, max-snippet:5"),
            ("x-robots-tag", "otherbot: noindex, nofollow"),
            ("X-Robots-Tag", "newscrawl: nosnippet"),
            ("X-Robots-Tag", "GPTBot: noindex"),
            ("X-Robots-Tag", "unavailable_after: 25 Jun 2010 15:00:00 PST"),
        ]
    )
    assert signals["robots_meta"] == "max-snippet,noarchive,nosnippet,unavailable_after"
    assert signals["ai_agents"] == "GPTBot"


def test_meta_robots() -> None:
    assert page_signals(metas=[("robots", "NONE")])["robots_meta"] == "nofollow,noindex"
    assert page_signals(metas=[("ROBOTS", "index, follow, max-image-preview:large")])["robots_meta"] == (
        "max-image-preview"
    )
    assert page_signals(metas=[("googlebot", "noindex")])["robots_meta"] == "none"
    assert page_signals(metas=[("robots", "noai, noimageai")])["ai_train"] == "no"
    assert page_signals(metas=[("CCBot", "nofollow, noindex")])["ai_agents"] == "CCBot"


def test_tdm_reservation_by_header_or_meta() -> None:
    assert page_signals([("tdm-reservation", "1"), ("tdm-policy", "https://a.example/p.json")])["tdm"] == "reserved"
    assert page_signals([("TDM-Reservation", "0")])["tdm"] == "open"
    assert page_signals([("TDM-Reservation", "0")], [("tdm-reservation", "1")])["tdm"] == "reserved"
    assert page_signals(metas=[("tdm-reservation", "yes")])["tdm"] == "none"
    assert page_signals([("tdm-policy", "https://a.example/p\x1b.json")])["tdm_policy"] == "https://a.example/p.json"


def test_content_signals() -> None:
    robots = b"User-agent: *\nContent-Signal: /news search=yes, ai-input=no, ai-train = NO\nAllow: /\n"
    signals = robots_signals(parse(robots, "newscrawl"), "https://a.example/x")
    assert signals == {
        "robots_txt": "allow",
        "search": "yes",
        "ai_input": "no",
        "ai_train": "no",
        "ai_agents": "none",
    }
    usage = robots_signals(parse(b"User-agent: *\nContent-Usage: train-ai=n\n", "newscrawl"))
    assert usage["ai_train"] == "no"
    assert "robots_txt" not in usage


def test_an_unreachable_robots_txt_says_nothing_else() -> None:
    assert robots_signals(DENY_ALL, "https://a.example/", reachable=False) == {"robots_txt": "unreachable"}


def test_effective_is_the_stricter_of_both() -> None:
    post = {"robots_txt": "allow", "tdm": "open", "ai_train": "yes", "robots_meta": "noarchive", "free_access": "yes"}
    original = {
        "robots_txt": "allow",
        "tdm": "reserved",
        "ai_train": "none",
        "robots_meta": "none",
        "ai_agents": "CCBot",
    }
    assert effective(post, original) == {
        "robots_txt": "allow",
        "tdm": "reserved",
        "ai_train": "yes",
        "robots_meta": "noarchive",
        "free_access": "yes",
        "ai_agents": "CCBot",
    }
    assert effective(post, original) == effective(original, post)
    assert effective({"robots_txt": "unreachable"}, {"robots_txt": "disallow"})["robots_txt"] == "disallow"
    assert merge() == {}


def test_a_licence_holds_only_when_both_parties_give_it() -> None:
    by = "https://creativecommons.org/licenses/by/4.0/"
    by_sa = "https://creativecommons.org/licenses/by-sa/4.0/"
    by_nc = "https://creativecommons.org/licenses/by-nc/4.0/"
    assert effective({"licence": by}, {"licence": "none"})["licence"] == "none"
    assert effective({"licence": by}, {"licence": by_sa})["licence"] == by_sa
    assert effective({"licence": by_nc}, {"licence": by})["licence"] == by_nc
    assert is_open({"licence": by})
    assert is_open({"licence": "CC BY-SA 4.0"})
    assert is_open({"licence": "https://creativecommons.org/publicdomain/zero/1.0/"})
    for closed in (
        by_nc,
        "https://creativecommons.org/licenses/by-nd/4.0/",
        "CC BY-NC-SA",
        "none",
        "All rights reserved",
    ):
        assert not is_open({"licence": closed}), closed
    assert not is_open({"licence": by, "tdm": "reserved"})


def test_opted_out_names_each_signal() -> None:
    assert opted_out({}) is None
    assert opted_out({"tdm": "open", "ai_train": "none", "robots_meta": "nofollow", "ai_agents": "none"}) is None
    assert opted_out(
        {"tdm": "reserved", "ai_train": "no", "ai_agents": "GPTBot", "robots_meta": "noarchive,noindex"}
    ) == ("tdm,ai_train,ai_agents,noindex,noarchive")


def test_hostile_amounts_are_cut() -> None:
    signals = page_signals(
        [("x-robots-tag", "a" * 10**6)] * 10_000,
        [("robots", "noindex," * 10**5)] * 10_000,
        licence="x" * 10**6,
    )
    assert signals["robots_meta"] == "noindex"
    assert len(signals["licence"]) <= 500
