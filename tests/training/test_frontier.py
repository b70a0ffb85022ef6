"""The frontier: nobody on it is beaten, and the choice follows the policy's order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import UsageError
from roadworthy.training.frontier import Contender, choose, pareto

MEASURES = st.one_of(st.none(), st.sampled_from([0.1, 0.2, 0.3]))
CONTENDERS = st.lists(
    st.builds(
        Contender,
        name=st.just("c"),
        failing=st.integers(0, 2),
        unknown=st.integers(0, 2),
        worth=MEASURES,
        gap=MEASURES,
    ),
    min_size=1,
    max_size=8,
)


def contender(name="c", *, failing=0, unknown=0, worth=0.5, gap=0.1):
    """A contender with plain values."""
    return Contender(name=name, failing=failing, unknown=unknown, worth=worth, gap=gap)


@given(CONTENDERS)
def test_the_chosen_one_meets_the_most(contenders):
    """Nobody fails less, nobody who fails as much leaves less undecided, nor is worth more."""
    choice = choose(contenders, objective="accuracy")
    one = contenders[choice.position]
    for other in contenders:
        assert (one.failing, one.unknown) <= (other.failing, other.unknown)
        if (one.failing, one.unknown) == (other.failing, other.unknown):
            assert (one.worth or 0.0) >= (other.worth or 0.0)
    assert len(choice.reasons) == len(contenders)
    assert all(choice.reasons)


@given(CONTENDERS)
def test_the_same_candidates_give_the_same_choice(contenders):
    """The choice depends on nothing but the candidates."""
    assert choose(contenders, objective="x") == choose(list(contenders), objective="x")


@given(CONTENDERS)
def test_somebody_is_always_on_the_frontier(contenders):
    """A finite set has an undominated member, and a dominated one has a better one."""
    front = pareto(contenders)
    assert any(front)
    for one, undominated in zip(contenders, front, strict=True):
        if not undominated:
            assert any(
                other.worth >= one.worth and other.gap <= one.gap
                for other in contenders
                if other.worth is not None and other.gap is not None and other is not one
            )


def test_failing_weighs_more_than_worth():
    """A worse candidate that passes beats a better one that fails."""
    choice = choose(
        [contender(failing=1, worth=0.9), contender(worth=0.6)], objective="balanced accuracy"
    )
    assert choice.position == 1
    assert choice.reasons[0].startswith("fails 1 finding; the chosen one fails none")
    assert choice.reasons[1] == "meets every requirement, which no other candidate does as well"


def test_among_equals_the_objective_decides():
    """The reason gives both numbers."""
    choice = choose([contender(worth=0.6), contender(worth=0.7)], objective="accuracy")
    assert choice.position == 1
    assert "a lower accuracy (0.600 < 0.700)" in choice.reasons[0]
    assert "has the best accuracy of them (0.700)" in choice.reasons[1]


def test_a_smaller_number_never_reads_as_an_equal_one() -> None:
    """Where three digits do not tell two candidates apart, there are more."""
    choice = choose([contender(worth=0.73601), contender(worth=0.73604)], objective="accuracy")
    assert "a lower accuracy (0.73601 < 0.73604)" in choice.reasons[0]


def test_within_the_tolerance_the_simplest_is_taken():
    """The first named of nearly equal candidates, and it says so."""
    pair = [contender(worth=0.698), contender(worth=0.7)]
    choice = choose(pair, objective="accuracy", within=0.005)
    assert choice.position == 0
    assert "the simplest of 2 that are as good in accuracy" in choice.reasons[0]


def test_a_single_candidate_is_told_apart():
    """Nothing else was tried."""
    choice = choose([contender(unknown=2)], objective="accuracy")
    assert choice.reasons == ("leaves 2 findings undecided; nothing else was tried",)


def test_an_unmeasured_objective_is_told():
    """A candidate whose objective could not be measured is not preferred, and says why."""
    choice = choose([contender(worth=None), contender(worth=0.1)], objective="accuracy")
    assert choice.position == 1
    assert choice.reasons[0] == "its accuracy could not be measured"


def test_nothing_to_choose_from_is_refused():
    """An empty list has no best."""
    with pytest.raises(UsageError, match="no candidates"):
        choose([], objective="accuracy")
