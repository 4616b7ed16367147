import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from synthetic import configuration

from lingraft.reporting.figures.figure import GRAY, Figure, Series, colors
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
