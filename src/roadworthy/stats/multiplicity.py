"""How sure each of many statements must be, so that all of them together are sure enough.

Sources: Sidak (1967), whose inequality holds for any correlation of two-sided normal statements and
with equality for independent groups; Benjamini and Hochberg (1995).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.stats.intervals import Floats


def sidak(confidence: float, statements: ArrayLike) -> Floats:
    """The confidence that each of so many statements needs.

    >>> sidak(0.95, [1, 2]).round(5)
    array([0.95   , 0.97468])
    """
    return np.asarray(confidence ** (1.0 / np.maximum(statements, 1)), dtype=np.float64)


def bonferroni(confidence: float, statements: ArrayLike) -> Floats:
    """The confidence that each of so many statements needs, whatever ties them together.

    >>> bonferroni(0.95, [1, 2]).round(5)
    array([0.95 , 0.975])
    """
    return np.asarray(1.0 - (1.0 - confidence) / np.maximum(statements, 1), dtype=np.float64)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Adjusted p-values: rejecting those up to q keeps the false discovery rate at q.

    NaN (no test was possible) stays NaN and does not count.

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    tested: NDArray[np.intp] = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
