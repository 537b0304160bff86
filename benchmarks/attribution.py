"""How many attributions are read right: ``python -m benchmarks.attribution``.

Real fragments and look-alikes (../shared/data/attribution), the sentence in every locale, wordings collected from
public pages, and this project's own cases. Right means original URL and publisher's name. *wild* are sentences and
look-alikes as public pages write them, two of three negative. *wild_aside* is the third of them, by domain, that was
kept aside until all was built: at the first look 40 of 52 were right, 6 wrong, and 5 of 114 look-alikes taken. What was
read in it was mended, and the model is trained on it since, as on *collected_aside*, such a third of an earlier
collection: what they say now is no figure on unseen cases. Five folds by domain (benchmarks/train_attribution.py) are.
*web* is a third collection, in 37 languages, its answers written before anything was run on it; *web_aside* is a third
of it: at the one look 42 of 54 were right, 7 wrong, and 1 of 63 look-alikes taken. It was read and is trained on since.
*draw* is a fourth, of 149 sources and 96 look-alikes in 53 languages, its answers committed before anything was run on
it. 83 of the sources are fragments of public pages (family *real*), of publishers that no other case has; 66 are
wordings of this project's own with made-up publishers (*worded*), in languages for which the search gave none. At the
one look 135 were right (90.6 %), 6 wrong (4 %), 8 missed, and 9 of the 96 look-alikes taken (9.4 %): most look-alikes
are lines that an exact search for words of attribution gave, so they are harder than what posts hold. It was read
since, and is trained on. *own_kinds* are the kinds of look-alikes and of sources that it showed, in other
languages and on made-up hosts.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, need_shared, write_result
from newscrawl.attribution import find_attribution, is_foreign

__all__ = ["Case", "main", "read_cases"]

OWN = ROOT / "tests" / "data"


@dataclass(frozen=True, slots=True)
class Case:
    """A post and what it should be read as; *found* is ``None`` where both answers are right."""

    group: str
    family: str
    language: str
    html: str
    base_url: str
    found: bool | None
    original_url: str | None
    names: tuple[str | None, ...]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _expected(group: str, row: dict[str, Any]) -> Case:
    """A case of the collections with ``expect``."""
    expect = row["expect"]
    names = (expect["publisher_name"], *expect.get("also_names", []))
    return Case(
        group, row["family"], row["language"], row["html"], row["base_url"], expect["found"], expect["original_url"],
        names,
    )  # fmt: skip


def _plain(group: str, row: dict[str, Any]) -> Case:
    """A case of the collections with ``expected``."""
    expected = row["expected"]
    language = (row.get("lang") or row.get("language") or "en").partition("_")[0]
    family = str((expected or {}).get("pattern") or ("look-alike" if expected is None else "own"))
    if expected is None:
        return Case(group, family, language, row["html"], "", False, None, ())
    base_url = row.get("base_url", "")
    return Case(
        group, family, language, row["html"], base_url, True, expected["original_url"], (expected["publisher_name"],)
    )


def read_cases() -> list[Case]:
    """All cases, the shared ones first."""
    real = need_shared("data/attribution")
    cases = [_expected("fresh", row) for row in _lines(real / "fresh.jsonl")]
    cases += [_plain("real", row) for row in _lines(real / "cases.jsonl")]
    cases += [_plain("locale_templates", row) for row in _lines(real / "locale_templates.jsonl")]
    for name in ("attribution_positives", "attribution_locales"):
        cases += [_plain("own_cases", row) for row in _lines(OWN / f"{name}.jsonl")]
    for row in _lines(OWN / "attribution_negatives.jsonl"):
        cases.append(Case("own_look_alikes", row["why"], "en", row["html"], row["site"] or "", False, None, ()))
    for row in _lines(OWN / "attribution_collected.jsonl"):
        cases.append(_expected("collected_aside" if row["aside"] else "collected", row))
    cases += [_expected("scripts", row) for row in _lines(OWN / "attribution_scripts.jsonl")]
    for row in _lines(OWN / "attribution_wild.jsonl"):
        cases.append(_expected("wild_aside" if row["aside"] else "wild", row))
    for row in _lines(OWN / "attribution_web.jsonl"):
        cases.append(_expected("web_aside" if row["aside"] else "web", row))
    cases += [_expected("draw", row) for row in _lines(OWN / "attribution_draw.jsonl")]
    cases += [_expected("own_kinds", row) for row in _lines(OWN / "attribution_kinds.jsonl")]
    return cases


def _verdict(case: Case) -> str:
    found = find_attribution(case.html, case.base_url)
    taken = found is not None and (not case.base_url or is_foreign(found, case.base_url))
    if case.found is None:
        return "either"
    if not case.found:
        return "taken" if taken else "left"
    if found is None:
        return "missed"
    right = found.original_url == case.original_url and found.publisher_name in case.names
    return "right" if right else "wrong"


def _table(cases: list[tuple[Case, str]]) -> dict[str, Any]:
    count: dict[str, int] = defaultdict(int)
    for _, verdict in cases:
        count[verdict] += 1
    positives = count["right"] + count["missed"] + count["wrong"]
    negatives = count["taken"] + count["left"]
    return {
        "positives": positives,
        "right": count["right"],
        "wrong": count["wrong"],
        "share": round(count["right"] / positives, 4) if positives else 0.0,
        "negatives": negatives,
        "found": count["taken"],
    }


def _by(cases: list[tuple[Case, str]], key: str) -> dict[str, Any]:
    groups: dict[str, list[tuple[Case, str]]] = defaultdict(list)
    for case, verdict in cases:
        groups[getattr(case, key)].append((case, verdict))
    return {name: _table(groups[name]) for name in sorted(groups)}


def _milliseconds(cases: list[Case]) -> float:
    """CPU time of one fragment at the median."""
    times = []
    for case in cases:
        begun = time.process_time()
        find_attribution(case.html, case.base_url)
        times.append(time.process_time() - begun)
    return round(statistics.median(times) * 1000, 3)


def main() -> int:
    cases = read_cases()
    judged = [(case, _verdict(case)) for case in cases]
    figures: dict[str, Any] = _by(judged, "group")
    draw = [one for one in judged if one[0].group == "draw"]
    figures["milliseconds_a_fragment"] = _milliseconds(cases)
    figures["by_family"] = _by(judged, "family")
    figures["by_language"] = _by(judged, "language")
    figures["draw_by_family"] = _by(draw, "family")
    figures["draw_by_language"] = _by(draw, "language")
    for title in ("by_language", "by_family", "draw_by_family"):
        print(f"{title:28}{'positives':>10}{'right':>7}{'wrong':>7}{'share':>8}{'negatives':>11}{'found':>7}")
        for name, row in figures[title].items():
            share = f"{row['share']:.3f}" if row["positives"] else "-"
            print(
                f"{name:28}{row['positives']:10}{row['right']:7}{row['wrong']:7}{share:>8}{row['negatives']:11}{row['found']:7}"
            )
    groups = sorted({case.group for case in cases})
    for name in groups:
        print(name, figures[name])
    print(f"{figures['milliseconds_a_fragment']} ms a fragment")
    least = {
        "fresh": 0.93,
        "real": 0.98,
        "locale_templates": 0.98,
        "own_cases": 0.98,
        "collected": 0.93,
        "collected_aside": 0.9,
    }
    met = all(figures[name]["share"] >= share for name, share in least.items())
    negatives = sum(figures[name]["negatives"] for name in groups)
    taken = sum(figures[name]["found"] for name in groups)
    met = met and taken <= 0.01 * negatives
    print("figures met" if met else "figures NOT met")
    write_result("attribution", figures)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
