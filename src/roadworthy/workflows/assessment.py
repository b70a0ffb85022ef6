"""`Assessment`: what a person holds after assessing; the record, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from roadworthy.errors import UsageError
from roadworthy.policy.judge import judge
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.decision import Decision
from roadworthy.records.evidence import Evidence, Measured
from roadworthy.records.policy import Policy
from roadworthy.records.slices import Slice
from roadworthy.records.system import System
from roadworthy.records.tradeoff import TradeOff
from roadworthy.records.versions import DatasetVersion, ModelVersion
from roadworthy.workflows.ports import Ports

_FIELDS: list[pa.Field[Any]] = [
    pa.field("measure", pa.string()),
    pa.field("slice", pa.string()),
    pa.field("value", pa.float64()),
    pa.field("low", pa.float64()),
    pa.field("high", pa.float64()),
    pa.field("n", pa.int64()),
    pa.field("verdict", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)
"""The columns of `Assessment.table()`."""

REPRODUCE = "roadworthy assess\nroadworthy gate\nroadworthy report"
"""The commands that measure, judge and show again what a project file names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a project knows beside the evidence: the system, its model, its data, its repairs."""

    system: System | None = None
    model: ModelVersion | None = None
    datasets: tuple[DatasetVersion, ...] = ()
    datasheet: Datasheet | None = None
    tradeoff: TradeOff | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class Assessment:
    """The evidence about one table and (perhaps) one model, ready to be shown, judged and saved.

    Attributes:
        record: everything that was measured, as it is stored.
        ports: the clock and the file system that its methods use.
        policy: the policy that judged, if one was given.
        decision: what it concluded.
        context: what the cards tell beside the evidence.
    """

    record: AssessmentRecord
    ports: Ports
    policy: Policy | None = None
    decision: Decision | None = None
    context: Context = field(default_factory=Context)

    def __repr__(self) -> str:
        unmeasured = sum(not isinstance(e.outcome, Measured) for e in self.record.evidence)
        verdict = f", verdict {self.decision.verdict.name}" if self.decision else ""
        return (
            f"<Assessment of {self.record.dataset_name}: {self.record.rows:,} rows, "
            f"{len(self.record.evidence) - unmeasured:,} measured, "
            f"{unmeasured:,} unmeasured{verdict}>"
        )

    def _repr_html_(self) -> str:
        from roadworthy.cards.notebook import (  # noqa: PLC0415 - as in `report_html`
            render_assessment,
        )

        return render_assessment(self.record, decision=self.decision)

    def table(self) -> pa.Table:
        """The evidence as Arrow: measure, slice, value, low, high, n, verdict.

        Value, low and high are null where nothing could be measured; verdict is null where no
        policy judged. A slice that several requirements judge shows the worst verdict.
        """
        verdicts: dict[tuple[str, Slice], int] = {}
        for finding in self.decision.findings if self.decision else ():
            key = (finding.requirement.measure, finding.slice)
            verdicts[key] = max(verdicts.get(key, 0), int(finding.verdict))
        names = {0: "PASS", 1: "UNKNOWN", 2: "FAIL"}
        rows = []
        for item in self.record.evidence:
            outcome = item.outcome
            known = outcome if isinstance(outcome, Measured) else None
            verdict = verdicts.get((item.measure, item.slice))
            rows.append(
                {
                    "measure": item.measure,
                    "slice": str(item.slice),
                    "value": known.value if known else None,
                    "low": known.low if known else None,
                    "high": known.high if known else None,
                    "n": outcome.rows,
                    "verdict": None if verdict is None else names[verdict],
                }
            )
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def find(self, measure: str, slice: str = "all") -> Evidence:  # noqa: A002 - the field's word
        """The evidence for one measure on one slice.

        Raises:
            UsageError: there is none; the message lists what there is.
        """
        items = [item for item in self.record.evidence if item.measure == measure]
        for item in items:
            if str(item.slice) == slice:
                return item
        if not items:
            known = ", ".join(sorted({item.measure for item in self.record.evidence}))
            raise UsageError(f"no evidence for measure {measure!r}; measured were: {known}")
        slices = ", ".join(sorted(str(item.slice) for item in items)[:20])
        raise UsageError(f"{measure!r} was not measured on slice {slice!r}; it was on: {slices}")

    def judge(self, policy: Policy | str | Path) -> Decision:
        """Judge the evidence by a `Policy`, the path of a policy file, or a tier's name."""
        return judge(self.ports.load_policy(policy), self.record, at=self.ports.now())

    def save(self, folder: str | Path) -> Path:
        """Write `assessment.json`, `evidence.parquet` and, if judged, `decision.json`."""
        target = Path(folder)
        sink = pa.BufferOutputStream()
        import pyarrow.parquet as pq  # noqa: PLC0415 - takes 0.1 s and few need it

        pq.write_table(self.table(), sink)
        self.ports.write(target / "evidence.parquet", sink.getvalue().to_pybytes())
        if self.decision:
            self.ports.write(target / "decision.json", canonical.to_bytes(self.decision))
        self.ports.write(target / "assessment.json", canonical.to_bytes(self.record))
        return target

    def report(self, path: str | Path) -> Path:
        """Write the self-contained HTML report."""
        return self._write(path, self.report_html())

    def model_card(self, path: str | Path) -> Path:
        """Write the model card: Markdown, or HTML if the path ends in `.html`."""
        is_page = str(path).endswith((".html", ".htm"))
        return self._write(path, self.model_card_text("html" if is_page else "markdown"))

    def report_html(self) -> str:
        """The report as HTML."""
        # cards take 0.1 s, and who only measures draws nothing
        from roadworthy.cards.report import render_report  # noqa: PLC0415 - see above

        return render_report(
            self.record,
            decision=self.decision,
            policy=self.policy,
            system=self.context.system,
            model=self.context.model,
            datasheet=self.context.datasheet,
            tradeoff=self.context.tradeoff,
            reproduce=REPRODUCE if self.context.system else None,
        )

    def model_card_text(self, format: Literal["markdown", "html"]) -> str:  # noqa: A002
        """The model card as Markdown or HTML."""
        from roadworthy.cards.model_card import (  # noqa: PLC0415 - as in `report_html`
            render_model_card,
        )

        return render_model_card(
            self.record,
            system=self.context.system,
            model=self.context.model,
            decision=self.decision,
            policy=self.policy,
            datasets=self.context.datasets,
            datasheet=self.context.datasheet,
            tradeoff=self.context.tradeoff,
            format=format,
        )

    def _write(self, path: str | Path, text: str) -> Path:
        self.ports.write(Path(path), text.encode())
        return Path(path)
