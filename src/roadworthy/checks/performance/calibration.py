"""Calibration: whether a score of 0.7 means seven in ten, for everybody and for every group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from roadworthy.checks.across import Compared, Kind, compare
from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import (
    comparisons_of,
    decision_table,
    families_of,
    group_families,
    lacking,
    on_every_slice,
    unmeasured,
    unseen,
)
from roadworthy.checks.performance import measures
from roadworthy.records.evidence import Curve, Evidence, MeasureSpec, Point
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats import calibration
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.proportions import proportion
from roadworthy.stats.scorebins import ScoreBins, score_bins

RECALIBRATION: dict[MeasureSpec, Callable[[ScoreBins], Estimates]] = {
    measures.CALIBRATION_SLOPE: calibration.calibration_slope,
    measures.CALIBRATION_INTERCEPT: calibration.calibration_intercept,
}
"""The measures of logistic recalibration."""


class Calibration:
    """Whether scores can be taken at their word."""

    spec: ClassVar = CheckSpec(
        slug="calibration",
        version=1,
        pillar=measures.PILLAR,
        title="Calibration of scores",
        assumptions="scores are probabilities of the positive class",
        source="Van Calster et al. (2019), Calibration: the Achilles heel of predictive analytics",
        measures=(
            measures.CALIBRATION_ERROR,
            *RECALIBRATION,
            measures.CALIBRATION_ERROR_DIFFERENCE,
        ),
        tasks=(Task.BINARY,),
        each_part=True,
    )

    def measure(self, subject: Subject) -> Iterator[Evidence | Curve]:
        """Measure everybody, every group and every intersection, one family at a time."""
        reason = unseen(lacking(subject, label=True, score=True))
        if reason is not None:
            own = (measures.CALIBRATION_ERROR, *RECALIBRATION)
            yield from unmeasured(subject, own, decision_table(subject).slices, reason)
            across = (measures.CALIBRATION_ERROR_DIFFERENCE,)
            yield from unmeasured(subject, across, comparisons_of(subject), reason)
            return
        for family in group_families(subject):
            table = subject.tally.slices([family])
            bins = score_bins(table)
            yield from _measure(subject, table.slices, bins)
            if len(family) <= 1:
                yield from calibration_curves(subject, table.slices, bins)


def _measure(subject: Subject, slices: Sequence[Slice], bins: ScoreBins) -> Iterator[Evidence]:
    error = calibration.expected_calibration_error(bins)
    groups = {"groups_of_scores": calibration.GROUPS}
    yield from on_every_slice(subject, measures.CALIBRATION_ERROR, slices, error, common={**groups})
    for spec, function in RECALIBRATION.items():
        yield from on_every_slice(subject, spec, slices, function(bins))
    yield from compare(
        subject,
        measures.CALIBRATION_ERROR_DIFFERENCE,
        kind=Kind.DIFFERENCE,
        slices=slices,
        families=families_of(slices),
        compared=[
            Compared(name=measures.CALIBRATION_ERROR.slug, estimates=error, higher_is_worse=True)
        ],
    )


def calibration_curves(
    subject: Subject, slices: Sequence[Slice], bins: ScoreBins
) -> Iterator[Curve]:
    """Observed rate against mean score, by group of scores, for each slice with labels."""
    found = calibration.reliability(bins)
    low, high = proportion(found.observed, found.rows, subject.confidence)
    for position, slice_ in enumerate(slices):
        points = tuple(
            Point(x=x, y=y, low=bottom, high=top, rows=round(rows))
            for x, y, bottom, top, rows in zip(
                *(
                    array[position].tolist()
                    for array in (found.mean_score, found.observed, low, high, found.rows)
                ),
                strict=True,
            )
            if rows > 0
        )
        if points:
            yield Curve(
                slug="calibration",
                slice=slice_,
                points=points,
                x_title="Mean score",
                y_title="Observed rate",
            )


CALIBRATION = Calibration()
