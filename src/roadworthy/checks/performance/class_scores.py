"""Class scores: how good the probabilities of several classes are, whole and class by class.

What is measured of one class against the rest is averaged over classes; what is measured of all
classes at once is counted in views of the same rows (`workflows/tasks/multiclass.py` makes them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import numpy as np

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
from roadworthy.checks.performance import class_measures, measures
from roadworthy.checks.performance.calibration import calibration_curves
from roadworthy.checks.unlabelled import NO_SCORES
from roadworthy.checks.views import RANK, SQUARES, TOP_LABEL, TRUE_CLASS
from roadworthy.records.evidence import Curve, Evidence, MeasureSpec
from roadworthy.records.versions import Task
from roadworthy.stats import calibration, losses, ranking
from roadworthy.stats.averages import average, mean_score, share_up_to
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.scorebins import ScoreBins, score_bins

_NOBODY = "no row has both a label and the probabilities of all classes"

AVERAGES: dict[MeasureSpec, tuple[Callable[[ScoreBins], Estimates], bool]] = {
    class_measures.MACRO_ROC_AUC: (ranking.area_under_roc, False),
    class_measures.WEIGHTED_ROC_AUC: (ranking.area_under_roc, True),
    class_measures.CLASS_WISE_CALIBRATION_ERROR: (calibration.expected_calibration_error, False),
}
"""Averages over classes: the measure of one class, and whether classes weigh by their size."""

CALIBRATION = {
    class_measures.CLASS_WISE_CALIBRATION_ERROR,
    class_measures.TOP_LABEL_CALIBRATION_ERROR,
}
"""What says whether probabilities mean what they say."""


class ClassScores:
    """How good the probabilities of several classes are."""

    spec: ClassVar = CheckSpec(
        slug="class-scores",
        version=1,
        pillar=measures.PILLAR,
        title="Quality of the probabilities of classes",
        assumptions="probabilities of a row add up to 1; intervals of averages over classes hold "
        "however the classes hang together, and are wider than needed where they do not",
        source="Gneiting and Raftery (2007); Guo et al. (2017); Kull et al. (2019)",
        measures=(
            *AVERAGES,
            measures.LOG_LOSS,
            class_measures.BRIER_OF_CLASSES,
            class_measures.TOP_LABEL_CALIBRATION_ERROR,
            measures.CALIBRATION_ERROR_DIFFERENCE,
            *class_measures.TOP_K.values(),
        ),
        tasks=(Task.MULTICLASS,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence | Curve]:
        """Measure everybody, every group and every intersection, one family at a time."""
        reason = _lacking(subject)
        if reason is not None:
            slices = decision_table(subject).slices
            for spec in self.spec.measures:
                if spec not in _not_asked(subject):
                    why = unseen(reason) if spec in CALIBRATION else reason
                    yield from unmeasured(subject, [spec], slices, why or reason)
            across = [measures.CALIBRATION_ERROR_DIFFERENCE]
            yield from unmeasured(
                subject, across, comparisons_of(subject), unseen(reason) or reason
            )
            return
        for family in group_families(subject):
            yield from _averages(subject, family)
            yield from _likelihood(subject, family)
            yield from _top_label(subject, family)
        yield from _ranks(subject)


def _lacking(subject: Subject) -> str | None:
    if not subject.roles.scores:
        return NO_SCORES
    return lacking(subject, label=True)


def _not_asked(subject: Subject) -> set[MeasureSpec]:
    """The measures that would hold of any system with so few classes, and those across groups."""
    idle = {spec for k, spec in class_measures.TOP_K.items() if k >= len(subject.roles.classes)}
    return {*idle, measures.CALIBRATION_ERROR_DIFFERENCE}


def _averages(subject: Subject, family: Sequence[str]) -> Iterator[Evidence]:
    names = [str(part.question) for part in subject.parts]
    tables = [part.subject.tally.slices([family]) for part in subject.parts]
    bins = [score_bins(table) for table in tables]
    slices = tables[0].slices
    rows = bins[0].rows.sum(axis=1)
    sizes = np.stack([item.weight[:, 1].sum(axis=1) for item in bins], axis=1)
    for spec, (function, weighted) in AVERAGES.items():
        parts = [function(item) for item in bins]
        found = average(parts, names, rows=rows, weights=sizes if weighted else None)
        yield from on_every_slice(subject, spec, slices, found, common={"classes": len(names)})


def _likelihood(subject: Subject, family: Sequence[str]) -> Iterator[Evidence]:
    """Log loss and Brier score: means over rows of what one number about each row tells."""
    table, bins = _view(subject, TRUE_CLASS, family)
    yield from on_every_slice(subject, measures.LOG_LOSS, table.slices, losses.log_loss(bins))
    table, bins = _view(subject, SQUARES, family)
    found = mean_score(bins, reason=_NOBODY, scale=2.0)
    yield from on_every_slice(subject, class_measures.BRIER_OF_CLASSES, table.slices, found)


def _top_label(subject: Subject, family: Sequence[str]) -> Iterator[Evidence | Curve]:
    table, bins = _view(subject, TOP_LABEL, family)
    error = calibration.expected_calibration_error(bins)
    spec = class_measures.TOP_LABEL_CALIBRATION_ERROR
    groups = {"groups_of_scores": calibration.GROUPS}
    yield from on_every_slice(subject, spec, table.slices, error, common={**groups})
    yield from compare(
        subject,
        measures.CALIBRATION_ERROR_DIFFERENCE,
        kind=Kind.DIFFERENCE,
        slices=table.slices,
        families=families_of(table.slices),
        compared=[Compared(name=spec.slug, estimates=error, higher_is_worse=True)],
    )
    if len(family) <= 1:
        yield from calibration_curves(subject, table.slices, bins)


def _ranks(subject: Subject) -> Iterator[Evidence]:
    """Top-k accuracy: the share of rows whose true class came among the first k."""
    table = subject.views[RANK].tally.slices(group_families(subject), histogram=False)
    idle = _not_asked(subject)
    for k, spec in class_measures.TOP_K.items():
        if spec not in idle:
            places = [place for place in subject.views[RANK].plan.classes if int(place) <= k]
            found = share_up_to(table, len(places), reason=_NOBODY)
            yield from on_every_slice(subject, spec, table.slices, found)


def _view(subject: Subject, name: str, family: Sequence[str]) -> tuple[SliceTable, ScoreBins]:
    table = subject.views[name].tally.slices([family])
    return table, score_bins(table)


CLASS_SCORES = ClassScores()
