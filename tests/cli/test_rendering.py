"""How records are shown in a terminal."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

import roadworthy as rw
from roadworthy.cli.rendering import number, role_of, summary
from roadworthy.records.versions import ColumnRoles


def shown(record) -> str:
    """The summary of an assessment as a terminal of 100 columns shows it."""
    console = Console(width=100, record=True, file=StringIO())
    for part in summary(record, more="more elsewhere"):
        console.print(part)
    return console.export_text()


@pytest.mark.parametrize(("confidence", "heading"), [(0.95, "95 %"), (0.9, "90 %")])
def test_the_heading_names_the_confidence_of_the_intervals(project, confidence, heading):
    """The one they were asked for, in every table of the summary."""
    found = rw.assess(
        project / "raw.parquet",
        label="y",
        score="p",
        protected=["sex"],
        checks=["performance", "fairness"],
        confidence=confidence,
    )
    assert shown(found.record).count(f"{heading} interval") == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.000"), (-0.12345, "-0.123"), (999.9, "999.900"), (12345.6, "12,346")],
)
def test_numbers_have_three_decimals_or_none(value, text):
    """Small ones three, large ones none but separators."""
    assert number(value) == text


def test_a_column_may_have_several_roles():
    """All of them are named; a column without any has none."""
    roles = ColumnRoles(label="y", protected=("sex",), features=("sex", "age"))
    assert role_of(roles, "sex") == "protected, feature"
    assert role_of(roles, "y") == "label"
    assert role_of(roles, "id") == role_of(None, "y") == ""
