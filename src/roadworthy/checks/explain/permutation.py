"""Permutation importance: how much worse a model ranks people when one input is shuffled.

Shuffling a column breaks its tie with the outcome and keeps its distribution. What the model loses
by it is what it gains from that column on these rows; columns that carry the same information stand
in for each other, so that each looks less important than it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.explain.questions import SAMPLE, Asked, prepare, score_all
from roadworthy.errors import DataError
from roadworthy.records.evidence import (
    Curve,
    Direction,
    Evidence,
    Measured,
    MeasureSpec,
    Unmeasured,
)
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats.paired import Placements, area_difference, mean_placements

REPEATS = 5
"""Shuffles of each column."""

PERMUTATION_IMPORTANCE = MeasureSpec(
    slug="permutation-importance",
    pillar="explain",
    title="Permutation importance",
    plain="How much worse the model tells the classes apart when this input is shuffled.",
    direction=Direction.NEITHER,
    low=-1.0,
    high=1.0,
    assumptions="Inputs that carry the same information stand in for each other.",
    source="Breiman (2001); Fisher, Rudin and Dominici (2019).",
)


class Permutation:
    """Shuffles each input in turn and measures the drop in the area under ROC."""

    spec = CheckSpec(
        slug="permutation-importance",
        version=1,
        pillar="explain",
        title="Importance of each input",
        assumptions=f"A random sample of at most {SAMPLE} rows, all counting alike; {REPEATS} "
        "shuffles of each input. The interval covers both the rows and the shuffles.",
        source="Breiman (2001); Fisher, Rudin and Dominici (2019); DeLong et al. (1988).",
        measures=(PERMUTATION_IMPORTANCE,),
        tasks=(Task.BINARY,),
    )

    def measure(self, subject: Subject) -> Iterable[Evidence | Curve]:
        """The importance of each of the model's inputs."""
        asked = prepare(subject, labelled=True)
        features = subject.model.features if subject.model else subject.roles.features
        if isinstance(asked, str):
            yield from _unmeasured(subject, features, asked)
            return
        subject.progress("shuffling inputs")
        undisturbed = _placements(asked, [asked.sample.rows])[0]
        if undisturbed is None:
            yield from _unmeasured(subject, features, "the sampled rows have one class only")
            return
        for feature in features:
            yield subject.evidence(
                PERMUTATION_IMPORTANCE,
                Slice.of({"feature": feature}),
                _importance(subject, asked, undisturbed, feature),
                sample=asked.sample.size,
                of=asked.sample.of,
                repeats=REPEATS,
                seed=subject.seed,
            )


PERMUTATION = Permutation()


def _importance(
    subject: Subject, asked: Asked, undisturbed: Placements, feature: str
) -> Measured | Unmeasured:
    rows = asked.sample.rows
    copies = [_shuffled(rows, feature, [subject.seed, repeat]) for repeat in range(REPEATS)]
    try:
        shuffled = [one for one in _placements(asked, copies) if one is not None]
    except DataError as error:
        return Unmeasured(reason=str(error), rows=rows.num_rows)
    areas = [one.area for one in shuffled]
    found = area_difference(
        undisturbed,
        mean_placements(shuffled),
        confidence=subject.confidence,
        extra_variance=float(np.var(areas, ddof=1)) / REPEATS,
    )
    return Measured(
        value=found.value,
        low=found.low,
        high=found.high,
        rows=rows.num_rows,
        method="delong-paired",
        confidence=subject.confidence,
    )


def _placements(asked: Asked, copies: list[pa.Table]) -> list[Placements | None]:
    assert asked.sample.positive is not None
    return [
        Placements.of(scores, asked.sample.positive) for scores in score_all(asked.model, copies)
    ]


def _shuffled(rows: pa.Table, feature: str, seed: list[int]) -> pa.Table:
    position = rows.column_names.index(feature)
    order = np.random.default_rng([*seed, position]).permutation(rows.num_rows)
    column = rows.column(position).take(order)
    return rows.set_column(position, rows.schema.field(position), column)


def _unmeasured(subject: Subject, features: Iterable[str], reason: str) -> Iterator[Evidence]:
    for feature in features:
        where = Slice.of({"feature": feature})
        yield subject.evidence(PERMUTATION_IMPORTANCE, where, Unmeasured(reason=reason))
