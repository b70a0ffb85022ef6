"""A decision as an in-toto Statement v1 with the predicate test-result v0.1.

The subjects are the dataset and the model that were assessed, by digest; the configuration is the
policy and the assessment. PASS is PASSED, FAIL is FAILED, and UNKNOWN is WARNED: whoever admits
must admit PASSED alone. Findings that were waived or set aside are among the warned tests even
where the result is PASSED.
"""

from __future__ import annotations

import json

from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.record import JSON

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
RESULTS = {Verdict.PASS: "PASSED", Verdict.UNKNOWN: "WARNED", Verdict.FAIL: "FAILED"}


def render_statement(decision: Decision, record: AssessmentRecord | None = None) -> str:
    """The decision as an in-toto statement about the assessed dataset and model.

    Args:
        decision: what was decided.
        record: the assessment that was judged; it names the subjects.
    """
    tests: dict[str, list[JSON]] = {result: [] for result in RESULTS.values()}
    for finding in decision.findings:
        tests[_result(finding)].append(f"{finding.requirement.id} on {finding.slice}")
    dataset = record.dataset_name if record else "dataset"
    subjects: list[JSON] = [_resource(dataset, decision.dataset)]
    if decision.model is not None:
        model = (record.model_name if record else None) or "model"
        subjects.append(_resource(model, decision.model))
    statement: dict[str, JSON] = {
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": PREDICATE,
        "predicate": {
            "result": RESULTS[decision.verdict],
            "configuration": [
                _resource(f"policy {decision.policy_name}", decision.policy),
                _resource("assessment", decision.assessment),
            ],
            "passedTests": tests["PASSED"],
            "warnedTests": tests["WARNED"],
            "failedTests": tests["FAILED"],
        },
    }
    return json.dumps(statement, indent=2, ensure_ascii=False) + "\n"


def _result(finding: Finding) -> str:
    if finding.waiver is not None or finding.set_aside:
        return "WARNED"
    return RESULTS[finding.verdict]


def _resource(name: str, digest: str) -> JSON:
    algorithm, _, value = digest.partition(":")
    return {"name": name, "digest": {algorithm: value}}
