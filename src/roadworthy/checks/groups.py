"""Evidence about groups: one measure on everybody, on every group and on every intersection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roadworthy.checks.check import Subject
from roadworthy.records.evidence import Evidence, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import Slice
from roadworthy.stats.comparisons import Positions
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.multiplicity import sidak
from roadworthy.stats.slice_list import SliceList
from roadworthy.stats.tally import plan_families

NO_LABEL = "no label column was given"
AWAITED = "only the reference has labels"
UNSEEN = (
    "only the reference has labels, and what scores mean is taken from there: whether they still "
    "mean it cannot be seen"
)
NO_SCORE = "no score column was given"
NO_DECISION = "neither a prediction nor a score column was given"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """The groups that one set of attributes makes, as positions among slices."""

    attributes: tuple[str, ...]
    members: Positions


def group_families(subject: Subject) -> tuple[tuple[str, ...], ...]:
    """The sets of protected attributes to slice by, everybody first."""
    return plan_families(subject.roles.protected, subject.intersections)


def families_of(slices: Sequence[Slice]) -> tuple[Family, ...]:
    """The families that slices fall into by their attributes, in order of appearance."""
    found: Mapping[tuple[str, ...], Positions]
    if isinstance(slices, SliceList):
        found = slices.by_attributes()
    else:
        listed: dict[tuple[str, ...], list[int]] = {}
        for position, slice_ in enumerate(slices):
            listed.setdefault(slice_.attributes, []).append(position)
        found = {names: np.array(members, dtype=np.intp) for names, members in listed.items()}
    return tuple(
        Family(attributes=attributes, members=members) for attributes, members in found.items()
    )


def lacking(
    subject: Subject, *, label: bool = False, decision: bool = False, score: bool = False
) -> str | None:
    """Why a measure with these needs cannot be taken of this subject; None if it can."""
    if label and subject.plan.label is None:
        return NO_LABEL if subject.reference_plan is None else AWAITED
    if score and subject.plan.score is None:
        return NO_SCORE
    if decision and subject.plan.prediction is None and subject.plan.score is None:
        return NO_DECISION
    return None


def unseen(reason: str | None) -> str | None:
    """The reason where calibration is asked for: without labels it cannot even be expected."""
    return UNSEEN if reason == AWAITED else reason


def decision_parameters(subject: Subject) -> dict[str, JSON]:
    """How scores became decisions, if this tool made them."""
    return {"threshold": subject.plan.threshold} if subject.plan.decides_by_score else {}


def on_every_slice(
    subject: Subject,
    spec: MeasureSpec,
    slices: Sequence[Slice],
    estimates: Estimates,
    *,
    parameters: Mapping[str, Sequence[JSON]] | None = None,
    common: Mapping[str, JSON] | None = None,
) -> Iterator[Evidence]:
    """Evidence for each slice; each group also with the simultaneous interval of its family.

    Args:
        subject: what was measured.
        spec: the measure.
        slices: the slices, in the order of the estimates.
        estimates: the values.
        parameters: one list for each name, with a value for each slice; null where undefined.
        common: parameters that are the same for all slices.
    """
    outcomes = estimates.outcomes(subject.confidence)
    together = simultaneous(slices, estimates, subject.confidence, spec=spec)
    columns = parameters or {}
    for position, (slice_, outcome) in enumerate(zip(slices, outcomes, strict=True)):
        own = {name: values[position] for name, values in columns.items()}
        family = {} if isinstance(outcome, Unmeasured) else together[position]
        yield subject.evidence(spec, slice_, outcome, **own, **(common or {}), **family)


def simultaneous(
    slices: Sequence[Slice],
    estimates: Estimates,
    confidence: float,
    *,
    fewer: int = 0,
    spec: MeasureSpec | None = None,
) -> list[dict[str, JSON]]:
    """The parameters that hold, for each group, the interval that is sure for its whole family.

    All these intervals of a family hold together with the stated confidence. The groups of a family
    share no rows, so Sidak's correction is exact: no resampling could do better. `fewer` is the
    number of groups of each family about which nothing is uncertain. Limits that the measure `spec`
    cannot reach are left out.
    """
    sizes = np.ones(len(slices), dtype=np.int64)
    for family in families_of(slices):
        sizes[family.members] = max(1, len(family.members) - fewer)
    low, high = estimates.interval(sidak(confidence, sizes))
    if spec is not None and spec.low is not None:
        low = np.maximum(low, np.minimum(spec.low, estimates.value))
    if spec is not None and spec.high is not None:
        high = np.minimum(high, np.maximum(spec.high, estimates.value))
    return [
        {
            "family_confidence": confidence,
            "family_high": top,
            "family_low": bottom,
            "family_method": "sidak",
            "family_size": size,
        }
        if slice_.terms
        else {}
        for slice_, size, bottom, top in zip(
            slices, sizes.tolist(), low.tolist(), high.tolist(), strict=True
        )
    ]


def unmeasured(
    subject: Subject, specs: Iterable[MeasureSpec], slices: Sequence[Slice], reason: str
) -> Iterator[Evidence]:
    """Evidence that these measures could not be taken on any of these slices."""
    for spec in specs:
        for slice_ in slices:
            yield subject.evidence(spec, slice_, Unmeasured(reason=reason))


def comparisons_of(subject: Subject) -> tuple[Slice, ...]:
    """The comparisons across groups that can be asked of this subject."""
    return tuple(Slice.across(family) for family in group_families(subject) if family)


def decision_table(subject: Subject) -> SliceTable:
    """The counts by label and prediction of everybody, every group and every intersection."""
    return subject.tally.slices(group_families(subject), histogram=False)


def amounts(weights: NDArray[np.float64]) -> list[JSON]:
    """Weights as JSON numbers; whole ones as integers."""
    return [int(weight) if weight.is_integer() else weight for weight in weights.tolist()]
