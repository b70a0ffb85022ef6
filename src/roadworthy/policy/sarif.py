"""A decision as SARIF 2.1.0, which code-scanning pages show: one result for each open finding.

FAIL is an `error` and UNKNOWN a `warning`; both are open. A waived finding is suppressed, with the
waiver as its justification. Findings that pass are left out: they are nothing to scan for. A rule's
id is the requirement's id, and a result's fingerprint is made of the rule and the slice alone, so
that the same finding with another number is the same finding.
"""

from __future__ import annotations

import hashlib
import json

from roadworthy.policy.junit import waiver_words
from roadworthy.policy.reasons import bounds
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.policy import Requirement
from roadworthy.records.record import JSON

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS = {Verdict.FAIL: "error", Verdict.UNKNOWN: "warning"}
FINGERPRINT = "roadworthyFinding/v1"


def render_sarif(
    decision: Decision, *, artifact: str = "roadworthy.yaml", version: str = ""
) -> str:
    """The decision as a SARIF log.

    Args:
        decision: what was decided.
        artifact: the file that results are shown at, relative to the repository's root.
        version: of the tool.
    """
    rules = list({f.requirement.id: f.requirement for f in decision.findings}.values())
    places = {rule.id: index for index, rule in enumerate(rules)}
    driver: dict[str, JSON] = {"name": "Roadworthy", "rules": [_rule(rule) for rule in rules]}
    if version:
        driver["semanticVersion"] = version
    run: dict[str, JSON] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, places[finding.requirement.id], artifact)
            for finding in decision.findings
            if finding.verdict is not Verdict.PASS
        ],
        "properties": {
            "verdict": decision.verdict.name,
            "policy": decision.policy,
            "assessment": decision.assessment,
        },
    }
    log: dict[str, JSON] = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _rule(requirement: Requirement) -> JSON:
    words = f"{requirement.measure} {bounds(requirement)}"
    rule: dict[str, JSON] = {
        "id": requirement.id,
        "shortDescription": {"text": words},
        "fullDescription": {"text": requirement.why or words},
    }
    if requirement.remedy:
        rule["help"] = {"text": requirement.remedy}
    return rule


def _result(finding: Finding, index: int, artifact: str) -> JSON:
    identity = json.dumps([finding.requirement.id, str(finding.slice)])
    result: dict[str, JSON] = {
        "ruleId": finding.requirement.id,
        "ruleIndex": index,
        "level": LEVELS[finding.verdict],
        "message": {"text": " ".join(filter(None, [_ended(finding.reason), finding.remedy]))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": artifact},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [{"name": str(finding.slice)}],
            }
        ],
        "partialFingerprints": {FINGERPRINT: hashlib.sha256(identity.encode()).hexdigest()},
        "properties": {"verdict": finding.verdict.name, "slice": str(finding.slice)},
    }
    if finding.waiver is not None:
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": waiver_words(finding.waiver),
            }
        ]
    return result


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
