"""Group thresholds: what each aim promises on the data it is chosen on, and what it says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.errors import DataError, UsageError
from roadworthy.stats.tally import TallyPlan
from roadworthy.training.thresholds import (
    balanced_threshold,
    demographic_parity,
    equal_opportunity,
    recall_floor,
)

ENGINE = DuckDBEngine()


def population(seed=0, sizes=(("f", 900), ("m", 600), ("x", 20))):
    """Rows of three groups: one scored low, one high, one tiny."""
    rng = np.random.default_rng(seed)
    group = np.concatenate([np.full(size, name) for name, size in sizes])
    label = rng.integers(0, 2, len(group))
    shift = np.select([group == "f", group == "m"], [-0.6, 0.6], 0.0)
    score = 1 / (1 + np.exp(-(rng.normal(size=len(group)) + 1.2 * (label - 0.5) + shift)))
    return {"group": group, "label": label, "score": score}


def counted(columns, *names):
    """The slice table of these columns' groups."""
    plan = TallyPlan(attributes=names, label="label", score="score")
    return ENGINE.open(pa.table(columns)).tally(plan).slices([names])


def decided(columns, rule, *names):
    """Decisions by the rule."""
    keys = [", ".join(values) for values in zip(*(columns[n] for n in names), strict=True)]
    thresholds = np.array([rule.thresholds.get(key, rule.threshold) for key in keys])
    return columns["score"] >= thresholds


def rates(columns, decisions, *, among=None):
    """The share selected in each group, perhaps among one label only."""
    found = {}
    for name in np.unique(columns["group"]):
        mine = columns["group"] == name
        if among is not None:
            mine &= columns["label"] == among
        found[str(name)] = decisions[mine].mean()
    return found


@pytest.mark.parametrize("bound", [0.0, 0.02, 0.1])
def test_equal_opportunity_keeps_its_bound(bound):
    """True-positive rates differ by no more than the bound (and the grain of the scores)."""
    columns = population()
    found = equal_opportunity(counted(columns, "group"), ["group"], bound=bound, overall=0.5)
    reached = rates(columns, decided(columns, found.rule, "group"), among=1)
    assert abs(reached["f"] - reached["m"]) <= bound + 0.01


@pytest.mark.parametrize("bound", [0.0, 0.05])
def test_demographic_parity_keeps_its_bound(bound):
    """Selection rates differ by no more than the bound (and the grain of the scores)."""
    columns = population()
    found = demographic_parity(counted(columns, "group"), ["group"], bound=bound, overall=0.5)
    reached = rates(columns, decided(columns, found.rule, "group"))
    assert abs(reached["f"] - reached["m"]) <= bound + 0.01


def test_a_wider_bound_costs_less():
    """Balanced accuracy does not fall when the bound is loosened."""
    columns = population()
    table = counted(columns, "group")
    worths = []
    for bound in (0.0, 0.05, 0.1, 0.3):
        rule = equal_opportunity(table, ["group"], bound=bound, overall=0.5).rule
        decisions = decided(columns, rule, "group")
        worths.append(balanced_accuracy_score(columns["label"], decisions))
    assert all(later >= earlier - 0.003 for earlier, later in pairwise(worths))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 50), st.floats(0.3, 0.95), st.floats(0.2, 0.8))
def test_a_floor_is_reached_and_raises_nobody(seed, floor, overall):
    """Every large group finds at least the floor, and no threshold lies above the overall one."""
    columns = population(seed)
    found = recall_floor(counted(columns, "group"), ["group"], floor=floor, overall=overall)
    reached = rates(columns, decided(columns, found.rule, "group"), among=1)
    assert min(reached["f"], reached["m"]) >= floor
    assert max(found.rule.thresholds.values()) <= overall


def test_a_floor_that_holds_already_changes_nothing():
    """Where enough are found, the overall threshold stays."""
    table = counted(population(), "group")
    found = recall_floor(table, ["group"], floor=0.01, overall=0.5)
    assert set(found.rule.thresholds.values()) == {0.5}


def test_a_small_group_keeps_the_overall_threshold_and_is_told():
    """The note names the group, its rows, and what it keeps."""
    found = recall_floor(counted(population(), "group"), ["group"], floor=0.8, overall=0.5)
    assert set(found.rule.thresholds) == {"f", "m"}
    assert len(found.notes) == 1
    assert "groups of group with fewer than 50 positive rows keep" in found.notes[0]
    assert "overall threshold 0.5: x (" in found.notes[0]


def test_all_groups_small_means_one_threshold():
    """Nothing is chosen on too few rows."""
    columns = population(sizes=(("f", 30), ("m", 30)))
    for choose in (equal_opportunity, demographic_parity):
        found = choose(
            counted(columns, "group"), ["group"], bound=0.1, overall=0.4, minimum_rows=99
        )
        assert dict(found.rule.thresholds) == {}
        assert found.rule.threshold == 0.4


def test_intersections_are_named_by_their_values():
    """The rule reads both columns; keys are values in alphabetical order of the columns."""
    columns = population(sizes=(("f", 900), ("m", 900)))
    columns["age"] = np.where(np.arange(1800) % 2, "old", "young")
    found = recall_floor(counted(columns, "group", "age"), ["group", "age"], floor=0.7, overall=0.5)
    assert found.rule.attributes == ("age", "group")
    assert set(found.rule.thresholds) == {"old, f", "old, m", "young, f", "young, m"}


def test_the_best_of_all_thresholds_is_found():
    """Against brute force over both thresholds: no pair within the bound does better."""
    columns = population(seed=3, sizes=(("f", 250), ("m", 250)))
    columns["score"] = columns["score"].round(1)
    found = equal_opportunity(
        counted(columns, "group"), ["group"], bound=0.1, overall=0.5, minimum_rows=1
    )
    mine = balanced_accuracy_score(columns["label"], decided(columns, found.rule, "group"))
    best = 0.0
    for low in np.arange(0, 11) / 10:
        for high in np.arange(0, 11) / 10:
            limits = np.where(columns["group"] == "f", low, high)
            decisions = columns["score"] >= limits - 1e-9
            reached = rates(columns, decisions, among=1)
            if abs(reached["f"] - reached["m"]) <= 0.1:
                best = max(best, balanced_accuracy_score(columns["label"], decisions))
    assert mine == pytest.approx(best, abs=0.004)


def test_fairlearn_does_not_do_better_without_chance():
    """ThresholdOptimizer randomises; ours, which does not, comes within a point of it."""
    from fairlearn.postprocessing import ThresholdOptimizer  # noqa: PLC0415 - slow to import
    from sklearn.dummy import DummyClassifier  # noqa: PLC0415

    columns = population(sizes=(("f", 900), ("m", 900)))

    class Scored(DummyClassifier):
        """A fitted model that answers with the score column."""

        def predict_proba(self, inputs):
            """The scores as they are."""
            return np.column_stack([1 - inputs[:, 0], inputs[:, 0]])

    scores = columns["score"].reshape(-1, 1)
    peer = ThresholdOptimizer(
        estimator=Scored().fit(scores, columns["label"]),
        constraints="true_positive_rate_parity",
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict_proba",
    ).fit(scores, columns["label"], sensitive_features=columns["group"])
    theirs = peer.predict(scores, sensitive_features=columns["group"], random_state=0)
    found = equal_opportunity(counted(columns, "group"), ["group"], bound=0.02, overall=0.5)
    ours = decided(columns, found.rule, "group")
    assert balanced_accuracy_score(columns["label"], ours) >= (
        balanced_accuracy_score(columns["label"], theirs) - 0.01
    )


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=60))
def test_the_overall_threshold_has_the_best_balanced_accuracy(rows):
    """No hundredth does better."""
    scores, label = (np.array(column) for column in zip(*rows, strict=True))
    if label.all() or not label.any():
        with pytest.raises(DataError, match="all rows have the same label"):
            balanced_threshold(scores, label)
        return
    chosen = balanced_threshold(scores, label)
    best = max(
        balanced_accuracy_score(label, scores >= threshold) for threshold in np.arange(1, 100) / 100
    )
    assert balanced_accuracy_score(label, scores >= chosen) == pytest.approx(best)


@pytest.mark.parametrize(
    ("given_", "error", "message"),
    [
        ({"floor": 1.5}, UsageError, "floor must lie in \\[0, 1\\], found 1.5"),
        ({"attributes": ["age"]}, UsageError, "the table has no groups of age"),
    ],
)
def test_what_cannot_be_asked_is_refused(given_, error, message):
    """A share outside [0, 1] and an attribute that was not counted are named."""
    arguments = {"attributes": ["group"], "floor": 0.5, "overall": 0.5} | given_
    with pytest.raises(error, match=message):
        recall_floor(counted(population(), "group"), **arguments)


def test_one_label_is_refused():
    """Without negative rows no threshold can be chosen."""
    columns = population()
    columns["label"] = np.ones_like(columns["label"])
    with pytest.raises(DataError, match="all rows have the same label"):
        recall_floor(counted(columns, "group"), ["group"], floor=0.5, overall=0.5)


def test_no_scores_are_refused():
    """A tally without scores has no thresholds."""
    columns = population()
    plan = TallyPlan(attributes=("group",), label="label")
    table = ENGINE.open(pa.table(columns)).tally(plan).slices([("group",)])
    with pytest.raises(UsageError, match="chosen from scores, and the table has none"):
        recall_floor(table, ["group"], floor=0.5, overall=0.5)
