"""Inequality of benefits, against AIF360's numbers, and how often its intervals cover."""

from __future__ import annotations

import numpy as np
import pytest

from roadworthy.stats import inequality
from roadworthy.stats.inequality import Benefits

COUNTS = {
    "a": {(0, 0): 30, (0, 1): 7, (1, 0): 5, (1, 1): 20},
    "b": {(0, 0): 12, (0, 1): 2, (1, 0): 9, (1, 1): 15},
}
"""Rows by group, label and prediction, of which AIF360 0.6.1 computed the numbers below."""

GENERALIZED_ENTROPY = 0.12603878116343487
THEIL = 0.1826264443883822
TWICE_THE_ROOT = 0.5020732639036555 * np.sqrt(2)
BETWEEN = 0.006116287053976912


@pytest.fixture
def found(tabulate) -> Benefits:
    """The benefits of everybody, of a and of b."""
    rows = [
        (group, label, prediction)
        for group, cells in COUNTS.items()
        for (label, prediction), n in cells.items()
        for _ in range(n)
    ]
    groups, labels, predictions = zip(*rows, strict=True)
    return inequality.benefits(tabulate(labels, prediction=predictions, g=groups))


def made(weight, scale: float = 1.0) -> Benefits:
    """Benefits of slices with these counts, each row weighing `scale`."""
    counts = np.asarray(weight, dtype=np.float64)
    rows = counts.sum(axis=1)
    return Benefits(weight=counts * scale, rows=rows.astype(np.int64), effective=rows)


def test_indices_are_aif360s(found) -> None:
    """Entropy and Theil's index agree; AIF360's variation is the root of twice too much."""
    assert inequality.generalized_entropy(found).value[0] == pytest.approx(GENERALIZED_ENTROPY)
    assert inequality.theil(found).value[0] == pytest.approx(THEIL)
    variation = inequality.variation(found).value[0]
    assert variation == pytest.approx(np.sqrt(2 * GENERALIZED_ENTROPY))
    benefits = np.repeat([0.0, 1.0, 2.0], [14, 77, 9])
    assert variation == pytest.approx(benefits.std() / benefits.mean())


def test_the_parts_add_up_to_the_whole(found) -> None:
    """Between groups as AIF360 has it; the rest lies within."""
    members = np.array([1, 2])
    between = inequality.between_groups(found, members, 0.95, np.random.default_rng(0))
    within = inequality.within_groups(found, members, 0.95)
    assert between.value == pytest.approx(BETWEEN)
    assert between.value + within.value == pytest.approx(GENERALIZED_ENTROPY)
    assert between.low <= between.value <= between.high
    assert within.low < within.value < within.high


def test_weights_scale_nothing(found) -> None:
    """Every row weighing ten changes neither value nor interval."""
    heavy = made(found.weight, 10.0)
    for function in (inequality.generalized_entropy, inequality.theil, inequality.variation):
        one, ten = function(found), function(heavy)
        assert ten.value == pytest.approx(one.value)
        assert np.stack(ten.interval(0.95)) == pytest.approx(np.stack(one.interval(0.95)))


def test_no_error_in_a_sample_is_not_no_inequality() -> None:
    """The value is 0, and so is the lower limit; the upper one shrinks with the sample."""
    low, high = inequality.generalized_entropy(made([[0, 10, 0], [0, 1_000, 0]])).interval(0.95)
    assert low.tolist() == [0.0, 0.0]
    assert 0 < high[1] < high[0]


def test_nothing_to_share_is_undefined() -> None:
    """If everybody was wrongly refused there is no mean benefit; without rows there is nobody."""
    refused = inequality.theil(made([[5, 0, 0]]))
    assert np.isnan(refused.value[0])
    assert refused.reason == inequality.NOTHING
    assert inequality.theil(made([[0, 0, 0]])).reason == inequality.NOBODY


@pytest.mark.parametrize("shares", [(0.1, 0.8, 0.1), (0.02, 0.95, 0.03), (0.3, 0.65, 0.05)])
@pytest.mark.parametrize("rows", [100, 1_000])
def test_intervals_cover(shares, rows) -> None:
    """Simulated: 95 % intervals of the indices cover at least about as often as they say."""
    drawn = np.random.default_rng(rows).multinomial(rows, shares, size=1_000)
    truth = made([np.array(shares) * 1e6])
    for function in (inequality.generalized_entropy, inequality.theil, inequality.variation):
        low, high = function(made(drawn)).interval(0.95)
        value = function(truth).value[0]
        assert ((low <= value) & (value <= high)).mean() >= 0.925, function.__name__


def test_parts_cover_where_groups_are_alike_and_where_they_are_not() -> None:
    """Simulated: the part between groups holds 0 where groups are alike, and the truth if not."""
    rng = np.random.default_rng(3)
    members = np.array([0, 1])
    for second in ((0.1, 0.8, 0.1), (0.25, 0.7, 0.05)):
        exact = made([[1e5, 8e5, 1e5], np.array(second) * 1e6])
        between = inequality.between_groups(exact, members, 0.95, rng).value
        within = inequality.within_groups(exact, members, 0.95).value
        missed = np.zeros(2)
        for _ in range(200):
            sample = made([rng.multinomial(200, (0.1, 0.8, 0.1)), rng.multinomial(200, second)])
            for place, (part, truth) in enumerate(
                (
                    (inequality.between_groups(sample, members, 0.95, rng), between),
                    (inequality.within_groups(sample, members, 0.95), within),
                )
            ):
                missed[place] += not part.low <= truth <= part.high
        assert (missed <= 0.09 * 200).all(), missed
