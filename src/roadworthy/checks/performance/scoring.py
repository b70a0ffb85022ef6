"""Scoring: how well scores rank and predict, for everybody and for every group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import (
    decision_table,
    group_families,
    lacking,
    on_every_slice,
    unmeasured,
)
from roadworthy.checks.performance import measures
from roadworthy.checks.performance.curves import ranking_curves, threshold_curves
from roadworthy.records.evidence import Curve, Evidence, MeasureSpec
from roadworthy.records.record import JSON
from roadworthy.records.versions import Task
from roadworthy.stats import losses, ranking
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.intervals import Floats
from roadworthy.stats.scorebins import ScoreBins, score_bins

Measure = tuple[Callable[[ScoreBins], Estimates], Callable[[ScoreBins], Floats] | None]

MEASURES: dict[MeasureSpec, Measure] = {
    measures.ROC_AUC: (ranking.area_under_roc, ranking.tie_bound),
    measures.AVERAGE_PRECISION: (ranking.average_precision, ranking.precision_bound),
    measures.LOG_LOSS: (losses.log_loss, losses.log_loss_bound),
    measures.BRIER_SCORE: (losses.brier_score, None),
}
"""Each measure with its function and, if binning can move it, the function that says how far."""

FINER, REFINED = 512, 64
"""Bins in an octave where the usual ones are too coarse, and for how many groups at most."""


class Scoring:
    """How well scores put positives before negatives, and how good they are as probabilities."""

    spec: ClassVar = CheckSpec(
        slug="scoring",
        version=1,
        pillar=measures.PILLAR,
        title="Quality of scores",
        assumptions="scores are probabilities of the positive class; `bin_bound` says how far "
        "binning the scores can have moved a value, and intervals of ranking reach that much "
        "further; where that would be too much, scores are counted again in finer bins",
        source="DeLong, DeLong and Clarke-Pearson (1988); Gneiting and Raftery (2007)",
        measures=tuple(MEASURES),
        tasks=(Task.BINARY,),
        each_part=True,
    )

    def measure(self, subject: Subject) -> Iterator[Evidence | Curve]:
        """Measure everybody, every group and every intersection, one family at a time."""
        reason = lacking(subject, label=True, score=True)
        if reason is not None:
            slices = decision_table(subject).slices
            yield from unmeasured(subject, MEASURES, slices, reason)
        for family in group_families(subject):
            if subject.plan.score is None:
                return
            table = subject.tally.slices([family])
            if not family:
                yield from threshold_curves(subject, table)
            if reason is None:
                bins = score_bins(table)
                yield from _measure(subject, *_fine_enough(subject, family, table, bins))
                if len(family) <= 1:
                    yield from ranking_curves(subject, table.slices, bins)


def _fine_enough(
    subject: Subject, family: tuple[str, ...], table: SliceTable, bins: ScoreBins
) -> tuple[SliceTable, ScoreBins]:
    """The counts of a family, made again with finer bins if these may move an area too far."""
    if len(table.slices) > REFINED or not ranking.too_coarse(bins, subject.confidence).any():
        return table, bins
    subject.progress("counting scores again in finer bins")
    grid = replace(subject.plan.grid, per_octave=FINER)
    plan = replace(subject.plan, attributes=family, grid=grid)
    finer = subject.table.tally(plan, [family]).slices([family])
    return finer, score_bins(finer)


def _measure(subject: Subject, table: SliceTable, bins: ScoreBins) -> Iterator[Evidence]:
    for spec, (function, bound) in MEASURES.items():
        parameters: dict[str, list[JSON]] = {"rows_without_score": rows_without_score(table)}
        if bound is not None:
            parameters["bin_bound"] = [
                reach if reach == reach else None  # noqa: PLR0124 - NaN is unlike itself
                for reach in bound(bins).tolist()
            ]
        yield from on_every_slice(
            subject,
            spec,
            table.slices,
            function(bins),
            parameters=parameters,
            common={"bins": table.grid.bins},
        )


def rows_without_score(table: SliceTable) -> list[JSON]:
    """Rows of each slice whose score is missing, NaN or outside [0, 1]."""
    if table.histogram_rows is None:
        return [int(rows) for rows in table.rows]
    rows = table.histogram_rows[:, :, table.grid.bins :].sum(axis=(1, 2))
    return list(rows.tolist())


SCORING = Scoring()
