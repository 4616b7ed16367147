import numpy as np
import pytest

from lingraft.reporting.statistics import almost_stochastic_order


def test_a_system_that_is_always_better_dominates() -> None:
    assert almost_stochastic_order([5.0, 6, 7, 8], [1.0, 2, 3, 4]) == 0


def test_a_system_that_is_always_worse_does_not() -> None:
    assert almost_stochastic_order([1.0, 2, 3, 4], [5.0, 6, 7, 8]) == 1


def test_equal_scores_decide_nothing() -> None:
    assert almost_stochastic_order([1.0, 2, 3], [1.0, 2, 3]) >= 0.5


def test_order_grows_sharper_with_the_difference() -> None:
    rng = np.random.default_rng(0)
    base = list(rng.normal(0, 1, size=20))
    bounds = [almost_stochastic_order(list(rng.normal(d, 1, size=20)), base) for d in (0.2, 1, 3)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] < 0.2


def test_one_score_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        almost_stochastic_order([1.0], [1.0, 2.0])
