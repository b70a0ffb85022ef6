"""Estimators as bytes, without pickle: skops files, loaded only if every type in them is known.

A skops file names the types it is made of before anything is built. Types that skops itself trusts,
and those of scikit-learn listed here, are built; a file that names any other is refused, by name.
The same estimator gives the same bytes on every machine: skops writes memory addresses and the time
into its archive, and they are replaced by running numbers and a fixed date.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from roadworthy.errors import DataError, HostError, TrustError, UsageError

KNOWN_TYPES = frozenset(
    {
        "functools.partial",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.metrics._dist_metrics.EuclideanDistance32",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
        "sklearn.utils.validation.check_array",
    }
)
"""Types of scikit-learn's own estimators that skops does not trust by itself.

They hold numbers and do nothing when they are built. `functools.partial` only names a function,
which must be trusted on its own account.
"""

PICKLES = frozenset({".pkl", ".pickle", ".joblib", ".pckl", ".sav", ".dill", ".cloudpickle"})
"""The endings of files that are, or contain, pickles."""

LARGEST, RATIO = 2**30, 20
"""A file may unfold to this many bytes, or to this many times its own size if that is more."""

_SCHEMA = "schema.json"
_MOMENT = (1980, 1, 1, 0, 0, 0)


def to_skops(estimator: object) -> bytes:
    """The bytes of a skops file that holds the estimator; equal estimators give equal bytes.

    Raises:
        HostError: skops is not installed.
        UsageError: skops cannot write an object of this kind, or it could not be loaded again.
    """
    skops = _skops("save a model")
    try:
        written: bytes = skops.dumps(estimator)
    except Exception as error:
        raise UsageError(
            f"a {type(estimator).__name__} cannot be saved as skops ({error}); "
            f"pickle is not an alternative: whoever opens one runs its code"
        ) from error
    if strangers := sorted(set(skops.get_untrusted_types(data=written)) - KNOWN_TYPES):
        raise UsageError(
            f"a {type(estimator).__name__} is not saved, since loading would refuse it: "
            f"it contains {', '.join(strangers)}, which is neither scikit-learn's nor NumPy's"
        )
    return _canonical(written)


def from_skops(data: bytes, *, name: str = "the model") -> Any:
    """The estimator that a skops file holds, if every type in it is known.

    Raises:
        HostError: skops or scikit-learn is not installed.
        TrustError: the bytes are no skops file, or name a type that is not known.
    """
    skops = _skops("load a model")
    _check_size(data, name)
    try:
        named = set(skops.get_untrusted_types(data=data))
    except Exception as error:
        raise TrustError(f"{name} is not a readable skops file: {error}") from error
    strangers = sorted(named - KNOWN_TYPES)
    if strangers:
        raise TrustError(
            f"{name} asks to build types that are not known to be harmless: "
            f"{', '.join(strangers)}; nothing was loaded"
        )
    try:
        return skops.loads(data, trusted=sorted(named))
    except Exception as error:
        raise TrustError(
            f"{name} names known types only, and still cannot be built: {error}. "
            f"Was it saved with another version of scikit-learn?"
        ) from error


def _check_size(data: bytes, name: str) -> None:
    """Refuse an archive that would fill the memory; what it declares, zipfile keeps it to."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        return  # refused as unreadable by whoever reads it
    if size > max(LARGEST, RATIO * len(data)):
        raise TrustError(
            f"{name} has {len(data):,} bytes and would unfold to {size:,}: it was not opened"
        )


def read_estimator(path: Path, *, unsafe_allow_pickle: bool = False) -> Any:
    """The estimator in a file that somebody else saved: skops, or (unsafe) a pickle.

    Whoever opens a pickle runs the code in it, whatever a scanner says. The flag allows that once,
    to turn an old file of your own into a skops file; record that you did
    (`register_model(..., parameters={"unsafe_allow_pickle": True})`).

    Raises:
        DataError: there is no such file.
        TrustError: the file is a pickle and the flag is not given, or it is no skops file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read the model {path}: {error.strerror}") from error
    if not _looks_like_pickle(path, data):
        return from_skops(data, name=path.name)
    if not unsafe_allow_pickle:
        raise TrustError(
            f"{path.name} is a pickle: opening it runs whatever code is inside. Save the model as "
            f"skops where it was trained (skops.io.dump), or, if you made the file yourself, "
            f"pass unsafe_allow_pickle=True, which is recorded"
        )
    return _unsafe_load_pickle(path, data)


def _looks_like_pickle(path: Path, data: bytes) -> bool:
    return path.suffix.lower() in PICKLES or data[:1] == pickle.PROTO


def _unsafe_load_pickle(path: Path, data: bytes) -> Any:
    try:
        import joblib

        return joblib.load(io.BytesIO(data))
    except ImportError:
        return pickle.loads(data)  # noqa: S301 - the caller said unsafe_allow_pickle
    except Exception as error:
        raise DataError(f"{path.name} cannot be unpickled: {type(error).__name__}: {error}") from (
            error
        )


def _skops(purpose: str) -> Any:
    try:
        import skops.io as library
    except ImportError as error:
        raise HostError.from_missing_extra("skops", extra="sklearn", purpose=purpose) from error
    return library


# --- the same bytes every time -------------------------------------------------------------------


def _canonical(written: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    tree = json.loads(members.pop(_SCHEMA))
    numbering = _Numbering(frozenset(members))
    schema = json.dumps(numbering.renumber(tree), separators=(",", ":"))
    unnamed = sorted(set(members) - set(numbering.files))
    numbering.files.update({name: name for name in unnamed})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for old, new in numbering.files.items():
            archive.writestr(zipfile.ZipInfo(new, _MOMENT), _without_padding(old, members[old]))
        archive.writestr(zipfile.ZipInfo(_SCHEMA, _MOMENT), schema)
    return buffer.getvalue()


def _without_padding(name: str, data: bytes) -> bytes:
    """The same array with zeros between the fields of its records, where memory is random."""
    if not name.endswith(".npy"):
        return data
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if array.dtype.names is None:
        return data
    clean = np.zeros(array.shape, array.dtype)
    for field in array.dtype.names:
        clean[field] = array[field]
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


class _Numbering:
    """Running numbers for object identities and file names, in the order they are met.

    Equal numbers and texts are one object in one process and several in another, so they count by
    what they say.
    """

    def __init__(self, members: frozenset[str]) -> None:
        self._members = members
        self._identities: dict[object, int] = {}
        self.files: dict[str, str] = {}

    def renumber(self, node: Any) -> Any:
        """The same tree with running numbers for identities and names for files."""
        if isinstance(node, list):
            return [self.renumber(item) for item in node]
        if not isinstance(node, dict):
            return node
        renumbered = {}
        for key in node:
            value = node[key]
            if key == "__id__":
                value = self._identities.setdefault(_identity(node), len(self._identities))
            elif key == "file" and value in self._members:
                value = self.files.setdefault(value, self._name(value))
            renumbered[key] = self.renumber(value)
        return renumbered

    def _name(self, old: str) -> str:
        return f"{len(self.files):06d}{Path(old).suffix}"


def _identity(node: dict[str, Any]) -> object:
    if node.get("__loader__") == "JsonNode":
        return (node["__class__"], node["content"])
    return node["__id__"]
