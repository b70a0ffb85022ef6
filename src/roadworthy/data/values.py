"""How a value of a column is written as text."""

from __future__ import annotations

import numpy as np


def value_text(value: object) -> str:
    """The value as SQL casts it, as slices and records name it.

    >>> value_text(1), value_text(1.0), value_text(True), value_text(">50K")
    ('1', '1.0', 'true', '>50K')
    """
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
