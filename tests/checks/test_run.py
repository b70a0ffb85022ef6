"""A check that fails says so; it never leaves a hole."""

from __future__ import annotations

import pytest

from roadworthy.checks.check import CheckSpec
from roadworthy.checks.performance.classification import CLASSIFICATION
from roadworthy.checks.performance.measures import ACCURACY, RECALL
from roadworthy.checks.run import run
from roadworthy.errors import DataError
from roadworthy.records.evidence import Measured
from roadworthy.records.slices import ALL


class Failing:
    """A check that measures something and then fails."""

    spec = CheckSpec(
        slug="failing",
        version=1,
        pillar="performance",
        title="Failing",
        assumptions="",
        source="",
        measures=(ACCURACY, RECALL),
    )

    def __init__(self, error):
        self.error = error

    def measure(self, subject):
        """Measure one thing, then fail."""
        outcome = Measured(value=1, low=1, high=1, rows=1, method="exact")
        yield subject.evidence(ACCURACY, ALL, outcome)
        raise self.error


@pytest.mark.parametrize("error", [DataError("no such\n column"), ZeroDivisionError("oops")])
def test_a_failed_check_is_unmeasured(subject_of, error):
    """Each of its measures is unmeasured for everybody, and the reason names check and error."""
    evidence, curves = run([Failing(error)], subject_of({"y": [0, 1]}, label="y"))
    assert [item.measure for item in evidence] == ["accuracy", "recall"]
    assert curves == ()
    for item in evidence:
        assert item.outcome.reason.startswith(f"the check failing failed: {type(error).__name__}: ")
        assert "\n" not in item.outcome.reason


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()])
def test_the_user_and_the_machine_can_stop_a_run(subject_of, error):
    """Ctrl-C and a lack of memory are not answers to a question."""
    with pytest.raises(type(error)):
        run([Failing(error)], subject_of({"y": [0, 1]}, label="y"))


def test_other_checks_go_on_and_progress_is_told(subject_of):
    """One failure does not stop the next check; each is announced by its title."""
    told = []
    subject = subject_of({"y": [0, 1]}, label="y", progress=told.append)
    evidence, _ = run([Failing(ValueError("")), CLASSIFICATION], subject)
    assert told == ["Failing", "Quality of decisions"]
    assert evidence[0].outcome.reason.endswith("ValueError: no message")
    assert ACCURACY.slug in {item.measure for item in evidence}
