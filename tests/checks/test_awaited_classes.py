"""Tests of several classes and several labels before they are known, through the front door."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console
from scipy.special import expit

import roadworthy as rw
from roadworthy.checks.fairness.class_label_free import (
    ClassFairnessWithoutLabels,
    LabelFairnessAwaited,
)
from roadworthy.checks.groups import AWAITED, UNSEEN
from roadworthy.checks.performance.class_label_free import ClassesWithoutLabels
from roadworthy.checks.performance.labels_label_free import TOGETHER, LabelsAwaited
from roadworthy.cli.rendering import summary
from roadworthy.records.evidence import Evidence, Measured, Unmeasured
from roadworthy.workflows.assessment import Assessment

PILLARS = ["performance", "fairness"]


def animals(rows: int, *, shift: float, seed: int) -> pa.Table:
    """Cases of three classes, whose probabilities are too extreme, with the likeliest class."""
    rng = np.random.default_rng(seed)
    chance = np.exp(rng.normal(0, 1, (rows, 3)) + np.array([shift, 0.0, -0.5]))
    chance /= chance.sum(axis=1, keepdims=True)
    drawn = (rng.random((rows, 1)) > chance.cumsum(axis=1)).sum(axis=1)
    said = chance**1.5 / (chance**1.5).sum(axis=1, keepdims=True)
    columns = {f"p_{name}": said[:, k] for k, name in enumerate("abc")}
    names = np.array(list("abc"))
    return pa.table(
        {
            "y": names[drawn].tolist(),
            **columns,
            "d": names[said.argmax(axis=1)].tolist(),
            "g": rng.choice(["u", "v"], rows).tolist(),
        }
    )


def letters(rows: int, *, shift: float, seed: int) -> pa.Table:
    """Letters with two labels and a score of each, stretched."""
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {"g": rng.choice(["u", "v"], rows).tolist()}
    for k, name in enumerate(("urgent", "legal")):
        odds = rng.normal(shift - k, 1.3, rows)
        columns[name] = (rng.random(rows) < expit(odds)).astype(int)
        columns[f"p_{name}"] = expit(1.7 * odds + 0.4)
    return pa.table(columns)  # type: ignore[arg-type]


ASKED = {
    "task": "multiclass",
    "label": "y",
    "scores": {name: f"p_{name}" for name in "abc"},
    "protected": ["g"],
    "checks": PILLARS,
}
LABELS = {
    "labels": ["urgent", "legal"],
    "scores": {"urgent": "p_urgent", "legal": "p_legal"},
    "protected": ["g"],
    "checks": PILLARS,
}
REFERENCE, LATER = animals(8_000, shift=0.0, seed=4), animals(5_000, shift=0.4, seed=3)
KNOWN, COMING = letters(8_000, shift=0.0, seed=5), letters(5_000, shift=0.4, seed=6)


def assessed(rows: pa.Table, **more: object) -> Assessment:
    """An assessment of some rows."""
    return rw.assess(rows, **more)  # type: ignore[arg-type]


def evidence(found: Assessment) -> dict[tuple[str, str], Evidence]:
    """The evidence by measure and slice."""
    return {(item.measure, str(item.slice)): item for item in found.record.evidence}


@pytest.fixture(scope="module")
def classes() -> Assessment:
    """Three classes without labels, with a labelled reference."""
    return assessed(LATER.drop_columns(["y"]), reference=REFERENCE, **ASKED)


@pytest.fixture(scope="module")
def labels() -> Assessment:
    """Two labels that are only in the reference."""
    return assessed(COMING.drop_columns(["urgent", "legal"]), reference=KNOWN, **LABELS)


def held(expected: Assessment, shown: Assessment) -> list[tuple[str, str, bool]]:
    """Of each expected measure that labels then show: whether the limits hold the value."""
    real = evidence(shown)
    found = []
    for (measure, where), item in evidence(expected).items():
        truth = real.get((measure.removeprefix("expected-"), where))
        if measure.startswith("expected-") and truth is not None:
            outcome, later = item.outcome, truth.outcome
            if isinstance(outcome, Measured) and isinstance(later, Measured):
                found.append((measure, where, outcome.low <= later.value <= outcome.high))
    return found


def test_limits_hold_what_labels_of_classes_then_show(classes: Assessment) -> None:
    """For everybody, each group and each class, nearly all limits hold the later value."""
    found = held(classes, assessed(LATER, **ASKED))
    whole = {measure for measure, where, _ in found if where == "all"}
    assert whole == {spec.slug for spec in ClassesWithoutLabels.spec.measures}
    assert len(found) > 100
    assert sum(holds for _, _, holds in found) >= 0.9 * len(found), found


def test_limits_hold_what_several_labels_then_show(labels: Assessment) -> None:
    """For everybody, each group and each label, nearly all limits hold the later value."""
    found = held(labels, assessed(COMING, **LABELS))
    whole = {measure for measure, where, _ in found if where == "all"}
    unknown = {"expected-subset-accuracy"}
    assert whole == {spec.slug for spec in LabelsAwaited.spec.measures} - unknown
    assert len(found) > 80
    assert sum(holds for _, _, holds in found) >= 0.9 * len(found), found


def test_each_class_agrees_with_the_whole(classes: Assessment) -> None:
    """Averages over classes are the averages of what each class shows."""
    found = evidence(classes)

    def value(measure: str, where: str) -> float:
        outcome = found[f"expected-{measure}", where].outcome
        assert isinstance(outcome, Measured)
        return outcome.value

    for whole, part in (
        ("balanced-accuracy", "recall"),
        ("macro-precision", "precision"),
        ("macro-f1", "f1"),
        ("macro-roc-auc", "roc-auc"),
    ):
        each = [value(part, f"class={name}") for name in "abc"]
        assert value(whole, "all") == pytest.approx(np.mean(each)), whole
    confusion = found["expected-accuracy", "all"].parameters["confusion"]
    assert np.trace(np.array(confusion)) / LATER.num_rows == pytest.approx(
        value("accuracy", "all"), abs=1e-4
    )


def test_gaps_speak_of_the_class_where_they_are_widest(classes: Assessment) -> None:
    """A comparison without a class is the widest of the classes', and names it."""
    found = evidence(classes)
    for spec in ClassFairnessWithoutLabels.spec.measures:
        assert isinstance(found[spec.slug, "g"].outcome, Measured), spec.slug
    gap = found["expected-equal-opportunity-difference", "g"]
    worst = gap.parameters["worst_class"]
    own = found["expected-equal-opportunity-difference", f"class={worst}, g"]
    assert isinstance(gap.outcome, Measured)
    assert isinstance(own.outcome, Measured)
    assert gap.outcome.value == pytest.approx(own.outcome.value)
    assert " taken for " in str(found["expected-confusion-rate-difference", "g"].parameters)


def test_gaps_speak_of_the_label_where_they_are_widest(labels: Assessment) -> None:
    """Every comparison over labels is measured, the share of wrong ones among them."""
    found = evidence(labels)
    for spec in LabelFairnessAwaited.spec.measures:
        assert isinstance(found[spec.slug, "g"].outcome, Measured), spec.slug


def test_all_labels_right_is_not_told_by_single_labels(labels: Assessment) -> None:
    """How labels hang together cannot be seen in single scores, and the reason says so."""
    found = evidence(labels)
    assert found["expected-subset-accuracy", "all"].outcome == Unmeasured(reason=TOGETHER)
    awaited = Unmeasured(reason=AWAITED)
    assert found["macro-f1", "all"].outcome == awaited
    assert found["hamming-loss-difference", "g"].outcome == awaited


def test_calibration_is_not_expected(classes: Assessment) -> None:
    """Whether scores still mean what they meant cannot be seen, and the reason says so."""
    found = evidence(classes)
    for key in (
        ("top-label-calibration-error", "all"),
        ("class-wise-calibration-error", "g=u"),
        ("expected-calibration-error", "class=a"),
        ("expected-calibration-error-difference", "g"),
    ):
        assert found[key].outcome == Unmeasured(reason=UNSEEN)
    assert found["top-2-accuracy", "all"].outcome == Unmeasured(reason=AWAITED)


def test_decisions_of_a_column_are_those_that_count() -> None:
    """Named decisions give what the likeliest class gives where they are the same."""
    unlabelled = LATER.drop_columns(["y"])
    named = evidence(assessed(unlabelled, reference=REFERENCE, prediction="d", **ASKED))
    made = evidence(assessed(unlabelled, reference=REFERENCE, **ASKED))
    without = evidence(
        assessed(unlabelled, reference=REFERENCE.drop_columns(["d"]), prediction="d", **ASKED)
    )
    key = ("expected-accuracy", "all")
    values = [found[key].outcome for found in (named, made, without)]
    assert values[0] == values[1]
    assert all(isinstance(value, Measured) for value in values)
    first, last = (value.value for value in (values[0], values[2]) if isinstance(value, Measured))
    assert first == pytest.approx(last, abs=0.02)
    assert first != last


def test_listed_scores_belong_to_the_classes_of_the_reference(classes: Assessment) -> None:
    """Columns that are only listed are told apart by the labels that the reference has."""
    listed = {**ASKED, "scores": ["p_a", "p_b", "p_c"]}
    found = assessed(LATER.drop_columns(["y"]), reference=REFERENCE, **listed)
    key = ("expected-accuracy", "all")
    assert evidence(found)[key].outcome == evidence(classes)[key].outcome


def test_what_the_reference_lacks_is_the_reason() -> None:
    """Without probabilities, or without a class, in the reference, nothing is expected."""
    unlabelled = LATER.drop_columns(["y"])
    bare = evidence(assessed(unlabelled, reference=REFERENCE.drop_columns(["p_a"]), **ASKED))
    assert bare["expected-accuracy", "all"].outcome == Unmeasured(
        reason="the reference table has no columns of class probabilities to calibrate"
    )
    kept = REFERENCE.filter(pa.array([name != "c" for name in REFERENCE["y"].to_pylist()]))
    lacking = evidence(assessed(unlabelled, reference=kept, **ASKED))
    assert lacking["expected-accuracy", "all"].outcome == Unmeasured(
        reason="of class 'c', or of all others, the reference has no row with probabilities"
    )
    scoreless = {key: value for key, value in ASKED.items() if key != "scores"}
    decided = evidence(assessed(unlabelled, reference=REFERENCE, prediction="d", **scoreless))
    assert decided["expected-confusion-rate-difference", "g"].outcome == Unmeasured(
        reason="no columns of class probabilities were given"
    )


def test_some_labels_may_be_known_already() -> None:
    """Known labels are measured, awaited ones expected, and what takes all of them says why not."""
    found = evidence(assessed(COMING.drop_columns(["legal"]), reference=KNOWN, **LABELS))
    assert isinstance(found["recall", "label=urgent"].outcome, Measured)
    assert isinstance(found["expected-recall", "label=legal"].outcome, Measured)
    assert found["expected-macro-f1", "all"].outcome == Unmeasured(
        reason="label=urgent is known already, while other labels are awaited"
    )
    scoreless = KNOWN.drop_columns(["p_legal"])
    missing = evidence(
        assessed(COMING.drop_columns(["urgent", "legal"]), reference=scoreless, **LABELS)
    )
    assert missing["expected-hamming-loss-difference", "g"].outcome == Unmeasured(
        reason="the reference table has no score column 'p_legal' to calibrate (for label=legal)"
    )


def test_a_reference_of_one_label_says_so() -> None:
    """A label that the reference never has cannot be expected."""
    never = KNOWN.set_column(
        KNOWN.column_names.index("legal"), "legal", pa.array(np.zeros(KNOWN.num_rows, int))
    )
    found = evidence(
        assessed(COMING.drop_columns(["urgent", "legal"]), reference=never, **LABELS, positive=1)
    )
    assert found["expected-recall", "label=legal"].outcome == Unmeasured(
        reason="the scored rows of the reference are all of one class"
    )


def test_expectations_stand_where_people_look(
    classes: Assessment, labels: Assessment, capsys: pytest.CaptureFixture[str]
) -> None:
    """Terminal and report show what is expected in place of what cannot be measured yet."""
    page = classes.report_html()
    assert "Confusion matrix, expected" in page
    assert "Labels are awaited" in page
    assert "Recall, expected" in page
    console = Console(width=110, highlight=False)
    for found in (classes, labels):
        for part in summary(found.record, more=""):
            console.print(part)
    shown = capsys.readouterr().out
    for text in (
        "F1 score, mean over classes, expected",
        "Difference in confusions, expected",
        "Share of labels wrong, expected",
        "each label, expected",
    ):
        assert text in shown


def test_weights_and_intersections_are_followed() -> None:
    """Rows that all weigh 2 give the same values, also in groups of two attributes."""
    rows = LATER.drop_columns(["y"]).append_column("h", LATER["d"])
    there = REFERENCE.append_column("h", REFERENCE["d"])
    weighted = rows.append_column("w", pa.array(np.full(rows.num_rows, 2.0)))
    asked = {**ASKED, "protected": ["g", "h"]}
    plain = evidence(assessed(rows, reference=there, **asked))
    doubled = evidence(assessed(weighted, reference=there, weight="w", **asked))
    for where in ("all", "g=u", "g=u, h=a"):
        one, two = (found["expected-accuracy", where].outcome for found in (plain, doubled))
        assert isinstance(one, Measured)
        assert isinstance(two, Measured)
        assert two.value == pytest.approx(one.value, abs=1e-6)


def test_a_database_gives_the_same_expectations(postgres: Any) -> None:
    """Classes are counted by decision on a server as in memory."""
    rows, there = LATER.slice(0, 1_200).drop_columns(["y"]), REFERENCE.slice(0, 1_500)
    here = evidence(assessed(rows, reference=there, **ASKED))
    served = evidence(
        rw.assess(postgres.put(rows), reference=postgres.put(there), **ASKED)  # type: ignore[arg-type]
    )
    expected = [key for key in here if key[0].startswith("expected-")]
    assert len(expected) > 100
    for key in expected:
        assert served[key].outcome == here[key].outcome, key


def test_the_evidence_tells_the_fewest_rows_that_any_class_was_calibrated_on() -> None:
    """A class that a group hardly has is calibrated on everybody, the others on the group."""
    groups = ["u" if y == "a" else g for y, g in zip(*map(REFERENCE.column, "yg"), strict=True)]
    place = REFERENCE.schema.get_field_index("g")
    reference = REFERENCE.set_column(place, "g", pa.array(list(map(str, groups))))
    found = evidence(assessed(LATER.drop_columns(["y"]), reference=reference, **ASKED))
    own = found["expected-accuracy", "g=v"].parameters["calibrated_on"]
    assert own == reference["g"].to_pylist().count("v")
    assert found["expected-accuracy", "all"].parameters["calibrated_on"] == REFERENCE.num_rows
