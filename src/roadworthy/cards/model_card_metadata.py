"""The front matter of a model card, as the Hugging Face Hub reads it."""

from __future__ import annotations

import yaml

from roadworthy.cards.reading import Reading
from roadworthy.records.evidence import Evidence, Measured
from roadworthy.records.record import JSON
from roadworthy.records.slices import ALL
from roadworthy.records.system import System
from roadworthy.records.versions import ModelFormat, ModelVersion, Task

_LIBRARIES = {
    ModelFormat.SKOPS: "sklearn",
    ModelFormat.ONNX: "onnx",
    ModelFormat.LIGHTGBM: "lightgbm",
    ModelFormat.XGBOOST: "xgboost",
}
_METRICS = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "roc-auc": "roc_auc",
    "brier-score": "brier_score",
    "matthews-correlation": "matthews_correlation",
    "mean-absolute-error": "mae",
    "mean-squared-error": "mse",
    "r-squared": "r_squared",
}
"""Our slugs, and the names of the same measures on the Hub."""


def _task(reading: Reading) -> str:
    """What the Hub calls systems of this kind."""
    predicted = reading.record.roles.task is Task.REGRESSION
    return "tabular-regression" if predicted else "tabular-classification"


def front_matter(
    reading: Reading, system: System | None = None, model: ModelVersion | None = None
) -> str:
    """The metadata as YAML between two lines of dashes."""
    tree = metadata(reading, system, model)
    text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{text}---\n"


def metadata(
    reading: Reading, system: System | None = None, model: ModelVersion | None = None
) -> dict[str, JSON]:
    """The metadata; a key whose value nobody gave is left out, as the Hub expects."""
    record = reading.record
    tree: dict[str, JSON] = {}
    if system is not None and system.license:
        tree["license"] = system.license.lower()
    if model is not None:
        tree["library_name"] = _LIBRARIES[model.format]
    tree["pipeline_tag"] = _task(reading)
    tree["tags"] = ["roadworthy", _task(reading)]
    tree["metrics"] = [
        _METRICS[item.measure] for item in _whole(reading) if item.measure in _METRICS
    ]
    tree["model-index"] = [
        {"name": record.model_name or record.system, "results": _results(reading)}
    ]
    return tree


def _results(reading: Reading) -> list[JSON]:
    """One result for everybody, and one for each comparison between groups."""
    by_slice: dict[str, list[Evidence]] = {"all": _whole(reading)}
    for measure in reading.in_pillar("fairness"):
        for item in reading.comparisons(measure):
            if isinstance(item.outcome, Measured):
                by_slice.setdefault(str(item.slice), []).append(item)
    return [_result(reading, name, items) for name, items in by_slice.items() if items]


def _result(reading: Reading, slice_name: str, items: list[Evidence]) -> JSON:
    record = reading.record
    dataset: dict[str, JSON] = {"type": record.dataset_name, "name": record.dataset_name}
    if slice_name != "all":
        dataset["config"] = f"across {slice_name}"
    dataset["revision"] = record.dataset
    metrics: list[JSON] = [
        _metric(reading, item, item.outcome) for item in items if isinstance(item.outcome, Measured)
    ]
    return {"task": {"type": _task(reading)}, "dataset": dataset, "metrics": metrics}


def _metric(reading: Reading, item: Evidence, outcome: Measured) -> JSON:
    return {
        "type": _METRICS.get(item.measure, item.measure),
        "value": outcome.value,
        "name": reading.title(item.measure),
        "args": {
            "low": outcome.low,
            "high": outcome.high,
            "confidence": outcome.confidence,
            "rows": outcome.rows,
            "method": outcome.method,
            "evidence": reading.digest(item),
        },
    }


def _whole(reading: Reading) -> list[Evidence]:
    """What was measured about the model on everybody."""
    found = [
        reading.find(measure, ALL)
        for measure in reading.in_pillar("performance")
        if measure != "rows"
    ]
    return [item for item in found if item is not None and isinstance(item.outcome, Measured)]
