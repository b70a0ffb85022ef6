"""The tail of the normal distribution, vectorised, without SciPy."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
from numpy.typing import ArrayLike

from roadworthy.stats.intervals import Floats

_ERFC = np.frompyfunc(erfc, 1, 1)


def normal_tail(z: ArrayLike) -> Floats:
    """The probability that a standard normal variable is z or more.

    >>> round(float(normal_tail(1.96)), 4)
    0.025
    """
    found = _ERFC(np.asarray(z, dtype=np.float64) / sqrt(2.0)) / 2.0
    return np.asarray(found, dtype=np.float64)
