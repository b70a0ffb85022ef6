"""Writes the generated pages of docs/reference from the code; `--check` only compares.

The pages follow from the measures' catalogue, the Typer app, the policy packs, the project file's
JSON Schema, the error families and the records, so they cannot disagree with them.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import typing
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields
from enum import Enum
from importlib import import_module, resources
from itertools import groupby
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING

import roadworthy
from roadworthy import errors, records
from roadworthy.records.decision import Verdict
from roadworthy.records.evidence import MeasureSpec
from roadworthy.records.policy import Policy, Requirement, Tier
from roadworthy.records.record import Record

if TYPE_CHECKING:
    from roadworthy.checks.check import CheckSpec

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
NOTE = "<!-- Written by scripts/generate_docs.py; edit the code instead. -->\n\n"

Schema = dict[str, typing.Any]

VERDICTS = {
    Verdict.PASS: "every requirement is shown to hold",
    Verdict.FAIL: "at least one requirement is shown not to hold",
    Verdict.UNKNOWN: "not every requirement is shown to hold, and none is shown not to",
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _first(documented: object) -> str:
    return (inspect.getdoc(documented) or "").split("\n\n")[0]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}".replace("-", "−")


# --- measures ------------------------------------------------------------------------------------


def measures_page() -> str:
    """Every check and its measures, from the catalogue."""
    from roadworthy.checks.catalogue import CHECKS  # noqa: PLC0415 - the stats stack loads late

    parts = [
        "# Measures\n",
        (
            "Every measure that a policy can name, by pillar and check. What the words mean: "
            "[measure](../concepts/measure.md), [slice](../concepts/slice.md).\n"
        ),
    ]
    ordered = sorted(CHECKS, key=lambda check: check.spec.pillar)
    for pillar, checks in groupby(ordered, key=lambda check: check.spec.pillar):
        parts.append(f"## {pillar.capitalize()}\n")
        for check in checks:
            spec = check.spec
            parts += [f"### {spec.title}\n", f"Check `{spec.slug}`, version {spec.version}.\n"]
            if spec.assumptions:
                parts.append(f"*Assumes*: {_sentence(spec.assumptions)}\n")
            if spec.source:
                parts.append(f"*Source*: {_sentence(spec.source)}\n")
            parts += [_measure(measure, spec) for measure in spec.measures]
            if not spec.measures:
                parts.append("Draws curves; has no measures of its own.\n")
    return "\n".join(parts)


def _measure(spec: MeasureSpec, check: CheckSpec) -> str:
    """A measure, without what its check has said already."""
    limits = f"{_number(spec.low) or '−∞'} to {_number(spec.high) or '∞'}"
    better = "" if spec.direction.value == "neither" else f"; {spec.direction.value} is better"
    ideal = "" if spec.best is None else f"; ideal {_number(spec.best)}"
    parts = [f"#### `{spec.slug}`\n", f"{_sentence(spec.plain)} *{limits}{better}{ideal}.*\n"]
    own = spec.assumptions.replace(check.assumptions, "").strip(" ;.")
    if own:
        parts.append(f"*Assumes*: {_sentence(own)}\n")
    if spec.source and spec.source != check.source:
        parts.append(f"*Source*: {_sentence(spec.source)}\n")
    return "\n".join(parts)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


# --- command line --------------------------------------------------------------------------------


def command_line_page() -> str:
    """Every command with its arguments and options, from the Typer app."""
    from typer.main import get_command  # noqa: PLC0415 - the command line loads late

    from roadworthy.cli.main import app  # noqa: PLC0415 - the command line loads late

    parts = [
        "# Command line\n",
        (
            "Every command prints for people, and one JSON document with `--json`. "
            "How commands end: [exit codes](exit-codes.md).\n"
        ),
    ]
    root = get_command(app)
    for words, command in _commands(root, ("roadworthy",)):
        parts += [f"## {' '.join(words)}\n", _plain(command.help or ""), ""]
        shown = [p for p in command.params if not getattr(p, "hidden", False)]
        synopsis = " ".join([*words, *_arguments(shown), *(["[OPTIONS]"] if shown else [])])
        parts += [f"```text\n{synopsis}\n```\n", _parameter_table(shown)]
    return "\n".join(parts)


def _commands(
    command: typing.Any, words: tuple[str, ...]
) -> Iterable[tuple[tuple[str, ...], typing.Any]]:
    children = getattr(command, "commands", None)
    if not children:
        yield words, command
        return
    for name in sorted(children):
        yield from _commands(children[name], (*words, name))


def _arguments(parameters: Iterable[typing.Any]) -> list[str]:
    names = [
        (p.name.upper() + ("..." if p.nargs == -1 else ""), p)
        for p in parameters
        if _is_argument(p)
    ]
    return [name if p.required else f"[{name}]" for name, p in names]


def _is_argument(parameter: typing.Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _parameter_table(parameters: Iterable[typing.Any]) -> str:
    rows = []
    for p in parameters:
        argument = _is_argument(p)
        names = [p.name.upper()] if argument else [*p.opts, *p.secondary_opts]
        rows.append([", ".join(f"`{n}`" for n in names), p.help or "", _default(p)])
    return table(["Parameter", "Meaning", "Default"], rows) if rows else ""


def _default(parameter: typing.Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value is None or callable(value) or value is False or value in ([], ()):
        return ""
    if isinstance(value, Enum):
        value = value.value
    return "on" if value is True else f"`{value}`"


def _plain(text: str) -> str:
    return inspect.cleandoc(text.replace("\b", ""))


# --- policies ------------------------------------------------------------------------------------


def policies_page() -> str:
    """The policy of each tier, requirement by requirement."""
    from roadworthy.policy.pack import pack_for  # noqa: PLC0415 - the policy stack loads late

    parts = [
        "# Policies that ship\n",
        (
            "One for each [risk tier](../concepts/risk-tier.md), each at least as strict as "
            "the one before. Extend one and say what is different for your use case: "
            "[write a policy](../how-to/write-a-policy.md).\n"
        ),
    ]
    for tier in Tier:
        policy = pack_for(tier)
        parts += [f"## {tier.name.capitalize()}\n", policy.description + "\n", _confidence(policy)]
        parts.append(
            table(
                ["Requirement", "Measure", "On", "Bounds", "Proof", "Why"],
                (
                    [f"`{r.id}`", _link(r.measure), _scope(r), _bounds(r), r.proof.value, r.why]
                    for r in policy.requirements
                ),
            )
        )
    return "\n".join(parts)


def _link(measure: str) -> str:
    return f"[`{measure}`](measures.md#{measure})"


def _confidence(policy: Policy) -> str:
    family = policy.family_confidence
    tail = f"; simultaneous over each family of slices at {family:.0%}" if family else ""
    return f"Intervals at {policy.confidence:.0%}{tail}.\n"


SCOPES = {
    "groups": "each group of {of}",
    "across": "across the groups of {of}",
    "intersections": "each intersection of {of}",
    "across-intersections": "across the intersections of {of}",
}


def _scope(requirement: Requirement) -> str:
    if requirement.scope.value == "slice":
        return f"`{requirement.slice}`"
    of = ", ".join(f"`{name}`" for name in requirement.of) or "every protected column"
    small = f"; from {requirement.minimum_rows} rows on" if requirement.minimum_rows else ""
    return SCOPES[requirement.scope.value].format(of=of) + small


def _bounds(requirement: Requirement) -> str:
    low, high = requirement.at_least, requirement.at_most
    parts = [
        f"≥ {_number(low)}" if low is not None else "",
        f"≤ {_number(high)}" if high is not None else "",
    ]
    return ", ".join(filter(None, parts))


# --- files that people write ---------------------------------------------------------------------


def project_file_page() -> str:
    """Every key of roadworthy.yaml, from the JSON Schema that ships."""
    return _schema_page(
        "Project file",
        "Every key of `roadworthy.yaml`. How to write one: "
        "[write roadworthy.yaml](../how-to/write-roadworthy-yaml.md).",
        "system",
    )


def policy_file_page() -> str:
    """Every key of a policy file, from the JSON Schema that ships."""
    return _schema_page(
        "Policy file",
        "Every key of a policy file. How to write one: "
        "[write a policy](../how-to/write-a-policy.md).",
        "policy",
    )


def _schema_page(title: str, intro: str, name: str) -> str:
    file = resources.files("roadworthy") / "policy" / f"{name}.schema.json"
    editors = (
        f"Editors that know JSON Schema can check while you type, with the schema that ships as "
        f"`roadworthy/policy/{name}.schema.json`."
    )
    parts = [f"# {title}\n", f"{intro}\n", f"{editors}\n"]
    return "\n".join([*parts, *_object_parts("At the top", json.loads(file.read_text("utf-8")))])


def _object_parts(title: str, node: Schema) -> Iterable[str]:
    required = node.get("required", ())
    yield f"## {title}\n"
    rows = [
        [
            f"`{key}`",
            _value_words(value),
            "required" if key in required else "",
            value.get("description", ""),
        ]
        for key, value in node["properties"].items()
    ]
    yield table(["Key", "Value", "", "Meaning"], rows)
    prefix = "" if title == "At the top" else f"{title}."
    for key, value in node["properties"].items():
        for suffix, inner in _inner_objects(value):
            yield from _object_parts(f"{prefix}{key}{suffix}", inner)
        if value.get("enumDescriptions"):
            yield f"`{prefix}{key}` is one of:\n"
            pairs = zip(value["enum"], value["enumDescriptions"], strict=True)
            yield "\n".join(f"- `{word}`: {meaning}" for word, meaning in pairs) + "\n"


def _inner_objects(node: Schema) -> Iterable[tuple[str, Schema]]:
    named = node.get("additionalProperties")
    candidates = [
        ("", node),
        ("[]", node.get("items", {})),
        (".NAME", named if isinstance(named, dict) else {}),
    ]
    return [(suffix, inner) for suffix, inner in candidates if inner.get("properties")]


def _value_words(node: Schema) -> str:
    if "enum" in node:
        return "a word, see below" if node.get("enumDescriptions") else _alternatives(node["enum"])
    if "anyOf" in node and "type" not in node:
        return " or ".join(_value_words(option) for option in node["anyOf"])
    kind = node.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(map(str, kind))
    if kind == "array":
        return f"list of: {_value_words(node.get('items', {}))}"
    if kind == "object":
        named = node.get("additionalProperties")
        return f"names, each with: {_value_words(named)}" if isinstance(named, dict) else "keys"
    return {"string": "date" if node.get("format") == "date" else "text"}.get(kind, kind)


def _alternatives(words: Iterable[object]) -> str:
    return " or ".join(f"`{word}`" for word in words)


# --- errors --------------------------------------------------------------------------------------


def exit_codes_page() -> str:
    """The verdicts' exit codes and the error families, from `errors.py`."""
    families = [
        kind
        for kind in vars(errors).values()
        if inspect.isclass(kind)
        and issubclass(kind, errors.RoadworthyError)
        and kind is not errors.RoadworthyError
    ]
    verdicts = sorted((verdict.exit_code, verdict.name, text) for verdict, text in VERDICTS.items())
    rows = [[f"`{code}`", f"**{name}**: {text}"] for code, name, text in verdicts]
    rows += [[f"`{k.exit_code}`", f"`{k.__name__}`: {_first(k)}"] for k in families]
    rows.append(["`130`", "interrupted with Ctrl-C; nothing was left half-written"])
    rows.append(["`141`", "nobody reads the output any more (`| head`); it is no verdict"])
    return "\n".join(
        [
            "# Exit codes and errors\n",
            (
                "Commands that judge end with the verdict's code; the others end with 0. An "
                "error ends with the code of its family, which says who must act. With `--json`, "
                "an error is a JSON document too.\n"
            ),
            table(["Code", "Meaning"], rows),
            (
                "Every error that Roadworthy raises on purpose is a `roadworthy.RoadworthyError`. "
                "What could not be *measured* is not an error: it is evidence with a reason.\n"
            ),
        ]
    )


# --- records -------------------------------------------------------------------------------------


def records_page() -> str:
    """Every record with its fields, from the dataclasses."""
    parts = [
        "# Records\n",
        (
            "What is stored, field by field. Records are frozen, made by keyword and written as "
            "canonical JSON: [decision record 1](../adr/0001-records-and-canonical-json.md).\n"
        ),
    ]
    for module in _modules(records):
        kinds = [
            kind
            for kind in vars(module).values()
            if inspect.isclass(kind) and kind.__module__ == module.__name__
        ]
        shown = [k for k in kinds if issubclass(k, Record | Enum) and k is not Record]
        if any(issubclass(kind, Record) for kind in shown):
            parts.append(f"## {module.__name__.removeprefix('roadworthy.records.')}\n")
            parts += [part for kind in shown for part in _record_parts(kind)]
    return "\n".join(parts)


def _modules(package: ModuleType) -> list[ModuleType]:
    return [
        import_module(f"{package.__name__}.{found.name}")
        for found in iter_modules(package.__path__)
    ]


def _record_parts(kind: type) -> Iterable[str]:
    yield f"### {kind.__name__}\n"
    if issubclass(kind, Record) and kind.schema:
        yield f"Schema `{kind.schema}`.\n"
    yield f"{inspect.getdoc(kind) or ''}\n"
    if issubclass(kind, Enum):
        yield (
            ", ".join(f"`{m.value if isinstance(m.value, str) else m.name}`" for m in kind) + ".\n"
        )
    elif issubclass(kind, Record):
        yield table(["Field", "Type", "Default"], map(_field_row, _own_fields(kind)))


def _own_fields(kind: type[Record]) -> list[Field[typing.Any]]:
    return [item for item in fields(kind) if item.name != "extra"]


def _field_row(item: Field[typing.Any]) -> list[str]:
    if item.default is not MISSING:
        default = item.default.name if isinstance(item.default, Enum) else repr(item.default)
    elif item.default_factory is not MISSING:
        default = repr(item.default_factory()) if item.default_factory is not dict else "{}"
    else:
        return [f"`{item.name}`", f"`{item.type}`", "required"]
    return [f"`{item.name}`", f"`{item.type}`", f"`{default}`"]


# --- Python --------------------------------------------------------------------------------------


def python_page() -> str:
    """The public names; mkdocstrings fills in signatures and docstrings when the site is built."""
    verbs = [name for name in roadworthy.__all__ if name.islower()]
    nouns = [name for name in roadworthy.__all__ if not name.islower()]
    parts = ["# Python\n", "```python\nimport roadworthy as rw\n```\n", "## Verbs\n"]
    parts += [_mkdocstrings(name) for name in verbs]
    parts += ["## Nouns\n", *(_mkdocstrings(name) for name in nouns)]
    parts += [
        "## For plugins\n",
        "A new engine or check builds against these.\n",
        *(
            f"::: {name}\n    options: {{ heading_level: 3 }}\n"
            for name in ("roadworthy.data.engine", "roadworthy.checks.check")
        ),
    ]
    return "\n".join(parts)


def _mkdocstrings(name: str) -> str:
    value = getattr(roadworthy, name)
    return f"::: {value.__module__}.{value.__qualname__}\n    options: {{ heading_level: 3 }}\n"


PAGES: dict[str, Callable[[], str]] = {
    "command-line.md": command_line_page,
    "exit-codes.md": exit_codes_page,
    "measures.md": measures_page,
    "policies.md": policies_page,
    "policy-file.md": policy_file_page,
    "project-file.md": project_file_page,
    "python.md": python_page,
    "records.md": records_page,
}


def text_of(page: Callable[[], str]) -> str:
    """A generated page as it should stand in its file."""
    return NOTE + re.sub(r"\n{3,}", "\n\n", page()).strip() + "\n"


def stale() -> list[str]:
    """The generated pages whose files are not what the code says."""
    return [
        name
        for name, page in PAGES.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text("utf-8") != text_of(page)
    ]


def main() -> int:
    """Write the pages, or with `--check` only say which are out of date."""
    if "--check" in sys.argv[1:]:
        names = stale()
        print(f"out of date, run scripts/generate_docs.py: {names}" if names else "up to date")
        return int(bool(names))
    for name, page in PAGES.items():
        (FOLDER / name).write_text(text_of(page), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
