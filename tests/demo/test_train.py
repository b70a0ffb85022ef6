"""The demo's candidate: what it reads, what it does not, and that it is the same every time."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from roadworthy.adapters.models import model_files
from roadworthy.demo.train import CODED, FEATURES, train


@pytest.fixture(scope="module")
def parts(shared_data):
    """Training and validation rows of 2015, as the demo prepares them."""
    file = shared_data / "acs_ma_employment_2015.parquet"
    codes = ", ".join(f"CAST({name} AS SMALLINT) AS {name}" for name in ("SCHL", *CODED))
    rows = duckdb.sql(
        f"SELECT AGEP, {codes}, CAST(employed = 0 AS TINYINT) AS not_in_work "
        f"FROM '{file}' WHERE AGEP >= 16 ORDER BY hash(id)"
    ).to_arrow_table()
    return rows.slice(0, 12_000), rows.slice(12_000, 6_000), rows.slice(18_000, 6_000)


@pytest.fixture(scope="module")
def candidate(parts):
    """The trained candidate."""
    return train(parts[0], parts[1])


def test_sex_and_race_are_not_features():
    """Age and disability are, and say so; sex and race are not."""
    assert {"AGEP", "DIS"} <= set(FEATURES)
    assert not {"SEX", "RAC1P", "sex", "race"} & set(FEATURES)


def test_it_predicts_who_is_not_in_work(parts, candidate):
    """On rows it has not seen, its ranking is good and its threshold sensible."""
    held = parts[2]
    label, scores = np.asarray(held["not_in_work"]), candidate.score(held)
    assert roc_auc_score(label, scores) > 0.83
    assert balanced_accuracy_score(label, candidate.decide(held, scores)) > 0.76
    assert 0.3 < candidate.rule.threshold < 0.5


def test_training_again_gives_the_same_model(parts):
    """Same rows and seed, same bytes; another seed, other bytes."""
    few = parts[0].slice(0, 3000)
    first, again, other = (model_files(train(few, parts[1], seed=seed)) for seed in (0, 0, 1))
    assert first == again
    assert first != other
