import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.vectors.alignment import align
from lingraft.vectors.neighbor_graph import neighbor_graph
from lingraft.vectors.word_space import WordSpace


def test_nearest_words_of_both_sides_are_joined(plant) -> None:
    planted = plant(words=60, dimension=8)
    alignment = align(planted.source, planted.target, planted.pairs(0, 60))
    space = WordSpace.of_alignment(planted.source, planted.target, alignment)
    graph = neighbor_graph(space, ["s3", "S4", "absent"], 2)
    assert graph.nodes[:2] == [(0, "s3"), (0, "s4")] and graph.asked == 2
    assert graph.absent == ["absent"]
    joined = {tuple(sorted((graph.nodes[a], graph.nodes[b]))) for a, b, _ in graph.edges}
    # Without noise the translation is where the word is.
    assert ((0, "s3"), (1, "t3")) in joined and ((0, "s4"), (1, "t4")) in joined
    assert 6 <= len(graph.edges) <= 8
    assert graph.places_M2.shape == (len(graph.nodes), 2)
    assert np.abs(graph.places_M2).max() == pytest.approx(1)
    again = neighbor_graph(space, ["s3", "s4"], 2)
    assert np.array_equal(again.places_M2, graph.places_M2)
    with pytest.raises(InputError, match="none of absent, gone has a vector"):
        neighbor_graph(space, ["absent", "gone"], 2)
