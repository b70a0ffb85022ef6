"""Perturbations: they touch what they say, as much as they say, and nothing else."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.checks.robustness.perturbations import (
    CATEGORY_SWAP,
    MISSING_VALUES,
    NOISE,
    perturb,
    targets,
)

RNG = np.random.default_rng(0)
ROWS = 4000
TABLE = pa.table(
    {
        "age": RNG.integers(16, 95, ROWS),
        "income": RNG.normal(10, 2, ROWS),
        "code": pa.array(RNG.choice([1, 2, 5], ROWS, p=[0.7, 0.2, 0.1]), pa.int16()),
        "job": RNG.choice(["a", "b", "c"], ROWS),
        "coded": pa.array(RNG.choice(["x", "y"], ROWS)).dictionary_encode(),
        "yes": RNG.random(ROWS) < 0.3,
    }
)
EVERY = tuple(TABLE.column_names)
SEVERITIES = (0.05, 0.2, 0.4)


def changed(before, after, name):
    """The share of rows whose value of a column is another."""
    pairs = zip(before[name].to_pylist(), after[name].to_pylist(), strict=True)
    return np.mean([old != new for old, new in pairs])


def test_each_perturbation_touches_what_it_can():
    """Anything can go missing; quantities blur; categories are mistaken."""
    found = targets(TABLE, EVERY)
    assert found[MISSING_VALUES] == EVERY
    assert found[NOISE] == ("age", "income")
    assert found[CATEGORY_SWAP] == ("code", "job", "coded", "yes")


@pytest.mark.parametrize("severity", SEVERITIES)
def test_as_many_values_go_missing_as_said(severity):
    """The share of nulls is the severity, in each column, and other values stay."""
    found = perturb(TABLE, MISSING_VALUES, EVERY, severity, seed=1)
    assert found.schema.types == TABLE.schema.types
    for name in EVERY:
        assert found[name].null_count / ROWS == pytest.approx(severity, abs=0.03)
        kept = zip(TABLE[name].to_pylist(), found[name].to_pylist(), strict=True)
        assert all(new in (old, None) for old, new in kept)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_categories_are_swapped_for_others_that_occur(severity):
    """A swap always changes the value, to one drawn as often as it occurs among the others."""
    names = targets(TABLE, EVERY)[CATEGORY_SWAP]
    found = perturb(TABLE, CATEGORY_SWAP, names, severity, seed=1)
    assert found.schema.types == TABLE.schema.types
    for name in names:
        assert changed(TABLE, found, name) == pytest.approx(severity, abs=0.03)
        assert set(found[name].to_pylist()) == set(TABLE[name].to_pylist())
    before, after = (np.asarray(t["code"].to_pylist()) for t in (TABLE, found))
    moved = after[(before == 1) & (after != 1)]
    assert (moved == 2).mean() == pytest.approx(2 / 3, abs=0.08)


def test_noise_has_its_size_and_stays_within_what_was_seen():
    """The step is `severity` standard deviations; whole numbers stay whole."""
    found = perturb(TABLE, NOISE, ("age", "income"), 0.1, seed=1)
    steps = found["income"].to_numpy() - TABLE["income"].to_numpy()
    assert steps.std() == pytest.approx(0.1 * TABLE["income"].to_numpy().std(), rel=0.05)
    ages = found["age"].to_numpy()
    assert found["age"].type == TABLE["age"].type
    assert ages.min() >= 16
    assert ages.max() <= 94
    assert changed(TABLE, found, "age") > 0.5


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([MISSING_VALUES, NOISE, CATEGORY_SWAP]), st.integers(0, 9))
def test_a_seed_gives_one_result_and_severities_nest(perturbation, seed):
    """The same seed gives the same rows, and what is touched mildly is touched severely too."""
    names = targets(TABLE, EVERY)[perturbation]
    mild, severe = (perturb(TABLE, perturbation, names, s, seed=seed) for s in (0.1, 0.4))
    assert mild.equals(perturb(TABLE, perturbation, names, 0.1, seed=seed))
    if perturbation != NOISE:
        for name in names:
            one, other = (
                np.array(
                    [
                        a != b
                        for a, b in zip(TABLE[name].to_pylist(), t[name].to_pylist(), strict=True)
                    ]
                )
                for t in (mild, severe)
            )
            assert not (one & ~other).any()


def test_other_columns_stay():
    """Only the named columns change."""
    found = perturb(TABLE, MISSING_VALUES, ("age",), 0.4, seed=0)
    assert found.drop_columns(["age"]).equals(TABLE.drop_columns(["age"]))


def test_missing_values_stay_missing_under_noise_and_swaps():
    """A null has nothing to blur or to mistake."""
    rows = pa.table({"n": pa.array([1.0, None, 3.0]), "t": pa.array(["a", None, "b"])})
    blurred = perturb(rows, NOISE, ("n",), 0.4, seed=0)
    swapped = perturb(rows, CATEGORY_SWAP, ("t",), 1.0, seed=0)
    assert blurred["n"][1].as_py() is None
    assert swapped["t"].to_pylist() == ["b", None, "a"]


def test_a_column_without_a_second_value_stays():
    """There is nothing to mistake it for, nor a spread to blur it by."""
    rows = pa.table({"t": ["a", "a"], "n": [2.5, 2.5], "z": pa.array([None, None], pa.float64())})
    assert perturb(rows, CATEGORY_SWAP, ("t",), 1.0, seed=0)["t"].to_pylist() == ["a", "a"]
    assert perturb(rows, NOISE, ("n", "z"), 0.4, seed=0).equals(rows)
