"""Performance without labels: what a labelled reference lets one expect of unlabelled rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from roadworthy.checks.check import Subject
from roadworthy.checks.groups import NO_SCORE, group_families
from roadworthy.records.evidence import MeasureSpec, expected_slug
from roadworthy.records.slices import ALL, Slice
from roadworthy.stats.calibrator import Calibrator, calibrator
from roadworthy.stats.expected import Expected, by_decision, expect
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.scorebins import score_bins
from roadworthy.stats.tally import Tally

OWN_ROWS, OWN_LABELS = 1_000, 50
"""Reference rows, and rows of either label, from which a group is calibrated on its own."""

ASSUMPTIONS = (
    "a case with a given score is as likely to be positive as in the labelled reference (in its "
    "group, where the reference has 1,000 rows of it); the mix of cases may differ"
)
SOURCE = (
    "Bialek et al. (2024), Estimating model performance under covariate shift without labels; "
    "Garg et al. (2022), Leveraging unlabeled data to predict out-of-distribution performance"
)


def expected(spec: MeasureSpec) -> MeasureSpec:
    """The measure that says what `spec` is expected to be when labels arrive."""
    return replace(
        spec,
        slug=expected_slug(spec.slug),
        title=f"{spec.title}, expected",
        plain=f"Expected from scores, before labels are known. {spec.plain}",
        assumptions=ASSUMPTIONS,
        source=SOURCE,
    )


def is_unlabelled(subject: Subject) -> bool:
    """True if the subject has no labels while its reference has them."""
    return subject.plan.label is None and subject.reference_plan is not None


def obstacle(subject: Subject) -> str | None:
    """Why nothing can be expected of an unlabelled subject; None if something can."""
    if subject.plan.score is None:
        return NO_SCORE
    names = {column.name for column in subject.reference.columns} if subject.reference else set()
    if subject.plan.score not in names:
        return f"the reference table has no score column {subject.plan.score!r} to calibrate"
    return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """What labels would show in the slices of one family of attributes."""

    table: SliceTable
    expected: Expected


def expectations(subject: Subject) -> Iterator[Expectation]:
    """What labels would show, for everybody and for each family of groups."""
    here, there = subject.plan, subject.reference_tally
    tally = None if here.decides_by_score else _by_decision(subject)
    everybody = calibrator(score_bins(there.slices([()])), 0)
    attributes = set(there.plan.attributes)
    for family in group_families(subject):
        table = (
            by_decision(subject.tally.slices([family]), here)
            if tally is None
            else tally.slices([family])
        )
        own = _calibrators(there.slices([family])) if set(family) <= attributes else {}
        found = [own.get(slice_) or everybody for slice_ in table.slices]
        yield Expectation(table=table, expected=expect(table, found, seed=subject.seed))


def _by_decision(subject: Subject) -> Tally:
    """The subject's finest cells with the decision in place of the label that it lacks."""
    tally = subject.table.tally(subject.plan)
    if not isinstance(tally, Tally):
        raise TypeError(f"expected finest cells, found {type(tally).__name__}")
    return replace(tally, label=tally.predicted)


def _calibrators(table: SliceTable) -> dict[Slice, Calibrator]:
    """What the reference teaches of each group that is large enough to be calibrated alone."""
    bins = score_bins(table)
    found = {}
    for position, slice_ in enumerate(table.slices):
        rows = bins.rows[position]
        if slice_ != ALL and (rows.sum() < OWN_ROWS or rows.min() < OWN_LABELS):
            continue
        known = calibrator(bins, position)
        if known is not None:
            found[slice_] = known
    return found
