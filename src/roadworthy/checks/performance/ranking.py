"""Ranking: whether the relevant rows of each query stand at its top."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import ClassVar

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import NO_LABEL
from roadworthy.checks.performance.measures import PILLAR
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec, Unmeasured
from roadworthy.records.slices import ALL
from roadworthy.records.versions import Task
from roadworthy.stats import ranked_lists
from roadworthy.stats.intervals import Floats
from roadworthy.stats.query_means import mean_over_queries
from roadworthy.stats.ranked_lists import RankedLists

TOP = 10
"""How many places count as the top."""

JARVELIN = "Järvelin and Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques"
MANNING = "Manning, Raghavan and Schütze (2008), Introduction to information retrieval, chapter 8"
ASSUMED = (
    "queries are drawn independently, and each counts the same; rows that tie stand in any order "
    "with the same chance"
)
NOTHING = "no query has a relevant row"


def _measure(slug: str, title: str, plain: str, source: str = MANNING) -> MeasureSpec:
    """A quality of lists from 0 to 1."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.HIGHER,
        low=0,
        high=1,
        best=1,
        assumptions=ASSUMED,
        source=source,
    )


NDCG = _measure(
    "ndcg",
    "NDCG",
    "How near each list is to the best order of its rows, high places counting for more.",
    JARVELIN,
)
NDCG_AT_10 = _measure(
    "ndcg-at-10",
    "NDCG of the top ten",
    "How near the first ten of each list are to the best ten, high places counting for more.",
    JARVELIN,
)
RECIPROCAL = _measure(
    "mean-reciprocal-rank",
    "Mean reciprocal rank",
    "One over the place of the first relevant row, on average: 1 if it always comes first.",
)
PRECISION = _measure(
    "precision-at-10",
    "Precision of the top ten",
    "Of the first ten places of a list, the share that hold relevant rows.",
)
RECALL = _measure(
    "recall-at-10",
    "Recall of the top ten",
    "Of the relevant rows of a list, the share that stand among its first ten.",
)
AVERAGE = _measure(
    "mean-average-precision",
    "Mean average precision",
    "The share of relevant rows down to each relevant row, averaged over those and over queries.",
)

MEASURES: Mapping[MeasureSpec, Callable[[RankedLists], Floats]] = {
    NDCG_AT_10: partial(ranked_lists.ndcg, k=TOP),
    NDCG: ranked_lists.ndcg,
    AVERAGE: ranked_lists.average_precision,
    RECIPROCAL: ranked_lists.reciprocal_rank,
    PRECISION: partial(ranked_lists.precision, k=TOP),
    RECALL: partial(ranked_lists.recall, k=TOP),
}


class Ranking:
    """Whether relevant rows stand at the top."""

    spec: ClassVar = CheckSpec(
        slug="ranking",
        version=1,
        pillar=PILLAR,
        title="Quality of rankings",
        assumptions=f"{ASSUMED}; `rows` of the evidence are queries",
        source=MANNING,
        measures=tuple(MEASURES),
        tasks=(Task.RANKING,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure each query, and average over those in which something can be found."""
        if subject.roles.label is None:
            for spec in MEASURES:
                yield subject.evidence(spec, ALL, Unmeasured(reason=NO_LABEL))
            return
        lists = subject.lists
        for spec, function in MEASURES.items():
            values = function(lists)
            estimates = mean_over_queries(values, NOTHING)
            (outcome,) = estimates.outcomes(subject.confidence)
            yield subject.evidence(
                spec,
                ALL,
                outcome,
                queries=lists.queries,
                queries_without_relevant=lists.queries - int(estimates.rows[0]),
                rows_left_out=lists.left_out,
            )


RANKING = Ranking()
