"""The gate, offered to a team's own test suite.

`pytest --roadworthy-assessment PATH` adds one test for each finding: FAIL fails, UNKNOWN fails too
(unknown never passes), a waived finding is skipped with its waiver. The policy is the one that
`--roadworthy-policy` names, else the one of the `roadworthy.yaml` in pytest's root folder.

The fixture `roadworthy_gate` does the same for an assessment made within a test:

    def test_model_is_fit(roadworthy_gate):
        roadworthy_gate(rw.assess(table, label="hired", score="p", protected=["sex"]), "high")

Without its options and its fixture, the plugin does nothing and imports nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from roadworthy.records.assessment import AssessmentRecord
    from roadworthy.records.decision import Decision, Finding
    from roadworthy.workflows.gate import Gate


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options, in a group of their own."""
    group = parser.getgroup("roadworthy", "prove a model fit to go into service")
    group.addoption(
        "--roadworthy-assessment",
        metavar="PATH",
        help="judge this saved assessment (file or folder): one test for each finding",
    )
    group.addoption(
        "--roadworthy-policy",
        metavar="POLICY",
        help="judge by this policy file or tier (minimal, limited, high, critical)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add a test for each finding, if an assessment was named; `-k` may select among them."""
    path = config.getoption("--roadworthy-assessment")
    if path is not None:
        collector = GateCollector.from_parent(session, name="roadworthy", path=Path(path))
        items.extend(collector.collect())


@pytest.fixture
def roadworthy_gate(
    pytestconfig: pytest.Config,
) -> Callable[..., Decision]:
    """Judge an assessment by a policy; the test fails unless the verdict is PASS."""

    def gate(assessment: object, policy: object = None) -> Decision:
        judged = _judge(_record_of(assessment), policy, pytestconfig)
        open_findings = [finding for finding in judged.decision.findings if finding.counts]
        if open_findings:
            worst = sorted(open_findings, key=lambda finding: -finding.counts)
            lines = "\n".join(_message(finding) for finding in worst)
            pytest.fail(f"{judged.decision.verdict.name} by {judged.policy.name}\n{lines}", False)
        return judged.decision

    return gate


class GateCollector(pytest.Collector):
    """The findings of one assessment."""

    def __init__(self, *, path: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.assessment = path

    def collect(self) -> Iterator[FindingItem]:
        """A test for each finding, in the policy's order.

        Raises:
            pytest.UsageError: the assessment or the policy cannot be read or judged.
        """
        from roadworthy.errors import RoadworthyError  # noqa: PLC0415 - nothing is imported unused

        try:
            judged = _judge(_record_of(self.assessment), None, self.config)
        except RoadworthyError as error:
            raise pytest.UsageError(f"roadworthy: {error}") from error
        for finding in judged.decision.findings:
            name = f"{finding.requirement.id}[{finding.slice}]"
            yield FindingItem.from_parent(self, name=name, finding=finding)


class FindingItem(pytest.Item):
    """One finding as a test."""

    def __init__(self, *, finding: Finding, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.finding = finding

    def runtest(self) -> None:
        """Pass on PASS, skip what is waived, fail otherwise."""
        waiver = self.finding.waiver
        if waiver is not None:
            pytest.skip(f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}")
        if self.finding.counts:
            raise FindingError(_message(self.finding))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The finding's sentence, without a traceback."""
        if isinstance(excinfo.value, FindingError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The assessment is the place, and the finding's name the title."""
        collector = self.parent
        path = collector.assessment if isinstance(collector, GateCollector) else self.path
        return path, None, self.name


class FindingError(Exception):
    """A finding that does not pass."""


def _message(finding: Finding) -> str:
    unknown = "" if finding.verdict.name == "FAIL" else " (unknown never passes)"
    remedy = f"\n    {finding.remedy}" if finding.remedy else ""
    return f"{finding.verdict.name}{unknown} {finding.requirement.id}: {finding.reason}{remedy}"


def _record_of(assessment: object) -> AssessmentRecord:
    """The record of an assessment, a record, or a saved one."""
    from roadworthy import wiring  # noqa: PLC0415 - nothing is imported unused
    from roadworthy.records.assessment import AssessmentRecord  # noqa: PLC0415 - as above

    record = getattr(assessment, "record", assessment)
    if isinstance(record, AssessmentRecord):
        return record
    return wiring.load_assessment(Path(str(assessment)))


def _judge(record: AssessmentRecord, policy: object, config: pytest.Config) -> Gate:
    """Judge by the policy given, by the option's, or by the project file's."""
    from roadworthy import wiring  # noqa: PLC0415 - nothing is imported unused
    from roadworthy.workflows.gate import gate  # noqa: PLC0415 - as above

    root = config.rootpath
    file = root / wiring.PROJECT_FILE
    system = wiring.load_system(file) if file.exists() else None
    if system is not None and system.name != record.system:
        system = None
    wanted = policy if policy is not None else config.getoption("--roadworthy-policy")
    chosen = wiring.load_policy(wanted, system, root=root)
    return gate(record, chosen, at=wiring.now(), system=system)
