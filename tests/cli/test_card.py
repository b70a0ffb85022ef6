"""`roadworthy card`: the model card, as Markdown or as a page."""

from __future__ import annotations

import json

import yaml

from roadworthy.cli.main import run


def test_the_card_is_markdown_with_metadata(project, capsys):
    """The front matter is YAML that lists the measured results."""
    assert run(["card"]) == 0
    assert capsys.readouterr().out == "model card: MODEL_CARD.md\n"
    _, front, text = (project / "MODEL_CARD.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front)["model-index"][0]["results"]
    assert "to be tested" in text


def test_the_ending_html_gives_a_page(project, capsys):
    """`--json` says where it is."""
    assert run(["card", "--out", "card.html", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"model_card": "card.html"}
    assert (project / "card.html").read_text().startswith("<!doctype html>")


def test_without_an_assessment_it_says_what_to_do(project, capsys):
    """A project in which nothing has been measured has no card."""
    (project / "roadworthy.yaml").rename(project.parent / "roadworthy.yaml")
    (project.parent / "lenient.yaml").touch()
    assert run(["card", "--project", str(project.parent)]) == 3
    assert "nothing has been assessed yet; run: roadworthy assess" in capsys.readouterr().err
