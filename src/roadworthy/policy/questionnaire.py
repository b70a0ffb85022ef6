"""A light questionnaire about the harm that a system can do, and the tier that its answers lead to.

Nine questions, each with answers from harmless to grave, worth 0 to 3 points. The sum chooses the
tier; then floors apply: combinations so grave that no sum of other answers may soften them. A
graver answer never lowers the tier. A question that nobody answered counts as its gravest answer,
and the result says so.

The questions follow what the published impact assessments have in common (the Canadian Algorithmic
Impact Assessment, the risk classes of the EU AI Act, NIST AI RMF "Map"). The result is a place to
start a discussion, not legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from roadworthy.errors import DocumentError
from roadworthy.records.document import suggestion
from roadworthy.records.policy import RiskAssessment, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; its answers stand from harmless to grave and are worth 0, 1, 2, 3 points."""

    key: str
    asks: str
    answers: Mapping[str, str]

    def points(self, answer: str) -> int:
        """What an answer is worth."""
        return list(self.answers).index(answer)

    @property
    def gravest(self) -> str:
        """The answer that counts when nobody answered."""
        return list(self.answers)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A tier that no sum may go below, once each question named has at least these points."""

    tier: Tier
    points: Mapping[str, int]
    why: str


QUESTIONS = (
    Question(
        key="affected",
        asks="Who is affected by what the system says?",
        answers={
            "nobody": "no person: machines, stock, traffic",
            "colleagues": "people inside the organisation that runs it",
            "customers": "customers or users who chose to deal with it",
            "public": "people who did not choose it: applicants, patients, citizens",
        },
    ),
    Question(
        key="consequence",
        asks="What can a wrong answer cost a person?",
        answers={
            "nothing": "nothing that anybody would notice",
            "inconvenience": "some time or some annoyance",
            "opportunity": "money, a chance or a service that they needed",
            "life": "health, safety, liberty or livelihood",
        },
    ),
    Question(
        key="reversibility",
        asks="Can a wrong outcome be undone?",
        answers={
            "at-once": "yes, at once and without loss",
            "with-effort": "yes, with some time or effort",
            "partly": "in part only",
            "never": "no",
        },
    ),
    Question(
        key="autonomy",
        asks="Who takes the decision?",
        answers={
            "person-decides": "a person, with the system as one source among several",
            "person-reviews": "a person, who looks at each suggestion before it counts",
            "person-can-stop": "the system, while a person watches and can step in",
            "automatic": "the system alone",
        },
    ),
    Question(
        key="scale",
        asks="About how many people does it affect in a year?",
        answers={
            "hundreds": "fewer than a thousand",
            "thousands": "thousands",
            "hundred-thousands": "up to a million",
            "millions": "more than a million",
        },
    ),
    Question(
        key="vulnerable_groups",
        asks="Are people affected who can hardly defend themselves (children, the ill, the poor)?",
        answers={
            "no": "no, or no more than by chance",
            "some": "some of them",
            "many": "many of them",
            "mainly": "mainly them; the system is about them",
        },
    ),
    Question(
        key="sensitive_data",
        asks="What does the system know about people?",
        answers={
            "none": "nothing about persons",
            "personal": "ordinary personal data",
            "proxies": "data that gives sensitive traits away (postcode, name, purchases)",
            "sensitive": "health, ethnicity, belief, sexuality, disability, criminal record",
        },
    ),
    Question(
        key="regulated_domain",
        asks="Is the field regulated?",
        answers={
            "no": "no",
            "general": "only by general law (consumers, data protection)",
            "regulated": "work, credit, insurance, education, housing, public services, health",
            "coercive": "police, justice, migration, or a safety part of a product",
        },
    ),
    Question(
        key="recourse",
        asks="Can somebody who is wronged object?",
        answers={
            "easy": "yes: they are told, and a person reconsiders at once",
            "possible": "yes, if they ask",
            "hard": "in principle, but few could",
            "none": "no, or they never learn of it",
        },
    ),
)
"""The questions, in the order they are asked."""

BY_KEY = {question.key: question for question in QUESTIONS}

GRAVE = 2
"""The points from which an answer is among the reasons."""

LIMITED_FROM, HIGH_FROM, CRITICAL_FROM = 6, 13, 20
"""The sums of points (of 27) from which each tier applies."""

FLOORS = (
    Floor(
        tier=Tier.CRITICAL,
        points={"reversibility": 3, "autonomy": 3, "consequence": 1},
        why="the system acts alone and a wrong outcome can never be undone",
    ),
    Floor(
        tier=Tier.CRITICAL,
        points={"consequence": 3, "autonomy": 3},
        why="the system alone decides about health, safety, liberty or livelihood",
    ),
    Floor(
        tier=Tier.CRITICAL,
        points={"regulated_domain": 3, "affected": 2, "autonomy": 2},
        why="in police, justice, migration or safety the system acts before a person does",
    ),
    Floor(
        tier=Tier.HIGH,
        points={"consequence": 3},
        why="a wrong answer can cost health, safety, liberty or livelihood",
    ),
    Floor(
        tier=Tier.HIGH,
        points={"regulated_domain": 2, "affected": 2},
        why="it concerns people in a field that the law protects specially",
    ),
    Floor(
        tier=Tier.HIGH,
        points={"vulnerable_groups": 3, "consequence": 2},
        why="people who can hardly defend themselves may lose something they need",
    ),
    Floor(
        tier=Tier.HIGH,
        points={"recourse": 3, "autonomy": 3, "consequence": 1},
        why="the system decides alone and nobody can object",
    ),
    Floor(
        tier=Tier.LIMITED,
        points={"sensitive_data": 3, "affected": 1},
        why="it uses sensitive data about people",
    ),
    Floor(
        tier=Tier.LIMITED,
        points={"consequence": 2},
        why="a wrong answer can cost a person money, a chance or a service",
    ),
)
"""What no sum may soften, gravest first."""


def assess_risk(answers: Mapping[str, str]) -> RiskAssessment:
    """The tier that these answers lead to, and why.

    >>> assess_risk({question.key: list(question.answers)[0] for question in QUESTIONS}).tier
    <Tier.MINIMAL: 1>
    >>> assess_risk({}).tier
    <Tier.CRITICAL: 4>

    Raises:
        DocumentError: a question or an answer is not one of those offered.
    """
    _check(answers)
    unanswered = tuple(question.key for question in QUESTIONS if question.key not in answers)
    full = {q.key: answers.get(q.key, q.gravest) for q in QUESTIONS}
    points = {q.key: q.points(full[q.key]) for q in QUESTIONS}
    score = sum(points.values())
    floors = [f for f in FLOORS if all(points[key] >= low for key, low in f.points.items())]
    tier = max([_tier_of(score), *(floor.tier for floor in floors)])
    return RiskAssessment(
        answers={key: answers[key] for key in BY_KEY if key in answers},
        tier=tier,
        score=score,
        reasons=_reasons(full, score, floors, unanswered),
        unanswered=unanswered,
    )


def _check(answers: Mapping[str, str]) -> None:
    for key, answer in answers.items():
        if key not in BY_KEY:
            raise DocumentError(
                f"the risk questionnaire has no question {key!r}; its questions: "
                f"{', '.join(BY_KEY)}. {suggestion(key, BY_KEY)}".rstrip()
            )
        offered = BY_KEY[key].answers
        if answer not in offered:
            raise DocumentError(
                f"{answer!r} is no answer to {key!r} ({BY_KEY[key].asks}); expected one of "
                f"{', '.join(offered)}. {suggestion(answer, offered)}".rstrip()
            )


def _tier_of(score: int) -> Tier:
    if score >= CRITICAL_FROM:
        return Tier.CRITICAL
    if score >= HIGH_FROM:
        return Tier.HIGH
    return Tier.LIMITED if score >= LIMITED_FROM else Tier.MINIMAL


def _reasons(
    full: Mapping[str, str], score: int, floors: list[Floor], unanswered: tuple[str, ...]
) -> tuple[str, ...]:
    by_score = _tier_of(score)
    grave = [q for q in QUESTIONS if q.points(full[q.key]) >= GRAVE and q.key not in unanswered]
    grave.sort(key=lambda question: -question.points(full[question.key]))
    return (
        f"{score} of {3 * len(QUESTIONS)} points, which is {by_score.name.lower()} risk",
        *(
            f"at least {floor.tier.name.lower()} risk, because {floor.why}"
            for floor in floors
            if floor.tier > by_score
        ),
        *(f"{q.asks} {q.answers[full[q.key]].capitalize()}" for q in grave),
        *(_silence(BY_KEY[key]) for key in unanswered),
    )


def _silence(question: Question) -> str:
    gravest = question.answers[question.gravest]
    return f"Nobody answered {question.asks!r}; it counts as its gravest answer: {gravest}"
