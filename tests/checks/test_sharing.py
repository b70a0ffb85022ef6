"""Parts and views of a system are counted from one reading of their table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from roadworthy.adapters.duckdb import DuckDBEngine, DuckDBTable
from roadworthy.checks.check import Part, Subject
from roadworthy.checks.sharing import share_counts
from roadworthy.records.slices import Term
from roadworthy.stats.counted import Counted
from roadworthy.stats.tally import TallyPlan

LABELS = ("red", "green", "blue")
COLUMNS: dict[str, list[Any]] = {"g": ["a", "b"] * 4, "red": [0, 1] * 4, "green": [1, 1, 0, 0] * 2}
COLUMNS["blue"] = COLUMNS["red"][::-1]


class Read(DuckDBTable):
    """A table that counts how often its rows are counted."""

    reads = 0

    def tally(self, plan: TallyPlan, families: Iterable[Sequence[str]] | None = None) -> Any:
        """Count one plan."""
        self.reads += 1
        return super().tally(plan, families)  # type: ignore[arg-type]

    def tallies(
        self, plans: Sequence[TallyPlan], families: Iterable[Sequence[str]]
    ) -> tuple[Counted, ...]:
        """Count several plans."""
        self.reads += 1
        return super().tallies(plans, families)


def read_table() -> Read:
    """A table of the labels that knows how often it was read."""
    table = DuckDBEngine().open(pa.table(COLUMNS))
    return Read(table._session, table._source, "labels")


def system(subject_of: Callable[..., Subject], table: Read, other: Read) -> Subject:
    """A subject with a part for each label, and views of the same and of another table."""
    whole = replace(subject_of(COLUMNS, protected=("g",)), table=table)

    def asked(label: str, rows: Read) -> Subject:
        return replace(whole, table=rows, plan=TallyPlan(attributes=("g",), label=label))

    parts = [
        Part(question=Term(attribute="label", value=name), subject=asked(name, table))
        for name in LABELS
    ]
    views = {"same": asked("red", table), "other": asked("blue", other)}
    return replace(whole, parts=tuple(parts), views=views)


def test_questions_about_one_table_read_it_once(subject_of: Callable[..., Subject]) -> None:
    """Three parts and a view are counted together, each as it would be alone."""
    table, other = read_table(), read_table()
    alone = system(subject_of, read_table(), read_table())
    shared = share_counts(system(subject_of, table, other))
    assert (table.reads, other.reads) == (0, 0)
    for mine, theirs in zip(shared.parts, alone.parts, strict=True):
        assert mine.question == theirs.question
        assert mine.subject.tally == theirs.subject.tally
    for name, view in shared.views.items():
        assert view.tally == alone.views[name].tally
    assert (table.reads, other.reads) == (1, 1)


def test_a_subject_of_other_rows_is_counted_alone(subject_of: Callable[..., Subject]) -> None:
    """Shared counts are those of their table, and say nothing about another one."""
    table, other = read_table(), read_table()
    shared = share_counts(system(subject_of, table, other))
    moved = replace(shared.parts[0].subject, table=other)
    assert moved.tally == shared.parts[0].subject.tally
    assert (table.reads, other.reads) == (1, 1)
