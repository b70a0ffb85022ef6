"""`SliceSearch`: the subpopulations where a measure is worst, as one search found them.

What is said about a slice comes from rows that the search had not seen, so that the worst of very
many slices does not look worse than it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from roadworthy.records.evidence import Measured
from roadworthy.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceCondition(Record):
    """What the rows of a slice have in common in one column.

    `text` says it in plain words (`age is 25 to 44`), `where` in SQL.
    """

    attribute: str
    text: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakSlice(Record):
    """A slice that is worse than the rest.

    Attributes:
        conditions: all of them hold.
        rows: rows of the slice among all that were read and to which the measure applies.
        outcome: the measure on the slice's rows that the search had not seen.
        rest: the measure on all other such rows.
        share_of_rows: the slice's share of rows, in [0, 1].
        share_of_loss: its share of all errors, or of the whole loss, in [0, 1].
        p_value: how probable so large a difference would be by chance, with the number of slices
            tested taken into account, in [0, 1].
        protected: the protected columns that its conditions name.
    """

    conditions: tuple[SliceCondition, ...]
    rows: int
    outcome: Measured
    rest: Measured
    share_of_rows: float
    share_of_loss: float
    p_value: float
    protected: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " and ".join(condition.text for condition in self.conditions)

    @property
    def where(self) -> str:
        """The slice's rows, as a condition in SQL."""
        return " AND ".join(condition.where for condition in self.conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut(Record):
    """A column that was not searched, and why."""

    attribute: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable(Record):
    """A slice of so many rows would be found, four times in five, from this value on."""

    rows: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSearch(Record):
    """One search for the slices where a measure is worst.

    Attributes:
        dataset_name: what the data is called.
        dataset: the digest of the data.
        model_name: what scored the rows, if a model was given.
        measure: the measure's name, such as `error-rate`; higher is worse.
        rows: rows of the table.
        sampled: rows that were read; all, unless there are too many.
        eligible: rows of them to which the measure applies.
        whole: the measure on all rows that the search had not seen.
        features: the columns that were searched.
        left_out: the columns that were not.
        depth: conditions of a slice at most.
        fewest: rows of a slice at least.
        size_weight: how much a slice's size counted beside how bad it is, in [0, 1].
        false_discovery_rate: the share of slices reported that may be there by chance, at most, on
            average over many searches.
        seed: of the choice of rows and of the halves.
        looked_at: slices counted in the half that was searched.
        tested: slices judged on the other half.
        slices: those that are worse than the rest, the one that stands out most first.
        detectable: what would have been found.
        producer: who measured.
        at: when.
    """

    schema: ClassVar[str] = "roadworthy/slice-search/1"

    dataset_name: str
    dataset: str
    model_name: str | None = None
    measure: str
    rows: int
    sampled: int
    eligible: int
    whole: Measured
    features: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    depth: int
    fewest: int
    size_weight: float
    false_discovery_rate: float
    seed: int
    looked_at: int
    tested: int
    slices: tuple[WeakSlice, ...] = ()
    detectable: tuple[Detectable, ...] = ()
    producer: str
    at: datetime
