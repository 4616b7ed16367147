"""The section on dynamic tokenization: what shorter texts cost in score, and save in time."""

from collections.abc import Sequence

from lingraft.experiment.configuration import Config
from lingraft.reporting.figures.figure import Figure
from lingraft.reporting.figures.merging_curves import merging_figures
from lingraft.reporting.findings.merging_curves import MergeCurve
from lingraft.reporting.tables.merging_curves import merging_table
from lingraft.reporting.tables.table import Table
from lingraft.reporting.writing.content import Section

_ABOUT = (
    "The same model reads the same texts with fewer tokens: the most frequent pairs of each batch "
    "are merged, and merged strings get rows of their own while they are read. Scores elsewhere in "
    "this report are of texts as the tokenizer cuts them."
)


def merging_section(config: Config, curves: Sequence[MergeCurve]) -> Section:
    """What dynamic tokenization changed; empty where no task was measured with it."""
    parts: list[Table | Figure] = []
    if curves:
        parts = [*merging_figures(config, curves), merging_table(curves)]
    return Section(
        "merges",
        "Dynamic tokens",
        "Dynamic tokenization",
        [_ABOUT] if curves else [],
        parts=parts,
        marked_against="the static tokens",
    )
