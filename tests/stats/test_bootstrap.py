"""Resampling cells is seeded, agrees with closed forms, and refuses small groups."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from roadworthy.stats import bootstrap, confusion, intervals, multiplicity
from roadworthy.stats.bootstrap import Draw
from roadworthy.stats.confusion import _phi


def accuracy(counts):
    """Share of the diagonal, for replicates of 2x2 tables."""
    flat = counts.reshape(len(counts), 4)
    return (flat[:, 0] + flat[:, 3]) / flat.sum(axis=1)


def test_replicates_keep_the_number_of_rows():
    """Every replicate has as many rows as the table, and an empty table stays empty."""
    cells = np.array([[5, 3], [2, 90]])
    found = bootstrap.resample(cells, np.random.default_rng(0), 50)
    assert found.shape == (50, 2, 2)
    assert (found.sum(axis=(1, 2)) == 100).all()
    assert not bootstrap.resample(cells * 0, np.random.default_rng(0), 5).any()


def test_one_seed_one_answer():
    """The same generator gives the same interval."""
    cells = np.array([[50, 30], [20, 900]])
    first, second = (
        bootstrap.interval(cells, accuracy, confidence=0.95, generator=np.random.default_rng(4))
        for _ in range(2)
    )
    assert first == second


def test_the_bootstrap_agrees_with_closed_forms():
    """In a large table the percentile interval is Wilson's, or Fisher's for a correlation."""
    cells = np.array([[5000, 700], [900, 3400]])
    found = bootstrap.interval(
        cells, accuracy, confidence=0.95, generator=np.random.default_rng(4), replicates=4000
    )
    low, high = intervals.wilson(0.84, 10_000, 0.95)
    assert (found.low, found.high) == pytest.approx((float(low), float(high)), abs=1e-3)
    found = bootstrap.interval(
        cells,
        lambda counts: _phi(counts.reshape(-1, 4).astype(float)),
        confidence=0.95,
        generator=np.random.default_rng(4),
        replicates=4000,
    )
    expected = confusion._fisher(cells.reshape(1, 4).astype(float), np.array([0.95]))
    assert (found.low, found.high) == pytest.approx((expected.low[0], expected.high[0]), abs=2e-3)


def test_small_groups_get_no_percentile_interval():
    """Below 100 rows a percentile interval would lie, so there is none."""
    found = bootstrap.interval(
        np.array([[9, 0], [0, 90]]),
        accuracy,
        confidence=0.95,
        generator=np.random.default_rng(0),
    )
    assert found is None


def test_undefined_replicates_are_counted():
    """The share of replicates without a value is told; an undefined statistic has no interval."""

    def second_share(counts):
        with np.errstate(invalid="ignore"):
            return np.where(counts[:, 1] > 0, counts[:, 1] / counts.sum(axis=1), np.nan)

    generator = np.random.default_rng(0)
    found = bootstrap.interval(
        np.array([199, 1]), second_share, confidence=0.95, generator=generator
    )
    assert 0.3 < found.undefined < 0.45
    assert (
        bootstrap.interval(np.array([200, 0]), second_share, confidence=0.95, generator=generator)
        is None
    )


def selection_rate(counts):
    """The rate of the second cell among both, for slices and replicates; NaN without rows."""
    with np.errstate(invalid="ignore"):
        return (counts[1] / counts.sum(axis=0))[None]


CELLS = np.array([[40, 10], [25, 25], [0, 6], [300, 60]])
FAMILIES = [np.array([0, 0, 0, 0]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])]


@pytest.mark.parametrize("draw", list(Draw))
def test_joint_replicates_are_those_of_rows(draw):
    """Rolled-up cells are distributed like slices of resampled rows: means, spreads, KS test."""
    found = bootstrap.joint(
        CELLS,
        FAMILIES,
        selection_rate,
        generator=np.random.default_rng(1),
        replicates=2000,
        draw=draw,
    )
    assert found.shape == (5, 1, 2000)
    rows = np.repeat(np.arange(8), CELLS.ravel())
    drawn = np.random.default_rng(2).choice(rows, (2000, len(rows)))
    combination, selected = drawn // 2, drawn % 2
    slices = [(family, group) for family in FAMILIES for group in range(family.max() + 1)]
    for position, (family, group) in enumerate(slices):
        member = family[combination] == group
        expected = (member & (selected == 1)).sum(axis=1) / member.sum(axis=1)
        assert found[position, 0].mean() == pytest.approx(expected.mean(), abs=0.004)
        assert found[position, 0].std() == pytest.approx(expected.std(), rel=0.06)
        assert ks_2samp(found[position, 0], expected).pvalue > 0.001


def test_overlapping_slices_keep_their_dependence():
    """A slice and a part that makes up most of it move together; disjoint ones do not."""
    found = bootstrap.joint(
        CELLS, FAMILIES, selection_rate, generator=np.random.default_rng(3), replicates=4000
    )[:, 0]
    correlation = np.corrcoef(found)
    assert correlation[0, 2] > 0.7
    assert abs(correlation[1, 2]) < 0.06


def test_blocks_and_seeds_decide_nothing_but_the_draws(monkeypatch):
    """One seed gives one answer; a table too large for 32 bits is drawn as well."""
    first, second = (
        bootstrap.joint(
            CELLS, FAMILIES, selection_rate, generator=np.random.default_rng(5), replicates=60
        )
        for _ in range(2)
    )
    assert np.array_equal(first, second)
    monkeypatch.setattr(bootstrap, "NARROW", 1)
    wide = bootstrap.joint(
        CELLS, FAMILIES, selection_rate, generator=np.random.default_rng(5), replicates=60
    )
    assert np.array_equal(first, wide)
    large = bootstrap.joint(
        CELLS * 2**31,
        FAMILIES[:1],
        lambda counts: counts.sum(axis=0)[None],
        generator=np.random.default_rng(5),
        replicates=3,
    )
    assert large == pytest.approx(np.full((1, 1, 3), CELLS.sum() * 2.0**31), rel=1e-4)


def test_limits_of_many_slices_are_numpys_quantiles():
    """Percentiles leave out undefined replicates and tell their share; a lone one is a point."""
    drawn = np.random.default_rng(6).standard_normal((3, 2, 101)).astype(np.float32)
    drawn[1, 0, :50], drawn[2, 1], drawn[0, 1, 1:] = np.nan, np.nan, np.nan
    found = bootstrap.spread(drawn, 0.9)
    assert found.low[0, 0] == pytest.approx(np.quantile(drawn[0, 0], 0.05), abs=1e-6)
    assert found.high[1, 0] == pytest.approx(np.nanquantile(drawn[1, 0], 0.95), abs=1e-6)
    assert found.low[0, 1] == found.high[0, 1] == drawn[0, 1, 0]
    assert np.isnan(found.low[2, 1])
    assert found.undefined == pytest.approx(np.array([[0, 100 / 101], [50 / 101, 0], [0, 1]]))


def test_an_empty_table_has_empty_replicates():
    """No rows, no values: every replicate is undefined, by either draw."""
    for draw in Draw:
        found = bootstrap.joint(
            CELLS * 0,
            FAMILIES[:2],
            selection_rate,
            generator=np.random.default_rng(0),
            replicates=30,
            draw=draw,
        )
        assert np.isnan(found).all()
        assert (bootstrap.spread(found, 0.95).undefined == 1).all()
    none = bootstrap.joint(
        CELLS, FAMILIES, selection_rate, generator=np.random.default_rng(0), replicates=0
    )
    assert none.size == 0


def test_intervals_of_overlapping_slices_hold_together():
    """With max-T, everybody, groups and intersections are all covered about 95 times in 100."""
    generator = np.random.default_rng(8)
    size, rate = np.array([300, 200, 150, 400]), np.array([0.2, 0.3, 0.25, 0.3])
    families = [*FAMILIES, np.arange(4)]

    def share(counts):
        return np.concatenate(
            [
                np.bincount(family, counts[:, 1]) / np.bincount(family, counts.sum(axis=1))
                for family in families
            ]
        )

    truth = share(np.stack([size * (1 - rate), size * rate], axis=1))
    rows = np.concatenate([np.bincount(family, size) for family in families])
    held, levels = 0, []
    for _ in range(300):
        hits = generator.binomial(size, rate)
        cells = np.stack([size - hits, hits], axis=1)
        drawn = bootstrap.joint(
            cells, families, selection_rate, generator=generator, replicates=400
        )[:, 0]
        levels.append(multiplicity.max_t(drawn, share(cells), 0.95))
        low, high = intervals.wilson(share(cells), rows, levels[-1])
        held += ((low <= truth) & (truth <= high)).all()
    assert 0.92 <= held / 300 <= 0.985
    assert np.mean(levels) < multiplicity.sidak(0.95, len(truth))
