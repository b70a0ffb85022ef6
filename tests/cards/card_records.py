"""An assessment with everything a card can show, made up from a small synthetic population.

Numbers follow from counts per group, so that they agree with each other as measured ones do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import combinations, product
from math import exp, sqrt
from random import Random

from roadworthy.records import canonical
from roadworthy.records.assessment import AssessmentRecord, SliceSize
from roadworthy.records.datasheet import Datasheet, Entry, Origin, Section
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.evidence import (
    Curve,
    Direction,
    Evidence,
    Measured,
    MeasureSpec,
    Point,
    Unmeasured,
)
from roadworthy.records.policy import Policy, Requirement, Scope, Tier, Waiver
from roadworthy.records.slices import ALL, Slice
from roadworthy.records.system import Stakeholder, System
from roadworthy.records.tradeoff import Candidate, TradeOff
from roadworthy.records.versions import (
    ColumnRoles,
    DecisionRule,
    FileEntry,
    ModelFormat,
    ModelVersion,
)

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ATTRIBUTES = {
    "sex": {"Female": 0.52, "Male": 0.48},
    "race": {
        "White": 0.72, "Black": 0.08, "Asian": 0.07, "Hispanic": 0.07, "Two or more races": 0.03,
        "American Indian or Alaska Native": 0.004, "Native Hawaiian or Pacific Islander": 0.0008,
        "Other": 0.02,
    },
    "age-band": {
        "16-24": 0.16, "25-34": 0.17, "35-44": 0.15, "45-54": 0.17, "55-64": 0.16, "65+": 0.19,
    },
    "disability": {"no": 0.86, "yes": 0.14},
}  # fmt: skip
FEATURES = ("AGEP", "SCHL", "MAR", "DIS", "RELP", "MIL", "CIT", "NATIVITY", "SEX", "RAC1P")


@dataclass
class Counts:
    """Rows by label and prediction."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def __add__(self, other: Counts) -> Counts:
        """The counts of both together."""
        return Counts(
            self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn
        )

    @property
    def rows(self) -> int:
        """All rows."""
        return self.tp + self.fp + self.fn + self.tn


def sha(text: str) -> str:
    """A digest that is certainly one."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


DATASET, MODEL = sha("the holdout table"), sha("the model")
TITLES = {
    "rows": ("performance", "Rows", "How many rows the slice has."),
    "accuracy": ("performance", "Accuracy", "The share of decisions that are right."),
    "roc-auc": ("performance", "ROC AUC", "How well the score puts the right people first."),
    "log-loss": ("performance", "Log loss", "How surprised the score is by what happened."),
    "expected-calibration-error": (
        "performance", "Expected calibration error", "How far probabilities are off on average.",
    ),
    "selection-rate": ("fairness", "Selection rate", "The share of people selected."),
    "true-positive-rate": (
        "fairness", "True-positive rate", "Of the people it should find, the share it finds.",
    ),
    "false-positive-rate": (
        "fairness", "False-positive rate", "Of those to leave alone, the share it flags.",
    ),
    "positive-predictive-value": (
        "fairness", "Positive predictive value", "Of the selected, the share that is right.",
    ),
    "demographic-parity-difference": (
        "fairness", "Demographic parity difference", "The gap between selection rates.",
    ),
    "demographic-parity-ratio": (
        "fairness", "Demographic parity ratio", "The lowest selection rate over the highest.",
    ),
    "equal-opportunity-difference": (
        "fairness", "Equal opportunity difference", "The gap between true-positive rates.",
    ),
    "false-positive-rate-parity-difference": (
        "fairness", "False-positive-rate difference", "The gap between false-positive rates.",
    ),
    "missing-rate": ("quality", "Missing values", "The share of values that are missing."),
    "duplicate-rows-rate": ("quality", "Duplicate rows", "The share of rows that repeat another."),
    "schema-mismatches": ("quality", "Schema mismatches", "Columns that are not as recorded."),
    "group-representation": ("quality", "Group representation", "The share of rows in a group."),
    "single-feature-auc": (
        "quality", "Single-feature AUC", "How well one feature predicts the label alone.",
    ),
    "accuracy-drop": ("robustness", "Accuracy drop", "Accuracy lost when the data get worse."),
    "roc-auc-drop": ("robustness", "ROC AUC drop", "ROC AUC lost when the data get worse."),
    "permutation-importance": (
        "explain", "Permutation importance", "What ROC AUC loses when a feature is shuffled.",
    ),
}  # fmt: skip


def specs() -> tuple[MeasureSpec, ...]:
    """Every measure of the example."""
    return tuple(
        MeasureSpec(
            slug=slug, pillar=pillar, title=title, plain=plain, direction=Direction.NEITHER,
            source="the example",
        )
        for slug, (pillar, title, plain) in TITLES.items()
    )  # fmt: skip


def cells(seed: int = 7, rows: int = 14_210) -> dict[tuple[str, ...], Counts]:
    """Counts of each finest group; the groups differ in how well they are found."""
    random = Random(seed)
    made = {}
    for values in product(*ATTRIBUTES.values()):
        shares = [ATTRIBUTES[a][v] for a, v in zip(ATTRIBUTES, values, strict=True)]
        share = shares[0] * shares[1] * shares[2] * shares[3]
        n = round(rows * share * random.uniform(0.85, 1.15))
        sex, race, age, disability = values
        base = 0.25 + 0.06 * (sex == "Female") + 0.45 * (age == "65+") + 0.3 * (disability == "yes")
        found = 0.71 + 0.06 * (sex == "Female") + 0.15 * (age == "65+") - 0.09 * (race == "Asian")
        found -= 0.07 * (race == "Black")
        flagged = 0.14 + 0.2 * (age == "65+") + 0.12 * (disability == "yes")
        positive = round(n * min(base, 0.95))
        tp = round(positive * min(found * random.uniform(0.97, 1.03), 1))
        fp = round((n - positive) * flagged * random.uniform(0.93, 1.07))
        made[values] = Counts(tp, fp, positive - tp, n - positive - fp)
    return made


ROWS = sum(counts.rows for counts in cells().values())


def slices() -> Iterator[tuple[Slice, Counts]]:
    """Everybody, every group and every pair that has rows, with its counts."""
    finest = cells()
    names = list(ATTRIBUTES)
    for depth in range(3):
        for picked in combinations(range(len(names)), depth):
            sums: dict[tuple[str, ...], Counts] = {}
            for values, counts in finest.items():
                key = tuple(values[i] for i in picked)
                sums[key] = sums.get(key, Counts()) + counts
            for key, counts in sorted(sums.items()):
                if counts.rows:
                    terms = {names[i]: v for i, v in zip(picked, key, strict=True)}
                    yield Slice.of(terms), counts


def rate(hits: int, total: int, empty: str) -> Measured | Unmeasured:
    """A rate with its Wilson interval."""
    if not total:
        return Unmeasured(reason=empty)
    p, z = hits / total, 1.96
    middle = (p + z * z / 2 / total) / (1 + z * z / total)
    half = z / (1 + z * z / total) * sqrt(p * (1 - p) / total + z * z / 4 / total / total)
    low, high = max(0.0, min(middle - half, p)), min(1.0, max(middle + half, p))
    return Measured(value=p, low=low, high=high, rows=total, method="wilson")


def exact(value: float, rows: int) -> Measured:
    """A quantity without an interval."""
    return Measured(value=value, low=value, high=value, rows=rows, method="exact")


def around(value: float, half: float, rows: int, method: str = "bootstrap") -> Measured:
    """A value in the middle of its interval."""
    return Measured(value=value, low=value - half, high=value + half, rows=rows, method=method)


def evidence(
    measure: str, slice_: Slice, outcome: Measured | Unmeasured, **parameters: str
) -> Evidence:
    """One piece of evidence of the example."""
    return Evidence(
        measure=measure, slice=slice_, outcome=outcome, dataset=DATASET, model=MODEL,
        parameters=parameters, producer="roadworthy 0.1.0", at=AT,
    )  # fmt: skip


def group_evidence(slice_: Slice, c: Counts) -> Iterator[Evidence]:
    """What is measured on every group."""
    positives, negatives, selected = c.tp + c.fn, c.fp + c.tn, c.tp + c.fp
    yield evidence("rows", slice_, exact(c.rows, c.rows))
    yield evidence("accuracy", slice_, rate(c.tp + c.tn, c.rows, "no rows"))
    yield evidence("selection-rate", slice_, rate(selected, c.rows, "no rows"))
    lacks = f"{slice_} has no positive rows"
    yield evidence("true-positive-rate", slice_, rate(c.tp, positives, lacks))
    yield evidence(
        "false-positive-rate", slice_, rate(c.fp, negatives, f"{slice_} has no negative rows")
    )
    yield evidence(
        "positive-predictive-value", slice_, rate(c.tp, selected, f"nobody in {slice_} is selected")
    )
    if len(slice_.terms) <= 1:
        spread = 0.9 / sqrt(c.rows)
        auc = 0.83 - 0.02 * (hash_share(str(slice_)))
        yield evidence("roc-auc", slice_, around(auc, spread * 0.5, c.rows, "delong"))
        yield evidence(
            "expected-calibration-error", slice_,
            around(0.02 + spread, spread * 0.8, c.rows, "cell-bootstrap"),
        )  # fmt: skip


def hash_share(text: str) -> float:
    """A number in [0, 1) that only the text decides."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:6], 16) / 16**6


def across(measure: str, of: str, attributes: Iterable[str], known: list[Evidence]) -> Evidence:
    """The gap between the highest and the lowest group."""
    names = tuple(sorted(attributes))
    groups = [e for e in known if e.measure == of and e.slice.attributes == names]
    compared = Slice.across(names)
    missing = [e for e in groups if isinstance(e.outcome, Unmeasured)]
    if missing:
        return evidence(
            measure, compared, Unmeasured(reason=f"{missing[0].slice} has no denominator")
        )
    rated = [(e, e.outcome) for e in groups if isinstance(e.outcome, Measured)]
    low = min(rated, key=lambda item: item[1].value)
    high = max(rated, key=lambda item: item[1].value)
    gap = high[1].value - low[1].value
    under = sqrt((high[1].value - high[1].low) ** 2 + (low[1].high - low[1].value) ** 2)
    over = sqrt((high[1].high - high[1].value) ** 2 + (low[1].value - low[1].low) ** 2)
    named = {
        "lowest_group": str(low[0].slice), "highest_group": str(high[0].slice),
        "worst_group": str(low[0].slice if of == "true-positive-rate" else high[0].slice),
    }  # fmt: skip
    rows = sum(outcome.rows for _, outcome in rated)
    if measure.endswith("-ratio"):
        value = low[1].value / high[1].value
        made = Measured(
            value=value, low=value * 0.97, high=min(1, value * 1.03), rows=rows, method="katz"
        )
    else:
        made = Measured(
            value=gap,
            low=max(0, gap - under),
            high=min(1, gap + over),
            rows=rows,
            method="newcombe",
        )
    return evidence(measure, compared, made, **named)


GAPS = {
    "demographic-parity-difference": "selection-rate",
    "demographic-parity-ratio": "selection-rate",
    "equal-opportunity-difference": "true-positive-rate",
    "false-positive-rate-parity-difference": "false-positive-rate",
}


def quality_evidence(known: list[Evidence]) -> Iterator[Evidence]:
    """What is measured on the table itself."""
    n = ROWS
    yield evidence("schema-mismatches", ALL, exact(0, n))
    yield evidence("duplicate-rows-rate", ALL, rate(31, n, ""))
    yield evidence("missing-rate", ALL, rate(401, n * 10, ""))
    for column, missing in zip(FEATURES, (0, 212, 0, 0, 14, 1_180, 0, 0, 0, 3), strict=True):
        yield evidence("missing-rate", Slice.of({"column": column}), rate(missing, n, ""))
        yield evidence(
            "single-feature-auc", Slice.of({"feature": column}),
            around(0.5 + 0.2 * hash_share(column), 0.01, n, "delong"),
        )  # fmt: skip
    for item in list(known):
        if item.measure == "rows" and len(item.slice.terms) == 1:
            rows = int(item.outcome.value)  # type: ignore[union-attr]
            yield evidence("group-representation", item.slice, rate(rows, n, ""))


def robustness_evidence() -> Iterator[Evidence | Curve]:
    """What is lost when the data get worse."""
    n = ROWS
    for name, worst in (("missing-values", 0.062), ("noise", 0.031), ("category-swap", 0.048)):
        points = [Point(x=0.0, y=0.0, low=0.0, high=0.0, rows=n)]
        for severity in (0.1, 0.2, 0.4):
            drop = worst * (severity / 0.4) ** 0.8
            slice_ = Slice.of({"perturbation": name, "severity": str(severity)})
            yield evidence("accuracy-drop", slice_, around(drop, 0.006, n))
            yield evidence("roc-auc-drop", slice_, around(drop * 0.8, 0.005, n))
            points.append(Point(x=severity, y=drop, low=drop - 0.006, high=drop + 0.006, rows=n))
        yield Curve(
            slug="degradation", slice=ALL, subject=name, points=tuple(points),
            x_title="Severity", y_title="Accuracy lost",
        )  # fmt: skip
    yield evidence(
        "accuracy-drop", Slice.of({"perturbation": "prevalence-shift", "severity": "0.4"}),
        Unmeasured(reason="the model is not at hand; only its predictions were given"),
    )  # fmt: skip


def explain_evidence() -> Iterator[Evidence | Curve]:
    """Which features the model leans on, and how."""
    for index, feature in enumerate(FEATURES):
        value = 0.17 * 0.62**index - 0.001 * (index == 9)
        yield evidence(
            "permutation-importance", Slice.of({"feature": feature}),
            around(value, 0.002 + value * 0.06, ROWS),
        )  # fmt: skip
    for feature in FEATURES[:3]:
        points = tuple(
            Point(x=x, y=0.2 + 0.6 / (1 + exp(-(x - 62) / 6)), rows=1_400) for x in range(16, 90, 8)
        )
        yield Curve(
            slug="response", slice=ALL, subject=feature, points=points,
            x_title=feature, y_title="Mean score",
        )  # fmt: skip


def curves() -> Iterator[Curve]:
    """ROC and calibration for everybody and every group."""
    for slice_, counts in slices():
        if len(slice_.terms) > 1:
            continue
        tilt = hash_share(str(slice_))
        power = 0.22 + 0.1 * tilt
        steps = [i / 60 for i in range(61)]
        yield Curve(
            slug="roc", slice=slice_, x_title="False-positive rate", y_title="True-positive rate",
            points=tuple(Point(x=x, y=x**power, rows=counts.rows) for x in steps),
        )  # fmt: skip
        half = min(0.2, 1.2 / sqrt(counts.rows / 8))
        bins = []
        for i in range(8):
            x = (i + 0.5) / 8
            y = min(1.0, max(0.0, x + 0.06 * (tilt - 0.5) + 0.04 * (x - 0.5)))
            low, high = max(0.0, y - half), min(1.0, y + half)
            bins.append(Point(x=x, y=y, low=low, high=high, rows=counts.rows // 8))
        yield Curve(
            slug="calibration", slice=slice_, points=tuple(bins),
            x_title="Predicted probability", y_title="Observed share",
        )  # fmt: skip


def assessment() -> AssessmentRecord:
    """The whole assessment."""
    roster = tuple(SliceSize(slice=s, rows=c.rows) for s, c in slices())
    found: list[Evidence] = [e for s, c in slices() for e in group_evidence(s, c)]
    for names in [[a] for a in ATTRIBUTES] + [list(p) for p in combinations(ATTRIBUTES, 2)]:
        found += [across(measure, of, names, found) for measure, of in GAPS.items()]
    found += quality_evidence(found)
    drawn = list(curves())
    for item in [*robustness_evidence(), *explain_evidence()]:
        (drawn if isinstance(item, Curve) else found).append(item)  # type: ignore[arg-type]
    return AssessmentRecord(
        system="job-seeker outreach", dataset=DATASET, dataset_name="acs-ma-2015-holdout",
        model=MODEL, model_name="outreach-gbm", rows=ROWS,
        roles=ColumnRoles(
            label="not-in-work", positive="1", score="score", protected=tuple(ATTRIBUTES),
            features=FEATURES,
        ),
        intersections=2, roster=roster, measures=specs(), evidence=tuple(found),
        curves=tuple(drawn), parameters={"confidence": 0.95, "seed": 0},
        producer="roadworthy 0.1.0", at=AT,
    )  # fmt: skip


def policy() -> Policy:
    """A policy that this model does not meet."""
    return Policy(
        name="high-risk", tier=Tier.HIGH, confidence=0.95,
        requirements=(
            Requirement(
                id="miss-gap", measure="equal-opportunity-difference", scope=Scope.ACROSS,
                at_most=0.05, why="Missing somebody who needs placement support is the harm.",
                remedy="Try group thresholds or reweighing: roadworthy mitigate.",
            ),
            Requirement(
                id="miss-gap-intersections", measure="equal-opportunity-difference",
                scope=Scope.ACROSS_INTERSECTIONS, at_most=0.15,
                remedy="Collect more rows of the smallest groups.",
            ),
            Requirement(
                id="find-each-group", measure="true-positive-rate", scope=Scope.GROUPS,
                at_least=0.65, minimum_rows=100, remedy="Lower the threshold for the group.",
            ),
            Requirement(
                id="four-fifths", measure="demographic-parity-ratio", scope=Scope.ACROSS,
                of=("sex",), at_least=0.8,
            ),
            Requirement(
                id="accuracy", measure="accuracy", at_least=0.75,
                remedy="Train with more data or better features.",
            ),
            Requirement(id="auc", measure="roc-auc", at_least=0.8),
            Requirement(
                id="missing", measure="missing-rate", scope=Scope.GROUPS, of=("column",),
                at_most=0.05,
            ),
            Requirement(
                id="shift", measure="accuracy-drop",
                slice="perturbation=prevalence-shift, severity=0.4", at_most=0.05,
                remedy="Assess with the model, not with a table of predictions.",
            ),
        ),
    )  # fmt: skip


def _judge(requirement: Requirement, item: Evidence) -> Finding:
    outcome = item.outcome
    verdict, reason, needed = Verdict.PASS, "the whole interval is inside the bound", None
    if isinstance(outcome, Unmeasured):
        verdict, reason = Verdict.UNKNOWN, outcome.reason
    elif requirement.at_most is not None:
        if outcome.low > requirement.at_most:
            verdict, reason = Verdict.FAIL, "the whole interval is beyond the bound"
        elif outcome.high > requirement.at_most:
            verdict, reason = Verdict.UNKNOWN, "the interval reaches across the bound"
            needed = outcome.rows * 2 + 310
    elif requirement.at_least is not None:
        if outcome.high < requirement.at_least:
            verdict, reason = Verdict.FAIL, "the whole interval is beyond the bound"
        elif outcome.low < requirement.at_least:
            verdict, reason = Verdict.UNKNOWN, "the interval reaches across the bound"
            needed = outcome.rows * 2 + 310
    worst = item.parameters.get("worst_group")
    waiver = None
    if requirement.id == "missing" and verdict is not Verdict.PASS:
        waiver = Waiver(
            owner="R. Okafor", reason="Military service is asked of few; to be dropped in May.",
            expires=date(2027, 5, 1), requirement="missing",
        )  # fmt: skip
    return Finding(
        requirement=requirement, slice=item.slice, verdict=verdict, outcome=outcome,
        evidence=canonical.digest(item), reason=reason, remedy=requirement.remedy,
        rows_needed=needed, waiver=waiver, worst_group=worst if isinstance(worst, str) else None,
    )  # fmt: skip


def decision(record: AssessmentRecord | None = None) -> Decision:
    """Findings that pass, are undecided, fail, and are waived."""
    record = record or assessment()
    judged = policy()
    findings = []
    for requirement in judged.requirements:
        for item in record.evidence:
            terms, comparison = len(item.slice.terms), item.slice.is_comparison
            wanted = item.measure == requirement.measure and {
                Scope.SLICE: str(item.slice) == requirement.slice,
                Scope.GROUPS: terms == 1 and not comparison,
                Scope.ACROSS: terms == 1 and comparison,
                Scope.ACROSS_INTERSECTIONS: terms == 2 and comparison,
            }.get(requirement.scope, False)
            if wanted and (not requirement.of or item.slice.attributes[0] in requirement.of):
                findings.append(_judge(requirement, item))
    return Decision(
        policy=canonical.digest(judged), policy_name=judged.name,
        assessment=canonical.digest(record), dataset=DATASET, model=MODEL,
        findings=tuple(findings), at=AT,
    )  # fmt: skip


def system() -> System:
    """The system that the model serves."""
    return System(
        name="job-seeker outreach", owner="Labour Office, placement team",
        intended_use="Offer placement support to people who are likely to be out of work.",
        out_of_scope=("Deciding on benefits.", "Ranking applicants for an employer."),
        stakeholders=(
            Stakeholder(name="Job seekers", affected="may be offered support", harm="being missed"),
            Stakeholder(name="Caseworkers", affected="work through the list"),
        ),
        license="apache-2.0", contact="placement@example.org",
    )  # fmt: skip


def model() -> ModelVersion:
    """The model that was assessed."""
    return ModelVersion(
        name="outreach-gbm", digest=MODEL, format=ModelFormat.SKOPS,
        files=(FileEntry(path="model.skops", size=184_220, digest=sha("model.skops")),),
        features=FEATURES, rule=DecisionRule(threshold=0.42), created=AT,
        training=(sha("the training table"),), method="gradient boosting",
        parameters={"max_depth": 4, "learning_rate": 0.1}, code=sha("the training code"),
        environment=sha("the environment"),
    )  # fmt: skip


def tradeoff() -> TradeOff:
    """Four candidates, one chosen, one that could not be measured."""
    made = [
        ("as trained", "gradient boosting", 0.812, 0.094, 2, 3, False, "fails 2 findings"),
        ("reweighed by sex", "reweighing", 0.809, 0.071, 1, 3, False, "fails 1 finding"),
        ("thresholds by race", "group thresholds", 0.801, 0.031, 0, 1, True, "meets the most"),
        ("thresholds by race and age", "group thresholds", 0.779, 0.024, 0, 2, False, "costly"),
    ]  # fmt: skip
    candidates = [
        Candidate(
            name=name, method=method, model=sha(name), x=around(acc, 0.0065, ROWS, "wilson"),
            y=around(gap, 0.018, ROWS, "newcombe"), failing=failing, unknown=unknown,
            chosen=chosen, reason=reason,
        )
        for name, method, acc, gap, failing, unknown, chosen, reason in made
    ]  # fmt: skip
    candidates.append(
        Candidate(
            name="reweighed by race", method="reweighing", x=around(0.8, 0.0065, ROWS, "wilson"),
            y=Unmeasured(reason="race=Other has no positive rows"), failing=0, unknown=6,
        )
    )  # fmt: skip
    return TradeOff(
        objective="the highest balanced accuracy among those that meet the most requirements",
        x_measure="accuracy", y_measure="equal-opportunity-difference", y_slice="race",
        limit=0.05, candidates=tuple(candidates),
    )  # fmt: skip


def datasheet() -> Datasheet:
    """A datasheet with measured, given and missing answers."""
    asked = {
        Section.MOTIVATION: ("Why was the dataset made?", "Who made it?"),
        Section.COMPOSITION: ("What is a row?", "How many rows are there?", "What is missing?"),
        Section.COLLECTION: ("How was each row acquired?", "Did people consent?"),
        Section.PREPROCESSING: ("What was cleaned or labelled?",),
        Section.USES: ("What has it been used for?", "What should it not be used for?"),
        Section.DISTRIBUTION: ("Under which licence?",),
        Section.MAINTENANCE: ("Who maintains it?",),
    }
    entries = []
    for section, questions in asked.items():
        for index, question in enumerate(questions):
            origin = (Origin.PERSON, Origin.MEASURED, Origin.NOBODY)[index]
            answer = None if origin is Origin.NOBODY else f"An answer about {section.value}."
            entries.append(
                Entry(
                    key=f"{section.value}-{index}", section=section, question=question,
                    answer=answer, origin=origin,
                )
            )  # fmt: skip
    return Datasheet(
        dataset=DATASET, name="acs-ma-2015-holdout", title="ACS person records, Massachusetts 2015",
        description="Public-use microdata of the American Community Survey.", license="CC0-1.0",
        creator="US Census Bureau", entries=tuple(entries), at=AT,
    )  # fmt: skip
