import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from synthetic import configuration

from lingraft.reporting.figures.figure import GRAY, Figure, Panel, Series, colors
from lingraft.reporting.figures.interactive import to_plotly
from lingraft.reporting.figures.static import for_page, to_svg
from lingraft.reporting.writing.content import Content

LINES = Figure(
    name="lines",
    title="Costs $5 & <b>more</b>",
    kind="lines",
    x_label="Steps",
    y_label="bits",
    series=[
        Series(
            "wechsel",
            [0, 1],
            [2.0, 1.0],
            "#0072B2",
            low=[1.9, 0.9],
            high=[2.1, 1.1],
            alternatives={"steps": [0, 1], "tokens": [0, 50], "hours": [0, 0.5]},
        )
    ],
    alternative="It falls.",
)


def test_the_baseline_is_gray_and_others_differ() -> None:
    found = colors(configuration())
    assert found["random"] == GRAY
    assert len(set(found.values())) == len(found) == 6


def test_static_figures_are_svg_that_needs_nothing(report: tuple[Path, Content]) -> None:
    for figure in report[1].figures:
        drawing = to_svg(figure)
        ElementTree.fromstring(drawing)  # noqa: S314 (our own file)
        assert "<text" in drawing
        assert not re.search(r'(href|src)="(?!#)', drawing.replace("xlink:", ""))


def test_text_of_a_figure_is_text_whatever_it_is() -> None:
    drawing = to_svg(LINES)
    assert "Costs $5 &amp; &lt;b&gt;more&lt;/b&gt;" in drawing


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert to_svg(LINES) == to_svg(LINES)


def test_a_figure_in_the_page_takes_the_colors_of_the_page() -> None:
    inside = for_page(to_svg(LINES), LINES)
    assert inside.startswith("<svg")
    assert "var(--ink)" in inside
    assert "#ffffff" not in inside
    references = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', inside))
    assert references
    assert references <= set(re.findall(r'\bid="([^"]+)"', inside))
    assert all(name.startswith("lines-") for name in references)


def test_interactive_and_static_figures_have_the_same_numbers(
    report: tuple[Path, Content],
) -> None:
    for figure in report[1].figures:
        spec = to_plotly(figure, "Hours")
        json.dumps(spec, allow_nan=False)
        drawn = {t["name"]: (t["x"], t["y"]) for t in spec["data"] if "name" in t}
        assert drawn == {s.name: (list(s.x), list(s.y)) for s in figure.series}


def places(number: int) -> Panel:
    rng = np.random.default_rng(number)
    names = {f"language {i}": float(x) for i, x in enumerate(rng.exponential(size=number))}
    return Panel("step 0", {"100": 0.0, "1,000": 1.0}, names)


@pytest.mark.parametrize("number", [1, 2, 14, 40])
def test_names_above_a_panel_do_not_overlap(number: int) -> None:
    panel = places(number)
    low, high = panel.range
    written = list(panel.label_places.values())
    assert set(panel.label_places) == set(panel.places)
    ordered = sorted(panel.places, key=lambda name: panel.places[name])
    assert [panel.label_places[name] for name in ordered] == sorted(written)
    assert low <= min(written) and max(written) <= high
    gaps = np.diff(sorted(written))
    assert (gaps >= (high - low) / max(22, number) * (1 - 1e-9)).all()


def test_names_with_room_stand_at_their_places() -> None:
    panel = Panel("", {"a": 0.0, "b": 1.0}, {"x": 0.1, "y": 0.5, "z": 0.9})
    assert panel.label_places == panel.places


def test_panels_have_axes_of_their_own_and_one_legend() -> None:
    series = [
        Series("a", [0.0, 1.0], [2.0, 1.0], "#0072B2", low=[1, 0], high=[3, 2], panel=0),
        Series("a", [0.0, 1.0], [3.0, 1.0], "#0072B2", panel=1, labels=["x", "y"]),
        Series("random", [0.0, 1.0], [0.0, 0.0], GRAY, dotted=True, panel=1),
    ]
    panels = [Panel("one", {"start": 0.0, "end": 1.0}), places(5)]
    figure = Figure("f", "F", "panels", "", "", series, "text", panels=panels)
    spec = to_plotly(figure, "")
    json.dumps(spec, allow_nan=False)
    assert [(t["xaxis"], t["yaxis"]) for t in spec["data"]] == [("x", "y"), *[("x2", "y2")] * 2]
    assert [t["name"] for t in spec["data"] if t["showlegend"]] == ["a", "random"]
    assert [(t["x"], t["y"]) for t in spec["data"]] == [(list(s.x), list(s.y)) for s in series]
    assert spec["panels"]["number"] == 2
    titles = [each["text"] for each in spec["layout"]["annotations"]]
    assert titles == ["one", "step 0", *panels[1].label_places]
    drawing = to_svg(figure)
    assert all(f">{name}<" in drawing for name in (*titles, "start", "end", "random"))


def test_rows_come_in_the_order_that_is_asked_for() -> None:
    series = [Series("a", [1.0], ["y"], GRAY), Series("b", [1.0, 2.0], ["x", "y"], GRAY)]
    figure = Figure("f", "F", "intervals", "", "", series, "text", row_order=["x"])
    assert to_plotly(figure, "")["layout"]["yaxis"]["categoryarray"] == figure.rows == ["x", "y"]


def test_other_axes_fit_every_trace() -> None:
    spec = to_plotly(LINES, "GPU-hours")
    assert list(spec["axes"]) == ["Steps", "Tokens", "GPU-hours"]
    assert spec["axes"]["Tokens"] == [[0, 50, 50, 0], [0, 50]]
    for axes in spec["axes"].values():
        assert [len(x) for x in axes] == [len(trace["y"]) for trace in spec["data"]]


@pytest.mark.parametrize("kind", ["intervals", "bars"])
def test_rows_are_named_by_their_category(kind: str) -> None:
    series = [Series("a", [1.0, 2.0], ["x", "y"], "#0072B2", low=[0.5, 1.5], high=[2.0, 2.5])]
    figure = Figure("f", "F", kind, "x", "", series, "text")  # type: ignore[arg-type]
    assert to_plotly(figure, "")["layout"]["yaxis"]["type"] == "category"
    assert "<svg" in to_svg(figure)
