"""How predictions are spread in groups: gaps of quantiles, distances of distributions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from roadworthy.checks.across import Compared, Kind, Round, compare, obstacle
from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness import measures
from roadworthy.checks.fairness import regression_measures as named
from roadworthy.checks.groups import (
    Family,
    comparisons_of,
    families_of,
    group_families,
    unmeasured,
)
from roadworthy.checks.numbers import lacking_numbers
from roadworthy.records.evidence import Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.record import JSON
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats.regression_distances import (
    Distance,
    largest_kolmogorov_smirnov,
    largest_wasserstein,
)
from roadworthy.stats.regression_quantiles import (
    Distribution,
    bin_bound,
    distribution,
    quantile,
)
from roadworthy.stats.regression_tally import Binned, RegressionTable

QUANTILES = {
    named.PREDICTION_P10_GAP: 0.1,
    named.PREDICTION_P50_GAP: 0.5,
    named.PREDICTION_P90_GAP: 0.9,
}
DISTANCES = (named.PREDICTION_KS, named.PREDICTION_WASSERSTEIN)


class PredictionDistributions:
    """How differently the predictions of groups are spread, whether right or wrong."""

    spec: ClassVar = CheckSpec(
        slug="prediction-distributions",
        version=1,
        pillar=measures.PILLAR,
        title="Differences in how predictions are spread",
        assumptions="distances of samples are larger than those of populations; the intervals "
        "allow for it, and their lower limit is 0 where chance alone could make the distance; "
        "`bin_bound` says how far binning can have moved a value",
        source=named.CHZHEN,
        measures=(*QUANTILES, *DISTANCES),
        tasks=(Task.REGRESSION,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute and of every intersection."""
        reason = lacking_numbers(subject, prediction=True)
        if reason is not None:
            yield from unmeasured(
                subject, (*QUANTILES, *DISTANCES), comparisons_of(subject), reason
            )
            return
        for attributes in filter(None, group_families(subject)):
            table = subject.errors.slices([attributes], histograms=True)
            (family,) = families_of(table.slices)
            found = distribution(table, Binned.PREDICTION)
            for spec, q in QUANTILES.items():
                compared = Compared(name=f"prediction-p{q * 100:.0f}", estimates=quantile(found, q))
                (item,) = compare(
                    subject,
                    spec,
                    kind=Kind.DIFFERENCE,
                    slices=table.slices,
                    families=[family],
                    compared=[compared],
                )
                reach: dict[str, JSON] = {}
                if isinstance(item.outcome, Measured):
                    reach["bin_bound"] = float(2 * bin_bound(found, q).max())
                yield subject.evidence(spec, item.slice, item.outcome, **item.parameters, **reach)
            yield from _distances(subject, table, family, found)


def _distances(
    subject: Subject, table: RegressionTable, family: Family, found: Distribution
) -> Iterator[Evidence]:
    across = Slice.across(family.attributes)
    rows = int(found.rows.sum())
    compared = Compared(name="prediction", estimates=quantile(found, 0.5))
    reason = obstacle(table.slices, [Round(compared=compared, members=family.members)])
    for spec in DISTANCES:
        if reason is not None:
            yield subject.evidence(spec, across, Unmeasured(reason=reason, rows=rows))
            continue
        distance = (
            largest_kolmogorov_smirnov(found, family.members, subject.confidence)
            if spec is named.PREDICTION_KS
            else largest_wasserstein(
                found, family.members, subject.confidence, np.random.default_rng(subject.seed)
            )
        )
        yield _distance(subject, spec, table, family, distance, rows)


def _distance(
    subject: Subject,
    spec: MeasureSpec,
    table: RegressionTable,
    family: Family,
    distance: Distance,
    rows: int,
) -> Evidence:
    across = Slice.across(family.attributes)
    if not np.isfinite([distance.value, distance.low, distance.high]).all():
        few = "a group has fewer than 100 (effective) rows, too few to resample"
        return subject.evidence(spec, across, Unmeasured(reason=few, rows=rows))
    outcome = Measured(
        value=distance.value,
        low=distance.low,
        high=distance.high,
        rows=rows,
        method=distance.method,
        confidence=subject.confidence,
    )
    return subject.evidence(
        spec,
        across,
        outcome,
        groups=len(family.members),
        bin_bound=distance.bin_bound,
        first_group=str(table.slices[distance.first]),
        second_group=str(table.slices[distance.second]),
        worst_group=str(table.slices[distance.first]),
    )


PREDICTION_DISTRIBUTIONS = PredictionDistributions()
