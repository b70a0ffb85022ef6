"""Several counts of one table in fewer passes over it than one each, where the table can."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Protocol, runtime_checkable

from roadworthy.data.engine import Table
from roadworthy.errors import RoadworthyError
from roadworthy.stats.counted import Counted
from roadworthy.stats.tally import TallyPlan


@runtime_checkable
class CountsTogether(Protocol):
    """A table that counts several plans together; an engine may offer it, but need not."""

    def tallies(
        self, plans: Sequence[TallyPlan], families: Iterable[Sequence[str]]
    ) -> tuple[Counted, ...]:
        """What `tally` gives for each plan and the same families, from as few passes as may be.

        Raises:
            DataError: as `tally` does, for any of the plans.
            UsageError: as `tally` does, for any of the plans.
        """


class SharedCounts:
    """Counts of several plans of one table, made together once the first of them is asked for.

    Args:
        table: the rows, which stay known by this name.
        plans: what is counted.
        families: the sets of attributes that will be asked for.
    """

    def __init__(
        self, table: Table, plans: Iterable[TallyPlan], families: Sequence[Sequence[str]]
    ) -> None:
        self.table = table
        self._plans = tuple(dict.fromkeys(plans))
        self._families = tuple(map(tuple, families))

    def tally(self, plan: TallyPlan, families: Iterable[Sequence[str]]) -> Counted:
        """What the table's `tally` gives; what is not among the shared counts is counted alone.

        Raises:
            DataError: as the table's `tally` does.
            UsageError: as the table's `tally` does.
        """
        wanted = tuple(map(tuple, families))
        if wanted == self._families and plan in self._made:
            return self._made[plan]
        return self.table.tally(plan, wanted)

    @cached_property
    def _made(self) -> dict[TallyPlan, Counted]:
        """The counts; none if the table cannot count together, or one of the plans is at fault."""
        if not isinstance(self.table, CountsTogether) or len(self._plans) == 1:
            return {}
        try:
            made = self.table.tallies(self._plans, self._families)
        except RoadworthyError:
            return {}  # each plan is then counted alone, and only the one at fault fails
        return dict(zip(self._plans, made, strict=True))
