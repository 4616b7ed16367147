"""The figure of several vocabularies of one model: bits per byte by text, or by work."""

from collections.abc import Sequence

from lingraft.reporting.figures.figure import GRAY, PALETTE, Figure, Series
from lingraft.reporting.findings.curves import METRIC
from lingraft.reporting.findings.vocabulary_arms import VocabularyArm, VocabularyComparison

_LABELS = {"bytes": "MB of text seen", "operations": "Operations of training"}
_UNITS = {"bytes": 1e6, "operations": 1.0}


def vocabulary_figures(found: Sequence[VocabularyComparison]) -> list[Figure]:
    """A line for each arm, on the axes on which all arms have a place; no figure without one."""
    return [_figure(one) for one in found if one.budgets]


def _figure(comparison: VocabularyComparison) -> Figure:
    axes = list(comparison.budgets)
    series = [_line(arm, index, axes) for index, arm in enumerate(comparison.arms)]
    ends = "; ".join(
        f"{arm.name} {arm.mean(METRIC)[0]:.2f} to {arm.end:.2f}" for arm in comparison.arms
    )
    languages = ", ".join(comparison.languages)
    return Figure(
        name=f"vocabulary-{comparison.model}-{'-'.join(comparison.languages)}",
        title=f"{comparison.model}, {languages}: bits per byte with each vocabulary",
        kind="lines",
        x_label=_LABELS[axes[0]],
        y_label="bits per byte",
        series=series,
        alternative=f"Bits per byte by {_LABELS[axes[0]]}, start to end: {ends}.",
        note="Read each line beside the rows without a model of its vocabulary in the table.",
    )


def _line(arm: VocabularyArm, index: int, axes: Sequence[str]) -> Series:
    budgets = {axis: [each / _UNITS[axis] for each in arm.mean(axis)] for axis in axes}
    return Series(
        name=arm.name,
        x=budgets[axes[0]],
        y=arm.mean(METRIC),
        color=GRAY if index == 0 else PALETTE[(index - 1) % len(PALETTE)],
        marker=index,
        dashed=index == 0,
        alternatives=budgets,
    )
