"""Train the forests of the extraction and write their weights: ``python -m benchmarks.train_extraction``.

Needs ``../shared/data`` and ``requirements-train.txt``. All sets with a gold body
train together: scrapinghub, fundus, and the articles of WCXB. Five forests of
oblivious trees come out: ``first`` (a block by itself), ``second`` (with the first
one's probabilities of the whole page, out of fold), ``witness`` (with another
copy's matches), and two of the page as a whole, from WCXB's seven types and the
project's own fixtures: ``kind`` (article or not) and ``shelf`` (a list, a
collection of goods, a product). The file holds feature names,
thresholds and leaf values: no text, no host.

``--only kind`` or ``--only body`` trains one part anew and takes the others'
forests from ``--kept`` (by default the file that is written), if they were
trained on the columns that the code computes. Where two branches trained a
part each, the later one takes the other's file and trains its own part again.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import extraction_data as data
from benchmarks.common import ROOT
from newscrawl.extraction import body, context, model, pagekind, witness
from newscrawl.extraction.model import Forest

WEIGHTS = ROOT / "newscrawl" / "extraction" / model.WEIGHTS
SEED = 20_261_123
Matrix = NDArray[np.float32]
#: What is trained by itself. The forests of blocks need each other's probabilities, so they are one part.
PARTS = {"body": ("first", "second", "witness"), "kind": ("kind", "shelf")}


class Shape(NamedTuple):
    """How a forest is grown; *seeds* forests of this shape are averaged into one."""

    trees: int
    rate: float
    depth: int = 6
    columns: float = 0.4
    """Share of the columns that each level of a tree may ask about."""
    seeds: int = 1


#: What one forest makes of a doubtful page is half chance: three that differ by their seed alone are steadier than one.
FIRST, SECOND = Shape(150, 0.14, seeds=3), Shape(100, 0.12, seeds=3)
#: Shallow: it sees few columns, and the same pages again and again with other copies.
WITNESS = Shape(200, 0.12, depth=4, columns=0.6, seeds=2)
#: Shallow: two thousand pages are few.
KIND = Shape(250, 0.07, depth=5, columns=0.3)
#: Folds whose forests give the probabilities out of fold; one forest each, since there are as many as folds.
INNER_FOLDS = 4
#: Threads that grow a forest (``--threads``).
THREADS = 1
#: Every so many pages teach the forest of the copies: it sees few columns, and several copies of each page.
WITNESS_EVERY = 2
#: Sets of news pages weigh half in the forest that tells kinds: WCXB alone has both sides.
NEWS_WEIGHT = 0.5
#: WCXB's types of pages that ``shelf`` is about, and what other pages that are no articles weigh beside goods.
LISTS, GOODS = {"listing"}, {"collection", "product"}
OTHERS_WEIGHT = 0.3


def fit(matrix: Matrix, labels: NDArray[np.bool_], weights: NDArray[np.float64], shape: Shape, seed: int) -> Forest:
    """Boosted oblivious trees (CatBoost) as a :class:`Forest`."""
    from catboost import CatBoostClassifier

    grown = []
    for number in range(shape.seeds):
        booster = CatBoostClassifier(
            iterations=shape.trees,
            learning_rate=shape.rate,
            depth=shape.depth,
            rsm=shape.columns,
            border_count=64,
            random_seed=(seed + 77 * number) % 2**31,
            thread_count=THREADS,
            allow_writing_files=False,
            verbose=0,
        )
        booster.fit(matrix, labels, sample_weight=weights)
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            booster.save_model(file.name, format="json")
            grown.append(_forest(json.loads(Path(file.name).read_text())))
    return mean_forest(grown)


def mean_forest(forests: Sequence[Forest]) -> Forest:
    """One forest whose log-odds are the mean of those of *forests* (all of one depth)."""
    if len(forests) == 1:
        return forests[0]
    return Forest(
        np.concatenate([forest.feature for forest in forests]),
        np.concatenate([forest.threshold for forest in forests]),
        (np.concatenate([forest.leaf for forest in forests]) / len(forests)).astype(np.float32),
        sum(forest.bias for forest in forests) / len(forests),
    )


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
    return np.concatenate([page.table.matrix, context.context(page.table.tree, first, page.table.words)], axis=1)


def training_witnesses(page: data.Page, seed: int) -> list[tuple[str, float]]:
    """Copies of the page's article as they may come, each with its weight: clean ones, ones made by extractors.

    Which paragraphs a copy lacks is chance: several draws of each page, so that none is learnt by heart.
    """
    rng = random.Random(f"{seed} training {page.name}")
    text = page.body or ""
    copies = [(data.degraded(text, rng), 0.7) for _ in range(2)]
    copies.append((data.degraded(text, rng, drop=rng.uniform(0.1, 0.3), replace=rng.uniform(0.03, 0.07)), 0.7))
    return [*copies, (page.made["resiliparse"], 1.0), (page.made["readability"], 1.0)]


def fit_all(pages: Sequence[data.Page], seed: int = SEED, *, with_witness: bool = True) -> dict[str, Forest]:
    """All forests from *pages*."""
    return fit_body(pages, seed, with_witness=with_witness) | fit_kind(pages, seed)


def fit_body(pages: Sequence[data.Page], seed: int = SEED, *, with_witness: bool = True) -> dict[str, Forest]:
    """The forests of blocks: with the page alone, with its context, with another copy."""
    labelled = training_pages(pages)
    inner = data.folds(labelled, INNER_FOLDS, seed)
    out_of_fold: dict[str, NDArray[np.float32]] = {}
    for part in range(INNER_FOLDS):
        others = [(page.table.matrix, page) for page in labelled if inner[page.host] != part]
        forest = fit(*_stack(others), FIRST._replace(seeds=1), seed + part)
        for page in labelled:
            if inner[page.host] == part:
                live = page.table.live
                out_of_fold[page.name] = body.spread(forest.probability(page.table.matrix[live]), live)
    forests = {"first": fit(*_stack([(p.table.matrix, p) for p in labelled]), FIRST, seed)}
    seconds = {page.name: second_matrix(page, out_of_fold[page.name]) for page in labelled}
    forests["second"] = fit(*_stack([(seconds[p.name], p) for p in labelled]), SECOND, seed)
    if not with_witness:
        return forests
    plain: dict[str, NDArray[np.float32]] = {}
    for part in range(INNER_FOLDS):
        others = [(seconds[page.name], page) for page in labelled if inner[page.host] != part]
        forest = fit(*_stack(others), SECOND._replace(seeds=1), seed + 10 + part)
        for page in labelled:
            if inner[page.host] == part:
                live = page.table.live
                second = body.spread(forest.probability(seconds[page.name][live]), live)
                plain[page.name] = ((out_of_fold[page.name] + second) / 2).astype(np.float32)
    matrices, labels, weights = [], [], []
    rng = np.random.default_rng(seed)
    for page in labelled[::WITNESS_EVERY]:
        first = out_of_fold[page.name]
        around = context.context(page.table.tree, first, page.table.words)
        for copy, weight in training_witnesses(page, seed):
            found = witness.measure(page.table.grams, page.table.words, first, copy)
            if not witness.verified(found):
                continue
            # Blocks that nobody would take are seen often enough in one copy in five.
            keep = page.table.live & ((first > 0.02) | (found.match > 0) | (rng.random(len(first)) < 0.2))
            keep |= witness.matched(found, page.table.words)
            columns = witness.columns(page.blocks, page.table, around, first, plain[page.name], found)
            matrices.append(columns[keep])
            assert page.label is not None
            labels.append(page.label[keep])
            weights.append(weights_of(page)[keep] * weight)
    forests["witness"] = fit(np.concatenate(matrices), np.concatenate(labels), np.concatenate(weights), WITNESS, seed)
    return forests


def fit_kind(pages: Sequence[data.Page], seed: int) -> dict[str, Forest]:
    """The forests that see the page as a whole.

    ``kind`` tells how little a page is built like an article. What is nearest to articles is judged otherwise by one
    reader than by another: firms' pages, manuals, answers. So ``shelf``, which refuses, knows lists and goods: it is
    the mean of one forest that tells both from everything else, and of one that tells goods.
    """
    rows = np.array([page.row for page in pages], dtype=np.float32)
    types = np.array([page.gold.get("type", "article") for page in pages])
    article = np.array([page.is_article for page in pages])
    base = np.array([1.0 if page.set == data.WCXB else NEWS_WEIGHT for page in pages])
    grown = []
    for wanted, others in ((LISTS | GOODS, 1.0), (GOODS, OTHERS_WEIGHT)):
        yes = np.isin(types, list(wanted))
        grown.append(fit(rows, yes, np.where(article | yes, base, base * others), KIND, seed))
    return {"kind": fit(rows, ~article, base, KIND, seed), "shelf": mean_forest(grown)}


def training_pages(pages: Iterable[data.Page]) -> list[data.Page]:
    """The articles among *pages* whose body is known."""
    return [page for page in pages if page.is_article and page.label is not None and len(page.label)]


def kept_forests(packed: bytes, part: str) -> dict[str, Forest]:
    """The forests of *part* in the weights' file *packed*.

    Raises ``ValueError`` where they were trained on other columns than the code computes. The columns of the other part
    may differ: they are about to be trained anew.
    """
    stored = model.columns_of(packed)
    own = len(pagekind.NAMES)
    blocks = len(body.NAMES) - own
    same = stored[:blocks] == body.NAMES[:blocks] if part == "body" else stored[-own:] == body.NAMES[-own:]
    if not same:
        raise ValueError(f"the forests of {part} were trained on other columns: train them anew")
    forests = model.unpack(packed, stored)
    return {name: forests[name] for name in PARTS[part]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="the weights' file that is written")
    parser.add_argument("--only", choices=PARTS, help="train this part alone")
    parser.add_argument("--kept", type=Path, help="the file of the other part's forests; by default the one of --out")
    arguments = parser.parse_args()
    kept: dict[str, Forest] = {}
    if arguments.only:
        packed = (arguments.kept or arguments.out).read_bytes()
        for part in PARTS.keys() - {arguments.only}:
            kept |= kept_forests(packed, part)
    started = time.monotonic()
    pages = data.loaded()
    known = training_pages(pages)
    print(f"{len(pages)} pages, {len(known)} with a body, {time.monotonic() - started:.0f} s", flush=True)
    trained: dict[str, Forest] = {}
    if arguments.only != "kind":
        trained |= fit_body(pages)
    if arguments.only != "body":
        trained |= fit_kind(pages, SEED)
    packed = model.pack(trained | kept, body.NAMES)
    arguments.out.write_bytes(packed)
    print(f"{arguments.out.name}: {len(packed)} bytes, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
