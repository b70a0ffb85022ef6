"""A decision as JUnit XML, which every CI shows: one test case for each finding.

FAIL is a `failure`, UNKNOWN an `error` (the question could not be answered), a waived finding is
`skipped` with the waiver's owner, reason and last day. A slice that was set aside passes, and says
so in its output.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC

from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.policy import Waiver

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, even escaped."""


def render_junit(decision: Decision) -> str:
    """The decision as a JUnit XML document."""
    counts = {
        "tests": len(decision.findings),
        "failures": sum(f.counts is Verdict.FAIL for f in decision.findings),
        "errors": sum(f.counts is Verdict.UNKNOWN for f in decision.findings),
        "skipped": sum(f.waiver is not None for f in decision.findings),
    }
    attributes = {"name": "roadworthy", **{key: str(n) for key, n in counts.items()}, "time": "0"}
    root = ET.Element("testsuites", attributes)
    suite = ET.SubElement(
        root,
        "testsuite",
        {
            **attributes,
            "name": _clean(f"policy {decision.policy_name}"),
            "timestamp": decision.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        },
    )
    properties = ET.SubElement(suite, "properties")
    for name in ("policy", "assessment", "dataset", "model"):
        value = getattr(decision, name)
        if value is not None:
            ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})
    for finding in decision.findings:
        _case(suite, finding)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def waiver_words(waiver: Waiver) -> str:
    """Who accepted what, why and until when, in one sentence."""
    return f"waived by {waiver.owner} until {waiver.expires.isoformat()}: {waiver.reason}"


def _case(suite: ET.Element, finding: Finding) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": _clean(finding.requirement.id),
            "name": _clean(str(finding.slice)),
            "time": "0",
        },
    )
    if finding.waiver is not None:
        message = f"{waiver_words(finding.waiver)} ({finding.verdict.name}: {finding.reason})"
        ET.SubElement(case, "skipped", {"message": _clean(message)})
    elif finding.verdict is Verdict.PASS:
        ET.SubElement(case, "system-out").text = _clean(finding.reason)
    else:
        tag = "failure" if finding.verdict is Verdict.FAIL else "error"
        kind = finding.verdict.name
        node = ET.SubElement(case, tag, {"message": _clean(finding.reason), "type": kind})
        node.text = _clean("\n".join(filter(None, [finding.requirement.why, finding.remedy])))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
