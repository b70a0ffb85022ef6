"""Init: look at a table, propose what its columns mean, ask, and write a commented project file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from roadworthy.data.class_columns import find_classes, values_of
from roadworthy.data.classes import binary_classes
from roadworthy.data.engine import Table
from roadworthy.data.expression import Expression, count, count_distinct, maximum, minimum
from roadworthy.data.expression import column as col
from roadworthy.errors import RoadworthyError
from roadworthy.policy.questionnaire import QUESTIONS
from roadworthy.records.versions import ColumnRoles, Task

LABELS = (
    "label",
    "target",
    "outcome",
    "y",
    "class",
    "actual",
    "truth",
    "income",
    "default",
    "employed",
    "hired",
    "approved",
    "recid",
    "readmitted",
    "churn",
    "fraud",
)
PREDICTIONS = ("prediction", "predicted", "pred", "decision")
SCORES = ("score", "probability", "proba", "prob", "likelihood", "confidence")
WEIGHTS = ("weight", "weights", "wgt", "fnlwgt")
PROTECTED = (
    "sex",
    "gender",
    "race",
    "ethnicity",
    "ethnic",
    "age",
    "disability",
    "disabled",
    "religion",
    "nationality",
    "citizenship",
    "foreign",
    "marital",
    "pregnant",
    "veteran",
)
MOST_GROUPS = 20
"""A column with more values than this cannot be compared group by group; it needs bands first."""

NOT_NAMED, NOT_STATED = "(not named yet)", "(not stated yet)"

Ask = Callable[[str, str, Mapping[str, str]], str]
"""Asks a person: the question, the proposed answer, and the answers offered with their meanings (or
none, if any text will do). Gives the answer; the proposed one if the person agrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """What a look at a column shows."""

    name: str
    type: str
    values: int
    present: int
    in_unit_interval: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words in the column's name, small: `ageBand` and `age_band` give age and band."""
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", self.name)
        return tuple(word.lower() for word in re.findall(r"[^\W_]+", spaced))

    def is_called(self, names: Sequence[str]) -> bool:
        """True if a word of its name is one of these."""
        return any(word in names for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the project file will say: guessed from the table, then corrected by a person.

    `file` is the path or pattern of the data, or the address of a table `elsewhere`. `too_fine` are
    protected columns with too many values to compare, such as an age in years.
    """

    name: str
    file: str
    roles: ColumnRoles
    columns: tuple[ColumnFacts, ...]
    rows: int
    elsewhere: bool = False
    too_fine: tuple[str, ...] = ()
    owner: str = NOT_NAMED
    intended_use: str = NOT_STATED
    risk: Mapping[str, str] = field(default_factory=dict)


def propose(table: Table, *, name: str, file: str, elsewhere: bool = False) -> Proposal:
    """Guess the roles of a table's columns from their names and values; a person must confirm."""
    columns = _look(table)
    called = [c for c in columns if c.is_called(PROTECTED)]
    protected = tuple(c.name for c in called if 1 < c.values <= MOST_GROUPS)
    two = [c for c in columns if c.values == 2 and c.name not in protected]  # noqa: PLR2004 - binary
    prediction = _first(two, PREDICTIONS)
    label = _first([c for c in two if c.name != prediction], LABELS)
    if label is None and len(two) == 1 and two[0].name != prediction:
        label = two[0].name
    roles = ColumnRoles(
        label=label,
        positive=_positive(table, label),
        prediction=prediction,
        score=_first([c for c in columns if c.in_unit_interval and c.values > 2], SCORES),  # noqa: PLR2004 - more than a decision
        weight=_first([c for c in columns if c.type in {"integer", "real"}], WEIGHTS),
        protected=protected,
        identifier=_first(
            [c for c in columns if c.values == c.present == table.rows],
            ("id", "identifier", "uuid", "key", "index"),
        ),
        timestamp=next((c.name for c in columns if c.type == "time"), None),
    )
    return Proposal(
        name=name,
        file=file,
        elsewhere=elsewhere,
        roles=roles if label is not None else _with_classes(table, columns, roles),
        columns=columns,
        rows=table.rows,
        too_fine=tuple(c.name for c in called if c.values > MOST_GROUPS),
    )


def interview(proposal: Proposal, table: Table, ask: Ask) -> Proposal:
    """Ask a person to confirm or correct the proposal, then the risk questions.

    Raises:
        UsageError: the positive value given is not one of the label's.
    """
    names = dict.fromkeys((column.name for column in proposal.columns), "")
    roles = proposal.roles
    label = _column(ask("Which column holds the true outcome?", roles.label or "", names))
    positive = roles.positive
    if label is not None:
        offered = dict.fromkeys(_values(table, label), "")
        positive = _positive(table, label)
    if label is not None and (roles.task is Task.BINARY or label != roles.label):
        asked = "Which of its values is the positive one (what the system looks for)?"
        positive = ask(asked, positive or next(iter(offered), ""), offered) or None
    prediction = _column(
        ask("Which column holds the system's decision?", roles.prediction or "", names)
    )
    score = _column(ask("Which column holds its probability?", roles.score or "", names))
    weight = roles.weight
    if weight is not None:
        weight = _column(ask("Which column weights the rows?", weight, names))
    protected = _ask_protected(ask, roles.protected, names)
    return replace(
        proposal,
        name=ask("What is the system called?", proposal.name, {}) or proposal.name,
        owner=ask("Who answers for it?", proposal.owner, {}) or proposal.owner,
        intended_use=ask("What is it for?", proposal.intended_use, {}) or proposal.intended_use,
        roles=replace(
            roles,
            label=label,
            positive=positive,
            prediction=prediction,
            score=score,
            weight=weight,
            protected=protected,
        ),
        risk={
            question.key: answer
            for question in QUESTIONS
            if (answer := ask(question.asks, "", question.answers))
        },
    )


def _ask_protected(
    ask: Ask, proposed: tuple[str, ...], names: Mapping[str, str]
) -> tuple[str, ...]:
    """Ask until every name is a column's."""
    question = "Which columns hold groups to compare (sex, race, ...), with commas between?"
    while True:
        answer = ask(question, ", ".join(proposed), {})
        given = tuple(dict.fromkeys(part.strip() for part in answer.split(",") if part.strip()))
        unknown = [name for name in given if name not in names]
        if not unknown:
            return given
        question = f"{unknown[0]!r} is no column. Which of {', '.join(names)}?"


# --- looking -------------------------------------------------------------------------------------


def _look(table: Table) -> tuple[ColumnFacts, ...]:
    wanted: dict[str, Expression] = {}
    for index, column in enumerate(table.columns):
        value = col(column.name)
        wanted[f"v{index}"] = count_distinct(value)
        wanted[f"n{index}"] = count(value)
        if column.type == "real":
            wanted[f"l{index}"] = minimum(value)
            wanted[f"h{index}"] = maximum(value)
    found = table.aggregate(wanted).to_pylist()[0]
    return tuple(
        ColumnFacts(
            name=column.name,
            type=column.type,
            values=int(found[f"v{index}"] or 0),
            present=int(found[f"n{index}"] or 0),
            in_unit_interval=_in_unit_interval(found.get(f"l{index}"), found.get(f"h{index}")),
        )
        for index, column in enumerate(table.columns)
    )


def _in_unit_interval(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and 0 <= low <= high <= 1


def _first(columns: Sequence[ColumnFacts], names: Sequence[str]) -> str | None:
    """The first column called by the earliest of the names."""
    for name in names:
        for column in columns:
            if column.is_called((name,)):
                return column.name
    return None


def _with_classes(table: Table, columns: Sequence[ColumnFacts], roles: ColumnRoles) -> ColumnRoles:
    """The roles of a system of several classes, if a column called like a label holds a few."""
    several = [
        item
        for item in columns
        if item.type in {"text", "integer", "boolean"} and 2 < item.values <= MOST_GROUPS  # noqa: PLR2004 - more than two classes
        if item.name not in roles.protected
    ]
    prediction = _first(several, PREDICTIONS)
    label = _first([item for item in several if item.name != prediction], LABELS)
    if label is None:
        return roles
    classes = find_classes([values_of(table, label, role="label")])
    shares = [item.name for item in columns if item.in_unit_interval]
    scores = {name: column for name in classes for column in shares if column.endswith(f"_{name}")}
    return replace(
        roles,
        task=Task.MULTICLASS,
        label=label,
        prediction=prediction,
        score=None,
        scores=scores if len(scores) == len(classes) else {},
    )


def _positive(table: Table, label: str | None) -> str | None:
    if label is None:
        return None
    try:
        return binary_classes(table, label, positive=None, role="label").positive
    except RoadworthyError:
        return None


def _values(table: Table, column: str) -> tuple[str, ...]:
    """The column's two values as text, if it has two."""
    try:
        found = binary_classes(table, column, positive=None, role="label")
    except RoadworthyError:
        values = table.aggregate({"rows": count()}, by={"value": col(column)})["value"]
        texts = [str(value) for value in values.to_pylist() if value is not None]
        return tuple(sorted(texts)) if len(texts) == 2 else ()  # noqa: PLR2004 - binary
    return found.ordered


def _column(answer: str) -> str | None:
    return answer.strip() or None
