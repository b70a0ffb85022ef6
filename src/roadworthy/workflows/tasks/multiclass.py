"""Multi-class systems: one of several classes, or a probability of each.

Everything is counted from derived columns, so that every engine counts it the same way: of which
class a row is and is said to be; each class against the rest; whether the likeliest class is right;
how likely the true class was found, and how many were found likelier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from roadworthy.checks.check import MADE
from roadworthy.checks.views import RANK, SQUARES, TOP_LABEL, TRUE_CLASS
from roadworthy.data.class_columns import (
    Values,
    any_missing,
    beaten_by,
    class_code,
    find_classes,
    first_largest,
    larger_pairs,
    values_of,
)
from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    CastType,
    Expression,
    case,
    cast,
    column,
    count_if,
    is_null,
    literal,
    maximum,
    minimum,
)
from roadworthy.errors import DataError, UsageError
from roadworthy.records.slices import CLASS, Term
from roadworthy.records.versions import ColumnRoles, Task
from roadworthy.stats.classes import class_of
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.tally import TallyPlan
from roadworthy.workflows.tasks.binary import check_scores
from roadworthy.workflows.tasks.prepared import Prepared, PreparedPart

SAID = f"{MADE}class"
"""The likeliest class of a row, where the table holds probabilities only."""

LABEL_CODE, PREDICTION_CODE = f"{MADE}label_code", f"{MADE}prediction_code"
"""The positions of the classes of a row: what it is, and what it is said to be."""

_LARGEST, _SCORE = f"{MADE}largest", f"{MADE}probability"
_LIKELIEST, _CORRECT, _TRUE = f"{MADE}likeliest", f"{MADE}correct", f"{MADE}true"
_SQUARES, _PLACE, _ONE = f"{MADE}squares", f"{MADE}place", f"{MADE}one"

PLACES = ("1", "2", "3", "5")
"""The places of the true class that are told apart; all others are later."""

ROUNDED = 0.005
"""How far each probability may be off: they may be rounded to two decimals."""


def prepare_multiclass(table: Table, roles: ColumnRoles) -> Prepared:
    """Find the classes, check the probabilities, and derive what is counted.

    Raises:
        DataError: a column holds no classes, or scores are no probabilities.
        UsageError: nothing tells what the system answered, or scores do not fit the classes.
    """
    if roles.score is not None:
        raise UsageError(
            f"a multi-class system has a probability of each class: give scores={{class: column}} "
            f"instead of score={roles.score!r}"
        )
    found = {
        role: values_of(table, name, role=role)
        for role, name in (("label", roles.label), ("prediction", roles.prediction))
        if name is not None
    }
    classes, scores = _classes(roles, found)
    codes = {role: class_code(item, classes) for role, item in found.items()}
    if scores:
        _check_probabilities(table, scores)
    table = _coded(table, codes, scores)
    if scores and roles.prediction is None:
        said = case(*((column(_LIKELIEST).eq(k), name) for k, name in enumerate(classes)))
        table = table.derive({SAID: said, PREDICTION_CODE: column(_LIKELIEST)})
        roles = replace(roles, prediction=SAID)
    roles = replace(roles, classes=classes, scores=dict(zip(classes, scores, strict=False)))
    work = _Work(table=table, roles=roles).with_parts()
    viewed = bool(scores) and roles.label is not None
    if viewed:
        work = work.with_views()  # one table for all, so that it can be read once for all
    return Prepared(
        table=table,
        roles=roles,
        plan=work.plan(label=roles.label, prediction=roles.prediction, classes=classes),
        parts=work.parts(),
        views=work.views() if viewed else {},
    )


# --- classes and probabilities -------------------------------------------------------------------


def _classes(
    roles: ColumnRoles, found: Mapping[str, Values]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The classes in order, and each one's column of probabilities (none, or all of them)."""
    if not found and not roles.scores:
        raise UsageError("a multi-class system needs a label, a prediction or scores; found none")
    if not roles.scores:
        return find_classes(list(found.values()), roles.classes), ()
    named = score_columns(roles, next(iter(found.values()), None))
    classes = roles.classes or tuple(named)
    if len(classes) < 2:  # noqa: PLR2004 - "at least two" is what the message says
        raise UsageError(
            f"a multi-class system has at least two classes; scores name {list(classes)}"
        )
    columns = []
    for name in classes:
        at = class_of(name, list(named))
        if at is None:
            raise UsageError(
                f"class {name!r} has no column of probabilities; scores name: {', '.join(named)}"
            )
        columns.append(named[list(named)[at]])
    return tuple(classes), tuple(columns)


def score_columns(roles: ColumnRoles, known: Values | None) -> dict[str, str]:
    """The column of each class; of listed columns, by the class that their names hold.

    Args:
        roles: those that name the columns of probabilities.
        known: the classes that a column of labels or of predictions holds, if there is one.

    Raises:
        UsageError: it cannot be told which column is whose.
    """
    scores = dict(roles.scores)
    if known is None or any(name != column_ for name, column_ in scores.items()):
        return scores
    affixes = {_affixes(name, known.texts) for name in scores} - {None}
    told: dict[str, str] = {}
    for start, end in sorted(item for item in affixes if item is not None):
        inner = {name: name[len(start) : len(name) - len(end)] for name in scores}
        fits = all(name == f"{start}{inner[name]}{end}" and inner[name] for name in scores)
        if fits and all(class_of(text, list(inner.values())) is not None for text in known.texts):
            told = {inner[name]: name for name in scores}
    if told:
        return told
    raise UsageError(
        f"cannot tell which of the score columns {', '.join(scores)} is whose: the {known.role} "
        f"column {known.column!r} holds {known.shown}; say scores={{class: column, ...}}"
    )


def _affixes(name: str, classes: Sequence[str]) -> tuple[str, str] | None:
    """What stands before and after the longest class that a column's name holds at an end."""
    for text in sorted(classes, key=len, reverse=True):
        if name.endswith(text):
            return name[: len(name) - len(text)], ""
        if name.startswith(text):
            return "", name[len(text) :]
    return None


def _check_probabilities(table: Table, scores: Sequence[str]) -> None:
    """Refuse scores that are no probabilities, or do not add up to 1.

    Raises:
        DataError: they do not.
    """
    for name in scores:
        check_scores(table, name)
    absent = any_missing(table, scores)
    together: Expression = cast(column(scores[0]), CastType.REAL)
    for name in scores[1:]:
        together = together + column(name)
    allowed = 1e-6 + ROUNDED * len(scores)
    found = table.aggregate(
        {
            "low": minimum(together),
            "high": maximum(together),
            "off": count_if((together < 1 - allowed) | (together > 1 + allowed)),
        },
        where=~absent,
    ).to_pylist()[0]
    if found["off"]:
        raise DataError(
            f"the scores of a row should add up to 1; in {found['off']:,} rows they do not (sums "
            f"from {found['low']:g} to {found['high']:g}). Give every class's column, or normalise "
            f"them; if a row may have several labels at once, say task='multilabel'"
        )


# --- derived columns -----------------------------------------------------------------------------


def _coded(table: Table, codes: Mapping[str, Expression], scores: Sequence[str]) -> Table:
    """The table with the positions of its classes, and its largest probability."""
    names = {"label": LABEL_CODE, "prediction": PREDICTION_CODE}
    table = table.derive({names[role]: code for role, code in codes.items()})
    if not scores:
        return table
    absent = any_missing(table, scores)
    table, last = _with_largest(table, scores)
    best = column(last)
    return table.derive(
        {
            _LARGEST: case((absent, None), otherwise=best),
            _LIKELIEST: case((absent, None), otherwise=first_largest(scores, best)),
        }
    )


def _with_largest(table: Table, names: Sequence[str]) -> tuple[Table, str]:
    """The table with the largest of some columns, found in rounds, and the name of it."""
    level, left = 0, list(names)
    while len(left) > 1:
        made = {f"{MADE}round_{level}_{i}": item for i, item in enumerate(larger_pairs(left))}
        table, left, level = table.derive(made), list(made), level + 1
    return table, left[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """A table with the positions of its classes; makes what is counted of it."""

    table: Table
    roles: ColumnRoles

    def plan(
        self,
        *,
        label: str | None,
        prediction: str | None = None,
        score: str | None = None,
        classes: Sequence[str] = ("0", "1"),
    ) -> TallyPlan:
        """What to count, by the roles' attributes and weight."""
        roles = self.roles
        return TallyPlan(
            attributes=tuple(dict.fromkeys([*roles.protected, *roles.condition])),
            label=label,
            classes=tuple(classes),
            prediction=prediction,
            score=score,
            weight=roles.weight,
            grid=ScoreGrid(),
        )

    def with_parts(self) -> _Work:
        """With columns for each class against the rest.

        A row's probabilities count if all of them are there.
        """
        roles, made = self.roles, {}
        for k in range(len(roles.classes)):
            if roles.label is not None:
                made[f"{LABEL_CODE}_{k}"] = _is(column(LABEL_CODE), k)
            if roles.prediction is not None:
                made[f"{PREDICTION_CODE}_{k}"] = _is(column(PREDICTION_CODE), k)
            if roles.scores:
                score = column(roles.scores[roles.classes[k]])
                made[f"{_SCORE}_{k}"] = case((is_null(column(_LARGEST)), None), otherwise=score)
        return replace(self, table=self.table.derive(made))

    def parts(self) -> tuple[PreparedPart, ...]:
        """Each class against the rest."""
        return tuple(
            PreparedPart(question=Term(attribute=CLASS, value=name), prepared=self._part(k, name))
            for k, name in enumerate(self.roles.classes)
        )

    def _part(self, k: int, name: str) -> Prepared:
        roles = self.roles
        label = f"{LABEL_CODE}_{k}" if roles.label is not None else None
        prediction = f"{PREDICTION_CODE}_{k}" if roles.prediction is not None else None
        score = f"{_SCORE}_{k}" if name in roles.scores else None
        own = ColumnRoles(
            label=label,
            positive="1",
            prediction=prediction,
            score=score,
            weight=roles.weight,
            protected=roles.protected,
            condition=roles.condition,
            task=Task.BINARY,
        )
        plan = self.plan(label=label, prediction=prediction, score=score)
        return Prepared(table=self.table, roles=own, plan=plan)

    def with_views(self) -> _Work:
        """With columns of what is counted of all probabilities at once, of rows with a label."""
        roles, label = self.roles, column(LABEL_CODE)
        scores = [column(name) for name in roles.scores.values()]
        known = ~is_null(label) & ~is_null(column(_LARGEST))
        true = case(*((label.eq(k), score) for k, score in enumerate(scores)))
        table = self.table.derive({_TRUE: case((known, true)), _ONE: case((known, literal(1)))})
        place = beaten_by(list(roles.scores.values()), column(_TRUE), label)
        made = table.derive(
            {
                _CORRECT: case((known & column(_LIKELIEST).eq(label), 1), (known, 0)),
                _SQUARES: case((known, _half_squares(scores, label))),
                _PLACE: case((known, _banded(place))),
            }
        )
        return replace(self, table=made)

    def views(self) -> dict[str, Prepared]:
        """What is counted of all probabilities at once."""
        plans = {
            TOP_LABEL: self.plan(label=_CORRECT, score=_LARGEST),
            TRUE_CLASS: self.plan(label=_ONE, score=_TRUE),
            SQUARES: self.plan(label=_ONE, score=_SQUARES),
            RANK: self.plan(label=_PLACE, classes=(*PLACES, "1000")),
        }
        own = replace(self.roles, task=Task.BINARY)
        return {
            name: Prepared(table=self.table, roles=own, plan=plan) for name, plan in plans.items()
        }


def _is(code: Expression, k: int) -> Expression:
    """1 where the class is the k-th, 0 where it is another one, null where it is missing."""
    return case((is_null(code), None), (code.eq(k), 1), otherwise=0)


def _half_squares(scores: Sequence[Expression], label: Expression) -> Expression:
    """Half the squared distance of the probabilities from what happened, from 0 to 1."""
    together: Expression = literal(0.0)
    for k, score in enumerate(scores):
        apart = case((label.eq(k), cast(score, CastType.REAL) - 1.0), otherwise=score)
        together = together + apart * apart
    half = together * 0.5
    return case((half > 1.0, 1.0), otherwise=half)


def _banded(ahead: Expression) -> Expression:
    """The place of the true class, by how many are ahead of it, as one of `PLACES` or later."""
    bands = [(ahead < int(place), literal(int(place))) for place in PLACES]
    return case(*bands, otherwise=1000)
