"""What every check of a regression shares: which columns it has, and why a measure cannot be."""

from __future__ import annotations

from roadworthy.checks.check import Subject

NO_LABEL = "no label column was given"
NO_PREDICTION = "no prediction column was given"
NO_INTERVAL = "no columns of predicted intervals were given"


def lacking_numbers(
    subject: Subject, *, label: bool = False, prediction: bool = False, interval: bool = False
) -> str | None:
    """Why a measure with these needs cannot be taken of this regression; None if it can."""
    plan = subject.errors.plan
    if label and plan.label is None:
        return NO_LABEL
    if prediction and plan.prediction is None:
        return NO_PREDICTION
    if interval and not plan.interval:
        return NO_INTERVAL
    return None
