"""What is loaded once is passed over by the garbage collector."""

from __future__ import annotations

import gc

from newscrawl.workers.garbage import NEW_OBJECTS, spare_the_loaded


def test_what_is_there_is_passed_over_and_what_is_new_looked_at_less_often() -> None:
    before = gc.get_threshold()
    circle: list[object] = []
    circle.append(circle)
    try:
        spare_the_loaded()
        assert gc.get_freeze_count() > 0
        assert not any(one is circle for one in gc.get_objects())
        assert gc.get_threshold() == (NEW_OBJECTS, *before[1:])
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
