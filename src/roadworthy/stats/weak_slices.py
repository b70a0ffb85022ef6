"""The slices where a loss is surely worse: found in one half of the rows, judged on the other.

The search looks at very many slices, so the worst it finds look worse than they are. What is said
about them comes from rows that the search has not seen: there, a handful of slices is tested, the
false discovery rate among those reported is held, and their intervals make up for being chosen.

Sources: Chung et al. (2019), Slice Finder, for testing slices with the false discovery rate held;
Cox (1975) for finding in one half and testing in the other; Benjamini and Hochberg (1995).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from roadworthy.stats import intervals
from roadworthy.stats.intervals import Interval
from roadworthy.stats.multiplicity import benjamini_hochberg
from roadworthy.stats.slice_choice import Aim, choose
from roadworthy.stats.slice_search import CodedRows, Conditions, search
from roadworthy.stats.slice_tests import detectable, fisher_greater, welch_greater

UNKNOWN = 50.0
"""Half-widths on the logarithmic scale from which on a mean is as good as unknown."""

FLOOR = 2.0
"""Standard errors above the mean below which a slice is of no interest even before it is tested."""

KNOWN_AGAIN = 6.0
"""Standard errors above the mean from which on a slice of two or three conditions, perhaps of
several bins, is put together from its parts and held apart from chance; found by simulation."""

SIZES = (2, 8, 32)
"""Multiples of the smallest slice for which it is said what would have been found; one of just the
fewest rows may have too few of them in a half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """How to search.

    Attributes:
        depth: conditions of a slice at most.
        fewest: rows of a slice at least, in both halves together.
        carried: how many slices are tested at most.
        rate: the false discovery rate among the slices reported.
        overlap: the share of rows in common (Jaccard) from which on two slices count as one.
        size_weight: how much a slice's size counts beside how bad it is, in [0, 1].
        seed: of the halves.
    """

    depth: int = 3
    fewest: int = 50
    carried: int = 20
    rate: float = 0.05
    overlap: float = 0.5
    size_weight: float = 0.5
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The losses of some rows: how many, their total, and the total of their squares."""

    rows: int
    total: float
    squares: float
    is_binary: bool

    @classmethod
    def of(cls, loss: intervals.Floats, *, is_binary: bool) -> Part:
        """Some rows' losses, shape (rows,)."""
        return cls(
            rows=len(loss),
            total=float(loss.sum()),
            squares=float(loss @ loss),
            is_binary=is_binary,
        )

    @property
    def mean(self) -> float:
        """The mean loss; NaN of no rows."""
        return self.total / self.rows if self.rows else float("nan")

    @property
    def variance(self) -> float:
        """The variance in the sample; 0 of fewer than two rows."""
        left = self.squares - self.rows * self.mean**2 if self.rows > 1 else 0.0
        return max(left, 0.0) / max(self.rows - 1, 1)

    def interval(self, confidence: float) -> Interval:
        """Limits of the mean: Wilson's for a share; for losses of other sizes, Student's.

        Such losses are skewed: few are large, and a sample without them looks better than it is. So
        the upper limit is Student's on the logarithmic scale, and the lower one, which the plain
        scale puts lower, is not below 0.
        """
        if self.is_binary:
            return intervals.wilson(self.mean, self.rows, confidence)
        half = intervals.student(confidence, self.rows - 1) * np.sqrt(
            self.variance / max(self.rows, 1)
        )
        if not self.mean:
            return Interval(np.zeros(()), np.asarray(half))
        high = self.mean * np.exp(np.minimum(half / self.mean, UNKNOWN))
        return Interval(np.maximum(self.mean - half, 0.0), np.asarray(high))


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSlice:
    """A slice, with what the rows that the search has not seen say about it.

    Attributes:
        conditions: what its rows have in common.
        part: its rows.
        rest: all other rows.
        p_value: how probable so large a difference is if the slice is no worse than the rest, or is
            so only through rows of a slice before it.
        adjusted: the p-value with the number of slices tested taken into account.
    """

    conditions: Conditions
    part: Part
    rest: Part
    p_value: float
    adjusted: float

    @property
    def share_of_rows(self) -> float:
        """The slice's rows among all."""
        return self.part.rows / (self.part.rows + self.rest.rows)

    @property
    def share_of_loss(self) -> float:
        """The slice's loss in the loss of all rows; 0 if there is none."""
        whole = self.part.total + self.rest.total
        return self.part.total / whole if whole else 0.0

    def ratio(self, confidence: float) -> Interval:
        """Limits of the slice's mean as a multiple of the rest's (MOVER-R)."""
        return intervals.ratio(
            self.part.mean,
            self.part.interval(confidence),
            self.rest.mean,
            self.rest.interval(confidence),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """A slice with so many rows would be found, four times in five, from this mean loss on."""

    rows: int
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found.

    Attributes:
        whole: all rows kept for judging.
        searched: rows that were searched.
        looked_at: slices that were counted and have enough rows.
        tested: slices carried over to the other half, in the order in which the search chose them.
        inside: rows kept for judging that are in a slice worse than the rest, at the plan's rate.
        detectable: what would have been found.
    """

    whole: Part
    searched: int
    looked_at: int
    tested: tuple[JudgedSlice, ...]
    inside: Part
    detectable: tuple[Detectable, ...]

    def worse(self, rate: float) -> tuple[JudgedSlice, ...]:
        """The slices that are worse than the rest, with the false discovery rate held."""
        return tuple(item for item in self.tested if item.adjusted <= rate)


def find_weak_slices(rows: CodedRows, plan: SearchPlan) -> Found:
    """Search one half of the rows, and judge on the other."""
    order = np.random.default_rng(plan.seed).permutation(rows.rows)
    middle = rows.rows // 2
    first, second = rows.take(np.sort(order[:middle])), rows.take(np.sort(order[middle:]))
    fewest = max(plan.fewest // 2, 1)
    candidates = search(first, depth=plan.depth, fewest=fewest, floor=FLOOR)
    aim = Aim(
        depth=plan.depth,
        fewest=fewest,
        floor=FLOOR,
        size_weight=plan.size_weight,
        overlap=plan.overlap,
    )
    chosen = choose(first, candidates, aim, most=plan.carried)
    tested = _test(second, chosen)
    adjusted = benjamini_hochberg([p for _, _, _, p in tested]).tolist()
    weak = np.zeros(second.rows, np.bool_)
    for (conditions, *_), after in zip(tested, adjusted, strict=True):
        if after <= plan.rate:
            weak |= second.matching(conditions)
    return Found(
        whole=Part.of(second.loss, is_binary=rows.is_binary),
        searched=first.rows,
        looked_at=candidates.looked_at,
        tested=tuple(
            JudgedSlice(conditions=conditions, part=part, rest=rest, p_value=p, adjusted=after)
            for (conditions, part, rest, p), after in zip(tested, adjusted, strict=True)
        ),
        inside=_part(second, weak),
        detectable=_detectable(first, plan, candidates.looked_at),
    )


def _test(
    rows: CodedRows, chosen: tuple[Conditions, ...]
) -> list[tuple[Conditions, Part, Part, float]]:
    """Each slice with its rows, the rest and a p-value.

    It must be worse than the rest, and still be so among the rows that no slice before it holds:
    the larger of both p-values counts.
    """
    free = np.ones(rows.rows, np.bool_)
    found = []
    for conditions in chosen:
        inside = rows.matching(conditions)
        part, rest = _part(rows, inside), _part(rows, ~inside)
        beyond = _p_value(_part(rows, inside & free), _part(rows, ~inside & free))
        found.append((conditions, part, rest, max(_p_value(part, rest), beyond)))
        free &= ~inside
    return found


def _part(rows: CodedRows, chosen: NDArray[np.bool_]) -> Part:
    return Part.of(rows.loss[chosen], is_binary=rows.is_binary)


def _p_value(part: Part, rest: Part) -> float:
    """One-sided; 1 where either side has too few rows to say anything."""
    if part.is_binary:
        errors = round(part.total)
        return fisher_greater(errors, part.rows, errors + round(rest.total), part.rows + rest.rows)
    if min(part.rows, rest.rows) < 2:  # noqa: PLR2004 - a variance takes two
        return 1.0
    return welch_greater(part.mean, part.variance, part.rows, rest.mean, rest.variance, rest.rows)


def _detectable(rows: CodedRows, plan: SearchPlan, looked_at: int) -> tuple[Detectable, ...]:
    """For a few sizes, the mean loss that both halves would notice; none beyond what is possible.

    To be carried over, a slice must stand out from the highest scores that chance gives to as many
    slices as were looked at.
    """
    chance = NormalDist().inv_cdf(1.0 - min(plan.carried / max(looked_at, 1), 0.5))
    found = []
    for times in SIZES:
        size = plan.fewest * times
        mean = detectable(
            mean=rows.mean,
            spread=rows.spread,
            rows=size // 2,
            tested=plan.carried,
            rate=plan.rate,
            floor=max(KNOWN_AGAIN, chance),
        )
        if size < rows.rows and mean <= rows.largest:
            found.append(Detectable(rows=size, mean=mean))
    return tuple(found)
