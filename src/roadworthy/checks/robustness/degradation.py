"""Degradation: what happens to a model when inputs go missing, blur or are mistaken for others.

A fixed sample of rows is put to the model as it is and again with each perturbation at each
severity; differences are paired, row by row. Changes of the population need no model and come from
the tally (`roadworthy.checks.robustness.prevalence`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.robustness.measures import (
    ACCURACY_DROP,
    MEASURES,
    ROC_AUC_DROP,
    SELECTION_RATE_SHIFT,
)
from roadworthy.checks.robustness.perturbations import (
    CATEGORY_SWAP,
    MISSING_VALUES,
    NOISE,
    targets,
)
from roadworthy.checks.robustness.prevalence import prevalence_shifts
from roadworthy.checks.robustness.trials import Answers, Trial, ask, ask_perturbed
from roadworthy.data.model import Model
from roadworthy.data.sample import Sample, draw_sample
from roadworthy.records.evidence import Curve, Evidence, Measured, MeasureSpec, Point, Unmeasured
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats.paired import PairedDifference, area_difference, share_difference

SEVERITIES = (0.05, 0.1, 0.2, 0.4)
SAMPLE = 2_000
"""Rows put to the model for each perturbation and severity."""

NO_MODEL = "no model was given; predictions cannot be recomputed"
NO_LABEL = "no label is given, so nobody knows which decisions are right"
NO_SCORES = "the model gives decisions and no scores"
ONE_CLASS = "the sampled rows have one class only"

KINDS = {
    MISSING_VALUES: ("the model reads no column", "share of values missing"),
    NOISE: ("the model reads no column of quantities", "noise in standard deviations"),
    CATEGORY_SWAP: ("the model reads no column of categories", "share of categories swapped"),
}
"""For each perturbation: why it may be impossible, and what its severity is."""


class Degradation:
    """Perturbs a sample and measures how much worse, and how differently, the model decides."""

    spec = CheckSpec(
        slug="degradation",
        version=1,
        pillar="robustness",
        title="Degradation under disturbed inputs",
        assumptions=(
            f"A random sample of at most {SAMPLE} rows, all counting alike. Values go missing "
            "completely at random; noise is normal, within the values seen, and whole numbers stay "
            "whole; whole numbers with few values are taken for codes. A group's prevalence "
            "changes while what happens within groups stays."
        ),
        source="Hendrycks and Dietterich (2019), graded severities; Agresti and Min (2005); "
        "DeLong et al. (1988).",
        measures=MEASURES,
        tasks=(Task.BINARY,),
    )

    def measure(self, subject: Subject) -> Iterable[Evidence | Curve]:
        """Every perturbation at every severity, and every group's prevalence halved and doubled."""
        if subject.model is None:
            yield from _without_model(subject)
        else:
            yield from _with_model(subject, subject.model)
        subject.progress("shifting the prevalence of groups")
        yield from prevalence_shifts(subject)


DEGRADATION = Degradation()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """The sample, and what the model says about it undisturbed."""

    subject: Subject
    model: Model
    sample: Sample
    before: Answers

    def compare(self, trial: Trial, after: Answers | str) -> Iterator[Evidence]:
        for spec in MEASURES:
            outcome = self._outcome(spec, after)
            yield self.subject.evidence(
                spec,
                trial.slice,
                outcome,
                columns=list(trial.columns),
                sample=self.sample.size,
                of=self.sample.of,
                seed=self.subject.seed,
            )

    def _outcome(self, spec: MeasureSpec, after: Answers | str) -> Measured | Unmeasured:
        if isinstance(after, str):
            return Unmeasured(reason=after, rows=self.sample.size)
        difference = self._difference(spec, after)
        if isinstance(difference, str):
            return Unmeasured(reason=difference, rows=self.sample.size)
        return Measured(
            value=difference.value,
            low=difference.low,
            high=difference.high,
            rows=self.sample.size,
            method="delong-paired" if spec is ROC_AUC_DROP else "agresti-min",
            confidence=self.subject.confidence,
        )

    def _difference(self, spec: MeasureSpec, after: Answers) -> PairedDifference | str:
        level = self.subject.confidence
        if not self.sample.size:
            return "no sampled row has a label" if self.subject.roles.label else "there are no rows"
        if spec is SELECTION_RATE_SHIFT:
            return share_difference(after.decisions, self.before.decisions, confidence=level)
        if self.before.right is None or after.right is None:
            return NO_LABEL
        if spec is ACCURACY_DROP:
            return share_difference(self.before.right, after.right, confidence=level)
        if self.before.placements is None or after.placements is None:
            return ONE_CLASS if self.model.has_scores else NO_SCORES
        return area_difference(self.before.placements, after.placements, confidence=level)


def _with_model(subject: Subject, model: Model) -> Iterator[Evidence | Curve]:
    sample = draw_sample(
        subject.table,
        [*model.features, *model.rule.attributes],
        label=subject.roles.label,
        classes=(subject.plan.classes[0], subject.plan.classes[1]),
        size=SAMPLE,
        seed=subject.seed,
    )
    bench = _Bench(
        subject=subject, model=model, sample=sample, before=ask(model, sample, [sample.rows])[0]
    )
    touched = targets(sample.rows, model.features)
    for perturbation, (impossible, axis) in KINDS.items():
        subject.progress(f"disturbing inputs: {perturbation.replace('-', ' ')}")
        columns = touched[perturbation]
        trials = [
            Trial(perturbation=perturbation, severity=severity, columns=columns)
            for severity in SEVERITIES
        ]
        answers: list[Answers | str] = [impossible] * len(trials)
        if columns:
            answers = ask_perturbed(model, sample, trials, seed=subject.seed)
        found = [
            item
            for trial, answer in zip(trials, answers, strict=True)
            for item in bench.compare(trial, answer)
        ]
        yield from found
        yield from _curve(perturbation, axis, found)


def _without_model(subject: Subject) -> Iterator[Evidence]:
    for perturbation in KINDS:
        for severity in SEVERITIES:
            trial = Trial(perturbation=perturbation, severity=severity, columns=())
            for spec in MEASURES:
                yield subject.evidence(spec, trial.slice, Unmeasured(reason=NO_MODEL))


def _curve(perturbation: str, axis: str, found: list[Evidence]) -> Iterator[Curve]:
    """The drop in accuracy over the severities, or the shift in selection without labels."""
    for spec in (ACCURACY_DROP, SELECTION_RATE_SHIFT):
        outcomes = [item.outcome for item in found if item.measure == spec.slug]
        points = [
            Point(
                x=severity, y=outcome.value, low=outcome.low, high=outcome.high, rows=outcome.rows
            )
            for severity, outcome in zip(SEVERITIES, outcomes, strict=True)
            if isinstance(outcome, Measured)
        ]
        if points:
            undisturbed = Point(x=0.0, y=0.0, low=0.0, high=0.0, rows=points[0].rows)
            yield Curve(
                slug="degradation",
                slice=Slice.of({"perturbation": perturbation}),
                points=(undisturbed, *points),
                x_title=axis,
                y_title=spec.title,
                subject=perturbation,
            )
            return
