"""Estimators as bytes: known types only, and no pickle without a flag that says unsafe."""

from __future__ import annotations

import io
import os
import pickle
import warnings
import zipfile

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from roadworthy.adapters.skops import LARGEST, from_skops, read_estimator, to_skops
from roadworthy.errors import DataError, TrustError, UsageError

RNG = np.random.default_rng(0)
X = np.column_stack([RNG.normal(size=(120, 2)), RNG.integers(0, 4, 120)])
Y = (X[:, 0] > 0.2).astype(int)


class Bomb:
    """An object whose unpickling would run a command."""

    def __reduce__(self):
        """What pickle would call."""
        return (os.system, ("exit 3",))


ESTIMATORS = [
    LogisticRegression(),
    DecisionTreeClassifier(random_state=0),
    RandomForestClassifier(n_estimators=3, random_state=0),
    GradientBoostingClassifier(n_estimators=3, random_state=0),
    HistGradientBoostingClassifier(max_iter=3, categorical_features=[2], random_state=0),
    GaussianNB(),
    KNeighborsClassifier(),
    MLPClassifier(max_iter=5, random_state=0),
    CalibratedClassifierCV(LogisticRegression()),
    StackingClassifier([("lr", LogisticRegression()), ("nb", GaussianNB())]),
    make_pipeline(
        ColumnTransformer([("c", OneHotEncoder(), [2])], remainder=StandardScaler()),
        LogisticRegression(),
    ),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_common_estimators_survive(estimator):
    """The usual classifiers of scikit-learn are written, read and predict the same; twice alike."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # five rounds are too few for the network to converge
        fitted = estimator.fit(X, Y)
    data = to_skops(fitted)
    loaded = from_skops(data)
    assert to_skops(loaded) == data  # before they predict: a nearest-neighbour tree counts queries
    assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


def test_an_unknown_type_is_refused_by_name():
    """A file that asks to build anything else is refused before anything is built."""
    hidden = make_pipeline(LogisticRegression())
    hidden.bomb = Bomb()
    data = skops.io.dumps(hidden)
    with pytest.raises(TrustError, match=r"not known to be harmless: .*; nothing was loaded"):
        from_skops(data, name="x.skops")


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_skops_file_is_refused(data):
    """Damaged bytes are named as such."""
    with pytest.raises(TrustError, match=r"x.skops is not a readable skops file"):
        from_skops(data, name="x.skops")


@pytest.mark.parametrize("name", ["m.pkl", "m.joblib", "m.pickle", "m.bin"])
def test_a_pickle_is_refused(name, tmp_path):
    """By its ending or its first byte; the message says why and what to do."""
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(TrustError, match=rf"{name} is a pickle: opening it runs whatever code"):
        read_estimator(path)


def test_a_compressed_joblib_file_is_refused(tmp_path):
    """Scanners miss a pickle inside zlib; the ending is enough here."""
    path = tmp_path / "m.joblib"
    joblib.dump(LogisticRegression(), path, compress=3)
    with pytest.raises(TrustError, match="is a pickle"):
        read_estimator(path)


def test_the_unsafe_flag_reads_a_pickle(tmp_path):
    """Whoever says unsafe gets the object, and can keep it as skops."""
    path = tmp_path / "m.joblib"
    joblib.dump(LogisticRegression().fit(X, Y), path)
    loaded = read_estimator(path, unsafe_allow_pickle=True)
    assert np.array_equal(from_skops(to_skops(loaded)).predict(X), loaded.predict(X))


def test_a_damaged_pickle_is_told(tmp_path):
    """The flag does not turn damage into a traceback."""
    path = tmp_path / "m.pkl"
    path.write_bytes(b"\x80\x04junk")
    with pytest.raises(DataError, match=r"m.pkl cannot be unpickled"):
        read_estimator(path, unsafe_allow_pickle=True)


def test_a_missing_file_is_told(tmp_path):
    """The path is named."""
    with pytest.raises(DataError, match=r"cannot read the model .*none.skops: No such file"):
        read_estimator(tmp_path / "none.skops")


def test_what_could_not_be_loaded_is_not_saved():
    """A function of one's own is refused when it is saved, not first when somebody needs it."""
    with pytest.raises(UsageError, match="is not saved, since loading would refuse it"):
        to_skops(lambda row: row)


def test_what_skops_cannot_write_is_refused():
    """A generator has no bytes."""
    with pytest.raises(UsageError, match="a generator cannot be saved as skops"):
        to_skops(row for row in ())


def test_an_archive_that_would_fill_the_memory_is_not_opened():
    """A small file can unfold to anything; what it declares is looked at first."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", "{}")
        with archive.open("zeros.npy", "w", force_zip64=True) as member:
            for _ in range(LARGEST // 2**24 + 1):
                member.write(bytes(2**24))
    with pytest.raises(TrustError, match=r"would unfold to 1,0.*it was not opened"):
        from_skops(buffer.getvalue())
