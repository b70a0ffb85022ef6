"""Assessing a table from Python: what goes in, what comes back, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

import roadworthy as rw
from roadworthy.errors import DataError, TrustError, UsageError
from roadworthy.records import canonical

AT = datetime(2026, 1, 2, tzinfo=UTC)
TABLE = {"label": "y", "score": "p", "checks": ["performance", "fairness"], "at": AT}


def test_a_path_and_its_rows_give_the_same_numbers(project):
    """How a table is handed over does not change what is measured on it."""
    path = project / "raw.parquet"
    by_path = rw.assess(path, protected=["sex"], **TABLE)
    by_rows = rw.assess(pq.read_table(path), protected=["sex"], **TABLE)
    assert by_path.table().equals(by_rows.table())
    assert by_path.record.at == AT


def test_the_threshold_decides_where_there_is_no_prediction(project):
    """A score at or above it is a positive decision."""
    rates = [
        rw.assess(project / "raw.parquet", threshold=threshold, protected=["sex"], **TABLE)
        .find("selection-rate")
        .outcome.value
        for threshold in (0.0, 0.5, 1.0)
    ]
    assert rates[0] == 1.0
    assert rates[0] > rates[1] > rates[2]


def test_a_policy_judges_at_once(project):
    """By its path, by itself or by a tier's name, as `Assessment.judge` does."""
    policy = rw.load_policy(project / "strict.yaml")
    found = rw.assess(project / "raw.parquet", policy=policy, **TABLE)
    assert found.policy == policy
    assert found.decision.verdict is rw.Verdict.FAIL
    assert found.judge(project / "lenient.yaml").verdict is rw.Verdict.PASS
    assert {row["verdict"] for row in found.table().to_pylist()} == {None, "FAIL"}


def test_the_confidence_is_that_of_every_interval(project):
    """A higher one makes every interval at least as wide."""
    usual = rw.assess(project / "raw.parquet", **TABLE).find("accuracy").outcome
    surer = rw.assess(project / "raw.parquet", confidence=0.99, **TABLE).find("accuracy").outcome
    assert (usual.confidence, surer.confidence) == (0.95, 0.99)
    assert surer.low < usual.low < usual.high < surer.high


@pytest.mark.parametrize("role", ["protected", "features", "condition"])
def test_a_bare_name_is_no_list_of_columns(project, role):
    """Its letters would otherwise be taken for columns."""
    with pytest.raises(UsageError, match="lists of column names"):
        rw.assess(project / "raw.parquet", **{**TABLE, role: "sex"})


def test_what_was_saved_is_loaded(project, tmp_path):
    """From its folder or its file; the record is the same."""
    found = rw.assess(project / "raw.parquet", **TABLE)
    folder = found.save(tmp_path / "saved")
    assert rw.load(folder).record == found.record
    assert rw.load(str(folder / "assessment.json")).record == found.record
    assert canonical.to_bytes(found.record) == (folder / "assessment.json").read_bytes()


def test_what_is_no_assessment_is_not_loaded(project, tmp_path):
    """An absent file is a fault of the data; another document is not to be trusted."""
    with pytest.raises(DataError, match="there is no file"):
        rw.load(tmp_path / "nowhere")
    with pytest.raises(TrustError, match="AssessmentRecord"):
        rw.load(project / "lenient.yaml")


@pytest.mark.parametrize("tier", ["minimal", "limited", "high", "critical"])
def test_each_tier_has_a_policy(tier):
    """Its name is that of the tier."""
    assert tier in rw.load_policy(tier).name
    assert rw.load_policy(tier).requirements
