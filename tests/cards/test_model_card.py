"""The model card: metadata the Hub reads, headings people look for, nothing invented."""

from __future__ import annotations

import re
from dataclasses import replace

import card_records
import pytest
import yaml
from pages import Page

from roadworthy.cards.model_card import render_model_card
from roadworthy.errors import UsageError
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision
from roadworthy.records.evidence import Measured
from roadworthy.records.slices import ALL
from roadworthy.records.system import FairnessObjective
from roadworthy.records.versions import DatasetVersion

HEADINGS = (
    "Model Details", "Uses", "Direct Use", "Downstream Use", "Out-of-Scope Use",
    "Bias, Risks, and Limitations", "Training Details", "Training Data", "Evaluation",
    "Testing Data", "Factors", "Metrics", "Results", "Environmental Impact",
    "Technical Specifications", "Citation", "Glossary", "Model Card Authors", "Model Card Contact",
)  # fmt: skip


@pytest.fixture(scope="module")
def card(record: AssessmentRecord, decision: Decision) -> str:
    """The card of the example, in Markdown."""
    return render_model_card(
        record, system=card_records.system(), model=card_records.model(), decision=decision
    )


def test_the_hub_reads_the_metadata(card: str, record: AssessmentRecord) -> None:
    """The reference library parses the front matter and finds every result again."""
    hub = pytest.importorskip("huggingface_hub")
    data = hub.ModelCard(card).data
    assert data.model_name == "outreach-gbm"
    assert (data.license, data.library_name) == ("apache-2.0", "sklearn")
    assert "accuracy" in data.metrics
    results = {(r.metric_type, r.dataset_config): r for r in data.eval_results}
    accuracy = next(e for e in record.evidence if e.measure == "accuracy" and e.slice == ALL)
    assert isinstance(accuracy.outcome, Measured)
    found = results["accuracy", None]
    assert found.metric_value == accuracy.outcome.value
    assert found.metric_args["rows"] == accuracy.outcome.rows
    assert found.dataset_revision == record.dataset
    assert ("equal-opportunity-difference", "across sex") in results


def test_the_metadata_survives_the_reference_library(card: str) -> None:
    """Built anew from the library's own types, the model index is the same."""
    hub = pytest.importorskip("huggingface_hub")
    rebuild = pytest.importorskip("huggingface_hub.repocard_data").eval_results_to_model_index
    written = yaml.safe_load(card.split("---\n")[1])["model-index"]
    data = hub.ModelCardData(**{"model-index": written, "model_name": "outreach-gbm"})
    rebuilt = rebuild("outreach-gbm", data.eval_results)
    flat = [(r["dataset"].get("config"), m["type"], m["value"]) for r in rebuilt[0]["results"]
            for m in r["metrics"]]  # fmt: skip
    ours = [(r["dataset"].get("config"), m["type"], m["value"]) for r in written[0]["results"]
            for m in r["metrics"]]  # fmt: skip
    assert sorted(map(str, flat)) == sorted(map(str, ours))


@pytest.mark.parametrize("format_", ["markdown", "html"])
def test_the_usual_headings_are_there(
    record: AssessmentRecord, decision: Decision, format_: str
) -> None:
    """Both forms have every heading that readers of model cards expect, in their order."""
    text = render_model_card(record, decision=decision, format=format_)
    if format_ == "html":
        found = [re.sub(r"<.*?>", "", h) for h in re.findall(r"<h[23] .*?>(.*?)</h[23]>", text)]
    else:
        found = re.findall(r"^#{2,3} (.*)$", text, flags=re.MULTILINE)
    places = [found.index(heading) for heading in HEADINGS]
    assert places == sorted(places)


def test_missing_information_is_shown_as_missing(record: AssessmentRecord) -> None:
    """Without a system and a model, the card says what was not given and claims nothing."""
    text = render_model_card(record)
    assert "### Direct Use\n\nNot given." in text
    assert "## Citation\n\nNot given." in text
    assert "- License: Not given." in text
    assert "No policy has judged this model." in text
    front = yaml.safe_load(text.split("---\n")[1])
    assert "license" not in front


def test_limitations_hold_failures_and_what_was_not_measured(card: str) -> None:
    """Failed, undecided and unmeasured are limitations, in words."""
    part = card.partition("## Bias, Risks, and Limitations")[2].partition("## Training Details")[0]
    assert "would miss 28.5 points more" in part.replace("\u00a0", " ")
    assert "Undecided: needs about" in part
    assert "16 measurements were tried and gave no number" in part


def test_the_limits_of_the_data_are_told(record: AssessmentRecord) -> None:
    """What people said about the data's uses limits the model; what nobody said is counted."""
    text = render_model_card(record, datasheet=card_records.datasheet())
    part = text.partition("### What the Data Do Not Show")[2].partition("\n## ")[0]
    assert "of 12 questions answered" in part
    assert "What should it not be used for? An answer about uses." in part
    assert "### What the Data Do Not Show\n\nNot given." in render_model_card(record)


def test_fairness_objectives_say_what_they_ask(record: AssessmentRecord) -> None:
    """An objective is told with its measure in words, its groups and its bound."""
    requirement = card_records.policy().requirements[2]
    objective = FairnessObjective(
        requirement=requirement, stakeholder="job seekers", why="nobody may be missed"
    )
    system = replace(card_records.system(), objectives=(objective,))
    text = render_model_card(record, system=system).replace("\u00a0", " ")
    assert (
        "For job seekers: true-positive rate of each group (find-each-group)."
        " Policy asks for at least 65.0 %. Nobody may be missed."
    ) in text


def test_parameters_are_written_for_people(record: AssessmentRecord) -> None:
    """Lists and tables of parameters are words, not a programming language."""
    model = replace(
        card_records.model(), parameters={"levels": {"16-24": 0.41, "65+": 0.3}, "by": ["age"],
                                          "early": True},
    )  # fmt: skip
    text = render_model_card(record, model=model)
    assert "- levels: 16-24 0.41, 65+ 0.3" in text
    assert "- by: age" in text
    assert "- early: yes" in text


def test_training_data_is_named_by_digest(record: AssessmentRecord) -> None:
    """A dataset that was handed over is named; one that was not is its digest."""
    digest = card_records.sha("the training table")
    version = DatasetVersion(
        name="acs-train", digest=digest, files=(), rows=30_000, columns=(), created=card_records.AT
    )
    text = render_model_card(record, model=card_records.model(), datasets=[version])
    assert f"acs-train, 30,000 rows: {digest}" in text


def test_markdown_tables_keep_their_shape(card: str) -> None:
    """Every row of a table has as many cells as its head."""
    width = 0
    for row in card.splitlines():
        if not row.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", row))
        width = width or cells
        assert cells == width, row


@pytest.mark.parametrize("format_", ["markdown", "html"])
def test_hostile_names_do_nothing(record: AssessmentRecord, format_: str) -> None:
    """A hostile name ends no front matter, opens no tag and breaks no table."""
    hostile = "x\n---\n<script>alert(1)</script> | [a](javascript:b)"
    system = replace(card_records.system(), intended_use=hostile, owner=hostile, license=hostile)
    text = render_model_card(
        replace(record, system=hostile, model_name=hostile, dataset_name=hostile),
        system=system, format=format_,
    )  # fmt: skip
    if format_ == "html":
        page = Page(text)
        assert page.problems == []
        assert not [tag for tag, _ in page.elements if tag == "script"]
        return
    front, body = re.split(r"^---\n", text, maxsplit=2, flags=re.MULTILINE)[1:]
    assert yaml.safe_load(front)["model-index"][0]["name"] == hostile
    assert not re.search(r"(?<!\\)<script", body)
    assert not re.search(r"(?<!\\)\]\(", body)


def test_html_is_well_formed_and_needs_nothing(
    record: AssessmentRecord, decision: Decision
) -> None:
    """The page is whole, has plots, and loads nothing."""
    page = Page(
        render_model_card(
            record, system=card_records.system(), model=card_records.model(), decision=decision,
            format="html",
        )
    )  # fmt: skip
    assert page.problems == []
    assert not page.addresses
    assert "svg" in [tag for tag, _ in page.elements]


def test_an_unknown_format_is_refused(record: AssessmentRecord) -> None:
    """The message says which formats there are."""
    with pytest.raises(UsageError, match="'markdown' or 'html', not 'pdf'"):
        render_model_card(record, format="pdf")
