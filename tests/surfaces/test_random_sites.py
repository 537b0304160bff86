"""Whatever a site is like: each post of the window is found, or the run says that it was cut."""

from __future__ import annotations

import pytest

from tests.surfaces.random_sites import SURFACES, lost


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_lost_silently(seed: int) -> None:
    surface = SURFACES[seed % len(SURFACES)]
    missing, got, _ = lost(seed, surface)
    assert not missing or got.loud, (surface, sorted(missing)[:5])
