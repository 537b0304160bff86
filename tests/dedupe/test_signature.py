"""Signatures: frozen, and as likely to be equal as the texts are alike."""

from __future__ import annotations

import hashlib
import random

import numpy as np

from newscrawl.dedupe.shingles import shingle
from newscrawl.dedupe.signature import (
    BANDS,
    LEAST_TOKENS,
    MOST_PASSAGES,
    ROWS,
    Sketch,
    fingerprint,
    sketch_of,
)
from tests.dedupe.world import edited, paragraphs, story, words


def made(text: str) -> Sketch:
    sketch = fingerprint(text).sketch
    assert sketch is not None
    return sketch


def test_frozen_signature() -> None:
    """Stored in databases. If this fails, SCHEME must grow and stored ones be rebuilt."""
    sketch = made(" ".join(f"word{n * n}" for n in range(400)))
    minima, passages = sketch.to_bytes()
    keys = ",".join(map(str, sketch.keys()))
    assert (len(minima), len(sketch.passages)) == (4 * BANDS * ROWS, FROZEN[0])
    assert [hashlib.sha256(one).hexdigest()[:16] for one in (minima, passages, keys.encode())] == FROZEN[1]


FROZEN = (7, ["90dcecf305a85b8e", "a5fbbd7da0590658", "c301e4216ff1da16"])


def test_it_comes_back_as_it_was_stored() -> None:
    sketch = made(" ".join(f"w{n}" for n in range(300)))
    again = Sketch.from_bytes(*sketch.to_bytes())
    assert again.keys() == sketch.keys()
    assert again.likeness(sketch) == 1.0
    assert again.overlap(sketch) == 1.0


def test_short_texts_have_none() -> None:
    assert fingerprint(" ".join(["w"] * (LEAST_TOKENS - 1))).sketch is None
    assert fingerprint(" ".join(["w"] * LEAST_TOKENS)).sketch is not None
    assert fingerprint(None).sketch is None


def test_the_estimate_is_the_similarity() -> None:
    """Over many pairs of 30 to 400 shingles: without bias, and with the error that is promised."""
    rng = random.Random(3)
    errors = []
    for _ in range(300):
        parts = story(rng, 1, rng.choice([40, 100, 400]))
        other = edited(rng, parts, rng.choice([0.02, 0.05, 0.1, 0.2]))
        a, b = shingle(paragraphs(parts)), shingle(paragraphs(other))
        shared = len(np.intersect1d(a.unique, b.unique))
        true = shared / (len(a.unique) + len(b.unique) - shared)
        errors.append(sketch_of(a)[0].likeness(sketch_of(b)[0]) - true)
    assert abs(np.mean(errors)) < 0.02
    assert np.std(errors) < 0.08


def test_a_text_within_another_shares_its_passages() -> None:
    rng = random.Random(4)
    inner = story(rng, 4)
    longer = [*story(rng, 20), *inner, *story(rng, 20)]
    one, other = made(paragraphs(inner)), made(paragraphs(longer))
    assert one.overlap(other) > 0.6
    assert one.likeness(other) < 0.33
    assert set(one.keys()) & set(other.keys())


def test_passages_of_a_very_long_text_are_bounded_and_counted() -> None:
    found = fingerprint(" ".join(words(random.Random(5), 6_000)))
    assert found.sketch is not None
    assert len(found.sketch.passages) == MOST_PASSAGES
    assert found.passages_left_out > 0
