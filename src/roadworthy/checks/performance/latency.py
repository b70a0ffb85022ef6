"""How long do answers take, for everybody and for every group? Or any other number of each row.

The columns are those that the role `metrics` names. One column is measured on the usual slices
(`all`, `sex=Female`); of several, each slice also says which: `metric=latency_ms, sex=Female`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import group_families, on_every_slice
from roadworthy.checks.performance.measures import PILLAR
from roadworthy.data.expression import CastType, Expression, cast, count, maximum
from roadworthy.data.group_keys import group_codes, group_key
from roadworthy.data.number_cells import number_cell
from roadworthy.data.profile import NUMBERS, present
from roadworthy.records.evidence import Direction, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import ALL, Slice, Term
from roadworthy.stats.number_grid import NumberGrid, ordered
from roadworthy.stats.regression_quantiles import Distribution, bin_bound, quantile

METRIC = "metric"
"""The attribute of the term that says which of several columns a slice speaks of."""

LOOK = 20_000
"""The first rows, from which the size of usual numbers is learnt."""

NOBODY = "there is no number"

_OCTAVES, _FINER = 48, 10
_PER_OCTAVE = 256

_spec = partial(MeasureSpec, pillar=PILLAR, direction=Direction.LOWER, unit="the column's")
_ASSUMPTIONS = (
    f"Found from bins as wide as 1/{_PER_OCTAVE} of the number; `bin_bound` is by how much the "
    "value can be off for that, and the interval reaches to the ends of bins. The interval runs "
    "between two order statistics and assumes independent rows, no distribution. Missing values "
    "are left out: an answer that never came is not fast, so count those too."
)
_SOURCE = "Conover (1999), Practical Nonparametric Statistics, section 3.2"

QUANTILES: Mapping[MeasureSpec, float] = {
    _spec(
        slug=f"latency-p{percent}",
        title=title,
        plain=plain,
        assumptions=_ASSUMPTIONS,
        source=_SOURCE,
    ): percent / 100
    for percent, title, plain in (
        (50, "Latency, median", "Half of the answers take no longer than this."),
        (90, "Latency, 90th percentile", "Nine of ten answers take no longer than this."),
        (95, "Latency, 95th percentile", "Nineteen of twenty answers take no longer than this."),
        (99, "Latency, 99th percentile", "Of a hundred answers, all but one take no longer."),
    )
}
LARGEST = _spec(
    slug="latency-max",
    title="Latency, longest",
    plain="The longest that anybody had to wait.",
    assumptions="A fact about this table, which grows with its rows; not an estimate.",
)
MEASURES = (*QUANTILES, LARGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyCheck:
    """Counts fine bins of each metric by group, in a pass for each set of attributes."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Quantiles and the largest value of each metric named, for everybody and every group."""
        types = {item.name: item.type for item in subject.table.columns}
        several = len(subject.roles.metrics) > 1
        for name in subject.roles.metrics:
            found = _measure(subject, name) if types[name] in NUMBERS else _wrong(subject, name)
            term = Term(attribute=METRIC, value=name)
            for item in found:
                yield replace(item, slice=_about(item.slice, term)) if several else item


def _about(where: Slice, term: Term) -> Slice:
    terms = sorted((*where.terms, term), key=lambda item: item.attribute)
    return Slice(terms=tuple(terms))


def _wrong(subject: Subject, name: str) -> Iterator[Evidence]:
    kind = next(item.type for item in subject.table.columns if item.name == name)
    reason = f"the column {name!r} holds values of type {kind}; a metric is a number"
    for spec in MEASURES:
        yield subject.evidence(spec, ALL, Unmeasured(reason=reason), column=name)


def _measure(subject: Subject, name: str) -> Iterator[Evidence]:
    seen = subject.table.read([name], first=LOOK)[name].drop_null().to_numpy()
    grid = _grid(np.asarray(seen, dtype=np.float64))
    common: dict[str, JSON] = {"column": name}
    for family in group_families(subject):
        counted = _count(subject, name, grid, family)
        if not counted.slices:
            continue
        found = counted.distribution
        for spec, q in QUANTILES.items():
            bounds = [x if isfinite(x) else None for x in bin_bound(found, q).tolist()]
            yield from on_every_slice(
                subject,
                spec,
                counted.slices,
                quantile(found, q),
                parameters={"bin_bound": bounds},
                common=common,
            )
        for where, rows, value in zip(
            counted.slices, found.rows.tolist(), counted.largest.tolist(), strict=True
        ):
            outcome = (
                Measured(
                    value=value, low=value, high=value, rows=rows, method="exact",
                    confidence=subject.confidence,
                )
                if np.isfinite(value)
                else Unmeasured(reason=NOBODY if np.isnan(value) else "it is infinite", rows=rows)
            )  # fmt: skip
            yield subject.evidence(LARGEST, where, outcome, **common)


def _grid(seen: NDArray[np.float64]) -> NumberGrid:
    """Bins of one relative width, down to a thousandth of the usual number."""
    sizes = np.abs(seen[np.isfinite(seen) & (seen != 0)])
    usual = float(np.median(sizes)) if sizes.size else 1.0
    power = min(max(int(np.frexp(usual)[1]) - 1 - _FINER, -300), 300)
    return NumberGrid(scale=2.0**-power, octaves=_OCTAVES, per_octave=_PER_OCTAVE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Counted:
    slices: tuple[Slice, ...]
    distribution: Distribution
    largest: NDArray[np.float64]


def _count(subject: Subject, name: str, grid: NumberGrid, family: tuple[str, ...]) -> _Counted:
    """The rows of each group in each bin, and its largest number, in one pass."""
    columns = {item.name: item for item in subject.table.columns}
    keys: dict[str, Expression] = {
        f"group_{place}": group_key(attribute, columns[attribute].type)
        for place, attribute in enumerate(family)
    }
    number = cast(present(columns[name]), CastType.REAL)
    answer = subject.table.aggregate(
        {"rows": count(), "largest": maximum(number)}, by={**keys, "cell": number_cell(grid, name)}
    )
    groups, members = _groups(answer, family)
    counts = np.zeros((len(groups), grid.cells), dtype=np.int64)
    rows = np.asarray(answer["rows"].to_numpy(), dtype=np.int64)
    np.add.at(counts, (members, np.asarray(answer["cell"].to_numpy(), dtype=np.int64)), rows)
    largest = np.full(len(groups), np.nan)
    values = np.array(answer["largest"].to_pylist(), dtype=np.float64)
    np.fmax.at(largest, members, values)
    return _Counted(slices=groups, distribution=_distribution(grid, counts), largest=largest)


def _groups(
    answer: pa.Table, family: tuple[str, ...]
) -> tuple[tuple[Slice, ...], NDArray[np.intp]]:
    """The groups in an answer, in the order of their names, and which one each row is of."""
    if not family:
        return (ALL,), np.zeros(answer.num_rows, dtype=np.intp)
    coded = [group_codes(answer[f"group_{place}"]) for place in range(len(family))]
    packed = np.stack([codes for _, codes in coded], axis=1)
    distinct, members = np.unique(packed, axis=0, return_inverse=True)
    slices = [
        Slice.of({
            attribute: names[code]
            for attribute, (names, _), code in zip(family, coded, row, strict=True)
        })
        for row in distinct.tolist()
    ]  # fmt: skip
    order = sorted(range(len(slices)), key=lambda at: str(slices[at]))
    place = np.argsort(order)
    return tuple(slices[at] for at in order), np.asarray(place[members.ravel()], dtype=np.intp)


def _distribution(grid: NumberGrid, counts: NDArray[np.int64]) -> Distribution:
    """The bins in use, ascending; those beyond the last octave are infinitely wide."""
    known = ordered(grid, counts)
    used = np.flatnonzero(known.sum(axis=0))
    rows = known.sum(axis=1)
    return Distribution(
        low=np.concatenate([[-np.inf], grid.edges])[used],
        high=np.concatenate([grid.edges, [np.inf]])[used],
        weight=known[:, used].astype(np.float64),
        rows=rows,
        effective=rows.astype(np.float64),
        reason=NOBODY,
    )


LATENCY = LatencyCheck(
    spec=CheckSpec(
        slug="latency",
        version=1,
        pillar=PILLAR,
        title="Response times and other metrics",
        assumptions=_ASSUMPTIONS,
        source=_SOURCE,
        measures=MEASURES,
    )
)
