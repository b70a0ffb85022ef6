"""Counting rankings where they are: the engine finds places and sums of each list.

The lists come some at a time and only sums over them are kept, so neither rows nor lists fill this
machine's memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import frexp
from typing import Any

import numpy as np
import pyarrow as pa

from roadworthy.data import ranking_columns as columns
from roadworthy.data.cells import MAX_RELATIVE_WEIGHT, weight_exponent
from roadworthy.data.engine import Table
from roadworthy.data.expression import (
    FIXED_POINT_ONE,
    Expression,
    all_of,
    case,
    count,
    count_if,
    is_null,
    maximum,
    quantile,
)
from roadworthy.data.group_keys import group_codes
from roadworthy.data.ranking_columns import ListPlan, number
from roadworthy.errors import DataError
from roadworthy.records.slices import ALL, Slice
from roadworthy.records.versions import ColumnRoles
from roadworthy.stats.exact_totals import Integers
from roadworthy.stats.ranked_lists import Amount, GroupShares, ListCounts, ListQuality

MAX_GROUPS = 200
"""More groups than these of one set of attributes are not compared."""

_WIDEST = 1200
"""So many sums are asked for in one statement; PostgreSQL answers at most 1,664."""


def order_column(roles: ColumnRoles) -> str | None:
    """The column that orders the rows of a query."""
    return roles.rank or roles.score or roles.prediction


def check_lists(table: Table, roles: ColumnRoles) -> None:
    """Refuse columns that cannot say who stands where.

    Raises:
        DataError: a label, score, rank or weight is no number or is missing everywhere, a label is
            negative, or a weight is missing or negative.
    """
    types = {item.name: item.type for item in table.columns}
    order = order_column(roles) or ""
    named = ((roles.label, "label"), (order, "rank" if roles.rank else "score"))
    for name, role in (*named, (roles.weight, "weight")):
        if name is None:
            continue
        if types[name] not in {"integer", "real", "boolean"}:
            raise DataError(
                f"{role} column {name!r} holds values of type {types[name]}; expected numbers"
            )
        value = number(name)
        asked = {
            "present": count(value),
            "negative": count_if(value < 0.0),
            "missing": count_if(is_null(value)),
        }
        found = table.aggregate(asked).to_pylist()[0]
        if not found["present"]:
            raise DataError(f"{role} column {name!r} has no values: all rows are missing")
        if role == "label" and found["negative"]:
            raise DataError(
                f"label column {name!r} has {found['negative']:,} negative values; the relevance "
                f"of a row is 0 or more"
            )
        if role == "weight" and found["negative"] + found["missing"]:
            raise DataError(
                f"weight column {name!r} has {found['negative'] + found['missing']:,} rows whose "
                f"weight is missing or negative; give every row a weight of 0 or more"
            )


def count_lists(
    table: Table,
    roles: ColumnRoles,
    attributes: tuple[str, ...],
    families: Sequence[tuple[str, ...]],
) -> ListCounts:
    """Count the lists of a ranking; without a query there is one.

    Rows without a query, an order or a relevance are left out and counted.

    Args:
        table: what `check_lists` found nothing wrong with.
        roles: what the columns mean.
        attributes: columns that make groups.
        families: the sets of attributes that will be asked for.

    Raises:
        DataError: a weight is too large beside the others, or a total leaves 64 bits.
    """
    plan = _plan(table, roles, attributes)
    rows = columns.seen(table, plan)
    missing = columns.incomplete(plan)
    used = rows.filter(~missing)
    plan = replace(plan, longest=_longest(used, plan))
    counts = ListCounts(left_out=rows.filter(missing).rows, mixed=dict.fromkeys(attributes, 0))
    groups = _Groups.of(used, plan)
    asked = [family for family in families if family]
    slices = [ALL, *(slice_ for family in asked for slice_ in groups.slices(family))]
    if plan.label is not None:
        counts.quality = ListQuality(slices)
    first = True
    placed = columns.placed(used, plan)
    for statement in _statements(asked, groups, plan):
        _count(placed, plan, groups, statement, counts, families=asked if first else None)
        first = False
    return counts


def _plan(table: Table, roles: ColumnRoles, attributes: tuple[str, ...]) -> ListPlan:
    facts: dict[str, Expression] = {"rows": count()}
    if roles.label is not None:
        facts["relevance"] = maximum(number(roles.label))
    if roles.weight is not None:
        weight = number(roles.weight)
        facts["median"] = quantile(case((weight > 0.0, weight), otherwise=None), 0.5)
        facts["heaviest"] = maximum(weight)
    found: dict[str, Any] = table.aggregate(facts).to_pylist()[0]
    exponent = weight_exponent(found.get("median"))
    if (found.get("heaviest") or 0.0) > MAX_RELATIVE_WEIGHT * 2.0**exponent:
        raise DataError(
            f"the largest weight in the column {roles.weight!r} is {found['heaviest']:g}, more "
            f"than {MAX_RELATIVE_WEIGHT:,.0f} times the usual one; scale it down"
        )
    largest = float(found.get("relevance") or 1.0)
    return ListPlan(
        order=order_column(roles) or "",
        rising=roles.rank is not None,
        query=roles.query,
        label=roles.label,
        weight=roles.weight,
        attributes=attributes,
        weight_exponent=exponent,
        relevance_exponent=frexp(largest)[1],
    )


def _longest(used: Table, plan: ListPlan) -> int:
    """The rows of the longest list."""
    with used.aggregate_batches({"rows": count()}, by=columns.list_key(plan)) as batches:
        return max((int(_integers(batch, "rows").max(initial=1)) for batch in batches), default=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Groups:
    """The groups that occur, by the names of their values for each attribute."""

    attributes: tuple[str, ...]
    cells: Mapping[tuple[str, ...], int]

    @classmethod
    def of(cls, used: Table, plan: ListPlan) -> _Groups:
        by = {f"key_{i}": columns.key(i) for i in range(len(plan.attributes))}
        if not by:
            return cls(attributes=(), cells={(): 0})
        found = used.aggregate({"rows": count()}, by=by)
        named = [group_codes(found[name]) for name in by]
        names = zip(*([texts[code] for code in codes] for texts, codes in named), strict=True)
        cells = dict[tuple[str, ...], int]()
        for cell, rows in zip(names, _integers(found, "rows").tolist(), strict=True):
            cells[cell] = cells.get(cell, 0) + rows
        return cls(attributes=plan.attributes, cells=cells)

    def rows(self, family: tuple[str, ...]) -> dict[tuple[str, ...], int]:
        """The rows of each group of a family, in the order of the names."""
        at = [self.attributes.index(name) for name in family]
        found: dict[tuple[str, ...], int] = {}
        for cell in sorted(self.cells):
            group = tuple(cell[i] for i in at)
            found[group] = found.get(group, 0) + self.cells[cell]
        return dict(sorted(found.items()))

    def slices(self, family: tuple[str, ...]) -> list[Slice]:
        """The groups of a family as slices."""
        return [Slice.of(dict(zip(family, group, strict=True))) for group in self.rows(family)]

    def member(self, family: tuple[str, ...], group: tuple[str, ...]) -> Expression:
        """True for the rows of a group."""
        at = [self.attributes.index(name) for name in family]
        return all_of(columns.has_value(i, name) for i, name in zip(at, group, strict=True))


# --- one statement -------------------------------------------------------------------------------


def _statements(
    families: Sequence[tuple[str, ...]], groups: _Groups, plan: ListPlan
) -> list[list[tuple[str, ...]]]:
    """Families whose groups are summed together; the first statement may have none."""
    amounts = len(_amounts(plan))
    statements: list[list[tuple[str, ...]]] = [[]]
    width = 0
    for family in families:
        number = len(groups.rows(family))
        if number > MAX_GROUPS:
            continue
        if width + number * amounts > _WIDEST:
            statements.append([])
            width = 0
        statements[-1].append(family)
        width += number * amounts
    return statements


def _amounts(plan: ListPlan) -> list[Amount]:
    return [amount for amount in Amount if amount is not Amount.WORTH or plan.label is not None]


def _count(
    placed: Table,
    plan: ListPlan,
    groups: _Groups,
    shared: Sequence[tuple[str, ...]],
    counts: ListCounts,
    *,
    families: Sequence[tuple[str, ...]] | None,
) -> None:
    """Ask for the sums of all lists once, and add them up as they come.

    `families` are those whose mean quality is wanted, if this is the statement that counts lists.
    """
    amounts = _amounts(plan)
    select = columns.list_sums(plan) if families is not None else {}
    names: dict[tuple[str, ...], list[str]] = {}
    for number_, family in enumerate(shared):
        members = groups.rows(family)
        names[family] = [f"{a}_{number_}_{i}" for a in amounts for i in range(len(members))]
        for i, group in enumerate(members):
            select |= columns.group_sums(plan, groups.member(family, group), f"{number_}_{i}")
        counts.shares[family] = GroupShares(
            groups.slices(family), np.array(list(members.values()), dtype=np.int64), amounts
        )
    with placed.aggregate_batches(select, by=columns.list_key(plan)) as batches:
        for batch in batches:
            if families is not None:
                _add_lists(batch, plan, groups, families, counts)
            for family, columns_ in names.items():
                values = np.stack([_integers(batch, name) for name in columns_], axis=1)
                counts.shares[family].add(values)


def _add_lists(
    batch: pa.Table,
    plan: ListPlan,
    groups: _Groups,
    families: Sequence[tuple[str, ...]],
    counts: ListCounts,
) -> None:
    rows = _integers(batch, "rows")
    weights, uneven = np.ones(len(rows)), 0
    if plan.weight is not None:
        weights = _integers(batch, "weight") / (FIXED_POINT_ONE * rows)
        lightest, heaviest = (np.asarray(batch[name]) for name in ("lightest", "heaviest"))
        uneven = int((lightest != heaviest).sum())
    counts.add(rows, weights, uneven=uneven)
    codes = []
    for i, name in enumerate(plan.attributes):
        first, last = batch[f"first_{i}"].to_pylist(), batch[f"last_{i}"].to_pylist()
        known = _integers(batch, f"known_{i}")
        partly = (known > 0) & (known < rows)
        differs = np.array([a != b for a, b in zip(first, last, strict=True)], dtype=bool)
        counts.mixed[name] += int((differs | partly).sum())
        codes.append(group_codes(batch[f"first_{i}"]))
    if counts.quality is None:
        return
    members = [np.zeros(len(rows), dtype=np.int64)]
    start = 1
    for family in families:
        places = {group: start + i for i, group in enumerate(groups.rows(family))}
        members.append(_places(places, [codes[groups.attributes.index(name)] for name in family]))
        start += len(places)
    sums = {name: _integers(batch, name) for name in columns.quality_names()}
    counts.quality.add(sums, weights, members)


def _places(
    places: Mapping[tuple[str, ...], int], codes: Sequence[tuple[list[str], Integers]]
) -> Integers:
    """The slice of each list, by the names of its first row's groups."""
    table = np.stack([of for _, of in codes], axis=1)
    kinds, which = np.unique(table, axis=0, return_inverse=True)
    names = [
        tuple(texts[code] for (texts, _), code in zip(codes, kind, strict=True))
        for kind in kinds.tolist()
    ]
    first = next(iter(places.values()))
    of_kind = np.array([places.get(name, first) for name in names], dtype=np.int64)
    return of_kind[which.reshape(-1)]


def _integers(batch: pa.Table, name: str) -> Integers:
    filled: Any = batch[name].combine_chunks().fill_null(0)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)
