"""The only place where a record becomes bytes, and bytes become a record.

The bytes are canonical JSON (RFC 8785): equal records have equal digests on every machine. Rules:

- a field at its default is left out, so that a field added later changes no older digest; a
  default, once released, never changes;
- a field that this version does not know is kept in `extra` and written again as it was;
- a member of a union carries `kind`, its class's name in kebab-case; a record at the top carries
  `schema`;
- an enumeration of numbers is written by name (`FAIL`, `HIGH`): its numbers are for ordering only;
- times are UTC, to the microsecond, with a `Z`;
- a number that is not finite is refused, and so is a name that occurs twice in one object.
"""

from __future__ import annotations

import hashlib
import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from datetime import UTC, date, datetime
from enum import Enum, IntEnum
from functools import cache
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, TypeVar

import rfc8785

from roadworthy.errors import TrustError
from roadworthy.records.record import JSON, Record

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_PLAIN = frozenset({str, int, float, bool, types.NoneType})
"""What JSON writes as it is."""

MOST_EXACT = 2**53
"""Whole numbers below this are the same in every JSON reader."""


def to_bytes(record: Record) -> bytes:
    """The canonical bytes of a record.

    Raises:
        ValueError: a number in the record is not finite, an integer is beyond 2**53, or the record
            is nested too deeply.
    """
    try:
        return canonical_json(to_json(record))
    except RecursionError as error:
        raise ValueError(f"a {type(record).__name__} is nested too deeply to be written") from error


def digest(record: Record) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the record's canonical bytes."""
    return digest_of_bytes(to_bytes(record))


def digest_of_bytes(data: bytes) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the bytes.

    >>> digest_of_bytes(b"")[:19]
    'sha256:e3b0c44298fc'
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical_json(value: JSON) -> bytes:
    """The canonical bytes (RFC 8785) of a plain JSON value.

    An assessment holds a hundred thousand values, which the reference library writes in half a
    second; this writes the same bytes in a tenth of that, and leaves to the library what is hard:
    numbers with an exponent and keys beyond the basic plane.

    >>> canonical_json({"b": [1.0, None], "a": 1e-7})
    b'{"a":1e-7,"b":[1,null]}'

    Raises:
        ValueError: a number is not finite, or an integer is beyond 2**53.
    """
    return _canonical_text(value).encode()


def _canonical_text(value: JSON) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(typing.cast(str, value))
    if kind is dict:
        pairs = typing.cast("dict[str, JSON]", value)
        keys = sorted(pairs) if "".join(pairs).isascii() else sorted(pairs, key=_utf16)
        items = (f"{encode_basestring(key)}:{_canonical_text(pairs[key])}" for key in keys)
        return "{" + ",".join(items) + "}"
    if kind is list:
        return "[" + ",".join(map(_canonical_text, typing.cast("list[JSON]", value))) + "]"
    if kind is float and "e" not in (text := repr(value)) and "n" not in text:
        return text.removesuffix(".0") if text != "-0.0" else "0"
    return rfc8785.dumps(value).decode()


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


def to_json(record: Record) -> dict[str, JSON]:
    """The record as a JSON object, with its `schema`."""
    tree = _write_record(record)
    if type(record).schema:
        tree["schema"] = type(record).schema
    return tree


def from_bytes(kind: type[R], data: bytes) -> R:
    """Read a record back from its bytes.

    Raises:
        TrustError: the bytes are not JSON, are of another schema, or do not fit the record.
    """
    try:
        tree = json.loads(
            data,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except (ValueError, RecursionError) as error:
        raise TrustError(f"expected the JSON of {kind.__name__}, found: {error}") from error
    return from_json(kind, tree)


def from_json(kind: type[R], tree: JSON) -> R:
    """Read a record back from a JSON object.

    Raises:
        TrustError: the object is of another schema or does not fit the record.
    """
    if not isinstance(tree, dict):
        raise TrustError(
            f"expected the JSON object of a {kind.__name__}, found {type(tree).__name__}"
        )
    found = tree.get("schema", "")
    if found != kind.schema:
        raise TrustError(f"expected a record of schema {kind.schema!r}, found {found or 'none'!r}")
    try:
        return _read_record(kind, {k: v for k, v in tree.items() if k != "schema"})
    except (TypeError, ValueError, KeyError) as error:
        raise TrustError(f"these bytes are not a valid {kind.__name__}: {error}") from error


# --- writing -------------------------------------------------------------------------------------


def _write_record(record: Record) -> dict[str, JSON]:
    tree: dict[str, JSON] = dict(record.extra)
    for name, default, tagged in _members(type(record)):
        if name in tree:
            raise ValueError(f"`extra` holds {name!r}, which {type(record).__name__} knows")
        value = getattr(record, name)
        if type(value) is not type(default) or value != default:
            tree[name] = _write(value, tagged=tagged)
    return tree


def _write(value: object, *, tagged: bool = False) -> JSON:
    if type(value) in _PLAIN:
        return typing.cast(JSON, value)
    match value:
        case Record():
            tree = _write_record(value)
            return {**tree, "kind": _kind(type(value))} if tagged else tree
        case IntEnum():
            return value.name
        case Enum():
            return typing.cast(JSON, value.value)
        case datetime():
            return _write_time(value)
        case date():
            return value.isoformat()
        case tuple() | list():
            return [_write(item, tagged=tagged) for item in value]
        case Mapping():
            return {str(key): _write(item, tagged=tagged) for key, item in value.items()}
    raise TypeError(f"a {type(value).__name__} cannot be written to a record: {value!r}")


def _write_time(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"a time needs a time zone: {value!r}")
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


# --- reading -------------------------------------------------------------------------------------


def _read_record(kind: type[R], tree: Mapping[str, JSON]) -> R:
    hints = _hints(kind)
    known = {item.name for item in _fields(kind)}
    values = {name: _read(hints[name], tree[name]) for name in known & tree.keys()}
    return kind(extra={k: v for k, v in tree.items() if k not in known}, **values)


def _read(hint: Any, value: JSON) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _read_union(arguments, value)
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError(f"expected a list, found {value!r}")
        return tuple(_read(arguments[0], item) for item in value)
    if origin is Mapping:
        if not isinstance(value, dict):
            raise TypeError(f"expected an object, found {value!r}")
        inner = arguments[1]
        return {key: value[key] if _is_json(inner) else _read(inner, value[key]) for key in value}
    return _read_scalar(hint, value)


def _read_union(arguments: tuple[Any, ...], value: JSON) -> Any:
    if value is None and types.NoneType in arguments:
        return None
    members = [member for member in arguments if member is not types.NoneType]
    records = {_kind(m): m for m in members if isinstance(m, type) and issubclass(m, Record)}
    if len(records) > 1:
        if not isinstance(value, dict) or value.get("kind") not in records:
            raise TypeError(f"expected `kind` to be one of {sorted(records)}, found {value!r}")
        rest = {k: v for k, v in value.items() if k != "kind"}
        return _read_record(records[typing.cast(str, value["kind"])], rest)
    return _read(members[0], value) if len(members) == 1 else value


def _read_scalar(hint: type, value: JSON) -> Any:
    if issubclass(hint, Record):
        if not isinstance(value, dict):
            raise TypeError(f"expected the object of a {hint.__name__}, found {value!r}")
        return _read_record(hint, value)
    if issubclass(hint, IntEnum):
        return _read_name(hint, value)
    if issubclass(hint, Enum):
        return hint(value)
    if hint is datetime:
        return _read_time(value)
    if hint is date:
        return _read_date(value)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise TypeError(f"expected {hint.__name__}, found {value!r}")
    return value


def _read_name(kind: type[IntEnum], value: JSON) -> IntEnum:
    if not isinstance(value, str) or value not in kind.__members__:
        names = ", ".join(kind.__members__)
        raise ValueError(f"expected one of {names}, found {value!r}")
    return kind[value]


def _read_time(value: JSON) -> datetime:
    time = datetime.fromisoformat(str(value))
    if _write_time(time) != value:
        raise ValueError(f"expected a UTC time like 2026-01-31T09:00:00.000000Z, found {value!r}")
    return time


def _read_date(value: JSON) -> date:
    day = date.fromisoformat(str(value))
    if day.isoformat() != value:
        raise ValueError(f"expected a date like 2026-01-31, found {value!r}")
    return day


def _unique(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} occurs twice in one object")
    return tree


def _refuse_constant(text: str) -> JSON:
    raise ValueError(f"{text} is not a number that a record may hold")


def _whole(text: str) -> int | float:
    """A whole number; one beyond 2**53 can only have been a float when it was written."""
    number = int(text)
    return number if abs(number) < MOST_EXACT else _finite(text)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is beyond the range of numbers")
    return number


# --- types ---------------------------------------------------------------------------------------


def _once(function: Callable[[type[Record]], T]) -> Callable[[type[Record]], T]:
    """Compute once for each record type; mypy cannot see that a type is hashable here."""
    return typing.cast("Callable[[type[Record]], T]", cache(function))


@_once
def _hints(kind: type[Record]) -> dict[str, Any]:
    return typing.get_type_hints(kind)


@_once
def _fields(kind: type[Record]) -> tuple[Field[Any], ...]:
    return tuple(item for item in fields(kind) if item.name != "extra")


@_once
def _members(kind: type[Record]) -> tuple[tuple[str, object, bool], ...]:
    """For each field: its name, its default (`MISSING` if none), and whether it is tagged."""
    hints = _hints(kind)
    return tuple((f.name, _default(f), _is_record_union(hints[f.name])) for f in _fields(kind))


def _default(item: Field[Any]) -> object:
    return item.default if item.default_factory is MISSING else item.default_factory()


@_once
def _kind(kind: type[Record]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def _is_record_union(hint: Any) -> bool:
    members = [a for a in typing.get_args(hint) if isinstance(a, type) and issubclass(a, Record)]
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return is_union and len(members) > 1


def _is_json(hint: Any) -> bool:
    return type(None) in typing.get_args(hint) or isinstance(hint, str | typing.ForwardRef)
