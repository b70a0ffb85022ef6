"""Which of two requirements asks less."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roadworthy.policy.requirements import laxer
from roadworthy.records.policy import Proof, Requirement, Scope
from roadworthy.records.versions import Task

OLD = Requirement(
    id="a",
    measure="m",
    scope=Scope.GROUPS,
    of=("sex", "race"),
    at_least=0.2,
    at_most=0.8,
    minimum_rows=50,
)


@pytest.mark.parametrize(
    ("changes", "ways"),
    [
        ({}, ()),
        ({"at_most": 0.7, "at_least": 0.3}, ()),
        ({"of": ("sex", "race", "age"), "minimum_rows": 60}, ()),
        ({"of": ()}, ()),
        ({"at_most": 0.9}, ("at_most 0.9 instead of 0.8",)),
        ({"at_most": None}, ("at_most none instead of 0.8",)),
        ({"at_least": 0.1}, ("at_least 0.1 instead of 0.2",)),
        ({"at_least": None}, ("at_least none instead of 0.2",)),
        ({"proof": Proof.POINT}, ("proof by the estimate instead of the interval",)),
        ({"tasks": tuple(Task)}, ()),
        (
            {"tasks": (Task.BINARY, Task.RANKING)},
            ("not asked of multiclass, multilabel, regression systems",),
        ),
        ({"of": ("sex",)}, ("of sex instead of sex, race",)),
        ({"small": "ignore"}, ("small slices ignored instead of unknown",)),
        ({"minimum_rows": 10}, ("minimum_rows 10 instead of 50",)),
        (
            {"small": "ignore", "minimum_rows": 60},
            ("small slices ignored instead of unknown", "minimum_rows 60 instead of 50"),
        ),
    ],
)
def test_every_way_of_asking_less_is_named(changes, ways):
    """Tighter bounds and more columns are no departure; anything else is, in words."""
    assert laxer(replace(OLD, **changes), OLD) == ways


def test_naming_columns_narrows_a_requirement_about_every_protected_one():
    """Even if it names all that there are today."""
    assert laxer(OLD, replace(OLD, of=())) == ("of sex, race instead of all protected",)
