"""What is installed here: the packages that a training run could have used."""

from __future__ import annotations

import platform
from importlib.metadata import distributions


def installed_packages() -> tuple[str, ...]:
    """Every installed distribution as `name==version`, sorted, and Python itself."""
    found = {
        f"{(item.metadata['Name'] or 'unknown').lower()}=={item.version}"
        for item in distributions()
    }
    return tuple(sorted({*found, f"python=={platform.python_version()}"}))
