import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.vectors.aligners.anchors import Anchors
from lingraft.vectors.alignment import align
from lingraft.vectors.anchoring import fit_anchors, most_frequent_pairs
from lingraft.vectors.fitting import Problem


def problem(seed: int = 0, pairs: int = 20, dimension: int = 5, words: int = 50) -> Problem:
    generator = np.random.default_rng(seed)
    source, target = generator.normal(size=(2, words, dimension))
    rows = generator.permutation(words)[:pairs], generator.permutation(words)[:pairs]
    return Problem(source, target, *rows, np.ones(pairs))


def test_a_word_is_its_cosines_with_the_anchors() -> None:
    made = problem()
    maps = fit_anchors(made, anchors=20, centered=False, whitening=0)
    assert maps.named_K is not None and maps.source_EK.shape == (5, 20)
    for side_NE, rows, map_EK in (
        (made.source_NE, made.source_P, maps.source_EK),
        (made.target_ME, made.target_P, maps.target_EK),
    ):
        units = side_NE / np.linalg.norm(side_NE, axis=1, keepdims=True)
        assert np.allclose(units @ map_EK, units @ units[rows[maps.named_K]].T)


def test_centered_similarities_have_mean_zero() -> None:
    made = problem()
    maps = fit_anchors(made, anchors=20, centered=True, whitening=0)
    assert np.allclose((made.source_NE @ maps.source_EK).mean(axis=1), 0)
    plain = made.source_NE @ fit_anchors(made, anchors=20, centered=False, whitening=0).source_EK
    assert np.allclose(made.source_NE @ maps.source_EK, plain - plain.mean(axis=1, keepdims=True))


@given(st.integers(0, 10**6), st.integers(6, 20))
@settings(max_examples=20)
def test_whitened_similarities_keep_the_angles_of_one_language(seed: int, anchors: int) -> None:
    """With at least as many anchors as dimensions all directions count alike: an isometry."""
    made = problem(seed)
    maps = fit_anchors(made, anchors=anchors, centered=False, whitening=1)
    assert np.allclose(maps.source_EK @ maps.source_EK.T, np.eye(5), atol=1e-8)


@given(st.integers(0, 10**6), st.booleans(), st.floats(0, 1))
@settings(max_examples=20)
def test_a_rotation_of_one_side_changes_nothing(seed: int, centered: bool, power: float) -> None:
    """Nothing is rotated, so the frame of either language does not matter."""
    made = problem(seed)
    turn = np.linalg.qr(np.random.default_rng(seed + 1).normal(size=(5, 5)))[0]
    turned = Problem(
        made.source_NE @ turn, *(made.target_ME, made.source_P, made.target_P), made.weights_P
    )
    first, second = (
        fit_anchors(each, anchors=20, centered=centered, whitening=power) for each in (made, turned)
    )
    expected, found = made.source_NE @ first.source_EK, turned.source_NE @ second.source_EK
    assert np.allclose(expected, found, atol=1e-7)
    assert np.allclose(first.target_EK, second.target_EK)


def test_anchors_are_the_most_frequent_pairs_and_no_word_is_in_two() -> None:
    rows = np.array([4, 0, 0, 9, 1, 2]), np.array([0, 3, 1, 9, 3, 2])
    made = Problem(np.eye(10), np.eye(10), *rows, np.ones(6))
    assert most_frequent_pairs(made, 10).tolist() == [2, 5, 4, 0, 3]
    assert most_frequent_pairs(made, 2).tolist() == [2, 5]


def test_fewer_anchors_than_dimensions_leave_directions_out() -> None:
    maps = Anchors(anchors=3).fit(problem())
    assert maps.source_EK.shape == (5, 3) and np.isfinite(maps.source_EK).all()
    assert maps.pairs == 3 and maps.rank <= 3


@pytest.mark.parametrize("whitening", [0.0, 1.0])
def test_words_meet_without_a_rotation(plant, whitening: float) -> None:
    planted = plant()
    settings = Anchors(anchors=150, whitening=whitening)
    found = align(planted.source, planted.target, planted.pairs(0, 200), settings)
    x = found.map_source(planted.source.vectors_of([f"s{i}" for i in range(200, 400)]))
    y = found.map_target(planted.target.vectors_of([f"t{i}" for i in range(200, 400)]))
    assert x.shape == (200, 150) and np.allclose(x, y, atol=1e-4)
