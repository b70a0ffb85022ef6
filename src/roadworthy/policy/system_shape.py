"""The table of names of a project file: what each may hold, and what it means to a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from roadworthy.data.places import is_remote
from roadworthy.policy.pack import PACKS
from roadworthy.policy.places import secret_in, where_secrets_belong, wrong_with
from roadworthy.policy.questionnaire import QUESTIONS
from roadworthy.policy.requirements import (
    BOUNDED,
    COLUMNS,
    REQUIREMENT,
    TASKS,
    WAIVER,
    Draft,
)
from roadworthy.policy.shape import (
    SLUG,
    Choice,
    Json,
    ListOf,
    MapOf,
    Member,
    Number,
    Object,
    OneOrMore,
    Text,
    Word,
)
from roadworthy.records.document import Fields, Node
from roadworthy.records.record import JSON
from roadworthy.records.system import DatasetSource, Split, Stakeholder
from roadworthy.records.versions import ColumnRoles, Task

SENTENCE = Text(words="a sentence")
COLUMN = Text(words="a column's name")
PATH = Text(words="a path")
DATASET = Text(words="the name of a dataset in `datasets`")

ORIGINS = ("files", "table", "sql", "split")
"""A dataset comes from exactly one of these."""


# --- parts ---------------------------------------------------------------------------------------


def _dataset(values: dict[str, Any], node: Fields) -> DatasetSource:
    origins = [origin for origin in ORIGINS if origin in values]
    if len(origins) != 1:
        raise node.refusal(
            "exactly one of `files`, `table`, `sql` and `split`",
            found=" and ".join(f"`{origin}`" for origin in origins) or "none of them",
        )
    if ("inputs" in values) != ("sql" in values):
        raise node.refusal("`sql` and `inputs` together: what the statement reads, by name")
    for place in values.get("files", ()):
        if is_remote(place):
            raise node.nodes["files"].refusal(
                "paths or globs on this machine; name a table elsewhere by `table: URL`",
                found=secret_in(place) or f"the URL {place}",
            )
    if "table" in values:
        _check_place(values["table"], node.nodes["table"])
    return DatasetSource(name="", **values)


def _check_place(place: str, node: Node) -> None:
    if (secret := secret_in(place)) is not None:
        raise node.refusal(where_secrets_belong(place), found=secret)
    if (wanted := wrong_with(place)) is not None:
        raise node.refusal(wanted)


def _split(values: dict[str, Any], node: Fields) -> Split:
    if values["low"] >= values["high"]:
        raise node.nodes["low"].refusal(f"less than `high` ({values['high']:g})")
    return Split(**values)


def _range(values: tuple[float, ...], node: Node) -> tuple[float, ...]:
    if values[0] > values[1]:
        raise node.refusal("the lowest possible value before the highest")
    return values


def _columns(values: dict[str, Any], node: Fields) -> dict[str, Any]:
    apart: dict[str, Any] = {
        name: values.pop(name)
        for name in ("reference_groups", "reference_shares", "ranges")
        if name in values
    }
    stated = values.pop("task", None)
    roles = ColumnRoles(**values)
    roles = replace(roles, task=Task(stated) if stated else roles.implied_task or Task.BINARY)
    for member in ("reference_groups", "reference_shares"):
        for attribute in apart.get(member, {}):
            if attribute not in roles.protected:
                known = roles.protected or ("(no protected columns)",)
                raise node.nodes[member].fields().unknown(attribute, known, what="protected column")
    for attribute, limits in apart.get("ranges", {}).items():
        _range(limits, node.nodes["ranges"].fields().nodes[attribute])
    if roles.label is not None and roles.label in roles.features:
        raise node.nodes["features"].refusal(
            "features without the label: a model must not read the answer",
            found=f"the label {roles.label!r}",
        )
    return {"roles": roles, **apart}


# --- the table -----------------------------------------------------------------------------------

STAKEHOLDER = Object(
    members=(
        Member(name="name", shape=Text(), meaning="Who they are.", required=True),
        Member(name="affected", shape=SENTENCE, meaning="How it affects them.", required=True),
        Member(name="harm", shape=SENTENCE, meaning="What would harm them."),
    ),
    build=lambda values, _: Stakeholder(**values),
)

SPLIT = Object(
    members=(
        Member(name="of", shape=DATASET, meaning="The dataset to take a part of.", required=True),
        Member(name="by", shape=COLUMN, meaning="The column to hash: one a case.", required=True),
        Member(
            name="low", shape=Number(low=0, high=1), meaning="Where the part begins.", required=True
        ),
        Member(
            name="high", shape=Number(low=0, high=1), meaning="Where the part ends.", required=True
        ),
        Member(name="seed", shape=Number(low=0, whole=True), meaning="Another seed, other parts."),
    ),
    build=_split,
)

_ONE_ORIGIN: dict[str, JSON] = {
    "oneOf": [{"required": [origin]} for origin in ORIGINS],
    "dependentRequired": {"sql": ["inputs"], "inputs": ["sql"]},
}

SOURCE = Object(
    members=(
        Member(
            name="files",
            shape=OneOrMore(item=PATH),
            meaning="Paths or globs of files, or a folder of them.",
        ),
        Member(
            name="table",
            shape=Text(words="the URL of a table, or the folder of a Delta table"),
            meaning="A table elsewhere: postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE, an "
            "object store's URL such as s3://bucket/folder, or the folder of a Delta table. "
            "Without a password.",
        ),
        Member(
            name="sql", shape=PATH, meaning="The path of a SQL file with one SELECT over `inputs`."
        ),
        Member(
            name="inputs",
            shape=ListOf(item=DATASET, at_least=1, unique=True, words="a list of dataset names"),
            meaning="The datasets that the statement reads, by name.",
        ),
        Member(name="split", shape=SPLIT, meaning="A fixed part of another dataset."),
        Member(
            name="parameters", shape=MapOf(value=Json()), meaning="What the lineage should record."
        ),
        Member(name="datasheet", shape=PATH, meaning="A file with people's datasheet answers."),
        Member(name="sensitivity", shape=Text(), meaning="Your class of sensitivity."),
    ),
    build=_dataset,
    rules=_ONE_ORIGIN,
)

ROLES = Object(
    members=(
        Member(
            name="task",
            shape=Choice(options=TASKS),
            meaning="What the system answers about a row; `binary` if the roles say nothing else.",
        ),
        Member(name="label", shape=COLUMN, meaning="The true outcome: two values, or classes."),
        Member(name="positive", shape=Word(), meaning="The label's positive value, as text."),
        Member(name="prediction", shape=COLUMN, meaning="The system's decision."),
        Member(name="score", shape=COLUMN, meaning="The probability of the positive value."),
        Member(
            name="threshold",
            shape=Number(low=0, high=1),
            meaning="A score at or above it is a positive decision.",
        ),
        Member(name="weight", shape=COLUMN, meaning="Row weights, not negative."),
        Member(name="protected", shape=COLUMNS, meaning="Columns whose groups are compared."),
        Member(name="features", shape=COLUMNS, meaning="What the model reads."),
        Member(
            name="condition",
            shape=COLUMNS,
            meaning="Columns that may legitimately explain a difference between groups.",
        ),
        Member(
            name="classes",
            shape=ListOf(item=Word(), at_least=2, unique=True, words="a list of classes"),
            meaning="Of several classes, all of them in order; those that occur if left out.",
        ),
        Member(name="labels", shape=COLUMNS, meaning="Of several labels, the column of each."),
        Member(
            name="predictions",
            shape=MapOf(value=COLUMN, words="labels, each with a column"),
            meaning="Of several labels, the column that answers each.",
        ),
        Member(
            name="scores",
            shape=MapOf(value=COLUMN, words="classes or labels, each with a column"),
            meaning="Of several classes or labels, the column of probabilities of each.",
        ),
        Member(
            name="interval",
            shape=ListOf(
                item=COLUMN, at_least=2, at_most=2, words="two columns: [lower limit, upper limit]"
            ),
            meaning="Of a regression, the columns of the predicted lower and upper limit.",
        ),
        Member(
            name="interval_confidence",
            shape=Number(low=0, high=1),
            meaning="How often a predicted interval should hold the truth.",
        ),
        Member(
            name="metrics",
            shape=COLUMNS,
            meaning="Further columns of numbers, such as response times, whose quantiles matter.",
        ),
        Member(
            name="query",
            shape=COLUMN,
            meaning="Of a ranking, the column whose value the rows of one list share.",
        ),
        Member(name="rank", shape=COLUMN, meaning="Of a ranking, the column of places, 1 the top."),
        Member(name="timestamp", shape=COLUMN, meaning="When the row arose."),
        Member(name="identifier", shape=COLUMN, meaning="What tells rows apart; never a feature."),
        Member(
            name="reference_groups",
            shape=MapOf(
                value=Word(words="a group's value"), words="protected columns with a group"
            ),
            meaning="For a protected column, the group that others are compared with.",
        ),
        Member(
            name="reference_shares",
            shape=MapOf(
                value=MapOf(value=Number(low=0, high=1), words="groups, each with its share"),
                words="protected columns, each with the shares of its groups",
            ),
            meaning="For a protected column, each group's share of the population it stands for.",
        ),
        Member(
            name="ranges",
            shape=MapOf(
                value=ListOf(
                    item=Number(), at_least=2, at_most=2, words="two numbers: [lowest, highest]"
                ),
                words="columns, each with [lowest, highest]",
            ),
            meaning="For a column, the lowest and the highest possible value.",
        ),
    ),
    build=_columns,
)

AIM = Object(
    members=(
        *(
            Member(
                name=member.name,
                shape=member.shape,
                meaning=member.meaning,
                required=member.name in {"id", "measure", "why"},
            )
            for member in REQUIREMENT
        ),
        Member(name="stakeholder", shape=Text(), meaning="For whom this matters.", required=True),
    ),
    build=lambda values, node: Draft(values=values, node=node),
    rules=BOUNDED,
)

RISK = Object(
    members=tuple(
        Member(name=question.key, shape=Choice(options=question.answers), meaning=question.asks)
        for question in QUESTIONS
    ),
    build=lambda values, _: values,
)

SYSTEM: Object[dict[str, Any]] = Object(
    members=(
        Member(name="name", shape=Text(), meaning="What the system is called.", required=True),
        Member(
            name="owner",
            shape=Text(words="the person or team that answers for it"),
            meaning="Who answers for the system.",
            required=True,
        ),
        Member(name="contact", shape=Text(), meaning="How to reach the owner."),
        Member(name="license", shape=Text(), meaning="The model's licence (SPDX)."),
        Member(name="intended_use", shape=SENTENCE, meaning="What it is for.", required=True),
        Member(
            name="out_of_scope",
            shape=ListOf(item=SENTENCE),
            meaning="What it must not be used for.",
        ),
        Member(name="stakeholders", shape=ListOf(item=STAKEHOLDER), meaning="Who is affected."),
        Member(
            name="risk", shape=RISK, meaning="Answers about the harm it can do; they set the tier."
        ),
        Member(
            name="datasets",
            shape=MapOf(value=SOURCE, words="datasets by name"),
            meaning="Where each dataset comes from.",
        ),
        Member(name="assess", shape=DATASET, meaning="The dataset to assess on."),
        Member(name="train", shape=DATASET, meaning="The dataset the model was trained on."),
        Member(name="validate", shape=DATASET, meaning="The dataset that repairs are tuned on."),
        Member(name="columns", shape=ROLES, meaning="What the columns mean."),
        Member(
            name="intersections",
            shape=Number(low=1, high=6, whole=True),
            meaning="How many protected columns are combined at once.",
        ),
        Member(name="model", shape=PATH, meaning="The path of the model."),
        Member(
            name="objectives",
            shape=ListOf(item=AIM),
            meaning="What fairness means here: a bounded measure, for whom, and why.",
        ),
        Member(
            name="policy",
            shape=Text(words=f"a tier ({', '.join(PACKS)}) or the path of a policy file"),
            meaning="The policy to judge by; the pack of the risk's tier if left out.",
        ),
        Member(name="waivers", shape=ListOf(item=WAIVER), meaning="Findings accepted for a time."),
        Member(
            name="checks",
            shape=ListOf(item=Text(pattern=SLUG, words="a check's name"), unique=True),
            meaning="The checks to run; all that need not be asked for if left out.",
        ),
    ),
    build=lambda values, _: values,
)
"""The names of a project file."""
