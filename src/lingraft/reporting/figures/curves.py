"""The figures of the learning curves, with published values as levels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lingraft.experiment.configuration import Config
from lingraft.reporting.figures.figure import GRAY, Figure, Series, colors
from lingraft.reporting.findings.curves import MEASURE, Band, Forgetting, Mark
from lingraft.reporting.findings.wording import short_step, span
from lingraft.reporting.published.levels import Level
from lingraft.reporting.statistics import AXES

PUBLISHED = "#8E44AD"
_STAR = 7  # among the markers of both renderers


def curve_figures(
    config: Config,
    found: Sequence[Band],
    levels: Sequence[Level] = (),
    encoders: Sequence[Mark] = (),
    untrained: Sequence[Mark] = (),
) -> list[Figure]:
    """Bits per byte along training, one figure for each run.

    Args:
        config: the experiment.
        found: the curves, averaged over seeds.
        levels: published values that are drawn as horizontal lines.
        encoders: sentence encoders, which are drawn as stars.
        untrained: initializations that end at step 0, which are drawn as points.
    """
    palette = colors(config)
    figures = []
    for run in dict.fromkeys(band.run for band in found):
        own = [band for band in found if band.run == run]
        series = [_line(band, palette, i, config.report.baseline) for i, band in enumerate(own)]
        ended = [mark for mark in untrained if mark.run == run]
        series += [_point(mark, palette, len(own) + i) for i, mark in enumerate(ended)]
        published = [level for level in levels if level.run == run]
        series += [_level(level, own, len(series) + i) for i, level in enumerate(published)]
        tuned = [mark for mark in encoders if mark.run == run]
        series += [_star(mark, palette) for mark in tuned]
        ends = ", ".join(f"{b.initialization} {b.mean[0]:.2f} to {b.mean[-1]:.2f}" for b in own)
        notes = [_about_seeds(own)]
        if all(band.budgets["steps"][0] == 0 for band in own):
            notes.append("The first point is step 0: initialization alone.")
        if ended:
            names = ", ".join(mark.initialization for mark in ended)
            notes.append(f"Not trained, and so a point at step 0: {names}.")
            ends += "; not trained: " + ", ".join(
                f"{mark.initialization} {mark.bits_per_byte:.2f}" for mark in ended
            )
        if tuned:
            names = ", ".join(dict.fromkeys(mark.step for mark in tuned))
            notes.append(f"Stars are the sentence encoders ({names}), after the steps of tuning.")
            ends += "; encoders: " + ", ".join(_about_encoder(mark) for mark in tuned)
        if published:
            notes.append("Dotted lines are published values.")
            ends += "; published: " + ", ".join(f"{p.label} {p.value:.2f}" for p in published)
        figures.append(
            Figure(
                name=f"curves-{run}",
                title=f"{run}: {MEASURE} along training",
                kind="lines",
                x_label="Steps",
                y_label=MEASURE,
                series=series,
                alternative=f"{MEASURE.capitalize()} by steps, run {run}, start to end: {ends}.",
                note=" ".join(notes),
            )
        )
    return figures


def forgetting_figures(config: Config, found: Sequence[Forgetting]) -> list[Figure]:
    """Bits per byte of text that is not trained on, one figure for each run and corpus.

    Args:
        config: the experiment.
        found: the curves, and the level of the source model.
    """
    palette = colors(config)
    figures = []
    for one in found:
        bands = one.bands
        series = [_line(band, palette, i, config.report.baseline) for i, band in enumerate(bands)]
        ends = ", ".join(f"{b.initialization} {b.mean[0]:.2f} to {b.mean[-1]:.2f}" for b in bands)
        notes = [f"No model is trained on {one.corpus}.", _about_seeds(bands)]
        if one.source is not None:
            level = Level(one.run, "source model, untouched", one.source)
            series.append(replace(_level(level, bands, len(bands)), color=GRAY))
            notes.append("The dotted line is the untouched source model.")
            ends += f"; source model {one.source:.2f}"
        what = f"{MEASURE} of {one.corpus}"
        figures.append(
            Figure(
                name=f"forgetting-{one.run}-{one.corpus}",
                title=f"{one.run}: {what} along training",
                kind="lines",
                x_label="Steps",
                y_label=MEASURE,
                series=series,
                alternative=f"{what.capitalize()} by steps, run {one.run}, start to end: {ends}.",
                note=" ".join(notes),
            )
        )
    return figures


def _about_seeds(bands: Sequence[Band]) -> str:
    counts = sorted({band.seeds for band in bands})
    if counts == [1]:
        return "One seed."
    said = span(str(counts[0]), str(counts[-1]))
    return f"Bands are one standard deviation over {said} seeds."


def _line(band: Band, palette: Mapping[str, str], index: int, baseline: str) -> Series:
    low = high = None
    if band.sd is not None:
        low = [m - s for m, s in zip(band.mean, band.sd, strict=True)]
        high = [m + s for m, s in zip(band.mean, band.sd, strict=True)]
    return Series(
        name=band.initialization,
        x=band.budgets["steps"],
        y=band.mean,
        color=palette[band.initialization],
        marker=index,
        low=low,
        high=high,
        dashed=band.initialization == baseline,
        alternatives=band.budgets,
    )


def _star(mark: Mark, palette: Mapping[str, str]) -> Series:
    return Series(
        name=f"{mark.initialization}, {short_step(mark.step)}",
        x=[mark.budgets["steps"]],
        y=[mark.bits_per_byte],
        color=palette[mark.initialization],
        marker=_STAR,
        alternatives={axis: [spent] for axis, spent in mark.budgets.items()},
        of=mark.initialization,
    )


def _point(mark: Mark, palette: Mapping[str, str], index: int) -> Series:
    return Series(
        name=f"{mark.initialization}, not trained",
        x=[mark.budgets["steps"]],
        y=[mark.bits_per_byte],
        color=palette[mark.initialization],
        marker=index,
        alternatives={axis: [spent] for axis, spent in mark.budgets.items()},
    )


def _about_encoder(mark: Mark) -> str:
    return f"{mark.initialization} {mark.step} {mark.bits_per_byte:.2f}"


def _level(level: Level, bands: Sequence[Band], index: int) -> Series:
    """A horizontal line over the whole budget of a run's bands."""
    ends = {
        axis: [min(b.budgets[axis][0] for b in bands), max(b.budgets[axis][-1] for b in bands)]
        for axis in AXES
        if all(axis in b.budgets for b in bands)
    }
    return Series(
        name=level.label,
        x=ends["steps"],
        y=[level.value, level.value],
        color=PUBLISHED,
        marker=index,
        dotted=True,
        alternatives=ends,
    )
