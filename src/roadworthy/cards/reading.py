"""`Reading`: an assessment and its decision, arranged for finding things quickly."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from roadworthy.cards.names import full_name, measure_title
from roadworthy.cards.numbers import Display, bare, digits_of_bound, display_of, tick_text
from roadworthy.cards.svg.rows import Line, Mark
from roadworthy.cards.wording import Words
from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.evidence import Curve, Evidence, MeasureSpec, expected_slug
from roadworthy.records.policy import Policy, Requirement, Scope
from roadworthy.records.record import Record
from roadworthy.records.slices import ALL, Slice

MARKS = {Verdict.PASS: Mark.PASS, Verdict.UNKNOWN: Mark.UNKNOWN, Verdict.FAIL: Mark.FAIL}
"""The mark of a verdict."""

_SCOPES = {
    Scope.GROUPS: (False, 1),
    Scope.INTERSECTIONS: (False, 2),
    Scope.ACROSS: (True, 1),
    Scope.ACROSS_INTERSECTIONS: (True, 2),
}


class Reading:
    """Answers what a view asks: which evidence, which limit, which verdict, which digest."""

    def __init__(
        self,
        record: AssessmentRecord,
        decision: Decision | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.record = record
        self.decision = decision
        self.policy = policy
        self.words = Words.of(record)
        self._digests: dict[int, str] = {}

    @cached_property
    def specs(self) -> dict[str, MeasureSpec]:
        """The measures by slug."""
        return {spec.slug: spec for spec in self.record.measures}

    @cached_property
    def _evidence(self) -> dict[tuple[str, Slice], Evidence]:
        return {(item.measure, item.slice): item for item in self.record.evidence}

    @cached_property
    def _by_measure(self) -> dict[str, list[Evidence]]:
        found: dict[str, list[Evidence]] = {}
        for item in self.record.evidence:
            found.setdefault(item.measure, []).append(item)
        return found

    @cached_property
    def _findings(self) -> dict[tuple[str, Slice], Finding]:
        found: dict[tuple[str, Slice], Finding] = {}
        for finding in self.decision.findings if self.decision else ():
            key = (finding.requirement.measure, finding.slice)
            if key not in found or finding.counts > found[key].counts:
                found[key] = finding
        return found

    @cached_property
    def _rows(self) -> dict[Slice, int]:
        return {size.slice: size.rows for size in self.record.roster}

    def find(self, measure: str, slice_: Slice = ALL) -> Evidence | None:
        """The evidence for a measure on a slice."""
        return self._evidence.get((measure, slice_))

    def at_hand(self, measure: str) -> str:
        """The measure, or what it is expected to be where labels are not known yet."""
        expected = expected_slug(measure)
        return expected if expected in self._by_measure else measure

    def of(self, measure: str) -> list[Evidence]:
        """All evidence for a measure, as recorded."""
        return self._by_measure.get(measure, [])

    def groups(self, measure: str, attributes: Iterable[str]) -> list[Evidence]:
        """The evidence for a measure on every group of these attributes."""
        wanted = tuple(sorted(attributes))
        return [
            item
            for item in self.of(measure)
            if item.slice.attributes == wanted and not item.slice.is_comparison
        ]

    def comparisons(self, measure: str, depth: int = 1) -> list[Evidence]:
        """The evidence for a measure across the groups of so many attributes at a time.

        Of several classes or labels, the comparison that speaks of the worst one.
        """
        return [
            item
            for item in self.of(measure)
            if item.slice.is_comparison and len(item.slice.terms) == depth
            if item.slice.question is None
        ]

    def pillar(self, measure: str) -> str:
        """The pillar that a measure belongs to."""
        return self.specs[measure].pillar if measure in self.specs else "other"

    def in_pillar(self, pillar: str) -> list[str]:
        """The measures of a pillar that evidence speaks of, in the order it does."""
        return [measure for measure in self._by_measure if self.pillar(measure) == pillar]

    def title(self, measure: str) -> str:
        """What people call a measure."""
        return measure_title(measure, self.specs)

    def plain(self, measure: str) -> str:
        """What a measure means, in a sentence."""
        return self.specs[measure].plain if measure in self.specs else ""

    def display(self, measure: str) -> Display:
        """How the values of a measure are written."""
        return display_of(measure)

    def finding(self, measure: str, slice_: Slice) -> Finding | None:
        """The worst finding about a measure on a slice."""
        return self._findings.get((measure, slice_))

    def mark(self, measure: str, slice_: Slice) -> Mark:
        """The verdict on a measure on a slice; plain where nothing was asked."""
        finding = self.finding(measure, slice_)
        return finding_mark(finding) if finding else Mark.PLAIN

    def limits(self, measure: str, slices: Iterable[Slice]) -> tuple[Line, ...]:
        """The limits that stand for a measure on any of these slices."""
        wanted = list(slices)
        found: dict[Line, None] = {}
        for slice_ in wanted:
            for requirement in self.requirements(measure, slice_):
                found.update(dict.fromkeys(limit_lines(requirement)))
        return tuple(found)

    @property
    def is_limited(self) -> bool:
        """True if a policy or a decision says what is allowed."""
        return self.decision is not None or self.policy is not None

    def requirements(self, measure: str, slice_: Slice) -> list[Requirement]:
        """What is required of a measure on a slice: by the decision, else by the policy."""
        if self.decision is not None:
            finding = self.finding(measure, slice_)
            return [finding.requirement] if finding else []
        requirements = self.policy.requirements if self.policy else ()
        people, question = slice_.people, slice_.question
        shape = (people.is_comparison, len(people.terms))
        task, each = self.record.roles.task, question.attribute if question else None
        return [
            requirement
            for requirement in requirements
            if requirement.measure == measure
            and (not requirement.tasks or task in requirement.tasks)
            and (
                str(slice_ if requirement.each is None else people) == requirement.slice
                if requirement.scope is Scope.SLICE
                else _SCOPES[requirement.scope] == shape
            )
            and (requirement.each == each or requirement.scope is Scope.SLICE)
        ]

    def rows(self, slice_: Slice) -> int | None:
        """The rows of a slice of the population."""
        return self._rows.get(slice_)

    def digest(self, record: Record) -> str:
        """The digest of a record, worked out once."""
        key = id(record)
        if key not in self._digests:
            self._digests[key] = canonical.digest(record)
        return self._digests[key]

    def curves(self, slug: str) -> list[Curve]:
        """The curves of a kind."""
        return [curve for curve in self.record.curves if curve.slug == slug]

    def name(self, slice_: Slice) -> str:
        """What people call a slice."""
        return full_name(slice_)


def finding_mark(finding: Finding) -> Mark:
    """The mark of one finding; a slice that was set aside as too small passes without a mark."""
    return Mark.PLAIN if finding.set_aside else MARKS[finding.verdict]


def limit_lines(requirement: Requirement) -> list[Line]:
    """A requirement's bounds as lines with their names."""
    display = display_of(requirement.measure)
    lines = []
    if requirement.at_least is not None:
        words = f"at least {bound_text(requirement.at_least, display)}"
        lines.append(Line(value=requirement.at_least, name=words))
    if requirement.at_most is not None:
        words = f"at most {bound_text(requirement.at_most, display)}"
        lines.append(Line(value=requirement.at_most, name=words))
    return lines


def bound_text(value: float, display: Display) -> str:
    """A bound as short as it can be said without another meaning: `5.0`, `65 %`, `0.8`."""
    if display is Display.PERCENT:
        return tick_text(value, display)
    return bare(value, display, digits_of_bound(value, display))
