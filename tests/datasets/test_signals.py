"""Times that are taken out of signals come back where they were."""

from __future__ import annotations

import json
import random
from typing import Any

import orjson
import pyarrow as pa
import pytest

from newscrawl.datasets.schema import arrow_type, record_shape
from newscrawl.datasets.signals import MOST_TIMES, dated, read_signals

KIND = arrow_type(record_shape().fields["rights"])
NAMES = [one.name for one in KIND.field("post").type]


def _back(texts: list[str]) -> tuple[list[Any], list[Any], int]:
    """What comes back, what was given, and how many different objects were read."""
    values, times = read_signals(texts)
    made = dated(pa.array(values, KIND), times)
    made.validate(full=True)
    return made.to_pylist(), pa.array([json.loads(one) for one in texts], KIND).to_pylist(), len({*map(id, values)})


def _random(rng: random.Random, ats: list[str | None]) -> dict[str, Any]:
    def party() -> dict[str, Any]:
        return {
            name: {"value": rng.choice(["none", 'a"at":"b', "at", "reserved"]), "at": rng.choice(ats)}
            | ({"source": rng.choice(["meta", "header"])} if rng.random() < 0.5 else {})
            for name in rng.sample(NAMES, rng.randint(0, len(NAMES)))
        }

    return {"post": party(), "original": party(), "effective": {"tdm": rng.choice(["none", "reserved"])}}


@pytest.mark.parametrize("spaces", [False, True], ids=["sqlite", "postgresql"])
def test_each_time_comes_back_to_its_place(spaces: bool) -> None:
    rng = random.Random(5)
    odd = ["2026-01-02T03:04:05Z", "2025-01-02T03:04:05Z", "@0", "", None, 'q"uote', "\\", *"xyz"]
    records = [_random(rng, rng.sample(odd, rng.randint(1, len(odd)))) for _ in range(300)]
    texts = [json.dumps(one) if spaces else orjson.dumps(one).decode() for one in records]
    made, given, _ = _back(texts)
    assert made == given


def test_the_same_signals_at_other_times_are_read_once() -> None:
    signals = [{"tdm": {"value": "none", "at": f"2026-01-02T03:04:{second:02}Z"}} for second in range(50)]
    pairs = [
        {"post": one, "original": other, "effective": {}} for one, other in zip(signals, signals[::-1], strict=True)
    ]
    made, given, read = _back([orjson.dumps(one).decode() for one in pairs])
    assert made == given
    assert read == 1


def test_a_record_of_many_times_keeps_them_in_its_text() -> None:
    post = {name: {"value": "none", "at": str(number)} for number, name in enumerate(NAMES[: MOST_TIMES + 1])}
    made, given, _ = _back([orjson.dumps({"post": post, "original": {}, "effective": {}}).decode()] * 2)
    assert made == given
