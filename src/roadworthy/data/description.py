"""What a table says about itself: the measured answers of a datasheet, in sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    CastType,
    Value,
    cast,
    count,
    count_if,
    maximum,
    minimum,
)
from roadworthy.data.profile import ColumnProfile, TableProfile, is_missing, present, profile
from roadworthy.records.slices import MISSING
from roadworthy.records.versions import Column, ColumnRoles, DatasetVersion

SHOWN = 200
"""Columns, groups or classes that are told one by one; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is described."""

    version: DatasetVersion
    table: Table
    roles: ColumnRoles
    ancestors: tuple[DatasetVersion, ...] = ()

    def column(self, name: str) -> Column:
        """The column with this name."""
        return next(item for item in self.table.columns if item.name == name)


def describe(about: Description) -> dict[str, str]:
    """The measured answers, by the key of their question; what cannot be measured is absent."""
    found = profile(about.table)
    answers = {
        "size": _size(found),
        "columns": _columns(found, about.roles),
        "missing-values": _missing(found),
        "duplicates": _duplicates(about),
        "split": _split(about),
        "sensitive-columns": _sensitive(about),
        "lineage": _lineage(about),
        "label": _label(about),
        "groups": _groups(about),
        "label-by-group": _label_by_group(about),
        "missing-by-group": _missing_by_group(about, found),
        "time-range": _time_range(about),
    }
    return {key: text for key, text in answers.items() if text is not None}


# --- the table -----------------------------------------------------------------------------------


def _size(found: TableProfile) -> str:
    return f"{found.rows:,} rows and {len(found.columns):,} columns."


def _columns(found: TableProfile, roles: ColumnRoles) -> str:
    return _paragraphs([_column(item, found.rows, roles) for item in found.columns], "columns")


def _column(item: ColumnProfile, rows: int, roles: ColumnRoles) -> str:
    parts = [item.column.type]
    if item.column.type in ("integer", "real") and item.low is not None:
        parts.append(f"{_number(item.low)} to {_number(item.high)}")
    parts.append(f"missing in {_share(item.missing, rows)}" if item.missing else "never missing")
    role = _role(item.name, roles)
    return f"{item.name}{f' ({role})' if role else ''}: {', '.join(parts)}."


def _role(name: str, roles: ColumnRoles) -> str:
    words = [
        word
        for word in ("label", "prediction", "score", "weight", "timestamp", "identifier")
        if getattr(roles, word) == name
    ]
    words += ["protected"] if name in roles.protected else []
    return ", ".join(words)


def _missing(found: TableProfile) -> str:
    if not found.missing:
        return "No value is missing."
    cells = found.rows * len(found.columns)
    gaps = sorted((c for c in found.columns if c.missing), key=lambda c: (-c.missing, c.name))
    lines = [f"{c.name}: {_share(c.missing, found.rows)} ({c.missing:,} rows)." for c in gaps]
    return _paragraphs([f"{_share(found.missing, cells)} of all values.", *lines], "columns")


def _duplicates(about: Description) -> str:
    names = [item.name for item in about.table.columns]
    repeated = about.table.duplicates(names)
    sentences = [
        f"{repeated:,} rows ({_share(repeated, about.table.rows)}) repeat an earlier row in every "
        "column."
        if repeated
        else "No row repeats another in every column."
    ]
    identifier = about.roles.identifier
    rest = [name for name in names if name != identifier]
    if identifier is not None and rest:
        twice = about.table.duplicates([identifier])
        alike = about.table.duplicates(rest)
        sentences.append(f"{twice:,} rows repeat an earlier {identifier}.")
        sentences.append(f"{alike:,} rows differ from an earlier one in {identifier} only.")
    return " ".join(sentences)


def _time_range(about: Description) -> str | None:
    name = about.roles.timestamp
    if name is None:
        return None
    value = present(about.column(name))
    found = about.table.aggregate({"first": minimum(value), "last": maximum(value)}).to_pylist()[0]
    if found["first"] is None:
        return f"{name} is missing in every row."
    return f"{name} runs from {found['first']} to {found['last']}."


# --- labels and groups ---------------------------------------------------------------------------


def _label(about: Description) -> str | None:
    name = about.roles.label
    if name is None:
        return None
    classes = _values(about, name)
    rows = about.table.rows
    told = [f"{value}: {count_:,} rows ({_share(count_, rows)})." for value, count_ in classes]
    return _paragraphs([f"The label is {name}.", *told], "classes")


def _groups(about: Description) -> str | None:
    if not about.roles.protected:
        return None
    rows = about.table.rows
    told = [
        f"{name}={value}: {count_:,} rows ({_share(count_, rows)})."
        for name in about.roles.protected
        for value, count_ in _values(about, name)
    ]
    return _paragraphs(told, "groups")


def _label_by_group(about: Description) -> str | None:
    label = about.roles.label
    if label is None or not about.roles.protected:
        return None
    told = []
    for name in about.roles.protected:
        cells = about.table.aggregate(
            {"rows": count()}, by={"group": _text(about, name), "class": _text(about, label)}
        ).to_pylist()
        groups: dict[str, list[tuple[str, int]]] = {}
        for row in cells:
            counted = (_named(row["class"]), int(row["rows"]))
            groups.setdefault(_named(row["group"]), []).append(counted)
        for group, classes in groups.items():
            size = sum(number for _, number in classes)
            shares = ", ".join(f"{value} {_share(number, size)}" for value, number in classes)
            told.append(f"{name}={group}: {shares} of {size:,} rows.")
    return _paragraphs(told, "groups")


def _missing_by_group(about: Description, found: TableProfile) -> str | None:
    if not about.roles.protected:
        return None
    told = []
    for name in about.roles.protected:
        gaps = [item for item in found.columns if item.missing and item.name != name]
        if not gaps:
            continue
        counts = {str(at): count_if(is_missing(item.column)) for at, item in enumerate(gaps)}
        rows = about.table.aggregate(
            {"rows": count(), **counts}, by={"group": _text(about, name)}
        ).to_pylist()
        for at, item in enumerate(gaps):
            told.append(_spread(name, item.name, rows, str(at)))
    return _paragraphs(told, "comparisons") if told else "No value is missing in any group."


def _spread(attribute: str, name: str, rows: list[dict[str, Any]], key: str) -> str:
    """The groups in which a column is missing most and least."""
    rates = [(int(row[key]) / int(row["rows"]), row) for row in rows]
    most, least = (pick(rates, key=lambda pair: pair[0])[1] for pick in (max, min))
    told = [
        f"{_share(int(row[key]), int(row['rows']))} of the {int(row['rows']):,} rows with "
        f"{attribute}={_named(row['group'])}"
        for row in (most, least)
    ]
    if most is least or int(most[key]) * int(least["rows"]) == int(least[key]) * int(most["rows"]):
        return f"{name} is missing equally often in every group of {attribute}."
    return f"{name} is missing in {told[0]}, and in {told[1]}."


def _values(about: Description, name: str) -> list[tuple[str, int]]:
    found = about.table.aggregate({"rows": count()}, by={"value": _text(about, name)}).to_pylist()
    return [(_named(row["value"]), int(row["rows"])) for row in found]


def _text(about: Description, name: str) -> Any:
    return cast(present(about.column(name)), CastType.TEXT)


# --- where it comes from -------------------------------------------------------------------------


def _split(about: Description) -> str | None:
    made = about.version.transformation
    if made is None or not {"by", "low", "high"} <= made.parameters.keys():
        return None
    low, high = made.parameters["low"], made.parameters["high"]
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    return (
        f"It is {high - low:.0%} of {_parents(about)}: the rows whose hashed "
        f"{made.parameters['by']} falls between {low:g} and {high:g}. Rows with the same "
        f"{made.parameters['by']} are in the same part."
    )


def _sensitive(about: Description) -> str:
    classified = f"The dataset is classified as {about.version.sensitivity}."
    if not about.roles.protected:
        return f"No column is named as protected. {classified}"
    return f"Protected columns: {', '.join(about.roles.protected)}. {classified}"


def _lineage(about: Description) -> str:
    version = about.version
    if not version.parents:
        files = ", ".join(entry.path for entry in version.files[:5])
        files = files or version.origin or "rows in memory"
        more = f" and {len(version.files) - 5:,} more" if len(version.files) > 5 else ""  # noqa: PLR2004 - shown
        return f"It was added as it is, from {files}{more}; no earlier step is recorded."
    steps = [_step(version, about)]
    steps += [_step(item, about) for item in about.ancestors if item.parents]
    return _paragraphs(steps, "steps")


def _step(version: DatasetVersion, about: Description) -> str:
    names = {item.digest: item.name for item in about.ancestors}
    parents = ", ".join(names.get(digest, digest[:19]) for digest in version.parents)
    made = version.transformation
    if made is None:
        return f"{version.name} was made from {parents}; by which code is not recorded."
    told = f"{version.name} was made from {parents} by {made.name} (code {made.code[:19]})."
    if made.parameters:
        listed = ", ".join(f"{key} = {made.parameters[key]}" for key in sorted(made.parameters))
        told += f" Parameters: {listed}."
    return f"{told} Code: {_on_one_line(made.text)}" if made.text else told


def _on_one_line(sql: str) -> str:
    r"""A statement as running text, without its comments, which end where their line ends.

    >>> _on_one_line("SELECT id -- who\nFROM raw")
    'SELECT id FROM raw'
    """
    return " ".join(re.sub(r"--[^\n]*", " ", sql).split())


def _parents(about: Description) -> str:
    names = {item.digest: item.name for item in about.ancestors}
    return ", ".join(names.get(digest, digest[:19]) for digest in about.version.parents)


# --- words ---------------------------------------------------------------------------------------


def _paragraphs(lines: list[str], what: str) -> str:
    kept = lines[:SHOWN]
    if len(lines) > SHOWN:
        kept.append(f"And {len(lines) - SHOWN:,} more {what}.")
    return "\n\n".join(kept)


def _share(part: int, rows: int) -> str:
    """A share as a percentage that is never rounded to all or nothing."""
    share = 100 * part / rows
    if 0 < share < 0.05:  # noqa: PLR2004 - would print as 0.0 %
        return "less than 0.1%"
    if 99.95 <= share < 100:  # noqa: PLR2004 - would print as 100.0 %
        return "more than 99.9%"
    return f"{share:.1f}%"


def _number(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _named(value: object) -> str:
    return MISSING if value is None else str(value)
