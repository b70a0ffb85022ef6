"""The pictures of the documentation are those that the code draws."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURES = sorted((ROOT / "docs" / "measures" / "pictures").glob("*.svg"))


def test_pictures_are_up_to_date() -> None:
    """Drawing them again changes nothing."""
    script = ROOT / "scripts" / "draw_pictures.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_pictures_stand_alone(path: Path) -> None:
    """Each picture is XML and tells a screen reader what it shows."""
    root = ET.fromstring(path.read_text("utf-8"))
    assert root.tag.endswith("svg")
    words = [item.text for item in root if item.tag.endswith(("title", "desc"))]
    assert all(words)
    assert len(words) == 2


def test_pages_show_pictures_that_are_there() -> None:
    """Every picture that a page names has been drawn."""
    pages = [path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md")]
    shown = {name for page in pages for name in re.findall(r"pictures/([\w-]+)\.svg\)", page)}
    assert shown <= {path.stem for path in PICTURES}
    assert shown
