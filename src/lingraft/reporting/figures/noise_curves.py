"""The figures of wrong characters: how much of a score is left by the share of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from lingraft.evaluation.tasks.robustness import Robustness
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected, Measured
from lingraft.reporting.figures.figure import Figure, Panel, Series, colors
from lingraft.reporting.findings.wording import short_step
from lingraft.reporting.statistics import score_interval

Points = Mapping[float, Sequence[Measured]]  # share of noise -> a score of each seed


def noise_figures(config: Config, collection: Collected) -> list[Figure]:
    """A figure of the task `robustness`: a panel for each run, language and step, a line for each
    initialization; none without at least two shares of noise."""
    lines: dict[str, dict[str, dict[float, list[Measured]]]] = defaultdict(dict)
    for row in collection.scores:
        share = Robustness.share_of(row.score.setting)
        if row.task != Robustness.name or share is None or row.score.value is None:
            continue
        training = row.training
        title = f"{training.run}, {row.score.language}, {short_step(row.step)}"
        points = lines[title].setdefault(training.initialization, defaultdict(list))
        points[share].append(row)
    curves = {
        title: {name: points for name, points in own.items() if len(points) > 1}
        for title, own in lines.items()
    }
    curves = {title: own for title, own in curves.items() if own}
    return [_figure(config, curves)] if curves else []


def _figure(config: Config, curves: Mapping[str, Mapping[str, Points]]) -> Figure:
    palette = colors(config)
    markers = {name: number for number, name in enumerate(palette)}
    level = config.report.confidence
    panels, series = [], []
    for index, (title, own) in enumerate(curves.items()):
        shares = sorted({share for points in own.values() for share in points})
        ticks = {f"{share:.0%}": share for share in shares}
        panels.append(Panel(title, ticks, x_label="wrong characters", margin=0.1))
        series += [
            _line(name, points, palette[name], markers[name], index, level)
            for name, points in own.items()
        ]
    said = "; ".join(
        f"{line.name} in {panels[line.panel].title} {line.y[0]:.3f} to {line.y[-1]:.3f}"
        for line in series[:12]
    )
    return Figure(
        name="robustness",
        title="Noised texts that find themselves, by the share of wrong characters",
        kind="panels",
        x_label="",
        y_label="accuracy@1",
        series=series,
        alternative=f"Accuracy from the least to the most noise: {said}.",
        note=f"Bars are {level:.0%} intervals over the texts, without the seeds of training; "
        "several seeds are averaged.",
        panels=panels,
        panel_width=280,
    )


def _line(name: str, points: Points, color: str, marker: int, panel: int, level: float) -> Series:
    shares = sorted(points)
    means = [float(np.mean([row.score.value for row in points[share]])) for share in shares]
    # Seeds share their texts, so that their errors do not average out.
    limits = Robustness.metrics["accuracy"].limits
    errors = [max(row.score.standard_error or 0.0 for row in points[share]) for share in shares]
    items = [min(row.score.n for row in points[share]) for share in shares]
    bars = [
        score_interval(*measured, limits, level)
        for measured in zip(means, errors, items, strict=True)
    ]
    return Series(
        name, shares, means, color, marker,
        [bar.low for bar in bars],
        [bar.high for bar in bars],
        panel=panel,
        labels=[f"{share:.0%} wrong characters" for share in shares],
    )  # fmt: skip
