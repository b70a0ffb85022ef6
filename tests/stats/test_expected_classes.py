"""Tests of what labels of several classes would show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.stats import multiclass, ranking
from roadworthy.stats.averages import average
from roadworthy.stats.class_calibrators import learn_class
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.expected import Expected
from roadworthy.stats.expected_classes import (
    ExpectedClasses,
    brier_score,
    expect_classes,
    log_loss,
)
from roadworthy.stats.groups import SliceTable
from roadworthy.stats.tally import TallyPlan

NAMES = ("0", "1", "2")
K = len(NAMES)


@dataclass(frozen=True)
class Cases:
    """Rows with a class, probabilities of each and a decision."""

    label: np.ndarray
    scores: np.ndarray
    said: np.ndarray


def cases(
    rng: np.random.Generator, rows: int, *, shift: float = 0.0, stretch: float = 1.0
) -> Cases:
    """Cases of three classes; probabilities are right unless stretched."""
    odds = rng.normal(0, 1.5, (rows, K)) + np.array([0.5, 0.0, -0.8]) + shift * np.array([1, 0, -1])
    chance = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    label = np.minimum((rng.random((rows, 1)) > chance.cumsum(axis=1)).sum(axis=1), K - 1)
    said = np.exp(stretch * odds)
    scores = said / said.sum(axis=1, keepdims=True)
    return Cases(label, scores, scores.argmax(axis=1))


def counted(
    code: np.ndarray, score: np.ndarray | None, classes: int, said: np.ndarray
) -> SliceTable:
    """The counts of everybody by code, decision and score."""
    columns = {"c": code.tolist(), "d": said.tolist()}
    if score is not None:
        columns["s"] = score.tolist()
    plan = TallyPlan(
        label="c",
        prediction="d",
        score=None if score is None else "s",
        classes=tuple(map(str, range(classes))),
    )
    return DuckDBEngine().open(pa.table(columns)).tally(plan).slices([()])


def each(found: ExpectedClasses) -> list[Expected]:
    """Each class against the rest."""
    return [one for _, one in found.classes]


def expected(
    reference: Cases, current: Cases, *, decided: bool = True, seed: int = 0
) -> ExpectedClasses:
    """What the labels of some cases are expected to show."""
    known, tables = [], []
    for k in range(K):
        true = (reference.label == k).astype(int)
        code = 2 * reference.said + true if decided else true
        counts = counted(code, reference.scores[:, k], 2 * K if decided else 2, code)
        known.append(learn_class([counts], K if decided else 0))
        tables.append(counted(current.said, current.scores[:, k], K, current.said))
    return expect_classes(tables, known, seed=seed)


SHARES: dict[str, tuple[Callable[[SliceTable], Estimates], Callable[..., float]]] = {
    "accuracy": (multiclass.accuracy, metrics.accuracy_score),
    "balanced accuracy": (multiclass.macro_recall, metrics.balanced_accuracy_score),
    "macro precision": (
        multiclass.macro_precision,
        partial(metrics.precision_score, average="macro"),
    ),
    "macro F1": (multiclass.macro_f1, partial(metrics.f1_score, average="macro")),
    "weighted precision": (
        multiclass.weighted_precision,
        partial(metrics.precision_score, average="weighted"),
    ),
    "weighted F1": (multiclass.weighted_f1, partial(metrics.f1_score, average="weighted")),
}
SIGNED = {
    "kappa": (multiclass.cohen_kappa, metrics.cohen_kappa_score),
    "correlation": (multiclass.matthews_correlation, metrics.matthews_corrcoef),
}


def estimates(found: ExpectedClasses) -> dict[str, Estimates]:
    """Every expected measure."""
    classes = each(found)
    made = {name: found.matrix.share(own, found.table) for name, (own, _) in SHARES.items()}
    made |= {name: found.matrix.measure(own, found.table) for name, (own, _) in SIGNED.items()}
    made["log loss"] = log_loss(classes)
    made["Brier score"] = brier_score(classes)
    areas = [one.score_measure(ranking.area_under_roc) for one in classes]
    made["area"] = average(areas, NAMES, rows=areas[0].rows)
    return made


def shown(current: Cases) -> dict[str, float]:
    """The same measures by scikit-learn, once labels are there."""
    made = {name: of(current.label, current.said) for name, (_, of) in (SHARES | SIGNED).items()}
    truth = np.eye(K)[current.label]
    made["log loss"] = metrics.log_loss(current.label, current.scores)
    made["Brier score"] = float(((current.scores - truth) ** 2).sum(axis=1).mean())
    made["area"] = metrics.roc_auc_score(current.label, current.scores, multi_class="ovr")
    return made


def test_another_mix_of_cases_is_foreseen() -> None:
    """Of many cases, each expected measure is what scikit-learn then finds with the labels."""
    rng = np.random.default_rng(1)
    reference, current = cases(rng, 60_000), cases(rng, 60_000, shift=0.5)
    found, real = estimates(expected(reference, current)), shown(current)
    for name, value in real.items():
        assert found[name].value[0] == pytest.approx(value, abs=0.012), name
        assert found[name].rows[0] == len(current.label), name


def test_confusions_are_foreseen() -> None:
    """The expected confusion matrix is the one that labels show, within its error."""
    rng = np.random.default_rng(2)
    reference, current = cases(rng, 40_000, stretch=1.5), cases(rng, 40_000, stretch=1.5)
    found = expected(reference, current).matrix
    real = metrics.confusion_matrix(current.label, current.said)
    error = found.replicates[:, 0].std(axis=0)
    assert (np.abs(found.counts[0] - real) < 4.5 * error).all()


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**20), st.booleans())
def test_decisions_are_as_many_as_were_counted(seed: int, decided: bool) -> None:
    """Every expected matrix adds up to the decisions counted, and no count is below 0."""
    rng = np.random.default_rng(seed)
    current = cases(rng, 400, stretch=2.0)
    found = expected(cases(rng, 900), current, decided=decided, seed=seed)
    counts = found.matrix.counts[0]
    assert counts.sum(axis=0) == pytest.approx(np.bincount(current.said, minlength=K))
    assert (counts >= 0).all()
    for k, (table, one) in enumerate(found.classes):
        assert one.counts[0, 1, 1] == pytest.approx(counts[k, k])
        assert one.counts.sum() == pytest.approx(len(current.label))
        assert table.counts[0, 1, 1] == (current.said == k).sum()


def test_sure_scores_that_were_right_stay_right() -> None:
    """Where every probability was 0 or 1 and right, every decision is expected to be right."""
    rng = np.random.default_rng(3)

    def sure(rows: int) -> Cases:
        label = rng.integers(0, K, rows)
        return Cases(label, np.eye(K)[label], label)

    current = sure(2_000)
    found = expected(sure(4_000), current)
    assert found.matrix.counts[0] == pytest.approx(
        np.diag(np.bincount(current.label)).astype(float), abs=1e-3
    )
    assert found.matrix.share(multiclass.accuracy, found.table).value[0] == pytest.approx(1.0)
    assert log_loss(each(found)).value[0] == pytest.approx(0.0, abs=1e-6)
    assert brier_score(each(found)).value[0] == pytest.approx(0.0, abs=1e-6)


def test_the_same_seed_gives_the_same_limits() -> None:
    """What is redrawn depends on the seed only."""
    rng = np.random.default_rng(4)
    reference, current = cases(rng, 3_000), cases(rng, 1_000)
    first, again = (estimates(expected(reference, current, seed=5)) for _ in range(2))
    for name, found in first.items():
        assert np.array_equal(found.interval(0.95), again[name].interval(0.95)), name


def test_a_class_that_the_reference_lacks_leaves_everything_open() -> None:
    """Without a class in the reference there is no expected matrix."""
    rng = np.random.default_rng(5)
    reference = cases(rng, 2_000)
    kept = reference.label != 2
    lacking = Cases(reference.label[kept], reference.scores[kept], reference.said[kept])
    found = expected(lacking, cases(rng, 500), decided=False)
    assert np.isnan(found.matrix.counts).all()
    assert np.isnan(found.matrix.share(multiclass.accuracy, found.table).value[0])


@pytest.mark.slow
def test_limits_hold_what_labels_then_show() -> None:
    """Nominal 95 % limits hold the later value at least 92 times in a hundred."""
    rng = np.random.default_rng(6)
    rounds = 150
    held = dict.fromkeys(shown(cases(rng, 100)), 0)
    for number in range(rounds):
        reference = cases(rng, 3_000, stretch=1.5)
        current = cases(rng, 2_000, stretch=1.5)
        found = estimates(expected(reference, current, seed=number))
        for name, value in shown(current).items():
            low, high = found[name].interval(0.95)
            held[name] += int(low[0] <= value <= high[0])
    assert min(held.values()) >= 0.92 * rounds, held
