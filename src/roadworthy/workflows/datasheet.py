"""Datasheet: what is known about a dataset, measured and told, in the forms others read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from roadworthy.cards.datasheet import render_datasheet
from roadworthy.data.croissant import to_croissant
from roadworthy.data.datasheet import build_datasheet
from roadworthy.data.openlineage import lineage_events, to_lines
from roadworthy.errors import UsageError
from roadworthy.records.canonical import canonical_json
from roadworthy.records.datasheet import Datasheet
from roadworthy.records.document import parse_document
from roadworthy.records.versions import DatasetVersion
from roadworthy.registry.store import Event
from roadworthy.workflows.describe import describe
from roadworthy.workflows.ports import silent
from roadworthy.workflows.project import Project
from roadworthy.workflows.snapshot import snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A datasheet with what it is about, from which every form is made."""

    sheet: Datasheet
    version: DatasetVersion
    ancestors: Sequence[DatasetVersion]


def make_datasheet(
    project: Project,
    name: str,
    out: Path | None = None,
    *,
    progress: Callable[[str], None] = silent,
) -> tuple[Datasheet, Path]:
    """Measure what can be measured, add what people answered, keep the datasheet and write it.

    Args:
        project: says where the dataset and people's answers are.
        name: a dataset of the project file.
        out: where to write; its ending chooses the form. `datasheet-NAME.md` otherwise.
        progress: told what is being done.

    Raises:
        UsageError: no form has this ending.
        DocumentError: an answer belongs to no question.
    """
    path = out or project.root / f"datasheet-{name}.md"
    if path.suffix not in FORMS:
        raise UsageError(f"no datasheet ends in {path.suffix!r}; choose {', '.join(FORMS)}")
    made = snapshot(project, name, progress=progress)
    progress(f"describing {name}")
    _, ancestors = describe(project, name)
    answers, source = _answers(project, name)
    sheet = build_datasheet(
        made.version,
        made.table,
        at=project.ports.now(),
        answers=answers,
        roles=project.roles_for(made.table),
        ancestors=ancestors,
        source=source,
    )
    subject = Subject(sheet=sheet, version=made.version, ancestors=ancestors)
    project.ports.write(path, FORMS[path.suffix](subject))
    _keep(project, sheet)
    return sheet, path


def _answers(project: Project, name: str) -> tuple[Mapping[str, str], str]:
    file = project.source(name).datasheet
    if file is None:
        return {}, "the answers"
    path = project.root / file
    fields = parse_document(project.ports.read(path), str(path))
    return {key: node.word("an answer") for key, node in fields.nodes.items()}, file


def _keep(project: Project, sheet: Datasheet) -> None:
    told = Event(event="datasheet-written", name=sheet.name, at=sheet.at)
    project.store.put(sheet, name=sheet.name, event=told)


def _markdown(subject: Subject) -> bytes:
    return render_datasheet(subject.sheet, format="markdown").encode()


def _html(subject: Subject) -> bytes:
    return render_datasheet(subject.sheet, format="html").encode()


def _croissant(subject: Subject) -> bytes:
    document = to_croissant(subject.version, subject.sheet, ancestors=subject.ancestors)
    return canonical_json(document)


def _openlineage(subject: Subject) -> bytes:
    return to_lines(lineage_events(subject.version, ancestors=subject.ancestors))


FORMS: Mapping[str, Callable[[Subject], bytes]] = {
    ".md": _markdown,
    ".html": _html,
    ".json": _croissant,
    ".jsonl": _openlineage,
}
"""The form that each ending stands for: Markdown, HTML, Croissant 1.1, OpenLineage events."""
