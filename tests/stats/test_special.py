"""The distribution functions are SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from roadworthy.stats import special

PARAMETERS = st.floats(1e-2, 1e5)


@given(st.just(0.0) | st.floats(1e-300, 1), PARAMETERS, PARAMETERS)
def test_the_incomplete_beta_function_is_scipys(x, a, b):
    """For parameters below 1 and for large ones, at the ends and between."""
    found = float(special.incomplete_beta(x, a, b))
    assert found == pytest.approx(scipy.special.betainc(a, b, x), rel=1e-7, abs=1e-12)


def test_shapes_broadcast():
    """Parameters of different shapes give the shape of all of them together."""
    assert special.incomplete_beta(np.full((3, 1), 0.2), np.ones(4), 2).shape == (3, 4)


def test_the_normal_tail_is_scipys():
    """Also far out, where one minus the distribution function would be 0."""
    z = np.linspace(-8, 20, 50)
    assert special.normal_tail(z) == pytest.approx(norm.sf(z), rel=1e-12)
