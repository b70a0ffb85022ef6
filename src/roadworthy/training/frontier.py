"""The frontier: which candidates are worth considering, and which one the policy's objective takes.

A candidate is on the frontier if no other is better on one measure and at least as good on the
other. The choice is made in the policy's order: fewest requirements failed, then fewest undecided,
then the most of what the objective maximises, then (within the policy's tolerance) the simplest
repair, which is the one named first. So equal evidence always gives the same choice, and every
candidate is told why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roadworthy.errors import UsageError

BEATEN = "; another candidate is as good on both measures and better on one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A candidate as the choice sees it.

    Attributes:
        name: what reasons call it.
        failing: findings (a requirement on one group, say) that it fails.
        unknown: findings that are undecided.
        worth: what the objective maximises, or None if it was not measured.
        gap: what the repair should bring down, or None if it was not measured.
    """

    name: str
    failing: int
    unknown: int
    worth: float | None
    gap: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which contender was chosen, by its position, and one reason for each contender."""

    position: int
    reasons: tuple[str, ...]


def pareto(contenders: Sequence[Contender]) -> tuple[bool, ...]:
    """For each contender, whether no other beats it: as much worth, as small a gap, one better.

    A contender without one of the two measures cannot be compared, so nothing beats it.
    """
    return tuple(_is_undominated(one, contenders) for one in contenders)


def choose(contenders: Sequence[Contender], *, objective: str, within: float = 0.0) -> Choice:
    """The contender that the policy's objective takes, with a reason for each.

    Args:
        contenders: simplest first; the model as it was trained leads.
        objective: what is maximised, in words (`balanced accuracy`).
        within: worths this close to the best count as equal.

    Raises:
        UsageError: there is nothing to choose from.
    """
    if not contenders:
        raise UsageError("there are no candidates to choose from")
    least = min((one.failing, one.unknown) for one in contenders)
    finalists = [one for one in contenders if (one.failing, one.unknown) == least]
    best = max((one.worth for one in finalists if one.worth is not None), default=None)
    equals = [one for one in finalists if _reaches(one, best, within)]
    chosen = equals[0]
    position = next(i for i, one in enumerate(contenders) if one is chosen)
    reasons = [
        _why_chosen(one, finalists, equals, len(contenders), objective)
        if i == position
        else _why_not(one, chosen, objective) + ("" if undominated else BEATEN)
        for i, (one, undominated) in enumerate(zip(contenders, pareto(contenders), strict=True))
    ]
    return Choice(position=position, reasons=tuple(reasons))


def _is_undominated(one: Contender, others: Sequence[Contender]) -> bool:
    if one.worth is None or one.gap is None:
        return True
    return not any(
        other.worth >= one.worth
        and other.gap <= one.gap
        and (other.worth, -other.gap) != (one.worth, -one.gap)
        for other in others
        if other.worth is not None and other.gap is not None
    )


def _reaches(one: Contender, best: float | None, within: float) -> bool:
    return best is None or (one.worth is not None and one.worth >= best - within)


def _why_chosen(
    one: Contender,
    finalists: Sequence[Contender],
    equals: Sequence[Contender],
    candidates: int,
    objective: str,
) -> str:
    if candidates == 1:
        return f"{_standing(one)}; nothing else was tried"
    if len(finalists) == 1:
        return f"{_standing(one)}, which no other candidate does as well"
    told = "" if one.worth is None else f" ({one.worth:.3f})"
    if len(equals) == 1:
        return (
            f"{_standing(one)}, as {_count(len(finalists) - 1, 'other')} do, "
            f"and has the best {objective} of them{told}"
        )
    rest = f"the simplest of {len(equals)} that are as good in {objective}{told}"
    return f"{_standing(one)}, and is {rest}"


def _why_not(one: Contender, chosen: Contender, objective: str) -> str:
    if one.failing != chosen.failing:
        return f"fails {_count(one.failing, 'finding')}; the chosen one {_number(chosen)}"
    if one.unknown != chosen.unknown:
        return (
            f"leaves {_count(one.unknown, 'finding')} undecided; "
            f"the chosen one leaves {chosen.unknown or 'none'}"
        )
    if one.worth is None or chosen.worth is None:
        return f"its {objective} could not be measured"
    if one.worth < chosen.worth:
        return f"meets as much, with a lower {objective} ({_less(one.worth, chosen.worth)})"
    return f"as good in {objective}, and less simple"


def _less(one: float, other: float) -> str:
    """Two numbers with as many digits as it takes to see that the first is the smaller."""
    digits = next((n for n in range(3, 16) if f"{one:.{n}f}" != f"{other:.{n}f}"), 16)
    return f"{one:.{digits}f} < {other:.{digits}f}"


def _standing(one: Contender) -> str:
    if not one.failing and not one.unknown:
        return "meets every requirement"
    parts = []
    if one.failing:
        parts.append(f"fails {_count(one.failing, 'finding')}")
    if one.unknown:
        parts.append(f"leaves {_count(one.unknown, 'finding')} undecided")
    return " and ".join(parts)


def _number(one: Contender) -> str:
    return f"fails {one.failing}" if one.failing else "fails none"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
