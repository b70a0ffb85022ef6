"""The list of every check that ships, and the way to find one by name.

Adding a check is one import and one line; pillars stand in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from roadworthy.checks.check import Check
from roadworthy.checks.explain.permutation import PERMUTATION
from roadworthy.checks.explain.response import RESPONSE
from roadworthy.checks.fairness.class_label_free import (
    CLASS_FAIRNESS_WITHOUT_LABELS,
    LABEL_FAIRNESS_AWAITED,
)
from roadworthy.checks.fairness.class_parity import CLASS_PARITY, CONFUSION_PARITY
from roadworthy.checks.fairness.conditional_parity import CONDITIONAL_PARITY
from roadworthy.checks.fairness.exposure import EXPOSURE
from roadworthy.checks.fairness.group_rates import GROUP_RATES
from roadworthy.checks.fairness.hamming_parity import HAMMING_PARITY
from roadworthy.checks.fairness.inequality import INEQUALITY
from roadworthy.checks.fairness.label_free import FAIRNESS_WITHOUT_LABELS
from roadworthy.checks.fairness.parity import PARITY
from roadworthy.checks.fairness.prediction_distributions import PREDICTION_DISTRIBUTIONS
from roadworthy.checks.fairness.ranking_parity import RANKING_PARITY
from roadworthy.checks.fairness.regression import REGRESSION_PARITY
from roadworthy.checks.performance.calibration import CALIBRATION
from roadworthy.checks.performance.class_label_free import CLASSES_WITHOUT_LABELS
from roadworthy.checks.performance.class_scores import CLASS_SCORES
from roadworthy.checks.performance.classes import CLASSES
from roadworthy.checks.performance.classification import CLASSIFICATION
from roadworthy.checks.performance.label_free import LABEL_FREE
from roadworthy.checks.performance.labels import LABELS
from roadworthy.checks.performance.labels_label_free import LABELS_AWAITED
from roadworthy.checks.performance.latency import LATENCY
from roadworthy.checks.performance.predicted_intervals import PREDICTED_INTERVALS
from roadworthy.checks.performance.ranking import RANKING
from roadworthy.checks.performance.regression import REGRESSION
from roadworthy.checks.performance.rows import ROWS
from roadworthy.checks.performance.scoring import SCORING
from roadworthy.checks.performance.weak_slices import WEAK_SLICES
from roadworthy.checks.quality.balance import CLASS_BALANCE
from roadworthy.checks.quality.conflicts import CONFLICTING_LABELS
from roadworthy.checks.quality.constants import CONSTANTS
from roadworthy.checks.quality.domain import DOMAIN
from roadworthy.checks.quality.drift import DRIFT
from roadworthy.checks.quality.duplicates import DUPLICATES, OVERLAP
from roadworthy.checks.quality.leakage import LEAKAGE
from roadworthy.checks.quality.missing import MISSING_VALUES
from roadworthy.checks.quality.outliers import OUTLIERS
from roadworthy.checks.quality.ranges import IMPOSSIBLE_VALUES
from roadworthy.checks.quality.representation import REPRESENTATION
from roadworthy.checks.quality.schema import SCHEMA
from roadworthy.checks.robustness.degradation import DEGRADATION
from roadworthy.errors import UsageError
from roadworthy.records.evidence import MeasureSpec
from roadworthy.records.versions import Task

CHECKS: tuple[Check, ...] = (
    # explain
    PERMUTATION,
    RESPONSE,
    # fairness
    CLASS_FAIRNESS_WITHOUT_LABELS,
    CLASS_PARITY,
    CONDITIONAL_PARITY,
    CONFUSION_PARITY,
    FAIRNESS_WITHOUT_LABELS,
    EXPOSURE,
    GROUP_RATES,
    LABEL_FAIRNESS_AWAITED,
    INEQUALITY,
    HAMMING_PARITY,
    PARITY,
    PREDICTION_DISTRIBUTIONS,
    RANKING_PARITY,
    REGRESSION_PARITY,
    # performance
    CALIBRATION,
    CLASSES,
    CLASSES_WITHOUT_LABELS,
    CLASS_SCORES,
    CLASSIFICATION,
    LABEL_FREE,
    LATENCY,
    PREDICTED_INTERVALS,
    RANKING,
    REGRESSION,
    LABELS,
    LABELS_AWAITED,
    ROWS,
    SCORING,
    WEAK_SLICES,
    # quality
    CLASS_BALANCE,
    CONFLICTING_LABELS,
    CONSTANTS,
    DOMAIN,
    DRIFT,
    DUPLICATES,
    IMPOSSIBLE_VALUES,
    LEAKAGE,
    MISSING_VALUES,
    OUTLIERS,
    OVERLAP,
    REPRESENTATION,
    SCHEMA,
    # robustness
    DEGRADATION,
)


def measures(checks: Iterable[Check] = CHECKS) -> Mapping[str, MeasureSpec]:
    """Every measure by its slug.

    Checks of different tasks may share a measure.

    Raises:
        ValueError: two checks, two measures, or the measures of two checks of one task have one
            slug.
    """
    listed = list(checks)
    found: dict[str, MeasureSpec] = {}
    asked: set[tuple[str, Task]] = set()
    for check in listed:
        for spec in check.spec.measures:
            if found.setdefault(spec.slug, spec) != spec:
                raise ValueError(f"two measures are called {spec.slug!r}")
            for task in check.spec.tasks:
                if (spec.slug, task) in asked:
                    raise ValueError(f"two checks measure {spec.slug!r} of {task} systems")
                asked.add((spec.slug, task))
    slugs = [check.spec.slug for check in listed]
    for slug in slugs:
        if slugs.count(slug) > 1:
            raise ValueError(f"two checks are called {slug!r}")
    return found


def names_of_checks() -> tuple[str, ...]:
    """The names of all checks and of their pillars, as `select` and a project file take them."""
    checks = {check.spec.slug for check in CHECKS}
    return tuple(sorted(checks | {check.spec.pillar for check in CHECKS}))


def select(
    names: Iterable[str] | None = None,
    task: Task | None = None,
    *,
    required: Collection[str] = (),
) -> tuple[Check, ...]:
    """The checks that speak of a task, in the catalogue's order.

    A check that runs on request only is left out, unless it is named itself or, where no names are
    given, answers a measure that is required.

    Args:
        names: of checks or of pillars of checks; None for all.
        task: leave out checks that do not speak of it; None for any.
        required: the measures that a policy asks for.

    Raises:
        UsageError: a name is neither a check's nor a pillar's.
    """
    asked = tuple(check for check in CHECKS if task is None or check.spec.speaks_of(task))
    if names is None:
        wanted = set(requested(required))
        return tuple(c for c in asked if not c.spec.on_request or c.spec.slug in wanted)
    wanted = set(names)
    known = names_of_checks()
    for name in sorted(wanted - set(known)):
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise UsageError(
            f"no check or pillar is called {name!r}{hint} There are: {', '.join(known)}"
        )
    return tuple(check for check in asked if _names(check) & wanted)


def requested(required: Collection[str]) -> tuple[str, ...]:
    """The names of the checks on request that answer any of these measures."""
    return tuple(
        check.spec.slug
        for check in CHECKS
        if check.spec.on_request and any(m.slug in required for m in check.spec.measures)
    )


def _names(check: Check) -> set[str]:
    """The names that a check answers to: its own and, unless it runs on request, its pillar's."""
    spec = check.spec
    return {spec.slug} if spec.on_request else {spec.slug, spec.pillar}
