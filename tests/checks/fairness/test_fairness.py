"""Fairness checks: Fairlearn's numbers where there are any, a reason where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn import metrics as fairlearn

from roadworthy.checks.fairness.conditional_parity import CONDITIONAL_PARITY
from roadworthy.checks.fairness.group_rates import GROUP_RATES
from roadworthy.checks.fairness.parity import PARITY
from roadworthy.records.evidence import Measured
from roadworthy.stats import intervals

EVERY = (CONDITIONAL_PARITY, GROUP_RATES, PARITY)

GUIDE = {
    "y": [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1],
    "d": [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0],
    "g": list("bbabbcccaacabccbcc"),
}
"""The 18 rows of Fairlearn's user guide."""


@pytest.fixture(scope="module")
def rows():
    """Six hundred decisions about people with two attributes, in two departments."""
    generator = np.random.default_rng(8)
    return {
        "y": generator.integers(0, 2, 600),
        "d": (generator.random(600) < 0.4).astype(int),
        "sex": generator.choice(["Female", "Male"], 600, p=[0.4, 0.6]),
        "race": generator.choice(["a", "b", "c"], 600),
        "department": generator.choice(["p", "q"], 600),
    }


@pytest.fixture(scope="module")
def found(ask, rows):
    """Everything about fairness of those rows."""
    return ask(
        EVERY,
        rows,
        label="y",
        prediction="d",
        protected=["sex", "race"],
        condition=["department"],
        reference_groups={"race": "b"},
    )


def test_the_example_of_fairlearn(ask):
    """Fairlearn's user guide: rates, differences and ratios of its 18 rows."""
    found = ask(EVERY, GUIDE, label="y", prediction="d", protected=["g"])
    expected = {
        "g=a": (0.5, 1.0, 0.75),
        "g=b": (0.6, 0.0, 0.5),
        "g=c": (0.4, 0.6667, 0.5),
        "all": (0.5, 0.6667, 0.5556),
    }
    for where, numbers in expected.items():
        rates = ("true-positive-rate", "false-positive-rate", "selection-rate")
        assert tuple(round(found.value(rate, where), 4) for rate in rates) == numbers
    assert found.value("equal-opportunity-difference", "g") == pytest.approx(0.2)
    assert found.value("false-positive-rate-parity-difference", "g") == 1
    assert found.value("demographic-parity-difference", "g") == 0.25
    assert found.value("demographic-parity-ratio", "g") == pytest.approx(2 / 3)
    assert found.value("equalized-odds-difference", "g") == 1
    assert found.value("equalized-odds-ratio", "g") == 0


def test_comparisons_are_fairlearns(found, rows):
    """Demographic parity, equalised odds and equal opportunity are Fairlearn's."""
    for where, features in (
        ("sex", rows["sex"]),
        ("race", rows["race"]),
        ("race, sex", np.char.add(rows["race"], rows["sex"])),
    ):
        given = {"y_true": rows["y"], "y_pred": rows["d"], "sensitive_features": features}
        for measure, function in (
            ("demographic-parity-difference", fairlearn.demographic_parity_difference),
            ("demographic-parity-ratio", fairlearn.demographic_parity_ratio),
            ("equalized-odds-difference", fairlearn.equalized_odds_difference),
            ("equalized-odds-ratio", fairlearn.equalized_odds_ratio),
            ("equal-opportunity-difference", fairlearn.equal_opportunity_difference),
        ):
            assert found.value(measure, where) == pytest.approx(function(**given), abs=1e-12)
        frame = fairlearn.MetricFrame(
            metrics=fairlearn.false_negative_rate,
            y_true=rows["y"],
            y_pred=rows["d"],
            sensitive_features=features,
        )
        value = found.value("false-negative-rate-parity-difference", where)
        assert value == pytest.approx(frame.difference(), abs=1e-12)


def test_every_question_is_answered(found):
    """Each measure answers for every group or for every comparison, with values in its range."""
    for check in EVERY:
        for spec in check.spec.measures:
            items = {
                where: item.outcome
                for (measure, where), item in found.evidence.items()
                if measure == spec.slug
            }
            across = set(items) == {"sex", "race", "race, sex"}
            against_reference = len(items) == 11
            assert across or against_reference or len(items) == 12, spec.slug
            for outcome in items.values():
                assert isinstance(outcome, Measured)
                assert spec.low is None or outcome.low >= spec.low
                assert spec.high is None or outcome.high <= spec.high


def test_a_comparison_names_its_groups(found):
    """Highest, lowest and worst group, their values and rows, and the number of pairs are told."""
    names = found.parameters("equal-opportunity-difference", "race")
    rates = {race: found.value("true-positive-rate", f"race={race}") for race in "abc"}
    assert names["highest_group"] == f"race={max(rates, key=rates.get)}"
    assert names["lowest_group"] == names["worst_group"] == f"race={min(rates, key=rates.get)}"
    assert names["highest_value"] - names["lowest_value"] == pytest.approx(
        found.value("equal-opportunity-difference", "race")
    )
    assert (names["groups"], names["pairs"]) == (3, 3)
    names = found.parameters("false-positive-rate-parity-difference", "race")
    assert names["worst_group"] == names["highest_group"]
    names = found.parameters("equalized-odds-difference", "race")
    assert names["rates"] == ["true-positive-rate", "false-positive-rate"]
    assert names["compared"] in names["rates"]
    assert names["pairs"] == 6


def test_four_fifths_comes_with_its_counts(found, rows):
    """The ratio tells how many of each group were picked, out of how many, and raises the flag."""
    told = found.parameters("demographic-parity-ratio", "sex")
    for sex in ("Female", "Male"):
        own = rows["sex"] == sex
        assert told["selected"][f"sex={sex}"] == rows["d"][own].sum()
        assert told["total"][f"sex={sex}"] == own.sum()
    value = found.value("demographic-parity-ratio", "sex")
    assert told["below_four_fifths"] == (value < 0.8)


def test_differences_to_the_reference_group(found, rows):
    """The reference is the stated group, or the largest; the others differ from it with a sign."""
    told = found.parameters("selection-rate-difference", "race=a")
    assert told["reference_group"] == "race=b"
    outcome = found["selection-rate-difference", "race=a"]
    (a, b) = (rows["d"][rows["race"] == race] for race in "ab")
    assert outcome.value == pytest.approx(a.mean() - b.mean())
    low, high = intervals.newcombe(a.mean(), len(a), b.mean(), len(b), 0.95)
    assert (outcome.low, outcome.high) == pytest.approx((float(low), float(high)))
    assert told["family_size"] == 2
    assert told["family_low"] < outcome.low
    assert found.value("selection-rate-ratio", "race=a") == pytest.approx(a.mean() / b.mean())
    own = found["selection-rate-difference", "race=b"]
    assert (own.value, own.low, own.high, own.method) == (0, 0, 0, "exact")
    assert (
        found.parameters("selection-rate-difference", "sex=Female")["reference_group"] == "sex=Male"
    )
    told = found.parameters("true-positive-rate-difference", "race=a, sex=Female")
    assert told["reference_group"] == "race=b, sex=Male"


def test_conditional_parity_is_the_worst_stratum(found, rows):
    """The gap is the largest of the departments', and the department is named."""
    gaps = {}
    for department in "pq":
        own = rows["department"] == department
        gaps[f"department={department}"] = fairlearn.demographic_parity_difference(
            rows["y"][own], rows["d"][own], sensitive_features=rows["sex"][own]
        )
    measure = "conditional-demographic-parity-difference"
    assert found.value(measure, "sex") == pytest.approx(max(gaps.values()), abs=1e-12)
    told = found.parameters(measure, "sex")
    assert told["worst_stratum"] == max(gaps, key=gaps.get)
    assert told["worst_group"] in {"sex=Female", "sex=Male"}
    assert (told["strata"], told["strata_with_one_group"]) == (2, 0)
    assert told["condition"] == ["department"]


def test_conditional_parity_without_anything_to_compare(ask, rows):
    """A condition that is the attribute itself, or that separates the groups, says so."""
    measure = "conditional-demographic-parity-difference"
    found = ask(CONDITIONAL_PARITY, rows, prediction="d", protected=["sex"], condition=["sex"])
    assert found.reason(measure, "sex").startswith("sex is itself a condition")
    found = ask(
        CONDITIONAL_PARITY,
        {"d": [0, 1], "g": ["a", "b"], "c": ["x", "y"]},
        prediction="d",
        protected=["g"],
        condition=["c"],
    )
    assert found.reason(measure, "g") == "only one group occurs, so there is nothing to compare"
    assert not ask(CONDITIONAL_PARITY, rows, prediction="d", protected=["sex"]).evidence
    found = ask(CONDITIONAL_PARITY, rows, label="y", protected=["sex"], condition=["department"])
    assert found.reason(measure, "sex") == "neither a prediction nor a score column was given"


def test_a_group_without_a_denominator_is_named(ask):
    """The comparison is unmeasured and names the group, where Fairlearn answers with a gap of 1."""
    columns = {"y": [1, 1, 0, 0, 0], "d": [1, 0, 1, 0, 1], "g": list("aaabb")}
    found = ask(EVERY, columns, label="y", prediction="d", protected=["g"])
    expected = "no row with a prediction has a positive label in g=b"
    for measure in (
        "equal-opportunity-difference",
        "equalized-odds-difference",
        "equalized-odds-ratio",
    ):
        assert found.reason(measure, "g") == expected
    assert found.value("demographic-parity-difference", "g") == pytest.approx(2 / 3 - 1 / 2)
    assert found.reason("true-positive-rate-difference", "g=b") == (
        "no row with a prediction has a positive label"
    )


def test_a_reference_group_without_a_rate_is_named(ask):
    """If the reference itself has no rate, every difference to it says so."""
    columns = {"y": [1, 1, 0, 0, 0], "d": [1, 0, 0, 0, 0], "g": list("aaabb")}
    found = ask(
        GROUP_RATES,
        columns,
        label="y",
        prediction="d",
        protected=["g"],
        reference_groups={"g": "b"},
    )
    reason = found.reason("true-positive-rate-difference", "g=a")
    assert reason == "no row with a prediction has a positive label in the reference group g=b"
    assert found.reason("selection-rate-ratio", "g=a") == "the rate of the reference group g=b is 0"
    found = ask(
        GROUP_RATES,
        columns,
        label="y",
        prediction="d",
        protected=["g"],
        reference_groups={"g": "c"},
    )
    assert found.reason("selection-rate-difference", "g=a") == (
        "the stated reference group g=c does not occur"
    )


def test_many_groups_without_a_denominator_are_counted(ask):
    """Three are named, the others counted."""
    found = ask(
        PARITY,
        {"y": [1, 0, 0, 0, 0, 0], "d": [1] * 6, "g": list("abcdef")},
        label="y",
        prediction="d",
        protected=["g"],
    )
    reason = found.reason("equal-opportunity-difference", "g")
    assert reason.endswith("in g=b; g=c; g=d and 2 more groups")


def test_nobody_selected_has_no_ratio(ask):
    """If no group selects anybody, the difference is 0 and the ratio is unmeasured."""
    columns = {"y": [1, 1, 0, 0], "d": [0, 0, 0, 0], "g": list("abab")}
    found = ask(PARITY, columns, label="y", prediction="d", protected=["g"])
    assert found.value("demographic-parity-difference", "g") == 0
    reason = found.reason("demographic-parity-ratio", "g")
    assert reason == "the selection-rate of every group is 0, so there is no ratio"
    assert found.parameters("demographic-parity-ratio", "g")["total"] == {"g=a": 2, "g=b": 2}


def test_one_group_alone_cannot_be_compared(ask):
    """A single group is measured and not compared."""
    found = ask(
        EVERY,
        {"y": [1, 0], "d": [1, 0], "g": ["a", "a"]},
        label="y",
        prediction="d",
        protected=["g"],
    )
    assert found.value("selection-rate", "g=a") == 0.5
    assert found.reason("demographic-parity-difference", "g") == (
        "only one group occurs (g=a), so there is nothing to compare"
    )


def test_a_missing_attribute_is_a_group(ask):
    """Rows without the attribute make a group of their own, named as missing."""
    found = ask(
        EVERY,
        {"y": [1, 0, 1, 0], "d": [1, 0, 0, 0], "g": ["a", "a", None, None]},
        label="y",
        prediction="d",
        protected=["g"],
    )
    assert found.value("selection-rate", "g=(missing)") == 0
    assert found.value("demographic-parity-difference", "g") == 0.5


def test_without_a_label_parity_of_selection_remains(ask, rows):
    """Demographic parity needs no label; what does says that there is none."""
    found = ask(EVERY, rows, prediction="d", protected=["sex"])
    assert isinstance(found["demographic-parity-difference", "sex"], Measured)
    assert isinstance(found["selection-rate-difference", "sex=Male"], Measured)
    for measure, where in (
        ("equalized-odds-difference", "sex"),
        ("treatment-equality-difference", "sex"),
        ("treatment-ratio", "sex=Male"),
        ("true-positive-rate", "all"),
        ("true-positive-rate-difference", "sex=Female"),
    ):
        assert found.reason(measure, where) == "no label column was given"


def test_without_a_decision_parity_of_labels_remains(ask, rows):
    """Base rates need no decision; what does says that there is none."""
    found = ask(EVERY, rows, label="y", protected=["sex"])
    assert isinstance(found["base-rate-ratio", "sex"], Measured)
    assert found.reason("demographic-parity-ratio", "sex") == (
        "neither a prediction nor a score column was given"
    )


def test_no_protected_attribute_no_comparison(ask, rows):
    """Without protected attributes, everybody is measured and nobody compared."""
    found = ask(EVERY, rows, label="y", prediction="d")
    assert {where for _, where in found.evidence} == {"all"}
