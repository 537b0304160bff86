"""Train the block classifier and write its weights: ``python -m benchmarks.train_extraction``.

Needs ``../shared/data/pages`` and ``requirements-train.txt``. Pages with a gold
body are labelled by it; pages without are labelled by a recipe over trafilatura
where every known snippet agrees. Three forests of oblivious trees come out:
``first`` (a block by itself), ``second`` (with the first one's probabilities of
the whole page, out of fold) and ``witness`` (with another copy's matches). The
file holds feature names, thresholds and leaf values: no text, no host.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import extraction_data as data
from benchmarks.common import ROOT
from newscrawl.extraction import body, context, model, witness
from newscrawl.extraction.model import Forest

WEIGHTS = ROOT / "newscrawl" / "extraction" / model.WEIGHTS
SEED = 20_261_123
Matrix = NDArray[np.float32]

#: (trees, learning rate) of each forest; depth 6 throughout.
FIRST, SECOND, WITNESS = (220, 0.1), (150, 0.08), (400, 0.1)
INNER_FOLDS = 3


def fit(
    matrix: Matrix, labels: NDArray[np.bool_], weights: NDArray[np.float64], shape: tuple[int, float], seed: int
) -> Forest:
    """Boosted oblivious trees (CatBoost) as a :class:`Forest`."""
    from catboost import CatBoostClassifier

    trees, rate = shape
    booster = CatBoostClassifier(
        iterations=trees,
        learning_rate=rate,
        depth=6,
        rsm=0.4,
        border_count=64,
        random_seed=seed % 2**31,
        thread_count=2,
        allow_writing_files=False,
        verbose=0,
    )
    booster.fit(matrix, labels, sample_weight=weights)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        booster.save_model(file.name, format="json")
        stored = json.loads(Path(file.name).read_text())
    return _forest(stored)


def _forest(stored: dict[str, Any]) -> Forest:
    """CatBoost's JSON as arrays; shallower trees are filled up with questions whose answer is no."""
    trees = stored["oblivious_trees"]
    depth = max(len(tree["splits"]) for tree in trees)
    columns = [f["flat_feature_index"] for f in stored["features_info"]["float_features"]]
    feature = np.zeros((len(trees), depth), dtype=np.int16)
    threshold = np.full((len(trees), depth), np.inf, dtype=np.float32)
    leaf = np.zeros((len(trees), 1 << depth), dtype=np.float32)
    scale, bias = stored["scale_and_bias"]
    for number, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"]):
            feature[number, level] = columns[split["float_feature_index"]]
            threshold[number, level] = split["border"]
        values = np.asarray(tree["leaf_values"], dtype=np.float32)
        leaf[number, : len(values)] = values * scale
    return Forest(feature, threshold, leaf, float(bias[0] if isinstance(bias, list) else bias))


def weights_of(page: data.Page) -> NDArray[np.float64]:
    """A page counts the same however many blocks it has; a long block counts more than a short one."""
    raw = np.sqrt(page.tokens + 3.0)
    return np.asarray(raw / raw.sum() * 50 * page.weight)


def _stack(parts: Sequence[tuple[Matrix, data.Page]]) -> tuple[Matrix, NDArray[np.bool_], NDArray[np.float64]]:
    return (
        np.concatenate([matrix[page.table.live] for matrix, page in parts]),
        np.concatenate([page.label[page.table.live] for _, page in parts if page.label is not None]),
        np.concatenate([weights_of(page)[page.table.live] for _, page in parts]),
    )


def second_matrix(page: data.Page, first: NDArray[np.float32]) -> Matrix:
    """The page's features with the context of its first probabilities."""
    return np.concatenate([page.table.matrix, context.context(page.blocks, first, page.table.words)], axis=1)


def training_witnesses(page: data.Page, seed: int) -> list[str]:
    """Copies of the page's article as they may come: clean ones, cut ones, ones made by extractors."""
    if "witnesses" not in page.extra:
        rng = random.Random(f"{seed} training {page.name}")
        body_text = page.body or ""
        copies = [
            data.degraded(body_text, rng),
            data.degraded(body_text, rng),
            data.degraded(body_text, rng, drop=rng.uniform(0.1, 0.3), replace=rng.uniform(0.03, 0.07)),
            data.readability_text(page.html),
        ]
        if "with" not in page.gold:
            copies += [data.resiliparse_text(page.html), data.degraded(body_text, rng, replace=0.0)]
        page.extra["witnesses"] = copies
    copies = page.extra["witnesses"]
    return list(copies)


def fit_all(pages: Sequence[data.Page], seed: int = SEED, *, with_witness: bool = True) -> dict[str, Forest]:
    """The three forests from labelled *pages*."""
    labelled = [page for page in pages if page.label is not None and len(page.label)]
    inner = data.folds(labelled, INNER_FOLDS, seed)
    out_of_fold: dict[str, NDArray[np.float32]] = {}
    for part in range(INNER_FOLDS):
        forest = fit(*_stack([(p.table.matrix, p) for p in labelled if inner[p.host] != part]), FIRST, seed + part)
        for page in labelled:
            if inner[page.host] == part:
                live = page.table.live
                out_of_fold[page.name] = body.spread(forest.probability(page.table.matrix[live]), live)
    forests = {"first": fit(*_stack([(p.table.matrix, p) for p in labelled]), FIRST, seed)}
    seconds = {page.name: second_matrix(page, out_of_fold[page.name]) for page in labelled}
    forests["second"] = fit(*_stack([(seconds[p.name], p) for p in labelled]), SECOND, seed)
    if not with_witness:
        return forests
    matrices, labels, weights = [], [], []
    rng = np.random.default_rng(seed)
    for page in labelled:
        first = out_of_fold[page.name]
        for copy in training_witnesses(page, seed):
            found = witness.measure(page.blocks, page.table.words, first, copy)
            if not witness.verified(found):
                continue
            # Blocks that nobody would take are seen often enough in one copy in five.
            keep = page.table.live & ((first > 0.02) | (found.match > 0) | (rng.random(len(first)) < 0.2))
            keep |= witness.matched(found)
            extra = witness.witness_features(page.blocks, page.table.words, found)
            matrices.append(np.concatenate([seconds[page.name], extra], axis=1)[keep])
            assert page.label is not None
            labels.append(page.label[keep])
            weights.append(weights_of(page)[keep])
    forests["witness"] = fit(np.concatenate(matrices), np.concatenate(labels), np.concatenate(weights), WITNESS, seed)
    return forests


def training_pages(pages: Iterable[data.Page]) -> list[data.Page]:
    """The gold pages and the pseudo-labelled ones among *pages*."""
    pages = list(pages)
    gold = [page for page in pages if page.label is not None]
    return gold + data.pseudo_label(page for page in pages if page.label is None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    started = time.monotonic()
    pages = training_pages(data.load())
    print(
        f"{len(pages)} labelled pages, {sum(len(p.tokens) for p in pages)} blocks, {time.monotonic() - started:.0f} s"
    )
    forests = fit_all(pages)
    packed = model.pack(forests, body.WITNESS)
    arguments.out.write_bytes(packed)
    print(f"{arguments.out.name}: {len(packed)} bytes, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
