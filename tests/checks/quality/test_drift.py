"""Drift is found where it is, not where chance is, and outliers do not blind it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from roadworthy.checks.quality.drift import DRIFT
from roadworthy.data.bins import Bins, choose_bins, count_bins
from roadworthy.records.evidence import Unmeasured
from roadworthy.records.versions import Column, ColumnRoles

RNG = np.random.default_rng(11)
N = 5000


def outcomes(found, measure="population-stability-index"):
    """Outcomes of one measure by column."""
    return {
        where.removeprefix("column="): item.outcome
        for (slug, where), item in found.items()
        if slug == measure
    }


def test_a_shift_is_found_and_stillness_is_not_accused(make_subject, answers) -> None:
    """A moved column is far from 0, and the interval of an unmoved one reaches down to 0."""
    before = {"moved": RNG.normal(0, 1, N), "still": RNG.normal(0, 1, N)}
    now = {"moved": RNG.normal(0.5, 1, N), "still": RNG.normal(0, 1, N)}
    found = outcomes(answers(DRIFT, make_subject(now, reference=before)))
    assert found["moved"].low > 0.1
    assert found["still"].low == 0.0
    assert found["still"].high < 0.02


def test_one_outlier_does_not_blind_it(make_subject, answers) -> None:
    """A value of a million changes next to nothing, since bins follow the rows."""
    before = RNG.normal(0, 1, N)
    now = RNG.normal(0.3, 1, N)
    plain = outcomes(answers(DRIFT, make_subject({"x": now}, reference={"x": before})))["x"]
    spoilt = {"x": [*before[:-1], 1e6]}
    found = outcomes(answers(DRIFT, make_subject({"x": [*now[:-1], 1e6]}, reference=spoilt)))["x"]
    assert found.value == pytest.approx(plain.value, abs=0.005)


def test_new_categories_and_new_gaps_are_drift(make_subject, answers) -> None:
    """An unseen value and missing values have bins of their own."""
    before = {"kind": ["a", "b"] * 500, "gap": [1.0, 2.0] * 500}
    now = {"kind": ["a", "new"] * 500, "gap": [1.0, float("nan")] * 500}
    found = answers(DRIFT, make_subject(now, reference=before))
    for name in ("kind", "gap"):
        evidence = found["population-stability-index", f"column={name}"]
        assert evidence.outcome.low > 1.0
    moved = found["jensen-shannon-distance", "column=gap"].parameters["moved_most"]
    assert moved in {"2.0: 50.0% -> 0.0%", "(missing): 0.0% -> 50.0%"}


def test_equal_tables_have_no_distance(make_subject, answers) -> None:
    """A table compared with itself is at distance 0."""
    data = {"x": RNG.normal(size=N), "k": RNG.integers(0, 4, N)}
    found = answers(DRIFT, make_subject(data, reference=data))
    for evidence in found.values():
        assert (evidence.outcome.value, evidence.outcome.low) == (0.0, 0.0)


def test_the_distance_is_scipys(make_subject, answers) -> None:
    """For categories, the Jensen-Shannon distance to base 2 equals SciPy's."""
    before, now = RNG.integers(0, 6, N), RNG.integers(0, 5, N)
    found = answers(DRIFT, make_subject({"k": now}, reference={"k": before}))
    expected = jensenshannon(np.bincount(before), np.bincount(now, minlength=6), 2.0)
    outcome = outcomes(found, "jensen-shannon-distance")["k"]
    assert outcome.value == pytest.approx(expected)
    assert outcome.low < expected < outcome.high


def test_the_index_is_the_textbook_sum(make_subject, answers) -> None:
    """For categories, the index equals the sum of (p - q) ln(p / q)."""
    before, now = RNG.choice(3, N, p=[0.2, 0.3, 0.5]), RNG.choice(3, N, p=[0.3, 0.3, 0.4])
    found = outcomes(answers(DRIFT, make_subject({"k": now}, reference={"k": before})))["k"]
    p, q = np.bincount(before) / N, np.bincount(now) / N
    assert found.value == pytest.approx(float(((p - q) * np.log(p / q)).sum()))


@pytest.mark.slow
def test_the_interval_covers_the_true_index(make_subject, answers) -> None:
    """Nominal 95 % intervals hold the true index in at least 180 of 200 simulated pairs."""
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.26, 0.3, 0.44])
    truth = float(((p - q) * np.log(p / q)).sum())
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        pair = {"k": rng.choice(3, 2000, p=q)}, {"k": rng.choice(3, 2000, p=p)}
        found = outcomes(answers(DRIFT, make_subject(pair[0], reference=pair[1], seed=seed)))["k"]
        covered += found.low <= truth <= found.high
    assert covered >= 180


def test_the_expectation_of_chance_is_stated(make_subject, answers) -> None:
    """Without drift the index is on average what the parameters say chance makes."""
    values, expected = [], 0.0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        data, reference = {"k": rng.integers(0, 10, 500)}, {"k": rng.integers(0, 10, 500)}
        found = answers(DRIFT, make_subject(data, reference=reference))
        evidence = found["population-stability-index", "column=k"]
        values.append(evidence.outcome.value)
        expected = evidence.parameters["expected_by_chance"]
    assert np.mean(values) == pytest.approx(expected, rel=0.3)


def test_what_cannot_be_compared_is_unknown(make_subject, answers) -> None:
    """Absent columns, other types, dates, small tables and no reference: each has a reason."""
    now = {"x": [1] * 200, "t": ["a"] * 200, "d": [date(2026, 1, 1)] * 200, "id": range(200)}
    before = {"t": [1] * 200, "d": [date(2026, 1, 1)] * 200}
    roles = ColumnRoles(identifier="id")
    found = outcomes(answers(DRIFT, make_subject(now, reference=before, roles=roles)))
    assert {name: outcome.reason for name, outcome in found.items()} == {
        "x": "the reference table does not have this column",
        "t": "the column holds text here and integer in the reference table",
        "d": "a column of type time is not cut into bins",
    }
    small = make_subject({"x": [1] * 99}, reference={"x": [1] * 200})
    assert outcomes(answers(DRIFT, small))["x"] == Unmeasured(
        reason="one of the tables has fewer than 100 rows", rows=99
    )
    alone = answers(DRIFT, make_subject({"x": [1]}))
    assert alone["jensen-shannon-distance", "all"].outcome.reason == "no reference table was given"


def test_bins_hold_every_row_once(engine) -> None:
    """Numbers, codes, text and booleans: the bins' counts add up to the rows, as numpy's do."""
    import pyarrow as pa  # noqa: PLC0415 - only here

    values = RNG.normal(size=1000)
    table = pa.table(
        {
            "real": pa.array(values, mask=values > 2),
            "inf": np.where(values > 1, np.inf, values),
            "same": np.zeros(1000),
            "text": RNG.choice(list("abcdefghijklmnopqrstuvwxyz"), 1000),
            "flag": values > 0,
            "none": pa.nulls(1000, pa.float64()),
        }
    )
    opened = engine.open(table)
    bins = [choose_bins(item, table[item.name], cells=10, categories=20) for item in opened.columns]
    assert all(item is not None for item in bins)
    ((_, counts),) = count_bins(opened, [item for item in bins if item is not None])
    for item, found in zip(bins, counts, strict=True):
        assert found.sum() == 1000
        assert len(found) == item.cells == len(item.names)
        assert (found >= 0).all()
    edges = np.array(bins[0].edges)
    expected = np.bincount(np.searchsorted(edges, values[values <= 2], "right"), minlength=10)
    assert counts[0].tolist() == [*expected, int((values > 2).sum())]
    assert choose_bins(Column(name="x", type="other"), table["text"], cells=2, categories=2) is None
    assert Bins(column=opened.columns[0]).names == ("any", "(missing)")
