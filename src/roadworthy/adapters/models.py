"""The door for models: any Python object that predicts becomes a `Model`, is saved and is loaded.

The object needs `predict_proba`, or at least `predict`. A model is saved as two files: the
estimator in the skops format, which runs no code when it is read, and a sheet that says which
columns it reads and how its scores become decisions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from roadworthy.adapters.files import write_bytes
from roadworthy.adapters.python_model import PythonModel, name_of
from roadworthy.adapters.skops import PICKLES, from_skops, to_skops
from roadworthy.data.model import Model
from roadworthy.data.values import value_text
from roadworthy.errors import DataError, TrustError, UsageError
from roadworthy.records.canonical import canonical_json, digest_of_bytes, from_json, to_json
from roadworthy.records.manifest import manifest_digest
from roadworthy.records.record import JSON
from roadworthy.records.versions import DecisionRule, FileEntry, ModelVersion
from roadworthy.stats.classes import class_number, same_class

ARTEFACT, SHEET = "model.skops", "model.json"
"""The files of a model: the estimator, and what is known about it (features, rule, classes)."""

_SHEET_SCHEMA = "roadworthy/model-sheet/1"
_BINARY = 2


def wrap(
    model: object,
    *,
    features: Sequence[str] | None = None,
    positive: object | None = None,
    threshold: float = 0.5,
    rule: DecisionRule | None = None,
) -> Model:
    """Make a `Model` of anything that predicts; a `Model` comes back as it is.

    Args:
        model: has `predict_proba`, or at least `predict`.
        features: the columns it reads, in its order; those it was fitted with otherwise.
        positive: the class whose probability is the score; the later of its two classes otherwise.
        threshold: a score at or above it is a positive decision.
        rule: a whole decision rule, instead of `threshold`.

    Raises:
        UsageError: the object predicts nothing, does not tell its features, or has not two classes.
    """
    if is_model(model):
        return model  # type: ignore[return-value]
    if not callable(getattr(model, "predict", None)) and not _has_probabilities(model):
        raise UsageError(
            f"a model needs predict_proba or predict; found a {type(model).__name__}. "
            f"A file is read with load_model, a table of predictions needs no model"
        )
    known = getattr(model, "feature_names_in_", None)
    names = None if known is None else tuple(str(name) for name in known)
    classes = _classes(model)
    return PythonModel(
        estimator=model,
        features=feature_names(model, names, features),
        rule=rule or DecisionRule(threshold=threshold),
        positive=_positive(classes, positive, name_of(model)),
        classes=classes,
        has_scores=_has_probabilities(model),
        named=names is not None,
    )


def is_model(model: object) -> bool:
    """True if the object already scores and decides as the `Model` protocol says."""
    return all(hasattr(model, name) for name in ("features", "rule", "has_scores", "decide"))


# --- files ---------------------------------------------------------------------------------------


def model_files(model: Model) -> dict[str, bytes]:
    """The files of a model, by name: the estimator as skops, and how its scores become decisions.

    Raises:
        UsageError: the model is not one that `wrap` made, or skops cannot write it.
    """
    if not isinstance(model, PythonModel):
        raise UsageError(f"only a model made by wrap can be saved, found {type(model).__name__}")
    sheet: dict[str, JSON] = {
        "schema": _SHEET_SCHEMA,
        "features": list(model.features),
        "rule": to_json(model.rule),
        "positive": model.positive,
        "classes": list(model.classes),
        "has_scores": model.has_scores,
        "named": model.named,
    }
    return {ARTEFACT: to_skops(model.estimator), SHEET: canonical_json(sheet)}


def model_from_files(files: Mapping[str, bytes], version: ModelVersion | None = None) -> Model:
    """The model in these files; with `version`, only if they are the bytes it recorded.

    Raises:
        TrustError: a file is missing, is not as recorded, or asks to build an unknown type.
    """
    if version is not None:
        _verify(files, version)
    for name in (ARTEFACT, SHEET):
        if name not in files:
            raise TrustError(f"a model needs the file {name}; found: {', '.join(files) or 'none'}")
    try:
        sheet = json.loads(files[SHEET])
        estimator = from_skops(files[ARTEFACT], name=ARTEFACT)
        if not callable(getattr(estimator, "predict", None)) and not _has_probabilities(estimator):
            raise TrustError(
                f"{ARTEFACT} holds a {type(estimator).__name__}, which predicts nothing"
            )
        return PythonModel(
            estimator=estimator,
            features=tuple(sheet["features"]),
            rule=from_json(DecisionRule, sheet["rule"]),
            positive=sheet["positive"],
            classes=tuple(sheet["classes"]),
            has_scores=sheet["has_scores"],
            named=sheet["named"],
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TrustError(f"{SHEET} does not describe a model: {error!r}") from error


def save_model(model: Model, folder: Path) -> tuple[FileEntry, ...]:
    """Write the files of a model into a folder, each whole or not at all; gives their manifest."""
    files = model_files(model)
    for name, data in files.items():
        write_bytes(folder / name, data)
    return file_entries(files)


def load_model(folder: Path, version: ModelVersion | None = None) -> Model:
    """Read a model that `save_model` wrote; with `version`, only if it is the one recorded.

    Raises:
        DataError: the folder holds no model.
        TrustError: a file is not as recorded, or asks to build an unknown type.
    """
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file()}
    pickles = [name for name in files if Path(name).suffix.lower() in PICKLES]
    if ARTEFACT not in files and pickles:
        raise TrustError(
            f"{folder} holds a pickle ({pickles[0]}) and no {ARTEFACT}: opening it would run "
            f"whatever code is inside, so it is refused"
        )
    if ARTEFACT not in files:
        raise DataError(f"{folder} holds no model: there is no {ARTEFACT} in it")
    return model_from_files(files, version)


def file_entries(files: Mapping[str, bytes]) -> tuple[FileEntry, ...]:
    """The manifest of some bytes, by name."""
    return tuple(
        FileEntry(path=name, size=len(files[name]), digest=digest_of_bytes(files[name]))
        for name in sorted(files)
    )


def _verify(files: Mapping[str, bytes], version: ModelVersion) -> None:
    for entry in version.files:
        if entry.path not in files:
            raise TrustError(f"model {version.name!r}: the file {entry.path} is missing")
        found = digest_of_bytes(files[entry.path])
        if found != entry.digest:
            raise TrustError(
                f"model {version.name!r}: {entry.path} was changed; found {found}, "
                f"expected {entry.digest}"
            )
    if manifest_digest(version.files) != version.digest:
        raise TrustError(f"model {version.name!r}: its files do not add up to its digest")


# --- reading an object -------------------------------------------------------------------------


def feature_names(
    model: object, known: tuple[str, ...] | None, given: Sequence[str] | None
) -> tuple[str, ...]:
    """The columns a model reads, from what it knows of its fit and what was named.

    Raises:
        UsageError: neither tells, or the two differ.
    """
    chosen = tuple(given or ())
    if known is None and not chosen:
        raise UsageError(
            f"{name_of(model)} does not tell which columns it was fitted on; "
            f"name them in its order: features=[...]"
        )
    if known is None:
        wanted = getattr(model, "n_features_in_", len(chosen))
        if wanted != len(chosen):
            raise UsageError(
                f"{name_of(model)} reads {wanted} features, and {len(chosen)} are named"
            )
        return chosen
    strangers = sorted(set(chosen) ^ set(known)) if chosen else []
    if strangers:
        raise UsageError(
            f"{name_of(model)} was fitted on other features than those named; they differ in: "
            f"{', '.join(strangers)}"
        )
    return known


def _classes(model: object) -> tuple[str, ...]:
    found = getattr(model, "classes_", None)
    if found is None:
        return ("0", "1")
    classes = tuple(value_text(value) for value in np.asarray(found).tolist())
    if len(classes) != _BINARY:
        raise UsageError(
            f"{name_of(model)} has {len(classes)} classes ({', '.join(classes[:5])}); expected two"
        )
    return classes


def _positive(classes: tuple[str, ...], positive: object | None, name: str) -> str:
    if positive is None:
        return classes[-1]
    wanted = value_text(positive)
    for value in classes:
        if same_class(value, wanted):
            return value
    if [class_number(value) for value in classes] == [0.0, 1.0]:
        return classes[-1]  # fitted on 0 and 1 made from the label's values
    raise UsageError(
        f"positive={wanted!r} is not a class of {name}; its classes are {' and '.join(classes)}"
    )


def _has_probabilities(model: object) -> bool:
    return callable(getattr(model, "predict_proba", None))
