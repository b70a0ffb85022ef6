"""How often the intervals of drift hold the truth, found by assessing simulated tables.

    python benchmarks/drift_coverage.py > drift_coverage.md

Run it with the Python that has Roadworthy and its test tools (SciPy). Each column of two tables is
drawn anew from the same two laws, so one assessment tries as many samples as it has columns. It
prints Markdown tables of coverage in per cent of nominal 95 % intervals; one seed gives one answer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.stats import lognorm, norm, poisson, t

import roadworthy as rw
from roadworthy.records.evidence import Measured
from roadworthy.stats.distances import (
    hellinger_distance,
    jensen_shannon_distance,
    population_stability_index,
    total_variation,
)

SEED, COLUMNS = 7, 250
ROWS = ((100, 100), (100, 10_000), (1_000, 1_000), (10_000, 10_000))

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Laws:
    """Two populations and the true distances between them.

    Attributes:
        name: in the table.
        before: draws rows of the reference.
        now: draws rows of the table.
        truth: the distance by measure.
    """

    name: str
    before: Draw
    now: Draw
    truth: Mapping[str, float]


def of_categories(name: str, before: list[float], now: list[float]) -> Laws:
    """Categories with these shares."""
    p, q = np.array(before), np.array(now)
    return Laws(
        name=name,
        before=lambda rng, rows: rng.choice(len(p), rows, p=p).astype(float),
        now=lambda rng, rows: rng.choice(len(q), rows, p=q).astype(float),
        truth={
            "population-stability-index": float(population_stability_index(p, q)),
            "jensen-shannon-distance": float(jensen_shannon_distance(p, q)),
            "hellinger-distance": float(hellinger_distance(p, q)),
            "total-variation-distance": float(total_variation(p, q)),
        },
    )


def of_numbers(name: str, before: Draw, now: Draw, gap: float, area: float) -> Laws:
    """Numbers with this largest gap between the cumulative shares, and this area."""
    truth = {"kolmogorov-smirnov-distance": gap, "wasserstein-distance": area}
    return Laws(name=name, before=before, now=now, truth=truth)


def all_laws() -> Iterator[Laws]:
    """Equal and unequal ones: balanced, skewed and rare categories; light and heavy tails."""
    fifth = [0.2] * 5
    yield of_categories("5 equal categories", fifth, fifth)
    yield of_categories("5, a tenth moved", fifth, [0.3, 0.2, 0.2, 0.2, 0.1])
    yield of_categories("5, half moved", fifth, [0.7, 0.1, 0.1, 0.05, 0.05])
    yield of_categories("3, rare", [0.9, 0.08, 0.02], [0.9, 0.08, 0.02])
    yield of_categories("3, rare doubled", [0.9, 0.08, 0.02], [0.8, 0.16, 0.04])
    tenth = [0.1] * 10
    yield of_categories("10 equal categories", tenth, tenth)
    for shift in (0.0, 0.2, 1.0):
        yield of_numbers(
            f"normal, moved by {shift:g}",
            lambda rng, rows: rng.normal(0, 1, rows),
            lambda rng, rows, shift=shift: rng.normal(shift, 1, rows),
            float(2 * norm.cdf(shift / 2) - 1),
            shift,
        )
    for shift in (0.0, 0.5):
        yield of_numbers(
            f"t with 3 degrees, moved by {shift:g}",
            lambda rng, rows: rng.standard_t(3, rows),
            lambda rng, rows, shift=shift: rng.standard_t(3, rows) + shift,
            float(2 * t(3).cdf(shift / 2) - 1),
            shift,
        )
    for factor in (1.0, 1.5):
        middle = np.log(factor) / 2
        yield of_numbers(
            f"lognormal, times {factor:g}",
            lambda rng, rows: rng.lognormal(0, 1, rows),
            lambda rng, rows, factor=factor: factor * rng.lognormal(0, 1, rows),
            float(2 * norm.cdf(middle) - 1),
            (factor - 1) * float(lognorm(1).mean()),
        )
    counts = np.arange(60)
    yield of_numbers(
        "Poisson, 5 and 6",
        lambda rng, rows: rng.poisson(5, rows).astype(float),
        lambda rng, rows: rng.poisson(6, rows).astype(float),
        float(np.abs(poisson(5).cdf(counts) - poisson(6).cdf(counts)).max()),
        1.0,
    )


def coverage(laws: Laws, rows: tuple[int, int], batches: int, seed: int) -> dict[str, float]:
    """The share of columns whose interval holds the true distance, by measure."""
    rng = np.random.default_rng(seed)
    held = dict.fromkeys(laws.truth, 0)
    for _ in range(batches):
        names = [f"x{place}" for place in range(COLUMNS)]
        before = pa.table({name: laws.before(rng, rows[0]) for name in names})
        now = pa.table({name: laws.now(rng, rows[1]) for name in names})
        found = rw.assess(now, reference=before, checks=["drift"])
        for item in found.record.evidence:
            outcome = item.outcome
            if item.measure in held and item.slice.terms and isinstance(outcome, Measured):
                held[item.measure] += outcome.low <= laws.truth[item.measure] <= outcome.high
    return {measure: 100 * count / (batches * COLUMNS) for measure, count in held.items()}


def main() -> int:
    """Print one table for categories and one for numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=4, help=f"of {COLUMNS} samples")
    given = parser.parse_args()
    kinds: dict[tuple[str, ...], list[str]] = {}
    for laws in all_laws():
        for rows in ROWS:
            found = coverage(laws, rows, given.batches, SEED)
            cells = " | ".join(f"{value:.1f}" for value in found.values())
            line = f"| {laws.name} | {rows[0]:,} and {rows[1]:,} | {cells} |"
            kinds.setdefault(tuple(found), []).append(line)
    for measures, lines in kinds.items():
        head = " | ".join(["populations", "rows", *measures])
        rule = "---|" * (len(measures) + 2)
        sys.stdout.write(f"| {head} |\n|{rule}\n" + "\n".join(lines) + "\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
