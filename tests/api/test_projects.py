"""The verbs on a project, as functions."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import roadworthy as rw
from roadworthy import api, wiring
from roadworthy.errors import DataError, UsageError


def events(project: Path) -> list[str]:
    """What the ledger says happened, in order."""
    return [entry.event for entry in wiring.store(project).ledger()]


def test_all_datasets_are_fixed_if_none_is_named(project):
    """Given in the order of the project file; a name that is not in it is refused."""
    assert [version.name for version in rw.snapshot(project=project)] == ["raw", "adults"]
    assert [version.name for version in rw.snapshot("adults", project=project)] == ["adults"]
    with pytest.raises(UsageError, match="names no dataset 'test'"):
        rw.snapshot("test", project=project)


def test_rows_are_read_through_their_version(project):
    """What a script trains on is what the lineage says."""
    rows = api.read("adults", project=project)
    version, ancestors = api.describe_dataset("adults", project=project)
    assert rows.num_rows == version.rows == 354
    assert [item.name for item in ancestors] == ["raw"]


def test_the_gate_keeps_its_decision_on_the_latest_assessment(project):
    """And judges by the project's policy unless another is named."""
    before = len(events(project))
    assert api.gate(project).decision.verdict is rw.Verdict.PASS
    assert api.gate(project, policy="strict.yaml").decision.verdict is rw.Verdict.FAIL
    assert events(project)[before:] == ["decided", "decided"]


BOUNDED = """
name: bounded
requirements:
  - {id: no-slice-far-worse, measure: worst-slice-error-ratio, at_most: 9, minimum_rows: 10}
"""


def test_what_the_projects_policy_asks_for_is_measured(project):
    """A check that runs on request only is requested by the policy of the project file."""
    file = project / "roadworthy.yaml"
    file.write_text(file.read_text().replace("checks: [performance, fairness]\n", ""))
    measured = {item.measure for item in api.assess_project(project).record.evidence}
    assert "worst-slice-error-ratio" not in measured
    (project / "lenient.yaml").write_text(BOUNDED)
    measured = {item.measure for item in api.assess_project(project).record.evidence}
    assert "worst-slice-error-ratio" in measured
    (finding,) = api.gate(project).decision.findings
    assert finding.outcome.rows >= 10


def test_the_gate_keeps_nothing_about_a_saved_assessment(project, tmp_path):
    """It is judged by the project's policy, and the ledger stays as it was."""
    saved = api.assess_project(project).save(tmp_path / "saved")
    before = events(project)
    assert api.gate(project, assessment=saved).policy.name == "lenient"
    assert events(project) == before


def test_an_assessment_of_another_system_needs_a_policy(project, tmp_path):
    """The project's policy is not made for it; one that is named judges it alone."""
    other = rw.assess(project / "raw.parquet", label="y", score="p", name="other")
    saved = other.save(tmp_path / "saved")
    with pytest.raises(UsageError, match="the project file describes 'toy'"):
        api.gate(project, assessment=saved)
    judged = api.gate(project, assessment=saved, policy=project / "lenient.yaml")
    assert judged.decision.verdict is rw.Verdict.PASS


def test_judging_a_saved_assessment_needs_no_project(project, tmp_path):
    """Only a policy; and nothing is made in the folder."""
    saved = api.assess_project(project).save(tmp_path / "saved")
    bare = tmp_path / "bare"
    bare.mkdir()
    judged = api.gate(bare, assessment=saved, policy=project / "strict.yaml")
    assert judged.decision.verdict is rw.Verdict.FAIL
    with pytest.raises(UsageError, match="name a policy"):
        api.gate(bare, assessment=saved)
    assert list(bare.iterdir()) == []


def test_cards_are_written_from_the_latest_or_a_saved_assessment(project, tmp_path):
    """The latest carries its decision; a saved one is judged on the page if a policy is named."""
    latest = api.write_report(None, tmp_path / "latest.html", project=project)
    assert "lenient" in latest.read_text()
    saved = api.load(api.assess_project(project).save(tmp_path / "saved"))
    assert saved.decision is None
    page = api.write_report(
        tmp_path / "saved", tmp_path / "saved.html", policy=project / "strict.yaml"
    )
    assert "strict" in page.read_text()
    card = api.write_model_card(tmp_path / "saved", tmp_path / "card.md")
    assert card.read_text().startswith("---\n")


def test_a_release_is_named_after_its_folder_and_verified(project):
    """Unless it is given a name; what it rests on is in it."""
    made = rw.release(project / "r1", project=project)
    assert made.name == "r1"
    assert rw.verify(project / "r1").holds
    assert rw.verify(project).holds
    assert rw.release(project / "again", name="second", project=project).name == "second"


def test_there_must_be_something_to_verify(tmp_path):
    """A folder that is neither a release nor a project is misuse."""
    with pytest.raises(UsageError, match="neither a release nor a project"):
        rw.verify(tmp_path)


def test_a_model_needs_a_name_to_be_repaired(project):
    """In the project file or in the call."""
    with pytest.raises(UsageError, match="name a registered model"):
        rw.mitigate(project)


def test_training_data_must_be_known(project):
    """A model that names other data is not registered; the message says what to do."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    rows = pq.read_table(project / "raw.parquet").to_pandas()
    model = linear_model.LogisticRegression().fit(rows[["age"]], rows["y"])
    with pytest.raises(UsageError, match=r"'tain'.*roadworthy data add tain"):
        rw.register_model(model, "m", project=project, training=["tain"])
    version = rw.register_model(model, "m", project=project, training=["adults"])
    assert version.training == (rw.snapshot("adults", project=project)[0].digest,)
    assert events(project)[-1] == "model-registered"


def test_a_missing_file_is_a_fault_of_the_data(project):
    """It is named, and the dataset gets no version."""
    (project / "raw.parquet").unlink()
    with pytest.raises(DataError, match=r"raw\.parquet"):
        rw.snapshot("raw", project=project)


def test_stale_evidence_is_not_judged(project):
    """After the data changed and were added again, the gate asks for a new assessment."""
    root = project
    assert api.gate(root).decision.verdict is rw.Verdict.PASS
    path = root / "raw.parquet"
    pq.write_table(pq.read_table(path).slice(0, 300), path)
    api.snapshot(project=root)
    with pytest.raises(UsageError, match=r"earlier version of the dataset 'adults'.*assess"):
        api.gate(root)
    api.assess_project(root)
    assert api.gate(root).decision.verdict is rw.Verdict.PASS
