"""Dense counts of Arrow batches: columns become codes, codes become counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from roadworthy.adapters.dense_columns import Codes, Texts
from roadworthy.adapters.dense_rows import GroupCoder, NotDenseError, RowCoder
from roadworthy.errors import DataError
from roadworthy.stats.cube import Cube
from roadworthy.stats.cube_counter import CubeCounter, DenseLimitError, check_states
from roadworthy.stats.families import Families
from roadworthy.stats.plan import TallyPlan
from roadworthy.stats.strategy import Strategy
from roadworthy.stats.waiting_rows import Waiting

__all__ = ["DenseTask", "NotDenseError", "count_dense", "count_together"]

_PIECE = 1 << 16
"""Rows that are decoded and counted at a time: their codes fit into a processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseTask:
    """What to count densely.

    Attributes:
        plan: what to count, with the unit of weights.
        families: the sets of attributes that will be asked for.
        strategy: what to count together, and why.
    """

    plan: TallyPlan
    families: Families
    strategy: Strategy


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
    task = DenseTask(plan=plan, families=families, strategy=strategy)
    (found,) = count_together([task], batches, texts=texts, limit=limit)
    if isinstance(found, NotDenseError):
        raise found
    return found


def count_together(
    tasks: Sequence[DenseTask], batches: Iterable[pa.RecordBatch], *, texts: Texts, limit: int
) -> list[Cube | NotDenseError]:
    """The cube of each task, all from one reading of the rows, or what is in its way.

    Args:
        tasks: what to count, at least one.
        batches: the rows; each batch has the columns of all plans, by name.
        texts: distinct real numbers as the text that names their group.
        limit: the bytes that all counts together may take; each has an equal share.
    """
    names = dict.fromkeys(name for task in tasks for name in task.plan.attributes)
    most = max(task.plan.max_categories for task in tasks)
    groups = GroupCoder(names, texts, most=most)
    limit //= len(tasks)
    waiting = Waiting(together=Waiting().together // len(tasks))
    counts = [_Count(task, groups, texts, limit=limit, waiting=waiting) for task in tasks]
    for batch in batches:
        for start in range(0, batch.num_rows, _PIECE):
            piece = batch.slice(start, _PIECE)
            try:
                codes = groups.codes(piece)
            except NotDenseError as error:
                return [error] * len(tasks)
            for count in counts:
                count.add(piece, codes)
        if all(count.stopped for count in counts):
            break
    return [count.cube() for count in counts]


class _Count:
    """One of the cubes that are being counted, until something is in its way."""

    def __init__(
        self, task: DenseTask, groups: GroupCoder, texts: Texts, *, limit: int, waiting: Waiting
    ) -> None:
        self._task = task
        self._groups = groups
        self._work: tuple[RowCoder, CubeCounter] | None = None
        self._obstacle = NotDenseError("nothing was counted")
        with self._until_stopped():
            check_states(task.plan)
            coder = RowCoder(task.plan, groups, texts)
            counter = CubeCounter(
                task.plan,
                task.families,
                task.strategy.shapes,
                states_of_keys=coder.states_of_keys,
                limit=limit,
                waiting=waiting,
            )
            self._work = coder, counter

    @property
    def stopped(self) -> bool:
        """True if something is in the way."""
        return self._work is None

    def add(self, piece: pa.RecordBatch, codes: Mapping[str, Codes]) -> None:
        """Count further rows."""
        with self._until_stopped():
            if self._work is not None:
                coder, counter = self._work
                counter.add(coder.code(piece, codes))

    def cube(self) -> Cube | NotDenseError:
        """The counts of all rows, or what was in the way."""
        with self._until_stopped():
            if self._work is not None:
                _, counter = self._work
                return counter.cube(self._groups.categories, self._task.strategy.reason)
        return self._obstacle

    @contextmanager
    def _until_stopped(self) -> Iterator[None]:
        try:
            yield
        except (NotDenseError, DenseLimitError, DataError) as error:
            self._obstacle, self._work = NotDenseError(str(error)), None
            self._obstacle.__cause__ = error
