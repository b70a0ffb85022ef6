"""The project file: what it says arrives in the record; what it gets wrong is named by its line."""

from __future__ import annotations

import json
import re
from importlib import resources

import jsonschema
import pytest

from roadworthy.errors import DocumentError
from roadworthy.policy.system_file import parse_system, system_schema
from roadworthy.records import canonical
from roadworthy.records.document import parse_document
from roadworthy.records.policy import Scope
from roadworthy.records.system import Split, Stakeholder, System

VALIDATOR = jsonschema.Draft202012Validator(system_schema())

FULL = """\
name: Job-seeker outreach
owner: Placement team
contact: team@example.org
license: Apache-2.0
intended_use: Offer placement support.
out_of_scope: [benefit decisions]
stakeholders:
  - {name: job seekers, affected: They are offered support., harm: They are missed.}
  - {name: caseworkers, affected: They read the list.}
risk: {affected: public, consequence: opportunity}
datasets:
  raw: {files: [data/a.parquet, data/b.parquet], datasheet: sheet.yaml, sensitivity: public}
  more: {files: data/c.parquet}
  adults: {sql: prepare.sql, inputs: [raw, more], parameters: {least_age: 16}}
  train: {split: {of: adults, by: id, low: 0, high: 0.6, seed: 7}}
  holdout: {split: {of: adults, by: id, low: 0.6, high: 1, seed: 7}}
assess: holdout
train: train
validate: holdout
columns:
  label: not_in_work
  positive: 1
  prediction: decision
  score: p
  threshold: 0.4
  weight: w
  protected: [sex, race]
  features: [age, school]
  condition: [region]
  timestamp: seen
  identifier: id
  reference_groups: {sex: Male, race: 1}
  ranges: {age: [0, 120]}
intersections: 3
model: models/outreach
objectives:
  - id: nobody-missed
    measure: true-positive-rate
    scope: groups
    at_least: 0.6
    minimum_rows: 100
    stakeholder: job seekers
    why: Missing somebody is the harm.
policy: policies/ours.yaml
waivers:
  - {requirement: nobody-missed, slice: sex=Male, owner: J, reason: R, expires: 2027-01-01}
checks: [rates, calibration]
"""
LEAST = "name: s\nowner: o\nintended_use: u\n"
RAW = "datasets:\n  raw: {files: a.parquet}\n"


def test_everything_that_the_file_says_arrives():
    """Every field of a full file is in the record, which survives being stored."""
    system = parse_system(FULL, "roadworthy.yaml")
    assert (system.name, system.owner, system.contact) == (
        "Job-seeker outreach",
        "Placement team",
        "team@example.org",
    )
    assert system.out_of_scope == ("benefit decisions",)
    assert system.stakeholders[1] == Stakeholder(name="caseworkers", affected="They read the list.")
    assert system.risk == {"affected": "public", "consequence": "opportunity"}
    by_name = {source.name: source for source in system.datasets}
    assert list(by_name) == ["raw", "more", "adults", "train", "holdout"]
    assert by_name["raw"].files == ("data/a.parquet", "data/b.parquet")
    assert by_name["more"].files == ("data/c.parquet",)
    assert (by_name["adults"].sql, by_name["adults"].inputs) == ("prepare.sql", ("raw", "more"))
    assert by_name["adults"].parameters == {"least_age": 16}
    assert by_name["train"].split == Split(of="adults", by="id", low=0.0, high=0.6, seed=7)
    assert (system.assess, system.train, system.validate) == ("holdout", "train", "holdout")
    assert (system.roles.label, system.roles.positive, system.roles.threshold) == (
        "not_in_work",
        "1",
        0.4,
    )
    assert (system.roles.protected, system.roles.condition) == (("sex", "race"), ("region",))
    assert system.reference_groups == {"sex": "Male", "race": "1"}
    assert system.ranges == {"age": (0.0, 120.0)}
    assert (system.intersections, system.model) == (3, "models/outreach")
    (objective,) = system.objectives
    assert (objective.stakeholder, objective.why) == (
        "job seekers",
        "Missing somebody is the harm.",
    )
    assert objective.requirement.scope is Scope.GROUPS
    assert system.waivers[0].slice == "sex=Male"
    assert (system.policy, system.checks) == ("policies/ours.yaml", ("rates", "calibration"))
    assert canonical.from_bytes(System, canonical.to_bytes(system)) == system


def test_three_names_are_enough():
    """Everything else has a default."""
    system = parse_system(LEAST, "f")
    assert (system.name, system.datasets, system.intersections) == ("s", (), 2)


def test_a_value_of_a_column_is_text_as_it_is_written():
    """`no` stays `no`, 01 stays 01 and true stays true."""
    text = LEAST + "columns: {positive: no, protected: [a, b], reference_groups: {a: 01, b: true}}"
    system = parse_system(text, "f")
    assert system.roles.positive == "no"
    assert system.reference_groups == {"a": "01", "b": "true"}


STRUCTURAL = [
    ("name: s\nowner: o\n", "line 1: found no `intended_use`; expected `intended_use`: What it is"),
    (LEAST + "ownr: x", r"line 4: found the unknown name `ownr`.*Did you mean owner\?"),
    (LEAST + "out_of_scope: gambling", "line 4: found the text 'gambling'; expected a list"),
    (LEAST + "name_is: []", "found the unknown name `name_is`"),
    ("name: 3\nowner: o\nintended_use: u", 'found the number 3; .* write "3" in quotes'),
    ("name:\nowner: o\nintended_use: u", "line 1: found nothing; expected text"),
    (LEAST + "stakeholders: [{name: x}]", "line 4: found no `affected`"),
    (LEAST + "risk: {affected: publik}", r"expected one of nobody.*Did you mean public\?"),
    (LEAST + "risk: {efected: public}", r"unknown name `efected`.*Did you mean affected\?"),
    (LEAST + "datasets: [a]", "found a list; expected datasets by name"),
    (LEAST + "datasets:\n  raw: {}", "line 5: found none of them; expected exactly one of `files`"),
    (
        LEAST + "datasets:\n  raw: {files: a, sql: b, inputs: [c]}",
        "line 5: found `files` and `sql`; expected exactly one",
    ),
    (LEAST + "datasets:\n  raw: {sql: b}", "expected `sql` and `inputs` together"),
    (LEAST + "datasets:\n  raw: {files: a, inputs: [raw]}", "expected `sql` and `inputs` together"),
    (LEAST + "datasets:\n  raw: {files: []}", "found 0 items; expected a value or a list"),
    (
        LEAST + "datasets:\n  raw: {files: [a, a]}",
        "found 'a' a second time; expected each item once",
    ),
    (
        LEAST + RAW + "  part: {split: {of: raw, by: id, low: 0, high: 2}}",
        "found the number 2; expected a number from 0 to 1",
    ),
    (LEAST + RAW + "  part: {split: {of: raw, low: 0, high: 1}}", "found no `by`"),
    (LEAST + "columns: {protected: sex}", "found the text 'sex'; expected a list of column names"),
    (LEAST + "columns: {protected: [sex, sex]}", "found 'sex' a second time"),
    (LEAST + "columns: {lable: y}", r"unknown name `lable`.*Did you mean label\?"),
    (LEAST + "columns: {positive: [1]}", "found a list; expected a value"),
    (LEAST + "columns: {threshold: 1.5}", "found the number 1.5; expected a number from 0 to 1"),
    (LEAST + "columns: {threshold: half}", "found the text 'half'; expected a number from 0 to 1"),
    (LEAST + "columns: {ranges: {age: [0]}}", r"found 1 items; expected two numbers: \[lowest"),
    (LEAST + "columns: {ranges: {age: [0, old]}}", "found the text 'old'; expected a number"),
    (LEAST + "intersections: 0", "found the number 0; expected a whole number from 1 to 6"),
    (LEAST + "intersections: 1.5", "found the number 1.5; expected a whole number from 1 to 6"),
    (LEAST + "objectives:\n  - {id: a, measure: m, at_least: 1, why: x}", "found no `stakeholder`"),
    (
        LEAST + "stakeholders: [{name: a, affected: b}]\n"
        "objectives:\n  - {id: a, measure: m, stakeholder: a, why: x}",
        "line 6: found no bound in requirement `a`",
    ),
    (LEAST + "waivers: [{requirement: a}]", "found no `owner`"),
    (LEAST + "checks: [Rates!]", "found the text 'Rates!'; expected a check's name"),
]

ACROSS_PARTS = [
    (LEAST + RAW + "assess: holdout", "line 6: found the text 'holdout'; .*`datasets`: raw"),
    (LEAST + "assess: raw", "`datasets`: none is declared"),
    (LEAST + RAW + "train: rew", r"Did you mean raw\?"),
    (LEAST + RAW + "  a: {sql: q, inputs: [rwa]}", r"line 6: .*Did you mean raw\?"),
    (LEAST + RAW + "  a: {split: {of: rwa, by: i, low: 0, high: 1}}", r"Did you mean raw\?"),
    (
        LEAST + "datasets:\n  a: {sql: q, inputs: [b]}\n  b: {sql: q, inputs: [a]}",
        "line 5: found 'a', which is made from itself",
    ),
    (
        LEAST + RAW + "  a: {split: {of: raw, by: i, low: 0.5, high: 0.5}}",
        r"found the number 0.5; expected less than `high` \(0.5\)",
    ),
    (LEAST + "columns: {ranges: {age: [9, 0]}}", "expected the lowest possible value before"),
    (
        LEAST + "columns: {protected: [sex], reference_groups: {sxe: Male}}",
        r"found the unknown protected column `sxe`.*Did you mean sex\?",
    ),
    (
        LEAST + "columns: {reference_groups: {sex: Male}}",
        r"expected one of \(no protected columns\)",
    ),
    (
        LEAST + "columns: {label: y, features: [x, y]}",
        "found the label 'y'; expected features without the label",
    ),
    (
        LEAST + "stakeholders: [{name: job seekers, affected: b}]\n"
        "objectives:\n  - {id: a, measure: m, at_least: 1, stakeholder: job seeker, why: x}",
        r"line 6: .*Did you mean job seekers\?",
    ),
    (
        LEAST + "stakeholders: [{name: a, affected: b}]\nobjectives:\n"
        "  - {id: a, measure: m, at_least: 1, stakeholder: a, why: x}\n"
        "  - {id: a, measure: n, at_least: 1, stakeholder: a, why: x}",
        "line 7: found `a` again; expected an id of its own",
    ),
    (
        LEAST + 'datasets: {a: {table: "postgresql://me:hush@db/bank?table=loans"}}',
        "line 4: found a password in the URL; expected a URL without a password: .* PGPASSWORD",
    ),
    (
        LEAST + 'datasets: {a: {table: "s3://bucket/a?secret_key=hush"}}',
        "found `secret_key` in the URL; expected a URL without secrets: .* environment",
    ),
    (
        LEAST + "datasets: {a: {table: 'postgresql://me@db/bank'}}",
        r"found the text 'postgresql://me@db/bank'; expected one table in the URL: .*table=SCHEMA",
    ),
    (
        LEAST + "datasets: {a: {files: [x.csv, 's3://bucket/x.parquet']}}",
        "found the URL s3://bucket/x.parquet; expected paths .* name a table elsewhere by `table:",
    ),
    (
        LEAST + "datasets: {a: {files: 'postgresql://me:hush@db/bank?table=loans'}}",
        "found a password in the URL; expected paths or globs",
    ),
    (LEAST + "policy: hihg", r"expected a tier \(minimal.*Did you mean high\?"),
]


@pytest.mark.parametrize(("text", "message"), STRUCTURAL + ACROSS_PARTS)
def test_every_mistake_is_named_with_its_line(text, message):
    """One sentence: the file, the line, what was found, what was expected; never a secret."""
    with pytest.raises(DocumentError, match=r"^roadworthy.yaml, line \d+: found ") as caught:
        parse_system(text, "roadworthy.yaml")
    caught.match(message)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("text", [text for text, _ in STRUCTURAL])
def test_the_schema_refuses_what_the_parser_refuses(text):
    """An editor marks the mistake while it is typed."""
    assert not VALIDATOR.is_valid(parse_document(text, "f").plain())


@pytest.mark.parametrize("text", [FULL, LEAST, LEAST + RAW, LEAST + "policy: high"])
def test_the_schema_accepts_what_the_parser_accepts(text):
    """And marks nothing that is right."""
    parse_system(text, "f")
    VALIDATOR.validate(parse_document(text, "f").plain())


@pytest.mark.parametrize("text", [text for text, _ in ACROSS_PARTS])
def test_what_one_part_says_about_another_is_the_parsers_to_check(text):
    """The schema cannot know it, and does not pretend to."""
    VALIDATOR.validate(parse_document(text, "f").plain())


def test_measures_and_checks_are_known_ones_where_the_catalogue_is_given():
    """A misspelt one would never be answered."""
    with pytest.raises(
        DocumentError, match=r"line 38: .*Did you mean true-positive-rate\?"
    ) as caught:
        parse_system(
            FULL.replace("measure: true-positive-rate", "measure: true-positve-rate"),
            "f",
            known_measures={"true-positive-rate", "recall"},
        )
    caught.match("the unknown measure 'true-positve-rate'")
    with pytest.raises(DocumentError, match=r"found the text 'rates'; .*Did you mean rate\?"):
        parse_system(FULL, "f", known_checks=["rate", "calibration"])
    parse_system(FULL, "f", known_checks=["rates", "calibration"])


def test_the_shipped_schema_is_the_one_the_code_makes():
    """If this fails, write system_schema() to system.schema.json again."""
    text = (resources.files("roadworthy.policy") / "system.schema.json").read_text()
    assert json.loads(text) == json.loads(json.dumps(system_schema()))
    jsonschema.Draft202012Validator.check_schema(system_schema())


def test_an_editor_can_describe_every_name():
    """Each name has a meaning, and each answer of the questionnaire its own."""
    properties = system_schema()["properties"]
    assert all(part["description"] for part in properties.values())
    affected = properties["risk"]["properties"]["affected"]
    assert len(affected["enum"]) == len(affected["enumDescriptions"]) == 4


def test_the_demos_own_project_file_is_one():
    """What ships is what is documented."""
    text = (resources.files("roadworthy.demo") / "project/roadworthy.yaml").read_bytes()
    assert parse_system(text, "roadworthy.yaml").assess == "holdout"
    VALIDATOR.validate(parse_document(text, "f").plain())


@pytest.mark.parametrize(
    "part", ["low: 0.5, high: 1", "low: 0.6, high: 1, seed: 8", "low: 0.6, high: 1, by: other"]
)
def test_parts_that_share_rows_are_refused(part):
    """A model is not measured on rows that it was trained or repaired on."""
    given = f"{{of: raw, {'' if 'by' in part else 'by: id, '}{part}}}"
    text = f"""{LEAST}{RAW}  train: {{split: {{of: raw, by: id, low: 0, high: 0.6}}}}
  holdout: {{split: {given}}}
train: train
assess: holdout
"""
    with pytest.raises(DocumentError, match=r"line 9: found 'holdout', which shares rows with 'tr"):
        parse_system(text, "roadworthy.yaml")


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/../../evil", "."])
def test_a_dataset_is_not_called_like_a_way_out(name):
    """Its file lies in the project's folder for such files, and nowhere else."""
    text = f"{LEAST}{RAW}  {name}: {{sql: p.sql, inputs: [raw]}}\n"
    with pytest.raises(DocumentError, match=f"found a dataset called '{re.escape(name)}'"):
        parse_system(text, "roadworthy.yaml")
