"""The chart module: XML that parses, text that is escaped, places that are right."""

from __future__ import annotations

import re
from dataclasses import replace
from math import hypot
from xml.etree import ElementTree as ET

import pytest
from card_records import tradeoff
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.cards.svg.axes import Axes
from roadworthy.cards.svg.curves import calibration_curve, calibration_panels, roc_curve
from roadworthy.cards.svg.heat_map import Cell, Side, heat_map, is_wide
from roadworthy.cards.svg.interval_plot import Frame, interval_plot
from roadworthy.cards.svg.line_chart import STYLES, Series, line_chart, thin
from roadworthy.cards.svg.marks import Drawing, element, fit, text_width, together
from roadworthy.cards.svg.rows import Line, Mark, Row
from roadworthy.cards.svg.scales import Scale, round_domain, round_ticks
from roadworthy.cards.svg.tradeoff_plot import tradeoff_plot
from roadworthy.records.evidence import Curve, Point
from roadworthy.records.slices import ALL

HOSTILE = "<script>alert('x')</script> & \"quotes\" ]]>"
SPACE = "{http://www.w3.org/2000/svg}"
NUMBER = "rw-t rw-number"

numbers = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)


def show(value: float) -> str:
    """A tick as it is."""
    return f"{value:g}"


def plot(*rows: Row, **frame: object) -> Drawing:
    """An interval plot with an axis that says nothing special."""
    return interval_plot(rows, Frame(axis="axis", show=show, **frame), title="T", desc="D")


def a_curve(slug: str = "roc", count: int = 9) -> Curve:
    """A curve from corner to corner."""
    points = tuple(
        Point(x=i / count, y=(i / count) ** 0.5, low=0.0, high=1.0) for i in range(count)
    )
    return Curve(slug=slug, slice=ALL, points=points, x_title="x", y_title="y")


def every_chart(name: str) -> dict[str, Drawing]:
    """Each kind of chart, with `name` in every place that takes text."""
    row = Row(
        label=name, value=0.2, low=0.1, high=0.4, text=name, count=name, note=name, hover=name
    )
    nothing = Row(label=name, note=name, hover=name)
    frame = Frame(
        axis=name, show=lambda _: name, zero=True,
        limits=(Line(value=0.3, name=name),), references=(Line(value=0.25, name=name),),
    )  # fmt: skip
    axes = Axes(x=name, y=name, show_x=lambda _: name, show_y=lambda _: name,
                diagonal=name, limits=(Line(value=0.3, name=name),))  # fmt: skip
    curve = a_curve()
    named = Curve(slug="roc", slice=ALL, points=curve.points, x_title=name, y_title=name)
    series = [Series(name=name, points=curve.points, note=name, hover=name)] * 2
    cell = Cell(text=name, rows=name, lean=0.5, mark=Mark.FAIL, hover=name)
    candidates = [replace(c, name=name) for c in tradeoff().candidates]
    words = {"title": name, "desc": name}
    return {
        "intervals": interval_plot([row, nothing], frame, **words),
        "heat map": heat_map(Side(name, [name]), Side(name, [name]), {(0, 0): cell}, **words),
        "lines": line_chart(series, axes, **words),
        "roc": roc_curve(series, named, **words),
        "calibration": calibration_curve(series[0], named, **words),
        "panels": calibration_panels(series, curve.points, named, **words),
        "trade-off": tradeoff_plot(candidates, axes, zero=True, **words),
    }


@pytest.mark.parametrize("kind", every_chart("x"))
def test_every_chart_is_xml_with_a_title_and_a_description(kind: str) -> None:
    """A chart parses as XML, says what it is to a screen reader, and refers to ids it has."""
    tree = ET.fromstring(every_chart("A name")[kind])
    assert tree.tag == f"{SPACE}svg"
    assert tree.get("role") == "img"
    ids = {node.get("id") for node in tree.iter() if node.get("id")}
    assert set((tree.get("aria-labelledby") or "").split()) <= ids
    assert tree.findtext(f"{SPACE}title") == tree.findtext(f"{SPACE}desc") == "A name"
    used = {m for node in tree.iter() for m in re.findall(r"url\(#(.+?)\)", node.get("fill") or "")}
    assert used <= ids


@pytest.mark.parametrize("kind", every_chart("x"))
def test_hostile_names_stay_text(kind: str) -> None:
    """Whatever a group, column or model is called, it can add no element and no handler."""
    tree = ET.fromstring(every_chart(HOSTILE)[kind])
    assert not [node for node in tree.iter() if "script" in node.tag]
    assert not [name for node in tree.iter() for name in node.attrib if name.startswith("on")]
    assert tree.findtext(f"{SPACE}title") == HOSTILE


@pytest.mark.parametrize("kind", every_chart("x"))
def test_equal_input_draws_equal_text(kind: str) -> None:
    """Nothing in a chart depends on anything but its input."""
    assert every_chart("A")[kind] == every_chart("A")[kind]
    assert every_chart("A")[kind] != every_chart("B")[kind]


@pytest.mark.parametrize("kind", every_chart("x"))
def test_colours_are_left_to_the_style_sheet(kind: str) -> None:
    """No chart carries a colour or an inline style, so that dark mode and strict pages work."""
    tree = ET.fromstring(every_chart("A")[kind])
    for node in tree.iter():
        assert "style" not in node.attrib
        assert not re.match(r"#|rgb", node.get("fill") or ""), node.attrib


def test_a_dot_stands_where_its_value_is() -> None:
    """On an axis from 0 to 1, a value of one half stands in the middle of the plot."""
    drawing = plot(Row(label="a", value=0.5, low=0.25, high=0.75), domain=(0.0, 1.0))
    tree = ET.fromstring(drawing)
    dot = next(n for n in tree.iter(f"{SPACE}circle"))
    interval = next(n for n in tree.iter(f"{SPACE}line") if n.get("class") == "rw-interval")
    assert float(dot.get("cx") or 0) == 180
    assert float(interval.get("x1") or 0) + float(interval.get("x2") or 0) == 360


def test_verdicts_differ_in_shape_and_not_only_in_colour() -> None:
    """A failing dot is a diamond, an undecided one a ring, a passing one a disc."""
    fails = plot(Row(label="a", value=0.5, mark=Mark.FAIL))
    passes = plot(Row(label="a", value=0.5, mark=Mark.PASS))
    unknown = plot(Row(label="a", value=0.5, low=0.1, high=0.6, mark=Mark.UNKNOWN))
    assert "<circle" not in fails
    assert "<circle" in passes
    assert "rw-row rw-unknown" in unknown


def test_a_row_without_a_number_is_hatched_and_says_why() -> None:
    """Unmeasured is drawn as nothing known, never as a dot at zero."""
    drawing = plot(Row(label="a", note="nobody is in this group"))
    tree = ET.fromstring(drawing)
    assert not list(tree.iter(f"{SPACE}circle"))
    assert "nobody is in this group" in "".join(tree.itertext())
    assert "not measured" in "".join(tree.itertext())


def test_a_limit_stands_only_beside_the_rows_it_binds() -> None:
    """A row that nothing is required of has no dashed line."""
    limit = (Line(value=0.3, name="at most 0.3"),)
    bound = Row(label="a", value=0.5)
    free = Row(label="b", value=0.5, bounds=())
    assert plot(bound, bound, limits=limit).count('"rw-limit"') == 2
    assert plot(bound, free, limits=limit).count('"rw-limit"') == 1


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=6))
def test_any_numbers_make_a_plot_that_parses(values: list[tuple[float, float, float]]) -> None:
    """Any finite intervals give well-formed XML without NaN or infinity in it."""
    rows = []
    for triple in values:
        low, value, high = sorted(triple)
        rows.append(Row(label="a", value=value, low=low, high=high))
    drawing = plot(*rows, zero=True)
    ET.fromstring(drawing)
    assert not re.search(r"\bnan\b|\binf\b", drawing)


@given(numbers, numbers)
def test_ticks_are_few_and_inside(one: float, other: float) -> None:
    """An axis reaches its data to a millionth of what it spans, with at most seven ticks inside."""
    low, high = round_domain([one, other])
    unseen = 1e-6 * max(abs(one), abs(other)) + 1e-9
    assert low <= min(one, other) + unseen
    assert high >= max(one, other) - unseen
    ticks = round_ticks(low, high)
    assert 1 <= len(ticks) <= 7
    assert all(low - 1e-6 * abs(low) <= t <= high + 1e-6 * abs(high) for t in ticks)


def test_scale_ends_where_it_says() -> None:
    """A scale maps its ends to its ends and keeps what lies beyond at the end."""
    scale = Scale(low=0.0, high=2.0, start=10.0, end=20.0)
    assert (scale(0), scale(1), scale(2), scale(5), scale(-1)) == (10, 15, 20, 20, 10)


def test_text_is_cut_to_its_room() -> None:
    """A long name ends with an ellipsis and fits; a short one stays."""
    long = "Native Hawaiian and other Pacific Islander"
    assert fit("Short", 200, 11) == "Short"
    assert fit(long, 100, 11).endswith("…")
    assert text_width(fit(long, 100, 11), 11) <= 100


def test_a_wide_map_says_so() -> None:
    """A map of many columns keeps readable cells and is marked as wider than a column."""
    many = [f"value {i}" for i in range(9)]
    cells = {(0, j): Cell(text="1", lean=0.1) for j in range(9)}
    assert is_wide(heat_map(Side("a", ["x"]), Side("b", many), cells, title="t", desc="d"))
    assert not is_wide(heat_map(Side("a", ["x"]), Side("b", ["y"]), {}, title="t", desc="d"))


def test_a_lone_line_has_a_band_and_several_have_whiskers() -> None:
    """Bands that overlap cannot be told apart, so several lines get whiskers."""
    one = Series(name="a", points=a_curve().points)
    axes = Axes(x="x", y="y", show_x=show, show_y=show)
    assert "rw-band" in line_chart([one], axes, title="t", desc="d")
    both = line_chart([one, one], axes, title="t", desc="d")
    assert "rw-band" not in both
    assert "rw-whisker" in both


def test_series_differ_in_shape() -> None:
    """As many lines as there are styles each have a shape of their own."""
    one = a_curve().points
    many = [Series(name=str(i), points=one) for i in range(len(STYLES))]
    axes = Axes(x="x", y="y", show_x=show, show_y=show)
    drawing = line_chart(many, axes, title="t", desc="d")
    assert all(f"rw-s{i}" in drawing for i in range(len(STYLES)))


def test_thinning_keeps_the_ends() -> None:
    """Places closer than half a unit are left out; the first and the last stay."""
    places = [(i * 0.01, 0.0) for i in range(1000)]
    thinned = thin(places)
    assert thinned[0] == places[0]
    assert thinned[-1] == places[-1]
    assert len(thinned) < 30
    assert thin([]) == []


AXES = Axes(x="x", y="y", show_x=show, show_y=show)


def test_the_chosen_candidate_is_ringed_and_the_unplaced_has_no_dot() -> None:
    """The ring marks one dot; a candidate without a measurement stands in the table only."""
    drawing = tradeoff_plot(tradeoff().candidates, AXES, zero=True, title="t", desc="d")
    assert drawing.count('"rw-ring"') == 1
    assert drawing.count('"rw-badge"') == 4
    assert "reweighed by race" not in drawing


def test_numbers_of_candidates_do_not_cover_each_other() -> None:
    """Candidates that did alike lie on each other; each can still be read."""
    alike = [replace(tradeoff().candidates[0], name=str(i), chosen=False) for i in range(9)]
    drawing = tradeoff_plot(alike, AXES, zero=False, title="t", desc="d")
    nodes = [n for n in ET.fromstring(drawing).iter(f"{SPACE}text") if n.get("class") == NUMBER]
    places = [(float(n.get("x") or 0), float(n.get("y") or 0)) for n in nodes]
    assert [n.text for n in nodes] == [str(i + 1) for i in range(9)]
    for i, (x, y) in enumerate(places):
        assert all(hypot(x - u, y - v) > 14 for u, v in places[:i])


def test_trade_off_without_any_place_still_draws() -> None:
    """When no candidate could be measured, there are axes and no dot."""
    nobody = [tradeoff().candidates[-1]]
    assert '"rw-badge"' not in tradeoff_plot(nobody, AXES, zero=False, title="t", desc="d")


def test_lines_stop_where_words_stand() -> None:
    """A zero line or a limit is not drawn through the name, the number or the note of a row."""
    near = Row(label="a long name", value=0.9, text="90.0 %", count="n 23,199", note="needs rows")
    limit = (Line(value=0.92, name="at most"),)
    drawing = plot(near, zero=True, limits=limit, domain=(0.0, 1.0))
    lines = {n.get("class"): n for n in ET.fromstring(drawing).iter(f"{SPACE}line")}
    name = next(n for n in ET.fromstring(drawing).iter(f"{SPACE}text") if n.text == "a long name")
    for class_ in ("rw-zero", "rw-limit"):
        assert float(lines[class_].get("y1") or 0) > float(name.get("y") or 0)
    free = plot(Row(label="a", value=0.5, text="1"), zero=True, domain=(-1.0, 1.0))
    middle = next(
        n for n in ET.fromstring(free).iter(f"{SPACE}line") if n.get("class") == "rw-zero"
    )
    assert float(middle.get("y1") or 0) == 0


def test_text_is_escaped_and_drawings_are_not() -> None:
    """A plain string becomes text; a drawing stays what it is."""
    inner = element("g", "a < b")
    assert inner == "<g>a &lt; b</g>"
    assert together([inner, "<g>"]) == "<g>a &lt; b</g>&lt;g&gt;"
    assert inner.__html__() == inner


def test_points_of_few_rows_are_hollow_and_not_joined() -> None:
    """A bin with one row in it may lie anywhere; no line may jump to it."""
    points = tuple(Point(x=i / 9, y=1.0 if i == 0 else i / 9, rows=1 if i == 0 else 50)
                   for i in range(9))  # fmt: skip
    drawing = calibration_panels(
        [Series(name="a", points=points)], (), a_curve("calibration"), title="t", desc="d"
    )
    assert drawing.count('"rw-few"') == 1
    path = next(p for p in re.findall(r'd="(M[^"]*)" class="rw-line"', drawing))
    assert path.count("L") == len(points) - 2
