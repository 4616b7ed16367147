"""Encoders in the figures: stars in the curves, and the loss along tuning."""

from pathlib import Path

import pytest

from lingraft.reporting.figures.figure import Figure
from lingraft.reporting.figures.interactive import to_plotly
from lingraft.reporting.figures.static import to_svg
from lingraft.reporting.writing.content import Content


def figure(content: Content, name: str) -> Figure:
    """The one figure with this name."""
    [found] = [figure for figure in content.figures if figure.name == name]
    return found


def test_encoders_are_stars_after_the_steps_of_tuning(tuned: tuple[Path, Content]) -> None:
    found = figure(tuned[1], "curves-swahili")
    stars = [series for series in found.series if series.of]
    assert [star.of for star in stars] == ["random", "trans-tokenization"]
    line = next(series for series in found.series if series.name == "random")
    assert stars[0].x == [80] and line.x[-1] == 60 and stars[0].color == line.color
    hours = line.alternatives["hours"][-1]
    assert stars[0].alternatives["hours"] == [pytest.approx(hours + 14 / 3600)]
    scores = [
        f.mean
        for f in tuned[1].findings
        if (f.criterion.step, f.criterion.metric) == ("distilled", "bits_per_byte")
    ]
    assert [star.y[0] for star in stars] == pytest.approx(scores)


def test_the_legend_names_lines_only(tuned: tuple[Path, Content]) -> None:
    found = figure(tuned[1], "curves-swahili")
    spec = to_plotly(found, "CPU-hours")
    listed = [t["name"] for t in spec["data"] if t.get("showlegend", True)]
    assert listed == ["random", "wechsel", "trans-tokenization"]
    assert set(spec["axes"]) == {"Steps", "Tokens", "CPU-hours"}
    assert "encoder distilled" not in to_svg(found)
    assert "Stars are the sentence encoders (distilled)" in found.note


def test_the_loss_along_tuning_is_a_panel_for_each_run(tuned: tuple[Path, Content]) -> None:
    found = figure(tuned[1], "tuning-distilled")
    assert [panel.title for panel in found.panels] == ["swahili"]
    assert [(s.name, list(s.x), list(s.y)) for s in found.series] == [
        ("random", [10, 20], [0.1, 0.05]),
        ("trans-tokenization", [10, 20], [0.1, 0.05]),
    ]


def test_step_0_is_drawn_for_one_metric_and_encoders_for_all(tuned: tuple[Path, Content]) -> None:
    names = [f.name for f in tuned[1].figures if f.name.startswith("differences")]
    assert [name for name in names if name.endswith("initialized")] == [
        "differences-bits-per-byte-initialized"
    ]
    assert len([name for name in names if name.endswith("distilled")]) == 3
