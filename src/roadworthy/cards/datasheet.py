"""The datasheet of a dataset, in Markdown and HTML: measured, told, and not answered."""

from __future__ import annotations

from roadworthy.cards.names import short_digest
from roadworthy.cards.numbers import count
from roadworthy.cards.page import content_policy, environment, style
from roadworthy.cards.svg.rows import Mark
from roadworthy.cards.views.document import MISSING, Part
from roadworthy.cards.views.provenance import moment
from roadworthy.cards.views.summary import Headline, Tally
from roadworthy.errors import UsageError
from roadworthy.records.datasheet import Datasheet, Entry, Origin, Section

TITLES = {
    Section.MOTIVATION: "Motivation",
    Section.COMPOSITION: "Composition",
    Section.COLLECTION: "Collection process",
    Section.PREPROCESSING: "Preprocessing, cleaning, labelling",
    Section.USES: "Uses",
    Section.DISTRIBUTION: "Distribution",
    Section.MAINTENANCE: "Maintenance",
}
"""The seven sections and their titles, in their order."""

_UNANSWERED = "Nobody has answered this yet."


def render_datasheet(
    datasheet: Datasheet,
    *,
    format: str = "markdown",  # noqa: A002 - the word people use for it
) -> str:
    """The datasheet; a question that nobody answered stands there unanswered, and is counted.

    Raises:
        UsageError: `format` is neither `markdown` nor `html`.
    """
    if format not in ("markdown", "html"):
        raise UsageError(f"a datasheet is 'markdown' or 'html', not {format!r}")
    css = style("chart.css", "page.css")
    page = {
        "title": datasheet.title or datasheet.name,
        "kicker": "Datasheet",
        "about": (datasheet.name, short_digest(datasheet.dataset), moment(datasheet.at)),
        "headline": _headline(datasheet),
        "parts": (_about(datasheet), *_sections(datasheet)),
        "producer": "",
    }
    if format == "markdown":
        return environment().get_template("document.md.j2").render(**page)
    return (
        environment()
        .get_template("document.html.j2")
        .render(css=css, content_policy=content_policy(css), **page)
    )


def _headline(datasheet: Datasheet) -> Headline:
    missing = len(datasheet.unanswered)
    numbers = {
        origin: sum(e.origin is origin and e.answer is not None for e in datasheet.entries)
        for origin in (Origin.MEASURED, Origin.PERSON)
    }
    tallies = (
        Tally(mark=Mark.PASS, number=numbers[Origin.MEASURED], words="measured"),
        Tally(mark=Mark.PASS, number=numbers[Origin.PERSON], words="answered by a person"),
        Tally(mark=Mark.UNKNOWN, number=missing, words="unanswered"),
    )
    total = len(datasheet.entries)
    if not missing:
        return Headline(
            verdict="Complete", mark=Mark.PASS, tallies=tallies,
            sentence=f"All {count(total)} questions are answered.",
        )  # fmt: skip
    verb = "is" if missing == 1 else "are"
    return Headline(
        verdict="Incomplete", mark=Mark.UNKNOWN, tallies=tallies,
        sentence=f"{count(missing)} of {count(total)} questions {verb} unanswered.",
    )  # fmt: skip


def _about(datasheet: Datasheet) -> Part:
    items = (
        f"Digest: {datasheet.dataset}",
        f"License: {datasheet.license or MISSING}",
        f"Creator: {datasheet.creator or MISSING}",
        f"Published: {datasheet.published or MISSING}",
        f"Address: {datasheet.url or MISSING}",
    )
    return Part(title="The dataset", text=(datasheet.description or MISSING,), items=items)


def _sections(datasheet: Datasheet) -> list[Part]:
    parts = []
    for section in Section:
        entries = [entry for entry in datasheet.entries if entry.section is section]
        missing = sum(entry.answer is None for entry in entries)
        text = () if entries else ("No question was asked.",)
        tag = f"{count(missing)} unanswered" if missing else ""
        parts.append(Part(title=TITLES[section], text=text, tag=tag))
        parts += [_entry(entry) for entry in entries]
    return parts


def _entry(entry: Entry) -> Part:
    if entry.answer is None:
        return Part(title=entry.question, level=3, tag="unanswered", text=(_UNANSWERED,))
    tag = "measured" if entry.origin is Origin.MEASURED else ""
    paragraphs = tuple(p.strip() for p in entry.answer.split("\n\n") if p.strip())
    return Part(title=entry.question, level=3, tag=tag, text=paragraphs or (_UNANSWERED,))
