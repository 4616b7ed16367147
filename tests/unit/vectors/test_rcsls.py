from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.vectors.aligners.rcsls import Rcsls
from lingraft.vectors.fitting import Problem, fit_procrustes
from lingraft.vectors.rcsls import clip_spectrum, relaxed_csls


def problem(seed: int = 0, pairs: int = 30, words: int = 60, dimension: int = 6) -> Problem:
    """Noisy pairs in float64, so that finite differences are exact to 1e-8."""
    generator = np.random.default_rng(seed)
    source = generator.normal(size=(words, dimension))
    turn = np.linalg.qr(generator.normal(size=(dimension, dimension)))[0]
    target = source @ turn + 0.5 * generator.normal(size=source.shape)
    source /= np.linalg.norm(source, axis=1, keepdims=True)
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    rows = generator.permutation(words)[:pairs]
    return Problem(source, target, rows, rows, generator.uniform(0.5, 2, pairs))


def loss_by_hand(made: Problem, map_EE: np.ndarray, neighbors: int) -> float:
    """The formula of the paper, pair by pair, on the dense table of inner products."""
    table = made.source_NE @ map_EE @ made.target_ME.T
    total = 0.0
    for row, column, weight in zip(made.source_P, made.target_P, made.weights_P, strict=True):
        ahead = np.sort(table[row])[-neighbors:].mean()
        back = np.sort(table[:, column])[-neighbors:].mean()
        total += weight * (-2 * table[row, column] + ahead + back)
    return total / made.weights_P.sum()


@given(st.integers(0, 10**6), st.integers(1, 10))
@settings(max_examples=20, deadline=None)
def test_the_loss_is_that_of_the_paper(seed: int, neighbors: int) -> None:
    made = problem(seed)
    map_EE = np.random.default_rng(seed + 1).normal(size=(6, 6))
    loss, _ = relaxed_csls(made, map_EE, neighbors)
    assert loss == pytest.approx(loss_by_hand(made, map_EE, neighbors), abs=1e-8)


@pytest.mark.parametrize("seed", range(4))  # not at random: a neighbor may change within a step
def test_the_gradient_is_the_quotient_of_differences(seed: int) -> None:
    made = problem(seed)
    map_EE = np.random.default_rng(seed + 1).normal(size=(6, 6))
    _, gradient = relaxed_csls(made, map_EE, 5)
    step = 1e-7
    for place in np.ndindex(2, 3):
        change = np.zeros((6, 6))
        change[place] = step
        up, down = (relaxed_csls(made, map_EE + sign * change, 5)[0] for sign in (1, -1))
        assert (up - down) / (2 * step) == pytest.approx(gradient[place], abs=1e-8)


@given(st.integers(0, 10**6), st.floats(0.1, 50))
@settings(max_examples=10, deadline=None)
def test_without_a_constraint_the_loss_has_no_lower_bound(seed: int, factor: float) -> None:
    """It is homogeneous of degree 1, so its gradient along W is the loss itself (Euler)."""
    made = problem(seed)
    map_EE = fit_procrustes(made).source_EK
    loss, gradient = relaxed_csls(made, map_EE, 5)
    assert relaxed_csls(made, factor * map_EE, 5)[0] == pytest.approx(factor * loss)
    assert (gradient * map_EE).sum() == pytest.approx(loss)


def test_singular_values_are_clipped_and_smaller_ones_stay() -> None:
    map_EE = np.random.default_rng(0).normal(size=(5, 5))
    before, after = (np.linalg.svd(m, compute_uv=False) for m in (map_EE, clip_spectrum(map_EE)))
    assert np.allclose(after, np.minimum(before, 1))
    assert np.allclose(clip_spectrum(map_EE / 100), map_EE / 100)


@pytest.mark.parametrize("constraint", ["spectral", "none"])
@pytest.mark.parametrize("rate", [0.5, 1e3])
def test_the_loss_only_falls(constraint: str, rate: float) -> None:
    """A step that is too long is taken back: the map of the last better step is kept."""
    made = problem()
    options = {"constraint": constraint, "learning_rate": rate, "development": 0, "neighbors": 5}
    losses, maps = [], []
    for iterations in range(1, 12):
        found = Rcsls(iterations=iterations, **options).fit(made)  # type: ignore[arg-type]
        losses.append(found.facts["loss"])
        maps.append(found.source_EK)
        assert relaxed_csls(made, found.source_EK, 5)[0] == pytest.approx(found.facts["loss"])
    assert all(later <= earlier for earlier, later in pairwise(losses))
    largest = max(np.linalg.svd(m, compute_uv=False)[0] for m in maps)
    assert constraint == "none" or largest <= 1 + 1e-9
    if constraint == "spectral" and rate == 1e3:
        start = fit_procrustes(made).source_EK
        assert np.array_equal(maps[0], start) or losses[0] < relaxed_csls(made, start, 5)[0]


def test_development_pairs_choose_the_number_of_steps() -> None:
    made = problem(pairs=40)
    found = Rcsls(development=0.25, neighbors=5, iterations=6).fit(made)
    assert found.facts["development_pairs"] == 10 and 0 <= found.facts["steps"] <= 6
    assert found.facts["reciprocal_rank"] >= found.facts["reciprocal_rank_before"]
    assert found.pairs == 40
    all_steps = Rcsls(development=0, neighbors=5, iterations=6).fit(made)
    assert "reciprocal_rank" not in all_steps.facts and all_steps.facts["development_pairs"] == 0


def test_a_copy_is_left_at_its_rotation() -> None:
    """Procrustes ranks every development pair first; no step can be better."""
    generator = np.random.default_rng(1)
    source = generator.normal(size=(60, 6)).astype(np.float32)
    turn = np.linalg.qr(generator.normal(size=(6, 6)))[0]
    rows = np.arange(40)
    found = Rcsls().fit(
        Problem(source, (source @ turn).astype(np.float32), rows, rows, np.ones(40))
    )
    assert found.facts["steps"] == 0 and np.abs(found.source_EK - turn).max() < 1e-5


@pytest.mark.parametrize("pairs", [1, 2])
def test_too_few_pairs_for_development_are_all_fitted(pairs: int) -> None:
    found = Rcsls(development=0.2).fit(problem(pairs=pairs))
    assert found.facts["development_pairs"] == 0 and np.isfinite(found.source_EK).all()
