"""Dense counts of Arrow batches: columns become codes, codes become counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.adapters.dense_columns import Array, CodedColumn, Codes, Texts, numbers
from roadworthy.data.cells import MAX_RELATIVE_WEIGHT
from roadworthy.data.expression import FIXED_POINT_ONE
from roadworthy.errors import DataError
from roadworthy.records.slices import MISSING
from roadworthy.stats.classes import encode_classes
from roadworthy.stats.cube import Cube
from roadworthy.stats.cube_counter import CodedRows, CubeCounter, DenseLimitError
from roadworthy.stats.families import Families
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.row_keys import Answers, RowKeys
from roadworthy.stats.strategy import Strategy

PIECE = 1 << 16
"""Rows that are decoded and counted at a time: their codes fit into a processor's cache."""


class NotDenseError(Exception):
    """The rows cannot be counted densely; counting finest cells can, or says what is wrong."""


def count_dense(
    plan: TallyPlan,
    families: Families,
    strategy: Strategy,
    batches: Iterable[pa.RecordBatch],
    *,
    texts: Texts,
    limit: int,
) -> Cube:
    """The cube of some rows.

    Args:
        plan: what to count, with the unit of weights.
        families: the sets of attributes that will be asked for.
        strategy: what to count together, and why.
        batches: the rows; each batch has the plan's columns, by name.
        texts: distinct real numbers as the text that names their group.
        limit: the bytes that the counts may take.

    Raises:
        NotDenseError: there are more counts than may be, or something is wrong with the rows.
    """
    try:
        coder = RowCoder(plan, texts)
        counter = CubeCounter(
            plan, families, strategy.shapes, states_of_keys=coder.states_of_keys, limit=limit
        )
        for batch in batches:
            for start in range(0, batch.num_rows, PIECE):
                counter.add(coder.code(batch.slice(start, PIECE)))
        return counter.cube(coder.categories, strategy.reason)
    except (DenseLimitError, DataError) as error:
        raise NotDenseError(str(error)) from error


class RowCoder:
    """Turns batches of a plan's columns into codes."""

    def __init__(self, plan: TallyPlan, texts: Texts) -> None:
        self._plan = plan
        names = dict.fromkeys(plan.attributes)
        self._names: dict[str, dict[str, int]] = {name: {} for name in names}
        self._attributes = {
            name: CodedColumn(partial(self._group_places, name), texts) for name in names
        }
        self._label = self._classes(plan.label, texts, prediction=False)
        self._prediction = self._classes(plan.prediction, texts, prediction=True)
        self._keys = RowKeys(plan)

    @property
    def states_of_keys(self) -> NDArray[np.int64]:
        """The state that each key of a row stands for; -1 if a key does not tell."""
        return self._keys.states

    @property
    def categories(self) -> Mapping[str, Sequence[str]]:
        """The name of each code of each attribute."""
        return {name: list(known) for name, known in self._names.items()}

    def code(self, batch: pa.RecordBatch) -> CodedRows:
        """The rows of a batch as codes.

        Raises:
            DataError: a label or a prediction is none of the classes, or a weight cannot be used.
            NotDenseError: an attribute has too many values.
        """
        plan = self._plan
        codes = {name: item.codes(batch.column(name)) for name, item in self._attributes.items()}
        weight = None if plan.weight is None else self._weights(batch.column(plan.weight))
        answers = self._answers(batch)
        return CodedRows(
            codes=codes,
            sizes={name: len(known) for name, known in self._names.items()},
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

    def _group_places(self, attribute: str, texts: Sequence[str | None]) -> list[int]:
        known = self._names[attribute]
        names = [MISSING if text is None else text for text in texts]
        for name in sorted(names):  # in order, so that the counts need not be moved later
            known.setdefault(name, len(known))
        if len(known) > self._plan.max_categories:
            raise NotDenseError(f"attribute {attribute!r} has too many values")
        return [known[name] for name in names]

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
