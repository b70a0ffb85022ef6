"""Mitigating: what is tried, what is chosen, what is kept, and what is never touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from roadworthy import wiring
from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.adapters.models import model_files, wrap
from roadworthy.adapters.sklearn import trainer_for
from roadworthy.errors import UsageError
from roadworthy.records.policy import Objective, Policy, Requirement, Scope, Waiver
from roadworthy.records.system import DatasetSource
from roadworthy.records.tradeoff import TradeOff
from roadworthy.records.versions import (
    ColumnRoles,
    DatasetVersion,
    DecisionRule,
    ModelVersion,
)
from roadworthy.workflows.assess import Naming, Question
from roadworthy.workflows.assess_project import LoadedModel
from roadworthy.workflows.mitigate import AS_TRAINED, mitigate, repairable, validation_assessor
from roadworthy.workflows.mitigate_project import mitigate_project
from roadworthy.workflows.register import describe_model, register_model
from roadworthy.workflows.repairs import BOTH, REWEIGHING, THRESHOLDS

ENGINE = DuckDBEngine()
AT = datetime(2026, 1, 1, tzinfo=UTC)
ROLES = ColumnRoles(label="y", positive="1", protected=("sex", "town"))


def people(seed, rows=3000):
    """Women in need score lower; towns do not matter."""
    rng = np.random.default_rng(seed)
    women = rng.random(rows) < 0.5
    y = rng.random(rows) < np.where(women, 0.35, 0.55)
    x = rng.normal(size=rows) + 1.6 * y - 0.8 * women
    return pa.table(
        {
            "id": np.arange(rows),
            "x": x,
            "z": rng.normal(size=rows),
            "sex": np.where(women, "Female", "Male"),
            "town": rng.choice(["a", "b"], rows),
            "y": y.astype(int),
        }
    )


TRAIN, VALIDATION, HOLDOUT = (people(seed) for seed in range(3))


def fitted(threshold=0.5):
    """The model as it was trained: fair to nobody in particular."""
    inputs = np.column_stack([TRAIN["x"], TRAIN["z"]])
    estimator = LogisticRegression().fit(inputs, TRAIN["y"])
    return wrap(estimator, features=["x", "z"], threshold=threshold)


def policy(*requirements, **given):
    """A policy that asks for what is given, or for equal opportunity by sex."""
    asked = requirements or (
        Requirement(
            id="eo",
            measure="equal-opportunity-difference",
            scope=Scope.ACROSS,
            of=("sex",),
            at_most=0.1,
        ),
        Requirement(id="rows", measure="rows", at_least=100),
    )
    return Policy(name="p", requirements=asked, **given)


def repair(rules=None, *, base=None, trainer=True, **given):
    """The whole repair on the toy population."""
    base = base or fitted()
    rules = rules or policy()
    validation = ENGINE.open(VALIDATION)
    arguments = {
        "train": ENGINE.open(TRAIN),
        "validation": validation,
        "roles": ROLES,
        "policy": rules,
        "assess": assessor(VALIDATION, rules),
        "trainer": trainer_for(base) if trainer else None,
        "at": AT,
    }
    return mitigate(base, **(arguments | given))


def assessor(rows, rules):
    """Measures a model on these rows."""
    naming = Naming(system="s", dataset="sha256:0", dataset_name="d", producer="t", at=AT)
    table = ENGINE.open(rows)
    return validation_assessor(table, Question(roles=ROLES), naming, engine=ENGINE, policy=rules)


@pytest.fixture(scope="module")
def repaired():
    """The repair under equal opportunity by sex."""
    return repair()


def gap(rows, model):
    """The difference of true-positive rates between the sexes."""
    decisions = model.decide(rows, model.score(rows))
    sex, y = np.asarray(rows["sex"].to_pylist()), np.asarray(rows["y"])
    rates = [decisions[(sex == name) & (y == 1)].mean() for name in ("Female", "Male")]
    return abs(rates[0] - rates[1])


def test_each_kind_of_repair_is_tried(repaired):
    """The base first, then reweighing by each column and all, thresholds, and both together."""
    names = [attempt.name for attempt in repaired.attempts]
    methods = {attempt.method for attempt in repaired.attempts}
    assert names[0] == AS_TRAINED
    assert {"reweighing by sex", "reweighing by town", "reweighing by sex × town"} <= set(names)
    assert {REWEIGHING, THRESHOLDS, BOTH} <= methods
    assert repaired.skipped == ()


def test_the_chosen_repair_holds_where_it_was_not_chosen(repaired):
    """On rows that nobody saw, the gap that was refused is within the bound."""
    assert gap(HOLDOUT, fitted()) > 0.15
    assert gap(HOLDOUT, repaired.chosen.model) < 0.1
    assert repaired.is_repaired


def test_the_trade_off_tells_every_candidate(repaired):
    """Both measures with intervals, findings, one choice, and a reason for each."""
    tradeoff = repaired.tradeoff
    assert (tradeoff.x_measure, tradeoff.x_slice) == ("balanced-accuracy", "all")
    assert (tradeoff.y_measure, tradeoff.y_slice) == ("equal-opportunity-difference", "sex")
    assert tradeoff.limit == 0.1
    assert len(tradeoff.candidates) == len(repaired.attempts)
    assert tradeoff.chosen.name == repaired.chosen.name
    assert all(candidate.reason for candidate in tradeoff.candidates)
    assert tradeoff.candidates[0].failing == 1


def test_the_same_data_give_the_same_repair(repaired):
    """Nothing is random."""
    assert repair().tradeoff == repaired.tradeoff


def test_reweighing_selects_as_many_as_before(repaired):
    """The threshold moves so that reweighing is not confused with selecting more."""
    base = fitted()
    before = base.decide(VALIDATION, base.score(VALIDATION)).sum()
    weighed = next(a for a in repaired.attempts if a.name == "reweighing by sex")
    after = weighed.model.decide(VALIDATION, weighed.model.score(VALIDATION)).sum()
    assert after == before
    assert set(weighed.made.parameters["weights"]) == {
        "Female / 0",
        "Female / 1",
        "Male / 0",
        "Male / 1",
    }


def test_a_floor_lowers_thresholds_only():
    """A requirement on each group's recall is met without raising anybody's threshold."""
    floor = Requirement(
        id="floor", measure="true-positive-rate", scope=Scope.GROUPS, of=("sex",), at_least=0.6
    )
    found = repair(policy(floor), trainer=False)
    rule = found.chosen.model.rule
    assert found.chosen.method == THRESHOLDS
    assert max(rule.thresholds.values()) <= 0.5
    assert found.tradeoff.y_slice == "sex=Female"


def test_a_model_that_passes_is_left_alone():
    """Nothing is tried if nothing is asked that does not hold."""
    easy = Requirement(id="auc", measure="roc-auc", at_least=0.6)
    found = repair(policy(easy))
    assert [attempt.name for attempt in found.attempts] == [AS_TRAINED]
    assert not found.is_repaired
    assert found.tradeoff.candidates[0].reason == "meets every requirement; nothing else was tried"


def test_without_a_trainer_thresholds_remain():
    """A model that cannot be fitted again can still be given thresholds."""
    found = repair(trainer=False)
    assert {attempt.method for attempt in found.attempts} == {"none", THRESHOLDS}
    assert found.is_repaired


def test_a_repair_that_cannot_be_made_is_told():
    """A trainer that fails costs its repairs, not the others."""

    class Failing:
        """Refuses to fit."""

        def refit(self, rows, label, weights):
            """Refuse."""
            raise UsageError(f"no weights, please ({len(label)}, {rows.num_rows}, {len(weights)})")

    base = fitted()
    rules = policy()
    found = mitigate(
        base,
        train=ENGINE.open(TRAIN),
        validation=ENGINE.open(VALIDATION),
        roles=ROLES,
        policy=rules,
        assess=assessor(VALIDATION, rules),
        trainer=Failing(),
        at=AT,
    )
    assert len(found.skipped) == 3
    assert found.skipped[0] == "reweighing by sex: no weights, please (3000, 3000, 3000)"
    assert found.is_repaired


def test_what_is_asked_of_the_data_does_not_count():
    """Requirements on quality are not a repair's business, nor are waivers of them."""
    asked = policy(
        Requirement(id="auc", measure="roc-auc", at_least=0.6),
        Requirement(id="gone", measure="missing-rate", at_most=0.1),
        waivers=(
            Waiver(owner="o", reason="r", expires=AT.date(), requirement="gone"),
            Waiver(owner="o", reason="r", expires=AT.date(), requirement="auc"),
        ),
    )
    kept = repairable(asked)
    assert [requirement.id for requirement in kept.requirements] == ["auc"]
    assert [waiver.requirement for waiver in kept.waivers] == ["auc"]


def test_a_policy_without_such_requirements_is_refused():
    """There is nothing to repair for."""
    with pytest.raises(UsageError, match="asks for nothing that a repair could change"):
        repairable(policy(Requirement(id="gone", measure="missing-rate", at_most=0.1)))


@pytest.mark.parametrize(
    "roles", [ColumnRoles(protected=("sex",)), ColumnRoles(label="y", positive="1")]
)
def test_a_repair_needs_a_label_and_groups(roles):
    """Without either there is nothing to compare."""
    with pytest.raises(UsageError, match="needs a label column and at least one protected column"):
        repair(roles=roles)


def test_decisions_alone_cannot_be_repaired():
    """A model without scores has no threshold to move."""
    svc = LinearSVC().fit(np.column_stack([TRAIN["x"], TRAIN["z"]]), TRAIN["y"])
    with pytest.raises(UsageError, match="needs a model that gives scores"):
        repair(base=wrap(svc, features=["x", "z"]), trainer=False)


# --- a project -----------------------------------------------------------------------------------


@pytest.fixture
def project(make_project):
    """A project with three datasets and one registered model."""
    parts = {"train": TRAIN, "validation": VALIDATION, "holdout": HOLDOUT}
    built = make_project(
        datasets=tuple(DatasetSource(name=n, files=(f"data/{n}.parquet",)) for n in parts),
        train="train",
        validate="validation",
        assess="holdout",
        roles=ColumnRoles(label="y", positive="1", protected=("sex", "town"), identifier="id"),
    )
    for name, rows in parts.items():
        pq.write_table(rows, built.root / "data" / f"{name}.parquet")
    return built


def registered(project):
    """The model, registered in the project's store."""
    model = fitted()
    files = model_files(model)
    version = describe_model(
        "m", files, features=model.features, rule=model.rule, at=AT, training=["sha256:t"]
    )
    return LoadedModel(version=register_model(project.store, version, files), model=model)


def test_the_chosen_repair_becomes_a_version(project):
    """Its parent is the model it repairs; it loads from the store and decides by its rule."""
    loaded = registered(project)
    found = mitigate_project(
        project, loaded, policy=policy(), trainer=None, files_of=model_files, environment="sha256:e"
    )
    version = project.store.get(ModelVersion, project.store.names(ModelVersion)["m"])
    assert version == found.version
    assert version.parents == (loaded.version.digest,)
    tuned = project.store.get(DatasetVersion, project.store.names(DatasetVersion)["validation"])
    assert version.training == ("sha256:t", tuned.digest)
    assert version.method == found.repair.chosen.name
    assert version.rule == found.repair.chosen.model.rule
    assert version.environment == "sha256:e"
    again = wiring.load_model("m", project)
    assert again.model.rule.attributes == ("sex",)
    assert again.version.digest == found.repair.tradeoff.chosen.model


def test_the_trade_off_is_kept_and_told_to_the_ledger(project):
    """The store holds it, and the ledger says when."""
    loaded = registered(project)
    mitigate_project(project, loaded, policy=policy(), trainer=None, files_of=model_files)
    key = project.store.digests(TradeOff)[-1]
    last = project.store.ledger()[-1]
    assert (last.event, last.subject) == ("mitigated", key)


def test_the_assessed_data_is_not_read(project):
    """A repair works although the holdout is not even there."""
    (project.root / "data" / "holdout.parquet").unlink()
    loaded = registered(project)
    found = mitigate_project(project, loaded, policy=policy(), trainer=None, files_of=model_files)
    assert found.repair.is_repaired


def test_a_model_that_passes_is_not_registered_again(project):
    """Its version stays the latest."""
    loaded = registered(project)
    easy = policy(Requirement(id="auc", measure="roc-auc", at_least=0.6))
    found = mitigate_project(project, loaded, policy=easy, trainer=None, files_of=model_files)
    assert found.version == loaded.version
    assert len(project.store.digests(ModelVersion)) == 1


@pytest.mark.parametrize(
    ("validate", "message"),
    [
        (None, "does not say which dataset thresholds may be chosen on: add `validate: NAME`"),
        ("holdout", "`validate` and `assess` both name 'holdout'"),
    ],
)
def test_other_rows_than_the_assessed_ones_are_needed(project, validate, message):
    """Choosing on the rows of the judgement is refused."""
    changed = replace(project, system=replace(project.system, validate=validate))
    with pytest.raises(UsageError, match=message):
        mitigate_project(
            changed, registered(changed), policy=policy(), trainer=None, files_of=model_files
        )


def test_within_the_tolerance_the_simplest_repair_is_taken():
    """A policy that does not care about a point of accuracy gets the first that is as good."""
    found = repair(policy(objective=Objective(within=0.5)))
    passing = [a for a in found.attempts if not any(f.counts for f in a.decision.findings)]
    assert found.chosen is passing[0]


def test_a_rule_by_group_is_repaired_from_its_overall_threshold():
    """A model that has group thresholds already starts from its overall one."""
    rule = DecisionRule(threshold=0.5, attribute="town", thresholds={"a": 0.6})
    found = repair(base=fitted().with_rule(rule), trainer=False)
    assert found.is_repaired
