"""`SliceQuestion`: what slices to search for, and the record of what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from roadworthy.data.engine import Table
from roadworthy.data.row_losses import Answers, RowLosses
from roadworthy.data.weak_slices import Searched, default_fewest, measured, weak_slices
from roadworthy.records.weak_slices import Detectable, SliceSearch
from roadworthy.stats.weak_slices import SearchPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceQuestion:
    """What to search for, and where.

    Attributes:
        answers: the columns of truth and answers.
        measure: in which measure slices are worst; None for the one that suits the answers.
        features: columns to search; all without another role if none is named.
        protected: columns to search as well, and to point out.
        leave_out: columns not to search.
        depth: conditions of a slice at most, 1 to 4.
        fewest: rows of a slice at least; None for 50, or one row in 200 if that is more.
        size_weight: how much a slice's size counts beside how bad it is, 0 to 1.
        top: slices to report at most.
        false_discovery_rate: the share of reported slices that may be there by chance.
        most_rows: rows to read at most.
        confidence: of the intervals.
        seed: of the choice of rows and of the halves.
    """

    answers: Answers
    measure: str | None = None
    features: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    depth: int = 3
    fewest: int | None = None
    size_weight: float = 0.5
    top: int = 10
    false_discovery_rate: float = 0.05
    most_rows: int = 1_000_000
    confidence: float = 0.95
    seed: int = 0

    def sample(self, table: Table) -> int | None:
        """How many rows of a table to read; None for all."""
        return self.most_rows if table.rows > self.most_rows else None

    def plan(self, losses: RowLosses) -> SearchPlan:
        """How to search rows with these losses."""
        return SearchPlan(
            depth=self.depth,
            fewest=self.fewest or default_fewest(int(losses.eligible.sum())),
            carried=2 * self.top,
            rate=self.false_discovery_rate,
            size_weight=self.size_weight,
            seed=self.seed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceOrigin:
    """Where a search was made, by whom and when, as its record tells it."""

    dataset_name: str
    dataset: str
    producer: str
    at: datetime
    model_name: str | None = None


def record_search(
    searched: Searched,
    question: SliceQuestion,
    origin: SliceOrigin,
    *,
    measure: str,
    rows: int,
    sampled: int,
) -> SliceSearch:
    """The record of a search.

    Args:
        searched: what was found.
        question: what was searched for.
        origin: where, by whom and when.
        measure: in which measure slices are worst.
        rows: rows of the table.
        sampled: rows that were read.
    """
    found, plan = searched.found, searched.plan
    return SliceSearch(
        dataset_name=origin.dataset_name,
        dataset=origin.dataset,
        model_name=origin.model_name,
        measure=measure,
        rows=rows,
        sampled=sampled,
        eligible=searched.rows.rows,
        whole=measured(found.whole, question.confidence),
        features=tuple(item.column.name for item in searched.features),
        left_out=searched.left_out,
        depth=plan.depth,
        fewest=plan.fewest,
        size_weight=plan.size_weight,
        false_discovery_rate=plan.rate,
        seed=plan.seed,
        looked_at=found.looked_at,
        tested=len(found.tested),
        slices=weak_slices(
            searched,
            confidence=question.confidence,
            top=question.top,
            protected=question.protected,
        ),
        detectable=tuple(Detectable(rows=item.rows, value=item.mean) for item in found.detectable),
        producer=origin.producer,
        at=origin.at,
    )
