"""The text of a new project file: every name with a comment, what is unknown left to be said."""

from __future__ import annotations

import json
import re
from textwrap import wrap

from roadworthy.policy.questionnaire import QUESTIONS, Question, assess_risk
from roadworthy.policy.system_file import parse_system
from roadworthy.records.versions import Task
from roadworthy.workflows.init import Proposal

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS_OF_YAML = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

_TAIL = """\
# What fairness means here: a bounded measure, for whom, and why. Example:
# objectives:
#   - id: nobody-missed
#     measure: true-positive-rate
#     scope: groups            # every group of each protected column
#     at_least: 0.7
#     stakeholder: people affected
#     why: Missing somebody who should be found is the harm.

# The policy to judge by: minimal, limited, high or critical, or the path of a policy file. Left
# out, it is the pack of the tier that the answers under `risk` lead to.
# policy: high

# Findings that a named person accepts until a day. Example:
# waivers:
#   - requirement: equal-opportunity
#     slice: sex
#     owner: Jane Doe
#     reason: Accepted by the board on the first of March.
#     expires: 2027-03-31
"""


def render_project_file(proposal: Proposal) -> str:
    """The commented project file; what it says has been read back by the parser.

    Raises:
        DocumentError: an answer cannot be said in a project file.
    """
    parts = [_head(proposal), _risk(proposal), _data(proposal), _columns(proposal), _TAIL]
    text = "\n".join(parts)
    parse_system(text, "roadworthy.yaml")
    return text


def _head(proposal: Proposal) -> str:
    return f"""\
# The project file of Roadworthy. Check it with: roadworthy assess
# Every name is described in roadworthy/policy/system.schema.json, which editors can read.

name: {quoted(proposal.name)}
owner: {quoted(proposal.owner)}                # who answers for the system
# contact: team@example.org
# license: Apache-2.0
intended_use: {quoted(proposal.intended_use)}
# out_of_scope:
#   - what it must not be used for

# Who is affected, how, and what would harm them. Example:
# stakeholders:
#   - name: people affected
#     affected: They are offered a service, or not.
#     harm: Somebody who needs the service is missed.
"""


def _risk(proposal: Proposal) -> str:
    tier = assess_risk(proposal.risk).tier.name.lower()
    lines = [
        "# How much harm can it do? The answers choose the policy. A question left unanswered",
        f"# counts as its gravest answer. As answered now: {tier}.",
        "risk:" if proposal.risk else "# risk:",
    ]
    for question in QUESTIONS:
        lines += _question(question, proposal.risk.get(question.key), any(proposal.risk))
    return "\n".join(lines) + "\n"


def _question(question: Question, answer: str | None, section: bool) -> list[str]:
    """The question and its answers as comments; the answer, or its place, as a comment too."""
    sign = "  #" if section else "#   #"
    lines = [f"{sign} {question.asks}"]
    lines += [f"{sign}   {key}: {meaning}" for key, meaning in question.answers.items()]
    if answer is not None:
        return [*lines, f"  {question.key}: {answer}"]
    place = "  # " if section else "#   "
    return [*lines, f"{place}{question.key}: {question.gravest}"]


def _data(proposal: Proposal) -> str:
    return f"""\
# Where the data comes from: files (paths, globs or a folder), a table elsewhere (its URL, or the
# folder of a Delta table), a SQL statement over other datasets, or a fixed part of one. Examples:
#   loans: {{table: "postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE"}}   # never a password
#   adults: {{sql: adults.sql, inputs: [data]}}
#   holdout: {{split: {{of: data, by: id, low: 0.8, high: 1}}}}
datasets:
  data:
    {"table" if proposal.elsewhere else "files"}: {quoted(proposal.file)}
assess: data
# train: train                # what the model was trained on; compared with for drift and overlap
# model: model                # the model's name or folder, if it should score the rows itself
"""


def _columns(proposal: Proposal) -> str:
    roles = proposal.roles
    lines = ["# What the columns mean.", "columns:"]
    binary = roles.task is Task.BINARY
    lines += [] if binary else [f"  task: {roles.task}   # one of several classes"]
    values = "two values" if binary else "several classes"
    lines += _role("label", roles.label, f"the true outcome; {values}")
    lines += _role("positive", roles.positive, "the label's positive value") if binary else []
    lines += _role("prediction", roles.prediction, f"the system's decision; {values}")
    lines += _role("score", roles.score, "its probability of the positive value") if binary else []
    lines += ["  scores:   # the probability of each class"] if roles.scores else []
    lines += [f"    {quoted(name)}: {quoted(at)}" for name, at in roles.scores.items()]
    lines += [f"  threshold: {roles.threshold:g}              # from here on a score is positive"]
    lines += _role("weight", roles.weight, "row weights")
    lines += _role("identifier", roles.identifier, "tells rows apart; never a feature")
    lines += _role("timestamp", roles.timestamp, "when the row arose")
    shown = ", ".join(quoted(name) for name in roles.protected)
    lines += [f"  protected: [{shown}]   # columns whose groups are compared"]
    lines += [
        f"  # {quoted(name)} has too many values to compare; make bands of it in SQL first"
        for name in proposal.too_fine
        if name not in roles.protected
    ]
    lines += ["  # features: []            # what the model reads; if left out, all other columns"]
    lines += ["  # reference_groups: {sex: Male}  # whom the other groups are compared with"]
    lines += ["  # ranges: {age: [0, 120]}        # values outside are impossible"]
    found = ", ".join(column.name for column in proposal.columns)
    lines += [f"  # {line}" for line in wrap(f"Columns found: {found}", 90, break_on_hyphens=False)]
    lines += ["", f"intersections: {min(2, max(1, len(roles.protected)))}   # columns at once"]
    return "\n".join(lines) + "\n"


def _role(name: str, column: str | None, meaning: str) -> list[str]:
    if column is None:
        return [f"  # {name}:   # {meaning}"]
    return [f"  {name}: {quoted(column)}   # {meaning}"]


def quoted(text: str) -> str:
    """Text as YAML, in quotes where it could be read as anything but text.

    >>> quoted("age_band"), quoted("yes"), quoted("1"), quoted("a: b")
    ('age_band', '"yes"', '"1"', '"a: b"')
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML:
        return text
    return json.dumps(text, ensure_ascii=False)
