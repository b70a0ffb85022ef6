"""`AwaitedClasses`: what is counted of several classes while labels are awaited, and expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from roadworthy.data.engine import Table
from roadworthy.data.shared_counts import SharedCounts
from roadworthy.stats.class_calibrators import ClassCalibrators, learn_class
from roadworthy.stats.expected_classes import ExpectedClasses, expect_classes
from roadworthy.stats.tally import TallyPlan

Families = Sequence[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class AwaitedClasses:
    """Counts of each class's score by the decided class, here and in a labelled reference.

    A system of several classes and its parts share one, so that every class is counted once, and
    all classes in one pass where the engine can.

    Attributes:
        classes: the names of the classes, in order.
        table: the unlabelled rows.
        plans: of each class: its score; label and prediction are both the decided class.
        reference: the labelled rows.
        reference_plans: of each class: its score, by label codes as `learn_class` takes them.
        decided: true if the reference tells decisions, and not labels only.
        families: the sets of attributes to slice by, everybody first.
        seed: of what is redrawn.
    """

    classes: tuple[str, ...]
    table: Table
    plans: tuple[TallyPlan, ...]
    reference: Table
    reference_plans: tuple[TallyPlan, ...]
    decided: bool
    families: Families
    seed: int = 0

    @cached_property
    def learned(self) -> tuple[ClassCalibrators, ...]:
        """What the reference teaches of each class."""
        decisions = len(self.classes) if self.decided else 0
        attributes = set(self.reference_plans[0].attributes)
        families = [family for family in self.families if set(family) <= attributes]
        shared = SharedCounts(self.reference, self.reference_plans, families)
        tallies = (shared.tally(plan, families) for plan in self.reference_plans)
        return tuple(
            learn_class((tally.slices([family]) for family in families), decisions)
            for tally in tallies
        )

    @cached_property
    def expected(self) -> Mapping[tuple[str, ...], ExpectedClasses]:
        """What labels would show, by family."""
        shared = SharedCounts(self.table, self.plans, self.families)
        tallies = [shared.tally(plan, self.families) for plan in self.plans]
        return {
            family: expect_classes(
                (tally.slices([family]) for tally in tallies), self.learned, seed=self.seed
            )
            for family in self.families
        }

    @property
    def unlearned(self) -> str | None:
        """The first class of which the reference teaches nothing, if there is one."""
        pairs = zip(self.classes, self.learned, strict=True)
        return next((name for name, known in pairs if not known.whatever_said), None)

    def part(self, score: str | None) -> int:
        """The position of the class that has this column of scores.

        Raises:
            ValueError: no class has.
        """
        return [plan.score for plan in self.plans].index(score)
