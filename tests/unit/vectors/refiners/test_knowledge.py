import numpy as np
from tests.unit.vectors.refiners.conftest import edges_text

from lingraft.vectors.refiners.knowledge import KnowledgeGraph
from lingraft.vectors.word_space import WordSpace


def test_squared_distances_of_both_kinds_are_minimal(space: WordSpace, given) -> None:
    """The solution of (I + s L) q = x, with the Laplacian L of the graph."""
    pairs = [(0, 1), (0, 2), (0, 3), (4, 5)]
    graph = {"format": "tsv", "source": "d", "path": "g.tsv"}
    settings = KnowledgeGraph.model_validate(
        {"name": "knowledge", "graphs": [graph], "strength": 0.5}
    )
    result = settings.refine(space, given(g=edges_text(pairs)))
    matrix = np.zeros((40, 40))
    for first, second in pairs:
        matrix[first, second] = matrix[second, first] = 1
    laplacian = np.diag(matrix.sum(axis=1)) - matrix
    start = space.vectors_NE / np.linalg.norm(space.vectors_NE, axis=1, keepdims=True)
    expected = np.linalg.solve(np.eye(40) + 0.5 * laplacian, start)
    assert np.abs(result.vectors_NE - expected).max() < 1e-10
