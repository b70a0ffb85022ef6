"""`Shape`: what a part of a document must look like, said once.

From one shape follow both the parser, which names the line of every mistake, and the JSON Schema
that editors use while a person types. A shape that depends on other parts of the document (a name
that must be declared elsewhere) is checked by whoever reads the whole, and is not in the schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Protocol, TypeVar

from roadworthy.records.document import Fields, Items, Node, suggestion
from roadworthy.records.record import JSON

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Shape(Protocol[T_co]):
    """Reads a node into a value, and describes itself as JSON Schema."""

    def read(self, node: Node) -> T_co:
        """The value.

        Raises:
            DocumentError: something else stands here.
        """

    def schema(self) -> dict[str, JSON]:
        """The same, as JSON Schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Text, perhaps of a pattern; `words` says the pattern for a message."""

    pattern: str = ""
    words: str = "text"

    def read(self, node: Node) -> str:
        """The text."""
        text = node.text(self.words).strip()
        if self.pattern and not re.search(self.pattern, text):
            raise node.refusal(self.words)
        return text

    def schema(self) -> dict[str, JSON]:
        """Text of the pattern, not blank."""
        return {"type": "string", "pattern": self.pattern or r"\S"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A value of a column, as text, however it is written: `1`, `yes`, `Female` or `true`."""

    words: str = "a value"

    def read(self, node: Node) -> str:
        """The value as it is written."""
        return node.word(self.words)

    def schema(self) -> dict[str, JSON]:
        """Text, a number or a flag."""
        return {"type": ["string", "number", "boolean"], "pattern": r"\S"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number between two bounds, both allowed."""

    low: float | None = None
    high: float | None = None
    whole: bool = False

    def read(self, node: Node) -> float:
        """The number."""
        value = node.integer(self._words) if self.whole else node.number(self._words)
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            raise node.refusal(self._words)
        return value

    def schema(self) -> dict[str, JSON]:
        """The number's type and bounds."""
        tree: dict[str, JSON] = {"type": "integer" if self.whole else "number"}
        if self.low is not None:
            tree["minimum"] = self.low
        if self.high is not None:
            tree["maximum"] = self.high
        return tree

    @property
    def _words(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        if self.low is not None and self.high is not None:
            return f"{kind} from {self.low:g} to {self.high:g}"
        limits = [("at least", self.low), ("at most", self.high)]
        return kind + "".join(f" of {word} {x:g}" for word, x in limits if x is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A date, year-month-day."""

    def read(self, node: Node) -> date:
        """The date."""
        return node.day()

    def schema(self) -> dict[str, JSON]:
        """Text that is a date."""
        return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few words, each with its meaning."""

    options: Mapping[str, str]

    def read(self, node: Node) -> str:
        """The word chosen."""
        expected = f"one of {', '.join(self.options)}"
        word = node.word(expected)
        if word not in self.options:
            raise node.refusal(expected, hint=suggestion(word, self.options))
        return word

    def schema(self) -> dict[str, JSON]:
        """The words, with their meanings where an editor shows them."""
        meanings: list[JSON] = [self.options[word] for word in self.options]
        return {"enum": list(self.options), "enumDescriptions": meanings}


@dataclass(frozen=True, slots=True, kw_only=True)
class Json:
    """Anything, as plain JSON."""

    def read(self, node: Node) -> JSON:
        """The plain value."""
        return node.plain()

    def schema(self) -> dict[str, JSON]:
        """Anything."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Generic[T]):
    """A list, each item of one shape; `unique` refuses an item that occurs twice."""

    item: Shape[T]
    at_least: int = 0
    at_most: int | None = None
    unique: bool = False
    words: str = "a list"

    def read(self, node: Node) -> tuple[T, ...]:
        """The items."""
        nodes = node.items(self.words)
        if len(nodes) < self.at_least or (self.at_most is not None and len(nodes) > self.at_most):
            raise node.refusal(self.words, found=f"{len(nodes)} items")
        values: list[T] = []
        for entry in nodes:
            value = self.item.read(entry)
            if self.unique and value in values:
                raise entry.refusal("each item once", found=f"{value!r} a second time")
            values.append(value)
        return tuple(values)

    def schema(self) -> dict[str, JSON]:
        """An array of the item's schema."""
        tree: dict[str, JSON] = {"type": "array", "items": self.item.schema()}
        if self.at_least:
            tree["minItems"] = self.at_least
        if self.at_most is not None:
            tree["maxItems"] = self.at_most
        if self.unique:
            tree["uniqueItems"] = True
        return tree


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOrMore(Generic[T]):
    """One value, or a list of at least one."""

    item: Shape[T]
    words: str = "a value or a list of them"

    def read(self, node: Node) -> tuple[T, ...]:
        """The values."""
        if isinstance(node, Items):
            return ListOf(item=self.item, at_least=1, unique=True, words=self.words).read(node)
        return (self.item.read(node),)

    def schema(self) -> dict[str, JSON]:
        """The value's schema, or an array of it."""
        many = ListOf(item=self.item, at_least=1, unique=True).schema()
        return {"anyOf": [self.item.schema(), many]}


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf(Generic[T]):
    """Names of the author's choosing, each with a value of one shape."""

    value: Shape[T]
    words: str = "names, each with a value"

    def read(self, node: Node) -> dict[str, T]:
        """The values by their names, in the order written."""
        return {name: self.value.read(item) for name, item in node.fields(self.words).nodes.items()}

    def schema(self) -> dict[str, JSON]:
        """An object of any names."""
        return {"type": "object", "additionalProperties": self.value.schema()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One name that an object may have: its shape, and what it means to a person."""

    name: str
    shape: Shape[Any]
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Object(Generic[T]):
    """Known names, each with its own shape, built into one value.

    `build` gets the values by name (an absent one is not there) and the node, to name lines.
    `rules` is the part of the JSON Schema that says what `build` refuses.
    """

    members: tuple[Member, ...]
    build: Callable[[dict[str, Any], Fields], T]
    words: str = "names, each with a value"
    rules: Mapping[str, JSON] = field(default_factory=dict)

    def read(self, node: Node) -> T:
        """The value built from the names."""
        fields = node.fields(self.words)
        known = {member.name: member for member in self.members}
        for name in fields.nodes:
            if name not in known:
                raise fields.unknown(name, known)
        for member in self.members:
            if member.required:
                fields.require(member.name, member.meaning)
        values = {name: known[name].shape.read(item) for name, item in fields.nodes.items()}
        return self.build(values, fields)

    def schema(self) -> dict[str, JSON]:
        """An object of exactly these names."""
        required: list[JSON] = [member.name for member in self.members if member.required]
        properties: dict[str, JSON] = {
            member.name: {"description": member.meaning, **member.shape.schema()}
            for member in self.members
        }
        tree: dict[str, JSON] = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if required:
            tree["required"] = required
        return {**tree, **self.rules}
