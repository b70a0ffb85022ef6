"""Rows of Arrow batches as codes: which value of each attribute they have, and which state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.adapters.dense_columns import Array, CodedColumn, Codes, Texts, numbers
from roadworthy.data.cells import MAX_RELATIVE_WEIGHT
from roadworthy.data.expression import FIXED_POINT_ONE
from roadworthy.records.slices import MISSING
from roadworthy.stats.classes import encode_classes
from roadworthy.stats.cube_counter import CodedRows
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.row_keys import Answers, RowKeys


class NotDenseError(Exception):
    """The rows cannot be counted densely; counting finest cells can, or says what is wrong."""


class GroupCoder:
    """Turns the columns of attributes into codes, once for all plans that count them.

    Args:
        attributes: the columns.
        texts: distinct real numbers as the text that names their group.
        most: more values than these are too many.
    """

    def __init__(self, attributes: Iterable[str], texts: Texts, *, most: int) -> None:
        self._most = most
        self._names: dict[str, dict[str, int]] = {name: {} for name in attributes}
        self._columns = {
            name: CodedColumn(partial(self._places, name), texts) for name in self._names
        }

    @property
    def categories(self) -> Mapping[str, Sequence[str]]:
        """The name of each code of each attribute."""
        return {name: list(known) for name, known in self._names.items()}

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many values of each attribute are known."""
        return {name: len(known) for name, known in self._names.items()}

    def codes(self, batch: pa.RecordBatch) -> Mapping[str, Codes]:
        """Which value each row has of each attribute.

        Raises:
            NotDenseError: an attribute has too many values.
        """
        return {name: coded.codes(batch.column(name)) for name, coded in self._columns.items()}

    def _places(self, attribute: str, texts: Sequence[str | None]) -> list[int]:
        known = self._names[attribute]
        names = [MISSING if text is None else text for text in texts]
        for name in sorted(names):  # in order, so that the counts need not be moved later
            known.setdefault(name, len(known))
        if len(known) > self._most:
            raise NotDenseError(f"attribute {attribute!r} has too many values")
        return [known[name] for name in names]


class RowCoder:
    """Turns batches of a plan's columns into codes.

    Args:
        plan: what is counted.
        groups: codes the attributes.
        texts: distinct real numbers as the text that names their group.
    """

    def __init__(self, plan: TallyPlan, groups: GroupCoder, texts: Texts) -> None:
        self._plan = plan
        self._groups = groups
        self._label = self._classes(plan.label, texts, prediction=False)
        self._prediction = self._classes(plan.prediction, texts, prediction=True)
        self._keys = RowKeys(plan)

    @property
    def states_of_keys(self) -> NDArray[np.int64]:
        """The state that each key of a row stands for; -1 if a key does not tell."""
        return self._keys.states

    def code(self, batch: pa.RecordBatch, codes: Mapping[str, Codes]) -> CodedRows:
        """The rows of a batch as codes, given those of their attributes.

        Raises:
            DataError: a label or a prediction is none of the classes, or a weight cannot be used.
            NotDenseError: an attribute has too many values.
        """
        plan, sizes = self._plan, self._groups.sizes
        for name in plan.attributes:
            if sizes[name] > plan.max_categories:
                raise NotDenseError(f"attribute {name!r} has too many values")
        weight = None if plan.weight is None else self._weights(batch.column(plan.weight))
        answers = self._answers(batch)
        return CodedRows(
            codes=codes,
            sizes=sizes,
            keys=self._keys.of(answers),
            states_of=self._keys.states_of(answers),
            sums=_sums(plan, answers, weight),
        )

    def _answers(self, batch: pa.RecordBatch) -> Answers:
        plan = self._plan
        score = gone = known = None
        if plan.score is not None:
            score, gone = numbers(batch.column(plan.score))
            known = _known(score, gone)
        return Answers(
            label=self._class_codes(self._label, plan.label, batch),
            predicted=None
            if plan.prediction is None
            else self._class_codes(self._prediction, plan.prediction, batch),
            score=score,
            known=known,
            gone=gone,
        )

    def _classes(self, column: str | None, texts: Texts, *, prediction: bool) -> CodedColumn | None:
        if column is None:
            return None
        classes = self._plan.classes

        def places(found: Sequence[str | None]) -> list[int]:
            rows = [1] * len(found)
            codes = encode_classes(found, rows, classes, column=column, prediction=prediction)
            return [int(code) for code in codes]

        return CodedColumn(places, texts)

    def _class_codes(
        self, coded: CodedColumn | None, column: str | None, batch: pa.RecordBatch
    ) -> Codes:
        if coded is None or column is None:
            return np.full(batch.num_rows, len(self._plan.classes), dtype=np.int32)
        return coded.codes(batch.column(column))

    def _weights(self, column: Array) -> NDArray[np.float64]:
        found, gone = numbers(column)
        weight = found * 2.0 ** -(self._plan.weight_exponent or 0)
        usable = (weight >= 0.0) & (weight <= MAX_RELATIVE_WEIGHT)
        if gone is not None or not usable.all():
            raise NotDenseError("a weight cannot be used")
        return weight


def _known(score: NDArray[np.float64], gone: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    """Where scores are between 0 and 1; None: everywhere."""
    if gone is None and score.size and score.min() >= 0 and score.max() <= 1:
        return None
    inside = (score >= 0) & (score <= 1)
    return inside if gone is None else inside & ~gone


def _sums(
    plan: TallyPlan, answers: Answers, weight: NDArray[np.float64] | None
) -> dict[str, NDArray[np.int64]]:
    """What each row adds, in the fixed point and by the operations of `cell_query`."""
    values: dict[str, NDArray[np.float64]] = {}
    if weight is not None:
        values |= {"weight": weight, "weight_squared": weight * weight}
    score = answers.score
    if score is not None and plan.score_sums:
        known = score if answers.known is None else np.where(answers.known, score, 0.0)
        square = known * known
        values["score_sum"] = known if weight is None else weight * known
        values["score_square_sum"] = square if weight is None else weight * square
    return {name: _fixed_point(found) for name, found in values.items()}


def _fixed_point(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Non-negative numbers as whole numbers of 2**-30, rounded down."""
    return (values * float(FIXED_POINT_ONE)).astype(np.int64)
