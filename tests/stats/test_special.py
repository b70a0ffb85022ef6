"""The normal tail is SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from roadworthy.stats import special


def test_the_normal_tail_is_scipys():
    """Also far out, where one minus the distribution function would be 0."""
    z = np.linspace(-8, 20, 50)
    assert special.normal_tail(z) == pytest.approx(norm.sf(z), rel=1e-12)
