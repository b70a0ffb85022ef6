"""Ranking, losses and calibration agree with scikit-learn and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from roadworthy.records.evidence import Measured, Unmeasured
from roadworthy.stats import calibration, losses, ranking
from roadworthy.stats.scorebins import score_bins

MEASURES = (
    ranking.area_under_roc,
    ranking.average_precision,
    losses.brier_score,
    losses.log_loss,
    calibration.expected_calibration_error,
    calibration.calibration_slope,
    calibration.calibration_intercept,
)


@st.composite
def scored_rows(draw):
    """Labels and scores: continuous, with ties, extreme, or rare."""
    rows = draw(st.integers(1, 300))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    kind = draw(st.sampled_from(["continuous", "ties", "extreme", "rare"]))
    score = generator.random(rows)
    if kind == "ties":
        score = np.round(score * 8) / 8
    if kind == "extreme":
        score = generator.choice([0.0, 1e-12, 0.25, 1.0], rows)
    if kind == "rare":
        score = 1 / (1 + np.exp(7 - 2 * generator.standard_normal(rows)))
    label = (generator.random(rows) < (score if draw(st.booleans()) else 0.5)).astype(int)
    return label, score


def labelled(count, seed=0, slope=1.0, shift=0.0):
    """Scores and labels drawn from them, the logit stretched and shifted."""
    generator = np.random.default_rng(seed)
    logit = 1.5 * generator.standard_normal(count)
    truth = 1 / (1 + np.exp(-(slope * logit + shift)))
    return (generator.random(count) < truth).astype(int), 1 / (1 + np.exp(-logit))


def delong(label, score):
    """The area and DeLong's standard error from the rows."""
    positive, negative = score[label == 1], score[label == 0]
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    m, n = wins.shape
    return wins.mean(), np.sqrt(
        wins.mean(axis=1).var(ddof=1) / m + wins.mean(axis=0).var(ddof=1) / n
    )


@settings(max_examples=80, deadline=None)
@given(scored_rows())
def test_the_area_is_within_its_tie_bound(tabulate, rows):
    """The area under the curve differs from scikit-learn's by no more than the tie bound."""
    label, score = rows
    bins = score_bins(tabulate(label, score=score))
    value = ranking.area_under_roc(bins).value[0]
    if 0 < label.mean() < 1:
        expected = sklearn.roc_auc_score(label, np.floor(score * 2**30))
        assert abs(value - expected) <= ranking.tie_bound(bins)[0] + 1e-12
    else:
        assert np.isnan(value)


@settings(max_examples=80, deadline=None)
@given(scored_rows(), st.booleans())
def test_average_precision_is_within_its_bound(tabulate, rows, weighted):
    """Average precision differs from scikit-learn's by no more than its bound, weighted or not."""
    label, score = rows
    weight = np.arange(1, len(label) + 1) % 4 + 0.5 if weighted else np.ones(len(label))
    bins = score_bins(tabulate(label, score=score, weight=weight if weighted else None))
    if label.any():
        told_apart = np.floor(score * 2**30)
        expected = sklearn.average_precision_score(label, told_apart, sample_weight=weight)
        value = ranking.average_precision(bins).value[0]
        assert abs(value - expected) <= ranking.precision_bound(bins)[0] + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 200))
def test_true_ties_are_exact(tabulate, seed, rows):
    """Scores that share a bin only when they are equal give scikit-learn's area and precision.

    That they are equal shows where rows of both labels share a bin.
    """
    generator = np.random.default_rng(seed)
    label, score = generator.integers(0, 2, rows), generator.integers(0, 33, rows) / 32
    label[:2] = [0, 1]
    assume(set(score[label == 0]) & set(score[label == 1]))
    bins = score_bins(tabulate(label, score=score))
    area, precision = ranking.area_under_roc(bins), ranking.average_precision(bins)
    assert area.value[0] == pytest.approx(sklearn.roc_auc_score(label, score), abs=1e-12)
    assert precision.value[0] == pytest.approx(
        sklearn.average_precision_score(label, score), abs=1e-12
    )


@pytest.mark.parametrize("seed", range(40))
def test_a_small_table_is_ranked_as_scikit_learn_ranks_it(tabulate, seed):
    """With few rows, bins hold at most one row of each label, and nothing is lost to binning."""
    generator = np.random.default_rng(seed)
    label = np.concatenate([[0, 1], generator.integers(0, 2, 18)])
    score = generator.random(20)
    score[generator.random(20) < 0.2] = 0.3
    bins = score_bins(tabulate(label, score=score))
    area, precision = ranking.area_under_roc(bins), ranking.average_precision(bins)
    bound = ranking.tie_bound(bins)[0]
    assert abs(area.value[0] - sklearn.roc_auc_score(label, score)) <= bound + 1e-12
    assert abs(precision.value[0] - sklearn.average_precision_score(label, score)) <= (
        ranking.precision_bound(bins)[0] + 1e-12
    )


@pytest.mark.parametrize(("positive", "area"), [(0.50001, 1.0), (0.5, 0.5), (0.49999, 0.0)])
def test_two_rows_in_one_bin_are_told_apart(tabulate, positive, area):
    """A positive and a negative in one bin are tied only if their scores are."""
    bins = score_bins(tabulate(np.array([0, 1]), score=np.array([0.5, positive])))
    assert ranking.area_under_roc(bins).value[0] == area
    assert ranking.tie_bound(bins)[0] == 0


def test_delong_from_the_histogram(tabulate):
    """The interval is DeLong's, put through the logit; its error agrees with that from the rows."""
    label, score = labelled(800)
    score = np.round(score * 64) / 64
    estimates = ranking.area_under_roc(score_bins(tabulate(label, score=score)))
    area, error = delong(label, score)
    (low,), (high,) = estimates.interval(0.95)
    assert estimates.method == ["delong-logit"]
    assert estimates.value[0] == pytest.approx(area, abs=1e-12)
    half = 1.959964 * error / (area * (1 - area))
    expected = 1 / (1 + np.exp(-(np.log(area / (1 - area)) + np.array([-half, half]))))
    assert [low, high] == pytest.approx(expected.tolist(), abs=1e-6)


def test_a_small_perfect_ranking_keeps_a_real_interval(tabulate):
    """Four rows in perfect order: the area is 1, the interval is not a point."""
    estimates = ranking.area_under_roc(
        score_bins(tabulate([0, 0, 1, 1], score=[0.1, 0.2, 0.8, 0.9]))
    )
    (outcome,) = estimates.outcomes(0.95)
    assert (outcome.value, outcome.high, outcome.method) == (1, 1, "newcombe-area")
    assert outcome.low < 0.7


def test_the_curve_is_scikit_learns(tabulate):
    """Rates at the thresholds of a sweep are those of scikit-learn's ROC curve."""
    label, score = labelled(500)
    score = np.round(score * 32) / 32
    found = ranking.sweep(score_bins(tabulate(label, score=score)), 0)
    fpr, tpr, thresholds = sklearn.roc_curve(label, score, drop_intermediate=False)
    assert np.allclose(found.threshold, thresholds)
    assert np.allclose(found.true_positive_rate, tpr)
    assert np.allclose(found.false_positive_rate, fpr)
    thin = found.thinned(10)
    assert len(thin.threshold) <= 12
    assert (thin.true_positive_rate[0], thin.true_positive_rate[-1]) == (0, 1)
    gap = ranking.kolmogorov_smirnov(score_bins(tabulate(label, score=score)))[0]
    assert gap == pytest.approx((tpr - fpr).max())


@settings(max_examples=80, deadline=None)
@given(scored_rows())
def test_the_brier_score_is_exact(tabulate, rows):
    """The Brier score from moments is scikit-learn's, up to the rounding of sums."""
    label, score = rows
    found = losses.brier_score(score_bins(tabulate(label, score=score))).value[0]
    assert found == pytest.approx(np.mean((score - label) ** 2), abs=1e-8)


@settings(max_examples=80, deadline=None)
@given(scored_rows())
def test_log_loss_is_within_its_bound(tabulate, rows):
    """Log loss differs from scikit-learn's by no more than the stated bound."""
    label, score = rows
    bins = score_bins(tabulate(label, score=score))
    expected = sklearn.log_loss(label, score, labels=[0, 1])
    assert abs(losses.log_loss(bins).value[0] - expected) <= losses.log_loss_bound(bins)[0] + 1e-9


def test_log_loss_of_ordinary_scores_is_close(tabulate):
    """For ordinary scores the bound is below a thousandth and the value nearer still."""
    label, score = labelled(2000)
    bins = score_bins(tabulate(label, score=score))
    assert losses.log_loss_bound(bins)[0] < 1e-3
    assert losses.log_loss(bins).value[0] == pytest.approx(sklearn.log_loss(label, score), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(scored_rows())
def test_calibration_error_is_exact(tabulate, rows):
    """The calibration error is that of the rows in 16 groups of equal width."""
    label, score = rows
    group = np.minimum((score * 16).astype(int), 15)
    expected = sum(
        (group == g).mean() * abs(label[group == g].mean() - score[group == g].mean())
        for g in np.unique(group)
    )
    found = calibration.expected_calibration_error(score_bins(tabulate(label, score=score)))
    assert found.value[0] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.6, 0.4), (1.7, -1.0)])
def test_recalibration_agrees_with_statsmodels(tabulate, slope, shift):
    """Slope, intercept and errors are those of regressions; the intercept's is the larger one."""
    label, score = labelled(3000, slope=slope, shift=shift)
    logit = np.log(score / (1 - score))
    joint = sm.Logit(label, sm.add_constant(logit)).fit(disp=0)
    fixed = sm.GLM(label, np.ones(3000), family=sm.families.Binomial(), offset=logit)
    alone, robust = fixed.fit(), fixed.fit(cov_type="HC0")
    widest = max(alone.bse[0], robust.bse[0])
    bins = score_bins(tabulate(label, score=score))
    for estimates, value, error in (
        (calibration.calibration_slope(bins), joint.params[1], joint.bse[1]),
        (calibration.calibration_intercept(bins), alone.params[0], widest),
    ):
        (low,), (high,) = estimates.interval(0.95)
        assert estimates.value[0] == pytest.approx(value, abs=0.02 * error)
        assert (high - low) / (2 * 1.959964) == pytest.approx(error, rel=1e-3)


@pytest.mark.parametrize(
    ("label", "score"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
        ([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),
        ([0, 1, 0, 1], [0.7, 0.7, 0.7, 0.7]),
        ([1, 1, 1], [0.2, 0.5, 0.7]),
        ([0, 1, 1], [0.2, 0.2, 0.7]),
    ],
)
def test_a_slope_without_overlap_is_unmeasured(tabulate, label, score):
    """Separated, constant or one-class scores have no finite slope."""
    estimates = calibration.calibration_slope(score_bins(tabulate(label, score=score)))
    (outcome,) = estimates.outcomes(0.95)
    assert isinstance(outcome, Unmeasured)


@settings(max_examples=80, deadline=None)
@given(scored_rows(), st.sampled_from([0.8, 0.95, 0.999]))
def test_every_outcome_is_a_valid_measurement(tabulate, rows, confidence):
    """Any scores give, for every measure and group, an interval around the value or a reason."""
    label, score = rows
    group = np.arange(len(label)) % 3
    bins = score_bins(tabulate(label, score=score, group=group))
    for measure in MEASURES:
        for outcome in measure(bins).outcomes(confidence):
            assert isinstance(outcome, Measured | Unmeasured)


def test_missing_scores_and_labels_are_left_out(tabulate):
    """A NaN score or a missing label changes no measure of the others."""
    label, score = labelled(300)
    plain = score_bins(tabulate(label, score=score))
    with_gaps = score_bins(
        tabulate([*label, None, 1, 0], score=[*score, 0.5, float("nan"), float("nan")])
    )
    for measure in MEASURES:
        assert measure(plain).value[0] == measure(with_gaps).value[0]
        assert measure(plain).rows[0] == measure(with_gaps).rows[0] == 300


def test_weights_of_one_change_nothing(tabulate):
    """Equal weights give the same values, intervals and rows as none."""
    label, score = labelled(300)
    plain = score_bins(tabulate(label, score=score))
    equal = score_bins(tabulate(label, score=score, weight=np.full(300, 0.25)))
    for measure in MEASURES:
        assert np.allclose(measure(plain).value, measure(equal).value, atol=1e-6)
        assert np.allclose(measure(plain).interval(0.95), measure(equal).interval(0.95), atol=1e-6)


def test_weights_count(tabulate):
    """Weighted area, precision and Brier score are scikit-learn's; zero weights count nothing."""
    label, score = labelled(400)
    score = np.round(score * 32) / 32
    weight = np.random.default_rng(1).integers(0, 8, 400) / 4
    bins = score_bins(tabulate(label, score=score, weight=weight))
    for measure, peer in (
        (ranking.area_under_roc, sklearn.roc_auc_score),
        (ranking.average_precision, sklearn.average_precision_score),
        (losses.brier_score, sklearn.brier_score_loss),
        (losses.log_loss, sklearn.log_loss),
    ):
        keep = weight > 0
        expected = peer(
            label[keep], np.clip(score[keep], 1e-9, 1 - 1e-9), sample_weight=weight[keep]
        )
        assert measure(bins).value[0] == pytest.approx(expected, abs=1e-6)
    assert bins.total_effective[0] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())


def test_a_table_without_scores_has_no_bins(tabulate):
    """Asking for score bins where there is no score is the caller's mistake."""
    with pytest.raises(ValueError, match="counts no scores"):
        score_bins(tabulate([0, 1], [0, 1]))
