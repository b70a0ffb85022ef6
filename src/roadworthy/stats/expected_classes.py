"""The confusion matrix that labels of several classes would show, and losses of probabilities.

Each class k is counted by its score and by the decided class j, and calibrated by both.
The sum of the calibrated chances of k over the rows said to be j are expected to be of class k:

- the diagonal stands as it is: how often a decision is right is read from the scores of its class;
- the rest of the rows said to be j is shared out between the other classes in proportion to their
  sums, so that the matrix adds up to the rows that were counted.

Redrawn matrices keep that bond: where more decisions for j are right, fewer rows are of other
classes. Labels that fall by chance are redrawn from Poisson distributions, cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from roadworthy.stats.calibrator import Calibrator
from roadworthy.stats.class_calibrators import ClassCalibrators, against
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.expected import (
    COARSE,
    REPLICATES,
    Expected,
    Scored,
    calibrated,
    redraw,
    rows_behind,
    scored_rows,
)
from roadworthy.stats.expected_counts import METHOD, ExpectedCounts
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, Interval, critical
from roadworthy.stats.losses import CLIP

FEWEST, MOST_CELLS = 50, 2 * 10**7
"""How often is redrawn at least, and the numbers up to which it is redrawn more often."""


def expect_matrix(
    tables: Sequence[SliceTable],
    known: Sequence[ClassCalibrators],
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> ExpectedCounts:
    """The expected rows by class and decision of each slice.

    Args:
        tables: the counts of each class's scores, whose label axis holds the decided class.
        known: what the reference teaches of each class.
        seed: of the redrawn references and labels.
        replicates: how many are redrawn; fewer of very many classes and slices.

    Raises:
        ValueError: a table counts no scores.
    """
    classes, slices = len(tables), len(tables[0].slices)
    numbers = slices * classes * max(classes, COARSE)
    replicates = min(replicates, max(FEWEST, MOST_CELLS // max(numbers, 1)))
    sums, redrawn = [], []
    for k, (table, own) in enumerate(zip(tables, known, strict=True)):
        generator = np.random.default_rng([seed, k])
        each = [own.given(slice_, j) for slice_ in table.slices for j in range(classes)]
        rows = _each_decision(scored_rows(table))
        sums.append(_together(rows, calibrated(each, rows.mean)))
        coarse = rows.coarse()
        redrawn.append(_together(coarse, redraw(each, coarse.mean, generator, replicates)))
    decided = scored_rows(tables[0]).weight.sum(axis=2)
    chance = _shared_out(_matrix(redrawn, slices), decided)
    drawn = np.random.default_rng([seed, classes]).poisson(np.nan_to_num(chance))
    return ExpectedCounts(
        counts=_shared_out(_matrix(sums, slices), decided),
        replicates=np.where(np.isnan(chance), np.nan, drawn),
    )


def expect_class(
    table: SliceTable, known: ClassCalibrators, matrix: ExpectedCounts, k: int, *, seed: int = 0
) -> tuple[SliceTable, Expected]:
    """What labels would show of one class against the rest.

    Args:
        table: the counts of the class's scores, whose label axis holds the decided class.
        known: what the reference teaches of the class.
        matrix: the expected rows by class and decision.
        k: the position of the class.
        seed: of the redrawn references.

    Returns:
        The table with the decision for or against the class, and the expectation.
    """
    classes = table.counts.shape[1] - 1
    binary = against(table, [j for j in range(classes) if j != k], [k])
    each: list[Calibrator | None] = [known.of(slice_) for slice_ in table.slices]
    scored = scored_rows(binary)
    coarse = scored.coarse()
    counts = matrix.against_rest(k)
    generator = np.random.default_rng([seed, classes + 1 + k])
    return binary, Expected(
        counts=counts.counts,
        replicates=counts.replicates,
        scored=scored,
        probability=calibrated(each, scored.mean),
        coarse=coarse,
        redrawn=redraw(each, coarse.mean, generator, len(matrix.replicates)),
        calibrated_on=rows_behind(each),
    )


def log_loss(classes: Sequence[Expected]) -> Estimates:
    """The expected mean of minus the logarithm of the probability given to the true class."""
    return _mean_loss(classes, lambda score: -np.log(np.clip(score, CLIP, 1.0)))


def brier_score(classes: Sequence[Expected]) -> Estimates:
    """The expected mean of the squared distance of all probabilities from what happens, 0 to 2."""
    squares = sum(_mean_square(one.scored) for one in classes)
    return _mean_loss(classes, lambda score: 1.0 - 2.0 * score, more=np.asarray(squares))


def _mean_loss(
    classes: Sequence[Expected],
    loss: Callable[[Floats], Floats],
    *,
    more: Floats | float = 0.0,
) -> Estimates:
    """The expected mean of a loss that depends on the score of the true class; `more` is added.

    The chances of all classes are scaled to add up to 1 on average. Redrawn references vary class
    by class, which makes the error rather too large: where one class is likelier, others are less.
    """
    rows = [one.scored.weight.sum(axis=1) for one in classes]
    losses = [loss(one.scored.mean) for one in classes]
    chances = [one.probability for one in classes]
    parts = list(zip(rows, chances, losses, strict=True))
    total = sum((weight * chance).sum(axis=1) for weight, chance, _ in parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, square = (
            sum((weight * chance * lost**power).sum(axis=1) for weight, chance, lost in parts)
            / total
            for power in (1, 2)
        )
        chance_error = np.maximum(square - mean**2, 0.0) / rows[0].sum(axis=1)
    error = np.sqrt(chance_error + _redrawn_mean(classes, loss).var(axis=0))
    value = mean + more

    def bounds(confidence: Floats) -> Interval:
        half = critical(confidence) * error
        return Interval(np.maximum(value - half, 0.0), value + half)

    return Estimates(
        value=value,
        rows=classes[0].scored.rows,
        bounds=bounds,
        method=METHOD,
        reason="no row has the probabilities of all classes",
    )


def _redrawn_mean(classes: Sequence[Expected], loss: Callable[[Floats], Floats]) -> Floats:
    """The mean loss by each redrawn reference, shape (R, S)."""
    lost, total = 0.0, 0.0
    for one in classes:
        weight = one.coarse.weight.sum(axis=1)
        lost = lost + np.einsum("su,rsu->rs", weight * loss(one.coarse.mean), one.redrawn)
        total = total + np.einsum("su,rsu->rs", weight, one.redrawn)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(lost / total)


def _mean_square(rows: Scored) -> Floats:
    """The mean squared score of each slice, shape (S,)."""
    weight = rows.weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weight * rows.mean**2).sum(axis=1) / weight.sum(axis=1))


def _each_decision(rows: Scored) -> Scored:
    """The rows of each decision in each slice as a slice of its own, shape (S J, 1, U)."""
    slices, decisions, bins = rows.weight.shape
    return Scored(
        low=rows.low,
        high=rows.high,
        weight=rows.weight.reshape(slices * decisions, 1, bins),
        mean=np.repeat(rows.mean, decisions, axis=0),
        rows=np.repeat(rows.rows, decisions),
    )


def _together(rows: Scored, chance: Floats) -> Floats:
    """The sum of chances over the rows of each slice, shape (..., S)."""
    return np.asarray(np.einsum("su,...su->...s", rows.weight[:, 0], chance))


def _matrix(sums: Sequence[Floats], slices: int) -> Floats:
    """Sums of each class by slice and decision, shape (..., S J) each, as (..., S, K, J)."""
    each = [item.reshape(*item.shape[:-1], slices, -1) for item in sums]
    return np.stack(each, axis=-2)


def _shared_out(sums: Floats, decided: Floats) -> Floats:
    """Sums of chances (..., S, K, K) with the diagonal kept and each decision as it was counted.

    A slice of which a sum is unknown has none.
    """
    own = np.eye(sums.shape[-1], dtype=bool)
    sums = np.where(np.isnan(sums).any(axis=(-1, -2), keepdims=True), np.nan, sums)
    right = np.minimum(np.diagonal(sums, axis1=-2, axis2=-1), decided)
    others = np.where(own, 0.0, sums)
    whole = others.sum(axis=-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where(whole == 0, 0.0, (decided - right) / whole)
    return np.where(own, right[..., None, :], others * scale[..., None, :])
