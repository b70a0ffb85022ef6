"""YAML text as a tree in which everything knows its file and line.

Project, policy and answer files are read through this module and no other. It reads the YAML 1.2
core schema, as editors do, and not the 1.1 schema: `no` is a word, `2026-01-31` is text, `1_000` is
text, and only `true` and `false` are yes and no. Anchors, aliases, tags, tabs, repeated keys and
keys that are not plain words are refused, each with its line. Nothing here opens a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, NoReturn, cast

import yaml

from roadworthy.errors import DocumentError
from roadworthy.records.record import JSON

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40


# --- the tree ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of a document; each accessor gives what it names or refuses, naming the line."""

    file: str
    line: int

    @property
    def described(self) -> str:
        """What stands here, in words for a message."""
        raise NotImplementedError

    def plain(self) -> JSON:
        """The same as plain JSON, for a validator that knows nothing of lines."""
        raise NotImplementedError

    def refusal(self, expected: str, *, found: str | None = None, hint: str = "") -> DocumentError:
        """The error that says what stands here and what was expected instead."""
        return DocumentError.at(
            self.file, self.line, found=found or self.described, expected=expected, hint=hint
        )

    def text(self, expected: str = "text") -> str:
        """The text here."""
        raise self.refusal(expected)

    def word(self, expected: str = "a value") -> str:
        """The text here as it is written, whether it reads as text, a number or a flag."""
        raise self.refusal(expected)

    def number(self, expected: str = "a number") -> float:
        """The number here."""
        raise self.refusal(expected)

    def integer(self, expected: str = "a whole number") -> int:
        """The whole number here."""
        raise self.refusal(expected)

    def flag(self, expected: str = "true or false") -> bool:
        """True or false."""
        raise self.refusal(expected)

    def day(self, expected: str = "a date like 2026-01-31") -> date:
        """The date here."""
        raise self.refusal(expected)

    def items(self, expected: str = "a list") -> tuple[Node, ...]:
        """The items of the list here."""
        raise self.refusal(expected)

    def fields(self, expected: str = "names, each with a value") -> Fields:
        """The named values here."""
        raise self.refusal(expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar(Node):
    """One value: `value` as the core schema reads it, `written` as it stands in the file."""

    value: None | bool | int | float | str  # noqa: RUF036 - None is what is said by saying nothing
    written: str

    @property
    def described(self) -> str:
        """What stands here, in words for a message."""
        match self.value:
            case None:
                return "nothing"
            case str():
                return f"the text {_short(self.value)}"
            case bool():
                return str(self.value).lower()
        return f"the number {self.written}"

    def plain(self) -> JSON:
        """The value."""
        return self.value

    def text(self, expected: str = "text") -> str:
        """The text here, not empty."""
        if isinstance(self.value, str) and self.value.strip():
            return self.value
        hint = "" if self.value is None else f'To mean text, write "{self.written}" in quotes'
        raise self.refusal(expected, hint=hint if not isinstance(self.value, str) else "")

    def word(self, expected: str = "a value") -> str:
        """The text here as it is written, whether it reads as text, a number or a flag."""
        if self.value is None or not self.written.strip():
            raise self.refusal(expected)
        return self.written

    def number(self, expected: str = "a number") -> float:
        """The number here."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.refusal(expected)
        return float(self.value)

    def integer(self, expected: str = "a whole number") -> int:
        """The whole number here."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.refusal(expected)
        return self.value

    def flag(self, expected: str = "true or false") -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.refusal(expected)
        return self.value

    def day(self, expected: str = "a date like 2026-01-31") -> date:
        """The date here, written year-month-day."""
        if not isinstance(self.value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", self.value):
            raise self.refusal(expected)
        try:
            return date.fromisoformat(self.value)
        except ValueError as error:
            raise self.refusal(expected) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Items(Node):
    """A list."""

    nodes: tuple[Node, ...]

    @property
    def described(self) -> str:
        """What stands here, in words for a message."""
        return "a list" if self.nodes else "an empty list"

    def plain(self) -> JSON:
        """The list as JSON."""
        return [node.plain() for node in self.nodes]

    def items(self, expected: str = "a list") -> tuple[Node, ...]:  # noqa: ARG002 - a list is here
        """The items."""
        return self.nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields(Node):
    """Named values; `lines` is where each name stands."""

    nodes: Mapping[str, Node]
    lines: Mapping[str, int]

    @property
    def described(self) -> str:
        """What stands here, in words for a message."""
        names = ", ".join(list(self.nodes)[:3])
        return f"named values ({names}{', ...' if len(self.nodes) > 3 else ''})"  # noqa: PLR2004 - what fits a line

    def plain(self) -> JSON:
        """The named values as a JSON object."""
        return {name: node.plain() for name, node in self.nodes.items()}

    def fields(self, expected: str = "names, each with a value") -> Fields:  # noqa: ARG002 - they are here
        """These named values."""
        return self

    def get(self, name: str) -> Node | None:
        """What stands under a name, or None if the name is absent."""
        return self.nodes.get(name)

    def require(self, name: str, expected: str) -> Node:
        """What stands under a name that must be there.

        Raises:
            DocumentError: the name is absent.
        """
        if name not in self.nodes:
            raise self.refusal(f"`{name}`: {expected}", found=f"no `{name}`")
        return self.nodes[name]

    def unknown(self, name: str, known: Iterable[str], *, what: str = "name") -> DocumentError:
        """The error that says that a name is unknown here, and which known one is nearest."""
        names = list(known)
        return DocumentError.at(
            self.file,
            self.lines[name],
            found=f"the unknown {what} `{name}`",
            expected=f"one of {', '.join(names)}",
            hint=suggestion(name, names),
        )


def suggestion(name: str, known: Iterable[str]) -> str:
    """`Did you mean ...?` with the nearest known name, or nothing if none is near.

    >>> suggestion("demographic-parity-diffrence", ["roc-auc", "demographic-parity-difference"])
    'Did you mean demographic-parity-difference?'
    >>> suggestion("weather", ["roc-auc"])
    ''
    """
    names = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower(), list(names), n=1, cutoff=0.6)
    return f"Did you mean {names[near[0]]}?" if near else ""


# --- reading text --------------------------------------------------------------------------------


def parse_document(data: bytes | str, file: str) -> Fields:
    """Read a document whose top is named values.

    Args:
        data: the file's bytes (UTF-8) or text.
        file: what messages call the file.

    Raises:
        DocumentError: it is not UTF-8, not YAML, empty, too big, or holds what is refused here.
    """
    text = _decoded(data, file) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        raise DocumentError.at(
            file, 1, found=f"{len(text):,} characters", expected=f"at most {MAX_CHARACTERS:,}"
        )
    try:
        root = _Composer(text, file).get_single_node()
    except yaml.YAMLError as error:
        raise _explained(error, text, file) from error
    if root is None:
        raise DocumentError.at(
            file, 1, found="an empty file", expected="names, each with a value, such as `name: ...`"
        )
    return _located(root, file).fields()


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError.at(
            file,
            data.count(b"\n", 0, error.start) + 1,
            found=f"the byte 0x{data[error.start]:02x}, which is not UTF-8",
            expected="UTF-8 text",
            hint="Save the file as UTF-8",
        ) from error


class _Composer(
    yaml.reader.Reader,
    yaml.scanner.Scanner,
    yaml.parser.Parser,
    yaml.composer.Composer,
    yaml.resolver.BaseResolver,
):
    """PyYAML's composer with the core schema, a limit of depth, and no anchors, aliases or tags."""

    def __init__(self, text: str, file: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)
        yaml.resolver.BaseResolver.__init__(self)
        self._file = file
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if getattr(event, "anchor", None):
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            self._refuse(line, f"`{sign}{event.anchor}`", "the value itself, written out")
        if getattr(event, "tag", None):
            self._refuse(line, f"the tag `{event.tag}`", "a value without a tag")
        if self._depth >= MAX_DEPTH:
            self._refuse(line, f"more than {MAX_DEPTH} levels of nesting", "a flatter document")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _refuse(self, line: int, found: str, expected: str) -> NoReturn:
        raise DocumentError.at(self._file, line, found=found, expected=expected)


_CORE = {
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "tag:yaml.org,2002:int": (r"[-+]?[0-9]+", list("-+0123456789")),
    "tag:yaml.org,2002:float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+",
        list("-+.0123456789"),
    ),
}
for _tag, (_pattern, _first) in _CORE.items():
    _Composer.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), _first)


def _explained(error: yaml.YAMLError, text: str, file: str) -> DocumentError:
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return DocumentError.at(
            file, line, found=f"the character U+{error.character:04X}", expected="plain text"
        )
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line if mark else 0
    if "single document" in str(getattr(error, "context", "")):
        return DocumentError.at(
            file, line + 1, found="a second document (`---`)", expected="one document in a file"
        )
    lines = text.splitlines() or [""]
    here = lines[min(line, len(lines) - 1)]
    if "\t" in here[: len(here) - len(here.lstrip())] or "'\\t'" in str(error):
        return DocumentError.at(
            file, line + 1, found="a tab", expected="spaces: YAML is indented with spaces only"
        )
    problem = str(getattr(error, "problem", None) or error)
    context = getattr(error, "context", None)
    return DocumentError.at(
        file,
        line + 1,
        found=_short(here.strip()),
        expected="YAML",
        hint=f"{problem}{f' ({context})' if context else ''}",
    )


# --- locating ------------------------------------------------------------------------------------


def _located(node: yaml.Node, file: str) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _fields(node, file, line)
    if isinstance(node, yaml.SequenceNode):
        return Items(file=file, line=line, nodes=tuple(_located(n, file) for n in node.value))
    return _scalar(cast(yaml.ScalarNode, node), file, line)


def _fields(node: yaml.MappingNode, file: str, line: int) -> Fields:
    nodes: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        at = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or not key.value.strip():
            found = "an empty name" if isinstance(key, yaml.ScalarNode) else "a list or a mapping"
            raise DocumentError.at(file, at, found=f"{found} before a colon", expected="a name")
        name = key.value
        if name in nodes:
            raise DocumentError.at(
                file,
                at,
                found=f"`{name}` a second time",
                expected=f"each name once; the first is on line {lines[name]}",
            )
        nodes[name], lines[name] = _located(value, file), at
    return Fields(file=file, line=line, nodes=nodes, lines=lines)


def _scalar(node: yaml.ScalarNode, file: str, line: int) -> Scalar:
    written = str(node.value)
    value: None | bool | int | float | str = written  # noqa: RUF036 - as in `Scalar`
    match node.tag.rpartition(":")[2]:
        case "null":
            value = None
        case "bool":
            value = written.lower() == "true"
        case "int" if len(written) <= 18:  # noqa: PLR2004 - more digits fit no 64-bit integer
            value = int(written)
        case "int" | "float":
            value = float(written)
            if value in {float("inf"), float("-inf")} or node.tag.endswith("int"):
                raise DocumentError.at(
                    file, line, found=f"the number {_short(written)}", expected="a smaller number"
                )
    return Scalar(file=file, line=line, value=value, written=written)


def _short(text: str) -> str:
    limit = 60
    shown = text if len(text) <= limit else text[: limit - 3] + "..."
    return repr(shown)
