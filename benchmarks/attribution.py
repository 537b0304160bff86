"""How many attributions are read right: ``python -m benchmarks.attribution``.

Real fragments and look-alikes (../shared/data/attribution), the sentence in every locale, and this project's own
synthetic cases and look-alikes. Right means original URL and publisher's name.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, need_shared, write_result
from newscrawl.attribution import find_attribution, is_foreign

OWN = ROOT / "tests" / "data"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _right(case: dict[str, Any], *keys: str) -> bool:
    found = find_attribution(case["html"], case.get("base_url", ""))
    expected = case["expected"]
    return found is not None and all(getattr(found, key) == expected[key] for key in keys)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _score(cases: list[dict[str, Any]]) -> dict[str, Any]:
    positives = [case for case in cases if case["expected"] is not None]
    negatives = [case for case in cases if case["expected"] is None]
    right = sum(_right(case, "original_url", "publisher_name") for case in positives)
    every = sum(_right(case, "original_url", "original_title", "publisher_name", "publisher_url") for case in positives)
    return {
        "positives": len(positives),
        "right": right,
        "share": _share(right, len(positives)),
        "all_four_fields": every,
        "negatives": len(negatives),
        "found": sum(find_attribution(case["html"], case.get("base_url", "")) is not None for case in negatives),
    }


def _own_negatives(cases: list[dict[str, Any]]) -> dict[str, Any]:
    wrong = 0
    for case in cases:
        found = find_attribution(case["html"], case["site"] or "")
        wrong += found is not None and (not case["site"] or is_foreign(found, case["site"]))
    self_naming = sum(bool(case["site"]) for case in cases)
    return {"negatives": len(cases), "of_these_self_naming": self_naming, "found": wrong}


def main() -> int:
    real = need_shared("data/attribution")
    cases, locales = _lines(real / "cases.jsonl"), _lines(real / "locale_templates.jsonl")
    own = _lines(OWN / "attribution_positives.jsonl") + _lines(OWN / "attribution_locales.jsonl")
    by_language: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in cases + locales:
        by_language[case["lang"].partition("_")[0]].append(case)
    languages = {language: _score(by_language[language]) for language in sorted(by_language)}

    html = [case["html"] for case in cases]
    begun = time.perf_counter()
    for _ in range(5):
        for text in html:
            find_attribution(text)
    milliseconds = (time.perf_counter() - begun) * 1000 / (5 * len(html))

    figures = {
        "real": _score(cases),
        "locale_templates": _score(locales),
        "own_cases": _score(own),
        "own_look_alikes": _own_negatives(_lines(OWN / "attribution_negatives.jsonl")),
        "milliseconds_a_fragment": round(milliseconds, 3),
        "by_language": languages,
    }
    print(f"{'language':10}{'positives':>10}{'right':>7}{'share':>8}{'negatives':>11}{'found':>7}")
    for language, score in languages.items():
        share = f"{score['share']:.3f}" if score["positives"] else "-"
        numbers = f"{score['positives']:10}{score['right']:7}{share:>8}{score['negatives']:11}{score['found']:7}"
        print(f"{language:10}{numbers}")
    for name in ("real", "locale_templates", "own_cases", "own_look_alikes"):
        print(name, figures[name])
    print(f"{milliseconds:.2f} ms a fragment")
    met = (
        all(figures[name]["share"] >= 0.98 for name in ("real", "locale_templates", "own_cases"))  # type: ignore[index]
        and figures["real"]["found"] == 0  # type: ignore[index]
        and figures["own_look_alikes"]["found"] == 0  # type: ignore[index]
    )
    print("figures met" if met else "figures NOT met")
    write_result("attribution", figures)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
