import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lingraft.reporting.statistics import (
    holm,
    paired_seed_test,
    smallest_paired_p,
)

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def mean_difference(first: np.ndarray, second: np.ndarray, axis: int = 0) -> np.ndarray:
    return np.mean(first, axis=axis) - np.mean(second, axis=axis)


@pytest.mark.parametrize("seed", range(5))
def test_paired_test_equals_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    differences = rng.normal(0.3, 1, size=8)
    pairs = differences, np.zeros(8)
    theirs = stats.permutation_test(
        pairs, mean_difference, permutation_type="samples", n_resamples=np.inf
    )
    assert paired_seed_test(list(differences)) == pytest.approx(theirs.pvalue)


def test_five_seeds_cannot_give_less_than_a_sixteenth() -> None:
    assert paired_seed_test([10.0, 11.0, 12.0, 13.0, 14.0]) == 2 / 2**5 == smallest_paired_p(5)


def test_six_seeds_are_the_least_for_five_percent() -> None:
    assert smallest_paired_p(5) > 0.05 > smallest_paired_p(6)


def test_tests_refuse_what_they_cannot_list() -> None:
    with pytest.raises(ValueError, match="1 to 20 seeds, not 0"):
        paired_seed_test([])


def test_p_values_are_uniform_without_a_difference() -> None:
    rng = np.random.default_rng(1)
    p_values = np.array([paired_seed_test(list(rng.normal(size=8))) for _ in range(2000)])
    for level in (0.1, 0.25, 0.5, 0.75):
        assert np.mean(p_values <= level) == pytest.approx(level, abs=0.03)


def test_holm_of_a_known_case() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(probabilities)
def test_holm_raises_keeps_the_order_and_stays_below_bonferroni(p_values: list[float]) -> None:
    corrected = holm(p_values)
    for p, raised in zip(p_values, corrected, strict=True):
        assert p <= raised <= min(1.0, p * len(p_values)) + 1e-12
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.array(corrected)[order]) >= 0)


def test_holm_keeps_the_family_error() -> None:
    rng = np.random.default_rng(2)
    wrong = [min(holm(list(rng.random(10)))) < 0.05 for _ in range(4000)]
    assert np.mean(wrong) <= 0.06
