"""Repairs of a model: reweighing, group thresholds, and both together, made ready to be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

import numpy as np
import pyarrow as pa

from roadworthy.data.classes import Classes, binary_classes
from roadworthy.data.engine import Table
from roadworthy.data.model import Model
from roadworthy.data.row_groups import group_names
from roadworthy.data.sample import draw_sample
from roadworthy.errors import UsageError
from roadworthy.records.record import JSON
from roadworthy.records.versions import ColumnRoles, DecisionRule
from roadworthy.stats.tally import Tally, TallyPlan
from roadworthy.training.aims import Aim
from roadworthy.training.reweighing import reweigh, reweighing_table
from roadworthy.training.trainer import Trainer

REWEIGHING, THRESHOLDS = "reweighing", "group thresholds"
BOTH = f"{REWEIGHING} and {THRESHOLDS}"

_SCORE = "_roadworthy_score"


class Scoring(Model, Protocol):
    """A model whose decision rule can be exchanged."""

    def with_rule(self, rule: DecisionRule) -> Scoring:
        """The same scores, another rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A repaired model, what must be known to make it again, and what a reader must be told."""

    model: Model
    parameters: Mapping[str, JSON]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A repair that can be tried: its name, how it works, and the way to make it."""

    name: str
    method: str
    make: Callable[[], Made]


def scoring(model: Model) -> Scoring:
    """The model, if its threshold can be moved.

    Raises:
        UsageError: it gives decisions only.
    """
    if not model.has_scores or not hasattr(model, "with_rule"):
        raise UsageError(
            "a repair needs a model that gives scores, so that its threshold can be moved; "
            "this one gives decisions only"
        )
    return model  # type: ignore[return-value]


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Makes repaired models out of a base model.

    Attributes:
        base: the model to repair.
        train: the rows it was trained on, or None if it is not to be fitted again.
        validation: the rows that thresholds are chosen on; never the holdout.
        roles: the label and the protected columns.
        trainer: fits the model again, or None.
    """

    base: Scoring
    train: Table | None
    validation: Table
    roles: ColumnRoles
    trainer: Trainer | None

    def reweighings(self) -> Iterator[Idea]:
        """Reweighing by each protected column, and by all of them together."""
        if self.train is None or self.trainer is None:
            return
        sets: list[tuple[str, ...]] = [(name,) for name in self.roles.protected]
        if len(sets) > 1:
            sets.append(tuple(sorted(self.roles.protected)))
        for attributes in sets:
            yield Idea(
                name=f"reweighing by {' × '.join(attributes)}",
                method=REWEIGHING,
                make=partial(self._reweighed, attributes),
            )

    def thresholds(self, aims: Sequence[Aim]) -> Iterator[Idea]:
        """Group thresholds on the base model's scores."""
        for aim in aims:
            make = partial(self._with_thresholds, self.base, aim)
            yield Idea(name=aim.name, method=THRESHOLDS, make=make)

    def both(self, name: str, reweighed: Made, aim: Aim) -> Idea:
        """Group thresholds on the scores of a reweighed model."""

        def make() -> Made:
            made = self._with_thresholds(scoring(reweighed.model), aim)
            return Made(
                model=made.model,
                parameters={**reweighed.parameters, **made.parameters},
                notes=made.notes,
            )

        return Idea(name=f"{name}, then {aim.name}", method=BOTH, make=make)

    def _reweighed(self, attributes: tuple[str, ...]) -> Made:
        """A refitted model whose threshold selects as many validation rows as the base does."""
        assert self.train is not None
        assert self.trainer is not None
        labelled = draw_sample(
            self.train,
            [*self.base.features, *attributes],
            label=self.roles.label,
            classes=self._classes(self.train).ordered,
            size=self.train.rows,
            seed=0,
        )
        assert labelled.positive is not None
        rows, truth = labelled.rows, labelled.positive.astype(np.int8)
        groups = group_names(rows, attributes)
        fitted = scoring(self.trainer.refit(rows, truth, reweigh(groups, truth)))
        rule = DecisionRule(threshold=self._same_share(fitted))
        table = reweighing_table(groups, truth)
        return Made(
            model=fitted.with_rule(rule),
            parameters={
                "reweighed_by": list(attributes),
                "weights": {f"{group} / {value}": table[group, value] for group, value in table},
                "threshold": rule.threshold,
            },
        )

    def _with_thresholds(self, model: Scoring, aim: Aim) -> Made:
        tally = self._base_tally if model is self.base else self._tally(model)
        chosen = aim.choose(tally.slices([aim.attributes]), model.rule.threshold)
        return Made(
            model=model.with_rule(chosen.rule),
            parameters={
                "aim": aim.kind.value,
                "level": aim.level,
                "thresholds_by": list(aim.attributes),
                "thresholds": dict(chosen.rule.thresholds),
            },
            notes=chosen.notes,
        )

    @cached_property
    def _base_tally(self) -> Tally:
        return self._tally(self.base)

    def _tally(self, model: Scoring) -> Tally:
        """Counts of the validation rows by protected column, label and score."""
        scores = model.score(self.validation.read(list(model.features)))
        scored = self.validation.with_columns(pa.table({_SCORE: pa.array(scores)}))
        return scored.tally(
            TallyPlan(
                attributes=self.roles.protected,
                label=self.roles.label,
                classes=self._classes(self.validation).ordered,
                score=_SCORE,
                weight=self.roles.weight,
                threshold=model.rule.threshold,
            )
        )

    def _same_share(self, model: Scoring) -> float:
        """The threshold at which the model selects as many validation rows as the base model."""
        columns = dict.fromkeys([*self.base.features, *self.base.rule.attributes])
        rows = self.validation.read(list(columns))
        selected = int(self.base.decide(rows, self.base.score(rows)).sum())
        scores = np.sort(model.score(rows))[::-1]
        return float(scores[max(selected, 1) - 1])

    def _classes(self, table: Table) -> Classes:
        label = str(self.roles.label)
        return binary_classes(table, label, positive=self.roles.positive, role="label")
