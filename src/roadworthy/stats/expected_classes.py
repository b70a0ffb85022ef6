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

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

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
from roadworthy.stats.expected_counts import METHOD, ExpectedCounts, without_scores
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats, Interval, critical
from roadworthy.stats.losses import CLIP

FEWEST, MOST_NUMBERS = 50, 2 * 10**7
"""How often is redrawn at least, and the numbers up to which it is redrawn more often."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpectedClasses:
    """What labels of K classes would show in S slices.

    Attributes:
        table: the counts without scores; both axes hold the decided class.
        matrix: the expected rows by class and decision.
        classes: each class against the rest: its counts by decision, and what is expected of it.
    """

    table: SliceTable
    matrix: ExpectedCounts
    classes: tuple[tuple[SliceTable, Expected], ...]


def expect_classes(
    tables: Iterable[SliceTable],
    known: Sequence[ClassCalibrators],
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> ExpectedClasses:
    """What labels would show of all classes and of each one.

    Args:
        tables: the counts of each class's scores, whose label axis holds the decided class; each is
            looked at once.
        known: what the reference teaches of each class.
        seed: of the redrawn references and labels.
        replicates: how many are redrawn; fewer of very many classes and slices.

    Raises:
        ValueError: a table counts no scores.
    """
    found = [
        _one_class(table, own, k, seed=seed, replicates=replicates)
        for k, (table, own) in enumerate(zip(tables, known, strict=True))
    ]
    table, classes = found[0].table, len(found)
    decided = found[0].decided
    slices = len(decided)
    chance = _shared_out(_matrix([one.redrawn_sums for one in found], slices), decided)
    drawn = np.random.default_rng([seed, classes]).poisson(np.nan_to_num(chance))
    matrix = ExpectedCounts(
        counts=_shared_out(_matrix([one.sums for one in found], slices), decided),
        replicates=np.where(np.isnan(chance), np.nan, drawn),
    )
    return ExpectedClasses(
        table=table,
        matrix=matrix,
        classes=tuple(_against_rest(one, matrix, k) for k, one in enumerate(found)),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _OneClass:
    """What the scores of one class tell.

    Attributes:
        table: the counts without scores.
        decided: rows by slice and decision, shape (S, J).
        sums: of its calibrated chances by slice and decision, shape (S J,).
        redrawn_sums: the same by redrawn references, shape (R, S J).
        scored: its scores, decided for other classes or for it.
        coarse: the same in fewer bins.
        calibrators: of each slice, whatever is decided.
        redrawn: their chances in the coarse bins by redrawn references, shape (R, S, C).
    """

    table: SliceTable
    decided: Floats
    sums: Floats
    redrawn_sums: Floats
    scored: Scored
    coarse: Scored
    calibrators: Sequence[Calibrator | None]
    redrawn: Floats


def _one_class(
    table: SliceTable, known: ClassCalibrators, k: int, *, seed: int, replicates: int
) -> _OneClass:
    classes, slices = table.counts.shape[1] - 1, table.slices
    numbers = len(slices) * classes * max(classes, COARSE)
    replicates = min(replicates, max(FEWEST, MOST_NUMBERS // max(numbers, 1)))
    generator = np.random.default_rng([seed, k])
    whole = scored_rows(table)
    each = [known.given(slice_, j) for slice_ in slices for j in range(classes)]
    rows = _each_decision(whole)
    coarse = rows.coarse()
    pooled = [known.of(slice_) for slice_ in slices]
    others = np.arange(classes) != k
    weight = np.stack([whole.weight[:, others].sum(axis=1), whole.weight[:, k]], axis=1)
    scored = replace(whole, weight=weight)
    fewer = scored.coarse()
    return _OneClass(
        table=without_scores(table),
        decided=whole.weight.sum(axis=2),
        sums=_together(rows, calibrated(each, rows.mean)),
        redrawn_sums=_together(coarse, redraw(each, coarse.mean, generator, replicates)),
        scored=scored,
        coarse=fewer,
        calibrators=pooled,
        redrawn=redraw(pooled, fewer.mean, generator, replicates),
    )


def _against_rest(one: _OneClass, matrix: ExpectedCounts, k: int) -> tuple[SliceTable, Expected]:
    """The counts for and against a class, and what labels would show of it."""
    others = [j for j in range(one.decided.shape[1]) if j != k]
    counts = matrix.against_rest(k)
    return against(one.table, others, [k]), Expected(
        counts=counts.counts,
        replicates=counts.replicates,
        scored=one.scored,
        probability=calibrated(one.calibrators, one.scored.mean),
        coarse=one.coarse,
        redrawn=one.redrawn,
        calibrated_on=rows_behind(one.calibrators),
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
