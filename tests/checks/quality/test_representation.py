"""Groups are compared with the population that the table should stand for."""

from __future__ import annotations

import pytest

from roadworthy.checks.quality.representation import REPRESENTATION
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.intervals import newcombe
from roadworthy.stats.proportions import proportion

ROLES = ColumnRoles(protected=("sex", "age"))
HERE = {"sex": ["f"] * 30 + ["m"] * 70, "age": (["old"] * 10 + ["young"] * 20) + ["young"] * 70}
THERE = {"sex": ["f"] * 50 + ["m"] * 49 + ["x"], "age": ["old"] * 40 + ["young"] * 60}


def test_shares_of_groups_and_intersections(make_subject, answers) -> None:
    """Each group and each intersection has its share of rows."""
    found = answers(REPRESENTATION, make_subject(HERE, roles=ROLES))
    shares = {w: e.outcome.value for (m, w), e in found.items() if m == "group-representation"}
    assert shares == {
        "sex=f": 0.3,
        "sex=m": 0.7,
        "age=old": 0.1,
        "age=young": 0.9,
        "age=old, sex=f": 0.1,
        "age=young, sex=f": 0.2,
        "age=young, sex=m": 0.7,
    }


def test_without_reference_differences_are_unknown(make_subject, answers) -> None:
    """No population was given, so no group can be too small."""
    found = answers(REPRESENTATION, make_subject(HERE, roles=ROLES))
    for (measure, where), evidence in found.items():
        if measure != "group-representation":
            assert "reference" in evidence.outcome.reason, where


def test_differences_from_the_reference_table(make_subject, answers) -> None:
    """Shares are compared as two samples; a group that is gone is named, as one that is new."""
    subject = make_subject(THERE, reference=HERE, roles=ROLES)
    found = answers(REPRESENTATION, subject)
    women = found["group-representation-difference", "sex=f"]
    low, high = newcombe(0.5, 100, 0.3, 100, 0.95)
    assert women.outcome.value == pytest.approx(0.2)
    assert (women.outcome.low, women.outcome.high) == pytest.approx((float(low), float(high)))
    assert found["group-representation-difference", "sex=x"].parameters["reference_share"] == 0.0
    back = answers(REPRESENTATION, make_subject(HERE, reference=THERE, roles=ROLES))
    gone = back["vanished-groups", "sex"]
    assert (gone.outcome.value, gone.parameters["groups"]) == (1.0, ["sex=x"])
    assert back["vanished-groups", "age"].outcome.value == 0.0
    assert ("group-representation-difference", "sex=x") not in back


def test_stated_shares_go_first(make_subject, answers) -> None:
    """A stated share is exact, so only this table's share is uncertain."""
    subject = make_subject(
        HERE,
        reference=THERE,
        roles=ROLES,
        reference_shares={"sex": {"f": 0.5, "m": 0.48, "x": 0.02}},
    )
    found = answers(REPRESENTATION, subject)
    women = found["group-representation-difference", "sex=f"]
    low, high = proportion(0.3, 100, 0.95)
    assert women.outcome.value == pytest.approx(-0.2)
    assert (women.outcome.low, women.outcome.high) == pytest.approx(
        (float(low) - 0.5, float(high) - 0.5)
    )
    assert women.parameters == {"reference": "stated shares", "reference_share": 0.5}
    assert found["vanished-groups", "sex"].parameters["groups"] == ["sex=x"]
    assert found["group-representation-difference", "age=old"].parameters["reference"] == (
        "the reference"
    )


def test_a_reference_without_the_columns_is_unknown(make_subject, answers) -> None:
    """A reference table that lacks a protected column says nothing about groups."""
    subject = make_subject(HERE, reference={"x": [1]}, roles=ROLES)
    found = answers(REPRESENTATION, subject)
    reason = found["group-representation-difference", "sex=f"].outcome.reason
    assert reason == "the reference table lacks a protected column"


def test_without_protected_columns_there_are_no_groups(make_subject, answers) -> None:
    """Every measure is answered by its reason."""
    found = answers(REPRESENTATION, make_subject({"x": [1]}))
    assert {where for _, where in found} == {"all"}
