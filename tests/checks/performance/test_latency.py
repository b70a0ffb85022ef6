"""Quantiles of response times: NumPy's within the stated error, for everybody and every group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from roadworthy.checks.performance.latency import LATENCY, QUANTILES
from roadworthy.checks.run import run
from roadworthy.records import canonical

RNG = np.random.default_rng(5)
N = 4000


@pytest.fixture(scope="module")
def columns() -> dict:
    """Response times of two groups, the second one slower."""
    sex = RNG.choice(["F", "M"], N)
    took = RNG.lognormal(3.0, 0.6, N) * np.where(sex == "M", 1.5, 1.0)
    return {"took": took, "sex": sex, "bytes": RNG.integers(0, 9000, N), "word": ["a"] * N}


def ask(subject_of, columns: dict, *metrics: str, **given) -> dict:
    """The evidence about some metrics, by measure and slice."""
    subject = subject_of(columns, **given)
    subject = replace(subject, roles=replace(subject.roles, metrics=metrics))
    evidence, _ = run([LATENCY], subject)
    found = {(item.measure, str(item.slice)): item for item in evidence}
    assert len(found) == len(evidence)
    assert all(canonical.to_bytes(item) for item in evidence)
    return found


@pytest.mark.parametrize("spec", QUANTILES, ids=lambda spec: spec.slug)
def test_quantiles_are_numpys_within_their_bound(subject_of, columns, spec) -> None:
    """Everybody's and each group's quantile differs from NumPy's by no more than it says."""
    found = ask(subject_of, columns, "took", protected=["sex"])
    for where in ("all", "sex=F", "sex=M"):
        own = columns["took"][(columns["sex"] == where[-1]) | (where == "all")]
        exact = np.quantile(own, QUANTILES[spec], method="inverted_cdf")
        evidence = found[spec.slug, where]
        bound = evidence.parameters["bin_bound"]
        assert abs(evidence.outcome.value - exact) <= bound <= exact / 500
        assert evidence.outcome.low <= exact <= evidence.outcome.high
        assert evidence.outcome.rows == len(own)
        assert evidence.outcome.method == "order-statistic"
        assert evidence.parameters["column"] == "took"
        assert found["latency-max", where].outcome.value == own.max()
    assert found[spec.slug, "sex=M"].outcome.low > found[spec.slug, "sex=F"].outcome.value


def test_intervals_cover_whatever_the_distribution_is(subject_of) -> None:
    """Nominal 95 % intervals of the median hold the true one, also where half is one value."""
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        took = np.where(rng.random(300) < 0.3, 1000.0, rng.exponential(1.0, 300))
        outcome = ask(subject_of, {"took": took}, "took")["latency-p50", "all"].outcome
        truth = -np.log(1 - 0.5 / 0.7)
        covered += outcome.low <= truth <= outcome.high
    assert covered >= 54


def test_several_metrics_are_named_by_their_slices(subject_of, columns) -> None:
    """With more than one metric, each slice says of which it speaks."""
    found = ask(subject_of, columns, "took", "bytes", protected=["sex"])
    assert {where for _, where in found} == {
        f"metric={name}{group}"
        for name in ("took", "bytes")
        for group in ("", ", sex=F", ", sex=M")
    }
    assert found["latency-max", "metric=bytes"].outcome.value == columns["bytes"].max()


def test_what_is_no_number_is_unknown(subject_of, columns) -> None:
    """Text, and groups without numbers, have a reason; without a metric nothing is asked."""
    word = ask(subject_of, columns, "word")["latency-p99", "all"].outcome
    assert word.reason == "the column 'word' holds values of type text; a metric is a number"
    assert not ask(subject_of, columns)
    gap = {"took": [None, float("nan"), 1.0, float("inf")], "sex": ["F", "F", "M", None]}
    found = ask(subject_of, gap, "took", protected=["sex"])
    assert found["latency-p50", "sex=F"].outcome.reason == "there is no number"
    assert found["latency-max", "sex=F"].outcome.reason == "there is no number"
    assert found["latency-max", "sex=(missing)"].outcome.reason == "it is infinite"
    assert found["latency-max", "sex=M"].outcome.value == 1.0
