"""Weak slices: how bad the worst subpopulation is, wherever it may be.

Slices are searched for in one half of the rows and measured on the other, as `rw.find_slices` does
it, so that the worst of very many does not look worse than it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.performance import measures
from roadworthy.data.row_losses import ABSOLUTE_ERROR, ERROR_RATE, Answers, row_losses
from roadworthy.data.slice_question import SliceOrigin, SliceQuestion, record_search
from roadworthy.data.weak_slices import Searched, search_slices
from roadworthy.errors import DataError
from roadworthy.records import canonical
from roadworthy.records.evidence import Direction, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import ALL
from roadworthy.records.versions import Column, Task
from roadworthy.stats.worst_slice import Extreme, carried, worst_mean, worst_ratio

SOURCE = (
    "Chung et al. (2019), Slice Finder; Sagadeeva and Boehm (2021), SliceLine; the lower limit by "
    "Bonferroni (1936) over the slices tested"
)
UNSEEN = (
    "rows are drawn independently; row weights are not used; measured on the half of the rows in "
    "which no slice was searched for"
)

ERROR_RATE_THERE = MeasureSpec(
    slug="worst-slice-error-rate",
    pillar=measures.PILLAR,
    title="Error rate of the worst slice",
    plain="In the subpopulation where the system errs most, the share of cases that it gets wrong.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=UNSEEN,
    source=SOURCE,
)
ABSOLUTE_ERROR_THERE = MeasureSpec(
    slug="worst-slice-absolute-error",
    pillar=measures.PILLAR,
    title="Mean absolute error of the worst slice",
    plain="In the subpopulation where predicted numbers are furthest off, how far on average.",
    direction=Direction.LOWER,
    low=0,
    best=0,
    unit="the label's",
    assumptions=UNSEEN,
    source=SOURCE,
)
ERROR_RATIO = MeasureSpec(
    slug="worst-slice-error-ratio",
    pillar=measures.PILLAR,
    title="Error of the worst slice against everyone's",
    plain="How many times as much the system errs in its worst subpopulation as on average.",
    direction=Direction.LOWER,
    low=0,
    best=1,
    assumptions=UNSEEN,
    source=SOURCE,
)
FOUND = MeasureSpec(
    slug="weak-slices",
    pillar=measures.PILLAR,
    title="Weak slices found",
    plain="How many subpopulations are surely worse than the rest; on average, at most one in "
    "twenty of them by chance.",
    direction=Direction.LOWER,
    low=0,
    best=0,
    unit="slices",
    assumptions=f"{UNSEEN}; a count of what was found, not an estimate: more rows find more",
    source="Benjamini and Hochberg (1995), Controlling the false discovery rate",
)
ERROR_SHARE = MeasureSpec(
    slug="weak-slices-error-share",
    pillar=measures.PILLAR,
    title="Share of all error in the weak slices found",
    plain="How much of all the system's error falls in the subpopulations that were found weak.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    assumptions=f"{UNSEEN}; speaks of the slices found, whichever they are: the limits hold for "
    "any choice of the slices tested",
    source="Wilson (1927), with the effective sample size of Kish (1965) for numbers",
)

TASKS = (Task.BINARY, Task.MULTICLASS, Task.REGRESSION)

WORST = "worst_slice"
"""The name under which evidence says which slice is the worst, in plain words."""

POWERLESS = "no slice stands out, and there are too few rows for that to say anything"

SEARCH = "search"
"""The name under which evidence keeps the whole search, as a `SliceSearch` in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    subject: Subject
    question: SliceQuestion
    measure: str
    searched: Searched
    sampled: int


class WeakSlices:
    """Searches for the subpopulations where answers are worst."""

    spec: ClassVar = CheckSpec(
        slug="weak-slices",
        version=1,
        pillar=measures.PILLAR,
        title="Weak slices",
        assumptions=UNSEEN,
        source=SOURCE,
        measures=(ERROR_RATE_THERE, ABSOLUTE_ERROR_THERE, ERROR_RATIO, FOUND, ERROR_SHARE),
        tasks=TASKS,
        on_request=True,
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure the worst slice, and what all weak slices carry."""
        mean, other = ERROR_RATE_THERE, ABSOLUTE_ERROR_THERE
        if subject.roles.task is Task.REGRESSION:
            mean, other = other, mean
        done = _search(subject)
        if isinstance(done, str):
            for spec in (mean, ERROR_RATIO, FOUND, ERROR_SHARE):
                yield subject.evidence(spec, ALL, Unmeasured(reason=done))
            return
        found, rate = done.searched.found, done.searched.plan.rate
        few = "too few rows of the worst slice are in the half that judges"
        worst = worst_mean(found, rate, subject.confidence)
        yield _about_worst(done, mean, worst, few)
        ratio = worst_ratio(found, rate, subject.confidence)
        yield _about_worst(
            done, ERROR_RATIO, ratio, few if found.whole.total else "no row is wrong"
        )
        yield _count(done)
        yield _carried(done)


def _search(subject: Subject) -> _Search | str:
    """What was found, or why nothing could be searched."""
    roles = subject.roles
    if roles.label is None:
        return "no label column was given"
    if roles.prediction is None and roles.score is None:
        return "no predictions were given"
    columns = _columns(subject)
    if not columns:
        return "there is no column to search: every column is an answer or has another role"
    question = SliceQuestion(
        answers=Answers(
            label=roles.label,
            prediction=roles.prediction,
            score=roles.score,
            positive=roles.positive,
            threshold=roles.threshold,
        ),
        protected=roles.protected,
        confidence=subject.confidence,
        seed=subject.seed,
    )
    measure = ABSOLUTE_ERROR if roles.task is Task.REGRESSION else ERROR_RATE
    wanted = dict.fromkeys([*(item.name for item in columns), *question.answers.columns])
    rows = subject.table.read(
        list(wanted), sample=question.sample(subject.table), seed=question.seed
    )
    losses = row_losses(subject.table, rows, measure, question.answers)
    try:
        searched = search_slices(rows, columns, losses, question.plan(losses))
    except DataError as error:
        return str(error)
    if not searched.features:
        reasons = "; ".join(f"{item.attribute} ({item.reason})" for item in searched.left_out)
        return f"no column can part the rows: {reasons}"
    found = searched.found
    if not found.tested and not found.detectable and found.whole.variance:
        return POWERLESS
    return _Search(
        subject=subject,
        question=question,
        measure=measure,
        searched=searched,
        sampled=rows.num_rows,
    )


def _columns(subject: Subject) -> tuple[Column, ...]:
    """The inputs and the protected columns, as the table has them."""
    wanted = {*subject.roles.features, *subject.roles.protected} - {subject.roles.label}
    return tuple(column for column in subject.columns if column.name in wanted)


def _about_worst(done: _Search, spec: MeasureSpec, worst: Extreme | None, reason: str) -> Evidence:
    if worst is None:
        return done.subject.evidence(spec, ALL, Unmeasured(reason=reason))
    found = done.searched.found
    kind = "wilson" if found.whole.is_binary else "student-log"
    kind = f"mover-r {kind}" if spec is ERROR_RATIO else kind
    outcome = Measured(
        value=worst.value,
        low=min(worst.low, worst.value),
        high=max(worst.high, worst.value),
        rows=worst.rows,
        method=f"{kind} bonferroni",
        confidence=done.subject.confidence,
    )
    named: dict[str, JSON] = {"slices_tested": len(found.tested), "seed": done.question.seed}
    if worst.slice is None:
        return done.subject.evidence(spec, ALL, outcome, **named)
    conditions = worst.slice.conditions
    named["where"] = " AND ".join(c.where for c in done.searched.conditions(conditions))
    return done.subject.evidence(
        spec, ALL, outcome, **{WORST: done.searched.text(conditions)}, **named
    )


def _count(done: _Search) -> Evidence:
    """How many slices are surely worse, with the whole search beside it."""
    subject, found = done.subject, done.searched.found
    number = len(found.worse(done.searched.plan.rate))
    search = record_search(
        done.searched,
        done.question,
        SliceOrigin(
            dataset_name=subject.table.name,
            dataset=subject.dataset,
            producer=subject.producer,
            at=subject.at,
        ),
        measure=done.measure,
        rows=subject.table.rows,
        sampled=done.sampled,
    )
    return subject.evidence(FOUND, ALL, _exact(done, number), **{SEARCH: canonical.to_json(search)})


def _carried(done: _Search) -> Evidence:
    found, subject = done.searched.found, done.subject
    if not found.whole.total:
        return subject.evidence(ERROR_SHARE, ALL, Unmeasured(reason="no row is wrong"))
    if not found.inside.rows:
        return subject.evidence(ERROR_SHARE, ALL, _exact(done, 0))
    low, high = carried(found, done.searched.plan.rate, subject.confidence)
    value = found.inside.total / found.whole.total
    outcome = Measured(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        rows=found.whole.rows,
        method="wilson bonferroni",
        confidence=subject.confidence,
    )
    share_of_rows = found.inside.rows / found.whole.rows
    return subject.evidence(ERROR_SHARE, ALL, outcome, share_of_rows=share_of_rows)


def _exact(done: _Search, value: int) -> Measured:
    return Measured(
        value=value,
        low=value,
        high=value,
        rows=done.searched.found.whole.rows,
        method="exact",
        confidence=done.subject.confidence,
    )


WEAK_SLICES = WeakSlices()
