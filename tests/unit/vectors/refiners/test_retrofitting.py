import numpy as np
import pytest
from tests.unit.vectors.refiners.conftest import edges_text

from lingraft.errors import InputError
from lingraft.vectors.refiners.retrofitting import Retrofitting
from lingraft.vectors.word_space import WordSpace


def retrofitting(**options: object) -> Retrofitting:
    graphs = [{"format": "tsv", "source": "d", "path": "g.tsv"}]
    return Retrofitting.model_validate({"name": "retrofitting", "graphs": graphs, **options})


PAIRS = [(0, 1), (1, 2), (2, 3), (0, 3), (4, 5), (5, 6), (7, 9), (9, 0)]


def adjacency(pairs: list[tuple[int, int]], size: int = 40) -> np.ndarray:
    matrix = np.zeros((size, size))
    for first, second in pairs:
        matrix[first, second] = matrix[second, first] = 1
    return matrix


def test_equals_the_closed_form(space: WordSpace, given) -> None:
    """q = (I - D^-1 A / 2)^-1 x / 2 for words with neighbors; others stay."""
    result = retrofitting().refine(space, given(g=edges_text(PAIRS)))
    matrix = adjacency(PAIRS)
    touched = np.flatnonzero(matrix.sum(axis=1))
    walk = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    system = (np.eye(40) - walk / 2)[np.ix_(touched, touched)]
    start = space.vectors_NE / np.linalg.norm(space.vectors_NE, axis=1, keepdims=True)
    expected = start.copy()
    expected[touched] = np.linalg.solve(system, start[touched] / 2)
    assert np.abs(result.vectors_NE - expected).max() < 1e-10


def test_is_where_the_published_updates_end(space: WordSpace, given) -> None:
    result = retrofitting(alpha=2.0).refine(space, given(g=edges_text(PAIRS)))
    start = space.vectors_NE / np.linalg.norm(space.vectors_NE, axis=1, keepdims=True)
    matrix, swept = adjacency(PAIRS), start.copy()
    for _ in range(100):
        for word in np.flatnonzero(matrix.sum(axis=1)):
            neighbors = swept[matrix[word] > 0]
            swept[word] = (neighbors.mean(axis=0) + 2 * start[word]) / 3
    assert np.abs(result.vectors_NE - swept).max() < 1e-10


def test_order_of_the_edges_changes_nothing(space: WordSpace, given) -> None:
    one = retrofitting().refine(space, given(g=edges_text(PAIRS)))
    turned = [(second, first) for first, second in reversed(PAIRS)]
    other = retrofitting().refine(space, given(g=edges_text(turned)))
    assert np.abs(one.vectors_NE - other.vectors_NE).max() < 1e-12


def test_weights_pull_by_their_size(space: WordSpace, given) -> None:
    result = retrofitting().refine(space, given(g="w0\tw1\t3\nw0\tw2\t1\n"))
    start = space.vectors_NE / np.linalg.norm(space.vectors_NE, axis=1, keepdims=True)
    system = np.array([[1, -0.375, -0.125], [-0.5, 1, 0], [-0.5, 0, 1]])
    expected = np.linalg.solve(system, start[:3] / 2)
    assert np.abs(result.vectors_NE[:3] - expected).max() < 1e-10


def test_relations_have_weights_and_leave_others_out(space: WordSpace, given) -> None:
    graph = {"format": "tsv", "source": "d", "path": "g.tsv", "weight": 2.0}
    graph["relations"] = {"near": 0.5}
    inputs = given(g="w0\tw1\t3\tnear\nw0\tw2\t1\tfar\n", h="w0\tw1\t3\n")
    some = retrofitting(graphs=[graph]).refine(space, inputs)
    plain = {"format": "tsv", "source": "d", "path": "h.tsv"}
    same = retrofitting(graphs=[plain]).refine(space, inputs)
    assert np.array_equal(some.vectors_NE, same.vectors_NE)
    assert some.facts[0]["edges"]["read"] == 1


def test_words_without_a_vector_get_one_from_their_neighbors(space: WordSpace, given) -> None:
    text = "w0\tnew\nw1\tnew\nfar\tfarther\nnew\tnewer\n"
    result = retrofitting().refine(space, given(g=text))
    # Without a place of its own a word is at the mean of its neighbors; an end of a chain is where
    # its one neighbor is.
    new = result.vectors_NE[result.index[0, "new"]]
    newer = result.vectors_NE[result.index[0, "newer"]]
    assert np.allclose(newer, new, atol=1e-10)
    assert np.allclose(new, result.vectors_NE[:2].mean(axis=0), atol=1e-10)
    # Nothing says where words are that no path joins to a known one.
    assert (0, "far") not in result.index and len(result.nodes) == 42
    edges = result.facts[0]["edges"]
    assert edges["new_words"] == 2 and edges["unreachable_words"] == 2 and edges["used"] == 3
    words = result.take(0)
    assert words.words[-2:] == ["new", "newer"] and words.counts_W is not None
    assert words.counts_W[-1] == 0
    without = retrofitting(new_words=False).refine(space, given(g=text + "w0\tw1\n"))
    assert len(without.nodes) == 40 and without.facts[0]["edges"]["without_a_vector"] == 4


def test_connected_words_come_closer_and_it_says_so(space: WordSpace, given) -> None:
    text = edges_text([*PAIRS, (1, 0), (0, 0)])
    (facts,) = retrofitting().refine(space, given(g=text)).facts
    counts = {"read": 10, "self_loops": 1, "duplicates": 1, "used": 8, "new_words": 0}
    assert facts["edges"] == counts
    before, after = facts["distance_before"], facts["distance_after"]
    assert after["connected"] < before["connected"] - 0.2
    assert after["unconnected"] > after["connected"] + 0.2


def test_a_graph_of_another_language_is_one_line(space: WordSpace, given) -> None:
    with pytest.raises(InputError, match=r"no edge of the graphs \(1 were read\) has a word") as no:
        retrofitting().refine(space, given(g="nyumba\tjengo\n"))
    assert "\n" not in str(no.value)
