"""The weights' file, when one part of its forests is trained anew and the others are kept."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import train_extraction as training
from newscrawl.extraction import body, model, pagekind

OWN = len(pagekind.NAMES)


def _forest(bias: float) -> model.Forest:
    return model.Forest(
        np.array([[0, 1]], dtype=np.int16),
        np.array([[0.0, 2.0]], dtype=np.float32),
        np.array([[-1.0, 1.0, 2.0, 3.0]], dtype=np.float32),
        bias,
    )


def _packed(names: tuple[str, ...]) -> bytes:
    return model.pack(
        {name: _forest(at) for at, name in enumerate(("first", "second", "witness", "kind", "shelf"))}, names
    )


def test_forests_of_blocks_are_kept_where_the_columns_of_pages_are_others() -> None:
    packed = _packed((*body.NAMES[:-OWN], "page_one", "page_two"))
    kept = training.kept_forests(packed, "body")
    assert {name: forest.bias for name, forest in kept.items()} == {"first": 0, "second": 1, "witness": 2}
    with pytest.raises(ValueError, match="train them anew"):
        training.kept_forests(packed, "kind")


def test_the_forest_of_kinds_is_kept_where_the_columns_of_blocks_are_others() -> None:
    packed = _packed(("one_more", *body.NAMES))
    kept = training.kept_forests(packed, "kind")
    assert {name: forest.bias for name, forest in kept.items()} == {"kind": 3, "shelf": 4}
    with pytest.raises(ValueError, match="train them anew"):
        training.kept_forests(packed, "body")


def test_kept_forests_are_written_as_they_were() -> None:
    once = _packed(body.NAMES)
    again = model.pack(training.kept_forests(once, "body") | training.kept_forests(once, "kind"), body.NAMES)
    for name, forest in model.unpack(once, body.NAMES).items():
        other = model.unpack(again, body.NAMES)[name]
        assert (forest.leaf == other.leaf).all()
        assert (forest.threshold == other.threshold).all()
        assert forest.bias == other.bias


def test_several_forests_become_one_whose_log_odds_are_their_mean() -> None:
    one, other = _forest(1.0), _forest(-3.0)
    other.leaf[:] *= 4
    rows = np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 3.0]], dtype=np.float32)

    def log_odds(forest: model.Forest) -> NDArray[np.float64]:
        p = forest.probability(rows).astype(np.float64)
        return np.asarray(np.log(p / (1 - p)))

    mean = training.mean_forest([one, other])
    assert log_odds(mean) == pytest.approx((log_odds(one) + log_odds(other)) / 2, abs=1e-3)
    assert training.mean_forest([one]) is one


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("first", training.FIRST),
        ("second", training.SECOND),
        ("witness", training.WITNESS),
    ],
)
def test_the_shipped_forests_of_blocks_have_the_shapes_that_the_training_gives_them(
    name: str, shape: training.Shape
) -> None:
    trees, depth = model.load(body.NAMES)[name].feature.shape
    assert (trees, depth) == (shape.trees * shape.seeds, shape.depth)
