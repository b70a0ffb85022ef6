"""Every public exception, grouped by who must act.

A message says what was found, what was expected and what to do. Misuse is never the same class as
distrust, and neither is the same class as a measurement that could not be taken: that is not an
error at all but `roadworthy.records.evidence.Unmeasured`.

Each family owns the exit code that the command line ends with (0, 1 and 2 are verdicts: pass, fail
and unknown).
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar

_SHOWN = 20
"""Names that a message lists before it only counts the rest."""


class RoadworthyError(Exception):
    """The root of every error that Roadworthy raises on purpose."""

    exit_code: ClassVar[int] = 3


class UsageError(RoadworthyError):
    """The caller asked for something that cannot be done as asked; the caller must act."""

    exit_code: ClassVar[int] = 3


class DataError(RoadworthyError):
    """A table, file or column is not what it was said to be; the owner of the data must act."""

    exit_code: ClassVar[int] = 4

    @classmethod
    def from_missing_column(cls, name: str, available: Iterable[str], *, role: str) -> DataError:
        """A column was named that the table does not have.

        >>> print(DataError.from_missing_column("sexx", ["sex", "race"], role="protected"))
        protected column 'sexx' is not in the table; did you mean 'sex'? Columns found: sex, race
        """
        columns = list(available)
        near = get_close_matches(name, columns, n=1, cutoff=0.5) or [
            column for column in columns if column.lower() == name.lower()
        ]
        hint = f"; did you mean {near[0]!r}?" if near else "."
        more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
        shown = ", ".join(columns[:_SHOWN]) + more
        return cls(f"{role} column {name!r} is not in the table{hint} Columns found: {shown}")


class DocumentError(RoadworthyError):
    """A project, policy or answer file is malformed; its author must act.

    The message names the file and the line, what was found there and what was expected.
    """

    exit_code: ClassVar[int] = 5

    @classmethod
    def at(
        cls, file: str, line: int, *, found: str, expected: str, hint: str = ""
    ) -> DocumentError:
        """Name the place, what stands there and what should."""
        tail = f". {hint}" if hint else ""
        return cls(f"{file}, line {line}: found {found}; expected {expected}{tail}")


class PolicyError(RoadworthyError):
    """The policy cannot be applied as it stands; nothing was judged and its owner must act."""

    exit_code: ClassVar[int] = 5


class TrustError(RoadworthyError):
    """Bytes, a digest or a signature are not what was recorded; do not use the artefact."""

    exit_code: ClassVar[int] = 6


class HostError(RoadworthyError):
    """The machine stands in the way (disk, memory, a missing library); its operator must act."""

    exit_code: ClassVar[int] = 7

    @classmethod
    def from_missing_extra(cls, library: str, *, extra: str, purpose: str) -> HostError:
        """An optional library is needed and absent.

        >>> print(HostError.from_missing_extra("sklearn", extra="sklearn", purpose="load a model"))
        to load a model, install 'sklearn': pip install 'roadworthy[sklearn]'
        """
        return cls(f"to {purpose}, install {library!r}: pip install 'roadworthy[{extra}]'")
