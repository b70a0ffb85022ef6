"""How often intervals hold the truth: exact where it can be enumerated, simulated elsewhere.

    python benchmarks/coverage.py > coverage.md

Run it with the Python that has Roadworthy and its test tools (SciPy). It prints Markdown tables of
coverage in per cent of nominal 95 % intervals. `--simulations` is 2,000 unless told otherwise; one
seed gives one answer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from roadworthy.stats import calibration, comparisons, intervals, multiplicity, proportions, ranking
from roadworthy.stats.comparisons import Contest
from roadworthy.stats.estimates import Estimates
from roadworthy.stats.grid import ScoreGrid
from roadworthy.stats.intervals import Interval
from roadworthy.stats.mid_p import mid_p
from roadworthy.stats.scorebins import ScoreBins

Floats = NDArray[np.float64]
Method = Callable[[Floats, float, float], Interval]

CONFIDENCE, SEED = 0.95, 7
SIZES = (30, 100, 300, 1_000, 10_000, 100_000)
RATES = (0.01, 0.02, 0.05, 0.1, 0.3, 0.5)
GRID = ScoreGrid()


# --- methods --------------------------------------------------------------------------------------


def clopper_pearson(share: Floats, trials: float, confidence: float) -> Interval:
    """The exact interval that never covers less than it says."""
    found, tail = share * trials, (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(found == 0, 0.0, beta.ppf(tail, found, trials - found + 1))
        high = np.where(found == trials, 1.0, beta.ppf(1 - tail, found + 1, trials - found))
    return Interval(low, high)


def percentile_bootstrap(share: Floats, trials: float, confidence: float) -> Interval:
    """The limit of infinitely many replicates: quantiles of a binomial at the estimate."""
    tail = (1 - confidence) / 2
    low, high = (binom.ppf(level, trials, share) / trials for level in (tail, 1 - tail))
    return Interval(low, high)


METHODS: dict[str, Method] = {
    "used": proportions.proportion,
    "wilson": intervals.wilson,
    "mid-p": mid_p,
    "clopper-pearson": clopper_pearson,
    "percentile bootstrap": percentile_bootstrap,
}


# --- exact ----------------------------------------------------------------------------------------


def exact_coverage(method: Method, trials: int, rate: float, confidence: float) -> float:
    """The coverage of a proportion's interval, summed over what can be found."""
    middle, reach = trials * rate, 12 * np.sqrt(trials * rate * (1 - rate)) + 20
    found = np.arange(max(0, int(middle - reach)), min(trials, int(middle + reach)) + 1)
    low, high = method(found / trials, trials, confidence)
    held = (low <= rate) & (rate <= high)
    return float(binom.pmf(found, trials, rate)[held].sum())


def simulated_coverage(
    method: Method, trials: int, rate: float, simulations: int, generator: np.random.Generator
) -> float:
    """The same by simulation, to check the one against the other."""
    found = generator.binomial(trials, rate, simulations)
    low, high = method(found / trials, trials, CONFIDENCE)
    return float(((low <= rate) & (rate <= high)).mean())


# --- simulated ------------------------------------------------------------------------------------


def gap_coverage(
    truth: Floats, rows: Floats, simulations: int, generator: np.random.Generator
) -> tuple[float, float]:
    """Coverage of the largest difference and of the smallest ratio."""
    gap, ratio = float(np.ptp(truth)), float(truth.min() / truth.max())
    held, ratios = 0, 0
    for found in generator.binomial(rows.astype(int), truth, (simulations, len(truth))):
        contest = Contest(
            estimates=Estimates(
                value=found / rows,
                rows=rows.astype(np.int64),
                bounds=lambda _: intervals.wilson(found / rows, rows, CONFIDENCE),  # noqa: B023
                method="wilson",
                reason="no row",
                trials=rows,
            ),
            members=np.arange(len(truth)),
        )
        largest = comparisons.largest_difference([contest], CONFIDENCE)
        smallest = comparisons.smallest_ratio([contest], CONFIDENCE)
        held += largest.low <= gap + 1e-12 and gap <= largest.high + 1e-12
        ratios += smallest is None or smallest.low - 1e-12 <= ratio <= smallest.high + 1e-12
    return held / simulations, ratios / simulations


def bootstrap_gap_coverage(
    truth: Floats, rows: Floats, simulations: int, generator: np.random.Generator
) -> tuple[float, float]:
    """Coverage of the largest difference by a cell bootstrap: percentile, and bias-aware."""
    gap, plain, mirrored = float(np.ptp(truth)), 0, 0
    for found in generator.binomial(rows.astype(int), truth, (simulations, len(truth))):
        value = float(np.ptp(found / rows))
        drawn = generator.binomial(rows.astype(int), found / rows, (400, len(truth))) / rows
        low, high = np.quantile(np.ptp(drawn, axis=1), [0.025, 0.975])
        plain += min(low, value) <= gap <= max(high, value)
        mirrored += max(0.0, 2 * value - high) <= gap <= 2 * value - low
    return plain / simulations, mirrored / simulations


def family_coverage(method: Method, groups: int, trials: int, rate: float) -> float:
    """The exact coverage of a whole family of groups alike, each at Sidak's confidence."""
    each = float(multiplicity.sidak(CONFIDENCE, groups))
    return exact_coverage(method, trials, rate, each) ** groups


def pair_coverage(
    rates: tuple[float, float], rows: tuple[int, int], simulations: int, gen: np.random.Generator
) -> tuple[float, float]:
    """Coverage of Newcombe's difference and Katz's ratio of two groups."""
    (p, q), (n, m) = rates, rows
    first, second = gen.binomial(n, p, simulations) / n, gen.binomial(m, q, simulations) / m
    low, high = intervals.newcombe(first, n, second, m, CONFIDENCE)
    apart = float(((low <= p - q) & (p - q <= high)).mean())
    with np.errstate(all="ignore"):
        low, high = intervals.katz(first, n, second, m, CONFIDENCE)
        known = second > 0
        share = float(((low <= p / q) & (p / q <= high))[known].mean())
    return apart, share


def weighted_coverage(
    rate: float, rows: int, spread: float, simulations: int, generator: np.random.Generator
) -> float:
    """Coverage of a rate with log-normal weights, by Kish's effective number of rows."""
    held = 0
    for _ in range(simulations):
        weight = generator.lognormal(0, spread, rows)
        total = weight.sum()
        share = weight[generator.random(rows) < rate].sum() / total
        low, high = proportions.proportion(share, total**2 / (weight**2).sum(), CONFIDENCE)
        held += bool(low <= rate <= high)
    return held / simulations


def scored(rows: int, samples: int, slope: float, generator: np.random.Generator) -> ScoreBins:
    """Samples of scored rows whose truth is a logistic function of the score's logit."""
    logit = 1.5 * generator.standard_normal((samples, rows)) - 0.5
    label = (generator.random((samples, rows)) < 1 / (1 + np.exp(-slope * logit))).astype(int)
    score = 1 / (1 + np.exp(-logit))
    sample = np.arange(samples)[:, None]
    cells = np.ravel_multi_index((sample, label, GRID.index(score)), (samples, 2, GRID.bins))
    shape, size = (samples, 2, GRID.bins), samples * 2 * GRID.bins
    weight = np.bincount(cells.ravel(), minlength=size).reshape(shape).astype(float)
    total = np.bincount(cells.ravel(), weights=score.ravel(), minlength=size).reshape(shape)
    counts = weight.sum(axis=2)
    return ScoreBins(
        low=GRID.edges[:-1],
        high=GRID.edges[1:],
        weight=weight,
        ranked=weight,
        rows=counts.astype(np.int64),
        score_sum=total,
        score_square_sum=np.stack([(score**2 * (label == k)).sum(axis=1) for k in (0, 1)], axis=1),
        effective=counts,
    )


SCORES: dict[str, Callable[[ScoreBins], Estimates]] = {
    "roc-auc": ranking.area_under_roc,
    "average-precision": ranking.average_precision,
    "expected-calibration-error": calibration.expected_calibration_error,
}


def score_coverage(
    rows: int, slope: float, simulations: int, generator: np.random.Generator
) -> list[float]:
    """Coverage of each measure of scores, in the order of SCORES."""
    truth = scored(1_000_000, 1, slope, generator)
    targets = [float(function(truth).value[0]) for function in SCORES.values()]
    held, seen = np.zeros(len(SCORES)), np.zeros(len(SCORES))
    step = max(1, min(simulations, 400, 200_000 // rows))
    for start in range(0, simulations, step):
        sample = scored(rows, min(step, simulations - start), slope, generator)
        for position, (function, target) in enumerate(zip(SCORES.values(), targets, strict=True)):
            low, high = function(sample).interval(CONFIDENCE)
            known = np.isfinite(low)
            held[position] += ((low <= target) & (target <= high))[known].sum()
            seen[position] += known.sum()
    return list(held / seen)


# --- tables ---------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; shares as per cent."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [f"{100 * item:.1f}" if isinstance(item, float) else str(item) for item in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def proportion_table(simulations: int, generator: np.random.Generator) -> str:
    """Every method on every size and rate; what is used also by simulation."""
    rows: list[list[object]] = []
    for name, method in METHODS.items():
        sizes = SIZES if name in {"used", "wilson"} else SIZES[:4]
        rows += [
            [name, f"{n:,}", *(exact_coverage(method, n, rate, CONFIDENCE) for rate in RATES)]
            for n in sizes
        ]
    rows += [
        [
            "used, simulated",
            f"{n:,}",
            *(simulated_coverage(METHODS["used"], n, r, simulations, generator) for r in RATES),
        ]
        for n in SIZES
    ]
    return table(["method", "rows", *(f"rate {rate:g}" for rate in RATES)], rows)


def family_table() -> str:
    """Families of groups alike, all of which must be covered."""
    rows = [
        [groups, n, name, *(family_coverage(METHODS[name], groups, n, r) for r in RATES)]
        for groups in (5, 10, 60)
        for n in (30, 100, 1_000)
        for name in ("used", "wilson", "clopper-pearson")
    ]
    return table(["groups", "rows each", "method", *(f"rate {r:g}" for r in RATES)], rows)


def pair_table(simulations: int, generator: np.random.Generator) -> str:
    """Differences and ratios of two groups."""
    rows = [
        [
            f"{n:,} and {m:,}",
            f"{p:g} and {q:g}",
            *pair_coverage((p, q), (n, m), simulations, generator),
        ]
        for n, m in ((30, 30), (30, 1_000), (100, 100), (1_000, 1_000), (100_000, 100_000))
        for p, q in ((0.01, 0.01), (0.05, 0.1), (0.3, 0.3), (0.3, 0.5))
    ]
    return table(["rows", "rates", "newcombe difference", "katz ratio"], rows)


def gap_table(simulations: int, generator: np.random.Generator) -> str:
    """Largest differences and smallest ratios, with what a bootstrap would do."""
    rows = []
    for groups in (2, 5, 10):
        for n in (100, 1_000):
            for low, high in ((0.02, 0.02), (0.3, 0.3), (0.3, 0.4)):
                truth, sizes = np.linspace(low, high, groups), np.full(groups, float(n))
                gap, ratio = gap_coverage(truth, sizes, simulations, generator)
                plain, mirrored = bootstrap_gap_coverage(truth, sizes, simulations // 4, generator)
                span = f"{low:g}" if low == high else f"{low:g} to {high:g}"
                rows.append([groups, f"{n:,}", span, gap, ratio, plain, mirrored])
    head = ["groups", "rows each", "rates", "difference", "ratio", "percentile", "bias-aware"]
    return table(head, rows)


def weighted_table(simulations: int, generator: np.random.Generator) -> str:
    """Rates with weights that vary a little and a lot."""
    rows = [
        [
            f"{n:,}",
            f"{spread:g}",
            *(weighted_coverage(r, n, spread, simulations, generator) for r in RATES),
        ]
        for n in (30, 100, 1_000)
        for spread in (0.5, 1.0)
    ]
    return table(["rows", "spread of log weights", *(f"rate {r:g}" for r in RATES)], rows)


def score_table(simulations: int, generator: np.random.Generator) -> str:
    """Measures of scores, calibrated and not."""
    rows = [
        [f"{n:,}", f"{slope:g}", *score_coverage(n, slope, simulations, generator)]
        for n in (30, 100, 1_000, 10_000)
        for slope in (1.0, 0.5)
    ]
    return table(["rows", "calibration slope", *SCORES], rows)


def main() -> int:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=2_000)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    parts = [
        ("Rates", lambda gen: proportion_table(given.simulations, gen)),
        ("Families of groups (exact)", lambda _: family_table()),
        ("Two groups", lambda gen: pair_table(given.simulations, gen)),
        ("Largest difference and smallest ratio", lambda gen: gap_table(given.simulations, gen)),
        ("Weighted rates", lambda gen: weighted_table(given.simulations, gen)),
        ("Scores", lambda gen: score_table(given.simulations, gen)),
    ]
    text = "\n\n".join(
        f"### {title}\n\n{make(np.random.default_rng(SEED))}" for title, make in parts
    )
    if given.out is None:
        sys.stdout.write(text + "\n")
    else:
        given.out.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
