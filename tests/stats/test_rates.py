"""Rates are exact, and a rate without a denominator is unmeasured."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.stats import confusion, rates
from roadworthy.stats.rates import RATES

FAIRLEARN = {
    "selection-rate": fairlearn.selection_rate,
    "true-positive-rate": fairlearn.true_positive_rate,
    "false-positive-rate": fairlearn.false_positive_rate,
    "true-negative-rate": fairlearn.true_negative_rate,
    "false-negative-rate": fairlearn.false_negative_rate,
}


@st.composite
def decided_rows(draw):
    """Labels, predictions and groups."""
    rows = draw(st.integers(1, 80))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    shares = draw(st.tuples(st.floats(0, 1), st.floats(0, 1)))
    label = (generator.random(rows) < shares[0]).astype(int)
    prediction = (generator.random(rows) < shares[1]).astype(int)
    return label, prediction, generator.choice(["a", "b", "c"], rows), generator


def of_slice(table, estimates, name):
    """The value of the slice with this name."""
    return estimates.value[[str(s) for s in table.slices].index(name)]


@settings(max_examples=60, deadline=None)
@given(decided_rows())
def test_rates_agree_with_scikit_learn_and_fairlearn(tabulate, rows):
    """Every defined rate of every group is the peers' to the last bits."""
    label, prediction, group, _ = rows
    table = tabulate(label, prediction, group=group)
    for name in ["all", *{f"group={g}" for g in group}]:
        of = np.ones(len(label), bool) if name == "all" else group == name[-1]
        y, d = label[of], prediction[of]
        expected = {name: peer(y, d) for name, peer in FAIRLEARN.items()}
        expected |= {
            "accuracy": sklearn.accuracy_score(y, d),
            "base-rate": y.mean(),
            "positive-predictive-value": sklearn.precision_score(y, d, zero_division=np.nan),
            "negative-predictive-value": sklearn.precision_score(
                1 - y, 1 - d, zero_division=np.nan
            ),
        }
        for rate, value in expected.items():
            found = of_slice(table, rates.estimate(table, RATES[rate]), name)
            if np.isfinite(found):
                assert found == pytest.approx(value, abs=1e-12)
            else:
                assert rates.count(table, RATES[rate]).denominator.min() == 0


@settings(max_examples=60, deadline=None)
@given(decided_rows())
def test_confusion_measures_agree_with_scikit_learn(tabulate, rows):
    """F1, balanced accuracy and Matthews correlation are scikit-learn's where they are defined."""
    label, prediction, _, _ = rows
    table = tabulate(label, prediction)
    found = {
        function: function(table).value[0]
        for function in (confusion.f1, confusion.balanced_accuracy, confusion.matthews_correlation)
    }
    if label.any() or prediction.any():
        assert found[confusion.f1] == pytest.approx(sklearn.f1_score(label, prediction), abs=1e-12)
    else:
        assert np.isnan(found[confusion.f1])
    if 0 < label.mean() < 1:
        expected = sklearn.balanced_accuracy_score(label, prediction)
        assert found[confusion.balanced_accuracy] == pytest.approx(expected, abs=1e-12)
        if 0 < prediction.mean() < 1:
            expected = sklearn.matthews_corrcoef(label, prediction)
            assert found[confusion.matthews_correlation] == pytest.approx(expected, abs=1e-12)
    else:
        assert np.isnan(found[confusion.balanced_accuracy])
        assert np.isnan(found[confusion.matthews_correlation])


@settings(max_examples=30, deadline=None)
@given(decided_rows())
def test_weighted_rates_agree_with_scikit_learn(tabulate, rows):
    """With row weights, rates are weighted; zero weights count for nothing."""
    label, prediction, _, generator = rows
    weight = generator.integers(0, 64, len(label)) / 16
    table = tabulate(label, prediction, weight=weight)
    found = rates.estimate(table, RATES["accuracy"]).value[0]
    if weight.sum() == 0:
        assert np.isnan(found)
    else:
        expected = sklearn.accuracy_score(label, prediction, sample_weight=weight)
        assert found == pytest.approx(expected, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(decided_rows(), st.sampled_from([0.8, 0.95, 0.999]))
def test_every_outcome_is_a_valid_measurement(tabulate, rows, confidence):
    """Any table gives, for every measure and group, an interval around its value or a reason."""
    label, prediction, group, _ = rows
    table = tabulate(label, prediction, group=group)
    everything = [rates.estimate(table, rate) for rate in RATES.values()]
    everything += [
        function(table)
        for function in (
            confusion.f1,
            confusion.balanced_accuracy,
            confusion.matthews_correlation,
            confusion.treatment_ratio,
        )
    ]
    for estimates in everything:
        for outcome in estimates.outcomes(confidence):
            assert isinstance(outcome, Measured | Unmeasured)


def test_the_example_of_fairlearn(tabulate):
    """The 18 rows of Fairlearn's user guide give its numbers, overall and by group."""
    label = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    prediction = [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0]
    group = list("bbabbcccaacabccbcc")
    table = tabulate(label, prediction, group=group)
    expected = {
        "all": (0.5, 0.6667, 0.5556, 18),
        "group=a": (0.5, 1.0, 0.75, 4),
        "group=b": (0.6, 0.0, 0.5, 6),
        "group=c": (0.4, 0.6667, 0.5, 8),
    }
    for name, (tpr, fpr, selected, rows) in expected.items():
        for rate, value in (
            ("true-positive-rate", tpr),
            ("false-positive-rate", fpr),
            ("selection-rate", selected),
        ):
            found = of_slice(table, rates.estimate(table, RATES[rate]), name)
            assert round(found, 4) == value
        assert table.rows[[str(s) for s in table.slices].index(name)] == rows


def test_a_group_without_positives_has_no_true_positive_rate(tabulate):
    """The rate is unmeasured with its reason and rows, where Fairlearn says 0."""
    table = tabulate([0, 0, 1], [0, 1, 1], group=["a", "a", "b"])
    outcome = rates.estimate(table, RATES["true-positive-rate"]).outcomes(0.95)[1]
    assert outcome == Unmeasured(reason="no row with a prediction has a positive label", rows=0)


def test_rows_without_a_label_are_not_counted_as_wrong(tabulate):
    """A missing label leaves accuracy alone, and still counts for the selection rate."""
    table = tabulate([1, 0, None, None], [1, 0, 1, 1])
    assert rates.estimate(table, RATES["accuracy"]).value[0] == 1
    assert rates.estimate(table, RATES["selection-rate"]).value[0] == 0.75
    assert [missing.tolist() for missing in rates.missing_rows(table)] == [[2], [0]]


def test_the_interval_of_weighted_rates_uses_the_effective_sample_size(tabulate):
    """Three rows that weigh nothing do not narrow an interval; Kish's size is 2 of 5."""
    table = tabulate([1] * 5, [1, 0, 1, 0, 1], weight=[1, 1, 0, 0, 0])
    counts = rates.count(table, RATES["true-positive-rate"])
    assert (counts.effective[0], counts.rows[0]) == (2, 5)
    plain = tabulate([1] * 2, [1, 0])
    weighted, alone = (
        rates.estimate(each, RATES["true-positive-rate"]).interval(0.95) for each in (table, plain)
    )
    assert np.array_equal(weighted, alone)


def test_a_slice_without_weight_says_so(tabulate):
    """Rows that weigh nothing are no denominator, and the reason does not deny that they exist."""
    table = tabulate([1, 0], [1, 0], weight=[0, 0])
    (outcome,) = rates.estimate(table, RATES["accuracy"]).outcomes(0.95)
    reason = "no row of positive weight has both a label and a prediction"
    assert outcome == Unmeasured(reason=reason, rows=2)


def test_one_row_is_measured_with_a_wide_interval(tabulate):
    """A single correct row says little: 5 % to 100 %."""
    (outcome,) = rates.estimate(tabulate([1], [1]), RATES["accuracy"]).outcomes(0.95)
    assert (outcome.value, outcome.high, outcome.rows) == (1, 1, 1)
    assert outcome.low == pytest.approx(0.05)
