"""The demonstration: every step is the verb that a user would call, on real census data.

Nothing here measures or judges; it calls the public functions in the order in which a team would,
and prints the command that does the same from a shell.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path

from roadworthy import api
from roadworthy.cards.conclusion import decision_sentence
from roadworthy.demo.train import train_candidate
from roadworthy.errors import TrustError, UsageError
from roadworthy.records.decision import Decision, Verdict
from roadworthy.records.evidence import Measured
from roadworthy.records.record import JSON
from roadworthy.records.versions import ModelVersion
from roadworthy.workflows.gate import Gate
from roadworthy.workflows.verify import Verification

PROJECT_FILE = "roadworthy.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Where the story goes: headings, lines, tables, and a live line while something is done."""

    heading: Callable[[str, str], None]
    line: Callable[[str], None]
    show: Callable[[object], None]
    progress: Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Story:
    """What the demonstration found out, for the summary at its end."""

    folder: Path
    seconds: dict[str, float] = field(default_factory=dict)
    models: dict[str, ModelVersion] = field(default_factory=dict)
    judged: dict[str, Gate] = field(default_factory=dict)
    verification: Verification | None = None

    @property
    def report(self) -> Path:
        """Where the report is written."""
        return self.folder / "report.html"

    @property
    def bundle(self) -> Path:
        """Where the release is written."""
        return self.folder / "release-1"

    @property
    def exit_code(self) -> int:
        """0 if the repaired model passed and its release holds, whatever the candidate did."""
        verdict = self.judged["repaired"].decision.verdict
        holds = self.verification is None or self.verification.holds
        return verdict.exit_code if holds else TrustError.exit_code

    def to_json(self) -> dict[str, JSON]:
        """For machines: verdicts, models, seconds and where things are."""
        return {
            "folder": str(self.folder),
            "report": str(self.report),
            "release": str(self.bundle) if self.verification else None,
            "holds": self.verification.holds if self.verification else None,
            "verdicts": {name: gate.decision.verdict.name for name, gate in self.judged.items()},
            "models": {name: version.digest for name, version in self.models.items()},
            "seconds": {name: round(taken, 3) for name, taken in self.seconds.items()},
        }

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def prepare(folder: Path) -> None:
    """Copy the project into the folder; a demonstration that ran there before is replaced.

    Raises:
        UsageError: something else is in the folder.
    """
    if folder.exists() and any(folder.iterdir()):
        if not _is_demo(folder):
            raise UsageError(
                f"{folder} is not empty and is no earlier demonstration; "
                f"choose another folder with: roadworthy demo FOLDER"
            )
        shutil.rmtree(folder)
    with as_file(files("roadworthy.demo") / "project") as source:
        shutil.copytree(source, folder, dirs_exist_ok=True)


def _is_demo(folder: Path) -> bool:
    file = folder / PROJECT_FILE
    return file.exists() and "job-seeker-outreach" in file.read_text(encoding="utf-8")


def tell(folder: Path, telling: Telling) -> Story:
    """Run the whole demonstration in `folder`.

    Raises:
        UsageError: the folder holds something else.
        HostError: scikit-learn is not installed, or the disk is full.
    """
    story = Story(folder=folder)
    prepare(folder)
    telling.line(f"Job-seeker outreach in Massachusetts, on census data, in {folder}/")
    for step in (_data, _candidate, _risk, _assess, _gate, _mitigate, _judge_repair, _release):
        with story.step(step.__name__.strip("_")):
            step(story, telling)
    _summary(story, telling)
    return story


def _data(story: Story, telling: Telling) -> None:
    telling.heading("1. Version the data", "roadworthy data add")
    versions = api.snapshot(project=story.folder, progress=telling.progress)
    telling.show(versions)
    sheet, path = api.datasheet("adults", project=story.folder, progress=telling.progress)
    telling.line(
        f"datasheet: {path} ({len(sheet.entries)} questions, {len(sheet.unanswered)} that nobody "
        f"has answered yet)"
    )


def _candidate(story: Story, telling: Telling) -> None:
    telling.heading("2. Train a candidate and register it", "python train.py")
    telling.progress("training gradient boosting")
    version = train_candidate(story.folder)
    story.models["candidate"] = version
    telling.line(
        f"model {version.name} {version.digest[:19]}: {version.method}, {len(version.features)} "
        f"features, a case from a score of {version.rule.threshold:.3f}"
    )


def _risk(story: Story, telling: Telling) -> None:
    telling.heading("3. Assess the risk, which sets the policy", "roadworthy show risk")
    telling.show(api.show("risk", project=story.folder))


def _assess(story: Story, telling: Telling) -> None:
    telling.heading("4. Measure the candidate on the holdout", "roadworthy assess")
    found = api.assess_project(story.folder, progress=telling.progress)
    telling.show(found)


def _gate(story: Story, telling: Telling) -> None:
    telling.heading("5. Judge it", "roadworthy gate")
    judged = api.gate(story.folder)
    story.judged["candidate"] = judged
    telling.show(judged)
    page = story.folder / "report-candidate.html"
    telling.line(f"report: {api.write_report(None, page, project=story.folder)}")


def _mitigate(story: Story, telling: Telling) -> None:
    telling.heading("6. Repair it, on validation data", "roadworthy mitigate")
    repaired = api.mitigate(story.folder, progress=telling.progress)
    story.models["repaired"] = repaired.version
    telling.show(repaired)


def _judge_repair(story: Story, telling: Telling) -> None:
    telling.heading(
        "7. Measure and judge the repaired model", "roadworthy assess && roadworthy gate"
    )
    telling.show(api.assess_project(story.folder, progress=telling.progress))
    judged = api.gate(story.folder)
    story.judged["repaired"] = judged
    telling.show(judged)
    telling.line(f"report: {api.write_report(None, story.report, project=story.folder)}")


def _release(story: Story, telling: Telling) -> None:
    if story.judged["repaired"].decision.verdict is not Verdict.PASS:
        telling.heading("8. No release", "")
        telling.line("The decision is not PASS, so nothing is released; the report says why.")
        return
    telling.heading(
        "8. Release it, and check the release from bytes",
        "roadworthy release release-1 && roadworthy verify release-1",
    )
    telling.progress("writing the release")
    made = api.release(story.bundle, project=story.folder)
    telling.line(f"release {made.name}: {len(made.files)} files")
    story.verification = api.verify(story.bundle, progress=telling.progress)
    telling.show(story.verification)


def _summary(story: Story, telling: Telling) -> None:
    telling.heading("Done", "")
    before, after = story.judged["candidate"], story.judged["repaired"]
    for name, gate in (("the candidate", before), ("the repaired model", after)):
        telling.line(f"{name}: {decision_sentence(gate.decision, gate.record)}")
    for line in _changes(before.decision, after.decision):
        telling.line(f"  {line}")
    telling.line(f"{sum(story.seconds.values()):.0f} seconds, everything in {story.folder}/")
    telling.line(f"open {story.report.resolve().as_uri()}")
    if story.verification is not None:
        telling.line(f"open {(story.bundle / 'cards' / 'model_card.html').resolve().as_uri()}")
        telling.line(f"then change any byte of it and run: roadworthy verify {story.bundle}")


def _changes(before: Decision, after: Decision) -> Iterator[str]:
    """What failed before, and the same numbers now; then what that cost."""
    now = {(f.requirement.id, f.slice): f.outcome for f in after.findings}
    for finding in before.findings:
        price = finding.requirement.id in {"found-overall", "worth-a-caseworkers-time"}
        if finding.verdict is not Verdict.FAIL and not price:
            continue
        old, new = finding.outcome, now.get((finding.requirement.id, finding.slice))
        if isinstance(old, Measured) and isinstance(new, Measured):
            measure = finding.requirement.measure.replace("-", " ")
            yield f"{measure}, {finding.slice}: {old.value:.3f} -> {new.value:.3f}"
