"""Columns of every shape are counted side by side: SciPy's numbers, and no bins that accuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import ks_2samp, wasserstein_distance

from roadworthy.checks.quality.drift import DRIFT
from roadworthy.data.column_counts import ColumnGrid, Histogram, NumberCounts, ValueCounts
from roadworthy.records.evidence import Measured
from roadworthy.records.versions import Column
from roadworthy.testing.histograms import expected_histograms

SHAPES = {
    "light": lambda rng, rows, by: rng.normal(by, 1 + by, rows),
    "heavy": lambda rng, rows, by: rng.standard_cauchy(rows) * (1 + by),
    "very heavy": lambda rng, rows, by: rng.pareto(1, rows) + by,
    "far from zero": lambda rng, rows, by: 1e9 + rng.normal(by, 1, rows),
    "seconds": lambda rng, rows, by: 1.7e9 + rng.integers(0, 10**6, rows) + 1e5 * by,
    "whole": lambda rng, rows, by: rng.integers(0, 2000, rows) + int(100 * by),
    "64 bits": lambda rng, rows, by: rng.integers(-(2**62), 2**62, rows) // (1 + int(10 * by)),
    "unsigned": lambda rng, rows, by: (
        rng.integers(2**62, 2**63, rows).astype(np.uint64) * 2 - np.uint64(1e9 * by)
    ),
    "mostly zero": lambda rng, rows, by: rng.lognormal(by, 1, rows) * (rng.random(rows) > 0.7),
    "few": lambda rng, rows, by: rng.choice([0.25, 1, 7], rows, p=[0.5 - by, 0.3, 0.2 + by]),
    "constant": lambda rng, rows, by: 0 * rng.random(rows) + 3.25 + by,
    "32 bits": lambda rng, rows, by: rng.normal(by, 1, rows).astype(np.float32),
    "two heaps": lambda rng, rows, by: rng.choice([-1e6, 1e6], rows) + rng.normal(by, 1, rows),
    "an outlier": lambda rng, rows, by: np.append(rng.normal(by, 1, rows - 1), 1e6),
    "gaps": lambda rng, rows, by: np.where(rng.random(rows) < 0.2, np.nan, rng.normal(by, 1, rows)),
    "small unit": lambda rng, rows, by: 1e-90 * rng.normal(by, 1, rows),
    "large unit": lambda rng, rows, by: 1e90 * rng.normal(by, 1, rows),
}  # fmt: skip


@pytest.mark.parametrize("rows", [(150, 150), (150, 6000), (25_000, 2000)])
@pytest.mark.parametrize("by", [0.0, 0.4])
def test_numbers_of_any_shape_are_scipys(make_subject, answers, rows, by) -> None:
    """Whatever the distribution, both distances are within their stated bounds of SciPy's."""
    rng = np.random.default_rng(9)
    before = {name: draw(rng, rows[0], 0.0) for name, draw in SHAPES.items()}
    now = {name: draw(rng, rows[1], by) for name, draw in SHAPES.items()}
    found = answers(DRIFT, make_subject(pa.table(now), reference=pa.table(before)))
    for name in SHAPES:
        first, second = (np.asarray(x[name], np.float64) for x in (before, now))
        first, second = first[~np.isnan(first)], second[~np.isnan(second)]
        gap = found["kolmogorov-smirnov-distance", f"column={name}"]
        exact = ks_2samp(first, second, method="asymp").statistic
        error = gap.parameters["binning"]
        assert gap.outcome.value - 1e-12 <= exact <= gap.outcome.value + error + 1e-12, name
        area = found["wasserstein-distance", f"column={name}"]
        distance = wasserstein_distance(first, second)
        rounding = 1e-12 * np.abs(first).max()
        assert abs(area.outcome.value - distance) <= area.parameters["binning"] + rounding, name


class Counts:
    """A table of which only the counts are known: of as many rows as one likes."""

    def __init__(self, sample: pa.Table, times: int) -> None:
        self._sample, self._times = sample, times
        self.columns = (Column(name="x", type="real"), Column(name="t", type="text"))
        self.rows = sample.num_rows * times

    def read(self, columns: list[str], *, first: int) -> pa.Table:
        """The first rows."""
        return self._sample.select(columns).slice(0, first)

    def histograms(self, grids: dict[str, ColumnGrid]) -> dict[str, Histogram]:
        """The counts of the sample, so many times over."""
        found = {}
        for name, item in expected_histograms(grids, self._sample).items():
            if isinstance(item, NumberCounts):
                found[name] = NumberCounts(grid=item.grid, counts=item.counts * self._times)
            else:
                counts = {value: rows * self._times for value, rows in item.counts.items()}
                missing, other = item.missing * self._times, item.other * self._times
                found[name] = ValueCounts(counts=counts, other=other, missing=missing)
        return found


def test_thousands_of_millions_of_rows_are_compared(make_subject, answers) -> None:
    """Counts beyond 32 bits give the distances of the sample, and intervals of no width."""
    rng = np.random.default_rng(2)
    tables = [
        pa.table({"x": rng.normal(by, 1, 2048), "t": rng.choice(["a", "b", "c"], 2048)})
        for by in (0.0, 0.3)
    ]
    small = answers(DRIFT, make_subject(tables[1], reference=tables[0]))
    before, now = (Counts(table, 2**21) for table in tables)
    subject = replace(make_subject(tables[1]), table=now, reference=before)
    large = answers(DRIFT, subject)
    assert now.rows == 2**32
    for key, item in small.items():
        if isinstance(item.outcome, Measured) and not key[0].endswith("p-value"):
            outcome = large[key].outcome
            assert outcome.value == pytest.approx(item.outcome.value), key
            reach = item.parameters.get("binning", 0.0)
            assert outcome.high - outcome.low <= 2 * reach + 1e-3, key
    assert large["g-test-p-value", "column=t"].outcome.value == 0.0


@pytest.mark.parametrize(
    ("names", "rows"), [(100, (2000, 2000)), (1000, (1500, 9000)), (30_000, (6000, 6000))]
)
def test_many_categories_alone_are_no_drift(make_subject, answers, names, rows) -> None:
    """Two samples of one population are not called different because some values came first."""
    accused = {"population-stability-index": 0, "total-variation-distance": 0}
    for seed in range(12):
        rng = np.random.default_rng(seed)
        before, now = ([f"v{item}" for item in rng.integers(0, names, size)] for size in rows)
        found = answers(DRIFT, make_subject({"t": now}, reference={"t": before}))
        for measure in accused:
            accused[measure] += found[measure, "column=t"].outcome.low > 0
    assert accused["population-stability-index"] <= 2
    assert accused["total-variation-distance"] == 0


@pytest.mark.parametrize("others", [40, 5000])
def test_what_a_small_reference_loses_is_seen(make_subject, answers, others) -> None:
    """A value of a third of a small reference has a bin, though a large table lacks it."""
    rng = np.random.default_rng(0)
    names = np.array([f"v{place}" for place in range(others)])
    before = np.where(rng.random(900) < 1 / 3, "gone", rng.choice(names, 900))
    found = answers(DRIFT, make_subject({"t": rng.choice(names, 60_000)}, reference={"t": before}))
    evidence = found["total-variation-distance", "column=t"]
    assert evidence.parameters["moved_most"].startswith("gone: 3")
    assert evidence.outcome.low > 0.2
