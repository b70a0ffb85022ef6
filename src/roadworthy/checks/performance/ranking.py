"""Ranking: whether the relevant rows of each query stand at its top."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import isfinite
from typing import ClassVar

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.groups import families_of, on_every_slice, unmeasured
from roadworthy.checks.lists import no_quality, of_rows
from roadworthy.checks.performance.measures import PILLAR
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec
from roadworthy.records.record import JSON
from roadworthy.records.slices import ALL
from roadworthy.records.versions import Task
from roadworthy.stats import ranked_lists
from roadworthy.stats.intervals import Floats
from roadworthy.stats.ranked_lists import Sums

JARVELIN = "Järvelin and Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques"
MANNING = "Manning, Raghavan and Schütze (2008), Introduction to information retrieval, chapter 8"
ASSUMED = (
    "queries are drawn independently, and each counts the same or by its weight; rows that tie "
    "stand in any order with the same chance"
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

MEASURES: Mapping[MeasureSpec, Callable[[Sums], Floats]] = {
    NDCG_AT_10: ranked_lists.ndcg_at_top,
    NDCG: ranked_lists.ndcg,
    AVERAGE: ranked_lists.average_precision,
    RECIPROCAL: ranked_lists.reciprocal_rank,
    PRECISION: ranked_lists.precision_at_top,
    RECALL: ranked_lists.recall_at_top,
}


class Ranking:
    """Whether relevant rows stand at the top."""

    spec: ClassVar = CheckSpec(
        slug="ranking",
        version=2,
        pillar=PILLAR,
        title="Quality of rankings",
        assumptions=f"{ASSUMED}; `rows` of the evidence are queries; groups are of queries",
        source=MANNING,
        measures=tuple(MEASURES),
        tasks=(Task.RANKING,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Average over the queries in which something can be found: all, and those of groups."""
        quality = None if (reason := no_quality(subject)) else subject.lists.quality
        if quality is None:
            yield from unmeasured(subject, MEASURES, [ALL], reason or "")
            return
        families = families_of(quality.slices)
        obstacles = {family.attributes: of_rows(subject, family.attributes) for family in families}
        for spec, function in MEASURES.items():
            moments = quality.of(function)
            worth: dict[str, list[JSON]] = {}
            if subject.roles.weight is not None:
                effective = moments.effective.round(6).tolist()
                worth["effective_queries"] = [n if isfinite(n) else None for n in effective]
            estimates = moments.mean(NOTHING, alone=subject.lists.queries == 1)
            whole = on_every_slice(subject, spec, quality.slices, estimates, parameters=worth)
            for item, known in zip(whole, moments.queries.tolist(), strict=True):
                obstacle = obstacles[item.slice.attributes]
                if obstacle is not None:
                    yield from unmeasured(subject, [spec], [item.slice], obstacle)
                elif item.slice.terms:
                    yield item
                else:
                    yield _of_all(item, subject, known)


def _of_all(item: Evidence, subject: Subject, known: int) -> Evidence:
    """The evidence about all queries, with what was left out of it."""
    lists = subject.lists
    counts: dict[str, JSON] = {
        "queries": lists.queries,
        "queries_without_relevant": lists.queries - known,
        "rows_left_out": lists.left_out,
    }
    return replace(item, parameters={**item.parameters, **counts})


RANKING = Ranking()
