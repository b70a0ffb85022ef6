"""Rows that look the same and are labelled differently are counted."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.checks.quality.conflicts import CONFLICTING_LABELS
from roadworthy.records.evidence import Unmeasured
from roadworthy.records.versions import ColumnRoles

ROLES = ColumnRoles(label="y", identifier="id", score="score")


def test_rows_in_conflict_are_counted(make_subject, answers) -> None:
    """Three rows share their features with another label; missing features agree too."""
    subject = make_subject(
        {
            "id": [1, 2, 3, 4, 5, 6, 7],
            "a": ["x", "x", "x", None, None, "z", "z"],
            "b": [1.0, 1.0, 1.0, float("nan"), float("nan"), 2.0, 2.0],
            "y": [0, 0, 1, 1, 1, 1, None],
            "score": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
        },
        roles=ROLES,
    )
    evidence = answers(CONFLICTING_LABELS, subject)["conflicting-labels-rate", "all"]
    assert (evidence.outcome.value, evidence.outcome.rows) == (0.5, 6)
    assert evidence.parameters == {
        "conflicting": 3,
        "patterns": 1,
        "best_accuracy": 5 / 6,
        "features": 2,
    }


def test_nan_is_no_label_and_agrees_with_null(make_subject, answers) -> None:
    """A label that is NaN is missing, and a feature that is NaN agrees with one that is null."""
    gap = float("nan")
    subject = make_subject(
        {"b": pa.array([1.0, 1.0, gap, None, 2.0]), "y": pa.array([0.0, gap, 0.0, 1.0, None])},
        roles=ColumnRoles(label="y"),
    )
    evidence = answers(CONFLICTING_LABELS, subject)["conflicting-labels-rate", "all"]
    assert (evidence.outcome.rows, evidence.parameters["conflicting"]) == (3, 2)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.sampled_from([0, 1, None])),
        min_size=1,
        max_size=40,
    )
)
def test_the_count_agrees_with_pandas(engine, rows) -> None:
    """The rate and the best accuracy equal a plain group-by in pandas."""
    from datetime import UTC, datetime  # noqa: PLC0415 - a subject without fixtures, per example

    from roadworthy.checks.check import Subject  # noqa: PLC0415 - the same
    from roadworthy.stats.tally import TallyPlan  # noqa: PLC0415 - the same

    names = ("select", "b c", "y")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    table = pa.table({**columns, "y": pa.array(columns["y"], pa.int64())})
    subject = Subject(
        table=engine.open(table),
        engine=engine,
        roles=ColumnRoles(label="y"),
        dataset="sha256:aa",
        producer="test",
        at=datetime(2026, 1, 2, tzinfo=UTC),
        plan=TallyPlan(label="y"),
    )
    (evidence,) = CONFLICTING_LABELS.measure(subject)
    frame = pd.DataFrame(rows, columns=list(names)).dropna()
    if frame.empty:
        assert evidence.outcome == Unmeasured(reason="no row has a label")
        return
    groups = frame.groupby(list(names[:2]))["y"]
    conflicting = frame[groups.transform("nunique") > 1]
    majority = groups.agg(lambda labels: labels.value_counts().iloc[0]).sum()
    assert evidence.outcome.value == pytest.approx(len(conflicting) / len(frame))
    assert evidence.parameters["best_accuracy"] == pytest.approx(majority / len(frame))


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        (ColumnRoles(), "no label column was named"),
        (ColumnRoles(label="y"), "there is no feature to compare"),
    ],
)
def test_nothing_to_compare_is_unknown(make_subject, answers, roles, reason) -> None:
    """Without a label or without features there is no conflict to find."""
    found = answers(CONFLICTING_LABELS, make_subject({"y": [0, 1]}, roles=roles))
    assert found["conflicting-labels-rate", "all"].outcome == Unmeasured(reason=reason)
