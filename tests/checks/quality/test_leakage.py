"""A feature that tells the label alone is found; one that knows nothing is not accused."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from roadworthy.checks.quality.leakage import LEAKAGE
from roadworthy.records.evidence import Unmeasured
from roadworthy.records.versions import ColumnRoles

ROLES = ColumnRoles(label="y")
RNG = np.random.default_rng(7)
ROWS = 4000
LABEL = RNG.integers(0, 2, ROWS)


def test_leaks_of_every_shape_are_found(make_subject, answers) -> None:
    """A copy, a text, a hump and a tell-tale gap each tell the label; noise tells nothing."""
    hump = np.where(LABEL == 1, RNG.normal(0, 0.1, ROWS), RNG.choice([-3.0, 3.0], ROWS))
    subject = make_subject(
        {
            "y": LABEL,
            "copy": LABEL,
            "text": np.where(LABEL == 1, "approved", "denied"),
            "hump": hump,
            "gap": pa.array(RNG.normal(size=ROWS), mask=LABEL == 1),
            "noise": RNG.normal(size=ROWS),
            "codes": RNG.integers(0, 500, ROWS).astype(str),
        },
        roles=ROLES,
    )
    found = answers(LEAKAGE, subject)
    values = {w.removeprefix("feature="): e.outcome for (_, w), e in found.items()}
    for leak in ("copy", "text", "hump", "gap"):
        assert values[leak].value > 0.99, leak
    for innocent in ("noise", "codes"):
        assert values[innocent].value == pytest.approx(0.5, abs=0.03), innocent
        assert values[innocent].low < 0.5 < values[innocent].high


def test_a_monotone_feature_has_its_usual_auc(make_subject, answers) -> None:
    """For a feature that ranks well by itself, the value is close to scikit-learn's."""
    x = LABEL + RNG.normal(0, 1, ROWS)
    outcome = answers(LEAKAGE, make_subject({"y": LABEL, "x": x}, roles=ROLES))[
        "single-feature-auc", "feature=x"
    ].outcome
    assert outcome.value == pytest.approx(roc_auc_score(LABEL, x), abs=0.015)
    assert outcome.low < roc_auc_score(LABEL, x) < outcome.high
    assert outcome.method == "newcombe-auc"


def test_many_categories_on_few_rows_do_not_look_like_a_leak(make_subject, answers) -> None:
    """Since bins are ordered on one half and judged on the other, chance is not knowledge."""
    values = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        data = {"y": rng.integers(0, 2, 120), "x": rng.integers(0, 30, 120).astype(str)}
        found = answers(LEAKAGE, make_subject(data, roles=ROLES))
        values.append(found["single-feature-auc", "feature=x"].outcome.value)
    assert np.mean(values) == pytest.approx(0.5, abs=0.03)


def test_the_answer_is_the_same_for_one_seed(make_subject, answers) -> None:
    """The same table and seed give the same evidence."""
    data = {"y": LABEL, "x": RNG.normal(size=ROWS)}
    assert answers(LEAKAGE, make_subject(data, roles=ROLES, seed=3)) == answers(
        LEAKAGE, make_subject(data, roles=ROLES, seed=3)
    )


def test_features_are_those_of_the_model(make_subject, answers) -> None:
    """Named features are asked about; otherwise all columns without another role."""
    data = {"y": LABEL, "a": LABEL, "b": LABEL, "id": range(ROWS), "w": LABEL + 1.0}
    roles = ColumnRoles(label="y", identifier="id", weight="w")
    assert {w for _, w in answers(LEAKAGE, make_subject(data, roles=roles))} == {
        "feature=a",
        "feature=b",
    }
    roles = ColumnRoles(label="y", features=("b",))
    assert {w for _, w in answers(LEAKAGE, make_subject(data, roles=roles))} == {"feature=b"}


def test_what_cannot_be_ranked_is_unknown(make_subject, answers) -> None:
    """Too few rows of a class, a column of dates, no label, three classes: each has a reason."""
    few = {"y": [0] * 50 + [1] * 9, "x": range(59), "day": [date(2026, 1, 1)] * 59}
    found = answers(LEAKAGE, make_subject(few, roles=ROLES))
    assert found["single-feature-auc", "feature=x"].outcome == Unmeasured(
        reason="a class has fewer than 10 rows with a label", rows=59
    )
    reason = found["single-feature-auc", "feature=day"].outcome.reason
    assert reason == "a column of type time is not cut into bins"
    found = answers(LEAKAGE, make_subject({"x": [1]}))
    assert found["single-feature-auc", "feature=x"].outcome.reason == "no label column was named"
    three = make_subject({"y": [0, 1, 2], "x": [1, 2, 3]}, roles=ROLES, classes=("0", "1", "2"))
    outcome = answers(LEAKAGE, three)["single-feature-auc", "feature=x"].outcome
    assert outcome.reason == "the label has over two classes"
