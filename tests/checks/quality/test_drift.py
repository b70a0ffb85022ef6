"""Drift is found where it is, not where chance is, and outliers do not blind it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import (
    chi2_contingency,
    false_discovery_control,
    ks_2samp,
    wasserstein_distance,
)

from roadworthy.checks.quality.drift import DRIFT
from roadworthy.checks.quality.drift_measures import LOOK
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
    rng = np.random.default_rng(4)
    before = {"moved": rng.normal(0, 1, N), "still": rng.normal(0, 1, N)}
    now = {"moved": rng.normal(0.5, 1, N), "still": rng.normal(0, 1, N)}
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
    for (measure, _), evidence in found.items():
        outcome = evidence.outcome
        if measure.endswith("p-value"):
            assert outcome.value == 1.0
        else:
            assert outcome.value == 0.0
            assert outcome.low <= 0.0 <= outcome.high


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
    whole = found.pop("all").reason
    assert whole.startswith("no column could be compared: ")
    assert all(outcome.reason in whole for outcome in found.values())
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


def test_numbers_are_scipys_within_their_bounds(make_subject, answers) -> None:
    """Largest gap and mean move agree with SciPy to far less than the error they state."""
    rng = np.random.default_rng(3)
    before, now = rng.normal(0, 1, N), rng.normal(0.2, 1.3, N)
    found = answers(DRIFT, make_subject({"x": now}, reference={"x": before}))
    largest = found["kolmogorov-smirnov-distance", "column=x"]
    exact = ks_2samp(before, now, method="asymp").statistic
    assert largest.outcome.value <= exact <= largest.outcome.value + largest.parameters["binning"]
    assert largest.outcome.value == pytest.approx(exact, abs=1e-3)
    moved = found["wasserstein-distance", "column=x"]
    distance = wasserstein_distance(before, now)
    assert abs(moved.outcome.value - distance) < moved.parameters["binning"] < 0.01
    scaled = found["standardized-wasserstein-distance", "column=x"]
    assert scaled.outcome.value == pytest.approx(distance / before.std(), abs=1e-3)
    spread = np.subtract(*np.quantile(before, [0.75, 0.25]))
    assert scaled.parameters["in_interquartile_ranges"] == pytest.approx(
        distance / spread, rel=0.01
    )


@pytest.mark.parametrize("outlier", [None, 1e3, 1e6])
def test_an_outlier_leaves_the_largest_gap_where_it_was(make_subject, answers, outlier) -> None:
    """A gap of 0.080 stays between 0.079 and 0.080 beside a value of a million."""
    rng = np.random.default_rng(0)
    before, now = rng.normal(0, 1, 200_000), rng.normal(0.2, 1, 200_000)
    before[0] = before[0] if outlier is None else outlier
    found = answers(DRIFT, make_subject({"x": now}, reference={"x": before}))
    value = found["kolmogorov-smirnov-distance", "column=x"].outcome.value
    assert 0.079 <= value <= 0.0805
    index = found["population-stability-index", "column=x"].outcome.value
    assert index == pytest.approx(0.04, abs=0.003)


def test_categories_are_tested_as_scipy_does(make_subject, answers) -> None:
    """Statistic, degrees and p-value agree with SciPy, and p-values are adjusted over columns."""
    letters = list("abcd")
    before = {name: RNG.choice(letters, N, p=[0.4, 0.3, 0.2, 0.1]) for name in "uvw"}
    now = {name: RNG.choice(letters, N, p=[0.42, 0.29, 0.19, 0.1]) for name in "uvw"}
    found = answers(DRIFT, make_subject(now, reference=before))
    for measure, power in (
        ("chi-squared-p-value", "pearson"),
        ("g-test-p-value", "log-likelihood"),
    ):
        raw = []
        for name in "uvw":
            evidence = found[measure, f"column={name}"]
            table = [[(x[name] == letter).sum() for letter in letters] for x in (before, now)]
            expected = chi2_contingency(table, correction=False, lambda_=power)
            assert evidence.parameters["statistic"] == pytest.approx(expected.statistic)
            assert evidence.parameters["degrees_of_freedom"] == expected.dof == 3
            assert evidence.parameters["p_value"] == pytest.approx(expected.pvalue)
            raw.append(expected.pvalue)
        adjusted = false_discovery_control(raw)
        for name, value in zip("uvw", adjusted, strict=True):
            assert found[measure, f"column={name}"].outcome.value == pytest.approx(value)


def test_new_and_vanished_categories_are_counted(make_subject, answers) -> None:
    """A rare new value is seen, however many others there are; so is one that is gone."""
    names = [f"c{place:03}" for place in range(300)]
    before = {"kind": RNG.choice(names, N), "flag": [True, False] * (N // 2)}
    now = {"kind": np.where(before["kind"] == "c007", "new", before["kind"]), "flag": [True] * N}
    gone = (before["kind"] == "c007").sum()
    found = answers(DRIFT, make_subject(now, reference=before))
    for measure, most in (("new-categories", "new"), ("vanished-categories", "c007")):
        evidence = found[measure, "column=kind"]
        assert evidence.outcome.value == gone / N
        assert evidence.parameters == {"categories": 1, "most": [most]}
        assert 0 < evidence.outcome.low < evidence.outcome.value < evidence.outcome.high
    assert found["vanished-categories", "column=flag"].outcome.value == 0.5
    assert found["new-categories", "column=flag"].outcome.value == 0.0


def test_a_change_of_what_is_missing_has_an_interval(make_subject, answers) -> None:
    """The change of the missing rate is a difference of two shares, with Newcombe's interval."""
    before = {"x": np.where(RNG.random(N) < 0.1, np.nan, 1.5)}
    now = {"x": np.where(RNG.random(N) < 0.3, np.nan, 1.5)}
    found = answers(DRIFT, make_subject(now, reference=before))
    evidence = found["missing-rate-change", "column=x"]
    rates = [float(np.isnan(item["x"]).mean()) for item in (before, now)]
    assert evidence.outcome.value == pytest.approx(rates[1] - rates[0])
    assert evidence.outcome.method == "newcombe"
    assert evidence.parameters["reference_rate"] == pytest.approx(rates[0])
    assert found["kolmogorov-smirnov-distance", "column=x"].outcome.value == 0.0


def test_values_that_cannot_be_told_apart_are_counted_anew(make_subject, answers) -> None:
    """A column whose first rows promise few values, and that has many, is counted in bins."""
    still, many = np.zeros(LOOK), RNG.normal(0, 1, 12_000)
    before = {"x": np.concatenate([still, many]), "t": ["a"] * len(still) + list(map(str, many))}
    now = {"x": np.concatenate([still, many + 1]), "t": ["a"] * len(still) + ["b"] * 12_000}
    found = answers(DRIFT, make_subject(now, reference=before))
    exact = ks_2samp(before["x"], now["x"], method="asymp").statistic
    evidence = found["kolmogorov-smirnov-distance", "column=x"]
    assert evidence.outcome.value == pytest.approx(exact, abs=1e-3)
    for measure in ("new-categories", "vanished-categories", "chi-squared-p-value"):
        assert found[measure, "column=t"].outcome == Unmeasured(
            reason="the column has too many different values to tell all of them apart"
        )
    index = found["population-stability-index", "column=t"]
    assert index.parameters["moved_most"].startswith(("a:", "(other):"))


def test_text_without_end_is_compared_by_its_frequent_values(make_subject, answers) -> None:
    """Of free text, the most frequent values and all others together are compared."""
    texts = [f"text {place}" for place in range(4000)]
    before = {"t": texts + ["yes"] * 1000}
    now = {"t": texts[:1000] + ["yes"] * 4000}
    found = answers(DRIFT, make_subject(now, reference=before))
    evidence = found["total-variation-distance", "column=t"]
    assert evidence.outcome.value == pytest.approx(0.6, abs=0.01)
    assert evidence.parameters["moved_most"] == "yes: 20.0% -> 80.0%"


def test_numbers_without_a_distance_say_why(make_subject, answers) -> None:
    """Infinite numbers have no mean move, constants no spread, a few numbers no interval."""
    first = RNG.normal(0, 1, 3000)
    data = {
        "endless": np.where(np.arange(3000) == 7, np.inf, first),
        "constant": np.ones(3000),
        "few": np.where(np.arange(3000) < 50, 1.0, np.nan),
    }
    found = answers(DRIFT, make_subject(data, reference=data))
    reasons = {
        str(where): item.outcome.reason
        for (measure, where), item in found.items()
        if measure == "standardized-wasserstein-distance" and where != "all"
    }
    assert reasons == {
        "column=endless": "some numbers are infinite, or too far out for any bin",
        "column=constant": "the column has one value in the reference",
        "column=few": "one of the tables has fewer than 100 numbers",
    }
    assert found["kolmogorov-smirnov-distance", "column=endless"].outcome.value == 0.0


def test_a_column_without_values_stops_no_other(make_subject, answers) -> None:
    """Columns of nulls only, of any type and in either table, leave the others measured."""
    none: dict[str, pa.Array] = {
        "real": pa.nulls(500, pa.float64()),
        "text": pa.nulls(500, pa.string()),
        "untyped": pa.nulls(500),
        "nan": pa.array([float("nan")] * 500),
    }
    some = {
        "real": pa.array(np.arange(500.0)),
        "text": pa.array(["a", "b"] * 250),
        "untyped": pa.array([1, 2] * 250),
        "nan": pa.array([0.5] * 500),
    }
    x = {"x": pa.array(np.arange(500))}
    for before, now, distance in ((none, none, 0.0), (none, some, 1.0), (some, none, 1.0)):
        subject = make_subject(pa.table(now | x), reference=pa.table(before | x))
        found = answers(DRIFT, subject)
        for name in none:
            outcome = found["jensen-shannon-distance", f"column={name}"].outcome
            assert outcome.value == pytest.approx(distance)
            gone = found["missing-rate-change", f"column={name}"].outcome.value
            assert gone == (now is none) - (before is none)
        assert found["kolmogorov-smirnov-distance", "column=x"].outcome.value == 0.0
        reason = found["wasserstein-distance", "column=real"].outcome.reason
        assert reason == "one of the tables has fewer than 100 numbers"


def test_tables_of_few_rows_answer_what_they_can(make_subject, answers) -> None:
    """With few rows, shares still have intervals; distances and tests say why they have none."""
    for rows in (1, 2, 30, 99):
        now = {"x": np.arange(rows) / 7, "t": ["a"] * rows, "d": [date(2026, 1, 1)] * rows}
        before = {"x": np.arange(200) / 7, "t": ["a", "b"] * 100, "d": [None] * 200}
        found = answers(DRIFT, make_subject(now, reference=before))
        reasons = {
            "total-variation-distance": "one of the tables has fewer than 100 rows",
            "kolmogorov-smirnov-distance": "one of the tables has fewer than 100 numbers",
            "g-test-p-value": "one of the tables has fewer than 100 known values",
        }
        for measure, reason in reasons.items():
            column = "column=x" if measure.startswith("kolmogorov") else "column=t"
            assert found[measure, column].outcome.reason == reason
            assert reason in found[measure, "all"].outcome.reason
        assert found["vanished-categories", "column=t"].outcome.value == 0.5
        change = found["missing-rate-change", "column=t"].outcome
        assert change.low < 0 == change.value < change.high


def test_what_is_missing_of_times_is_compared(make_subject, answers) -> None:
    """Times with and without a zone, and lists, have a change of missing values."""
    zone = pa.timestamp("us", tz="Europe/Berlin")
    full, half = [datetime(2026, 3, 29, 1, tzinfo=UTC)] * 400, [None, datetime(2026, 3, 29)] * 200  # noqa: DTZ001 - of no zone
    now = pa.table({"at": pa.array(full, zone), "local": half, "list": [[1], None] * 200})
    before = pa.table({"at": pa.array([*full[1:], None], zone), "local": half, "list": [[1]] * 400})
    found = answers(DRIFT, make_subject(now, reference=before))
    changes = {
        name: found["missing-rate-change", f"column={name}"].outcome.value
        for name in ("at", "local", "list")
    }
    assert changes == {"at": -1 / 400, "local": 0.0, "list": 0.5}
    assert found["hellinger-distance", "column=at"].outcome.reason == (
        "a column of type time is not cut into bins"
    )


def test_bins_hold_every_row_once(engine) -> None:
    """Numbers, codes, text and booleans: the bins' counts add up to the rows, as numpy's do."""
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
