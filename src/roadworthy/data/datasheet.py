"""Building a datasheet: what can be measured is measured, what people know is asked for.

A question that neither the table nor anybody answers stays in the datasheet, unanswered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches

from roadworthy.data.description import Description, describe
from roadworthy.data.engine import Table
from roadworthy.data.questions import HEADER, QUESTIONS, Question
from roadworthy.errors import DocumentError
from roadworthy.records.datasheet import Datasheet, Entry, Origin
from roadworthy.records.versions import ColumnRoles, DatasetVersion


def build_datasheet(
    version: DatasetVersion,
    table: Table,
    *,
    at: datetime,
    answers: Mapping[str, str] | None = None,
    roles: ColumnRoles | None = None,
    ancestors: Sequence[DatasetVersion] = (),
    source: str = "the answers",
) -> Datasheet:
    """The datasheet of a dataset version.

    Args:
        version: what the datasheet is about.
        table: its rows.
        at: the time of writing.
        answers: what people answered, by the key of the question; also `title`, `description`,
            `license`, `creator`, `url` and `published`. A blank answer is none.
        roles: what the columns mean; those of the version if not given.
        ancestors: the versions that this one was made from, as far as they are known.
        source: what errors call the answers, such as the name of their file.

    Raises:
        DocumentError: an answer's key is no question, or one that the table answers itself.
    """
    given = {key: text.strip() for key, text in (answers or {}).items()}
    description = Description(
        version=version,
        table=table,
        roles=roles or version.roles or ColumnRoles(),
        ancestors=tuple(ancestors),
    )
    measured = describe(description)
    _check_keys(given, measured, source)
    header = {name: given.get(name) or None for name in HEADER}
    return Datasheet(
        dataset=version.digest,
        name=version.name,
        title=header["title"] or version.name,
        description=header["description"] or "",
        license=header["license"],
        creator=header["creator"],
        url=header["url"],
        published=header["published"],
        entries=tuple(_entry(question, measured, given) for question in QUESTIONS),
        at=at,
    )


def _entry(question: Question, measured: Mapping[str, str], given: Mapping[str, str]) -> Entry:
    found = measured.get(question.key)
    origin = Origin.MEASURED if found else Origin.PERSON
    found = found or given.get(question.key)
    return Entry(
        key=question.key,
        section=question.section,
        question=question.text,
        answer=found or None,
        origin=origin if found else Origin.NOBODY,
        rai=question.rai,
    )


def _check_keys(given: Mapping[str, str], measured: Mapping[str, str], source: str) -> None:
    asked = [q.key for q in QUESTIONS if q.key not in measured] + list(HEADER)
    for key in given:
        if key in measured:
            raise DocumentError(
                f"{source}: {key!r} is answered by measuring the table; leave it out, or say more "
                "under another question"
            )
        if key not in asked:
            near = get_close_matches(key, asked, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise DocumentError(
                f"{source}: found an answer to {key!r}, which is no question of a datasheet{hint} "
                f"Questions: {', '.join(asked)}"
            )
