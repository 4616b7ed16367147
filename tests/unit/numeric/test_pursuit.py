"""Orthogonal matching pursuit against scikit-learn's and against least squares."""

import itertools

import numpy as np
import pytest
from sklearn.linear_model import orthogonal_mp

from lingraft.numeric import pursuit
from lingraft.numeric.pursuit import orthogonal_matching_pursuit


def random_problem(seed=0, targets=7, atoms=30, dimensions=12):
    random = np.random.default_rng(seed)
    atoms_ME = random.standard_normal((atoms, dimensions))
    atoms_ME /= np.linalg.norm(atoms_ME, axis=1, keepdims=True)
    return random.standard_normal((targets, dimensions)), atoms_ME


def rebuilt(indices_NK, coefficients_NK, atoms_ME):
    return np.einsum("nk,nke->ne", coefficients_NK, atoms_ME[indices_NK])


@pytest.mark.parametrize("k", [1, 2, 5])
def test_agrees_with_scikit_learn(k):
    targets_NE, atoms_ME = random_problem()
    indices_NK, coefficients_NK = orthogonal_matching_pursuit(targets_NE, atoms_ME, k)
    expected_MN = orthogonal_mp(atoms_ME.T, targets_NE.T, n_nonzero_coefs=k)
    dense_NM = np.zeros((len(targets_NE), len(atoms_ME)))
    np.put_along_axis(dense_NM, indices_NK, coefficients_NK, axis=1)
    np.testing.assert_allclose(dense_NM, expected_MN.reshape(len(atoms_ME), -1).T, atol=1e-9)


def test_the_residual_falls_and_vanishes_with_as_many_atoms_as_dimensions():
    targets_NE, atoms_ME = random_problem()
    errors = [
        np.linalg.norm(
            targets_NE - rebuilt(*orthogonal_matching_pursuit(targets_NE, atoms_ME, k), atoms_ME)
        )
        for k in (1, 4, 8, 12)
    ]
    assert all(later < earlier for earlier, later in itertools.pairwise(errors))
    assert errors[-1] < 1e-8


def test_an_atom_is_found_exactly_and_nothing_else():
    _, atoms_ME = random_problem()
    indices_NK, coefficients_NK = orthogonal_matching_pursuit(3.0 * atoms_ME[[4, 9]], atoms_ME, 3)
    assert indices_NK[:, 0].tolist() == [4, 9]
    np.testing.assert_allclose(coefficients_NK[:, 0], 3.0)
    np.testing.assert_allclose(coefficients_NK[:, 1:], 0.0, atol=1e-9)


def test_dependent_and_few_atoms_do_no_harm():
    targets_NE, atoms_ME = random_problem()
    doubled_ME = np.vstack([atoms_ME[:3], atoms_ME[:3]])
    indices_NK, coefficients_NK = orthogonal_matching_pursuit(targets_NE, doubled_ME, 64)
    assert np.isfinite(coefficients_NK).all()
    best_NE = targets_NE @ np.linalg.pinv(atoms_ME[:3]) @ atoms_ME[:3]
    np.testing.assert_allclose(rebuilt(indices_NK, coefficients_NK, doubled_ME), best_NE, atol=1e-8)


def test_batches_do_not_change_the_result(monkeypatch):
    targets_NE, atoms_ME = random_problem()
    whole = orthogonal_matching_pursuit(targets_NE, atoms_ME, 4)
    monkeypatch.setattr(pursuit, "_BATCH_NUMBERS", 1)
    single = orthogonal_matching_pursuit(targets_NE, atoms_ME, 4)
    assert (whole[0] == single[0]).all()
    np.testing.assert_allclose(whole[1], single[1], atol=1e-12)
