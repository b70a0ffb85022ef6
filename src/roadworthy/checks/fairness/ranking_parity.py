"""Ranking parity: how far apart groups of queries are in how good their lists are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from roadworthy.checks.across import Compared, Kind, compare
from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness.measures import PILLAR
from roadworthy.checks.groups import comparisons_of, families_of, unmeasured
from roadworthy.checks.lists import no_quality, of_rows
from roadworthy.records.evidence import Direction, Evidence, MeasureSpec
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats import ranked_lists
from roadworthy.stats.intervals import Floats
from roadworthy.stats.ranked_lists import Sums

EKSTRAND = (
    "Ekstrand et al. (2018), All the cool kids, how do they fit in? Popularity and demographic "
    "biases in recommender evaluation and effectiveness"
)
ASSUMED = (
    "queries are drawn independently, and each is of one group; intervals hold for all pairs of "
    "groups together"
)
NOTHING = "no query has a relevant row"


def _difference(slug: str, title: str, plain: str) -> MeasureSpec:
    """The largest difference between two groups of queries: 0 if all are served alike."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.LOWER,
        low=0,
        high=1,
        best=0,
        assumptions=ASSUMED,
        source=EKSTRAND,
    )


COMPARED: Mapping[MeasureSpec, tuple[str, Callable[[Sums], Floats]]] = {
    _difference(
        "ndcg-at-10-difference",
        "Gap in NDCG of the top ten",
        "How much nearer to their best order the first ten are for one group's queries than for "
        "another's.",
    ): ("ndcg-at-10", ranked_lists.ndcg_at_top),
    _difference(
        "ndcg-difference",
        "Gap in NDCG",
        "How much nearer to their best order the lists of one group are than those of another.",
    ): ("ndcg", ranked_lists.ndcg),
    _difference(
        "mean-average-precision-difference",
        "Gap in mean average precision",
        "How far apart the average precisions of the lists of two groups are at most.",
    ): ("mean-average-precision", ranked_lists.average_precision),
    _difference(
        "mean-reciprocal-rank-difference",
        "Gap in mean reciprocal rank",
        "How much sooner the first relevant row comes for one group than for another.",
    ): ("mean-reciprocal-rank", ranked_lists.reciprocal_rank),
    _difference(
        "precision-at-10-difference",
        "Gap in precision of the top ten",
        "How far apart two groups are in the share of the first ten places that are relevant.",
    ): ("precision-at-10", ranked_lists.precision_at_top),
    _difference(
        "recall-at-10-difference",
        "Gap in recall of the top ten",
        "How far apart two groups are in the share of relevant rows that are in the first ten.",
    ): ("recall-at-10", ranked_lists.recall_at_top),
}


class RankingParity:
    """How far apart groups of queries are in what they are served."""

    spec: ClassVar = CheckSpec(
        slug="ranking-parity",
        version=1,
        pillar=PILLAR,
        title="Differences between groups of queries in the quality of lists",
        assumptions=f"{ASSUMED}; `rows` of the evidence are queries",
        source=EKSTRAND,
        measures=tuple(COMPARED),
        tasks=(Task.RANKING,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Compare the groups of every attribute and intersection that lists belong to."""
        quality = None if (reason := no_quality(subject)) else subject.lists.quality
        if quality is None:
            yield from unmeasured(subject, COMPARED, comparisons_of(subject), reason or "")
            return
        for family in families_of(quality.slices):
            if not family.attributes:
                continue
            obstacle = of_rows(subject, family.attributes)
            if obstacle is not None:
                across = [Slice.across(family.attributes)]
                yield from unmeasured(subject, COMPARED, across, obstacle)
                continue
            for spec, (name, function) in COMPARED.items():
                estimates = quality.of(function).mean(NOTHING, alone=subject.lists.queries == 1)
                yield from compare(
                    subject,
                    spec,
                    kind=Kind.DIFFERENCE,
                    slices=quality.slices,
                    families=[family],
                    compared=[Compared(name=name, estimates=estimates)],
                )


RANKING_PARITY = RankingParity()
