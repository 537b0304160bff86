"""Whatever a site is like: each post of the window is found, or the run says that it was cut and a later one heals it.

The figure over 2,000 sites of up to 5,000 posts is made by ``python -m benchmarks.surfaces``.
"""

from __future__ import annotations

import pytest

from tests.surfaces.random_sites import SURFACES, RandomSite, try_site


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_lost_silently(seed: int) -> None:
    surface = SURFACES[seed % len(SURFACES)]
    outcome = try_site(seed, surface, most=150)
    assert not outcome.silent, (surface, sorted(outcome.silent)[:5])
    assert not outcome.stays, (surface, sorted(outcome.stays)[:5])


def test_the_sites_are_of_all_kinds() -> None:
    """A generator that draws harmless sites alone would prove nothing."""
    sites = [RandomSite(seed, 10) for seed in range(60)]
    for name in ("maker", "navigation", "stamps", "date_form", "ignores", "totals", "has_days", "cache_age"):
        assert len({getattr(site, name) for site in sites}) > 2, name
    outcomes = [try_site(seed, SURFACES[seed % 4], most=150) for seed in range(20)]
    assert any(one.missing for one in outcomes)
    assert any(one.wanted and not one.missing for one in outcomes)
