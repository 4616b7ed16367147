"""CSR helpers against their dense meaning."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lingraft.numeric import sparse

MATRICES = st.tuples(st.integers(1, 12), st.integers(1, 15), st.floats(0, 1), st.integers(0, 999))


def dense_of(spec):
    rows, columns, density, seed = spec
    generator = np.random.default_rng(seed)
    kept = generator.random((rows, columns)) < density
    return np.where(kept, generator.random((rows, columns)) + 0.01, 0.0)


@settings(max_examples=40, derandomize=True)
@given(spec=MATRICES)
def test_reductions(spec):
    dense = dense_of(spec)
    matrix = csr_array(dense)
    np.testing.assert_allclose(sparse.row_sums(matrix), dense.sum(axis=1))
    np.testing.assert_array_equal(sparse.row_support(matrix), (dense > 0).sum(axis=1))
    np.testing.assert_allclose(sparse.row_maximum(matrix), dense.max(axis=1))
    sums = np.where(dense.sum(axis=1) > 0, dense.sum(axis=1), 1)[:, None]
    np.testing.assert_allclose(sparse.normalize_rows(matrix).toarray(), dense / sums)
    share = dense / sums
    expected = -(share * np.log(np.where(share > 0, share, 1))).sum(axis=1)
    np.testing.assert_allclose(sparse.entropy(matrix), expected, atol=1e-12)
    pruned = sparse.prune(matrix, 0.5 * dense.max(axis=1)).toarray()
    np.testing.assert_allclose(pruned, np.where(dense >= 0.5 * dense.max(1)[:, None], dense, 0))


@settings(max_examples=40, derandomize=True)
@given(spec=MATRICES)
def test_scatter_and_relabel(spec):
    dense = dense_of(spec)
    rows, columns = dense.shape
    generator = np.random.default_rng(spec[-1])
    places = generator.permutation(rows + 5)[:rows]
    expected = np.zeros((rows + 5, columns))
    expected[places] = dense
    scattered = sparse.scatter_rows(csr_array(dense), places, rows + 5)
    np.testing.assert_array_equal(scattered.toarray(), expected)
    labels = generator.permutation(columns + 3)[:columns]
    moved = np.zeros((rows, columns + 3))
    moved[:, labels] = dense
    relabeled = sparse.relabel_columns(csr_array(dense), labels, columns + 3)
    np.testing.assert_array_equal(relabeled.toarray(), moved)


def test_constructions():
    indices, weights = np.array([[2, 0], [1, 1]]), np.array([[0.5, 0.0], [0.25, 0.5]])
    matrix = sparse.from_top_k(indices, weights, 4)
    np.testing.assert_array_equal(matrix.toarray(), [[0, 0, 0.5, 0], [0, 0.75, 0, 0]])
    assert matrix.nnz == 2
    np.testing.assert_array_equal(sparse.one_hot([2, 0], 3).toarray(), [[0, 0, 1], [1, 0, 0]])
