"""Reweighing: row weights under which label and group are independent.

A row of group g with label y weighs P(g) P(y) / P(g, y): what it would have been expected to weigh
if the label did not depend on the group, against what was observed. Nothing about a row changes but
how much it counts.

Source: Kamiran and Calders (2012), Data preprocessing techniques for classification without
discrimination.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roadworthy.errors import DataError


def reweigh(
    groups: ArrayLike, label: ArrayLike, weights: ArrayLike | None = None
) -> NDArray[np.float64]:
    """The weight of each row, shape (rows,); it already contains the row's own weight, if any.

    Args:
        groups: the group of each row.
        label: the label of each row.
        weights: what each row weighed before.

    >>> groups = ["men", "men", "men", "women"]
    >>> reweigh(groups, [1, 1, 0, 0]).round(3).tolist()
    [0.75, 0.75, 1.5, 0.5]

    Raises:
        DataError: the rows differ in number, or nothing weighs anything.
    """
    group_codes, label_codes, own = _codes(groups, label, weights)
    factors, _ = _factors(group_codes, label_codes, own)
    weighed: NDArray[np.float64] = own * factors[group_codes[1], label_codes[1]]
    return weighed


def reweighing_table(
    groups: ArrayLike, label: ArrayLike, weights: ArrayLike | None = None
) -> Mapping[tuple[str, str], float]:
    """The weight of each combination of group and label that occurs, in sorted order.

    Raises:
        DataError: the rows differ in number, or nothing weighs anything.
    """
    group_codes, label_codes, own = _codes(groups, label, weights)
    factors, observed = _factors(group_codes, label_codes, own)
    return {
        (str(group), str(value)): float(factors[i, j])
        for i, group in enumerate(group_codes[0])
        for j, value in enumerate(label_codes[0])
        if observed[i, j] > 0
    }


_Codes = tuple[NDArray[np.str_], NDArray[np.intp]]


def _codes(
    groups: ArrayLike, label: ArrayLike, weights: ArrayLike | None
) -> tuple[_Codes, _Codes, NDArray[np.float64]]:
    group, value = np.asarray(groups).astype(str), np.asarray(label).astype(str)
    own = np.ones(len(group)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not len(group) == len(value) == len(own):
        raise DataError(
            f"reweighing needs a group, a label and a weight for each row; "
            f"found {len(group)}, {len(value)} and {len(own)}"
        )
    if not (np.isfinite(own).all() and (own >= 0).all() and own.sum() > 0):
        raise DataError("reweighing needs weights that are not negative and not all 0")
    return (
        np.unique(group, return_inverse=True),
        np.unique(value, return_inverse=True),
        own,
    )


def _factors(
    group: _Codes, label: _Codes, own: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expected over observed weight, by group and label; and the observed weights."""
    observed = np.zeros((len(group[0]), len(label[0])))
    np.add.at(observed, (group[1], label[1]), own)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()
    factors = np.divide(expected, observed, out=np.zeros_like(expected), where=observed > 0)
    return factors, observed
