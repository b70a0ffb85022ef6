"""Performance without labels: what a labelled reference lets one expect of unlabelled rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from roadworthy.checks.check import Subject
from roadworthy.checks.groups import NO_SCORE, group_families
from roadworthy.records.evidence import MeasureSpec, expected_slug
from roadworthy.records.slices import ALL, Slice
from roadworthy.stats import rates
from roadworthy.stats.averages import average
from roadworthy.stats.calibrator import Calibrator
from roadworthy.stats.class_calibrators import own_calibrators
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.expected import Expected, by_decision, expect
from roadworthy.stats.expected_classes import ExpectedClasses
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.rates import RATES, Rate
from roadworthy.stats.tally import Tally

NO_SCORES = "no columns of class probabilities were given"

ERROR_RATE = Rate(
    name="error-rate",
    numerator=(rates.FALSE_POSITIVE, rates.FALSE_NEGATIVE),
    denominator=RATES["accuracy"].denominator,
    reason=RATES["accuracy"].reason,
)

ASSUMPTIONS = (
    "a case with a given score is as likely to be positive as in the labelled reference (in its "
    "group, where the reference has 1,000 rows of it); the mix of cases may differ"
)
OF_CLASSES = (
    f"{ASSUMPTIONS}; of several classes, a case with a given probability of a class is as likely "
    "to be of it as those that the reference said to be the same"
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
    if subject.awaited is None and not _everybody(subject):
        return "the scored rows of the reference are all of one class"
    return None


def awaits_labels(subject: Subject) -> bool:
    """True if some of several labels are known of the reference only."""
    return any(is_unlabelled(part.subject) for part in subject.parts)


def obstacle_of_labels(subject: Subject) -> str | None:
    """Why nothing can be expected of several labels together; None if something can."""
    for part in subject.parts:
        if not is_unlabelled(part.subject):
            return f"{part.question} is known already, while other labels are awaited"
        reason = obstacle(part.subject)
        if reason is not None:
            return f"{reason} (for {part.question})"
    return None


def obstacle_of_classes(subject: Subject) -> str | None:
    """Why nothing can be expected of several classes; None if something can."""
    if not subject.roles.scores:
        return NO_SCORES
    if subject.awaited is None:
        return "the reference table has no columns of class probabilities to calibrate"
    name = subject.awaited.unlearned
    if name is not None:
        return f"of class {name!r}, or of all others, the reference has no row with probabilities"
    return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """What labels would show in the slices of one family of attributes."""

    table: SliceTable
    expected: Expected


def expected_classes(subject: Subject) -> Iterator[ExpectedClasses]:
    """What labels of several classes would show, for everybody and for each family of groups."""
    if subject.awaited is not None:
        yield from subject.awaited.expected.values()


def expectations(subject: Subject) -> Iterator[Expectation]:
    """What labels would show, for everybody and for each family of groups."""
    if subject.awaited is not None:
        part = subject.awaited.part(subject.plan.score)
        for family_ in expected_classes(subject):
            table, one = family_.classes[part]
            yield Expectation(table=table, expected=one)
        return
    here, there = subject.plan, subject.reference_tally
    tally = None if here.decides_by_score else _by_decision(subject)
    everybody = _everybody(subject)
    attributes = set(there.plan.attributes)
    for family in group_families(subject):
        table = (
            by_decision(subject.tally.slices([family]), here)
            if tally is None
            else tally.slices([family])
        )
        own = own_calibrators(there.slices([family])) if set(family) <= attributes else {}
        known = everybody | own
        found = [known.get(slice_, known.get(ALL)) for slice_ in table.slices]
        yield Expectation(table=table, expected=expect(table, found, seed=subject.seed))


def label_expectations(subject: Subject) -> Iterator[tuple[Expectation, ...]]:
    """What each of several labels would show, for everybody and for each family of groups."""
    yield from zip(*(expectations(part.subject) for part in subject.parts), strict=True)


def expected_hamming_loss(found: Sequence[Expectation], names: Sequence[str]) -> Estimates:
    """The expected share of labels that are wrong, of the same slices of each label."""
    wrong = [
        one.expected.share(partial(rates.estimate, rate=ERROR_RATE), one.table) for one in found
    ]
    return average(wrong, names, rows=found[0].expected.scored.rows)


def _everybody(subject: Subject) -> dict[Slice, Calibrator]:
    """What all of the reference teaches, under `ALL`; nothing if it has rows of one label only."""
    return own_calibrators(subject.reference_tally.slices([()]))


def _by_decision(subject: Subject) -> Tally:
    """The subject's finest cells with the decision in place of the label that it lacks."""
    tally = subject.finest
    if not isinstance(tally, Tally):
        raise TypeError(f"expected finest cells, found {type(tally).__name__}")
    return replace(tally, label=tally.predicted)
