"""The risk questionnaire: a graver answer never lowers the tier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.errors import DocumentError
from roadworthy.policy.questionnaire import FLOORS, QUESTIONS, assess_risk
from roadworthy.records.policy import Tier

answers = st.fixed_dictionaries(
    {},
    optional={question.key: st.sampled_from(list(question.answers)) for question in QUESTIONS},
)
HARMLESS = {question.key: next(iter(question.answers)) for question in QUESTIONS}


@given(answers, st.sampled_from(QUESTIONS))
def test_a_graver_answer_never_lowers_the_tier(given_answers, question):
    """Each step towards grave keeps or raises the tier and the score."""
    results = [assess_risk({**given_answers, question.key: a}) for a in question.answers]
    tiers = [result.tier for result in results]
    scores = [result.score for result in results]
    assert tiers == sorted(tiers)
    assert scores == sorted(set(scores))


@given(answers, st.sampled_from(QUESTIONS))
def test_silence_counts_as_the_gravest_answer_and_is_said(given_answers, question):
    """Leaving a question out leads to the tier of its gravest answer, and the reasons say so."""
    silent = {key: answer for key, answer in given_answers.items() if key != question.key}
    result = assess_risk(silent)
    said = assess_risk({**silent, question.key: question.gravest})
    assert (result.tier, result.score) == (said.tier, said.score)
    assert question.key in result.unanswered
    assert any(question.asks in reason and "Nobody answered" in reason for reason in result.reasons)


def test_each_question_has_three_or_four_answers_in_plain_words():
    """Nobody should need a lawyer to answer."""
    assert len(QUESTIONS) == 9
    for question in QUESTIONS:
        assert len(question.answers) == 4
        assert question.asks.endswith("?")
        assert all(len(meaning) < 80 for meaning in question.answers.values())


def test_the_ends_of_the_scale():
    """Harmless answers are minimal risk; no answers at all are critical."""
    assert assess_risk(HARMLESS).tier is Tier.MINIMAL
    assert assess_risk(HARMLESS).unanswered == ()
    assert assess_risk({}).tier is Tier.CRITICAL


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.why)
def test_no_sum_softens_a_floor(floor):
    """With all else harmless, the combination alone sets the tier, and the reasons say why."""
    grave = {
        question.key: list(question.answers)[floor.points[question.key]]
        for question in QUESTIONS
        if question.key in floor.points
    }
    result = assess_risk({**HARMLESS, **grave})
    assert result.tier >= floor.tier
    assert any(floor.why in reason for reason in result.reasons) or result.tier > floor.tier


def test_an_irreversible_decision_by_the_system_alone_is_critical():
    """However few people it affects."""
    result = assess_risk(
        {
            **HARMLESS,
            "consequence": "inconvenience",
            "reversibility": "never",
            "autonomy": "automatic",
        }
    )
    assert result.tier is Tier.CRITICAL
    assert result.reasons[1] == (
        "at least critical risk, because the system acts alone and a wrong outcome can never be "
        "undone"
    )


def test_outreach_to_job_seekers_is_high_risk():
    """People who need a service, sensitive data and a regulated field: high, and not critical."""
    result = assess_risk(
        {
            "affected": "public",
            "consequence": "opportunity",
            "reversibility": "with-effort",
            "autonomy": "person-reviews",
            "scale": "thousands",
            "vulnerable_groups": "mainly",
            "sensitive_data": "sensitive",
            "regulated_domain": "regulated",
            "recourse": "possible",
        }
    )
    assert (result.tier, result.score, result.unanswered) == (Tier.HIGH, 17, ())
    assert result.reasons[0] == "17 of 27 points, which is high risk"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"afected": "public"}, r"no question 'afected'; .*Did you mean affected\?"),
        ({"affected": "publik"}, r"'publik' is no answer to 'affected' .*Did you mean public\?"),
        ({"affected": "everybody and his dog"}, "expected one of nobody, colleagues"),
    ],
)
def test_unknown_questions_and_answers_are_refused(wrong, message):
    """A misspelt answer must not count as no answer."""
    with pytest.raises(DocumentError, match=message):
        assess_risk(wrong)
