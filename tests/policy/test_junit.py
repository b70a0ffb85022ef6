"""JUnit: what CI shows is what was decided."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from judged_example import AT, assessment, requirement
from junitparser import Error, Failure, JUnitXml, Skipped

from roadworthy.policy.judge import judge
from roadworthy.policy.junit import render_junit
from roadworthy.records.assessment import SliceSize
from roadworthy.records.policy import Policy
from roadworthy.records.slices import Slice


def test_a_reader_of_junit_reads_every_finding(decision):
    """junitparser, an independent reader, sees each verdict where it belongs."""
    (suite,) = JUnitXml.fromstring(render_junit(decision).encode())
    assert suite.name == "policy test"
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (7, 1, 2, 1)
    shown = [(case.classname, case.name, [type(r) for r in case.result]) for case in suite]
    assert shown == [
        ("ranks-well", "all", []),
        ("gap", "sex", [Failure]),
        ("gap", "race", [Error]),
        ("found", "all", [Error]),
        ("right", "all", [Skipped]),
        ("right-enough", "sex=Female", []),
        ("right-enough", "sex=Male", []),
    ]


def test_a_failure_gives_the_number_the_reason_and_the_remedy(decision):
    """What a developer reads first is enough to act."""
    case = ET.fromstring(render_junit(decision)).findall(".//testcase")[1]
    failure = case.find("failure")
    assert failure.get("type") == "FAIL"
    assert failure.get("message").startswith("sex: equal opportunity difference 0.083 (95 % 0.061")
    assert failure.text == 'Fair < unfair & "so".\nRepair it.'


def test_a_waiver_is_shown_with_its_owner_and_last_day(decision):
    """A skipped test says who skipped it."""
    skipped = ET.fromstring(render_junit(decision)).find(".//skipped").get("message")
    assert skipped.startswith("waived by Jane until 2026-06-30: Known. (FAIL: all: accuracy 0.5")


def test_the_suite_names_what_was_judged(decision):
    """The digests are properties of the suite."""
    root = ET.fromstring(render_junit(decision))
    found = {p.get("name"): p.get("value") for p in root.iter("property")}
    assert found == {
        "policy": decision.policy,
        "assessment": decision.assessment,
        "dataset": decision.dataset,
        "model": decision.model,
    }
    assert root.find("testsuite").get("timestamp") == "2026-03-01T12:00:00"


def test_a_table_without_a_model_has_no_model_property(decision):
    """Nothing stands in for what is not there."""
    assert 'name="model"' not in render_junit(replace(decision, model=None))


@given(st.text(min_size=1, max_size=20))
def test_any_group_name_makes_well_formed_xml(value):
    """Group names come from data, control characters and all."""
    where = Slice.of({"sex": value})
    record = assessment(roster=(SliceSize(slice=where, rows=5),), rows=5)
    rules = Policy(name="p", requirements=(requirement(slice=str(where)),))
    root = ET.fromstring(render_junit(judge(rules, record, at=AT)).encode())
    assert len(root.findall(".//testcase")) == 1
