"""Numbers that others published, reproduced through `rw.assess`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder

import roadworthy as rw
from roadworthy.records.evidence import Measured
from roadworthy.training.reweighing import reweigh


def value(assessment: rw.Assessment, measure: str, where: str = "all") -> float:
    """The number of one measure on one slice."""
    outcome = assessment.find(measure, where).outcome
    assert isinstance(outcome, Measured), outcome
    return outcome.value


def rows(assessment: rw.Assessment, where: str) -> int:
    """The rows of a slice."""
    return assessment.find("rows", where).outcome.rows


# --- E2: German credit, age, reweighing ----------------------------------------------------------


@pytest.fixture(scope="module")
def german(shared_data: Path) -> pd.DataFrame:
    """The 1,000 rows, with the groups of the tutorial: 25 and older, against younger."""
    frame = pd.read_parquet(shared_data / "german_credit.parquet")
    return frame.assign(
        older=np.where(frame["age"] >= 25, "25 or older", "younger"),
        over_25=np.where(frame["age"] > 25, "over 25", "25 or younger"),
        sex=np.where(frame["personal_status"].str.startswith("male"), "male", "female"),
    )


def split_of_the_tutorial(frame: pd.DataFrame) -> pd.DataFrame:
    """The training part of AIF360's split: 70 % after NumPy's global seed 0."""
    order = np.random.RandomState(0).permutation(len(frame))
    return frame.iloc[order[: int(0.7 * len(frame))]]


def test_german_credit_before_reweighing(german):
    """Mean difference -0.169905 and disparate impact 0.766430, as AIF360's tutorial prints."""
    found = rw.assess(
        split_of_the_tutorial(german),
        label="class",
        prediction="class",
        protected=["older"],
        reference_groups={"older": "25 or older"},
        checks=["fairness"],
    )
    gap = value(found, "selection-rate-difference", "older=younger")
    assert gap == pytest.approx(-0.1699054740619017, abs=1e-15)
    ratio = value(found, "selection-rate-ratio", "older=younger")
    assert ratio == pytest.approx(0.766430, abs=5e-7)
    assert value(found, "demographic-parity-difference", "older") == pytest.approx(-gap, abs=1e-15)


def test_german_credit_after_reweighing(german):
    """Weighted, the mean difference is 0.000000, and the four weights are the published ones."""
    train = split_of_the_tutorial(german)
    frame = train.assign(weight=reweigh(train["older"], train["class"]))
    cells = frame.groupby(["older", "class"])["weight"].first()
    assert cells["25 or older", "good"] == pytest.approx(0.962295, abs=5e-7)
    assert cells["25 or older", "bad"] == pytest.approx(1.100625, abs=5e-7)
    assert cells["younger", "good"] == pytest.approx(1.255556, abs=5e-7)
    assert cells["younger", "bad"] == pytest.approx(0.678, abs=5e-7)
    found = rw.assess(
        frame,
        label="class",
        prediction="class",
        weight="weight",
        protected=["older"],
        reference_groups={"older": "25 or older"},
        checks=["fairness"],
    )
    assert value(found, "selection-rate-difference", "older=younger") == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(
    ("attribute", "high", "low", "difference", "ratio"),
    [
        ("older", ("25 or older", 612, 851), ("younger", 88, 149), 0.128550, 0.821248),
        ("over_25", ("over 25", 590, 810), ("25 or younger", 110, 190), 0.149448, 0.794826),
        ("sex", ("male", 499, 690), ("female", 201, 310), 0.074801, 0.896567),
    ],
)
def test_german_credit_without_a_split(german, attribute, high, low, difference, ratio):
    """All 1,000 rows: the counts, the difference and the ratio of the good credits by group."""
    found = rw.assess(
        german, label="class", prediction="class", protected=[attribute], checks=["fairness"]
    )
    for name, good, total in (high, low):
        where = f"{attribute}={name}"
        assert value(found, "selection-rate", where) == good / total
        assert found.find("selection-rate", where).outcome.rows == total
    gap = value(found, "demographic-parity-difference", attribute)
    assert gap == pytest.approx(difference, abs=5e-7)
    assert value(found, "demographic-parity-ratio", attribute) == pytest.approx(ratio, abs=5e-7)


# --- E3: UCI Adult, raw rates --------------------------------------------------------------------


@pytest.fixture(scope="module")
def adult(shared_data: Path) -> pd.DataFrame:
    """Both files, test rows first, as the published example reads them."""
    parts = [pd.read_parquet(shared_data / f"adult_{part}.parquet") for part in ("test", "train")]
    return pd.concat(parts, ignore_index=True, keys=None).assign(
        part=["test"] * len(parts[0]) + ["train"] * len(parts[1])
    )


@pytest.mark.parametrize(
    ("part", "male", "female", "difference", "ratio"),
    [
        ("all", (9918, 32650), (1769, 16192), 0.194516, 0.359655),
        ("train", (6662, 21790), (1179, 10771), 0.196276, 0.358023),
        ("test", (3256, 10860), (590, 5421), 0.190980, 0.363010),
    ],
)
def test_adult_raw_rates_by_sex(adult, part, male, female, difference, ratio):
    """The share above 50K by sex, its difference and its ratio."""
    frame = adult if part == "all" else adult[adult["part"] == part]
    found = rw.assess(frame, label="income-per-year", protected=["sex"])
    for name, (rich, total) in (("Male", male), ("Female", female)):
        outcome = found.find("base-rate", f"sex={name}").outcome
        assert (outcome.value, outcome.rows) == (rich / total, total)
    assert value(found, "base-rate-difference", "sex") == pytest.approx(difference, abs=5e-7)
    assert value(found, "base-rate-ratio", "sex") == pytest.approx(ratio, abs=5e-7)


def complete(adult: pd.DataFrame) -> pd.DataFrame:
    """The rows without a missing value: 45,222."""
    return adult.replace("?", None).dropna().reset_index(drop=True)


def test_adult_complete_rows(adult):
    """Without the rows that miss a value: -0.198901 and 0.363470."""
    frame = complete(adult)
    assert len(frame) == 45_222
    found = rw.assess(
        frame,
        label="income-per-year",
        protected=["sex"],
        reference_groups={"sex": "Male"},
        checks=["fairness"],
    )
    assert value(found, "base-rate-difference", "sex") == pytest.approx(0.198901, abs=5e-7)
    assert value(found, "base-rate-ratio", "sex") == pytest.approx(0.363470, abs=5e-7)


def test_adult_race(adult):
    """White against the rest: 0.101445 and 0.600592."""
    frame = adult.assign(white=np.where(adult["race"] == "White", "White", "other"))
    found = rw.assess(frame, label="income-per-year", protected=["white"], checks=["fairness"])
    assert value(found, "base-rate-difference", "white") == pytest.approx(0.101445, abs=5e-7)
    assert value(found, "base-rate-ratio", "white") == pytest.approx(0.600592, abs=5e-7)


# --- E4: Adult, logistic regression --------------------------------------------------------------


def test_adult_logistic_regression_to_the_last_digit(adult):
    """Accuracy 0.8455074813886637 and disparate impact 0.26889803976599136, as published."""
    frame = complete(adult).drop(columns=["fnlwgt", "part"])
    label = (frame["income-per-year"] == ">50K").astype(int)
    inputs = frame.drop(columns="income-per-year")
    words = [name for name in inputs if not pd.api.types.is_numeric_dtype(inputs[name])]
    numbers = [name for name in inputs if name not in words]
    encoded = OneHotEncoder(sparse_output=False).fit_transform(inputs[words])
    inputs = np.hstack([encoded, inputs[numbers]])  # in this order, as the example does
    split = train_test_split(inputs, label, frame["sex"], train_size=0.7, random_state=1234567)
    train_x, test_x, train_y, test_y, _, test_sex = split
    model = LogisticRegression(solver="liblinear").fit(train_x, train_y)
    predictions = pd.DataFrame(
        {"income": test_y, "predicted": model.predict(test_x), "sex": test_sex}
    )
    found = rw.assess(
        predictions,
        label="income",
        prediction="predicted",
        protected=["sex"],
        reference_groups={"sex": "Male"},
    )
    assert value(found, "accuracy") == 0.8455074813886637
    assert value(found, "demographic-parity-ratio", "sex") == 0.26889803976599136
    assert value(found, "selection-rate-ratio", "sex=Female") == 0.26889803976599136


# --- E7: Fairlearn's example ---------------------------------------------------------------------

TRUTH = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]
PREDICTED = [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0]
GROUP = list("bbabbcccaacabccbcc")


def test_fairlearn_example():
    """The 18 rows of the user guide: rates, differences and ratios, by group."""
    table = pa.table({"truth": TRUTH, "predicted": PREDICTED, "group": GROUP})
    found = rw.assess(table, label="truth", prediction="predicted", protected=["group"])
    rates = ("true-positive-rate", "false-positive-rate", "selection-rate")
    printed = {
        "all": (0.5, 0.6667, 0.5556, 18),
        "group=a": (0.5, 1.0, 0.75, 4),
        "group=b": (0.6, 0.0, 0.5, 6),
        "group=c": (0.4, 0.6667, 0.5, 8),
    }
    for where, (*expected, n) in printed.items():
        assert [value(found, rate, where) for rate in rates] == pytest.approx(expected, abs=5e-5)
        assert rows(found, where) == n
    gaps = {
        "equal-opportunity-difference": 0.20,
        "false-positive-rate-parity-difference": 1.00,
        "demographic-parity-difference": 0.25,
        "demographic-parity-ratio": 0.6667,
        "equalized-odds-difference": 1.00,
        "equalized-odds-ratio": 0.0,
    }
    for measure, expected in gaps.items():
        assert value(found, measure, "group") == pytest.approx(expected, abs=5e-5), measure
