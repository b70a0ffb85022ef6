"""Can a classifier tell rows of this table from rows of the reference?

Columns that look alike one by one can still belong together in another way. A classifier that sees
all of them at once finds that, and says which columns give a row away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import NO_REFERENCE, PILLAR, data_columns, is_candidate
from roadworthy.data.engine import Table
from roadworthy.data.learner import Learner
from roadworthy.data.profile import PLAIN
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import ALL
from roadworthy.stats.separation import cross_validated_area

ROWS, FOLDS, FEWEST = 5_000, 4, 200
NAMED = 5
"""So many columns are named as those that tell the tables apart best."""

SHUFFLED = 2_500
"""Columns are shuffled in as many folds as hold so many rows: scoring them costs most."""

NO_LEARNER = "scikit-learn is not installed; install roadworthy[sklearn] to learn a classifier"

AREA = MeasureSpec(
    slug="domain-classifier-auc",
    pillar=PILLAR,
    title="Domain classifier, AUC",
    plain="How well a classifier tells this table's rows from the reference's: 0.5 is a guess.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0.5,
    assumptions=(
        f"A sample of at most {ROWS:,} rows of each table, the same for one seed; {FOLDS} folds, "
        "each scored by a classifier that has not seen it; rows are independent. The interval "
        "allows for classifiers of different folds having seen the same rows. What the "
        "classifier cannot find is not counted, so the tables may differ more. Identifiers, "
        "weights and times are left out. `told_apart_by` is the loss of AUC when a column is "
        f"shuffled, in {SHUFFLED:,} rows or in all; columns that tell the same story share it."
    ),
    source="Lopez-Paz and Oquab (2017), Revisiting Classifier Two-Sample Tests; LeDell et al. "
    "(2015), Nadeau and Bengio (2003) for the interval",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCheck:
    """Learns to tell the tables apart, on some of the rows, and tries it on the others."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """One number for both tables."""
        if subject.reference is None:
            yield subject.evidence(AREA, ALL, Unmeasured(reason=NO_REFERENCE))
        elif subject.learner is None:
            yield subject.evidence(AREA, ALL, Unmeasured(reason=NO_LEARNER))
        else:
            yield _told_apart(subject, subject.reference, subject.learner)


def _told_apart(subject: Subject, reference: Table, learner: Learner) -> Evidence:
    theirs = {item.name: item.type for item in reference.columns}
    names = [
        item.name
        for item in data_columns(subject)
        if is_candidate(subject, item) and item.type in PLAIN and theirs.get(item.name) == item.type
    ]
    if not names:
        return subject.evidence(AREA, ALL, Unmeasured(reason="the tables share no plain column"))
    parts = [
        table.read(names, sample=ROWS if table.rows > ROWS else None, seed=subject.seed)
        for table in (reference, subject.table)
    ]
    if min(part.num_rows for part in parts) < FEWEST:
        reason = f"one of the tables has fewer than {FEWEST} rows"
        return subject.evidence(AREA, ALL, Unmeasured(reason=reason))
    rows = pa.concat_tables(parts, promote_options="permissive")
    label = np.repeat(np.arange(2, dtype=np.int8), [part.num_rows for part in parts])
    tried = _cross_fit(rows, label, learner, subject.seed)
    estimate = cross_validated_area(label, tried.scores, tried.fold, shared=1 / (FOLDS - 1))
    (outcome,) = estimate.outcomes(subject.confidence)
    told: dict[str, JSON] = dict(tried.named(label))
    return subject.evidence(
        AREA,
        ALL,
        outcome,
        classifier=learner.name,
        folds=FOLDS,
        seed=subject.seed,
        reference_rows=parts[0].num_rows,
        columns=len(names),
        told_apart_by=told,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tried:
    """The scores of rows by a classifier that has not seen them, shape (rows,) each.

    `shuffled` holds, for each column, the scores when that column's values are shuffled; those of
    the first `tried` folds.
    """

    fold: NDArray[np.int64]
    scores: NDArray[np.float64]
    shuffled: dict[str, NDArray[np.float64]]
    tried: int

    def named(self, label: NDArray[np.int8]) -> list[tuple[str, float]]:
        """The columns whose shuffling costs most, and what it costs, largest first."""
        own = self.fold < self.tried

        def area(scores: NDArray[np.float64]) -> float:
            return float(cross_validated_area(label[own], scores[own], self.fold[own]).value[0])

        whole = area(self.scores)
        lost = {name: whole - area(scores) for name, scores in self.shuffled.items()}
        found = sorted(lost.items(), key=lambda item: (-item[1], item[0]))
        return [(name, cost) for name, cost in found[:NAMED] if cost > 0]


def _cross_fit(rows: pa.Table, label: NDArray[np.int8], learner: Learner, seed: int) -> _Tried:
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(label)).astype(np.int64) % FOLDS
    scores = np.zeros(len(label))
    shuffled = {name: np.zeros(len(label)) for name in rows.column_names}
    folds = min(-(-SHUFFLED * FOLDS // len(label)), FOLDS)
    for held in range(FOLDS):
        own = np.flatnonzero(fold == held)
        others = np.flatnonzero(fold != held)
        score: Callable[[pa.Table], NDArray[np.float64]] = learner.fit(
            rows.take(others), label[others], seed=seed
        )
        tried = rows.take(own)
        scores[own] = score(tried)
        for place, name in enumerate(rows.column_names if held < folds else ()):
            mixed = tried.column(place).take(rng.permutation(len(own)))
            shuffled[name][own] = score(tried.set_column(place, name, mixed))
    return _Tried(fold=fold, scores=scores, shuffled=shuffled, tried=folds)


DOMAIN = DomainCheck(
    spec=CheckSpec(
        slug="domain-classifier",
        version=2,
        pillar=PILLAR,
        title="Telling the tables apart",
        assumptions=AREA.assumptions,
        source=AREA.source,
        measures=(AREA,),
    )
)
