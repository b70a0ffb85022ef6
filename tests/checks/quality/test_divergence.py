"""Limits of a divergence are those of the noncentral chi-squared distribution."""

from __future__ import annotations

import pytest
from scipy.optimize import brentq
from scipy.stats import ncx2

from roadworthy.checks.quality.divergence import divergence_limits


@pytest.mark.parametrize("degrees", [1, 2, 9, 20])
@pytest.mark.parametrize("times_chance", [5.0, 40.0, 1000.0])
def test_the_limits_agree_with_scipy(degrees: int, times_chance: float) -> None:
    """Inverting SciPy's exact distribution gives the same limits to a hundredth of the width."""
    x = degrees * times_chance
    found = divergence_limits(x, degrees=degrees, per_chance=1.0, error=0.0, confidence=0.95)
    far = 4 * x + 200

    def limit(tail: float) -> float:
        if ncx2.cdf(x, degrees, 1e-9) <= tail:
            return 0.0
        return brentq(lambda centre: ncx2.cdf(x, degrees, centre) - tail, 1e-9, far)

    expected = limit(0.975), max(limit(0.025), x)
    assert found == pytest.approx(expected, abs=0.01 * (expected[1] - expected[0]))


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.5])
def test_what_chance_explains_reaches_down_to_zero(value: float) -> None:
    """An estimate within what chance makes has the lower limit 0 and holds itself."""
    low, high = divergence_limits(value, degrees=1, per_chance=1.0, error=0.0, confidence=0.95)
    assert low == 0.0
    assert high >= value
