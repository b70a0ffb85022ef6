"""The catalogue lists every check and measure once, and finds them by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roadworthy.checks import catalogue
from roadworthy.checks.check import CheckSpec
from roadworthy.errors import UsageError
from roadworthy.records.canonical import from_bytes, to_bytes
from roadworthy.records.evidence import MeasureSpec
from roadworthy.records.versions import Task


class Named:
    """A check that is only a name."""

    def __init__(self, slug, *measures):
        self.spec = CheckSpec(
            slug=slug,
            version=1,
            pillar="test",
            title="",
            assumptions="",
            source="",
            measures=measures,
        )

    def measure(self, subject):
        """The subject's nothing."""
        return (subject,)[:0]


def test_every_measure_is_described():
    """Each measure has a title, one plain sentence, a range that holds its best, and its slug."""
    for slug, spec in catalogue.measures().items():
        assert spec.slug == slug
        assert slug == slug.lower().replace("_", "-").replace(" ", "-")
        assert spec.title
        assert spec.plain.endswith(".")
        assert spec.plain[0].isupper()
        assert from_bytes(MeasureSpec, to_bytes(spec)) == spec
        if spec.low is not None and spec.high is not None:
            assert spec.low < spec.high
        if spec.best is not None:
            assert spec.low is None or spec.low <= spec.best
            assert spec.high is None or spec.best <= spec.high


def test_a_measure_belongs_to_the_pillar_of_its_check():
    """Nothing is filed under another pillar than its check's."""
    for check in catalogue.CHECKS:
        assert {spec.pillar for spec in check.spec.measures} <= {check.spec.pillar}


def test_the_catalogue_has_an_order():
    """Checks stand by pillar, in alphabetical order."""
    pillars = [check.spec.pillar for check in catalogue.CHECKS]
    assert pillars == sorted(pillars)


def test_two_measures_with_one_name_are_refused():
    """A slug means one thing."""
    spec = next(iter(catalogue.measures().values()))
    with pytest.raises(ValueError, match="two measures are called"):
        catalogue.measures([Named("first", spec), Named("second", replace(spec, version=2))])


def test_two_checks_of_one_task_measure_different_things():
    """Else one question would have two answers."""
    spec = next(iter(catalogue.measures().values()))
    with pytest.raises(ValueError, match=r"two checks measure .* of binary systems"):
        catalogue.measures([Named("first", spec), Named("second", spec)])


def test_two_checks_with_one_name_are_refused():
    """A check's name finds one check."""
    with pytest.raises(ValueError, match="two checks are called 'first'"):
        catalogue.measures([Named("first"), Named("first")])


def test_checks_are_selected_by_name_and_by_pillar():
    """A pillar's name selects its checks, a check's name itself, None all but those on request."""
    fairness = {check.spec.slug for check in catalogue.select(["fairness"])}
    assert {"class-parity", "conditional-parity", "group-rates", "parity"} <= fairness
    assert "scoring" not in fairness
    chosen = [check.spec.slug for check in catalogue.select(["scoring", "parity"])]
    assert chosen == ["parity", "scoring"]
    usual = tuple(check for check in catalogue.CHECKS if not check.spec.on_request)
    assert catalogue.select(None) == usual


def test_a_check_on_request_runs_if_it_is_named_or_required():
    """Its pillar's name does not select it, and names given say all that is wanted."""

    def chosen(*names, required=()):
        return {c.spec.slug for c in catalogue.select(names or None, required=required)}

    assert "weak-slices" in {c.spec.slug for c in catalogue.CHECKS if c.spec.on_request}
    assert "weak-slices" not in chosen() | chosen("performance")
    assert "weak-slices" in chosen("weak-slices")
    assert "weak-slices" in chosen(required={"worst-slice-error-ratio"})
    assert "weak-slices" not in chosen("performance", required={"worst-slice-error-ratio"})
    assert catalogue.requested({"accuracy", "weak-slices"}) == ("weak-slices",)


def test_an_unknown_check_is_named_with_the_nearest():
    """A typing error gets the nearest name and the list."""
    with pytest.raises(
        UsageError, match="no check or pillar is called 'fairnes'; did you mean 'fairness'"
    ):
        catalogue.select(["fairnes"])


def test_checks_are_put_only_to_the_tasks_they_speak_of() -> None:
    """A regression is asked about its data, and not about rates of decisions."""
    slugs = {check.spec.slug for check in catalogue.select(task=Task.REGRESSION)}
    assert "missing-values" in slugs
    assert "classification" not in slugs
    assert "classification" in {check.spec.slug for check in catalogue.select(task=Task.BINARY)}
