import numpy as np

from lingraft.numeric.rows import unit_rows
from lingraft.vectors.counter_fitting import Force, counter_fit, neighborhoods
from lingraft.vectors.edges import Edge, collect
from lingraft.vectors.refiners.counter_fitting import CounterFitting
from lingraft.vectors.word_space import WordSpace


def counter_fitting(**options: object) -> CounterFitting:
    graph = {"format": "tsv", "source": "d"}
    return CounterFitting.model_validate(
        {
            "name": "counter-fitting",
            "synonyms": [{**graph, "path": "s.tsv"}],
            "antonyms": [{**graph, "path": "a.tsv"}],
            **options,
        }
    )


def test_antonyms_repel_and_synonyms_attract(space: WordSpace, given) -> None:
    inputs = given(s="w0\tw1\nw2\tw3\n", a="w0\tw4\nw5\tw6\n")
    settings = counter_fitting(iterations=60, neighborhood=0.0)
    assert {"sources"} == {section for section, _ in settings.made_from}
    result = settings.refine(space, inputs)
    cosine = result.vectors_NE @ result.vectors_NE.T
    assert cosine[0, 1] > 0.95 and cosine[2, 3] > 0.95
    assert cosine[0, 4] < 0.05 and cosine[5, 6] < 0.05
    assert np.allclose(np.linalg.norm(result.vectors_NE, axis=1), 1)
    assert np.allclose(result.vectors_NE[10:], space.vectors_NE[10:], atol=1e-7)
    (facts,) = result.facts
    assert facts["distance_after"]["connected"] < facts["distance_before"]["connected"]
    antonyms = facts["antonyms"]
    assert antonyms["distance_after"]["connected"] > antonyms["distance_before"]["connected"]


def test_a_step_follows_the_gradient_of_the_distance(space: WordSpace) -> None:
    """One small step toward a synonym changes the cosine as its slope says."""
    start, rows_P2 = unit_rows(space.vectors_NE), np.array([[0, 1]])
    step = 1e-5
    moved = counter_fit(start, [Force(rows_P2, 0.0, step)], 1)
    cosine = start[0] @ start[1]
    slope = sum(((start[a] - cosine * start[b]) ** 2).sum() for a, b in ((0, 1), (1, 0)))
    assert abs((moved[0] @ moved[1] - cosine) / step - slope) < 1e-3


def test_neighbors_of_old_stay_near(space: WordSpace, given) -> None:
    inputs = given(s="w8\tw9\n", a="w0\tw4\n")
    near = 1 - np.sort(space.vectors_NE[0] @ space.vectors_NE.T)[-3]  # the second neighbor's
    kept = counter_fitting(neighborhood=near + 0.01, preservation=0.5).refine(space, inputs)
    free = counter_fitting(neighborhood=0.0).refine(space, inputs)
    edges = collect([(Edge("w0", "w4"), (0, 0))], space, new_words=False)
    pairs_P2, distance_P = neighborhoods(space.vectors_NE, [edges], near + 0.01)
    own = (pairs_P2 == 0).any(axis=1)

    def lost(result: WordSpace) -> float:
        first, second = pairs_P2[own].T
        now = 1 - (result.vectors_NE[first] * result.vectors_NE[second]).sum(axis=1)
        return float((now - distance_P[own]).max())

    assert own.sum() >= 2 and lost(kept) < lost(free)


def test_distances_at_which_the_forces_end_can_be_set(space: WordSpace, given) -> None:
    inputs = given(s="w0\tw1\n", a="w2\tw3\n")
    options = {"antonym_distance": 1.5, "synonym_distance": 0.3, "neighborhood": 0.0}
    strong = {"repulsion": 0.2, "attraction": 0.02, "iterations": 400}
    result = counter_fitting(**options, **strong).refine(space, inputs)
    distance = 1 - result.vectors_NE @ result.vectors_NE.T
    assert abs(distance[0, 1] - 0.3) < 0.05 and abs(distance[2, 3] - 1.5) < 0.2
