import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes

from lingraft.vectors.aligners import ALIGNERS
from lingraft.vectors.aligners.refinement import Refinement
from lingraft.vectors.aligners.vecmap import Vecmap
from lingraft.vectors.fitting import Problem, orthogonal_map


def rotation(dimension: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(dimension, dimension)))[0]


@given(st.integers(1, 12), st.integers(0, 10**6))
@settings(max_examples=40)
def test_rotation_is_recovered(dimension: int, seed: int) -> None:
    source = np.random.default_rng(seed).normal(size=(5 * dimension + 5, dimension))
    expected = rotation(dimension, seed + 1)
    found, rank = orthogonal_map(source, source @ expected)
    assert np.abs(found - expected).max() < 1e-8 and rank == dimension


@given(st.integers(2, 10), st.integers(1, 40), st.integers(0, 10**6))
@settings(max_examples=40)
def test_equal_to_scipy(dimension: int, pairs: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    source, target = generator.normal(size=(2, pairs + dimension, dimension))
    expected, _ = orthogonal_procrustes(source, target)
    found, _ = orthogonal_map(source, target)
    assert np.abs(found - expected).max() < 1e-7
    assert np.abs(found @ found.T - np.eye(dimension)).max() < 1e-9


def test_weight_counts_like_repetition() -> None:
    generator = np.random.default_rng(3)
    source, target = generator.normal(size=(2, 30, 5))
    weights = generator.integers(1, 4, 30)
    repeated, _ = orthogonal_map(source.repeat(weights, axis=0), target.repeat(weights, axis=0))
    weighted, _ = orthogonal_map(source, target, weights.astype(np.float64))
    assert np.allclose(repeated, weighted)


def test_common_rotation_of_both_sides_conjugates_the_map() -> None:
    generator = np.random.default_rng(5)
    source, target = generator.normal(size=(2, 40, 6))
    turn = rotation(6, 7)
    plain, _ = orthogonal_map(source, target)
    turned, _ = orthogonal_map(source @ turn, target @ turn)
    assert np.allclose(turn.T @ plain @ turn, turned)
    scaled, _ = orthogonal_map(3 * source, 0.1 * target)
    assert np.allclose(scaled, plain)


def test_fewer_pairs_than_dimensions_show_in_the_rank() -> None:
    source = np.random.default_rng(0).normal(size=(8, 20))
    found, rank = orthogonal_map(source, source @ rotation(20, 1))
    assert rank == 8
    assert np.allclose(source @ found, source @ rotation(20, 1))
    _, doubled = orthogonal_map(np.tile(source, (9, 1)), np.tile(source, (9, 1)))
    assert doubled == 8


def problem(pairs: int, noise: float = 0.0, words: int = 300, dimension: int = 12) -> Problem:
    generator = np.random.default_rng(11)
    source = generator.normal(size=(words, dimension))
    source *= np.linspace(1, 0.3, dimension) / np.linalg.norm(source, axis=1, keepdims=True)
    target = (source + noise * generator.normal(size=source.shape)) @ rotation(dimension, 12)
    rows = np.arange(pairs)
    made = source.astype(np.float32), target.astype(np.float32)
    return Problem(*made, rows, rows, np.ones(pairs))


@pytest.mark.parametrize("method", sorted(set(ALIGNERS) - {"identity"}))
def test_every_method_brings_all_words_of_a_rotated_copy_together(method: str) -> None:
    made = problem(pairs=40)
    required = {"jointly": ["other"]} if method == "hyperalignment" else {}
    maps = ALIGNERS[method](method=method, **required).fit(made)
    source, target = made.source_NE @ maps.source_EK, made.target_ME @ maps.target_EK
    source /= np.linalg.norm(source, axis=1, keepdims=True)
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    assert np.abs(np.einsum("ne,ne->n", source, target) - 1).max() < 1e-4
    assert maps.rank == 12


def test_the_identity_moves_nothing() -> None:
    maps = ALIGNERS["identity"](method="identity").fit(problem(pairs=0))
    assert (maps.source_EK == np.eye(12)).all() and (maps.target_EK == np.eye(12)).all()


def test_refinement_finds_the_pairs_that_the_dictionary_lacks() -> None:
    made = problem(pairs=10, noise=0.005)
    first = Refinement(refinements=0).fit(made)
    refined = Refinement(refinements=3).fit(made)
    replaced = Refinement(refinements=3, keep_dictionary=False).fit(made)
    expected = rotation(12, 12)
    assert first.pairs == 10 and refined.pairs > 250 and replaced.pairs == refined.pairs - 10
    error = [np.abs(maps.source_EK - expected).max() for maps in (first, refined)]
    assert error[1] < 0.05 < error[0]


def test_vecmap_survives_fewer_pairs_than_dimensions() -> None:
    maps = Vecmap().fit(problem(pairs=5))
    assert maps.rank == 5
    assert np.isfinite(maps.source_EK).all() and np.isfinite(maps.target_EK).all()


def test_vecmap_equals_its_five_steps_one_by_one() -> None:
    made = problem(pairs=60, noise=0.1)
    maps = Vecmap(reweighting=0.5).fit(made)
    x, z = (side[:60].astype(np.float64) for side in (made.source_NE, made.target_ME))

    def inverse_root(rows: np.ndarray) -> np.ndarray:
        values, vectors = np.linalg.eigh(rows.T @ rows)
        return vectors @ np.diag(values**-0.5) @ vectors.T

    wx, wz = inverse_root(x), inverse_root(z)
    u, s, vt = np.linalg.svd((x @ wx).T @ (z @ wz))
    source = x @ wx @ u @ np.diag(s**0.5) @ u.T @ np.linalg.inv(wx) @ u
    target = z @ wz @ vt.T @ np.diag(s**0.5) @ vt @ np.linalg.inv(wz) @ vt.T
    # Singular vectors have a free sign: compare what does not depend on it.
    assert np.allclose(source @ target.T, (x @ maps.source_EK) @ (z @ maps.target_EK).T, atol=1e-5)


def test_refinement_adds_pairs_of_frequent_words_only() -> None:
    made = problem(pairs=10, noise=0.005)
    found = [Refinement(refinements=1, refined_words=n).fit(made).pairs for n in (50, 300)]
    assert 10 < found[0] <= 10 + 50 < found[1]
