"""Binary systems: yes or no, or a probability of yes."""

from __future__ import annotations

from dataclasses import replace

from roadworthy.data.classes import Classes, binary_classes
from roadworthy.data.engine import Table
from roadworthy.data.expression import column as col
from roadworthy.data.expression import count, count_if, is_nan, maximum, minimum
from roadworthy.errors import DataError
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.tally import TallyPlan
from roadworthy.workflows.tasks.prepared import Prepared


def prepare_binary(table: Table, roles: ColumnRoles) -> Prepared:
    """Find the two classes and the positive one, and check the scores.

    Raises:
        DataError: the label has more than two values, or scores are no probabilities.
        UsageError: nothing tells which class is positive.
    """
    classes = _classes(table, roles)
    if roles.score is not None:
        check_scores(table, roles.score)
    roles = replace(roles, positive=classes.positive if classes else None)
    return Prepared(table=table, roles=roles, plan=_plan(roles, classes))


def _classes(table: Table, roles: ColumnRoles) -> Classes | None:
    if roles.label is not None:
        return binary_classes(
            table,
            roles.label,
            positive=roles.positive,
            role="label",
            predicted=roles.prediction,
        )
    if roles.prediction is not None:
        return binary_classes(table, roles.prediction, positive=roles.positive, role="prediction")
    if roles.score is not None:
        return Classes(negative="0", positive="1")
    return None


def check_scores(table: Table, name: str) -> None:
    """Refuse a column of scores that are no probabilities.

    Raises:
        DataError: the column holds no numbers, no values, or values outside [0, 1].
    """
    kind = next(item.type for item in table.columns if item.name == name)
    score = col(name)
    if kind not in {"real", "integer"}:
        _refuse_scores(table, name, kind)
    found = table.aggregate(
        {
            "low": minimum(score),
            "high": maximum(score),
            "outside": count_if((score < 0) | (score > 1)),
            "present": count(score),
        },
        where=~is_nan(score),
    ).to_pylist()[0]
    if not found["present"]:
        raise DataError(f"score column {name!r} has no values: all rows are missing")
    if found["outside"]:
        raise DataError(
            f"score column {name!r} has {found['outside']} values outside [0, 1] "
            f"(from {found['low']:g} to {found['high']:g}); expected probabilities of the positive "
            f"class. Rescale or calibrate them, or pass decisions as the prediction column"
        )


def _refuse_scores(table: Table, name: str, kind: str) -> None:
    """Say what stands in place of scores; in a CSV file, a column of nothing reads as text."""
    score = col(name)
    found = table.aggregate({"last": maximum(score), "present": count(score)}).to_pylist()[0]
    if not found["present"]:
        raise DataError(f"score column {name!r} has no values: all rows are missing")
    raise DataError(
        f"score column {name!r} holds {kind} values such as {str(found['last'])!r}; "
        f"expected probabilities of the positive class, from 0 to 1"
    )


def _plan(roles: ColumnRoles, classes: Classes | None) -> TallyPlan:
    return TallyPlan(
        attributes=tuple(dict.fromkeys([*roles.protected, *roles.condition])),
        label=roles.label,
        classes=classes.ordered if classes else ("0", "1"),
        prediction=roles.prediction,
        score=roles.score,
        weight=roles.weight,
        threshold=roles.threshold,
        grid=ScoreGrid(thresholds=(roles.threshold,)),
    )
