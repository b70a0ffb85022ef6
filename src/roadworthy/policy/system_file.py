"""`roadworthy.yaml`: a system, its people, its risks, its data and its model, in one file.

One table of names (`roadworthy.policy.system_shape`) gives the parser, whose errors name the line,
and the JSON Schema that ships as `roadworthy/policy/system.schema.json`. An editor that knows the
schema (by its settings, or by a first line `# yaml-language-server: $schema=<path>`) helps while
the file is typed. What one part of the file says about another (a dataset named in `assess` must be
declared) is checked by the parser alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from roadworthy.policy.pack import PACKS
from roadworthy.policy.requirements import Draft
from roadworthy.policy.system_shape import SYSTEM
from roadworthy.records.document import Fields, Node, parse_document, suggestion
from roadworthy.records.manifest import is_safe_path
from roadworthy.records.record import JSON
from roadworthy.records.system import DatasetSource, FairnessObjective, System
from roadworthy.records.versions import ColumnRoles


def parse_system(
    text: str | bytes,
    name: str,
    *,
    known_measures: Collection[str] | None = None,
    known_checks: Collection[str] | None = None,
) -> System:
    """The system that a project file describes.

    Args:
        text: the file's content.
        name: what messages call the file.
        known_measures: the measures there are, to refuse a misspelt one; not checked if None.
        known_checks: the checks there are, likewise.

    Raises:
        DocumentError: the text is not a project file; the message names the line, what was found
            and what was expected.
    """
    top = parse_document(text, name)
    values = SYSTEM.read(top)
    _check_datasets(top, values)
    _check_people(top, values)
    if known_checks is not None and "checks" in values:
        for check, node in zip(values["checks"], top.nodes["checks"].items(), strict=True):
            if check not in known_checks:
                raise node.refusal(
                    f"one of {', '.join(known_checks)}", hint=suggestion(check, known_checks)
                )
    columns: dict[str, Any] = values.pop("columns", {})
    aims: tuple[Draft, ...] = values.pop("objectives", ())
    return System(
        datasets=tuple(values.pop("datasets", {}).values()),
        roles=columns.get("roles", ColumnRoles()),
        reference_groups=columns.get("reference_groups", {}),
        reference_shares=columns.get("reference_shares", {}),
        ranges=columns.get("ranges", {}),
        objectives=tuple(_objective(aim, known_measures) for aim in aims),
        **values,
    )


def system_schema() -> Mapping[str, JSON]:
    """The JSON Schema of a project file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Roadworthy project file (roadworthy.yaml)",
        **SYSTEM.schema(),
    }


def _objective(aim: Draft, known_measures: Collection[str] | None) -> FairnessObjective:
    stakeholder = aim.values.pop("stakeholder")
    requirement = aim.complete(known_measures)
    return FairnessObjective(requirement=requirement, stakeholder=stakeholder, why=requirement.why)


# --- what one part says about another ------------------------------------------------------------


def _check_datasets(top: Fields, values: dict[str, Any]) -> None:
    sources: dict[str, DatasetSource] = values.get("datasets", {})
    nodes = top.nodes["datasets"].fields().nodes if sources else {}
    done: list[str] = []
    for name, source in sources.items():
        part = nodes[name].fields()
        if not is_safe_path(name):
            raise part.refusal(
                "a name that is also the name of a file: no `..`, no `:`, no slash at an end",
                found=f"a dataset called {name!r}",
            )
        if source.split is not None:
            _check_name(source.split.of, sources, part.nodes["split"].fields().nodes["of"])
        if source.inputs:
            for wanted, node in zip(source.inputs, part.nodes["inputs"].items(), strict=True):
                _check_name(wanted, sources, node)
    while len(done) < len(sources):
        ready = [
            name for name in sources if name not in done and _parents(sources[name]) <= {*done}
        ]
        if not ready:
            stuck = next(name for name in sources if name not in done)
            raise nodes[stuck].refusal(
                "datasets that can be made one after the other",
                found=f"{stuck!r}, which is made from itself by way of its inputs",
            )
        done += ready
    values["datasets"] = sources = {n: replace(source, name=n) for n, source in sources.items()}
    _check_uses(top, values, sources)


def _check_uses(top: Fields, values: dict[str, Any], sources: dict[str, DatasetSource]) -> None:
    for role in ("assess", "train", "validate"):
        if role in values:
            _check_name(values[role], sources, top.nodes[role])
    for one, other in (("train", "validate"), ("train", "assess"), ("validate", "assess")):
        if one in values and other in values:
            _check_apart(sources[values[one]], sources[values[other]], one, top.nodes[other])


def _check_apart(one: DatasetSource, other: DatasetSource, role: str, node: Node) -> None:
    """Refuse two parts of one dataset that share rows; what else shares rows is measured."""
    left, right = one.split, other.split
    if left is None or right is None or left.of != right.of or one is other:
        return
    alike = (left.by, left.seed) == (right.by, right.seed)
    if not alike or (left.low < right.high and right.low < left.high):
        raise node.refusal(
            f"a part of {right.of!r} without rows of the one named by `{role}`: the same `by` and "
            f"`seed`, and ranges from `low` to `high` that do not overlap",
            found=f"{other.name!r}, which shares rows with {one.name!r}",
        )


def _parents(source: DatasetSource) -> set[str]:
    return {source.split.of} if source.split else set(source.inputs)


def _check_name(wanted: str, known: Iterable[str], node: Node) -> None:
    names = list(known)
    if wanted not in names:
        raise node.refusal(
            f"the name of a dataset in `datasets`: {', '.join(names) or 'none is declared'}",
            hint=suggestion(wanted, names),
        )


def _check_people(top: Fields, values: dict[str, Any]) -> None:
    people = [person.name for person in values.get("stakeholders", ())]
    aims: tuple[Draft, ...] = values.get("objectives", ())
    seen: set[str] = set()
    for aim in aims:
        if aim.values["stakeholder"] not in people:
            raise aim.node.nodes["stakeholder"].refusal(
                f"the name of one of the stakeholders: {', '.join(people) or 'none is named'}",
                hint=suggestion(aim.values["stakeholder"], people),
            )
        if aim.id in seen:
            raise aim.node.nodes["id"].refusal("an id of its own", found=f"`{aim.id}` again")
        seen.add(aim.id)
    if "policy" in values:
        _check_policy(values["policy"], top.nodes["policy"])


def _check_policy(policy: str, node: Node) -> None:
    if policy not in PACKS and not policy.endswith((".yaml", ".yml")):
        raise node.refusal(
            f"a tier ({', '.join(PACKS)}) or the path of a `.yaml` file",
            hint=suggestion(policy, PACKS),
        )
