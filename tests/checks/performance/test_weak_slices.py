"""The check of weak slices: what it measures, on which rows, and why it cannot."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

import roadworthy as rw
from roadworthy.records import canonical
from roadworthy.records.evidence import Unmeasured
from roadworthy.records.weak_slices import SliceSearch

AT = datetime(2026, 1, 2, tzinfo=UTC)
MEASURES = {"worst-slice-error-ratio", "weak-slices", "weak-slices-error-share"}


def cases(rows: int = 6000, *, weak: bool = True) -> pa.Table:
    """Answers of three kinds that are wrong more often for clerks of 40 and older."""
    rng = np.random.default_rng(0)
    age, job = rng.integers(20, 80, rows), rng.choice(["clerk", "cook", "nurse"], rows)
    planted = (age >= 40) & (job == "clerk") & weak
    wrong = rng.random(rows) < np.where(planted, 0.4, 0.1)
    y, kind = rng.integers(0, 2, rows), rng.integers(0, 3, rows)
    amount = rng.gamma(2.0, 10.0, rows)
    return pa.table(
        {
            "age": age, "job": job, "sex": rng.choice(["F", "M"], rows),
            "y": y, "d": np.where(wrong, 1 - y, y),
            "kind": np.array(["a", "b", "c"])[kind],
            "said": np.array(["a", "b", "c"])[np.where(wrong, (kind + 1) % 3, kind)],
            "amount": amount, "guess": amount + rng.normal(size=rows) * np.where(planted, 4, 1),
        }
    )  # fmt: skip


FEATURES = ["age", "job", "sex"]
ROLES = {
    "binary": {"label": "y", "prediction": "d"},
    "multiclass": {"label": "kind", "prediction": "said"},
    "regression": {"label": "amount", "prediction": "guess"},
}


def assessed(table: pa.Table, **roles):
    """An assessment by this check alone."""
    given = {"features": FEATURES, "checks": ["weak-slices"], "at": AT, "name": "cases", **roles}
    return rw.assess(table, **given)


@pytest.mark.parametrize("task", ROLES)
def test_the_worst_slice_is_measured_on_the_half_that_was_not_searched(task):
    """The numbers are those of that half, counted here by hand."""
    table = cases()
    found = assessed(table, task=task, **ROLES[task])
    mean = "worst-slice-absolute-error" if task == "regression" else "worst-slice-error-rate"
    assert {item.measure for item in found.record.evidence} == {mean, *MEASURES}
    label, prediction = ROLES[task]["label"], ROLES[task]["prediction"]
    actual, said = (table[name].to_numpy(zero_copy_only=False) for name in (label, prediction))
    loss = np.abs(actual - said) if task == "regression" else (actual != said).astype(float)
    order = np.random.default_rng(0).permutation(len(loss))
    unseen = np.zeros(len(loss), bool)
    unseen[order[len(loss) // 2 :]] = True
    worst = found.find(mean)
    assert worst.parameters["worst_slice"].endswith("job is clerk")
    inside = chosen(table, worst.parameters["where"])
    assert worst.outcome.value == pytest.approx(loss[inside & unseen].mean())
    assert worst.outcome.rows == (inside & unseen).sum()
    ratio = found.find("worst-slice-error-ratio").outcome
    assert ratio.value == pytest.approx(loss[inside & unseen].mean() / loss[unseen].mean())
    assert 1 < ratio.low < ratio.value < ratio.high
    assert found.find("weak-slices").outcome.value == 1
    share = found.find("weak-slices-error-share")
    assert share.outcome.value == pytest.approx(loss[inside & unseen].sum() / loss[unseen].sum())
    assert share.outcome.low < share.outcome.value < share.outcome.high
    assert share.parameters["share_of_rows"] == pytest.approx(inside[unseen].mean())


def chosen(table: pa.Table, where: str) -> np.ndarray:
    """The rows that a condition in SQL selects."""
    import duckdb  # noqa: PLC0415 - only here

    rows = table.append_column("place", pa.array(range(table.num_rows)))
    places = duckdb.sql(f"SELECT place FROM rows WHERE {where}").fetchnumpy()["place"]
    assert rows.num_rows == table.num_rows
    return np.isin(np.arange(table.num_rows), places)


def test_it_finds_what_find_slices_finds():
    """The evidence keeps the very search that `find_slices` makes of the same rows."""
    table = cases().select([*FEATURES, "y", "d"])
    found = assessed(table, protected=["sex"], **ROLES["binary"])
    kept = canonical.from_json(SliceSearch, found.find("weak-slices").parameters["search"])
    asked = rw.find_slices(
        table, features=FEATURES, protected=["sex"], name="cases", at=AT, **ROLES["binary"]
    )
    assert kept == asked.record


def test_a_model_is_searched_like_its_predictions():
    """A model that scores the table gives the evidence of the table that holds its decisions."""

    class Rule:
        """Says yes to people of 50 and older."""

        feature_names_in_ = ("age",)

        def predict(self, rows):
            """The decision for each row."""
            return (rows["age"] >= 50).astype(int)

    table = cases().select([*FEATURES, "y"])
    said = table.append_column("d", pa.array((table["age"].to_numpy() >= 50).astype(int)))
    searched = {"features": ["age"], "protected": ["sex"]}
    given = assessed(table, label="y", model=Rule(), **searched)
    told = assessed(said, **ROLES["binary"], **searched)
    for measure in ("worst-slice-error-rate", *MEASURES):
        assert given.find(measure).outcome == told.find(measure).outcome


def test_the_same_seed_gives_the_same_evidence():
    """And another seed judges by other rows."""
    table = cases()
    first, again, other = (
        assessed(table, seed=seed, **ROLES["binary"]).find("worst-slice-error-rate")
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first.outcome != other.outcome


def test_where_nothing_is_weak_nothing_is_carried():
    """The worst slice is not surely worse than everyone, and no slice is found."""
    found = assessed(cases(weak=False), **ROLES["binary"])
    assert found.find("weak-slices").outcome.value == 0
    assert found.find("weak-slices-error-share").outcome.high == 0
    assert found.find("worst-slice-error-ratio").outcome.low <= 1


@pytest.mark.parametrize(
    ("columns", "roles", "reason"),
    [
        (["age", "y"], {"label": "y", "features": ["age"]}, "no predictions were given"),
        (["age", "d"], {"prediction": "d", "features": ["age"]}, "no label column was given"),
        (["y", "d"], {"features": []}, "there is no column to search"),
        (["y", "d", "one"], {"features": ["one"]}, "no column can part the rows: one ("),
    ],
)
def test_it_says_why_it_cannot_search(columns, roles, reason):
    """Each measure is answered by the reason."""
    table = cases(400).append_column("one", pa.array([1] * 400)).select(columns)
    given = ROLES["binary"] if set(columns) >= {"y", "d"} else {}
    found = assessed(table, **{**given, **roles})
    assert {item.measure for item in found.record.evidence} == {"worst-slice-error-rate", *MEASURES}
    for item in found.record.evidence:
        assert isinstance(item.outcome, Unmeasured)
        assert item.outcome.reason.startswith(reason)


def test_too_few_rows_are_said():
    """The reason says how many it takes."""
    found = assessed(cases(60), **ROLES["binary"])
    reason = found.find("worst-slice-error-rate").outcome.reason
    assert reason.startswith("the measure applies to 60 rows; slices of at least 50 rows")


def test_of_few_rows_that_nothing_stands_out_proves_nothing():
    """Nothing stands out of few rows easily: no policy passes by that."""
    found = assessed(cases(150), **{**ROLES["binary"], "features": ["sex"]})
    assert {item.measure for item in found.record.evidence} == {"worst-slice-error-rate", *MEASURES}
    for item in found.record.evidence:
        assert item.outcome.reason.startswith("no slice stands out, and there are too few rows")


def test_without_an_error_there_is_nothing_to_compare():
    """A perfect system has a worst slice without errors, and no ratio."""
    table = cases(2000)
    found = assessed(table.set_column(4, "d", table["y"]), **ROLES["binary"])
    assert found.find("worst-slice-error-rate").outcome.value == 0
    assert found.find("worst-slice-error-ratio").outcome.reason == "no row is wrong"
    assert found.find("weak-slices-error-share").outcome.reason == "no row is wrong"


def test_it_runs_only_if_it_is_asked_for():
    """By its name or by a policy that bounds what it measures; not by default or by its pillar."""
    roles = {"features": FEATURES, **ROLES["binary"]}

    def measures(**more):
        found = rw.assess(cases(2000), **roles, **more)
        return {item.measure for item in found.record.evidence}

    assert "weak-slices" not in measures()
    assert "weak-slices" not in measures(checks=["performance"])
    assert "weak-slices" in measures(checks=["performance", "weak-slices"])
    assert "weak-slices" not in measures(policy="minimal")


POLICY = """
name: no far worse slice
requirements:
  - id: no-slice-far-worse
    measure: worst-slice-error-ratio
    at_most: {limit}
    why: An average must not hide people for whom the system fails.
    remedy: Look at the slice.
"""


@pytest.mark.parametrize(("limit", "verdict"), [(4, "PASS"), (1.5, "FAIL")])
def test_a_policy_that_bounds_the_worst_slice_has_it_measured(tmp_path, limit, verdict):
    """The finding names the slice, and the report and the terminal show it."""
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.format(limit=limit), "utf-8")
    found = rw.assess(cases(), features=FEATURES, policy=file, **ROLES["binary"])
    assert found.decision.verdict.name == verdict
    (finding,) = found.decision.findings
    assert finding.reason.endswith("; where age is 38 or more and job is clerk")
    assert "Where it is worst" in found.report_html()
    assert "age is 38 or more and job is clerk" in found.report_html()
