"""Exposure: which groups a ranking shows at its top, against how many and how relevant they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from roadworthy.checks.check import CheckSpec, Subject
from roadworthy.checks.fairness.measures import PILLAR
from roadworthy.checks.groups import NO_LABEL, group_families, on_every_slice, unmeasured
from roadworthy.checks.lists import list_parameters, of_queries
from roadworthy.data.ranking import MAX_GROUPS
from roadworthy.records.evidence import Direction, Evidence, Measured, MeasureSpec, Unmeasured
from roadworthy.records.slices import Slice
from roadworthy.records.versions import Task
from roadworthy.stats.query_means import QueryRatios, smallest_ratio
from roadworthy.stats.ranked_lists import Amount, GroupShares

SINGH = "Singh and Joachims (2018), Fairness of exposure in rankings"
GEYIK = "Geyik, Ambler and Kenthapadi (2019), Fairness-aware ranking in search & recommendation"
ASSUMED = (
    "queries are drawn independently; a place is seen with a chance in proportion to "
    "1 / log2(1 + place); rows that tie stand in any order with the same chance"
)
MERITED = f"{ASSUMED}; relevance is measured alike in every group"
NONE_SHOWN = "the group has no rows in any list"
NO_RELEVANCE = "no row of the group is relevant"


def _share(slug: str, title: str, plain: str, assumptions: str = ASSUMED) -> MeasureSpec:
    """A group's share of something."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.NEITHER,
        low=0,
        high=1,
        assumptions=assumptions,
        source=SINGH,
    )


def _ratio(
    slug: str,
    title: str,
    plain: str,
    *,
    across: bool,
    assumptions: str = ASSUMED,
    source: str = SINGH,
) -> MeasureSpec:
    """A share over another share of the group, or the lowest of those over the highest."""
    return MeasureSpec(
        slug=slug,
        pillar=PILLAR,
        title=title,
        plain=plain,
        direction=Direction.HIGHER if across else Direction.NEITHER,
        low=0,
        high=1 if across else None,
        best=1,
        assumptions=assumptions,
        source=source,
    )


EXPOSURE_SHARE = _share(
    "exposure-share",
    "Share of exposure",
    "Of all the attention that the lists give away, the share that goes to the group.",
)
RELEVANCE_SHARE = _share(
    "relevance-share",
    "Share of relevance",
    "Of all relevance in the lists, the share that lies in the group.",
    MERITED,
)
TOP_SHARE = _share(
    "top-10-share",
    "Share of the top ten",
    "Of the first ten places of the lists, the share that the group holds.",
)
EXPOSURE_PER_ROW = _ratio(
    "exposure-to-size-ratio",
    "Exposure for its size",
    "The group's share of attention over its share of the rows: below 1 it is shown less than its "
    "size alone would give it.",
    across=False,
)
EXPOSURE_PER_RELEVANCE = _ratio(
    "exposure-to-relevance-ratio",
    "Exposure for its relevance",
    "The group's share of attention over its share of relevance: below 1 it is shown less than it "
    "merits.",
    across=False,
    assumptions=MERITED,
)
TOP_PER_ROW = _ratio(
    "top-10-representation-ratio",
    "Place in the top ten for its size",
    "The group's share of the first ten places over its share of the rows.",
    across=False,
    source=GEYIK,
)
EXPOSURE_PARITY = _ratio(
    "exposure-parity-ratio",
    "Exposure for size, lowest over highest",
    "How much attention a case of the least shown group gets for each that one of the most shown "
    "gets.",
    across=True,
)
EXPOSURE_MERIT = _ratio(
    "exposure-merit-ratio",
    "Exposure for relevance, lowest over highest",
    "How much attention the least shown group gets for its relevance for each that the most shown "
    "gets for its own.",
    across=True,
    assumptions=MERITED,
)
TOP_PARITY = _ratio(
    "top-10-parity-ratio",
    "Top ten for size, lowest over highest",
    "How often a case of the least shown group is in the top ten for each time that one of the "
    "most shown is.",
    across=True,
    source=GEYIK,
)

LABELLED = (RELEVANCE_SHARE, EXPOSURE_PER_RELEVANCE, EXPOSURE_MERIT)
OF_GROUPS = (
    EXPOSURE_SHARE,
    RELEVANCE_SHARE,
    TOP_SHARE,
    EXPOSURE_PER_ROW,
    EXPOSURE_PER_RELEVANCE,
    TOP_PER_ROW,
)
ACROSS = {
    EXPOSURE_PARITY: EXPOSURE_PER_ROW,
    EXPOSURE_MERIT: EXPOSURE_PER_RELEVANCE,
    TOP_PARITY: TOP_PER_ROW,
}


class Exposure:
    """Whom the top of the lists shows."""

    spec: ClassVar = CheckSpec(
        slug="exposure",
        version=2,
        pillar=PILLAR,
        title="Exposure of groups in rankings",
        assumptions=f"{ASSUMED}; of a single list everything is a fact and nothing an estimate",
        source=SINGH,
        measures=(*OF_GROUPS, *ACROSS),
        tasks=(Task.RANKING,),
    )

    def measure(self, subject: Subject) -> Iterator[Evidence]:
        """Measure every group of every attribute and intersection, and compare them."""
        for attributes in filter(None, group_families(subject)):
            shares = subject.lists.shares.get(attributes)
            across = [Slice.across(attributes)]
            reason = _incomparable(subject, attributes, shares)
            if shares is None or reason is not None:
                groups = shares.slices if shares is not None else ()
                yield from unmeasured(subject, OF_GROUPS, groups, reason or "")
                yield from unmeasured(subject, ACROSS, across, reason or "")
                continue
            yield from _compared(subject, attributes, shares)


def _incomparable(
    subject: Subject, attributes: tuple[str, ...], shares: GroupShares | None
) -> str | None:
    """Why the rows of groups are not set against each other; None if they are."""
    if shares is None:
        return f"there are more than {MAX_GROUPS} groups by {' and '.join(attributes)}"
    return of_queries(subject, attributes) if len(shares.slices) > 1 else None


def _compared(
    subject: Subject, attributes: tuple[str, ...], shares: GroupShares
) -> Iterator[Evidence]:
    """What each group has, and the least over the most."""
    common = list_parameters(subject)
    for spec in OF_GROUPS:
        if spec in LABELLED and subject.roles.label is None:
            yield from unmeasured(subject, [spec], shares.slices, NO_LABEL)
            continue
        estimates = _ratios(subject, shares, spec).estimates(_reason(spec))
        yield from on_every_slice(subject, spec, shares.slices, estimates, common=common)
    across = Slice.across(attributes)
    for spec, of_groups in ACROSS.items():
        if spec in LABELLED and subject.roles.label is None:
            yield subject.evidence(spec, across, Unmeasured(reason=NO_LABEL))
        else:
            yield _across(subject, spec, across, shares, _ratios(subject, shares, of_groups))


def _ratios(subject: Subject, shares: GroupShares, spec: MeasureSpec) -> QueryRatios:
    """The shares of a measure, or their ratios."""
    above = {
        RELEVANCE_SHARE: Amount.WORTH,
        TOP_SHARE: Amount.SHOWN,
        TOP_PER_ROW: Amount.SHOWN,
    }.get(spec, Amount.EXPOSURE)
    below = {
        EXPOSURE_PER_ROW: Amount.SIZE,
        TOP_PER_ROW: Amount.SIZE,
        EXPOSURE_PER_RELEVANCE: Amount.WORTH,
    }.get(spec)
    return shares.ratios(above, below, subject.lists)


def _across(
    subject: Subject, spec: MeasureSpec, across: Slice, shown: GroupShares, ratios: QueryRatios
) -> Evidence:
    """The lowest value of a group over the highest."""
    rows = int(shown.rows.sum())
    undefined = [str(s) for s, v in zip(shown.slices, ratios.value, strict=True) if not v >= 0]
    reason = None
    if undefined:
        reason = f"{_reason(ACROSS[spec])} in {'; '.join(undefined[:3])}"
    elif len(shown.slices) == 1:
        reason = f"only one group occurs ({shown.slices[0]}), so there is nothing to compare"
    found = None if reason else smallest_ratio(ratios, subject.confidence)
    if reason is None and found is None:
        reason = "no group is shown at all, so there is no ratio"
    elif found is not None and not np.isfinite([found.low, found.high]).all():
        reason = "a group is never shown, or there are too few queries for an interval"
    if reason is not None or found is None:
        return subject.evidence(spec, across, Unmeasured(reason=reason or "", rows=rows))
    outcome = Measured(
        value=found.value,
        low=found.low,
        high=found.high,
        rows=rows,
        method=found.method,
        confidence=subject.confidence,
    )
    return subject.evidence(
        spec,
        across,
        outcome,
        groups=len(shown.slices),
        **list_parameters(subject),
        worst_group=str(shown.slices[found.lowest]),
        lowest_group=str(shown.slices[found.lowest]),
        lowest_value=float(ratios.value[found.lowest]),
        highest_group=str(shown.slices[found.highest]),
        highest_value=float(ratios.value[found.highest]),
    )


def _reason(spec: MeasureSpec) -> str:
    return NO_RELEVANCE if spec in LABELLED else NONE_SHOWN


EXPOSURE = Exposure()
