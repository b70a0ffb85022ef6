"""Decisions draw themselves in a notebook, and read well everywhere else."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

import roadworthy as rw
from roadworthy.records.decision import Decision

pytestmark = pytest.mark.usefixtures("project")


class Formatter:
    """Keeps what is registered, as IPython's HTML formatter does."""

    def __init__(self):
        self.by_type = {}

    def for_type(self, kind, draw):
        """Draw objects of this type so."""
        self.by_type[kind] = draw


def test_a_notebook_draws_decisions(monkeypatch):
    """After the first verb, a decision is shown as its verdict and findings, without a script."""
    html = Formatter()
    shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters={"text/html": html}))
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    decision = rw.assess("raw.parquet", label="y", score="p").judge("lenient.yaml")
    drawn = html.by_type[Decision](decision)
    assert "lenient" in drawn
    assert "<script" not in drawn


def test_without_a_notebook_nothing_is_registered(monkeypatch):
    """IPython that runs no shell (a library imported it) is left alone."""
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert rw.assess("raw.parquet", label="y", score="p").record.rows == 400


def test_a_decision_reads_as_its_verdict():
    """Its repr is one line: what was decided, by which policy, on how many findings."""
    decision = rw.assess("raw.parquet", label="y", score="p").judge("lenient.yaml")
    assert repr(decision) == ("<Decision PASS by policy lenient: 1 PASS, 0 UNKNOWN, 0 FAIL>")
