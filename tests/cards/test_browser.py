"""The pages in a real browser: light, dark, on a telephone and on paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import card_records
import pytest

from roadworthy.cards.datasheet import render_datasheet
from roadworthy.cards.model_card import render_model_card
from roadworthy.records.assessment import AssessmentRecord
from roadworthy.records.decision import Decision

pytestmark = pytest.mark.browser

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTHS = {"wide": 1280, "tablet": 768, "phone": 375, "small phone": 320}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not on this machine")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(
    tmp_path_factory: pytest.TempPathFactory,
    report: str,
    record: AssessmentRecord,
    decision: Decision,
) -> dict[str, Path]:
    """Every page, written to disk."""
    folder = tmp_path_factory.mktemp("cards")
    texts = {
        "report": report,
        "model card": render_model_card(
            record, system=card_records.system(), model=card_records.model(), decision=decision,
            format="html",
        ),
        "datasheet": render_datasheet(card_records.datasheet(), format="html"),
    }  # fmt: skip
    paths = {name: folder / f"{name}.html" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text, encoding="utf-8")
    return paths


class Visit:
    """One page, opened from disk, with everything the browser complained about or asked for."""

    def __init__(self, browser: Any, path: Path, width: int, *, dark: bool = False) -> None:
        scheme = "dark" if dark else "light"
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("name", ["report", "model card", "datasheet"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_their_window(
    browser: Any, pages: dict[str, Path], name: str, width: str
) -> None:
    """No page scrolls sideways, says a word to the console, or asks for anything but itself."""
    with Visit(browser, pages[name], WIDTHS[width]) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
        visit.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
        assert visit.said == []
        assert visit.asked == [pages[name].as_uri()]


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read_in_light_and_dark(
    browser: Any, pages: dict[str, Path], dark: bool
) -> None:
    """Page and chart text stand out from the paper by a contrast of at least 4.5 to 1."""
    with Visit(browser, pages["report"], 1280, dark=dark) as visit:
        paper = _colour(visit, "body", "backgroundColor")
        assert (_light(paper) < 0.2) is dark
        for selector, part in (
            ("h1", "color"), (".lead", "color"), (".headline strong", "color"),
            ("svg .rw-name", "fill"), ("svg .rw-tick", "fill"), ("svg .rw-limit-name", "fill"),
            (".verdict-pass", "color"), (".verdict-fail", "color"), (".verdict-unknown", "color"),
        ):  # fmt: skip
            assert _contrast(_colour(visit, selector, part), paper) >= 4.5, selector


def test_the_report_prints(browser: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    """On paper the page is light, leaves out the navigation and folds, and fits the width."""
    with Visit(browser, pages["report"], 700, dark=True) as visit:
        visit.page.emulate_media(media="print", color_scheme="dark")
        assert _light(_colour(visit, "body", "backgroundColor")) > 0.9
        assert not visit.page.is_visible("nav")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 720
        target = tmp_path / "report.pdf"
        visit.page.pdf(path=str(target), format="A4")
        assert target.read_bytes().startswith(b"%PDF")


def test_labels_of_a_chart_stay_inside_it(browser: Any, pages: dict[str, Path]) -> None:
    """No text of a chart is cut off by the edge of its figure."""
    with Visit(browser, pages["report"], 1280) as visit:
        outside = visit.page.evaluate(
            """() => [...document.querySelectorAll('.plot')].flatMap(plot => {
                const box = plot.getBoundingClientRect();
                if (!box.width) return [];
                return [...plot.querySelectorAll('text')].filter(t => {
                    const r = t.getBoundingClientRect();
                    return r.left < box.left - 1.5 || r.right > box.right + 1.5;
                }).map(t => t.textContent);
            })"""
        )
        assert outside == []


def test_folds_open_without_script(browser: Any, pages: dict[str, Path]) -> None:
    """With scripting off, the numbers behind a figure still unfold."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["report"].as_uri())
    fold = page.locator("figure details.data").first
    fold.locator("summary").click()
    assert fold.locator("table").is_visible()
    context.close()


def _colour(visit: Visit, selector: str, part: str) -> tuple[float, float, float]:
    text = visit.page.evaluate(
        "([s, p]) => getComputedStyle(document.querySelector(s))[p]", [selector, part]
    )
    red, green, blue = (float(n) for n in text[text.index("(") + 1 : -1].split(",")[:3])
    return red, green, blue


def _light(colour: tuple[float, float, float]) -> float:
    """The relative luminance of WCAG 2."""
    shares = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
