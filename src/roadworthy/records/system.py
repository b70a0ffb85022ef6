"""`System`: what the project file says about the system under assessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from roadworthy.records.policy import Requirement, Waiver
from roadworthy.records.record import JSON, Record
from roadworthy.records.versions import ColumnRoles


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakeholder(Record):
    """Somebody who is affected, how, and what would harm them."""

    name: str
    affected: str
    harm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessObjective(Record):
    """What fairness means here: a requirement, for whom, and why this one and not another."""

    requirement: Requirement
    stakeholder: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Record):
    """A fixed part of another dataset: the rows whose hashed `by` falls in [`low`, `high`).

    Hashes lie in [0, 1), so the parts [0, 0.6), [0.6, 0.8) and [0.8, 1) share a dataset 60/20/20.
    """

    of: str
    by: str
    low: float
    high: float
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= 1:
            raise ValueError(f"expected 0 <= low < high <= 1, found {self.low} and {self.high}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSource(Record):
    """Where a dataset comes from: files, a table elsewhere, other datasets, or a part of one.

    `table` is the URL of a table in a database or of files in an object store, or the folder of a
    Delta table: what no file here holds, or no file alone.

    `sql` is the path of a SQL file whose single SELECT reads the datasets in `inputs` by name.
    `datasheet` is the path of a file with people's answers.
    """

    name: str
    files: tuple[str, ...] = ()
    table: str | None = None
    inputs: tuple[str, ...] = ()
    sql: str | None = None
    split: Split | None = None
    parameters: Mapping[str, JSON] = field(default_factory=dict, hash=False)
    datasheet: str | None = None
    sensitivity: str = "unclassified"


@dataclass(frozen=True, slots=True, kw_only=True)
class System(Record):
    """A system: its purpose, its people, its risks, its data and its model."""

    schema: ClassVar[str] = "roadworthy/system/1"

    name: str
    owner: str
    intended_use: str
    out_of_scope: tuple[str, ...] = ()
    stakeholders: tuple[Stakeholder, ...] = ()
    risk: Mapping[str, str] = field(default_factory=dict, hash=False)
    datasets: tuple[DatasetSource, ...] = ()
    assess: str | None = None
    train: str | None = None
    validate: str | None = None
    roles: ColumnRoles = field(default_factory=ColumnRoles)
    reference_groups: Mapping[str, str] = field(default_factory=dict, hash=False)
    reference_shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    ranges: Mapping[str, tuple[float, ...]] = field(default_factory=dict, hash=False)
    intersections: int = 2
    model: str | None = None
    objectives: tuple[FairnessObjective, ...] = ()
    policy: str | None = None
    waivers: tuple[Waiver, ...] = ()
    checks: tuple[str, ...] = ()
    license: str | None = None
    contact: str | None = None
