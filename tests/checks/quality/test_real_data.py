"""The quality checks tell the known truth about real data."""

from __future__ import annotations

import pandas as pd
import pytest

from roadworthy.checks.quality.conflicts import CONFLICTING_LABELS
from roadworthy.checks.quality.drift import DRIFT
from roadworthy.checks.quality.duplicates import DUPLICATES, OVERLAP
from roadworthy.checks.quality.leakage import LEAKAGE
from roadworthy.records.evidence import Measured
from roadworthy.records.versions import ColumnRoles

YEAR = "acs_ma_employment_{}.parquet"
ROLES = ColumnRoles(label="employed", protected=("SEX",), identifier="id")


def test_two_years_of_one_survey_hardly_differ(shared_data, make_subject, answers) -> None:
    """From 2015 to 2016 no column moved but the year, and no row was seen before."""
    now, before = (str(shared_data / YEAR.format(year)) for year in (2016, 2015))
    subject = make_subject(now, reference=before, roles=ROLES)
    found = answers(DRIFT, subject)
    assert found["population-stability-index", "all"].parameters["column"] == "year"
    for (measure, where), evidence in found.items():
        if measure == "population-stability-index" and where != "all":
            assert isinstance(evidence.outcome, Measured)
            assert (evidence.outcome.high < 0.02) == (where != "column=year"), where
    assert answers(OVERLAP, subject)["train-overlap-rate", "all"].outcome.value == 0.0


def test_a_table_was_seen_by_itself(shared_data, make_subject, answers) -> None:
    """Compared with itself, every row of the German data occurs in the reference."""
    path = str(shared_data / "german_credit.parquet")
    found = answers(OVERLAP, make_subject(path, reference=path))
    assert found["train-overlap-rate", "all"].outcome.value == 1.0


def test_duplicates_and_conflicts_are_those_that_pandas_finds(
    shared_data, make_subject, answers
) -> None:
    """Adult's repeated rows and contradicting labels agree with pandas."""
    path = shared_data / "adult_test.parquet"
    frame = pd.read_parquet(path)
    label = "income-per-year"
    classes = tuple(sorted(frame[label].unique()))
    subject = make_subject(str(path), roles=ColumnRoles(label=label), classes=classes)
    repeated = answers(DUPLICATES, subject)["duplicate-rows-rate", "all"].outcome
    assert repeated.value == pytest.approx(frame.duplicated().mean())
    features = [name for name in frame.columns if name != label]
    labels = frame.groupby(features, dropna=False, observed=True)[label].transform("nunique")
    conflicting = answers(CONFLICTING_LABELS, subject)["conflicting-labels-rate", "all"].outcome
    assert conflicting.value == pytest.approx(float((labels > 1).mean()))


def test_no_answer_is_hidden_among_the_questions_of_the_survey(
    shared_data, make_subject, answers
) -> None:
    """Age ranks employment best among the survey's features, and none of them gives it away."""
    found = answers(LEAKAGE, make_subject(str(shared_data / YEAR.format(2015)), roles=ROLES))
    values = {where: evidence.outcome.value for (_, where), evidence in found.items()}
    assert max(values, key=lambda where: values[where]) == "feature=AGEP"
    assert max(values.values()) < 0.9
