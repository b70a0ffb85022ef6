"""Corrections for many statements agree with SciPy, statsmodels and each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, studentized_range
from statsmodels.stats.multitest import multipletests

from roadworthy.stats import multiplicity


@pytest.mark.parametrize("groups", [2, 3, 5, 10, 40])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_tukeys_critical_value_is_that_of_the_studentised_range(groups, confidence):
    """For one contest it is SciPy's quantile of the range of normal variables."""
    found = norm.ppf(0.5 + multiplicity.tukey(confidence, [groups]) / 2)
    expected = studentized_range.ppf(confidence, groups, np.inf) / np.sqrt(2)
    assert found == pytest.approx(expected, abs=1e-6)


def test_tukey_is_sharper_than_sidak_and_no_sharper_than_one_statement():
    """All pairs of groups ask for less than as many unrelated statements would."""
    for groups in (3, 5, 60, 1000):
        found = multiplicity.tukey(0.95, [groups])
        assert 0.95 < found < float(multiplicity.sidak(0.95, groups * (groups - 1) // 2))


def test_contests_of_two_groups_are_unrelated_statements():
    """Ten contests of one pair each ask for what Sidak asks for ten statements, in any order."""
    assert multiplicity.tukey(0.95, [2] * 10) == pytest.approx(float(multiplicity.sidak(0.95, 10)))
    assert multiplicity.tukey(0.95, [2]) == 0.95
    assert multiplicity.tukey(0.9, [3, 5, 3]) == multiplicity.tukey(0.9, [5, 3, 3])


def test_tukeys_confidence_is_that_of_simulated_pairs():
    """Of unequal groups too, all pairs hold together at least as often as asked."""
    generator = np.random.default_rng(1)
    critical = norm.ppf(0.5 + multiplicity.tukey(0.95, [6]) / 2)
    for errors, most in ((np.ones(6), 0.955), (np.geomspace(0.2, 3, 6), 0.99)):
        drawn = generator.standard_normal((40_000, 6)) * errors
        apart = np.abs(drawn[:, :, None] - drawn[:, None])
        scale = np.hypot(errors[:, None], errors)
        held = (apart / scale <= critical).all(axis=(1, 2)).mean()
        assert 0.947 <= held <= most


def test_max_t_of_unrelated_statements_is_sidaks():
    """Independent replicates ask for Sidak's confidence, never for more; NaN takes no part."""
    generator = np.random.default_rng(3)
    drawn = generator.standard_normal((20, 20_000)) * np.geomspace(0.1, 10, 20)[:, None]
    found = multiplicity.max_t(drawn, np.zeros(20), 0.95)
    assert found == pytest.approx(float(multiplicity.sidak(0.95, 20)), abs=5e-4)
    assert found <= multiplicity.sidak(0.95, 20)
    undefined = np.full((2, 20_000), np.nan)
    more = np.concatenate([drawn, undefined, np.zeros((1, 20_000))])
    assert multiplicity.max_t(more, [0] * 20 + [np.nan] * 2 + [0], 0.95) == found


def test_max_t_of_one_statement_said_twice_is_its_own():
    """Perfectly tied statements cost nothing, and one alone needs only its own confidence."""
    drawn = np.random.default_rng(4).standard_normal(50_000)
    found = multiplicity.max_t(np.stack([drawn, 3 * drawn]), np.zeros(2), 0.95)
    assert found == pytest.approx(0.95, abs=0.003)
    assert multiplicity.max_t(drawn[None], np.zeros(1), 0.95) == 0.95
    assert multiplicity.max_t(np.zeros((3, 0)), np.zeros(3), 0.95) == 0.95


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_p_values_are_those_of_statsmodels(p_values):
    """Benjamini and Hochberg's step-up rule, ties and order included."""
    expected = multipletests(p_values, method="fdr_bh")[1]
    assert multiplicity.benjamini_hochberg(p_values) == pytest.approx(expected, abs=1e-15)


def test_benjamini_hochberg_leaves_untested_alone():
    """NaN stays NaN and does not count."""
    found = multiplicity.benjamini_hochberg([0.01, np.nan, 0.02, 0.5])
    assert np.allclose(found, [0.03, np.nan, 0.03, 0.5], equal_nan=True)


def test_sidak_is_never_stricter_than_bonferroni():
    """Sidak asks for no more confidence than Bonferroni, and for the same alone."""
    families = np.arange(1, 200)
    assert (
        multiplicity.sidak(0.95, families) <= multiplicity.bonferroni(0.95, families) + 1e-12
    ).all()
    assert multiplicity.sidak(0.9, 1) == pytest.approx(0.9)
