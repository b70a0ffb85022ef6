"""What is asked about lists: columns that say where each row stands, and sums over each list.

Rows of a list that tie stand in any order with the same chance, and every sum is the expectation
over those orders. It is reached by giving tied rows the places of their tie in any order, and each
of those places the mean of what the tied rows hold: sums of whole numbers, the same in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from roadworthy.data.discount import discount_curve
from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    FIXED_POINT_ONE,
    CastType,
    Column,
    Expression,
    case,
    cast,
    column,
    count,
    fixed_point,
    floor,
    is_nan,
    is_null,
    literal,
    maximum,
    minimum,
    total,
)
from roadworthy.data.group_keys import GROUPED, group_key
from roadworthy.data.windows import Frame, over, row_number
from roadworthy.errors import DataError
from roadworthy.records.slices import MISSING
from roadworthy.stats.ranked_lists import TOP

_PREFIX = "_roadworthy_"
_UNIT = 1.0 / FIXED_POINT_ONE


def _made(name: str) -> Column:
    return Column(f"{_PREFIX}{name}")


QUERY, ORDER, RELEVANCE, WEIGHT = map(_made, ("query", "order", "relevance", "weight"))
PLACE, LAST, TIED = map(_made, ("place", "last", "tied"))
BEST_PLACE, LARGEST = map(_made, ("best_place", "largest"))
HITS_SO_FAR, HITS_TIED, GAIN_TIED = map(_made, ("hits_so_far", "hits_tied", "gain_tied"))
CURVE, BEST_CURVE, DISCOUNT, BEST = map(_made, ("curve", "best_curve", "discount", "best"))
GAIN, MEAN_GAIN, DISCOUNT_TIED = map(_made, ("gain", "mean_gain", "discount_tied"))
EXPOSURE, SIZE, SHOWN, WORTH = map(_made, ("exposure", "size", "shown", "worth"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlan:
    """What makes a list, and what is asked of it.

    Attributes:
        order: the column that orders the rows of a query.
        rising: the row with the lowest value comes first.
        query: the column of queries; None for one list.
        label: the column of relevance; None if there is none.
        weight: the column of weights.
        attributes: columns that make groups.
        longest: no list has more rows.
        weight_exponent: weights are summed in units of 2**weight_exponent.
        relevance_exponent: no relevance is above 2**relevance_exponent.
    """

    order: str
    rising: bool
    query: str | None = None
    label: str | None = None
    weight: str | None = None
    attributes: tuple[str, ...] = ()
    longest: int = 1
    weight_exponent: int = 0
    relevance_exponent: int = 0

    @property
    def lists(self) -> list[Expression]:
        """What the rows of one list have in common."""
        return [] if self.query is None else [QUERY]


def number(name: str) -> Expression:
    """The value of a column as a real; null where it is NaN."""
    value = cast(column(name), CastType.REAL)
    return case((is_nan(value), None), otherwise=value)


def key(position: int) -> Column:
    """The name of a row's group by an attribute."""
    return _made(f"key_{position}")


def seen(table: Table, plan: ListPlan) -> Table:
    """The rows with their query, order, relevance, weight and groups, whole or not."""
    types = {item.name: item.type for item in table.columns}
    order = number(plan.order)
    made: dict[Column, Expression] = {ORDER: order if plan.rising else literal(0.0) - order}
    if plan.label is not None:
        made[RELEVANCE] = number(plan.label)
    if plan.query is not None:
        made[QUERY] = _list_key(plan.query, types[plan.query])
    if plan.weight is not None:
        made[WEIGHT] = number(plan.weight) * 2.0**-plan.weight_exponent
    made |= {key(i): group_key(name, types[name]) for i, name in enumerate(plan.attributes)}
    return table.derive({where.name: what for where, what in made.items()})


def incomplete(plan: ListPlan) -> Expression:
    """True for rows without a query, an order or a relevance."""
    missing: Expression = is_null(ORDER)
    if plan.label is not None:
        missing = missing | is_null(RELEVANCE)
    return missing if plan.query is None else missing | is_null(QUERY)


def placed(rows: Table, plan: ListPlan) -> Table:
    """Complete rows with their place, its discount and, of labelled rows, the best place."""
    lists, labelled = plan.lists, plan.label is not None
    if labelled:
        falling = literal(0.0) - RELEVANCE
        rows = _with(
            rows,
            {
                BEST_PLACE: row_number(lists=lists, order=falling),
                LARGEST: over(maximum(RELEVANCE), lists=lists, order=falling, frame=Frame.SO_FAR),
            },
        )
        rows = _with(rows, {GAIN: _share(RELEVANCE / LARGEST)})
    rows = _with(rows, _places(plan))
    curves = {CURVE: discount_curve(PLACE, plan.longest)}
    if labelled:
        curves[BEST_CURVE] = discount_curve(BEST_PLACE, plan.longest)
        curves[MEAN_GAIN] = GAIN_TIED / TIED
    rows = _with(rows, curves)
    whole = {DISCOUNT: _whole(CURVE)} | ({BEST: _whole(BEST_CURVE)} if labelled else {})
    rows = _with(rows, whole)
    if not plan.attributes:
        return rows
    tied = over(total(DISCOUNT), lists=lists, order=ORDER, frame=Frame.TIES)
    return _with(_with(rows, {DISCOUNT_TIED: cast(tied, CastType.INTEGER)}), _attention(plan))


def list_key(plan: ListPlan) -> dict[str, Expression]:
    """What tells lists apart; without a query there is one."""
    return {"query": literal(1) if plan.query is None else QUERY}


def list_sums(plan: ListPlan) -> dict[str, Expression]:
    """What is asked of every list but its groups: its size, its weight and how good it is."""
    sums: dict[str, Expression] = {"rows": count()}
    if plan.weight is not None:
        sums |= {"lightest": minimum(WEIGHT), "heaviest": maximum(WEIGHT)}
        sums["weight"] = total(fixed_point(WEIGHT))
    for i in range(len(plan.attributes)):
        of = key(i)
        sums |= {f"first_{i}": minimum(of), f"last_{i}": maximum(of), f"known_{i}": count(of)}
    return sums | (_quality_sums() if plan.label is not None else {})


def quality_names() -> tuple[str, ...]:
    """The names of the sums that say how good a list is."""
    return tuple(_quality_sums())


def group_sums(plan: ListPlan, member: Expression, name: str) -> dict[str, Expression]:
    """What is asked of a group in every list: how much it is seen, its size, and its relevance."""
    parts = [EXPOSURE, SIZE, SHOWN] + ([WORTH] if plan.label is not None else [])
    return {
        f"{part.name.removeprefix(_PREFIX)}_{name}": total(case((member, part), otherwise=0))
        for part in parts
    }


def _attention(plan: ListPlan) -> Mapping[Column, Expression]:
    """How much each row is seen, whether it is at the top, its size and its relevance."""
    first = LAST - TIED + 1
    inside = case((LAST <= TOP, TIED), (first > TOP, 0), otherwise=literal(TOP + 1) - first)
    parts: dict[Column, Expression] = {
        EXPOSURE: DISCOUNT_TIED / TIED * _UNIT,
        SIZE: literal(1.0),
        SHOWN: inside / TIED,
    }
    if plan.label is not None:
        parts[WORTH] = RELEVANCE * 2.0**-plan.relevance_exponent
    weighted = plan.weight is not None
    return {
        part: fixed_point(WEIGHT * value if weighted else value) for part, value in parts.items()
    }


def _places(plan: ListPlan) -> Mapping[Column, Expression]:
    """The place of each row, the last place of its tie, and what the tie holds."""
    lists = plan.lists
    found: dict[Column, Expression] = {
        PLACE: row_number(lists=lists, order=ORDER),
        LAST: over(count(), lists=lists, order=ORDER, frame=Frame.SO_FAR),
        TIED: over(count(), lists=lists, order=ORDER, frame=Frame.TIES),
    }
    if plan.label is not None:
        hit = total(case((RELEVANCE > 0.0, 1), otherwise=0))
        sums = {
            HITS_SO_FAR: over(hit, lists=lists, order=ORDER, frame=Frame.SO_FAR),
            HITS_TIED: over(hit, lists=lists, order=ORDER, frame=Frame.TIES),
            GAIN_TIED: over(total(GAIN), lists=lists, order=ORDER, frame=Frame.TIES),
        }
        found |= {where: cast(what, CastType.INTEGER) for where, what in sums.items()}
    return found


def _quality_sums() -> dict[str, Expression]:
    """Gains, the best possible gains, relevant rows, and the first tie that has any."""
    first = LAST - TIED + 1
    before = HITS_SO_FAR - HITS_TIED
    gained = cast(floor(DISCOUNT * MEAN_GAIN * _UNIT), CastType.INTEGER)
    best = cast(floor(cast(BEST, CastType.REAL) * GAIN * _UNIT), CastType.INTEGER)
    among = case((TIED > 1, (PLACE - first) * (HITS_TIED - 1) / (TIED - 1)), otherwise=0.0)
    precise = (among + before + 1) / PLACE * (HITS_TIED / TIED)
    deciding = (HITS_TIED > 0) & before.eq(0)

    def at_top(place: Column, value: Expression) -> Expression:
        return total(case((place <= TOP, value), otherwise=0))

    return {
        "relevant": total(case((RELEVANCE > 0.0, 1), otherwise=0)),
        "gained": total(gained),
        "best": total(best),
        "gained_top": at_top(PLACE, gained),
        "best_top": at_top(BEST_PLACE, best),
        "hits_top": at_top(PLACE, fixed_point(HITS_TIED / TIED)),
        "precision": total(case((HITS_TIED > 0, fixed_point(precise)), otherwise=0)),
        "first": maximum(case((deciding, first), otherwise=0)),
        "first_tied": maximum(case((deciding, TIED), otherwise=0)),
        "first_hits": maximum(case((deciding, HITS_TIED), otherwise=0)),
    }


def _list_key(name: str, kind: str) -> Expression:
    """What rows of one list share; queries need no name, so their values stay as they are."""
    value = column(name)
    if kind not in GROUPED:
        raise DataError(f"query column {name!r} holds values of type {kind}; expected plain values")
    return (
        case((is_nan(value), None), (value.eq(0), 0), otherwise=value) if kind == "real" else value
    )


def _share(value: Expression) -> Expression:
    """A number from 0 to 1 in fixed point; 0 where a list has none."""
    return case((is_null(value), 0), otherwise=fixed_point(value))


def _whole(curve: Expression) -> Expression:
    return cast(floor(curve), CastType.INTEGER)


def _with(table: Table, columns: Mapping[Column, Expression]) -> Table:
    return table.derive({where.name: what for where, what in columns.items()})


def has_value(position: int, name: str) -> Expression:
    """True for the rows of the group of this name, by an attribute."""
    of = key(position)
    known = of.eq(name) & ~is_null(of)
    return known | is_null(of) if name == MISSING else known
