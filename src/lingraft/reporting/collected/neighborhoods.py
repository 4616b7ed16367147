"""Words and their nearest words, as the report's configuration asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lingraft.errors import ArtifactError, InputError
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Gap

if TYPE_CHECKING:
    from lingraft.config.report import Neighborhood
    from lingraft.vectors.neighbor_graph import NeighborGraph


def read_neighborhoods(config: Config, results: Path, gaps: list[Gap]) -> dict[str, NeighborGraph]:
    """The graphs by their titles; what cannot be read is a gap.

    Args:
        config: the experiment.
        results: folder of its results.
        gaps: what is missing is added here.
    """
    found = {}
    for block in config.report.neighbor_graphs:
        try:
            found[block.title] = _graph(block, config, results)
        except (ArtifactError, InputError) as error:
            gaps.append(Gap(f"neighbors in {block.title}", str(error)))
    return found


def _graph(block: Neighborhood, config: Config, results: Path) -> NeighborGraph:
    from lingraft.vectors.alignment import Alignment
    from lingraft.vectors.neighbor_graph import neighbor_graph
    from lingraft.vectors.vectorset import VectorSet
    from lingraft.vectors.word_space import WordSpace

    vectors = results / "vectors"
    if block.alignment is None:
        space = WordSpace.of_set(VectorSet.load(vectors / str(block.vectors)))
    else:
        sides = config.alignments[block.alignment]
        space = WordSpace.of_alignment(
            VectorSet.load(vectors / sides.source),
            VectorSet.load(vectors / sides.target),
            Alignment.load(results / "alignments" / block.alignment),
        )
    return neighbor_graph(space, block.words, block.neighbors)
