"""Does one feature alone tell the label?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.checks.check import SAMPLE_ROWS, CheckSpec, Subject
from roadworthy.checks.quality.columns import NO_LABEL, PILLAR, feature_columns
from roadworthy.data.bins import Bins, choose_bins, count_bins
from roadworthy.data.expression import CastType, cast
from roadworthy.data.profile import is_missing, present
from roadworthy.records.evidence import Direction, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL, Slice
from roadworthy.records.versions import Column, Task
from roadworthy.stats.classes import encode_classes
from roadworthy.stats.intervals import area

CELLS, CATEGORIES = 16, 32
FEWEST = 10
"""Rows of a class below which halving them leaves too little to learn the order of bins from."""

_LARGE = 1_000_000_000
"""From so many rows on, each row's half is drawn on its own: a draw of exactly half is too slow."""

Counts = NDArray[np.int64]

AUC = MeasureSpec(
    slug="single-feature-auc",
    pillar=PILLAR,
    title="Label told by one feature",
    plain=(
        "How well this feature alone ranks the rows with a positive label above the others: 0.5 "
        "says nothing, and near 1 it may be the answer itself."
    ),
    direction=Direction.NEITHER,
    low=0,
    high=1,
    assumptions=(
        "Numbers are cut into about 16 bins, text and codes into up to 32; missing values have a "
        f"bin. They are chosen from at most {SAMPLE_ROWS:,} rows, by the seed and the order of "
        "rows. Bins are ordered by their positive rate in one half of the rows and judged on the "
        "other, both ways. The halves are drawn by thinning counts, with the seed."
    ),
    source="Kaufman et al. (2012), Leakage in Data Mining; interval by Newcombe (2006), method 5",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakageCheck:
    """Counts all features by label in one pass, and ranks with each alone."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One area under the ROC curve for each feature."""
        features = feature_columns(subject)
        if subject.roles.label is None or len(subject.plan.classes) != 2:  # noqa: PLR2004 - binary
            reason = NO_LABEL if subject.roles.label is None else "the label has over two classes"
            for where in [Slice.of({"feature": item.name}) for item in features] or [ALL]:
                yield subject.evidence(AUC, where, Unmeasured(reason=reason))
            return
        chosen = {item.name: _bins(subject, item) for item in features}
        counts = _by_class(subject, [bins for bins in chosen.values() if bins is not None])
        generator = np.random.default_rng(subject.seed)
        for item in features:
            where, bins = Slice.of({"feature": item.name}), chosen[item.name]
            if bins is None:
                reason = f"a column of type {item.type} is not cut into bins"
                yield subject.evidence(AUC, where, Unmeasured(reason=reason))
                continue
            outcome = _rank(counts[item.name], generator, subject.confidence)
            yield subject.evidence(AUC, where, outcome, bins=bins.cells, seed=subject.seed)


def _bins(subject: Subject, item: Column) -> Bins | None:
    return choose_bins(item, subject.sample[item.name], cells=CELLS, categories=CATEGORIES)


def _by_class(subject: Subject, bins: list[Bins]) -> dict[str, Counts]:
    """Rows by class (negative, positive) and bin of each feature, shape (2, cells)."""
    name = subject.roles.label or ""
    label = next(item for item in subject.table.columns if item.name == name)
    groups = count_bins(
        subject.table,
        bins,
        by={"class": cast(present(label), CastType.TEXT)},
        where=~is_missing(label),
    )
    texts = [keys["class"] for keys, _ in groups]
    codes = encode_classes(texts, [1] * len(texts), subject.plan.classes, column=name)
    found = {item.column.name: np.zeros((2, item.cells), np.int64) for item in bins}
    for code, (_, counts) in zip(codes, groups, strict=True):
        for item, cells in zip(bins, counts, strict=True):
            found[item.column.name][code] += cells
    return found


def _rank(
    counts: Counts, generator: np.random.Generator, confidence: float
) -> Measured | Unmeasured:
    negatives, positives = (int(n) for n in counts.sum(axis=1))
    rows = negatives + positives
    if min(negatives, positives) < FEWEST:
        reason = f"a class has fewer than {FEWEST} rows with a label"
        return Unmeasured(reason=reason, rows=rows)
    first = np.stack([_half(row, generator) for row in counts])
    second = counts - first
    value = (_auc(second, _rates(first)) + _auc(first, _rates(second))) / 2
    low, high = area(value, positives, negatives, confidence)
    return Measured(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        rows=rows,
        method="newcombe-auc",
        confidence=confidence,
    )


def _half(row: Counts, generator: np.random.Generator) -> Counts:
    """The bins of a random half of these rows: the same as halving the rows themselves."""
    rows = int(row.sum())
    if rows >= _LARGE:
        return np.asarray(generator.binomial(row, 0.5))
    return np.asarray(generator.multivariate_hypergeometric(row, rows // 2, method="marginals"))


def _rates(counts: Counts) -> NDArray[np.float64]:
    """The positive rate of each bin, drawn towards the overall rate where rows are few."""
    overall = counts[1].sum() / counts.sum()
    return np.asarray((counts[1] + overall) / (counts.sum(axis=0) + 1.0))


def _auc(counts: Counts, order: NDArray[np.float64]) -> float:
    """The area when bins are ranked by `order`; bins of one rank are tied."""
    _, rank = np.unique(order, return_inverse=True)
    negative = np.bincount(rank, weights=counts[0])
    positive = np.bincount(rank, weights=counts[1])
    below = np.cumsum(negative) - negative
    pairs = negative.sum() * positive.sum()
    return float((positive * (below + negative / 2)).sum() / pairs)


LEAKAGE = LeakageCheck(
    spec=CheckSpec(
        slug="leakage",
        version=1,
        pillar=PILLAR,
        title="Target leakage by one feature",
        assumptions=AUC.assumptions,
        source=AUC.source,
        measures=(AUC,),
        tasks=(Task.BINARY, Task.MULTICLASS, Task.MULTILABEL),
    )
)
