"""What a record costs between its answer and its feed, in calls of functions: no step grows dearer unseen."""

from __future__ import annotations

import json

from benchmarks.common import RESULTS
from benchmarks.hot_path import count

#: Other versions of Python and of libraries call a little more or less; so do fewer posts, which share a batch.
MORE = 1.2
#: What rules read of a text is theirs to decide, within reason.
MORE_OF_READING = 2.0
#: Steps of fewer calls a record tell nothing: a batch costs the same for few posts as for many.
FEW = 300


def test_no_step_of_the_hot_path_calls_more_than_it_did() -> None:
    kept: dict[str, float] = json.loads((RESULTS / "hot_path.json").read_text("utf-8"))["figures"]["calls_a_record"]
    dearer = _dearer(kept)
    if dearer:
        # Other tests of this process fill what is remembered of words, and it is emptied when it is full: just now, it
        # may be. What is really dearer is so twice.
        dearer = _dearer(kept)
    assert not dearer, f"calls a record, now and before (python -m benchmarks.hot_path --keep): {dearer}"


def _dearer(kept: dict[str, float]) -> dict[str, tuple[float, float]]:
    """The steps that call more than they did: calls a record, now and then."""
    found = count(20)
    assert found.keys() == kept.keys()
    return {
        name: (number, kept[name])
        for name, number in found.items()
        if name != "all" and number > max(FEW, kept[name] * (MORE_OF_READING if name == "read" else MORE))
    }
