"""The figures of sentence encoders: the loss of pairs along tuning."""

from collections import defaultdict

import numpy as np

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.figures.figure import Figure, Panel, Series, colors

_LOSS = "pair_loss"


def tuning_figures(config: Config, collection: Collected) -> list[Figure]:
    """The loss of pairs by steps, one figure for each encoder with a panel for each run."""
    return [
        figure
        for encoder in config.encoders
        if (figure := _tuning(config, collection, encoder)) is not None
    ]


def _tuning(config: Config, collection: Collected, encoder: str) -> Figure | None:
    found: dict[str, dict[str, dict[int, list[float]]]] = {}
    for (training, name), lines in collection.tunings.items():
        if name == encoder:
            by_name = found.setdefault(training.run, {})
            by_step = by_name.setdefault(training.initialization, defaultdict(list))
            for line in lines:
                if line.get(_LOSS) is not None:
                    by_step[int(line["step"])].append(float(line[_LOSS]))
    if not found:
        return None
    palette = colors(config)
    series = [
        _line(name, by_step, palette[name], panel, list(palette).index(name))
        for panel, by_name in enumerate(found.values())
        for name, by_step in by_name.items()
    ]
    ends = "; ".join(f"{s.name} {s.y[0]:.3f} to {s.y[-1]:.3f}" for s in series[:30] if s.y)
    last = config.encoders[encoder].total_steps
    return Figure(
        name=f"tuning-{encoder}",
        title=f"Encoder {encoder}: loss of pairs along tuning",
        kind="panels",
        x_label="",
        y_label="loss",
        series=series,
        alternative=f"Loss of pairs by steps of tuning {encoder}, start to end: {ends}.",
        note="Means over the steps since the point before, of training pairs; seeds are averaged.",
        panels=[Panel(run, {"0": 0.0, f"{last:,} steps": float(last)}) for run in found],
        panel_width=430 if len(found) < 3 else 165,
    )


def _line(
    name: str, by_step: dict[int, list[float]], color: str, panel: int, marker: int
) -> Series:
    steps = sorted(by_step)
    losses = [float(np.mean(by_step[step])) for step in steps]
    labels = [f"step {step:,}" for step in steps]
    return Series(name, steps, losses, color, marker, panel=panel, labels=labels)
