"""Which class a value means does not depend on the values beside it."""

from __future__ import annotations

import pytest

from roadworthy.errors import DataError
from roadworthy.stats.classes import class_of, encode_classes


@pytest.mark.parametrize(
    ("value", "classes", "prediction", "expected"),
    [
        ("1", ("0", "1"), False, 1),
        ("1.0", ("0", "1"), False, 1),
        ("true", ("0", "1"), False, 1),
        ("False", ("0", "1"), True, 0),
        ("2", ("1", "2"), True, 1),
        ("0", ("1", "2"), True, None),
        ("1", ("no", "yes"), True, 1),
        ("1", ("no", "yes"), False, None),
        ("2", ("no", "yes"), True, None),
        ("Yes", ("no", "yes"), False, None),
        ("nan", ("0", "1"), False, None),
    ],
)
def test_values_mean_classes(
    value: str, classes: tuple[str, ...], prediction: bool, expected: int | None
) -> None:
    """Same text, else same number, else (for predictions of named classes) the position."""
    assert class_of(value, classes, prediction=prediction) == expected


def test_strangers_are_listed_with_their_rows() -> None:
    """Values outside the classes are listed, most frequent first, five at most."""
    with pytest.raises(DataError) as caught:
        encode_classes(
            ["0", None, *"abcdefg"],
            [9, 9, 1, 2, 3, 4, 5, 6, 1_000],
            ("0", "1"),
            column="y",
        )
    assert str(caught.value) == (
        "label column 'y' has values that are none of the classes: 'g' (1,000 rows), 'f' (6 rows), "
        "'e' (5 rows), 'd' (4 rows), 'c' (3 rows) and 2 more; expected '0', '1' or missing. "
        "Map or drop the other values first"
    )
    with pytest.raises(DataError, match=r"prediction column 'p' .* 'x' \(1 row\)"):
        encode_classes(["x"], [1], ("0", "1"), column="p", prediction=True)


def test_missing_is_a_class_of_its_own() -> None:
    """A missing value has the code after the last class."""
    assert encode_classes(["b", None, "a"], [1, 1, 1], ("a", "b"), column="y").tolist() == [1, 2, 0]
