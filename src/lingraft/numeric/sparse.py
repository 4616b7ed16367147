"""Sparse row weights: the few CSR constructions and reductions that all methods share.

Shapes: T target rows, S source rows (columns of a weight matrix), K entries a row, N some rows.
"""

import numpy as np
from scipy.sparse import csr_array

from lingraft.numeric.arrays import Float64, Int64


def from_top_k(indices_NK: Int64, weights_NK: Float64, columns: int) -> csr_array:
    """Weights (N, columns) with K entries in each row; exact zeros are not stored.

    Args:
        indices_NK: column of each entry.
        weights_NK: its value.
        columns: number of columns.
    """
    rows, k = indices_NK.shape
    # Each row has K entries, so the row pointers are 0, K, 2K, ...
    starts = np.arange(rows + 1, dtype=np.int64) * k
    matrix_NS = csr_array(
        (np.asarray(weights_NK, np.float64).ravel(), indices_NK.ravel().astype(np.int64), starts),
        shape=(rows, columns),
    )
    return canonical(matrix_NS)


def one_hot(columns_N: Int64, columns: int) -> csr_array:
    """Weights (N, columns) whose row n is the unit vector of columns_N[n]: a copy of that row."""
    columns_N = np.asarray(columns_N, np.int64)
    starts = np.arange(len(columns_N) + 1, dtype=np.int64)
    return csr_array((np.ones(len(columns_N)), columns_N, starts), shape=(len(columns_N), columns))


def canonical(matrix_NS: csr_array) -> csr_array:
    """The same matrix with sorted columns, no duplicates and no stored zeros."""
    matrix_NS.sum_duplicates()
    matrix_NS.eliminate_zeros()
    return matrix_NS


def scatter_rows(matrix_NS: csr_array, rows_N: Int64, total: int) -> csr_array:
    """Place row n at row rows_N[n] of a matrix with `total` rows, the others empty.

    Args:
        matrix_NS: the rows.
        rows_N: new place of each.
        total: number of rows of the result.
    """
    counts_T = np.zeros(total, np.int64)
    counts_T[rows_N] = np.diff(matrix_NS.indptr)
    # CSR stores rows one after the other, so they must come in the order of their new places. A row
    # without entries repeats the pointer before it.
    order_N = np.argsort(rows_N, kind="stable")
    sorted_NS = matrix_NS[order_N]
    starts = np.concatenate(([0], np.cumsum(counts_T)))
    return csr_array((sorted_NS.data, sorted_NS.indices, starts), shape=(total, matrix_NS.shape[1]))


def row_sums(matrix_NS: csr_array) -> Float64:
    """Sum of each row (N,)."""
    return np.asarray(matrix_NS.sum(axis=1), np.float64).ravel()


def row_support(matrix_NS: csr_array) -> Int64:
    """Number of stored entries of each row (N,)."""
    return np.asarray(np.diff(matrix_NS.indptr), np.int64)


def scale_rows(matrix_NS: csr_array, factors_N: Float64) -> csr_array:
    """Multiply row n by factors_N[n]."""
    data = matrix_NS.data * np.repeat(factors_N, np.diff(matrix_NS.indptr))
    return csr_array((data, matrix_NS.indices, matrix_NS.indptr), shape=matrix_NS.shape)


def normalize_rows(matrix_NS: csr_array) -> csr_array:
    """Divide each row by its sum; rows that sum to zero stay as they are."""
    sums_N = row_sums(matrix_NS)
    return scale_rows(matrix_NS, 1.0 / np.where(sums_N == 0, 1.0, sums_N))


def row_maximum(matrix_NS: csr_array) -> Float64:
    """Largest entry of each row (N,), zero where the row is empty."""
    maximum_N = np.zeros(matrix_NS.shape[0])
    filled_N = np.diff(matrix_NS.indptr) > 0
    if filled_N.any():
        # reduceat reduces from each start to the next. For an empty row it would give the first
        # number of the row behind it, so only filled rows take part.
        starts = matrix_NS.indptr[:-1][filled_N]
        maximum_N[filled_N] = np.maximum.reduceat(matrix_NS.data, starts)
    return maximum_N


def prune(matrix_NS: csr_array, threshold_N: Float64) -> csr_array:
    """Drop the entries of row n that are smaller than threshold_N[n]."""
    limits = np.repeat(threshold_N, np.diff(matrix_NS.indptr))
    kept = matrix_NS.copy()
    kept.data[kept.data < limits] = 0.0
    kept.eliminate_zeros()
    return kept


def entropy(matrix_NS: csr_array) -> Float64:
    """Shannon entropy in nats of the absolute weights of each row (N,), zero where it is empty."""
    absolute = csr_array(
        (np.abs(matrix_NS.data), matrix_NS.indices, matrix_NS.indptr), shape=matrix_NS.shape
    )
    share = normalize_rows(absolute)
    # 0 * log(0) counts as 0: the logarithm of 1 is taken instead.
    share.data = -share.data * np.log(np.where(share.data > 0, share.data, 1.0))
    return row_sums(share)


def relabel_columns(matrix_NM: csr_array, labels_M: Int64, columns: int) -> csr_array:
    """Move column m to column labels_M[m] of a matrix with `columns` columns.

    Args:
        matrix_NM: the matrix; columns that move to one place are added.
        labels_M: new place of each column.
        columns: number of columns of the result.
    """
    moved = csr_array(
        (matrix_NM.data, np.asarray(labels_M)[matrix_NM.indices], matrix_NM.indptr),
        shape=(matrix_NM.shape[0], columns),
    )
    return canonical(moved)
