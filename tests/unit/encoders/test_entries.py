"""The vectors of entries: means over definitions, and independent components."""

import numpy as np
import pytest

from lingraft.encoders.entries import entry_vectors, independent
from lingraft.errors import InputError


def test_an_entrys_vector_is_the_mean_over_its_definitions() -> None:
    vectors_NE = np.array([[1, 2], [3, 4], [5, 6], [0, 1]], dtype=np.float32)
    found_VE = entry_vectors(vectors_NE, np.array([1, 0, 1, 1]))
    np.testing.assert_allclose(found_VE, [[3, 4], [2, 3]])
    assert found_VE.dtype == np.float32


def test_independent_components_have_unit_variance_times_100_and_do_not_correlate() -> None:
    draw = np.random.default_rng(0)
    mixed_VE = (draw.laplace(size=(400, 5)) @ draw.normal(size=(5, 5)) + 3).astype(np.float32)
    found_VE = independent(mixed_VE, seed=1)
    np.testing.assert_allclose(found_VE.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(np.cov(found_VE.T, bias=True) / 1e4, np.eye(5), atol=1e-3)
    assert np.array_equal(found_VE, independent(mixed_VE, seed=1))


def test_independent_components_are_the_sources() -> None:
    draw = np.random.default_rng(0)
    sources_VE = draw.laplace(size=(4000, 3))
    mixed_VE = (sources_VE @ draw.normal(size=(3, 3))).astype(np.float32)
    correlated = np.corrcoef(independent(mixed_VE, seed=1).T, sources_VE.T)[:3, 3:]
    assert np.all(np.abs(correlated).max(axis=1) > 0.98)


def test_fewer_entries_than_dimensions_are_refused() -> None:
    with pytest.raises(InputError, match="needs more entries"):
        independent(np.ones((3, 3), dtype=np.float32), seed=1)
