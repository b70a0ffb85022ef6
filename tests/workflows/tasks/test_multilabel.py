"""Tests of multi-label systems, against scikit-learn and Fairlearn."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference
from sklearn import metrics

from roadworthy.errors import UsageError
from roadworthy.records.versions import Task

LABELS = ("urgent", "legal", "spam")
PILLARS = ("performance", "fairness")


def simulated(rows: int = 500) -> tuple[dict, np.ndarray, np.ndarray]:
    """Columns of three labels of unequal frequency, their scores, and both as arrays."""
    draw = np.random.default_rng(5)
    label = (draw.random((rows, 3)) < [0.5, 0.3, 0.2]).astype(int)
    score = np.clip(0.3 + 0.4 * label + 0.2 * draw.normal(size=(rows, 3)), 0, 1)
    columns: dict = {"sex": draw.choice(["F", "M"], rows).tolist()}
    for k, name in enumerate(LABELS):
        columns[name] = label[:, k].tolist()
        columns[f"p_{name}"] = score[:, k].tolist()
        columns[f"d_{name}"] = (score[:, k] >= 0.5).astype(int).tolist()
    return columns, label, score


def test_labels_together_are_measured_as_scikit_learn_does(assessed) -> None:
    """Averages, the share of wrong labels and how often all are right."""
    columns, label, score = simulated()
    said = (score >= 0.5).astype(int)
    found = assessed(
        columns,
        PILLARS,
        labels=LABELS,
        scores={name: f"p_{name}" for name in LABELS},
        protected=("sex",),
        task=Task.MULTILABEL,
    )
    for how in ("macro", "micro", "weighted"):
        for measure, score_of in (
            ("precision", metrics.precision_score),
            ("recall", metrics.recall_score),
            ("f1", metrics.f1_score),
        ):
            expected = score_of(label, said, average=how)
            assert found.value(f"{how}-{measure}") == pytest.approx(expected), (how, measure)
    assert found.value("subset-accuracy") == pytest.approx(metrics.accuracy_score(label, said))
    assert found.value("hamming-loss") == pytest.approx(metrics.hamming_loss(label, said), abs=1e-8)
    losses = [
        metrics.hamming_loss(label[chosen], said[chosen])
        for chosen in (np.array(columns["sex"]) == sex for sex in ("F", "M"))
    ]
    assert found.value("hamming-loss-difference", "sex") == pytest.approx(
        abs(losses[0] - losses[1]), abs=1e-8
    )


def test_each_label_is_a_binary_task(assessed) -> None:
    """Performance and fairness label by label, and the worst label across groups."""
    columns, label, score = simulated()
    found = assessed(
        columns,
        PILLARS,
        labels=LABELS,
        predictions={name: f"d_{name}" for name in LABELS},
        protected=("sex",),
        task=Task.MULTILABEL,
    )
    gaps = []
    for k, name in enumerate(LABELS):
        said = score[:, k] >= 0.5
        assert found.value("f1", f"label={name}") == pytest.approx(
            metrics.f1_score(label[:, k], said)
        )
        gaps.append(
            demographic_parity_difference(
                label[:, k], said, sensitive_features=np.array(columns["sex"])
            )
        )
        assert found.value("demographic-parity-difference", f"label={name}, sex") == pytest.approx(
            gaps[-1]
        )
    assert found.value("demographic-parity-difference", "sex") == pytest.approx(max(gaps))
    worst = found.evidence["demographic-parity-difference", "sex"].parameters["worst_label"]
    assert worst == LABELS[int(np.argmax(gaps))]


def test_missing_labels_leave_a_row_out_of_what_needs_all(assessed) -> None:
    """A row that lacks one label still counts for the others."""
    columns = {"a": [1, 0, None, 1], "b": [1, 1, 0, 0], "da": [1, 0, 1, 0], "db": [1, 1, 0, 0]}
    found = assessed(
        columns,
        PILLARS,
        labels=("a", "b"),
        predictions={"a": "da", "b": "db"},
        task=Task.MULTILABEL,
    )
    assert found.value("subset-accuracy") == pytest.approx(2 / 3)
    assert found.value("hamming-loss") == pytest.approx(1 / 6)
    assert found.value("accuracy", "label=b") == 1


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({}, "needs its label columns"),
        ({"labels": ("urgent",), "label": "legal"}, "instead of label='legal'"),
        (
            {"labels": ("urgent",), "scores": {"spam": "p_spam"}},
            "scores answer 'spam', which is no label; labels: urgent",
        ),
    ],
)
def test_what_fits_no_labels_is_refused(assessed, roles, message) -> None:
    """Each message says what was found and what to do."""
    with pytest.raises(UsageError, match=message):
        assessed(simulated(20)[0], PILLARS, task=Task.MULTILABEL, **roles)


def test_without_answers_only_the_labels_are_described(assessed) -> None:
    """No prediction and no score: the base rate of each label, and reasons for the rest."""
    columns, label, _ = simulated(50)
    found = assessed(columns, PILLARS, labels=LABELS, task=Task.MULTILABEL)
    assert found.value("base-rate", "label=legal") == pytest.approx(label[:, 1].mean())
    assert "neither a prediction" in found.reason("hamming-loss")
