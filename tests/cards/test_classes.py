"""Tests of how classes and labels stand in the report, with what the terminal says."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest

import roadworthy as rw
from roadworthy.cards.names import full_name, group_name
from roadworthy.cards.reading import Reading
from roadworthy.cards.views.classes import class_groups, classes_by_group
from roadworthy.cards.views.groups import fairness
from roadworthy.cards.views.performance import performance
from roadworthy.records.slices import Slice
from roadworthy.workflows.assessment import Assessment

ROWS = 300


@pytest.fixture(scope="module")
def classes() -> Assessment:
    """Three classes, the bird found worst, and worse among women."""
    draw = np.random.default_rng(4)
    label = draw.choice(["bird", "cat", "dog"], ROWS)
    sex = draw.choice(["F", "M"], ROWS)
    lost = (label == "bird") & (draw.random(ROWS) < np.where(sex == "F", 0.7, 0.3))
    said = np.where(lost, "cat", label)
    table = pa.table({"y": label.tolist(), "said": said.tolist(), "sex": sex.tolist()})
    return rw.assess(table, label="y", prediction="said", protected=["sex"], policy="limited")


@pytest.fixture(scope="module")
def labels() -> Assessment:
    """Two labels; the system always gives the second."""
    draw = np.random.default_rng(5)
    columns = {name: draw.integers(0, 2, ROWS) for name in ("urgent", "legal")}
    columns["always"] = np.ones(ROWS, dtype=np.int64)
    table = pa.table(columns)
    answers = {"urgent": "urgent", "legal": "always"}
    return rw.assess(table, labels=["urgent", "legal"], predictions=answers)


def reading_of(found: Assessment) -> Reading:
    """What the cards read of an assessment."""
    return Reading(found.record, found.decision, found.policy)


def test_the_confusion_matrix_is_a_heat_map(classes) -> None:
    """Every row adds up to a hundred per cent, and says how many cases stand in a cell."""
    matrix, each = class_groups(reading_of(classes))
    drawing = matrix.figures[0].drawing
    assert "bird is said to be cat" in drawing
    assert "dog is rightly said to be dog" in drawing
    shares = [int(share) for share in re.findall(r"(\d+)\u00a0%", drawing)]
    assert sum(shares) == pytest.approx(300, abs=2)
    assert each.tables[0].rows[0][0].text == "bird", "the one that is found worst comes first"


def test_each_class_stands_beside_each_group(classes) -> None:
    """A map of classes by groups, each cell against its own class in everybody."""
    (group,) = classes_by_group(reading_of(classes))
    assert group.title == "Each class by sex"
    assert "class bird, F" in group.figures[0].drawing
    titles = [item.title for item in fairness(reading_of(classes)).groups]
    assert titles[0] == "Gaps between groups"
    assert "Each class by sex" in titles
    assert "the one where the gap is widest counts" in fairness(reading_of(classes)).groups[0].lead


def test_gaps_speak_of_the_worst_class_once(classes) -> None:
    """Comparisons within a class are no intersections of protected attributes."""
    reading = reading_of(classes)
    (item,) = reading.comparisons("equal-opportunity-difference")
    assert item.parameters["worst_class"] == "bird"
    assert reading.comparisons("equal-opportunity-difference", 2) == []


def test_labels_are_shown_like_classes(labels) -> None:
    """Without a confusion matrix; the label that is found worst first."""
    (each,) = class_groups(reading_of(labels))
    assert each.title == "Each label"
    assert [row[0].text for row in each.tables[0].rows] == ["legal", "urgent"]
    assert "label by label" in performance(reading_of(labels)).lead


def test_the_report_says_for_whom_a_policy_is(classes) -> None:
    """The page is whole, and the decision lists what was meant for other kinds of systems."""
    page = classes.report_html()
    assert "What is taken for what" in page
    assert "better-than-chance" in classes.decision.not_asked
    assert "better-than-chance-between-classes" not in classes.decision.not_asked


def test_a_class_has_a_name_beside_its_group() -> None:
    """In running text a class is named before the people."""
    assert group_name(Slice.parse("class=cat, sex=F")) == "class cat, F"
    assert full_name(Slice.parse("class=cat, sex")) == "class cat, across sex"
    assert full_name(Slice.parse("label=urgent")) == "label urgent"
