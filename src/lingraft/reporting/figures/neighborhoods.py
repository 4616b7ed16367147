"""The figures of neighborhoods: words and their nearest words in the plane."""

import re

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.figures.figure import PALETTE, Figure, Series


def neighborhood_figures(config: Config, collection: Collected) -> list[Figure]:
    """One figure for each graph that the configuration asks for; sides have colors and shapes."""
    figures: list[Figure] = []
    for title, graph in collection.neighborhoods.items():
        x, y = graph.places_M2.T.tolist()
        ends = [end for first, second, _ in graph.edges for end in (first, second, None)]
        lines = (
            [None if end is None else x[end] for end in ends],
            [None if end is None else y[end] for end in ends],
        )
        series = [Series("near", *lines, "#9AA0A6")]
        names = _names(config, title)
        for side, name in enumerate(names):
            own = [place for place, node in enumerate(graph.nodes) if node[0] == side]
            series.append(
                Series(
                    name,
                    [x[place] for place in own],
                    [y[place] for place in own],
                    PALETTE[side],
                    marker=side,
                    labels=[graph.nodes[place][1] for place in own],
                )
            )
        asked = ", ".join(word for _, word in graph.nodes[: graph.asked])
        absent = f" Without a vector: {', '.join(graph.absent)}." if graph.absent else ""
        figures.append(
            Figure(
                name=f"neighbors-{re.sub(r'[^A-Za-z0-9]+', '-', title)}-{len(figures) + 1}",
                title=f"Neighbors in {title}",
                kind="graph",
                x_label="",
                y_label="",
                series=series,
                alternative=f"The words {asked} with their nearest words, as a graph.",
                note="Lines join each word that was asked for with its nearest words by cosine; "
                f"other distances in the plane say little.{absent}",
            )
        )
    return figures


def _names(config: Config, title: str) -> list[str]:
    if title in config.alignments:
        return [config.alignments[title].source, config.alignments[title].target]
    return [title]
