"""Which sets of attributes are counted, given those that will be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from roadworthy.errors import UsageError
from roadworthy.stats.plan import TallyPlan

Families = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, order=True)
class Shape:
    """One set of attributes that is counted together.

    Attributes:
        attributes: in the plan's order.
        scored: counted by score cell too, not only by label and prediction.
    """

    attributes: tuple[str, ...]
    scored: bool

    def covers(self, other: Shape) -> bool:
        """True if the counts of `other` follow from those of this one."""
        return set(other.attributes) <= set(self.attributes) and self.scored >= other.scored


def asked_families(plan: TallyPlan, families: Iterable[Sequence[str]]) -> Families:
    """The families as sets: each once, attributes in the plan's order, in order of their size.

    Raises:
        UsageError: a family names an attribute that the plan does not count.
    """
    asked = [tuple(family) for family in families] or [()]
    check_attributes(plan, asked)
    place = {name: position for position, name in enumerate(plan.attributes)}
    sets = {tuple(sorted(set(family), key=place.__getitem__)) for family in asked}
    return tuple(sorted(sets, key=lambda family: (len(family), family)))


def check_attributes(plan: TallyPlan, families: Iterable[Sequence[str]]) -> None:
    """Refuse families of attributes that are not counted.

    Raises:
        UsageError: a family names an attribute that the plan does not count.
    """
    unknown = sorted({name for family in families for name in family} - set(plan.attributes))
    if unknown:
        raise UsageError(f"attributes {unknown} were not tallied; tallied: {list(plan.attributes)}")


def largest_shapes(plan: TallyPlan, families: Families) -> tuple[Shape, ...]:
    """The shapes that are no part of another one, from which all families follow.

    >>> plan = TallyPlan(attributes=("a", "b", "c"), score="s", conditions=("c",))
    >>> for shape in largest_shapes(plan, (("a",), ("a", "b"), ("a", "c"))):
    ...     print(shape.attributes, shape.scored)
    ('a', 'b') True
    ('a', 'c') False
    """
    shapes = sorted({shape_of(plan, family) for family in families})
    return tuple(shape for shape in shapes if not any(_others_cover(shape, shapes)))


def shape_of(plan: TallyPlan, family: tuple[str, ...]) -> Shape:
    """A family with its score histograms, unless it holds a condition."""
    return Shape(family, plan.score is not None and not set(family) & set(plan.conditions))


def _others_cover(shape: Shape, shapes: Sequence[Shape]) -> Iterator[bool]:
    return (other.covers(shape) for other in shapes if other != shape)
