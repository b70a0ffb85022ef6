"""Which fairness measures fit a system: five questions, and what their answers lead to.

No measure of fairness fits every use, and several exclude each other where groups differ in their
base rates (Chouldechova, 2017; Kleinberg, Mullainathan and Raghavan, 2017). What decides is whether
labels can be trusted, which error hurts whom, and what the law asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from roadworthy.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceQuestion:
    """One question, with the answers that it takes: a word, and what it means."""

    key: str
    text: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """A measure to ask for, by its slug, and why."""

    measure: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Measures to ask for, the most important first, and what to beware of."""

    recommendations: tuple[Recommendation, ...]
    cautions: tuple[str, ...]


QUESTIONS = (
    AdviceQuestion(
        key="answer",
        text="What does the system answer?",
        answers={
            "decision": "yes or no, or a score that becomes one; or one of several classes",
            "number": "an amount: a price, a duration, a dose",
            "ranking": "an order in which people or offers are shown",
        },
    ),
    AdviceQuestion(
        key="labels",
        text="Can the recorded outcomes be trusted, equally in every group?",
        answers={
            "yes": "they were observed the same way for everybody",
            "no": "they were decided by people or measured differently (arrests for crimes, say)",
        },
    ),
    AdviceQuestion(
        key="shares",
        text="Must each group get its share, whatever the outcomes say?",
        answers={
            "no": "nothing asks for it",
            "yes": "a law, a mandate or a remedy does (the four-fifths rule, say)",
            "explained": "yes, among cases alike in what may legitimately matter",
        },
    ),
    AdviceQuestion(
        key="error",
        text="Which error harms the people concerned more?",
        answers={
            "missed": "to be overlooked: help, a loan or a job that was deserved is not given",
            "alarm": "to be picked by mistake: a search, a fine or a refusal that was not deserved",
            "both": "both, about the same",
        },
    ),
    AdviceQuestion(
        key="score",
        text="Do people read the score itself, or only the decision?",
        answers={
            "decision": "only the decision",
            "score": "the score: it sets a price, or an officer weighs it",
        },
    ),
)
"""The questions in the order in which they are asked."""

_SHARES = {
    "yes": Recommendation(
        measure="demographic-parity-ratio",
        why="each group must be picked about as often; below 0.8 breaks the four-fifths rule",
    ),
    "explained": Recommendation(
        measure="conditional-demographic-parity-difference",
        why="groups are compared among like cases; name what may matter with `condition`",
    ),
}
_ERRORS = {
    "missed": (
        Recommendation(
            measure="equal-opportunity-difference",
            why="those who deserve it must be found about as often in every group",
        ),
    ),
    "alarm": (
        Recommendation(
            measure="false-positive-rate-parity-difference",
            why="those who do not deserve it must be spared about as often in every group",
        ),
        Recommendation(
            measure="predictive-parity-difference",
            why="being picked must mean the same in every group",
        ),
    ),
    "both": (
        Recommendation(
            measure="equalized-odds-difference",
            why="both kinds of error must be about as frequent in every group",
        ),
    ),
}
_SCORES = Recommendation(
    measure="expected-calibration-error-difference",
    why="a score must mean the same chance in every group, since people act on it",
)
_NUMBERS = {
    "missed": Recommendation(
        measure="mean-error-gap", why="no group may be under- or overestimated more than another"
    ),
    "alarm": Recommendation(
        measure="mean-error-gap", why="no group may be under- or overestimated more than another"
    ),
    "both": Recommendation(
        measure="mean-absolute-error-gap", why="the system must be as exact for every group"
    ),
}
_WORST = Recommendation(
    measure="worst-group-absolute-error", why="the worst served group must be served well enough"
)
_IMPOSSIBLE = (
    "Where groups differ in their base rates, equal error rates, equal trust in a positive "
    "decision and equal shares exclude each other: bound what matters most, and report the rest."
)
_BIASED = (
    "Outcomes that are wrong for one group make every measure that uses them wrong for it: equal "
    "shares are what remains, and better labels are the remedy. Compare `base-rate-difference`."
)
_SMALL = (
    "A gap between groups says nothing about how well any of them is served: bound the worst group "
    "too, and read the interval before the number."
)


def advise(answers: Mapping[str, str]) -> Advice:
    """The measures that fit the answers.

    Args:
        answers: for the key of each question, one of its answers.

    Raises:
        UsageError: a question is unknown or unanswered, or has no such answer.
    """
    _check(answers)
    trusted = answers["labels"] == "yes"
    match answers["answer"]:
        case "number":
            found = _of_numbers(answers, trusted=trusted)
        case "ranking":
            found = _of_rankings(answers, trusted=trusted)
        case _:
            found = _of_decisions(answers, trusted=trusted)
    cautions = [_IMPOSSIBLE] if trusted and answers["answer"] == "decision" else []
    cautions += [] if trusted else [_BIASED]
    return Advice(recommendations=tuple(found), cautions=(*cautions, _SMALL))


def policy_lines(advice: Advice) -> str:
    """The recommendations as requirements of a policy file; the limits are only examples."""
    lines = ["requirements:"]
    for item in advice.recommendations:
        ratio = item.measure.endswith("-ratio")
        lines += [
            f"  - id: {item.measure}",
            f"    measure: {item.measure}",
            "    scope: across",
            "    at_least: 0.8" if ratio else "    at_most: 0.1",
            f"    why: {item.why[0].upper()}{item.why[1:]}.",
        ]
    return "\n".join(lines)


def _of_decisions(answers: Mapping[str, str], *, trusted: bool) -> list[Recommendation]:
    found = [_SHARES[answers["shares"]]] if answers["shares"] in _SHARES else []
    if trusted:
        found += _ERRORS[answers["error"]]
        found += [_SCORES] if answers["score"] == "score" else []
    elif not found:
        found.append(
            Recommendation(
                measure="demographic-parity-difference",
                why="labels cannot be trusted, so only what the system does can be compared",
            )
        )
    return found


def _of_numbers(answers: Mapping[str, str], *, trusted: bool) -> list[Recommendation]:
    found = []
    if answers["shares"] == "explained":
        found.append(
            Recommendation(
                measure="conditional-mean-prediction-gap",
                why="groups are compared among like cases; name what may matter with `condition`",
            )
        )
    elif answers["shares"] == "yes" or not trusted:
        found.append(
            Recommendation(
                measure="mean-prediction-gap", why="each group must be given about as much"
            )
        )
    return [*found, _NUMBERS[answers["error"]], _WORST] if trusted else found


def _of_rankings(answers: Mapping[str, str], *, trusted: bool) -> list[Recommendation]:
    if trusted and answers["shares"] == "no":
        return [
            Recommendation(
                measure="exposure-merit-ratio",
                why="each group must be seen in proportion to how relevant it is",
            )
        ]
    return [
        Recommendation(
            measure="exposure-parity-ratio", why="each group must be seen in proportion to its size"
        ),
        Recommendation(
            measure="top-10-parity-ratio",
            why="each group must reach the places that people look at",
        ),
    ]


def _check(answers: Mapping[str, str]) -> None:
    known = {question.key: question for question in QUESTIONS}
    unknown = sorted(set(answers) - set(known))
    if unknown:
        raise UsageError(f"no question is called {unknown[0]!r}; there are: {', '.join(known)}")
    for key, question in known.items():
        given = answers.get(key)
        if given not in question.answers:
            found = "no answer" if given is None else repr(given)
            raise UsageError(
                f"{question.text} Expected {key} to be one of {', '.join(question.answers)}; "
                f"found {found}"
            )
