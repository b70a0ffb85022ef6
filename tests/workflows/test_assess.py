"""Assessing: what is asked is checked first, and the same question gives the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression

import roadworthy as rw
from roadworthy.errors import UsageError
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.evidence import Measured, Unmeasured

AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """A few hundred rows with two groups, scores and decisions."""
    rng = np.random.default_rng(7)
    rows = 400
    score = rng.random(rows)
    return pd.DataFrame(
        {
            "y": (score + rng.normal(scale=0.4, size=rows) > 0.5).astype(int),
            "p": score,
            "d": (score >= 0.5).astype(int),
            "sex": rng.choice(["F", "M"], rows),
            "x": rng.normal(size=rows),
        }
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"protected": ["sex", "sex"]}, "protected names a column twice"),
        ({"intersections": 0}, "intersections must be at least 1, found 0"),
        ({"confidence": 1.0}, "confidence must lie between 0 and 1"),
        ({"threshold": 1.5}, r"threshold must lie in \[0, 1\]"),
        ({"reference_groups": {"sex": "M"}}, "'sex', which is not a protected column"),
        ({"protected": "sex"}, "are lists of column names"),
        ({"checks": ["fairnes"]}, "no check or pillar is called 'fairnes'; did you mean"),
    ],
)
def test_questions_that_contradict_themselves(frame, arguments, message):
    """A question that cannot be asked is refused before anything is measured."""
    with pytest.raises(UsageError, match=message):
        rw.assess(frame, label="y", score="p", **arguments)


def test_groups_are_named_by_their_values(frame):
    """A group of a column of numbers or booleans can be named by its value, or by its text."""
    data = frame.assign(age=frame["x"].gt(0) * 10 + 20, old=frame["x"].gt(0))
    plain, text = (
        rw.assess(
            data,
            label="y",
            score="p",
            protected=["age", "old"],
            reference_groups={"age": twenty, "old": true},
            reference_shares={"age": {twenty: 0.6, thirty: 0.4}},
            checks=["group-rates", "representation"],
            at=AT,
        )
        for twenty, thirty, true in ((20, 30, True), ("20", "30", "true"))
    )
    assert plain.table() == text.table()
    assert plain.find("selection-rate-difference", "age=20").outcome.value == 0
    shift = plain.find("group-representation-difference", "age=20").outcome
    assert shift.value == pytest.approx((data["age"] == 20).mean() - 0.6)


def test_a_model_and_its_predictions_at_once(frame):
    """Predictions come from the model or from the table, not from both."""
    model = LogisticRegression().fit(frame[["x", "p"]], frame["y"])
    with pytest.raises(UsageError, match="but not both"):
        rw.assess(frame, label="y", score="p", model=model)


def test_the_same_question_gives_the_same_bytes(frame):
    """Nothing depends on the clock or on chance: two runs give one digest."""
    model = LogisticRegression().fit(frame[["x", "p"]], frame["y"])
    data = frame.drop(columns="d")
    runs = [
        rw.assess(data, label="y", model=model, protected=["sex"], seed=3, at=AT) for _ in range(2)
    ]
    digests = {canonical.digest(run.record) for run in runs}
    assert len(digests) == 1


def test_a_model_in_memory_has_the_digest_it_would_be_registered_under(frame):
    """Evidence names the bytes of the model that was measured, if it can be saved."""
    one = LogisticRegression().fit(frame[["x", "p"]], frame["y"])
    other = LogisticRegression(C=0.1).fit(frame[["x", "p"]], frame["y"])
    records = [
        rw.assess(frame, label="y", model=m, checks=["scoring"]).record for m in (one, other)
    ]
    digests = {record.model for record in records}
    assert len(digests) == 2
    assert None not in digests
    assert {item.model for item in records[0].evidence} == {records[0].model}


def test_every_group_and_column_is_on_the_roster(frame):
    """What exists is listed apart from what was measured, so that nothing can be hidden."""
    record = rw.assess(frame, label="y", score="p", protected=["sex"]).record
    roster = {str(item.slice): item.rows for item in record.roster}
    assert roster["all"] == 400
    assert roster["sex=F"] + roster["sex=M"] == 400
    assert {f"column={name}" for name in frame.columns} <= roster.keys()


def test_decisions_alone(frame):
    """Without labels, what speaks of decisions is measured and the rest says why not."""
    found = rw.assess(frame[["d", "sex"]], prediction="d", protected=["sex"])
    assert isinstance(found.find("selection-rate", "sex=F").outcome, Measured)
    assert isinstance(found.find("demographic-parity-difference", "sex").outcome, Measured)
    missing = found.find("true-positive-rate").outcome
    assert isinstance(missing, Unmeasured)
    assert "label" in missing.reason


def test_the_table_has_the_promised_columns(frame):
    """Scripts rely on these columns: nulls stand where there is no number or no verdict."""
    found = rw.assess(frame, label="y", prediction="d", protected=["sex"], policy="minimal")
    table = found.table()
    assert table.column_names == ["measure", "slice", "value", "low", "high", "n", "verdict"]
    rows = {(r["measure"], r["slice"]): r for r in table.to_pylist()}
    assert rows["accuracy", "all"]["value"] == (frame["y"] == frame["d"]).mean()
    assert rows["roc-auc", "all"]["value"] is None
    assert rows["balanced-accuracy", "all"]["verdict"] in {"PASS", "UNKNOWN", "FAIL"}
    assert rows["f1", "all"]["verdict"] is None


def test_saved_and_loaded_it_is_the_same(frame, tmp_path):
    """An assessment survives its folder byte for byte, with its evidence as Parquet beside it."""
    found = rw.assess(frame, label="y", score="p", protected=["sex"], policy="minimal")
    folder = found.save(tmp_path / "saved")
    assert {path.name for path in folder.iterdir()} == {
        "assessment.json",
        "decision.json",
        "evidence.parquet",
    }
    again = rw.load(folder)
    assert canonical.to_bytes(again.record) == canonical.to_bytes(found.record)
    stored = (folder / "assessment.json").read_bytes()
    assert canonical.from_bytes(AssessmentRecord, stored) == found.record


def test_judging_later_is_judging_at_once(frame):
    """The policy given at once and the policy asked later conclude alike."""
    at_once = rw.assess(frame, label="y", score="p", protected=["sex"], policy="limited", at=AT)
    later = at_once.judge("limited")
    assert at_once.decision is not None
    assert later.verdict is at_once.decision.verdict
    assert later.findings == at_once.decision.findings


def test_looking_for_what_is_not_there(frame):
    """A measure or slice that was not measured is answered by what was."""
    found = rw.assess(frame, label="y", score="p", protected=["sex"], checks=["scoring"])
    with pytest.raises(UsageError, match="no evidence for measure 'accuracy'; measured were: "):
        found.find("accuracy")
    with pytest.raises(UsageError, match="on slice 'sex=X'; it was on: all, sex=F, sex=M"):
        found.find("roc-auc", "sex=X")


def test_it_shows_itself(frame):
    """The repr says what was measured, and notebooks get a table without a script."""
    found = rw.assess(pa.Table.from_pandas(frame), label="y", score="p", protected=["sex"])
    assert "400 rows" in repr(found)
    html = found._repr_html_()
    assert "sex" in html
    assert "<script" not in html


def test_a_model_that_reads_the_label_is_refused(frame):
    """It would be perfect, and would prove nothing."""
    cheat = LogisticRegression().fit(frame[["x", "y"]], frame["y"])
    with pytest.raises(UsageError, match="the model reads the label 'y'"):
        rw.assess(frame, label="y", model=cheat, protected=["sex"])
