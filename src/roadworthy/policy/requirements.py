"""What a requirement, a waiver and an objective look like in a file, and which of two is laxer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

from roadworthy.policy.shape import SLUG, Choice, Day, ListOf, Member, Number, Object, Text
from roadworthy.records.document import Fields, suggestion
from roadworthy.records.policy import Objective, Proof, Requirement, Scope, Waiver
from roadworthy.records.record import JSON
from roadworthy.records.slices import CLASS, LABEL, Slice
from roadworthy.records.versions import Task

ID = Text(pattern=SLUG, words="a short name of small letters, digits and hyphens, like `auc-floor`")
MEASURE = Text(pattern=SLUG, words="a measure's name, like `roc-auc`")
COLUMNS = ListOf(item=Text(words="a column's name"), unique=True, words="a list of column names")

SCOPES = {
    Scope.SLICE.value: "the one slice that `slice` names (`all` if it names none)",
    Scope.GROUPS.value: "every group of each column in `of`",
    Scope.ACROSS.value: "one comparison across the groups of each column in `of`",
    Scope.INTERSECTIONS.value: "every intersection of the columns in `of`",
    Scope.ACROSS_INTERSECTIONS.value: "one comparison for each combination of the columns in `of`",
}
PROOFS = {
    Proof.INTERVAL.value: "the whole interval must lie inside the bounds",
    Proof.POINT.value: "the estimate alone must lie inside the bounds",
}
SMALL = {
    "unknown": "a slice with too few rows is UNKNOWN, unless it surely fails",
    "ignore": "a slice with too few rows is set aside and reported, unless it surely fails",
}

EACH = {
    CLASS: "every class against the rest, of a system that tells several classes apart",
    LABEL: "every label, of a system that gives several",
}
TASKS = {
    Task.BINARY.value: "yes or no",
    Task.MULTICLASS.value: "one of several classes",
    Task.MULTILABEL.value: "yes or no to each of several labels",
    Task.REGRESSION.value: "a number",
    Task.RANKING.value: "an order of the rows of one query",
}

REQUIREMENT = (
    Member(name="id", shape=ID, meaning="What findings and waivers call this.", required=True),
    Member(name="measure", shape=MEASURE, meaning="The measure that is bounded."),
    Member(name="scope", shape=Choice(options=SCOPES), meaning="Which slices are meant."),
    Member(
        name="slice",
        shape=Text(words="a slice, like `all` or `sex=Female`"),
        meaning="The slice, if the scope is `slice`: all, sex=Female, or sex for a comparison.",
    ),
    Member(
        name="each",
        shape=Choice(options=EACH),
        meaning="Ask the same of every class or every label, if the system has several.",
    ),
    Member(
        name="tasks",
        shape=ListOf(item=Choice(options=TASKS), at_least=1, unique=True),
        meaning="The kinds of systems that this is asked of; every kind if left out.",
    ),
    Member(
        name="of", shape=COLUMNS, meaning="The columns meant; every protected column if left out."
    ),
    Member(name="at_least", shape=Number(), meaning="The lowest value that is good enough."),
    Member(name="at_most", shape=Number(), meaning="The highest value that is good enough."),
    Member(name="proof", shape=Choice(options=PROOFS), meaning="How sure a PASS must be."),
    Member(
        name="minimum_rows",
        shape=Number(low=0, whole=True),
        meaning="Slices with fewer rows are too small to judge.",
    ),
    Member(name="small", shape=Choice(options=SMALL), meaning="What becomes of small slices."),
    Member(name="why", shape=Text(), meaning="Why this is required, for a reader."),
    Member(name="remedy", shape=Text(), meaning="What to do if it is not met, in one sentence."),
)
"""The names that a requirement may have."""

BOUNDED: dict[str, JSON] = {"anyOf": [{"required": ["at_least"]}, {"required": ["at_most"]}]}
"""JSON Schema: a requirement needs a bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a file says about one requirement, before it is complete, and where it says so."""

    values: dict[str, Any]
    node: Fields

    @property
    def id(self) -> str:
        """The requirement's name."""
        return str(self.values["id"])

    def complete(self, known_measures: Collection[str] | None) -> Requirement:
        """The requirement, standing on its own.

        Raises:
            DocumentError: it has no measure or no bound, or it contradicts itself.
        """
        self.node.require("measure", "the name of the measure to bound")
        if not self.values.keys() & {"at_least", "at_most"}:
            raise self.node.refusal(
                "`at_least` or `at_most`, or both: without a bound everything would pass",
                found=f"no bound in requirement `{self.id}`",
            )
        return self.merged(None, known_measures)

    def merged(
        self, base: Requirement | None, known_measures: Collection[str] | None
    ) -> Requirement:
        """The requirement that this makes of another, or alone.

        Raises:
            DocumentError: the values contradict each other, or the measure is unknown.
        """
        given = dict(self.values)
        for name, kind in (("scope", Scope), ("proof", Proof)):
            if name in given:
                given[name] = kind(given[name])
        if "tasks" in given:
            given["tasks"] = tuple(map(Task, given["tasks"]))
        if base is not None:
            old = {item.name: getattr(base, item.name) for item in fields(base)}
            given = {**old, **given}
        requirement = Requirement(**given)
        self._check(requirement, known_measures)
        return requirement

    def _check(self, requirement: Requirement, known_measures: Collection[str] | None) -> None:
        node, low, high = self.node, requirement.at_least, requirement.at_most
        if low is not None and high is not None and low > high:
            raise node.refusal(f"`at_least` no greater than `at_most` ({high:g})", found=f"{low:g}")
        if requirement.scope is not Scope.SLICE and "slice" in self.values:
            raise node.nodes["slice"].refusal(
                f"no `slice` with scope {requirement.scope.value}; use `of`"
            )
        if requirement.scope is Scope.SLICE and "of" in self.values:
            raise node.nodes["of"].refusal(
                "a `scope` that speaks of several slices (groups, across, ...) beside `of`"
            )
        try:
            Slice.parse(requirement.slice)
        except ValueError as error:
            raise node.nodes["slice"].refusal("all, sex=Female, or sex", hint=str(error)) from error
        if known_measures is not None and requirement.measure not in known_measures:
            raise node.nodes.get("measure", node).refusal(
                "a measure that Roadworthy knows (`roadworthy show measures` lists them)",
                found=f"the unknown measure {requirement.measure!r}",
                hint=suggestion(requirement.measure, known_measures),
            )


def _waiver(values: dict[str, Any], node: Fields) -> Waiver:
    if "slice" in values:
        try:
            values["slice"] = str(Slice.parse(values["slice"]))
        except ValueError as error:
            raise node.nodes["slice"].refusal("all, sex=Female, or sex", hint=str(error)) from error
    return Waiver(**values)


DRAFT = Object(members=REQUIREMENT, build=lambda values, node: Draft(values=values, node=node))
"""A requirement that may say only what it changes in another."""

WAIVER = Object(
    members=(
        Member(
            name="requirement", shape=ID, meaning="The id of the requirement waived.", required=True
        ),
        Member(
            name="slice",
            shape=Text(words="a slice, like `sex=Female`"),
            meaning="The slice waived; every slice of the requirement if left out.",
        ),
        Member(
            name="owner",
            shape=Text(words="the name of the person who answers for it"),
            meaning="The person who accepts the risk.",
            required=True,
        ),
        Member(
            name="reason",
            shape=Text(words="the reason, in a sentence"),
            meaning="Why the risk is accepted.",
            required=True,
        ),
        Member(
            name="expires",
            shape=Day(),
            meaning="The last day of the waiver; after it, the waiver itself fails.",
            required=True,
        ),
    ),
    build=_waiver,
)
"""A waiver: nobody may waive without a name, a reason and a last day."""

OBJECTIVE = Object(
    members=(
        Member(name="maximise", shape=MEASURE, meaning="What a repair should keep high."),
        Member(name="slice", shape=Text(words="a slice"), meaning="On which slice."),
        Member(
            name="within",
            shape=Number(low=0),
            meaning="Candidates this close to the best count as equal.",
        ),
    ),
    build=lambda values, _: Objective(**values),
)
"""What a repair should maximise."""


def laxer(new: Requirement, old: Requirement) -> tuple[str, ...]:
    """In which ways a requirement asks less than another one of the same measure and slices.

    >>> old = Requirement(id="auc", measure="roc-auc", at_least=0.8)
    >>> laxer(Requirement(id="auc", measure="roc-auc", at_least=0.7), old)
    ('at_least 0.7 instead of 0.8',)
    """
    ways = []
    if old.at_most is not None and (new.at_most is None or new.at_most > old.at_most):
        ways.append(f"at_most {_bound(new.at_most)} instead of {_bound(old.at_most)}")
    if old.at_least is not None and (new.at_least is None or new.at_least < old.at_least):
        ways.append(f"at_least {_bound(new.at_least)} instead of {_bound(old.at_least)}")
    left = [kind for kind in (old.tasks or tuple(Task)) if new.tasks and kind not in new.tasks]
    if left:
        ways.append(f"not asked of {', '.join(left)} systems")
    if (old.proof, new.proof) == (Proof.INTERVAL, Proof.POINT):
        ways.append("proof by the estimate instead of the interval")
    if set(new.of) != set(old.of) and new.of and not set(new.of) >= set(old.of or ("",)):
        ways.append(f"of {', '.join(new.of)} instead of {', '.join(old.of) or 'all protected'}")
    if (old.small, new.small) == ("unknown", "ignore"):
        ways.append("small slices ignored instead of unknown")
    ignoring = new.small == "ignore"
    if new.minimum_rows > old.minimum_rows if ignoring else new.minimum_rows < old.minimum_rows:
        ways.append(f"minimum_rows {new.minimum_rows} instead of {old.minimum_rows}")
    return tuple(ways)


def _bound(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"
