"""Init: what is proposed from a table, and what a person makes of it."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from roadworthy.adapters.duckdb import DuckDBEngine
from roadworthy.errors import DocumentError
from roadworthy.policy.questionnaire import QUESTIONS
from roadworthy.policy.system_file import parse_system
from roadworthy.workflows.init import NOT_NAMED, interview, propose
from roadworthy.workflows.project_file import quoted, render_project_file

ROWS = 40


def columns(**more: list) -> dict[str, list]:
    """A small table of people, some of its columns named as people name them."""
    return {
        "person_id": list(range(ROWS)),
        "Age": [20 + i for i in range(ROWS)],
        "ageBand": ["young", "old"] * (ROWS // 2),
        "SEX": ["F", "M", "F", "X"] * (ROWS // 4),
        "hired": [0, 1] * (ROWS // 2),
        **more,
    }


def proposed(given: dict[str, list]):
    """The table and what is proposed for it."""
    table = DuckDBEngine().open(pa.table(given), name="people")
    return table, propose(table, name="people", file="data/people.parquet")


def test_roles_are_proposed_from_names_and_values():
    """Two values and a telling name make a label; few values and a telling name make a group."""
    _, proposal = proposed(
        columns(probability=[i / ROWS for i in range(ROWS)], weight=[1.0] * ROWS)
    )
    roles = proposal.roles
    assert (roles.label, roles.positive) == ("hired", "1")
    assert roles.protected == ("ageBand", "SEX")
    assert proposal.too_fine == ("Age",)
    assert (roles.score, roles.weight, roles.identifier) == ("probability", "weight", "person_id")
    assert roles.prediction is None


def test_a_prediction_is_not_taken_for_the_label():
    """Both have two values; the name tells them apart."""
    _, proposal = proposed(columns(y_pred=[0, 1] * (ROWS // 2)))
    assert (proposal.roles.label, proposal.roles.prediction) == ("hired", "y_pred")


def test_the_only_column_with_two_values_is_the_label_whatever_its_name():
    """There is nothing else that it could be."""
    given = {"amount": list(range(ROWS)), "outcome7": ["good", "bad"] * (ROWS // 2)}
    _, proposal = proposed(given)
    assert (proposal.roles.label, proposal.roles.positive) == ("outcome7", "good")


def test_what_cannot_be_told_is_not_guessed():
    """Two candidates without a telling name are no proposal, and odd values have no positive."""
    _, proposal = proposed({"a": ["p", "q"] * 20, "b": [0, 1] * 20})
    assert (proposal.roles.label, proposal.roles.positive) == (None, None)
    _, odd = proposed({"label": ["p", "q"] * 20})
    assert (odd.roles.label, odd.roles.positive) == ("label", None)


def test_the_file_written_is_read_back():
    """The proposal is in it, and everything unknown is left to be said."""
    _, proposal = proposed(columns())
    text = render_project_file(proposal)
    system = parse_system(text, "roadworthy.yaml")
    assert (system.name, system.owner, system.assess) == ("people", NOT_NAMED, "data")
    assert system.datasets[0].files == ("data/people.parquet",)
    assert system.roles.protected == ("ageBand", "SEX")
    assert (system.roles.label, system.roles.identifier) == ("hired", "person_id")
    assert system.risk == {}
    assert "# Age has too many values to compare; make bands of it in SQL first" in text
    assert "As answered now: critical." in text
    assert max(map(len, text.splitlines())) <= 100
    for question in QUESTIONS:
        assert f"# {question.asks}" in text


def test_commented_questions_can_be_uncommented():
    """Taking away the `# ` before each line under `risk` gives the gravest answers."""
    _, proposal = proposed(columns())
    before, risk, after = re.split(
        r"^(# risk:.*?)^$",
        render_project_file(proposal),
        maxsplit=1,
        flags=re.DOTALL | re.MULTILINE,
    )
    opened = "".join(line.removeprefix("# ") for line in risk.splitlines(keepends=True))
    system = parse_system(before + opened + after, "roadworthy.yaml")
    assert system.risk == {question.key: question.gravest for question in QUESTIONS}


def test_a_person_corrects_and_completes_the_proposal():
    """Every question shows its proposal; answers arrive in the file."""
    table, proposal = proposed(columns(vote=["yes", "no"] * (ROWS // 2)))
    said = {
        "Which column holds the true outcome?": "vote",
        "Which columns hold groups to compare (sex, race, ...), with commas between?": "SEX, SEX,",
        "What is the system called?": "Hiring: round 2",
        "Who answers for it?": "yes",
        QUESTIONS[0].asks: "public",
    }
    asked = []

    def ask(question, default, answers):
        asked.append((question, default, list(answers)))
        return said.get(question, default)

    answered = interview(proposal, table, ask)
    system = parse_system(render_project_file(answered), "f")
    assert (system.name, system.owner) == ("Hiring: round 2", "yes")
    assert (system.roles.label, system.roles.positive) == ("vote", "yes")
    assert system.roles.protected == ("SEX",)
    assert system.risk == {"affected": "public"}
    shown = {question: (default, answers) for question, default, answers in asked}
    assert shown["Which column holds the true outcome?"][0] == "hired"
    assert shown["Which of its values is the positive one (what the system looks for)?"] == (
        "yes",
        ["no", "yes"],
    )


def test_values_that_say_nothing_are_offered_for_a_person_to_choose():
    """Which of p and q is the positive one, nobody but a person can know."""
    table, proposal = proposed({"label": ["p", "q"] * 20, "many": list(range(40))})
    offered = {}

    def ask(question, default, answers):
        offered[question] = list(answers)
        return "q" if "positive one" in question else default

    assert interview(proposal, table, ask).roles.positive == "q"
    positive = "Which of its values is the positive one (what the system looks for)?"
    assert offered[positive] == ["p", "q"]

    def ask_for_many(question, default, _answers):
        return "many" if "true outcome" in question else default

    assert interview(proposal, table, ask_for_many).roles.positive is None


def test_a_person_may_say_that_there_is_no_label():
    """Nothing is an answer."""
    table, proposal = proposed(columns())

    def ask(question, default, _answers):
        return "" if "true outcome" in question else default

    assert interview(proposal, table, ask).roles.label is None


@pytest.mark.parametrize(
    "text", ["yes", "1", "a: b", "# x", "-", "é", "'", '"', "null", "a\nb", "sex"]
)
def test_any_name_survives_quoting(text):
    """Column names come from data."""
    document = f"name: {quoted(text)}\nowner: o\nintended_use: u\n"
    try:
        assert parse_system(document, "f").name == text.strip()
    except DocumentError:
        assert text.strip() == ""


def test_a_guessed_weight_is_asked_about():
    """It changes every number, so nobody should find it in the file by surprise."""
    table, proposal = proposed(columns(weight=[1.0] * ROWS))
    asked = []

    def ask(question, default, _answers):
        asked.append(question)
        return "" if "weights" in question else default

    assert interview(proposal, table, ask).roles.weight is None
    assert "Which column weights the rows?" in asked


def test_columns_found_are_named_whole():
    """A name with a hyphen is not broken across two lines."""
    names = [f"a-rather-long-column-name-{i}" for i in range(12)]
    _, proposal = proposed(columns(**{name: [0] * ROWS for name in names}))
    text = render_project_file(proposal)
    assert all(re.search(rf"{name}(,|$)", text, re.MULTILINE) for name in names)
