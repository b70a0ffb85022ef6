"""Does each column still look as it did in the reference table?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.quality.columns import (
    NO_REFERENCE,
    PILLAR,
    data_columns,
    exact,
    is_candidate,
)
from roadworthy.checks.quality.divergence import divergence_limits
from roadworthy.checks.quality.drift_columns import (
    Pair,
    count_pairs,
    grid_of,
    knows_every_value,
    missing_rows,
)
from roadworthy.checks.quality.drift_measures import (
    CHI_SQUARED,
    G_TEST,
    HELLINGER,
    INDEX,
    JENSEN_SHANNON,
    KOLMOGOROV_SMIRNOV,
    LOOK,
    MEASURES,
    MISSING_CHANGE,
    NEW,
    SHAPES,
    STANDARDIZED_WASSERSTEIN,
    TOTAL_VARIATION,
    VANISHED,
    WASSERSTEIN,
)
from roadworthy.checks.quality.drift_worst import worst_columns
from roadworthy.checks.quality.rates import share, share_difference
from roadworthy.data.engine import Table
from roadworthy.data.profile import NUMBERS, PLAIN
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import ALL, Slice
from roadworthy.records.versions import Column
from roadworthy.stats.chi_squared import HomogeneityTest, g_test, pearson, pool_rare
from roadworthy.stats.distances import (
    hellinger_distance,
    hellinger_error,
    index_error,
    jensen_shannon_distance,
    jensen_shannon_error,
    population_stability_index,
)
from roadworthy.stats.drift import (
    Shift,
    kolmogorov_smirnov_shift,
    quantile_range,
    standard_deviation,
    total_variation_shift,
    wasserstein_shift,
)
from roadworthy.stats.multiplicity import benjamini_hochberg

TOO_MANY = "the column has too many different values to tell all of them apart"
NOTHING_LIKE_IT = "no column that both tables have holds what this measure compares"
FEWEST = 100
"""Rows of either table below which the intervals have not been shown to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftCheck:
    """Counts all columns in one pass over each table, and compares the counts."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Distances, tests and shares for each column that both tables have, and for the worst."""
        found = [] if subject.reference is None else list(_against(subject, subject.reference))
        yield from found
        reason = NO_REFERENCE if subject.reference is None else NOTHING_LIKE_IT
        answered = {item.measure for item in found}
        for spec in self.spec.measures:
            if spec.slug not in answered:
                yield subject.evidence(spec, ALL, Unmeasured(reason=reason))


def _against(subject: Subject, reference: Table) -> Iterator[Evidence]:
    theirs = {item.name: item for item in reference.columns}
    columns = [item for item in data_columns(subject) if is_candidate(subject, item)]
    reasons = {item.name: _reason(item, theirs.get(item.name)) for item in columns}
    alike = [item for item in columns if reasons[item.name] is None]
    pairs = count_pairs(reference, subject.table, alike, LOOK)
    found: list[Evidence] = []
    for item in columns:
        if item.name in pairs:
            found += _compare(subject, pairs[item.name])
    found += _tests(subject, pairs.values())
    shared = [item for item in columns if item.name in theirs.keys() - pairs.keys()]
    gaps = _gaps(subject, reference, [(item, theirs[item.name]) for item in shared])
    found += [_change_of_missing(subject, gap) for gap in gaps.values()]
    for name, reason in reasons.items():
        unknown = SHAPES if name in theirs else (*SHAPES, MISSING_CHANGE)
        for spec in unknown if reason else ():
            where = Slice.of({"column": name})
            found.append(subject.evidence(spec, where, Unmeasured(reason=str(reason))))
    yield from found

    def again(other: Subject, name: str) -> Iterable[Evidence]:
        if name in gaps:
            return [_change_of_missing(other, gaps[name])]
        return _compare(other, pairs[name])

    yield from worst_columns(subject, found, again)


def _reason(here: Column, there: Column | None) -> str | None:
    """Why a column cannot be compared, if it cannot."""
    if there is None:
        return "the reference table does not have this column"
    if there.type != here.type:
        return f"the column holds {here.type} here and {there.type} in the reference table"
    return None if here.type in PLAIN else f"a column of type {here.type} is not cut into bins"


def _compare(subject: Subject, pair: Pair) -> Iterator[Evidence]:
    if min(pair.rows) < FEWEST:
        few = Unmeasured(
            reason=f"one of the tables has fewer than {FEWEST} rows", rows=pair.rows[1]
        )
        for spec in SHAPES:
            yield subject.evidence(spec, _where(pair), few)
    else:
        yield from _shapes(subject, pair)
    if pair.column.type in NUMBERS:
        yield from _moves(subject, pair)
    if pair.is_categorical:
        yield from _categories(subject, pair)
    missing = pair.before.missing, pair.now.missing
    yield _change_of_missing(subject, _Gap(column=pair.column, missing=missing, rows=pair.rows))


def _where(pair: Pair) -> Slice:
    return Slice.of({"column": pair.column.name})


# --- missing values ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """A column with the rows where it is missing and all rows, of the reference and of now."""

    column: Column
    missing: tuple[int, int]
    rows: tuple[int, int]


def _gaps(
    subject: Subject, reference: Table, columns: Sequence[tuple[Column, Column]]
) -> dict[str, _Gap]:
    """What is missing of columns whose values are not compared, such as times."""
    if not columns:
        return {}
    before = missing_rows(reference, [there for _, there in columns])
    now = missing_rows(subject.table, [here for here, _ in columns])
    rows = reference.rows, subject.table.rows
    return {
        here.name: _Gap(column=here, missing=(first, second), rows=rows)
        for (here, _), first, second in zip(columns, before, now, strict=True)
    }


def _change_of_missing(subject: Subject, gap: _Gap) -> Evidence:
    (before, now), rows = gap.missing, gap.rows
    return subject.evidence(
        MISSING_CHANGE,
        Slice.of({"column": gap.column.name}),
        share_difference(now, rows[1], before, rows[0], subject.confidence),
        reference_rate=before / rows[0] if rows[0] else None,
    )


# --- the bins of any column ----------------------------------------------------------------------


def _shapes(subject: Subject, pair: Pair) -> Iterator[Evidence]:
    bins = pair.bins
    degrees = int(((bins.before > 0) | (bins.now > 0)).sum()) - 1
    chance = 1 / pair.rows[0] + 1 / pair.rows[1]
    parameters: dict[str, JSON] = {
        "bins": len(bins.names),
        "reference_rows": pair.rows[0],
        "moved_most": bins.moved_most,
        **grid_of(pair),
    }
    index = float(population_stability_index(bins.before, bins.now))
    yield subject.evidence(
        INDEX,
        _where(pair),
        _divergence(subject, pair, index, degrees, chance, index_error(bins.before, bins.now)),
        expected_by_chance=degrees * chance,
        **parameters,
    )
    for spec, distance, error, per_chance in (
        (
            JENSEN_SHANNON, jensen_shannon_distance, jensen_shannon_error, chance / (8 * log(2)),
        ),
        (HELLINGER, hellinger_distance, hellinger_error, chance / 8),
    ):  # fmt: skip
        value = float(distance(bins.before, bins.now))
        spread = error(bins.before, bins.now)
        squared = _divergence(subject, pair, value**2, degrees, per_chance, spread)
        outcome = _measured(
            subject, pair, value, (sqrt(squared.low), sqrt(squared.high)), squared.method
        )
        expected = sqrt(degrees * per_chance)
        yield subject.evidence(
            spec, _where(pair), outcome, expected_by_chance=expected, **parameters
        )
    moved = total_variation_shift(bins.before, bins.now, subject.confidence)
    outcome = _measured(subject, pair, moved.value, (moved.low, moved.high), "largest-error")
    yield subject.evidence(TOTAL_VARIATION, _where(pair), outcome, **parameters)


def _divergence(
    subject: Subject, pair: Pair, value: float, degrees: int, per_chance: float, error: float
) -> Measured:
    limits = divergence_limits(
        value,
        degrees=degrees,
        per_chance=per_chance,
        error=error,
        confidence=subject.confidence,
    )
    return _measured(subject, pair, value, limits, "noncentral-chi-squared")


def _measured(
    subject: Subject, pair: Pair, value: float, limits: tuple[float, float], method: str
) -> Measured:
    return Measured(
        value=value,
        low=min(limits[0], value),
        high=max(limits[1], value),
        rows=pair.rows[1],
        method=method,
        confidence=subject.confidence,
    )


# --- the order and the distance of numbers -------------------------------------------------------


def _moves(subject: Subject, pair: Pair) -> Iterator[Evidence]:
    specs = (KOLMOGOROV_SMIRNOV, WASSERSTEIN, STANDARDIZED_WASSERSTEIN)
    if min(pair.known) < FEWEST:
        few = Unmeasured(reason=f"one of the tables has fewer than {FEWEST} numbers")
        for spec in specs:
            yield subject.evidence(spec, _where(pair), few)
        return
    largest = kolmogorov_smirnov_shift(pair.cells, subject.confidence)
    parameters = {"reference_rows": pair.known[0], **grid_of(pair)}
    yield _shift(subject, pair, KOLMOGOROV_SMIRNOV, largest, **parameters)
    if not pair.cells.is_bounded:
        endless = Unmeasured(reason="some numbers are infinite, or too far out for any bin")
        for spec in specs[1:]:
            yield subject.evidence(spec, _where(pair), endless)
        return
    area = wasserstein_shift(pair.cells, subject.confidence)
    spread, middle = standard_deviation(pair.cells), quantile_range(pair.cells)
    parameters |= {"standard_deviation": spread, "interquartile_range": middle}
    yield _shift(subject, pair, WASSERSTEIN, area, **parameters)
    if spread > 0:
        if middle > 0:
            parameters |= {"in_interquartile_ranges": area.value / middle}
        scaled = Shift(
            value=area.value / spread,
            low=area.low / spread,
            high=area.high / spread,
            binning=area.binning / spread,
        )
        yield _shift(subject, pair, STANDARDIZED_WASSERSTEIN, scaled, **parameters)
    else:
        still = Unmeasured(reason="the column has one value in the reference")
        yield subject.evidence(STANDARDIZED_WASSERSTEIN, _where(pair), still)


def _shift(
    subject: Subject, pair: Pair, spec: MeasureSpec, shift: Shift, **parameters: JSON
) -> Evidence:
    outcome = Measured(
        value=shift.value,
        low=shift.low,
        high=shift.high,
        rows=pair.known[1],
        method="largest-error",
        confidence=subject.confidence,
    )
    return subject.evidence(spec, _where(pair), outcome, binning=shift.binning, **parameters)


# --- categories ----------------------------------------------------------------------------------


def _categories(subject: Subject, pair: Pair) -> Iterator[Evidence]:
    if not knows_every_value(pair):
        for spec in (NEW, VANISHED, CHI_SQUARED, G_TEST):
            yield subject.evidence(spec, _where(pair), Unmeasured(reason=TOO_MANY))
        return
    if min(pair.known) < FEWEST:
        few = Unmeasured(reason=f"one of the tables has fewer than {FEWEST} known values")
        for spec in (CHI_SQUARED, G_TEST):
            yield subject.evidence(spec, _where(pair), few)
    values, first, second = pair.values
    for spec, own, other, known in (
        (NEW, second, first, pair.known[1]),
        (VANISHED, first, second, pair.known[0]),
    ):
        alone = np.flatnonzero((own > 0) & (other == 0))
        most = sorted(alone, key=lambda at, own=own: -int(own[at]))[:3]  # type: ignore[misc]
        yield subject.evidence(
            spec,
            _where(pair),
            share(int(own[alone].sum()), known, subject.confidence, of="known value"),
            categories=len(alone),
            most=[str(values[at]) for at in most],
        )


def _tests(subject: Subject, pairs: Iterable[Pair]) -> Iterator[Evidence]:
    tested = [
        pair
        for pair in pairs
        if pair.is_categorical and knows_every_value(pair) and min(pair.known) >= FEWEST
    ]
    pooled = [pool_rare(*pair.values[1:]) for pair in tested]
    tests: tuple[tuple[MeasureSpec, Callable[..., HomogeneityTest]], ...] = (
        (CHI_SQUARED, pearson),
        (G_TEST, g_test),
    )
    for spec, test in tests:
        found = [test(*counts) for counts in pooled]
        adjusted = benjamini_hochberg([item.p_value for item in found]).tolist()
        for pair, item, value in zip(tested, found, adjusted, strict=True):
            yield subject.evidence(
                spec,
                _where(pair),
                exact(value, pair.known[1], subject.confidence),
                p_value=item.p_value,
                statistic=item.statistic,
                degrees_of_freedom=item.degrees,
                columns_tested=len(tested),
            )


DRIFT = DriftCheck(
    spec=CheckSpec(
        slug="drift",
        version=3,
        pillar=PILLAR,
        title="Drift from the reference table",
        assumptions=INDEX.assumptions,
        source="; ".join(dict.fromkeys(spec.source for spec in MEASURES)),
        measures=MEASURES,
    )
)
