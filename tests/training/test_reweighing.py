"""Reweighing: the published weights, and independence of group and label under them."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import DataError
from roadworthy.training.reweighing import reweigh, reweighing_table

ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.booleans(), st.floats(0.1, 10)), min_size=1, max_size=60
)


def rate(groups, label, weights, group):
    """The weighted share of positive labels in a group."""
    mine = groups == group
    return np.average(label[mine], weights=weights[mine])


@given(ROWS)
def test_under_the_weights_label_and_group_are_independent(rows):
    """If each group has both labels, every group has the same weighted base rate; totals stay."""
    groups, label, own = (np.array(column) for column in zip(*rows, strict=True))
    weights = reweigh(groups, label, own)
    table = reweighing_table(groups, label, own)
    if len(table) == len(set(groups)) * len(set(label)):
        rates = [rate(groups, label, weights, group) for group in sorted(set(groups))]
        assert np.allclose(rates, np.average(label, weights=own))
        assert np.isclose(weights.sum(), own.sum())


@given(ROWS)
def test_weights_are_kamiran_and_calders(rows):
    """A row weighs P(group) P(label) / P(group, label)."""
    groups, label, _ = (np.array(column) for column in zip(*rows, strict=True))
    expected = [
        (groups == g).mean() * (label == y).mean() / ((groups == g) & (label == y)).mean()
        for g, y in zip(groups, label, strict=True)
    ]
    assert np.allclose(reweigh(groups, label), expected)


def test_german_credit_has_its_published_weights(shared_data):
    """AIF360's tutorial: age >= 25 privileged, 70 % split by seed 0; the difference becomes 0."""
    rows = duckdb.sql(f"SELECT * FROM '{shared_data / 'german_credit.parquet'}'").df()
    old = np.asarray(rows["age"] >= 25)
    good = np.asarray(rows["class"].astype(str).isin(["good", "1"]))
    order = np.random.RandomState(0).permutation(len(rows))[: int(0.7 * len(rows))]
    groups, label = np.where(old, "privileged", "unprivileged")[order], good[order]
    found = {key: round(value, 6) for key, value in reweighing_table(groups, label).items()}
    assert found == {
        ("privileged", "True"): 0.962295,
        ("privileged", "False"): 1.100625,
        ("unprivileged", "True"): 1.255556,
        ("unprivileged", "False"): 0.678,
    }
    weights = reweigh(groups, label)
    ones = np.ones(len(label))
    before = rate(groups, label, ones, "unprivileged") - rate(groups, label, ones, "privileged")
    after = rate(groups, label, weights, "unprivileged") - rate(
        groups, label, weights, "privileged"
    )
    assert before == pytest.approx(-0.1699054740619017, abs=1e-15)
    assert after == pytest.approx(0.0, abs=1e-12)


def test_adult_has_its_published_weights(shared_data):
    """Sex and income on the 70 % split of AIF360's demonstration (random_state 1234567)."""
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - slow to import

    files = [shared_data / f"adult_{part}.parquet" for part in ("test", "train")]
    rows = duckdb.sql(
        " UNION ALL BY NAME ".join(f"SELECT *, {i} AS part FROM '{f}'" for i, f in enumerate(files))
    ).df()
    complete = rows[~(rows == "?").any(axis=1) & rows.notna().all(axis=1)]
    assert len(complete) == 45_222
    train, _ = train_test_split(complete, train_size=0.7, random_state=1234567)
    label = train["income-per-year"].astype(str).str.strip(" .") == ">50K"
    found = reweighing_table(train["sex"].astype(str).str.strip(), label)
    expected = {
        ("Female", "False"): 0.848110,
        ("Female", "True"): 2.198859,
        ("Male", "False"): 1.094518,
        ("Male", "True"): 0.791831,
    }
    assert {key: round(value, 6) for key, value in found.items()} == expected


@pytest.mark.parametrize(
    ("groups", "label", "weights", "message"),
    [
        (["a"], [1, 0], None, "found 1, 2 and 1"),
        (["a"], [1], [0.0], "not negative and not all 0"),
        (["a"], [1], [-1.0], "not negative and not all 0"),
        (["a"], [1], [float("nan")], "not negative and not all 0"),
    ],
)
def test_what_cannot_be_weighed_is_refused(groups, label, weights, message):
    """Unequal lengths and impossible weights are named."""
    with pytest.raises(DataError, match=message):
        reweigh(groups, label, weights)
