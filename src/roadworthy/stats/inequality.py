"""How unequally a system's errors fall: entropy of the benefits that people get.

The benefit of a row is prediction minus label plus 1: a wrong refusal gives 0, a right decision 1
and a wrong selection 2. So everything here is a function of three counts, in each group.

- generalised entropy of order 2: half the squared coefficient of variation of benefits.
- Theil's index: the mean of b/m ln(b/m), natural logarithm, m being the mean benefit.
- between groups: the entropy if everybody got their group's mean benefit; the rest lies within.

Intervals come from the delta method, on the logarithmic scale, for counts with half a row added to
each: so a sample without any error does not claim that there are none. The part between groups is
the square of a distance, and biased upwards; its interval allows for the distance that resampled
groups have from themselves (the triangle inequality, as for distances of distributions), and takes
the groups' sizes as given.

Sources: Speicher et al. (2018); Shorrocks (1980); Theil (1967).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import intervals, rates
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, Interval

BENEFITS = np.array([0.0, 1.0, 2.0])
"""What a wrong refusal, a right decision and a wrong selection give."""

REPLICATES = 1_000
ADDED = 0.5
"""Rows added to each benefit before an interval is made."""

NOBODY = "no row has both a label and a prediction"
NOTHING = "everybody who could get a benefit was wrongly refused, so there is nothing to share"

_CELLS = (
    (rates.FALSE_NEGATIVE,),
    (rates.TRUE_NEGATIVE, rates.TRUE_POSITIVE),
    (rates.FALSE_POSITIVE,),
)
_LOGARITHMS = np.array([0.0, 0.0, 2.0 * np.log(2.0)])
"""b ln b; its limit at 0 is 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Benefits:
    """How much weight in each of S slices gets each benefit.

    Attributes:
        weight: shape (S, 3), in the order of `BENEFITS`.
        rows: rows with a benefit, shape (S,).
        effective: effective number of those rows, shape (S,).
    """

    weight: Floats
    rows: NDArray[np.int64]
    effective: Floats

    @property
    def shares(self) -> Floats:
        """The share of each benefit, shape (S, 3); NaN without rows."""
        total = self.weight.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.weight / total)

    @property
    def smoothed(self) -> Floats:
        """The shares with half an effective row added to each benefit, shape (S, 3)."""
        counts = np.nan_to_num(self.shares) * self.effective[:, None] + ADDED
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def benefits(table: SliceTable) -> Benefits:
    """The benefits of the rows of each slice that have a label and a prediction."""
    known = tuple(cell for cells in _CELLS for cell in cells)
    return Benefits(
        weight=np.stack([rates.weight_of(table, cells) for cells in _CELLS], axis=1),
        rows=rates.rows_of(table, known),
        effective=rates.effective(table, known),
    )


def generalized_entropy(found: Benefits) -> Estimates:
    """Generalised entropy of order 2: 0 if all benefits are equal."""
    return _estimates(found, _entropy(found.shares), _entropy(found.smoothed), _entropy_slope)


def theil(found: Benefits) -> Estimates:
    """Theil's index: 0 if all benefits are equal."""
    return _estimates(found, _theil(found.shares), _theil(found.smoothed), _theil_slope)


def variation(found: Benefits) -> Estimates:
    """The coefficient of variation: standard deviation of benefits over their mean."""
    plain = np.sqrt(2 * _entropy(found.shares))
    smoothed = np.sqrt(2 * _entropy(found.smoothed))

    def slope(shares: Floats) -> Floats:
        return np.asarray(_entropy_slope(shares) / np.sqrt(2 * _entropy(shares))[:, None])

    return _estimates(found, plain, smoothed, slope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the entropy of order 2, with its interval."""

    value: float
    low: float
    high: float
    method: str


def between_groups(
    found: Benefits,
    members: NDArray[np.intp],
    confidence: float,
    generator: np.random.Generator,
) -> Part:
    """The entropy if everybody in a group got the group's mean benefit."""
    size = found.weight[members].sum(axis=1)
    size = size / size.sum()
    relative = _relative(found.shares[members], size)
    value = float(np.sqrt((size * (relative - 1) ** 2).sum()))
    counts = np.maximum(np.rint(found.effective[members]).astype(np.int64), 1)
    smoothed = found.smoothed[members]
    drawn = np.stack(
        [
            generator.multinomial(n, share, size=REPLICATES) / n
            for n, share in zip(counts.tolist(), smoothed, strict=True)
        ],
        axis=1,
    )
    away = _relative(drawn, size) - _relative(smoothed, size)
    reach = float(np.quantile(np.sqrt((size * away**2).sum(axis=1)), confidence))
    return Part(
        value=value**2 / 2,
        low=max(value - reach, 0.0) ** 2 / 2,
        high=(value + reach) ** 2 / 2,
        method="bootstrap-triangle",
    )


def within_groups(found: Benefits, members: NDArray[np.intp], confidence: float) -> Part:
    """What is left of the entropy when that between groups is taken out."""
    size = found.weight[members].sum(axis=1)
    size = size / size.sum()
    value = _within(size[:, None] * found.shares[members])
    joint = size[:, None] * found.smoothed[members]
    center, slope = _within(joint), _within_slope(joint)
    rows = float(found.effective[members].sum())
    error = np.sqrt((joint * slope**2).sum() / rows)
    half = float(intervals.critical(confidence) * error / center)
    low, high = center * np.exp(-half), center * np.exp(half)
    return Part(
        value=value, low=float(min(low, value)), high=float(max(high, value)), method="delta-log"
    )


# --- formulas ------------------------------------------------------------------------------------


def _estimates(
    found: Benefits, value: Floats, center: Floats, slope: Callable[[Floats], Floats]
) -> Estimates:
    """A value, bounded around the smoothed one on the logarithmic scale."""
    shares = found.smoothed
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt((shares * slope(shares) ** 2).sum(axis=1) / found.effective)
        relative = error / center

    def bounds(confidence: Floats) -> Interval:
        half = intervals.critical(confidence) * relative
        with np.errstate(over="ignore", invalid="ignore"):
            low, high = center * np.exp(-half), center * np.exp(half)
        return Interval(np.where(value == 0, 0.0, low), high)

    nothing = (found.effective > 0) & ~np.isfinite(value)
    return Estimates(
        value=value,
        rows=found.rows,
        bounds=bounds,
        method="delta-log",
        reason=NOTHING if nothing.any() else NOBODY,
    )


def _entropy(shares: Floats) -> Floats:
    mean, square = shares @ BENEFITS, shares @ BENEFITS**2
    with np.errstate(invalid="ignore", divide="ignore"):
        entropy = np.where(mean > 0, (square / mean**2 - 1) / 2, np.nan)
    return np.where(entropy > 0, entropy, 0.0 * entropy)


def _entropy_slope(shares: Floats) -> Floats:
    """How much a further row of each benefit would change the entropy, shape (S, 3)."""
    mean, square = (shares @ BENEFITS)[:, None], (shares @ BENEFITS**2)[:, None]
    slope = (BENEFITS**2 - square) / mean**2 - 2 * square * (BENEFITS - mean) / mean**3
    return np.asarray(slope / 2)


def _theil(shares: Floats) -> Floats:
    mean, logs = shares @ BENEFITS, shares @ _LOGARITHMS
    with np.errstate(invalid="ignore", divide="ignore"):
        index = np.where(mean > 0, logs / mean - np.log(mean), np.nan)
    return np.where(index > 0, index, 0.0 * index)


def _theil_slope(shares: Floats) -> Floats:
    mean, logs = (shares @ BENEFITS)[:, None], (shares @ _LOGARITHMS)[:, None]
    away = BENEFITS - mean
    return np.asarray((_LOGARITHMS - logs) / mean - logs * away / mean**2 - away / mean)


def _relative(shares: Floats, size: Floats) -> Floats:
    """Mean benefits of groups, over that of all; groups on the last axis but one of the shares."""
    means = shares @ BENEFITS
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(means / (means * size).sum(axis=-1, keepdims=True))


def _within(joint: Floats) -> float:
    """The part within groups, from the shares of all rows by group and benefit, shape (G, 3)."""
    mean, square = float((joint @ BENEFITS).sum()), float((joint @ BENEFITS**2).sum())
    group, amount = joint.sum(axis=1), joint @ BENEFITS
    return max((square - float((amount**2 / group).sum())) / mean**2 / 2, 0.0)


def _within_slope(joint: Floats) -> Floats:
    mean, square = float((joint @ BENEFITS).sum()), float((joint @ BENEFITS**2).sum())
    means = ((joint @ BENEFITS) / joint.sum(axis=1))[:, None]
    between = float((joint.sum(axis=1)[:, None] * means**2).sum())
    of_square, of_between = BENEFITS**2 - square, 2 * means * BENEFITS - means**2 - between
    rest = square - between
    slope = (of_square - of_between) / mean**2 - 2 * rest * (BENEFITS - mean) / mean**3
    return np.asarray(slope / 2)
