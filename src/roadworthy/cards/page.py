"""Templates and style: one strict environment, and pages that need nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from roadworthy.cards.svg.marks import Drawing, element, together

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


@cache
def environment() -> Environment:
    """The template environment: everything is escaped, and a missing name is an error."""
    made = Environment(
        loader=PackageLoader("roadworthy.cards"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["md"] = markdown
    made.filters["prose"] = prose
    return made


@cache
def style(*names: str) -> str:
    """Style sheets of the package, joined and without needless blanks."""
    folder = files("roadworthy.cards") / "templates"
    return "".join(_squeezed((folder / name).read_text(encoding="utf-8")) for name in names)


def content_policy(css: str) -> str:
    """A policy under which a page may use this style sheet and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def markdown(value: object) -> str:
    r"""Text that Markdown shows as it is, on one line.

    >>> markdown("a|b\n<script>")
    'a\\|b \\<script\\>'
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(str(value).split(" "))).replace("\n", " ")


def prose(value: object) -> Drawing:
    """Text with what stands between backticks set as code; everything is escaped.

    >>> prose("try `a < b`")
    'try <code>a &lt; b</code>'
    """
    parts = str(value).split("`")
    if len(parts) % 2 == 0:
        return together([str(value)])
    return together(element("code", p) if i % 2 else p for i, p in enumerate(parts))


def _squeezed(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"\s+", " ", css)).strip()
