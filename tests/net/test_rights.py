"""Signals of use: robots directives, AI and TDM opt-outs, licences; the stricter of two parties."""

from __future__ import annotations

import time

import pytest

from newscrawl.net.rights import (
    SIGNALS,
    detailed,
    effective,
    is_open,
    merge,
    opted_out,
    page_signals,
    robots_signals,
    tdm_signals,
)
from newscrawl.net.robots_rules import AI_AGENTS, DENY_ALL, parse


def values(signals: dict[str, str]) -> dict[str, str]:
    """*signals* without their sources and times."""
    return {key: value for key, value in signals.items() if "." not in key}


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
    assert values(signals) == {
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
    signals = robots_signals(DENY_ALL, "https://a.example/", reachable=False)
    assert values(signals) == {"robots_txt": "unreachable"}


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


def test_lines_of_x_robots_tag_that_were_joined() -> None:
    signals = page_signals(
        [("X-Robots-Tag", "noarchive, otherbot: noindex, nofollow, newscrawl: noai, gptbot: noindex")]
    )
    assert signals["robots_meta"] == "noai,noarchive"
    assert signals["ai_train"] == "no"
    assert signals["ai_agents"] == "GPTBot"
    dated = page_signals([("X-Robots-Tag", "unavailable_after: Friday, 25-Jun-10 15:00:00 GMT, nosnippet")])
    assert dated["robots_meta"] == "nosnippet,unavailable_after"


def test_meta_elements_for_us_and_for_ai_agents() -> None:
    assert page_signals(metas=[("newscrawl", "noindex, noai")])["robots_meta"] == "noai,noindex"
    assert page_signals(metas=[("NewsCrawl", "noml")])["ai_train"] == "no"
    assert page_signals(metas=[("Google-Extended", "noindex"), ("gptbot", "NOAI")])["ai_agents"] == (
        "GPTBot,Google-Extended"
    )
    assert page_signals(metas=[("gptbot", "index, follow")])["ai_agents"] == "none"


@pytest.mark.parametrize(
    ("headers", "metas", "named", "licence", "source"),
    [
        ([("Link", '<https://cc.example/by>; rel="license"')], [], None, "https://cc.example/by", "header"),
        ([("link", "<https://a.example/2>; rel=next, <https://x.example/l>; title=\"a, b\"; rel='license'")], [], None,
         "none", None),
        ([("link", '<https://a.example/2>; rel=next, <https://x.example/l>; title="a, b"; rel="copyright License"')],
         [], None, "https://x.example/l", "header"),
        ([], [("dcterms.license", "https://x.example/terms")], None, "https://x.example/terms", "meta"),
        ([], [("DCTERMS.License", "CC BY 4.0")], "https://x.example/closed", "https://x.example/closed", "html"),
        ([("Link", "<https://x.example/a>; rel=stylesheet")], [], None, "none", None),
    ],
)  # fmt: skip
def test_licences_wherever_they_are_named(
    headers: list[tuple[str, str]], metas: list[tuple[str, str]], named: str | None, licence: str, source: str | None
) -> None:
    signals = page_signals(headers, metas, licence=named)
    assert signals["licence"] == licence
    assert signals.get("licence.source") == source


def test_content_signal_before_the_first_group_is_said_to_all() -> None:
    robots = b"Content-Signal: ai-train=no\n\nUser-agent: newscrawl\nContent-Signal: ai-input=no\nAllow: /\n"
    signals = robots_signals(parse(robots, "newscrawl"))
    assert (signals["ai_train"], signals["ai_input"]) == ("no", "no")
    both = robots_signals(parse(b"Content-Signal: ai-train=no\nUser-agent: *\nContent-Signal: ai-train=yes\n", "x"))
    assert both["ai_train"] == "no"


def test_ai_agents_that_are_denied_the_path_alone() -> None:
    rules = parse(b"User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /news/\n\nUser-agent: *\nAllow: /\n", "newscrawl")
    assert robots_signals(rules, "https://a.example/news/1")["ai_agents"] == "CCBot,GPTBot"
    assert robots_signals(rules, "https://a.example/sport/1")["ai_agents"] == "none"
    assert robots_signals(rules)["ai_agents"] == "none"
    assert robots_signals(rules, "https://a.example/news/1")["robots_txt"] == "allow"


def test_the_licence_that_robots_txt_names() -> None:
    signals = robots_signals(parse(b"License: https://a.example/license.xml\nUser-agent: *\nAllow: /\n", "newscrawl"))
    assert signals["licence"] == "https://a.example/license.xml"
    assert signals["licence.source"] == "robots.txt"
    assert "licence" not in robots_signals(parse(b"User-agent: *\nAllow: /\n", "newscrawl"))


TDM = b"""[
  {"location": "/free/*", "tdm-reservation": 0},
  {"location": "/*.html$", "tdm-reservation": 1, "tdm-policy": "https://a.example/policy.json"},
  {"location": "/news/", "tdm-reservation": "1"}
]"""


@pytest.mark.parametrize(
    ("path", "tdm", "policy"),
    [
        ("/free/a.html", "open", None),
        ("/x/a.html", "reserved", "https://a.example/policy.json"),
        ("/news/1", "reserved", None),
        ("/sport/1", "none", None),
    ],
)
def test_the_file_of_the_tdm_reservation_protocol(path: str, tdm: str, policy: str | None) -> None:
    signals = tdm_signals(TDM, f"https://a.example{path}", at="2026-01-02T03:04:05Z")
    assert signals["tdm"] == tdm
    assert signals.get("tdm_policy") == policy
    assert signals["tdm.at"] == "2026-01-02T03:04:05Z"
    assert signals.get("tdm.source") == (None if tdm == "none" else "tdmrep.json")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Not found</html>", b"{}", b"[1, null, {}]", b'[{"location": 3, "tdm-reservation": 1}]', b"\xff",
     b'[{"location": "https://b.example/", "tdm-reservation": 1}]', b"[" * 100_000],
)  # fmt: skip
def test_an_answer_that_is_no_such_file_says_nothing(body: bytes) -> None:
    assert tdm_signals(body, "https://a.example/x") == {"tdm": "none"}


def test_each_signal_has_its_source_and_time() -> None:
    page = page_signals([("X-Robots-Tag", "noai")], [("robots", "noarchive")], licence="x", free_access=True)
    robots = robots_signals(
        parse(b"User-agent: *\nContent-Signal: ai-train=no, search=yes\n", "newscrawl"), "https://a.example/", at="then"
    )
    told = detailed(merge(page, robots), "now")
    assert set(told) <= set(SIGNALS)
    assert told["robots_meta"] == {"value": "noai,noarchive", "at": "now", "source": "header,meta"}
    assert told["ai_train"] == {"value": "no", "at": "then", "source": "header,robots.txt"}
    assert told["search"] == {"value": "yes", "at": "then", "source": "robots.txt"}
    assert told["licence"] == {"value": "x", "at": "now", "source": "html"}
    assert told["ai_input"] == {"value": "none", "at": "then"}
    assert detailed({}, None) == {}
    assert values(effective(page, robots)) == effective(page, robots)


def test_merging_keeps_the_source_of_what_stands() -> None:
    one = {"tdm": "open", "tdm.source": "header", "tdm.at": "1"}
    other = {"tdm": "reserved", "tdm.source": "tdmrep.json", "tdm.at": "2"}
    for parts in ((one, other), (other, one)):
        assert merge(*parts) == other
    assert merge({"tdm": "none"}, one) == one
    assert merge(
        {"ai_agents": "A", "ai_agents.source": "meta"}, {"ai_agents": "B", "ai_agents.source": "robots.txt"}
    ) == {
        "ai_agents": "A,B",
        "ai_agents.source": "meta,robots.txt",
    }


@pytest.mark.slow
def test_many_rules_for_many_agents_cost_little() -> None:
    rules = "".join(f"Disallow: /x{n}/*a*b\n" for n in range(20_000))
    agents = "".join(f"User-agent: {name}\n" for name in AI_AGENTS)
    begun = time.process_time()
    parse(f"{agents}{rules}".encode(), "newscrawl")
    each = "".join(f"User-agent: {name}\nDisallow: /{name}\n" for name in AI_AGENTS)
    parse(f"{agents}{rules[:300_000]}{each}".encode(), "newscrawl")
    assert time.process_time() - begun < 10
