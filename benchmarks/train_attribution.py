"""Train the weights of attribution's evidence: ``python -m benchmarks.train_attribution [--write]``.

A logistic model with a ridge penalty on the features of every claim in the cases of :mod:`benchmarks.attribution`. It
prints what five folds by publisher's domain say: at several thresholds, and at the
threshold that the four others choose among themselves. ``--write`` fits all, takes the threshold that the five choose,
and writes ``newscrawl/data/attribution_weights.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.attribution import Case, read_cases
from benchmarks.common import ROOT
from newscrawl.attribution import Attribution, Judged, bare_links, completed, judge_claims
from newscrawl.urls import registrable_domain

WEIGHTS = ROOT / "newscrawl" / "data" / "attribution_weights.json"
FOLDS = 5
PENALTY = 0.5
#: Features seen in fewer claims are left out.
LEAST = 3
#: The threshold is the least of these at which at most so many of the negatives are taken, in folds by domain.
THRESHOLDS = tuple(round(0.4 + 0.005 * step, 3) for step in range(111))
MOST_TAKEN = 0.006


def _fold(case: Case) -> int:
    domain = registrable_domain(case.original_url) if case.original_url else ""
    own = case.group.startswith("own")  # their made-up publishers share one domain
    key = case.html if own or not domain else domain
    return int(hashlib.sha1(f"fold {key}".encode()).hexdigest(), 16) % FOLDS


def _is_source(judged: Judged, case: Case) -> bool:
    """Whether this claim names the source of the case, be its name cut well or not."""
    if not case.found:
        return False
    found = judged.attribution
    if case.original_url:
        return found.original_url == case.original_url
    named, name = found.publisher_name, case.names[0]
    return not found.original_url and bool(named and name) and (str(named) in str(name) or str(name) in str(named))


def _cause(case: Case, claims: list[Judged], outcome: str) -> str:
    """Why *case* ended as *outcome*: what was read, or how it was weighed."""
    if outcome == "found":
        return "look-alike taken"
    readings = [one.attribution for one in claims]
    if outcome == "wrong":
        return _misread(case, completed(claims).attribution)
    if any(one.original_url == case.original_url and one.publisher_name in case.names for one in readings):
        return "read right, weighed too low"
    if not readings:
        return "nothing read"
    return f"{_misread(case, readings[0])}, weighed too low"


def _misread(case: Case, read: Attribution) -> str:
    """What is wrong with *read* as the answer of *case*."""
    if read.original_url != case.original_url:
        return "link missing" if read.original_url is None else "link wrong"
    name, wanted = read.publisher_name, case.names[0]
    if name is None or wanted is None:
        return "name missing" if name is None else "name too many"
    return "name cut badly" if name in wanted or wanted in name else "name from the wrong place"


def _fit(matrix: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Weights and, last, the bias: Newton's method."""
    rows, columns = matrix.shape
    wide = np.hstack([matrix, np.ones((rows, 1))])
    weights = np.zeros(columns + 1)
    penalty = np.full(columns + 1, PENALTY)
    penalty[-1] = 1e-3
    for _ in range(60):
        chance = 1 / (1 + np.exp(-wide @ weights))
        slope = wide.T @ (chance - truth) + penalty * weights
        bend = (wide * (chance * (1 - chance) + 1e-6)[:, None]).T @ wide + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    return weights


def _outcome(case: Case, claims: list[Judged], threshold: float) -> str:
    taken = [one for one in claims if one.attribution.confidence >= threshold]
    taken.sort(key=lambda one: (not one.foreign, -round(one.attribution.confidence, 2), one.found.rank))
    if not case.found:
        return "found" if taken and (taken[0].foreign or not case.base_url) else "left"
    if not taken:
        return "missed"
    best = completed(taken).attribution
    right = best.original_url == case.original_url and best.publisher_name in case.names
    return "right" if right else "wrong"


def _out_of_fold(matrix: np.ndarray[Any, Any], truth: np.ndarray[Any, Any], folds: np.ndarray[Any, Any]) -> Any:
    """The probability of each row by a model that has not seen its fold."""
    chances = np.zeros(len(truth))
    for fold in np.unique(folds):
        weights = _fit(matrix[folds != fold], truth[folds != fold])
        chances[folds == fold] = 1 / (1 + np.exp(-(matrix[folds == fold] @ weights[:-1] + weights[-1])))
    return chances


def _padded(
    matrix: np.ndarray[Any, Any], truth: np.ndarray[Any, Any], folds: np.ndarray[Any, Any], left_out: int
) -> Any:
    """:func:`_out_of_fold` without the fold *left_out*, whose rows are 0."""
    chances = np.zeros(len(truth))
    kept = folds != left_out
    chances[kept] = _out_of_fold(matrix[kept], truth[kept], folds[kept])
    return chances


def _with(claims: list[list[Judged]], rows: list[tuple[int, int]], chances: Any) -> list[list[Judged]]:
    """*claims* with the confidence that *chances* gives to those of *rows*."""
    given = [list(judged) for judged in claims]
    for (number, place), chance in zip(rows, chances[: len(rows)], strict=True):
        one = given[number][place]
        given[number][place] = replace(one, attribution=replace(one.attribution, confidence=float(chance)))
    return given


def _outcomes(cases: list[Case], claims: list[list[Judged]], threshold: float) -> Counter[str]:
    return Counter(_outcome(case, judged, threshold) for case, judged in zip(cases, claims, strict=True))


def _choose(cases: list[Case], claims: list[list[Judged]]) -> float:
    """The least threshold at which few enough of the negatives are taken."""
    low, high = 0, len(THRESHOLDS) - 1  # what is taken at a threshold is taken at every lower one
    while low < high:
        middle = (low + high) // 2
        seen = _outcomes(cases, claims, THRESHOLDS[middle])
        if seen["found"] <= MOST_TAKEN * (seen["found"] + seen["left"]):
            high = middle
        else:
            low = middle + 1
    return THRESHOLDS[low]


def _show(case: Case, claims: list[Judged], outcome: str) -> None:
    """Print a case that went wrong, what was read in it, and its line."""
    best = [(round(one.attribution.confidence, 3), one.attribution.publisher_name) for one in claims]
    print(f"{outcome} | {_cause(case, claims, outcome)} |", case.group, case.family, case.language, best[:2])
    if case.found:
        print("    wanted", case.original_url, case.names)
        print("    read  ", claims[0].attribution.original_url if claims else None)
    print("   ", max(case.html.split("\n"), key=lambda line: ("href" in line, len(line)))[:300])
    if claims:
        print("    evidence", " ".join(sorted(claims[0].features)))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="print the cases that the nested folds get wrong")
    parser.add_argument("--without", nargs="*", default=[], metavar="GROUP", help="groups of cases that are left out")
    wanted = parser.parse_args()
    cases = [case for case in read_cases() if case.found is not None]
    cases = [case for case in cases if case.group != "locale_templates" and case.group not in wanted.without]
    claims = [judge_claims(case.html, case.base_url) for case in cases]
    rows = [
        (number, place)
        for number, judged in enumerate(claims)
        for place, one in enumerate(judged)
        if one.found.rank > 2
    ]
    features = [claims[number][place].features for number, place in rows]
    truths = [_is_source(claims[number][place], cases[number]) for number, place in rows]
    groups = [_fold(cases[number]) for number, _ in rows]
    for case, judged in zip(cases, claims, strict=True):
        told = {one.attribution.original_url for one in judged} | {one.attribution.publisher_url for one in judged}
        for url, evidence in bare_links(case.html, case.base_url):
            if url not in told:
                features.append(evidence)
                truths.append(bool(case.found) and url == case.original_url)
                groups.append(_fold(case))
    counts = Counter(feature for one in features for feature in one)
    names = sorted(name for name, count in counts.items() if count >= LEAST)
    column = {name: place for place, name in enumerate(names)}
    matrix = np.zeros((len(features), len(names)))
    for row, one in enumerate(features):
        for feature in one:
            if feature in column:
                matrix[row, column[feature]] = 1
    truth, folds = np.array(truths, dtype=float), np.array(groups)
    chances = _out_of_fold(matrix, truth, folds)
    given = _with(claims, rows, chances)
    print(f"{len(cases)} cases, {len(rows)} claims, {len(features) - len(rows)} bare links")
    print(f"{int(truth.sum())} of them are sources; {FOLDS} folds by domain")
    for threshold in (0.4, 0.5, 0.6, 0.7, 0.8):
        print(threshold, dict(_outcomes(cases, given, threshold)))
    nested: Counter[str] = Counter()
    by_group: dict[str, Counter[str]] = defaultdict(Counter)
    causes: Counter[tuple[str, str]] = Counter()
    for fold in range(FOLDS):
        inner = _with(claims, rows, np.where(folds == fold, 0.0, _padded(matrix, truth, folds, fold)))
        others = [number for number, case in enumerate(cases) if _fold(case) != fold]
        threshold = _choose([cases[number] for number in others], [inner[number] for number in others])
        own = [number for number, case in enumerate(cases) if _fold(case) == fold]
        nested += _outcomes([cases[number] for number in own], [given[number] for number in own], threshold)
        for number in own:
            outcome = _outcome(cases[number], given[number], threshold)
            by_group[cases[number].group][outcome] += 1
            if wanted.verbose and outcome in ("found", "wrong", "missed"):
                causes[_cause(cases[number], given[number], outcome), cases[number].language] += 1
                _show(cases[number], given[number], outcome)
        print(f"fold {fold}: the others choose {threshold}")
    for cause in sorted({cause for cause, _ in causes}):
        shares = {language: count for (one, language), count in causes.most_common() if one == cause}
        print(f"{cause}: {sum(shares.values())}", shares)
    for group in sorted(by_group):
        print(f"nested, {group}:", dict(by_group[group]))
    real = sum((count for group, count in by_group.items() if not group.startswith("own")), Counter[str]())
    print("nested, without the cases of made-up publishers", dict(real))
    print("nested", dict(nested))
    chosen = _choose(cases, given)
    print(f"threshold {chosen}")
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 1.01)):
        inside = (chances >= low) & (chances < high)
        if inside.any():
            print(f"said {chances[inside].mean():.3f}, true {truth[inside].mean():.3f}, claims {int(inside.sum())}")
    if wanted.write:
        weights = _fit(matrix, truth)
        table = {name: round(float(weights[place]), 3) for name, place in column.items()}
        kept = {name: value for name, value in sorted(table.items(), key=lambda pair: -pair[1]) if abs(value) >= 0.01}
        note = "Log-odds by feature (benchmarks/train_attribution.py); 1/(1+exp(-x)) of their sum is the probability."
        content = {"note": note, "bias": round(float(weights[-1]), 3), "threshold": chosen, "weights": kept}
        WEIGHTS.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
