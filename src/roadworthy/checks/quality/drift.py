"""Does each column still look as it did in the reference table?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from roadworthy.checks.check import SAMPLE_ROWS, CheckSpec, Subject
from roadworthy.checks.quality.columns import (
    NO_REFERENCE,
    PILLAR,
    data_columns,
    is_candidate,
)
from roadworthy.checks.quality.divergence import divergence_limits
from roadworthy.data.bins import Bins, choose_bins, count_bins
from roadworthy.data.engine import Table
from roadworthy.records.evidence import Direction, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import ALL, Slice
from roadworthy.records.versions import Column
from roadworthy.stats.distances import jensen_shannon_distance, population_stability_index

CELLS = 10
CATEGORIES = 20
FEWEST = 100
"""Rows of either table below which the interval has not been shown to hold."""

Counts = NDArray[np.int64]

_ASSUMPTIONS = (
    "Bins hold about a tenth of the reference each, so that an outlier cannot hide the rest; text "
    "and codes get a bin for each frequent value; other values, seen or not, and missing ones have "
    f"bins of their own. They are chosen from at most {SAMPLE_ROWS:,} rows of the reference, by "
    "the seed and the order of rows, and counted on all rows. The interval allows for the distance "
    "that chance alone makes between two samples, which `expected_by_chance` states."
)
INDEX = MeasureSpec(
    slug="population-stability-index",
    pillar=PILLAR,
    title="Population stability index",
    plain="How far the column's distribution has moved from the reference: 0 is not at all.",
    direction=Direction.LOWER,
    low=0,
    best=0,
    unit="nats",
    assumptions=_ASSUMPTIONS,
    source="Siddiqi (2006), Credit Risk Scorecards",
)
DISTANCE = MeasureSpec(
    slug="jensen-shannon-distance",
    pillar=PILLAR,
    title="Jensen-Shannon distance",
    plain="How different the column's two distributions are: 0 is equal, 1 has nothing in common.",
    direction=Direction.LOWER,
    low=0,
    high=1,
    best=0,
    unit="1",
    assumptions=f"Logarithm to base 2. {_ASSUMPTIONS}",
    source="Lin (1991); Endres and Schindelin (2003)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftCheck:
    """Counts the bins of all columns in one pass over each table."""

    spec: CheckSpec

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Two distances for each column that both tables have."""
        if subject.reference is None:
            for spec in self.spec.measures:
                yield subject.evidence(spec, ALL, Unmeasured(reason=NO_REFERENCE))
            return
        reference = subject.reference
        theirs = {item.name: item for item in reference.columns}
        columns = [item for item in data_columns(subject) if is_candidate(subject, item)]
        shared = [item for item in columns if item.name in theirs]
        alike = [item for item in shared if theirs[item.name].type == item.type]
        bins = _choose(reference, alike, subject.seed)
        known = [item for item in bins.values() if item is not None]
        before, now = (_counts(table, known) for table in (reference, subject.table))
        for item in columns:
            found = bins.get(item.name)
            if found is None:
                reason = _reason(item, theirs.get(item.name))
                for spec in self.spec.measures:
                    where = Slice.of({"column": item.name})
                    yield subject.evidence(spec, where, Unmeasured(reason=reason))
                continue
            yield from _compare(subject, found, before[item.name], now[item.name])


def _choose(reference: Table, columns: list[Column], seed: int) -> dict[str, Bins | None]:
    if not columns:
        return {}
    sample = reference.read([item.name for item in columns], sample=SAMPLE_ROWS, seed=seed)
    return {
        item.name: choose_bins(item, sample[item.name], cells=CELLS, categories=CATEGORIES)
        for item in columns
    }


def _counts(table: Table, bins: list[Bins]) -> dict[str, Counts]:
    if not bins:
        return {}
    (_, found), *_ = count_bins(table, bins)
    return {item.column.name: counts for item, counts in zip(bins, found, strict=True)}


def _reason(here: Column, there: Column | None) -> str:
    if there is None:
        return "the reference table does not have this column"
    if there.type != here.type:
        return f"the column holds {here.type} here and {there.type} in the reference table"
    return f"a column of type {here.type} is not cut into bins"


def _compare(subject: Subject, bins: Bins, before: Counts, now: Counts) -> Iterator[Evidence]:
    rows = (int(before.sum()), int(now.sum()))
    degrees = int(((before > 0) | (now > 0)).sum()) - 1
    chance = 1 / rows[0] + 1 / rows[1]
    where = Slice.of({"column": bins.column.name})
    index = float(population_stability_index(before, now))
    distance = float(jensen_shannon_distance(before, now))
    parameters: dict[str, JSON] = {
        "bins": bins.cells,
        "reference_rows": rows[0],
        "moved_most": _moved_most(bins, before, now),
    }
    if min(rows) < FEWEST:
        few = Unmeasured(reason=f"one of the tables has fewer than {FEWEST} rows", rows=rows[1])
        yield subject.evidence(INDEX, where, few, **parameters)
        yield subject.evidence(DISTANCE, where, few, **parameters)
        return
    limits = divergence_limits(
        index, degrees=degrees, per_chance=chance, confidence=subject.confidence
    )
    yield subject.evidence(
        INDEX,
        where,
        _measured(index, limits, rows[1], subject.confidence),
        expected_by_chance=degrees * chance,
        **parameters,
    )
    squared = chance / (8 * log(2))
    low, high = divergence_limits(
        distance**2, degrees=degrees, per_chance=squared, confidence=subject.confidence
    )
    yield subject.evidence(
        DISTANCE,
        where,
        _measured(distance, (sqrt(low), min(sqrt(high), 1.0)), rows[1], subject.confidence),
        expected_by_chance=sqrt(degrees * squared),
        **parameters,
    )


def _measured(value: float, limits: tuple[float, float], rows: int, confidence: float) -> Measured:
    return Measured(
        value=value,
        low=min(limits[0], value),
        high=max(limits[1], value),
        rows=rows,
        method="noncentral-chi-squared",
        confidence=confidence,
    )


def _moved_most(bins: Bins, before: Counts, now: Counts) -> str:
    """The bin whose share changed most, in words."""
    shares = before / before.sum(), now / now.sum()
    at = int(np.abs(shares[1] - shares[0]).argmax())
    return f"{bins.names[at]}: {shares[0][at]:.1%} -> {shares[1][at]:.1%}"


DRIFT = DriftCheck(
    spec=CheckSpec(
        slug="drift",
        version=1,
        pillar=PILLAR,
        title="Drift from the reference table",
        assumptions=_ASSUMPTIONS,
        source=f"{INDEX.source}; {DISTANCE.source}",
        measures=(INDEX, DISTANCE),
    )
)
