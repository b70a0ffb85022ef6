"""Tests of performance and fairness without labels, through the front door."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console
from scipy.special import expit

import roadworthy as rw
from roadworthy.checks.performance.label_free import LabelFree
from roadworthy.cli.rendering import summary
from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.workflows.assessment import Assessment

CHECKS = ["performance-without-labels", "fairness-without-labels"]


def cases(rows: int, *, shift: float, seed: int) -> pa.Table:
    """Cases of two groups, of which one is more often positive at the same score."""
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b"], rows, p=[0.7, 0.3])
    odds = rng.normal(-1 + shift + 0.5 * (group == "b"), 1.3, rows)
    label = rng.random(rows) < expit(odds)
    score = expit(1.7 * odds + 0.4 - 0.6 * (group == "b"))
    return pa.table({"y": label.astype(int), "p": score, "g": group})


LABELLED = cases(20_000, shift=0.0, seed=1)
LATER = cases(10_000, shift=0.5, seed=2)


def values(assessment: Assessment) -> dict[tuple[str, str], Measured | Unmeasured]:
    """What was measured, by measure and slice."""
    return {(e.measure, str(e.slice)): e.outcome for e in assessment.record.evidence}


def estimated(data: pa.Table, **more: object) -> Assessment:
    """Unlabelled rows, with a labelled reference."""
    arguments = {"label": "y", "score": "p", "protected": ["g"], "reference": LABELLED, **more}
    return rw.assess(data, checks=CHECKS, **arguments)  # type: ignore[arg-type]


def test_expectations_hold_what_labels_then_show() -> None:
    """For everybody, for each group and for the gap, the limits hold the later value."""
    expected = values(estimated(LATER.drop_columns(["y"])))
    shown = values(
        rw.assess(LATER, label="y", score="p", protected=["g"], checks=["performance", "fairness"])
    )
    names = (
        ("recall", "all"),
        ("precision", "g=a"),
        ("true-positive-rate", "g=b"),
        ("roc-auc", "g=b"),
        ("matthews-correlation", "all"),
        ("equal-opportunity-difference", "g"),
        ("equalized-odds-difference", "g"),
        ("predictive-parity-difference", "g"),
    )
    for name, where in names:
        outcome, real = expected[f"expected-{name}", where], shown[name, where]
        assert isinstance(outcome, Measured)
        assert isinstance(real, Measured)
        assert outcome.method != "exact"
        assert outcome.low <= real.value <= outcome.high, (name, where)
        assert outcome.high - outcome.low < 0.1


def test_rows_are_those_that_labels_would_put_there() -> None:
    """Of accuracy and of both rates of equalised odds together, every row counts once."""
    found = values(estimated(LATER.drop_columns(["y"])))
    assert found["expected-accuracy", "all"].rows == LATER.num_rows
    assert found["expected-equalized-odds-difference", "g"].rows == LATER.num_rows
    positives = found["expected-recall", "all"].rows
    assert positives == pytest.approx(sum(LATER["y"].to_pylist()), rel=0.05)


def test_what_needs_labels_says_where_they_are() -> None:
    """Measures that need labels are not taken, and the reason says so."""
    found = rw.assess(
        LATER.drop_columns(["y"]), label="y", score="p", reference=LABELLED, checks=["performance"]
    )
    recall = values(found)["recall", "all"]
    assert isinstance(recall, Unmeasured)
    assert recall.reason == "only the reference has labels"


def test_groups_are_calibrated_on_their_own() -> None:
    """A group that the reference knows well is calibrated alone, and the evidence says on what."""
    found = estimated(LATER.drop_columns(["y"]))
    rows = {
        str(e.slice): e.parameters["calibrated_on"]
        for e in found.record.evidence
        if e.measure == "expected-recall"
    }
    assert rows["all"] == 20_000
    assert rows["g=a"] + rows["g=b"] == 20_000  # type: ignore[operator]


def test_decisions_of_another_column_are_expected_too() -> None:
    """Where decisions do not come from a threshold, they are judged by the scores all the same."""
    decided = LATER.append_column("d", pa.array(np.asarray(LATER["p"]) >= 0.3))
    both = decided.drop_columns(["y"])
    named = values(estimated(both, prediction="d"))
    same = values(estimated(LATER.drop_columns(["y"]), threshold=0.3))
    for key in (("expected-recall", "all"), ("expected-precision", "g=b")):
        left, right = named[key], same[key]
        assert isinstance(left, Measured)
        assert isinstance(right, Measured)
        assert left.value == pytest.approx(right.value, abs=2e-3)


def test_nothing_is_expected_where_labels_are_known() -> None:
    """A table with labels is measured, and gets no expectations."""
    assert not values(estimated(LATER))


def test_a_reference_without_scores_says_so() -> None:
    """Without scores in the reference every expectation says what is missing."""
    found = estimated(LATER.drop_columns(["y"]), reference=LABELLED.drop_columns(["p"]))
    reasons = {
        outcome.reason for outcome in values(found).values() if isinstance(outcome, Unmeasured)
    }
    assert reasons == {"the reference table has no score column 'p' to calibrate"}


def test_every_measure_is_answered() -> None:
    """Each measure of the check has evidence for everybody."""
    found = values(estimated(LATER.drop_columns(["y"])))
    for spec in LabelFree.spec.measures:
        assert isinstance(found[spec.slug, "all"], Measured)


def test_expectations_stand_where_people_look(capsys: pytest.CaptureFixture[str]) -> None:
    """Terminal and report show what is expected in place of what cannot be measured yet."""
    found = estimated(LATER.drop_columns(["y"]))
    page = found.report_html()
    assert "Accuracy, expected" in page
    assert "Equal opportunity difference, expected" in page
    console = Console(width=100, highlight=False)
    for part in summary(found.record, more=""):
        console.print(part)
    assert "Recall, expected" in capsys.readouterr().out


def animals(rows: int, *, shift: float, seed: int) -> pa.Table:
    """Cases of three classes, whose probabilities are too extreme."""
    rng = np.random.default_rng(seed)
    chance = np.exp(rng.normal(0, 1, (rows, 3)) + np.array([shift, 0.0, -0.5]))
    chance /= chance.sum(axis=1, keepdims=True)
    drawn = (rng.random((rows, 1)) > chance.cumsum(axis=1)).sum(axis=1)
    said = chance**1.5 / (chance**1.5).sum(axis=1, keepdims=True)
    columns = {f"p_{name}": said[:, k] for k, name in enumerate("abc")}
    return pa.table(
        {"y": np.array(list("abc"))[drawn], **columns, "g": rng.choice(["u", "v"], rows)}
    )


def test_each_class_is_expected_on_its_own() -> None:
    """Of several classes, each against the rest: limits hold what labels then show."""
    asked = {
        "task": "multiclass",
        "label": "y",
        "scores": {name: f"p_{name}" for name in "abc"},
        "protected": ["g"],
    }
    later = animals(5_000, shift=0.6, seed=3)
    reference = animals(8_000, shift=0.0, seed=4)
    expected = values(
        rw.assess(later.drop_columns(["y"]), reference=reference, checks=CHECKS, **asked)  # type: ignore[arg-type]
    )
    shown = values(rw.assess(later, checks=["performance", "fairness"], **asked))  # type: ignore[arg-type]
    pairs = [
        (outcome, shown[measure.removeprefix("expected-"), where])
        for (measure, where), outcome in expected.items()
        if where.startswith("class=") and "," not in where
    ]
    held = [
        outcome.low <= real.value <= outcome.high
        for outcome, real in pairs
        if isinstance(outcome, Measured) and isinstance(real, Measured)
    ]
    assert len(held) >= 45
    assert sum(held) >= 0.9 * len(held)


def test_limits_of_few_rows_are_possible_ones() -> None:
    """The limits of a group, and those that hold for all groups together, are areas and losses."""
    few = pa.table({"p": [0.6, 0.2], "g": ["c", "c"]})
    later = pa.concat_tables([LATER.drop_columns(["y"]).slice(0, 500), few])
    for item in estimated(later).record.evidence:
        if str(item.slice) == "g=c" and isinstance(item.outcome, Measured):
            limits = (item.outcome.low, item.parameters["family_low"])
            assert min(limits) >= (-1 if "matthews" in item.measure else 0)
            if "loss" not in item.measure:
                assert max(item.outcome.high, item.parameters["family_high"]) <= 1
