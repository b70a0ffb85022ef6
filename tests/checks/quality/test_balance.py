"""The rarest class is found and its share bounded."""

from __future__ import annotations

import pytest

from roadworthy.checks.quality.balance import CLASS_BALANCE
from roadworthy.errors import DataError
from roadworthy.records.evidence import Unmeasured
from roadworthy.records.versions import ColumnRoles

ROLES = ColumnRoles(label="y")


def test_the_rarest_class_and_all_counts(make_subject, answers) -> None:
    """Two of eight known labels are positive; missing labels are counted apart."""
    subject = make_subject({"y": [1, 1, 0, 0, 0, 0, 0, 0, None]}, roles=ROLES)
    evidence = answers(CLASS_BALANCE, subject)["minority-class-share", "all"]
    assert (evidence.outcome.value, evidence.outcome.rows) == (0.25, 8)
    assert evidence.parameters == {
        "minority_class": "1",
        "class_rows": {"0": 6, "1": 2},
        "without_label": 1,
    }


def test_labels_are_read_as_the_classes_they_mean(make_subject, answers) -> None:
    """Reals and booleans mean the classes 0 and 1."""
    for labels in ([0.0, 1.0, 1.0, float("nan")], [False, True, True, None]):
        subject = make_subject({"y": labels}, roles=ROLES)
        evidence = answers(CLASS_BALANCE, subject)["minority-class-share", "all"]
        assert evidence.parameters["class_rows"] == {"0": 1, "1": 2}


def test_a_class_without_rows_has_the_share_zero(make_subject, answers) -> None:
    """A class that should be there and is not is the rarest one."""
    subject = make_subject({"y": [1, 1, 1]}, roles=ROLES)
    evidence = answers(CLASS_BALANCE, subject)["minority-class-share", "all"]
    assert (evidence.outcome.value, evidence.parameters["minority_class"]) == (0.0, "0")
    assert evidence.outcome.high > 0


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        (ColumnRoles(), "no label column was named"),
        (ROLES, "there is no row with a label"),
    ],
)
def test_no_label_is_unknown(make_subject, answers, roles, reason) -> None:
    """Without a label column, or without any label, balance is unknown."""
    subject = make_subject({"y": [None, float("nan")]}, roles=roles)
    found = answers(CLASS_BALANCE, subject)["minority-class-share", "all"]
    assert found.outcome == Unmeasured(reason=reason)


def test_a_label_that_is_no_class_is_refused(make_subject) -> None:
    """A third value in a binary label is an error that names it."""
    with pytest.raises(DataError, match=r"none of the classes: '2' \(1 row\)"):
        list(CLASS_BALANCE.measure(make_subject({"y": [0, 1, 2]}, roles=ROLES)))
