import numpy as np
import pytest

from lingraft.evaluation.words.intervals import bootstrap_error, mean_error, row_correlations


def test_the_bootstrap_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(size=400)
    error = bootstrap_error(lambda rows_BN: values[rows_BN].mean(axis=1), len(values))
    assert error == pytest.approx(mean_error(values), rel=0.1)
    assert mean_error(values[:1]) is None


def test_correlations_of_rows() -> None:
    first, second = np.random.default_rng(1).normal(size=(2, 3, 50))
    expected = [np.corrcoef(a, b)[0, 1] for a, b in zip(first, second, strict=True)]
    assert row_correlations(first, second) == pytest.approx(expected)
    assert np.isnan(row_correlations(np.ones((1, 4)), first[:1, :4])).all()
